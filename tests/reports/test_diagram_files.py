"""The space-time diagram as graphviz source and as files; colours and texts."""

from __future__ import annotations

import struct
import subprocess
import sys
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

import pygraphviz
import pytest

from groupy_check.groupy_model.protocols.groupy import gms3
from groupy_check.groupy_model.verdict import Witness
from groupy_check.reports.spacetime.graphviz_source import diagram, render, write_diagram
from groupy_check.reports.spacetime.layout import picture
from groupy_check.reports.spacetime.palette import PAYLOAD_COLOURS, VIEW_COLOURS, balance, shorten, text_width, wrap
from groupy_check.reports.spacetime.tones import payload_colours, view_colours
from tests.reports.test_diagram import A1, Wordy, broken_broadcast, orphan_view, walk, wordy_run

# --- palette -----------------------------------------------------------------------------------------------------------


def luminance(colour: str) -> float:
    parts = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_texts_can_be_read_on_their_colours() -> None:
    for colour in VIEW_COLOURS:
        assert 1.05 / (luminance(colour) + 0.05) >= 4.5  # white text; WCAG 2.1, level AA
    for colour in PAYLOAD_COLOURS:
        assert (luminance(colour) + 0.05) / 0.05 >= 4.5  # black text


def test_one_colour_per_payload_and_per_view() -> None:
    trace, _ = broken_broadcast()
    assert payload_colours(trace) == {A1: PAYLOAD_COLOURS[0]}
    assert [view.id for view in view_colours(trace)] == [2, 3]
    assert list(view_colours(trace).values()) == list(VIEW_COLOURS[:2])


def test_shorten() -> None:
    assert shorten("a  short\ntext", 10, 100) == "a short text"
    for limit in (5, 20, 60, 100):
        text = shorten("a text of many words", 10, limit)
        assert text.endswith("...")
        assert text_width(text, 10) <= max(limit, text_width("...", 10))


def test_wrap_and_balance() -> None:
    words = ["the", "quick", "brown", "fox", "jumps", "over", "the", "lazy", "dog"]
    assert wrap(words, 10, 120) == "the quick brown fox\njumps over the lazy\ndog"
    assert balance(words, 10, 120) == "the quick brown\nfox jumps over\nthe lazy dog"
    assert balance(words, 10, 300) == wrap(words, 10, 300) == " ".join(words)


# --- graphviz ----------------------------------------------------------------------------------------------------------


def test_the_source_has_pinned_positions_and_names_everything() -> None:
    trace, witness = broken_broadcast()
    graph = diagram(trace, witness, "gms2", witness.text)
    assert graph.graph_attr == {
        "layout": "neato",
        "inputscale": "72",
        "splines": "line",
        "outputorder": "edgesfirst",
        "pad": "0.1",
        "bgcolor": "#FFFFFF",
        "fontname": "DejaVu Sans,Verdana,sans-serif",
    }
    read = pygraphviz.AGraph(string=graph.source)
    assert all(node.attr["pos"].endswith("!") for node in read.nodes())
    assert all(edge.attr["id"] and edge.attr["class"] for edge in read.edges())
    assert all(node.attr["id"] and node.attr["class"] for node in read.nodes() if node.attr["style"] != "invis")
    assert read.get_edge("flight-0.a", "flight-0.b").attr["class"] == "message received"


def test_the_svg_carries_every_id_once() -> None:
    trace, witness = orphan_view()
    drawn = picture(trace, witness, "gms3", witness.text)
    root = ElementTree.fromstring(render(diagram(trace, witness, "gms3", witness.text).source, "svg"))  # noqa: S314
    ids = Counter(element.get("id") for element in root.iter() if element.get("id"))
    assert {box.id for box in drawn.boxes} | {line.id for line in drawn.lines} <= set(ids)
    assert max(ids.values()) == 1
    assert root.find(".//*[@id='step-6']").get("class") == "node step flush-left dim"


def test_every_text_fits_its_box_as_the_renderer_measures_it(capfd: pytest.CaptureFixture[str]) -> None:
    for trace, witness in (broken_broadcast(), orphan_view(), (walk(4, gms3.Gms3()), Witness("nothing"))):
        graph = pygraphviz.AGraph(string=diagram(trace, witness, "a title, WWW", witness.text).source)
        graph.draw(format="svg", prog="nop2")
    assert "too small" not in capfd.readouterr().err


def test_a_layout_engine_that_insists_on_its_own_layout_draws_the_same() -> None:
    trace, witness = broken_broadcast()
    source = diagram(trace, witness, "gms2", witness.text).source
    assert pygraphviz.AGraph(string=source).draw(format="svg", prog="neato") == render(source, "svg")


def test_text_is_never_markup() -> None:
    trace, witness = broken_broadcast()
    nasty = 'a <b>"&amp; \\N \\l\n</b> \\" c\\'
    root = ElementTree.fromstring(render(diagram(trace, witness, nasty, nasty).source, "svg"))  # noqa: S314
    texts = [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]
    assert 'a <b>"&amp; \\N \\l </b> \\" c\\' in texts


def test_a_text_that_was_cut_is_shown_in_full_on_demand() -> None:
    root = ElementTree.fromstring(render(diagram(wordy_run(), None, "wordy", "").source, "svg"))  # noqa: S314
    titles = {element.get("{http://www.w3.org/1999/xlink}title") for element in root.iter()}
    assert " ".join(Wordy.text.split()) in {" ".join(title.split()) for title in titles if title}


def test_files_are_written_whole_in_every_format(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    trace, witness = broken_broadcast()
    stem = tmp_path / "gms2-virtual.synchrony"
    paths = write_diagram(trace, witness, "gms2", witness.text, stem, ("dot", "svg", "png", "pdf"))
    assert [path.name for path in paths] == [f"gms2-virtual.synchrony.{kind}" for kind in ("dot", "svg", "png", "pdf")]
    assert sorted(tmp_path.iterdir()) == sorted(paths)
    dot, svg, png, pdf = (path.read_bytes() for path in paths)
    assert dot.decode() == diagram(trace, witness, "gms2", witness.text).source
    assert b"virtual" not in svg
    assert b"never sent" in svg
    assert pdf.startswith(b"%PDF")
    width, height = struct.unpack(">II", png[16:24])
    drawn = picture(trace, witness, "gms2", witness.text)
    assert (width, height) == (pytest.approx(2 * drawn.width, abs=40), pytest.approx(2 * drawn.height, abs=40))
    assert capfd.readouterr() == ("", "")  # nothing of what the C libraries say about fonts


def test_an_unknown_format_writes_nothing(tmp_path: Path) -> None:
    trace, witness = broken_broadcast()
    with pytest.raises(ValueError, match="cannot be written as 'gif'; formats are dot, svg, png, pdf"):
        write_diagram(trace, witness, "gms2", "", tmp_path / "x", ("dot", "gif"))
    assert list(tmp_path.iterdir()) == []


def test_importing_the_module_imports_no_graphviz() -> None:
    code = "import sys; from groupy_check.reports.spacetime import graphviz_source\n"
    code += "print([m for m in ('graphviz', 'pygraphviz') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
