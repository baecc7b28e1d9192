"""Long logs: what once took minutes takes a moment, and twice as much takes about twice as long."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from groupy_check import judge
from groupy_check.groupy_model.verdict import Verdict
from tests.benchmarks.logs import Shape, lines


def seconds(events: int, shape: Shape, folder: Path) -> float:
    """The processor time for judging a log of so many events on all properties."""
    path = folder / "log.jsonl"
    path.write_text("".join(lines(events, shape)), "utf-8")
    began = time.process_time()
    result = judge(path, silent="correct", at_rest=True)
    took = time.process_time() - began
    assert (Verdict.VIOLATED in {finding.verdict for finding in result.findings}) == shape.disorder
    judged = [finding for finding in result.findings if finding.verdict is not None]
    # not: synchrony, progress, what is said of indications; without joins not admission and state-transfer, either
    assert len(judged) == (29 if shape.joins else 27)
    return took


def test_a_log_of_fourteen_thousand_events_is_judged_in_a_moment(tmp_path: Path) -> None:
    assert seconds(14_000, Shape(3, 700), tmp_path) < 2  # the definitions take 280


# Linear is 6 times, quadratic 36 times; the first look at anything costs some more.
@pytest.mark.slow
@pytest.mark.parametrize(
    "shape",
    [Shape(), Shape(per_view=10), Shape(processes=1), Shape(joins=4), Shape(disorder=True, per_view=100)],
    ids=["plain", "views", "payloads", "joins", "disorder"],
)
def test_the_cost_grows_linearly(shape: Shape, tmp_path: Path) -> None:
    small, large = (seconds(events, shape, tmp_path) for events in (4_000, 24_000))
    assert large < 15 * small
