"""The space-time diagram as graphviz source and as files: every box and line of `reports.spacetime.layout` in its place.

Positions are pinned, in points, so graphviz only has to draw: `neato FILE.dot -Tsvg` gives the same picture.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from groupy_check.groupy_model.show import printable
from groupy_check.groupy_model.trace import Trace
from groupy_check.groupy_model.verdict import Witness
from groupy_check.reports.atomic_write import write_bytes
from groupy_check.reports.spacetime.grid import CROSSES
from groupy_check.reports.spacetime.layout import picture
from groupy_check.reports.spacetime.palette import FONT, PAPER
from groupy_check.reports.spacetime.shapes import Box, Line, Picture, look_of
from groupy_check.reports.spacetime.styles import DIM_BOX, DIM_LINE, box_look, line_look

if TYPE_CHECKING:
    import graphviz

LONGEST_TOOLTIP = 2_000  # characters: graphviz gives up beyond 16 KB
PNG_DPI = "144"
FORMATS = ("dot", "svg", "png", "pdf")


def diagram(trace: Trace, witness: Witness | None, title: str, verdict: str) -> graphviz.Digraph:
    """Return `trace` as a graphviz graph, with `title` above and `verdict` below. Equal input gives equal source."""
    return to_graph(picture(trace, witness, title, verdict))


def write_diagram(
    trace: Trace,
    witness: Witness | None,
    title: str,
    verdict: str,
    stem: Path,
    formats: Sequence[str] = ("dot", "svg"),
) -> list[Path]:
    """Write the diagram to `stem` with each of `formats` (from FORMATS) as suffix, and return the paths in that order.

    A file is written whole or not at all. Raises ValueError for an unknown format, OSError if a file cannot be written.
    """
    for kind in formats:
        if kind not in FORMATS:
            raise ValueError(f"a diagram cannot be written as {kind!r}; formats are {', '.join(FORMATS)}")
    source: str = diagram(trace, witness, title, verdict).source
    written = []
    for kind in formats:
        path = stem.with_name(f"{stem.name}.{kind}")
        write_bytes(path, source.encode() if kind == "dot" else render(source, kind))
        written.append(path)
    return written


def render(source: str, kind: str) -> bytes:
    """Return the dot text `source` drawn as "svg", "png" or "pdf", within this process."""
    import pygraphviz  # noqa: PLC0415  (a slow import, needed only here)

    graph = pygraphviz.AGraph(string=source)
    if kind == "png":
        graph.graph_attr["dpi"] = PNG_DPI
    graph.has_layout = True  # all positions are pinned, so there is nothing to lay out, however large the graph
    with without_complaints():
        drawn: bytes = graph.draw(format=kind)
    return drawn


@contextlib.contextmanager
def without_complaints() -> Iterator[None]:
    """Silence file descriptor 2: the C libraries write warnings about font configuration to it that help nobody."""
    saved = os.dup(2)
    try:
        with open(os.devnull, "wb") as nowhere:  # noqa: PTH123  (os.devnull is no path on every system)
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)


# --- from boxes and lines to graphviz -------------------------------------------------------------------------------


def to_graph(drawn: Picture) -> graphviz.Digraph:
    """Return `drawn` as a graphviz graph: boxes are nodes, lines are edges between invisible nodes at their ends."""
    import graphviz  # noqa: PLC0415  (a slow import, needed only here)

    graph = graphviz.Digraph(
        "spacetime",
        engine="neato",
        graph_attr={
            "layout": "neato",
            "inputscale": "72",
            "splines": "line",
            "outputorder": "edgesfirst",
            "pad": "0.1",
            "bgcolor": PAPER,
            "fontname": FONT,
        },
        node_attr={"shape": "box", "fixedsize": "true", "margin": "0", "style": "filled", "fontname": FONT},
        edge_attr={"arrowsize": "0.7", "headclip": "false", "tailclip": "false"},
    )
    for line in drawn.lines:
        _add_line(graph, line, drawn.height)
    for box in drawn.boxes:
        _add_box(graph, box, drawn.height)
    return graph


def _add_line(graph: graphviz.Digraph, line: Line, height: float) -> None:
    look = line_look(line)
    if line.dim:
        look |= DIM_LINE
    begin, end = f"{line.id}.a", f"{line.id}.b"
    for name, x, y in ((begin, line.x1, line.y1), (end, line.x2, line.y2)):
        graph.node(name, label="", shape="point", width="0", height="0", style="invis", pos=_position(x, y, height))
    graph.edge(begin, end, **_names(line), **look)


def _add_box(graph: graphviz.Digraph, box: Box, height: float) -> None:
    if look_of(box.kind)[0] in (*CROSSES, "lost"):
        for line in _strokes(box):
            _add_line(graph, line, height)
        return
    look = box_look(box)
    if box.dim:
        look |= DIM_BOX
    size = {"width": f"{box.width / 72:.4f}", "height": f"{box.height / 72:.4f}", "fontsize": f"{box.size:g}"}
    graph.node(box.id, label=_label(box), pos=_position(box.x, box.y, height), **size, **_names(box), **look)


def _strokes(box: Box) -> tuple[Line, Line]:
    """Return the two lines of a cross."""
    return (
        Line(box.id, box.kind, box.left, box.top, box.right, box.bottom, dim=box.dim, tip=box.tip),
        Line(f"{box.id}-b", box.kind, box.left, box.bottom, box.right, box.top, dim=box.dim, tip=box.tip),
    )


def _names(shape: Box | Line) -> dict[str, str]:
    """Return the attributes by which style sheets and scripts find the shape, and its tooltip."""
    found = {"id": shape.id, "class": f"{shape.kind}{' dim' if shape.dim else ''}"}
    return {**found, "tooltip": _tooltip(shape.tip)} if shape.tip else found


def _label(box: Box) -> str:
    """Return the text of a box, aligned with one of its sides if its kind says so."""
    words = box.kind.split()
    end = "\\l" if "flush-left" in words else "\\r" if "flush-right" in words else ""
    return _escape(box.text) + end


def _plain(text: str) -> str:
    """Return `text` without anything that graphviz takes for markup or entities."""
    visible = "\n".join(printable(line) for line in text.split("\n"))
    return visible.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _escape(text: str) -> str:
    """Return `text` as a label that graphviz shows literally."""
    return _plain(text).replace("\\", "\\\\").replace("\n", "\\n")


def _tooltip(text: str) -> str:
    """Like `_escape`, but graphviz processes backslashes in tooltips twice."""
    return _plain(text[:LONGEST_TOOLTIP]).replace("\\", "\\" * 4).replace("\n", "&#10;")


def _position(x: float, y: float, height: float) -> str:
    """Return a pinned position; graphviz's y points up."""
    return f"{x:.2f},{height - y:.2f}!"
