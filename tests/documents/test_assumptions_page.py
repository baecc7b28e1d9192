"""reports/assumptions.md: every row says what lifts an assumption, no flag is missing. (Its commands: test_documents.py.)"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from groupy_check.checker.inputs.protocols import load_protocol
from groupy_check.checker.inputs.scenario_flags import BUDGETS, WORDS, scenario_of_words
from groupy_check.checker.interfaces.cli import check_main
from groupy_check.checker.judging.selection import select
from groupy_check.checker.native.search import NativeExplorer
from groupy_check.checker.search.base import Limits
from groupy_check.groupy_model.effects import EFFECT_TYPES
from groupy_check.groupy_model.scenario import Scenario
from groupy_check.groupy_model.verdict import Verdict
from groupy_check.reports.wording.summary import UNMODELLED, uncovered

PAGE = Path(__file__).parents[2] / "reports" / "assumptions.md"
TEXT = PAGE.read_text(encoding="utf-8")
LINES = [line for line in TEXT.splitlines() if re.match(r"\| (?!assumed|fault|`--)", line)]
KEPT = [[cell.strip(" |") for cell in line.split(" | ")] for line in TEXT.splitlines() if line.startswith(("| fault", "| `--"))]
ROWS = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in LINES]


@pytest.mark.parametrize("row", ROWS, ids=[row[0][:40] for row in ROWS])
def test_every_assumption_has_what_lifts_it_and_a_consequence(row: list[str]) -> None:
    assumed, lifted, otherwise = row
    assert assumed.endswith((".", '")'))
    assert "--" in lifted or "not modelled" in lifted or lifted == "a list of Steps"
    assert len(otherwise) > 20


def test_every_flag_of_a_scenario_lifts_something() -> None:
    lifted = " ".join(row[1] for row in ROWS)
    for name in (*BUDGETS, *WORDS, "worker"):
        assert f"--{name.replace('_', '-')}" in lifted, name


@pytest.mark.parametrize("column", [1, 2, 3, pytest.param(4, marks=pytest.mark.slow)], ids=KEPT[0][1:])
def test_each_protocol_keeps_what_the_page_says(column: int) -> None:
    protocol = load_protocol(KEPT[0][column])
    assert len(KEPT) == 13
    for row in KEPT[1:]:
        words = row[0].strip("`").split()
        scenario = scenario_of_words(["--messages", "1", *([] if "--crashes" in words else ["--crashes", "0"]), *words])
        result = NativeExplorer(protocol, scenario, select((), scenario)[0], Limits()).run()
        lost = [f"{one.name} {one.length}" for one in result.findings if one.claimed and one.verdict is Verdict.VIOLATED]
        assert (", ".join(lost) or "all kept", row[0]) == (row[column], row[0])


def test_every_flag_on_the_page_exists(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        check_main(["--help"])
    known = capsys.readouterr().out
    for flag in set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", TEXT)):
        assert flag in known, flag


def test_whatever_a_pass_may_not_cover_is_on_the_page() -> None:
    flags = re.findall(r"\((--[a-z]+)", uncovered(Scenario(crashes=0), {*EFFECT_TYPES}))
    assert len(flags) == 12
    assert all(flag in TEXT for flag in flags)
    assert all(word in TEXT for word in ("restarts", "overlap", "in part"))
    assert UNMODELLED.endswith(f"(What is assumed: reports/{PAGE.name})")
