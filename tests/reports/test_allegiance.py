"""Whom a process follows is told where that changes: in the words of the step, and in a picture in which that matters."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from groupy_check.checker.runs.recorder import Recorder
from groupy_check.groupy_model.effects import Install, View
from groupy_check.groupy_model.events import Event, Leave, Multicast, Start
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.protocol import Outcome, Protocol, Step
from groupy_check.groupy_model.scenario import Scenario
from groupy_check.groupy_model.trace import Trace
from groupy_check.reports.spacetime.reading import read
from groupy_check.reports.wording.allegiance import allegiance
from groupy_check.reports.wording.phrases import match_line
from groupy_check.reports.wording.trace_text import step_lines
from tests.support.exploring import explored

P2 = Node(2)
ERLANG = str(Path(__file__).parents[2] / "groupy_model" / "protocols" / "erlang" / "gms3.erl")


def orphan(protocol: str) -> Trace:
    trace = explored(protocol, "progress", joins=1, messages=1).finding("progress").trace
    assert trace is not None
    return trace


@pytest.mark.parametrize("states", [False, True])
def test_the_orphan_view_is_told_with_who_follows_whom(states: bool) -> None:
    """p2 and p3 detect that p1 is down; p4 comes in by the view that still names p1, and then detects it, too."""
    lines = [line.strip() for line in step_lines(orphan("gms3"), None, states=states)]
    steps = [number for number, line in enumerate(lines) if line[0].isdigit()]
    found = [
        (lines[max(n for n in steps if n < k)][:2], line.rpartition("; ")[2]) for k, line in enumerate(lines) if "now" in line
    ]
    assert found == [("4.", "now leads"), ("5.", "now follows p2"), ("6.", "now follows p1"), ("7.", "now follows p2")]


def test_the_picture_tells_it_of_who_refuses_a_message_because_of_its_leader() -> None:
    """That is p3. Who else leads or follows would be too much."""
    beside = [[mark.beside for mark in cell.marks if mark.beside] for cell in read(orphan("gms3"), None).cells]
    assert beside == [[], ["crash"], [], [], ["now follows p2"], [], [], []]


def test_a_variable_of_a_program_in_erlang_says_it_too() -> None:
    trace = orphan(ERLANG)
    assert [allegiance(trace, step) for step in trace.steps[2:6]] == ["", "leads", "follows p2", "follows p1"]


@dataclass(frozen=True, slots=True)
class Elector:
    me: Node
    leader: Node | None = None


class Electing(Protocol):
    """It leads, follows another one, and then nobody."""

    name = "electing"

    def step(self, state: Any, event: Event) -> Outcome:
        me = state.me
        match event:
            case Start():
                return Step(Elector(me, me), (Install(View(0, (me,))),))
            case Multicast():
                return Step(Elector(me, P2))
            case Leave():
                return Step(Elector(me))
        return None


def test_who_is_followed_as_before_or_by_nobody_is_not_told() -> None:
    recorder = Recorder(Electing(), Scenario(1, 2, 0, leaves=1))
    system = recorder.begin()
    for line in ("p1 multicasts a1", "p1 multicasts a2", "p1 asks to leave"):
        action = match_line(line, recorder.semantics.enabled(system))
        assert action is not None
        system = recorder.do(action)
    trace = recorder.trace()
    assert [allegiance(trace, step) for step in trace.steps] == ["follows p2", "", ""]
