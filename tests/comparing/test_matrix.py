"""`groupy matrix` and its manifest: what is expected of every protocol under every fault model, and what of surprises."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from groupy_check.checker.comparing import matrix as computing
from groupy_check.checker.comparing.matrix import (
    MUTANT,
    CellTask,
    MatrixRequest,
    compute,
    names_of,
    rows_of,
    solve,
    solved,
    tasks_of,
    updated,
)
from groupy_check.checker.errors import UsageError
from groupy_check.checker.interfaces.cli import main
from groupy_check.checker.search.bfs import Explorer
from groupy_check.groupy_model.protocols.registry import PROTOCOLS
from groupy_check.reports.tables.catalogue import kept_phrase
from groupy_check.reports.tables.matrix import (
    Matrix,
    entry,
    html_table,
    matrix_html,
    matrix_markdown,
    overview_entry,
    print_matrix,
)
from groupy_check.specs.manifest import (
    FAULT_MODELS,
    HOLDS,
    OPEN,
    SCALES,
    UNTESTED,
    Cell,
    ManifestRow,
    manifest_path,
    manifest_text,
    read_manifest,
    surprises,
)
from groupy_check.specs.registry import PROPERTIES

MANIFEST = read_manifest()
MODELS = [model.name for model in FAULT_MODELS]
SMALL = 180  # states of the cells that are computed again at every run of the tests


def cell(*, states: int = 10, bounded: bool = False, nodes: int = 3, **verdicts: str | int) -> Cell:
    return Cell(nodes, 2, states, 4, bounded, {name.replace("_", "-"): verdict for name, verdict in verdicts.items()})


def row(*promises: str, **cells: Cell) -> ManifestRow:
    return ManifestRow(promises, {name.replace("_", "-"): one for name, one in cells.items()})


# --- the manifest is true ------------------------------------------------------------------------------------------------


def unlike(name: str, models: list[str]) -> list[str]:
    """What is not as expected of one protocol, computed again under `models`."""
    cells = list(solved(tasks_of([name], models, MANIFEST, None, update=False), workers=1))
    return list(surprises(name, MANIFEST[name], rows_of([name], cells)[name]))


@pytest.mark.parametrize("name", MANIFEST)
def test_the_small_cells_are_as_expected(name):
    models = [model for model, one in MANIFEST[name].cells.items() if one.states <= SMALL]
    assert unlike(name, models) == [] if models else MANIFEST[name].cells


@pytest.mark.long
@pytest.mark.parametrize("name", MANIFEST)
def test_every_cell_is_as_expected(name):
    assert unlike(name, MODELS) == []


def test_every_protocol_but_mutants_has_a_row_under_every_fault_model():
    missing = [name for name in PROTOCOLS if MUTANT not in name and name not in MANIFEST]
    assert missing == [], "groupy matrix --update takes them up"
    assert len(MANIFEST) >= 20
    assert len(MODELS) >= 8
    usual = tuple(model.name for model in FAULT_MODELS if not model.stored)
    storing = {"gmp-promise", "gmp-rejoin"}
    assert {tuple(one.cells) for name, one in MANIFEST.items() if name not in storing} == {usual}
    assert {tuple(MANIFEST[name].cells) for name in storing} == {tuple(MODELS)} == {(*usual, "recovery")}
    assert set(MANIFEST) <= set(PROTOCOLS)


def test_the_file_is_as_it_is_written():
    assert manifest_text(MANIFEST) == manifest_path().read_text(encoding="utf-8")
    assert json.loads(manifest_text(MANIFEST))["gms3"]["cells"]["crash"]["states"] == 1921


def test_it_tells_the_story_of_the_course():
    assert MANIFEST["gms1"].cells["none"].kept(MANIFEST["gms1"].promises)
    assert MANIFEST["gms1"].cells["crash"].broken(MANIFEST["gms1"].promises)["progress"] == 1
    assert MANIFEST["gms2"].cells["crash"].verdicts["agreement"] == 5
    assert MANIFEST["gms3"].cells["crash"].kept(MANIFEST["gms3"].promises)
    assert MANIFEST["gms3"].cells["join-crash"].verdicts["progress"] == 8
    assert MANIFEST["gms3-fixed"].cells["join-crash"].kept(MANIFEST["gms3-fixed"].promises)
    assert MANIFEST["gms3"].cells["two-crashes"].verdicts["uniform-agreement"] == 5
    assert MANIFEST["gms3-relay"].cells["two-crashes"].verdicts["uniform-agreement"] == HOLDS
    assert kept_phrase(MANIFEST["gms3"]) == "none, crash, two-crashes, reordering"


def test_a_recovery_breaks_a_promise_that_is_written_down_too_late():
    name = "gmp-promise~answers-first"
    (one,) = solved(tasks_of([name, "gms3"], ["recovery"], MANIFEST, None, update=False), workers=1)
    assert (one.task.impl, one.cell.states) == (name, 11_581)
    row = rows_of([name], [one])[name]
    assert one.cell.broken(row.promises) == {"view-agreement": 7, "primary-partition": 7}
    right = MANIFEST["gmp-promise"]
    assert right.cells["recovery"].kept(right.promises)


def test_where_nothing_is_stored_there_is_nothing_to_come_back_with():
    with pytest.raises(UsageError, match="recovery: none of gms1, gms3 stores anything to come back with; try gmp-promise"):
        compute(MatrixRequest(("gms1", "gms3"), ("recovery",)), lambda _: None)


# --- what is a surprise --------------------------------------------------------------------------------------------------


def test_what_is_as_expected_is_no_surprise():
    one = row("agreement", crash=cell(agreement=HOLDS, validity=5))
    assert list(surprises("x", one, one)) == []


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (cell(agreement=4, validity=5), "agreement: expected holds, found violated in 4 steps"),
        (cell(agreement=HOLDS, validity=HOLDS), "validity: expected violated in 5 steps, found holds (an unexpected pass)"),
        (cell(agreement=HOLDS, validity=1), "validity: expected violated in 5 steps, found violated in 1 step"),
        (cell(agreement=UNTESTED, validity=5), "agreement: expected holds, found untested"),
        (cell(agreement=HOLDS), "validity: expected violated in 5 steps, found not judged"),
        (cell(agreement=HOLDS, validity=5, fifo=HOLDS), "fifo: expected not judged, found holds (an unexpected pass)"),
        (cell(agreement=HOLDS, validity=5, states=11), "expected 10 states, depth 4, found 11 states, depth 4"),
        (cell(agreement=HOLDS, validity=5, bounded=True), "expected no bound, found one"),
    ],
)
def test_every_difference_is_a_surprise(found, expected):
    before = row("agreement", crash=cell(agreement=HOLDS, validity=5))
    assert list(surprises("x", before, row("agreement", crash=found))) == [f"x, crash: {expected}"]


def test_the_counts_of_a_search_that_was_stopped_do_not_matter():
    one, other = (row("agreement", crash=cell(agreement=OPEN, bounded=True, states=states)) for states in (12_000, 12_003))
    assert list(surprises("x", one, other)) == []


def test_promises_are_expected_too():
    before, now = row("agreement", "fifo", crash=cell()), row("agreement", "validity", crash=cell())
    assert list(surprises("x", before, now)) == [
        "x promises validity, which is not in the manifest",
        "x no longer promises fifo",
    ]


def test_what_is_new_says_how_it_is_taken_up():
    assert list(surprises("x", None, row())) == ["x is not in the manifest; groupy matrix --update --impl x adds it"]
    assert list(surprises("x", row(), row(loss=cell()))) == ["x, loss: not in the manifest"]


# --- what is computed ----------------------------------------------------------------------------------------------------


def test_a_cell_that_is_too_large_is_computed_in_a_smaller_group(monkeypatch):
    monkeypatch.setattr(computing, "LARGEST", 100)
    found = solve(CellTask("gms3", "crash")).cell
    assert (found.nodes, found.messages, found.bounded, found.states) == (2, 1, False, 29)
    monkeypatch.setattr(computing, "LARGEST", 10)
    found = solve(CellTask("gms3", "crash")).cell
    assert (found.nodes, found.messages, found.bounded) == (2, 1, True)
    assert found.verdicts["integrity"] == OPEN


def test_a_protocol_that_cannot_form_a_group_has_a_problem():
    found = solve(CellTask("gms3~joiner-forgotten", "crash")).cell
    assert found.problem == (
        "gms3~joiner-forgotten: p2 installs no view after join(p1); p2 ended itself: no reply from the leader; "
        "see why with --start joining"
    )
    assert (found.verdicts, found.kept(())) == ({}, False)
    before = row("agreement", crash=replace(found, problem=""))
    assert list(surprises("x", before, row("agreement", crash=found))) == [
        f"x, crash: expected no problem, found {found.problem}"
    ]
    shown = Matrix({"x": row("agreement", crash=found)}, ["crash"])
    assert (overview_entry(shown, "x", "crash").text, overview_entry(shown, "x", "crash").more) == (
        "-",
        "cannot form the group",
    )
    assert json.loads(manifest_text(shown.rows))["x"]["cells"]["crash"]["problem"] == found.problem


def test_what_the_manifest_knows_is_computed_in_groups_of_its_size():
    known = {"gms3": row(crash=cell(nodes=2))}
    tasks = tasks_of(["gms3", "gms2"], ["crash"], known, None, update=False)
    assert [task.scales for task in tasks] == [((2, 2),), SCALES]
    assert tasks_of(["gms3"], ["crash"], known, None, update=True)[0].scales == SCALES


def test_new_protocols_are_taken_up_without_a_change_of_code_and_mutants_only_when_asked_for():
    assert names_of([], {}) == [name for name in PROTOCOLS if MUTANT not in name]
    assert "gms3~no-repeat" in names_of([], {"gms3~no-repeat": row()})
    assert names_of(["gms2"], MANIFEST) == ["gms2"]


def test_an_update_keeps_what_was_not_computed_and_drops_what_is_no_more():
    old = {"gone": row(), "gms3": row("fifo", none=cell(), crash=cell(states=1))}
    new = {"gms1": row(none=cell()), "gms3": row("agreement", crash=cell(states=2))}
    merged = updated(old, new)
    assert list(merged) == ["gms1", "gms3"]
    assert merged["gms3"] == row("agreement", none=cell(), crash=cell(states=2))


# --- how it is shown -----------------------------------------------------------------------------------------------------

SHOWN = Matrix(
    {
        "good": row(
            "agreement", "fifo", none=cell(agreement=HOLDS, fifo=UNTESTED), crash=cell(nodes=2, agreement=HOLDS, validity=3)
        ),
        "bad": row(
            "agreement", "fifo", none=cell(agreement=7, fifo=5), crash=cell(agreement=OPEN, bounded=True, states=12_000)
        ),
        "idle": row("fifo", none=cell(fifo=UNTESTED)),
        "fourth <one>": row("fifo", none=cell(agreement=4)),
    },
    ["none", "crash"],
    ["bad, none: a surprise"],
    {("bad", "none", "fifo"): "matrix/bad~1.svg", ("bad", "none", "agreement"): "matrix/bad-2.svg"},
)


def test_the_overview_shows_the_shortest_violation_of_a_promise():
    assert overview_entry(SHOWN, "bad", "none").text == "5"
    assert overview_entry(SHOWN, "bad", "none").more == "fifo +1"
    assert overview_entry(SHOWN, "bad", "none").picture == "matrix/bad~1.svg"
    texts = {(name, model): overview_entry(SHOWN, name, model).text for name in SHOWN.rows for model in SHOWN.models}
    assert texts["good", "none"] == "holds"
    assert texts["good", "crash"] == "holds*"
    assert texts["bad", "crash"] == "open"
    assert texts["idle", "none"] == "untested"
    assert texts["idle", "crash"] == texts["fourth <one>", "none"] == "-"


def test_what_is_not_promised_stands_in_brackets():
    assert entry(SHOWN, "good", "crash", "validity").text == "(3)"
    assert entry(SHOWN, "good", "crash", "agreement").text == "holds*"
    assert entry(SHOWN, "good", "crash", "fifo").text == "-"


def printed(shown: Matrix, width: int = 160) -> str:
    stream = io.StringIO()
    print_matrix(Console(file=stream, width=width), shown)
    return stream.getvalue()


def test_the_terminal_shows_the_overview_and_every_property_of_a_few():
    text = printed(SHOWN)
    assert re.search(r"bad +5 +open\n", text)
    assert "bad, none: a surprise" in text
    assert text.endswith("4 protocols, 2 fault models, 6 cells: 1 surprise\n")
    few = printed(replace(SHOWN, rows={"good": SHOWN.rows["good"]}, surprises=()))
    assert re.search(r"agreement +holds +holds\*\n", few)
    assert re.search(r"validity +- +\(3\)\n", few)
    assert few.endswith("1 protocol, 2 fault models, 2 cells: as expected\n")
    assert "\n  groupy-check good --nodes 3 --messages 2 --crashes 0\n" in few


def test_a_narrow_terminal_gets_several_tables_and_no_text_is_cut():
    wide, narrow = (printed(Matrix(MANIFEST, MODELS), width) for width in (300, 80))
    assert max(map(len, narrow.splitlines())) <= 80
    assert "\N{HORIZONTAL ELLIPSIS}" not in narrow
    assert wide.count("\ngms3-fixed ") == 1
    assert narrow.count("\ngms3-fixed ") > 1
    assert [narrow.count(f" {word}") for word in ("duplication", "timers")] == [1, 1]


def test_markdown_has_the_same_entries():
    text = matrix_markdown(SHOWN)
    assert "| bad | [**5** fifo +1](matrix/bad~1.svg) | open |" in text
    assert "| agreement | [**7**](matrix/bad-2.svg) | open |" in text
    assert "| validity | - | (3) |" in text
    assert "- bad, none: a surprise" in text
    assert "- crash: `groupy-check bad --nodes 3 --messages 2 --crashes 1 --max-states 12000`" in text


def test_the_page_links_violations_to_their_pictures_and_escapes_names():
    page = matrix_html(SHOWN)
    command = "groupy-check bad --nodes 3 --messages 2 --crashes 0"
    assert f'<td class="violated" title="{command}"><a href="matrix/bad~1.svg">5<small>fifo +1</small></a></td>' in page
    assert f"<dt>none</dt><dd><code>{command}</code></dd>" in page
    assert "groupy-check &#x27;fourth &lt;one&gt;&#x27; --nodes 3" in page
    assert '<a href="matrix/bad-2.svg">7</a>' in page
    assert "fourth &lt;one&gt;" in page
    assert "<one>" not in page
    assert "<script" not in page
    targets = set(re.findall(r'href="#([^"]*)"', page))
    assert targets == {"good", "bad", "idle", "fourth%20%3Cone%3E"}


def test_the_name_of_a_mutant_breaks_behind_its_original():
    page = "".join(html_table("", ["none"], {"gms3~overtaking": [entry(SHOWN, "good", "none", "fifo")]}))
    assert '<th scope="row">gms3~<wbr>overtaking</th>' in page


def test_the_list_says_under_which_fault_models_claims_are_kept():
    assert kept_phrase(None) == ""
    assert kept_phrase(row("fifo", none=cell(fifo=HOLDS), crash=cell(fifo=UNTESTED))) == "all 2 fault models"
    assert kept_phrase(row("fifo", none=cell(fifo=HOLDS), crash=cell(fifo=3))) == "none"
    assert kept_phrase(row("fifo", none=cell(fifo=3), crash=cell(fifo=OPEN))) == "none of the fault models"
    three = row("fifo", none=cell(fifo=HOLDS), crash=cell(fifo=HOLDS, agreement=OPEN), loss=cell(fifo=1))
    assert kept_phrase(three) == "all but loss"


# --- the command -----------------------------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def run(*words: str) -> int:
    return main(["matrix", "--workers", "1", *words])


def test_what_is_as_expected_ends_with_0(capsys):
    assert run("--impl", "gms1", "--model", "none") == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert re.search(r"agreement +holds\n", out)
    assert out.endswith("1 protocol, 1 fault model, 1 cell: as expected\n")
    assert list(Path().iterdir()) == []


def test_an_unexpected_pass_ends_with_1(capsys, monkeypatch):
    verdicts = {**MANIFEST["gms1"].cells["none"].verdicts, "agreement": 3}
    wrong = {
        "gms1": ManifestRow(MANIFEST["gms1"].promises, {"none": replace(MANIFEST["gms1"].cells["none"], verdicts=verdicts)})
    }
    monkeypatch.setattr(computing, "read_manifest", lambda: wrong)
    assert run("--impl", "gms1", "--model", "none", "--quiet") == 1
    assert capsys.readouterr().out == (
        "gms1, none: agreement: expected violated in 3 steps, found holds (an unexpected pass)\n"
        "1 protocol, 1 fault model, 1 cell: 1 surprise\n"
    )


def test_every_violation_has_its_picture(capsys):
    assert run("--impl", "gms1", "--model", "crash", "--model", "loss", "--out", "there") == 0
    out = capsys.readouterr().out
    assert "there/matrix.html\nthere/matrix.md\n" in out
    page = Path("there/matrix.html").read_text(encoding="utf-8")
    linked = set(re.findall(r'href="(matrix/[^"]*)"', page))
    assert linked == {f"matrix/{path.name}" for path in Path("there/matrix").iterdir()}
    cells = {model: MANIFEST["gms1"].cells[model].broken(MANIFEST["gms1"].promises) for model in ("crash", "loss")}
    assert linked == {f"matrix/gms1-{model}-{name}.svg" for model, broken in cells.items() for name in broken}


def test_update_writes_what_was_found(capsys, monkeypatch):
    path = Path("expected.json")
    monkeypatch.setattr(computing, "manifest_path", lambda: path)
    monkeypatch.setattr(computing, "read_manifest", lambda: read_manifest(path) if path.exists() else {})
    assert run("--impl", "gms1", "--model", "none", "--quiet") == 1
    assert run("--impl", "gms1", "--model", "none", "--update", "--quiet") == 0
    assert run("--impl", "gms1", "--model", "none", "--quiet") == 0
    capsys.readouterr()
    assert read_manifest(path)["gms1"].cells["none"] == MANIFEST["gms1"].cells["none"]


def test_a_manifest_that_cannot_be_written_is_an_error_of_one_line(capsys, monkeypatch):
    monkeypatch.setattr(computing, "manifest_path", lambda: Path("no/such/directory.json"))
    assert run("--impl", "gms1", "--model", "none", "--update") == 153
    assert "cannot write no/such/directory.json: " in capsys.readouterr().err


def test_of_a_users_own_protocol_nothing_is_expected(capsys):
    Path("mine.py").write_text(
        "from groupy_check import Gms3\n\n\nclass Mine(Gms3):\n    def repeat(self, slave, others):\n        return ()\n",
        encoding="utf-8",
    )
    assert run("--impl", "./mine.py", "--model", "crash") == 0
    assert re.search(r"agreement +4\n", capsys.readouterr().out)


def test_two_processes_find_the_same(capsys):
    words = ["--impl", "gms1", "--impl", "gms2", "--model", "none", "--model", "crash"]
    assert run(*words) == 0
    one = capsys.readouterr().out
    assert main(["matrix", "--workers", "2", *words]) == 0
    assert capsys.readouterr().out == one


def test_ctrl_c_shows_what_is_known_and_updates_nothing(capsys, monkeypatch):
    look, count = Explorer._look, [0]

    def interrupted(self: Explorer, number: int) -> object:
        count[0] += 1
        if count[0] > 200:
            raise KeyboardInterrupt
        return look(self, number)

    monkeypatch.setattr(Explorer, "_look", interrupted)
    monkeypatch.setattr(computing, "manifest_path", lambda: pytest.fail("it wrote"))
    assert run("--impl", "gms1", "--model", "none", "--model", "crash", "--update", "--quiet") == 3
    assert capsys.readouterr().out == "1 protocol, 2 fault models, 1 cell: as expected; interrupted, 1 cell missing\n"


@pytest.mark.parametrize(
    ("words", "status", "reason"),
    [
        (["--model", "los"], 151, "unknown fault model 'los': did you mean loss?"),
        (["--impl", "gsm3"], 150, "did you mean gms3?"),
        (["--workers", "0"], 151, "a limit must be at least 1"),
        (["--out", "taken"], 151, "taken is a file; name a directory"),
    ],
)
def test_what_cannot_be_computed_is_refused_in_one_line(words, status, reason, capsys):
    Path("taken").write_text("", encoding="utf-8")
    assert main(["matrix", *words]) == status
    out, err = capsys.readouterr()
    assert out == ""
    assert reason in err
    assert err.count("\n") == 1


def test_list_shows_protocols_fault_models_and_properties(capsys):
    for words in ([], ["--mutants"], ["--models"], ["--properties"]):
        assert main(["list", *words]) == 0
    firsts = {line.split()[0] for line in capsys.readouterr().out.splitlines() if line.strip()}
    assert {*PROTOCOLS, *MODELS, *PROPERTIES} <= firsts
