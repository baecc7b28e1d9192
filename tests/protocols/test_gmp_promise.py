"""gmp-promise: what promises in stable storage are for. A mutant that writes them down too late breaks only with a recovery."""

from __future__ import annotations

import pytest

from groupy_check.checker.counterexamples.minimise import minimised
from groupy_check.checker.counterexamples.trace_file import replay_text
from groupy_check.groupy_model.actions import recovers
from groupy_check.groupy_model.protocols.registry import PROTOCOLS
from groupy_check.groupy_model.trace import Trace
from groupy_check.reports.formats.itf import to_itf
from groupy_check.reports.spacetime.layout import picture
from groupy_check.reports.wording.explain import explain
from groupy_check.reports.wording.trace_text import trace_text
from groupy_check.specs.registry import PROPERTIES
from tests.support.exploring import explored, violated

VIEWS = ("view-agreement", "monotonic-views", "self-inclusion", "primary-partition")
MUTANT = "gmp-promise~answers-first"
RIVALS = ("p1 wrongly suspects p2", "p2 wrongly suspects p3")  # then two proposals compete for the promise of p3


def broken(name: str, recoveries: int) -> tuple[dict[str, int | None], int]:
    """What is violated of what is promised, and how many states there are, once two proposals are under way."""
    result = explored(name, *VIEWS, start=RIVALS, messages=0, suspicions=2, recoveries=recoveries)
    assert result.recovered == bool(recoveries)
    return violated(result), result.coverage.distinct


def run_of_the_mutant() -> Trace:
    """The shortest run that breaks it."""
    trace = explored(MUTANT, "view-agreement", start=RIVALS, messages=0, suspicions=2, recoveries=1).findings[0].trace
    assert trace is not None
    return trace


def test_a_promise_that_is_written_down_first_outlives_a_crash() -> None:
    assert broken("gmp-promise", 0) == ({}, 226)
    assert broken("gmp-promise", 1) == ({}, 1197)


def test_a_promise_that_is_written_down_behind_the_answer_is_broken_only_by_a_recovery() -> None:
    assert broken(MUTANT, 0) == ({}, 226)
    assert broken(MUTANT, 1)[0] == {"view-agreement": 7, "primary-partition": 7}


@pytest.mark.parametrize(
    ("name", "recoveries", "counts", "found"),
    [
        ("gmp-promise", 0, (6631, 19786, 11), {}),
        ("gmp-promise", 1, (66421, 216769, 14), {}),
        (MUTANT, 0, (6631, 19786, 10), {}),
        (MUTANT, 1, (76609, 248869, 14), {"view-agreement": 7, "primary-partition": 7}),
    ],
)
def test_the_whole_space(name: str, recoveries: int, counts: tuple[int, int, int], found: dict[str, int]) -> None:
    result = explored(name, fast=True, messages=0, suspicions=2, recoveries=recoveries)
    coverage = result.coverage
    assert (coverage.distinct, coverage.generated, coverage.depth) == counts
    assert {broken: length for broken, length in violated(result).items() if broken in VIEWS} == found


def test_the_run_is_told_saved_replayed_and_shrunk() -> None:
    trace = run_of_the_mutant()
    story = explain(trace, None)
    assert "p3 came back with [v3 {p1,p2,p3}; promised nothing] stored" in story
    assert "crashed before it could store [v3 {p1,p2,p3}; promised v4 {p1,p3}]" in story
    for text in (trace_text(trace, "a title"), to_itf(trace, "view-agreement")):
        result = replay_text(text, names=["view-agreement"])
        assert (violated(result), result.recovered) == ({"view-agreement": 7}, True)
    least = minimised(trace, PROTOCOLS[MUTANT](), PROPERTIES["view-agreement"])
    assert (len(least.steps), least.scenario.recoveries, sum(map(recovers, least.actions))) == (7, 1, 1)


def test_who_has_come_back_is_not_said_to_be_cut_off() -> None:
    found = explored(MUTANT, "view-agreement", fast=True, messages=0, suspicions=1, recoveries=1).findings[0]
    assert found.trace is not None
    assert "p2 learned of p3's crash, from which it had come back, stored" in explain(found.trace, None)


def test_the_lifeline_has_a_gap_between_the_crash_and_the_recovery() -> None:
    drawn = picture(run_of_the_mutant(), None, "a title", "")
    marks = {box.id.split("-")[0]: box for box in drawn.boxes if box.id.startswith(("crash-", "recover-"))}
    (gap,) = [line for line in drawn.lines if line.id.startswith("gap-p3")]
    assert (gap.kind, gap.y1, gap.y2) == ("absent", marks["crash"].y, marks["recover"].y)
    pieces = [line for line in drawn.lines if line.kind == "life" and line.x1 == gap.x1]
    assert all(line.y2 <= gap.y1 or line.y1 >= gap.y2 for line in pieces)
    assert "comes back after a crash" in {box.text for box in drawn.boxes}
