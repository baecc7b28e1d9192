"""The picture that a row links to is that of the run whose length it tells; a run without a step has none."""

from __future__ import annotations

import csv
import re
import shlex
from collections.abc import Mapping
from pathlib import Path

import pytest

from groupy_check import check
from groupy_check.checker.interfaces.assertions import Checked
from groupy_check.checker.interfaces.cli import check_main, main

CUT = "from groupy_check import Gms2\nclass A(Gms2):\n    def election(self, slave): return super().election(slave)\n"
NEVER = """from groupy_check import Kind, Requirement, Witness
class Never(Requirement):
    '''never'''
    kind = Kind.SAFETY
    def judge(self, history):
        return Witness("it is so from the beginning")
"""
TOLD = "it is so from the beginning; violated before the first step, so there is no run to draw"


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("class").mkdir()


def row(*words: str) -> Mapping[str, str]:
    """The only row of `groupy grade class` with these words."""
    assert main(["grade", "class", "--messages", "1", *words]) == 0
    with Path("results/grades.csv").open(encoding="utf-8", newline="") as file:
        (found,) = csv.DictReader(file)
    return found


def test_the_steps_are_those_of_the_run_that_is_told_and_drawn() -> None:
    """Of gms2, agreement is violated in 5 steps, same-view-delivery in 4."""
    Path("class/cut.py").write_text(CUT, encoding="utf-8")
    found = row("--expect", "agreement:holds", "--property", "same-view-delivery")
    assert (found["shortest trace"], found["picture"]) == ("5", "runs/cut/cut-m1-agreement.svg")
    assert found["explanation"].startswith("agreement:holds is not met: p3 never delivered a1")
    found = row("--expect", "agreement:holds", "--expect", "same-view-delivery:holds")
    assert (found["shortest trace"], found["picture"]) == ("4", "runs/cut/cut-m1-same-view-delivery.svg")
    assert (found["agreement"], found["same-view-delivery"]) == ("violated", "violated")
    text = Path("results", found["picture"]).with_suffix(".txt").read_text(encoding="utf-8")
    (command,) = (line for line in text.splitlines() if line.startswith("groupy-check "))
    assert check_main([*shlex.split(command)[1:], "--property", "same-view-delivery", "--quiet"]) == 12
    assert re.findall(r"^ *(\d+)\. ", text, re.MULTILINE) == ["1", "2", "3", "4"]


def test_of_a_run_without_a_step_there_is_no_picture_and_the_row_says_why() -> None:
    Path("class/cut.py").write_text(CUT, encoding="utf-8")
    Path("never.py").write_text(NEVER, encoding="utf-8")
    found = row("--expect", "./never.py:holds")
    assert (found["never"], found["shortest trace"], found["picture"]) == ("violated", "0", "")
    assert found["explanation"] == f"never:holds is not met: {TOLD}"
    assert not Path("results/runs").exists()


def test_nor_of_a_property_that_is_violated_at_once() -> None:
    Path("class/never.py").write_text(NEVER, encoding="utf-8")
    found = row("--correct", "gms3", "--mutants", "gms3~no-repeat")
    assert (found["shortest trace"], found["picture"]) == ("0", "")
    assert found["explanation"] == f"violated by gms3: {TOLD}"
    assert not Path("results/runs").exists()


def test_catch_draws_none_either(capsys: pytest.CaptureFixture[str]) -> None:
    Path("never.py").write_text(NEVER, encoding="utf-8")
    assert main(["catch", "./never.py", "--messages", "1", "--correct", "gms3", "--mutants", "gms3~no-repeat"]) == 1
    assert "gms3~no-repeat: violated before the first step, so there is no run to draw\n" in capsys.readouterr().out
    assert not Path("results").exists()


FEW = ["-n", "2", "-c", "0", "-m", "0", "--joins", "0", "--drops", "0", "--suspicions", "0"]


@pytest.mark.parametrize("words", [["check", "gms2"], ["hunt", "gms2", *FEW], ["simulate", "gms2", "--runs", "1"]], ids=str)
def test_nor_does_any_other_command(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    Path("never.py").write_text(NEVER, encoding="utf-8")
    assert main([*words, "--property", "./never.py"]) == 12
    told = capsys.readouterr().out
    assert "\nnever: violated before the first step, so there is no run to draw\n" in told
    assert ".svg" not in told
    assert ".html" not in told
    assert not [*Path().rglob("*-never.*")]


def test_nor_does_a_failing_test() -> None:
    Path("never.py").write_text(NEVER, encoding="utf-8")
    with pytest.raises(AssertionError, match="violated before the first step, so there is no run to draw"):
        Checked(check("gms2", properties=["./never.py"]), Path("results")).assert_holds("./never.py")
    assert not Path("results").exists()


def test_nor_does_a_notebook() -> None:
    Path("never.py").write_text(NEVER, encoding="utf-8")
    shown = check("gms2", properties=["./never.py"])
    assert "violated before the first step, so there is no run to draw" in shown._repr_html_()
    assert "<svg" not in shown._repr_html_()


def test_a_run_that_nobody_could_follow_is_written_as_text_alone(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("groupy_check.groupy_model.verdict.LONGEST_TOLD", 4)
    assert check_main(["gms2", "-p", "agreement", "--all"]) == 13
    assert [path.name for path in sorted((tmp_path / "results").iterdir())] == ["gms2-agreement.txt"]
    told = capsys.readouterr().out
    assert "agreement  VIOLATED      5  results/gms2-agreement.txt\n" in told
    assert "\nagreement is violated: p3 never delivered a1, which p2 delivered in v2 {p1,p2,p3}\n" in told
    assert "\nagreement: its run has 5 steps, too many to draw; groupy replay FILE --minimise takes what time it needs" in told
    assert main(["replay", "results/gms2-agreement.txt", "--minimise"]) == 12
