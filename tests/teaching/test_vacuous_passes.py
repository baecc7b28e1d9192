"""A submission that never does what a property is about does not pass by it."""

from __future__ import annotations

from pathlib import Path

import pytest

from groupy_check.checker.interfaces.cli import main
from groupy_check.groupy_model.verdict import Verdict
from groupy_check.reports.tables.grades import Grade, GradeEntry, Standing

LAZY = """
from groupy_check import Gms3, Multicast


class Lazy(Gms3):
    '''gms3 that takes no multicasts.'''

    def step(self, state, event):
        return None if isinstance(event, Multicast) else super().step(state, event)
"""


@pytest.mark.parametrize("expected", [Verdict.HOLDS, Verdict.VIOLATED, None])
def test_a_vacuous_verdict_is_what_nobody_expects(expected: Verdict | None) -> None:
    entry = GradeEntry(Verdict.HOLDS, None, expected, vacuous=True)
    assert entry.met == (expected is None)
    assert Grade("a", "a.py", {"agreement": entry}).outcome is (Standing.MET if expected is None else Standing.UNMET)


def test_who_does_nothing_does_nothing_wrong_and_does_not_pass(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("class").mkdir()
    Path("class/lazy.py").write_text(LAZY)
    words = "grade class --nodes 2 --messages 1 --expect agreement:holds --expect view-agreement:holds --out out --quiet"
    assert main(words.split()) == 0
    assert capsys.readouterr().out == "1 submission: 1 not as expected\n"
    [_, row] = Path("out/grades.csv").read_text("utf-8").splitlines()
    assert row == (
        "lazy,class/lazy.py,not as expected,holds (not put to the test),holds (not put to the test),,"
        '"agreement was not put to the test: in no state that was seen, a correct process delivered a payload; '
        "view-agreement was not put to the test: in no state that was seen, two processes installed views with the same number "
        "after the beginning; the scenario allows a crash in the middle of a broadcast, but it never happened in what was seen"
        '; the scenario allows a multicast, but it never happened in what was seen",'
    )
