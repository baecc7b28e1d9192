"""reports/assumptions.md: every row says what lifts an assumption, no flag is missing. (Its commands: test_documents.py.)"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from groupy_check.checker.inputs.scenario_flags import BUDGETS, WORDS
from groupy_check.checker.interfaces.cli import check_main
from groupy_check.groupy_model.effects import EFFECT_TYPES
from groupy_check.groupy_model.scenario import Scenario
from groupy_check.reports.wording.summary import UNMODELLED, uncovered

PAGE = Path(__file__).parents[2] / "reports" / "assumptions.md"
TEXT = PAGE.read_text(encoding="utf-8")
LINES = [line for line in TEXT.splitlines() if re.match(r"\| (?!assumed)", line)]
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
