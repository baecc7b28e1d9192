"""The explanations of five famous failures, word for word: who did what, what was never sent, who missed what.

A missing golden fails; `python -m pytest --update-goldens` writes it, and then somebody has to read it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from groupy_check.reports.spacetime.layout import picture
from groupy_check.reports.wording.summary import story
from tests.support.exploring import explored

GOLDENS = Path(__file__).parent / "goldens"
STORIES: dict[str, tuple[str, str, dict[str, Any]]] = {
    "crash-in-a-broadcast": ("gms2", "agreement", {}),
    "orphan-view": ("gms3", "progress", {"joins": 1, "messages": 0}),
    "fifo": ("gms3", "fifo", {}),
    "virtual-synchrony": ("gms2", "virtual-synchrony", {}),
    "split-brain": ("gms3", "prefix-order", {"crashes": 0, "suspicions": 1}),
}
UNREAD = ("orphan-view", "fifo", "split-brain")  # of safety, too


@pytest.mark.parametrize("name", STORIES)
def test_the_story_is_told_as_it_was_read_and_approved(name, updating):
    impl, wanted, scenario = STORIES[name]
    told = f"{story(explored(impl, **scenario).finding(wanted))}\n"
    golden = GOLDENS / f"{name}.txt"
    if updating:
        golden.write_text(told, encoding="utf-8")
    assert golden.exists(), f"no golden {golden.name}: read the story after `python -m pytest --update-goldens`"
    assert told == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", STORIES)
def test_why_a_message_stays_unread_is_told_wherever_the_picture_shows_it(name):
    impl, wanted, scenario = STORIES[name]
    finding = explored(impl, **scenario).finding(wanted)
    assert finding.trace is not None
    shown = [box.id for box in picture(finding.trace, finding.witness, "", "").boxes if box.kind == "refusal"]
    reasons = {str(finding.trace.flights[int(box.removeprefix("refusal-"))].refusal) for box in shown}
    assert all(f"({reason})" in story(finding) for reason in reasons)
    assert bool(reasons) == (name in UNREAD)


def test_there_is_no_other_golden():
    assert {path.stem for path in GOLDENS.iterdir()} == set(STORIES)
