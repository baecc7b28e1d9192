"""reports/gms3-fixed.md: its listings are the code, its tables what is found. (Its commands: test_documents.py.)"""

from __future__ import annotations

import inspect
import re
import shlex
from pathlib import Path

import pytest

from groupy_check.checker.inputs.protocols import load_protocol
from groupy_check.checker.inputs.scenario_flags import scenario_of_words
from groupy_check.checker.judging.selection import select
from groupy_check.checker.search.base import Limits
from groupy_check.checker.search.bfs import Explorer
from groupy_check.groupy_model.protocols.groupy import gms3, gms3_fixed
from groupy_check.groupy_model.protocols.groupy.gms3_fixed import Gms3Fixed
from groupy_check.groupy_model.scenario import Scenario
from groupy_check.groupy_model.verdict import Verdict
from tests.protocols.test_gms3_fixed_exhausted import CLAIMED, ROWS, STATE, exhausted
from tests.support.documents import File, read_document

PAGE = Path(__file__).parents[2] / "reports" / "gms3-fixed.md"
DOCUMENT = read_document(PAGE)
TEXT = DOCUMENT.text
COMMANDS = DOCUMENT.commands()
FILES = [piece for piece in DOCUMENT.pieces if isinstance(piece, File)]
DIFFS = re.findall(r"```diff\n(.*?)```", TEXT, re.DOTALL)
TABLES = [
    [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]
    for table in re.findall(r"(?:^\|.*\|\n)+", TEXT, re.MULTILINE)
]
EXHAUSTED, ONCE, BROKEN = TABLES


@pytest.fixture(scope="module")
def directory(tmp_path_factory):
    """A directory with the page's own protocols in it."""
    path = tmp_path_factory.mktemp("page")
    for file in FILES:
        (path / file.name).write_text(file.text, encoding="utf-8")
    return path


def test_every_file_is_run_and_every_command_and_table_was_found():
    run = {word for command in COMMANDS for word in command.words if word.endswith(".py")}
    assert run == {f"./{file.name}" for file in FILES}
    assert (len(COMMANDS), len(FILES), TEXT.count("```console"), TEXT.count("```python")) == (15, 7, 15, 7)


# --- listings ----------------------------------------------------------------------------------------------------------------


def side(diff: str, signs: str) -> str:
    """The lines of `diff` that begin with one of `signs`, without that."""
    return "\n".join(line[1:] for line in diff.splitlines() if line[0] in signs)


@pytest.mark.parametrize("diff", DIFFS)
def test_a_diff_goes_from_gms3_to_gms3_fixed(diff):
    assert side(diff, " -") in inspect.getsource(gms3)
    assert side(diff, " +") in inspect.getsource(gms3_fixed)


def test_the_diffs_leave_out_nothing_of_the_code():
    shown = "\n".join(side(diff, " +") for diff in DIFFS)
    methods = [method for method in vars(Gms3Fixed).values() if inspect.isfunction(method)]
    assert len(methods) == 4
    for method in methods:
        assert inspect.getsource(method).rstrip() in shown


# --- tables ------------------------------------------------------------------------------------------------------------------


def number(text: str) -> int:
    return int(text.replace(",", ""))


def asked(cell: str) -> tuple[Scenario, tuple[str, ...]]:
    """The scenario and the properties that the flags in `cell` stand for."""
    flags, _, wanted = cell.strip("`").partition(" --property ")
    return scenario_of_words(shlex.split(flags)), tuple(wanted.split())


def test_the_table_of_what_was_exhausted_is_the_one_that_is_tested():
    rows = {asked(flags): tuple(number(cell) for cell in cells) for flags, *cells, _ in EXHAUSTED}
    assert rows == {(row.scenario, row.names): (row.distinct, row.generated, row.depth) for row in ROWS}


def test_what_was_run_once_is_larger_than_anything_that_is_tested():
    for flags, distinct, *_ in ONCE:
        wanted, names = asked(flags)
        assert (wanted, names) not in {(row.scenario, row.names) for row in ROWS}
        assert number(distinct) > max(row.distinct for row in ROWS)


def test_the_claims_that_the_page_names_are_those_that_are_judged():
    listed = re.search(r"none of these claims is broken in any of them: (.*?);", " ".join(TEXT.split()))
    assert listed is not None
    assert set(listed[1].split(", ")) == CLAIMED - set(STATE)
    four = next(row for row in ROWS if row.scenario.nodes == 4 and not row.scenario.joins)
    assert select((), four.scenario)[1] == []  # synchrony is judged where nobody joins


@pytest.mark.parametrize(("name", "flags", "steps", "_why"), BROKEN, ids=[f"{name} {flags}" for name, flags, *_ in BROKEN])
def test_what_it_does_not_do_is_broken_in_so_many_steps(name, flags, steps, _why):
    wanted, _ = asked(flags)
    found = Explorer(load_protocol("gms3-fixed"), wanted, select((name,), wanted)[0], Limits(all_verdicts=False)).run()
    assert found.finding(name).length == number(steps)


def test_all_that_is_broken_where_the_detector_is_perfect_is_in_the_table():
    listed = {name for name, flags, *_ in BROKEN if not {"--drops", "--suspicions"} & set(flags.strip("`").split())}
    broken = {name for row in ROWS for name in row.violated}
    assert listed == broken | {"synchrony"}
    assert not listed & CLAIMED


@pytest.mark.long
@pytest.mark.parametrize("words", ["--nodes 2 --joins 1", "--nodes 3 --joins 1", "--nodes 4"])
def test_one_line_less_breaks_no_claim(words, directory, monkeypatch):
    monkeypatch.chdir(directory)
    result = exhausted(scenario_of_words([*words.split(), "--crashes", "2"]), protocol=load_protocol("./watches_always.py"))
    broken = {finding.name for finding in result.findings if finding.verdict is not Verdict.HOLDS}
    assert not broken & CLAIMED
