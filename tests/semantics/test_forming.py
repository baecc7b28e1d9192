"""Groups that cannot be formed: what is said of them, and what helps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from groupy_check.checker.errors import ProtocolError
from groupy_check.checker.inputs.protocols import load_protocol
from groupy_check.checker.search.bfs import Explorer, Limits
from groupy_check.checker.semantics.enabled import FORMATION_LIMIT, Semantics
from groupy_check.groupy_model.effects import Install, Monitor, Send, View
from groupy_check.groupy_model.events import Event, Join, Receive, Start
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.observations import Status
from groupy_check.groupy_model.protocol import Idle, Outcome, Protocol, Step
from groupy_check.groupy_model.scenario import Beginning, Scenario
from groupy_check.groupy_model.verdict import Extent
from groupy_check.groupy_model.worker import first_worker
from groupy_check.specs.registry import PROPERTIES

P1, P2 = Node(1), Node(2)


@dataclass(frozen=True, slots=True)
class Member:
    """A process that goes on as it began."""

    me: Node


class Restless(Protocol):
    """Whoever enters sends a message to `target`, who sends it back to where it came from, forever."""

    name = "restless"

    def __init__(self, enters: type[Start | Join]) -> None:
        self.enters = enters

    def step(self, state: Any, event: Event) -> Outcome:
        match state, event:
            case Idle(me), Start() | Join():
                sends = isinstance(event, self.enters)
                return Step(Member(me), (Install(View(me, tuple(map(Node, range(1, me + 1))))), *[Send(P1, "on")] * sends))
            case Member(), Receive(source, "on"):
                return Step(state, (Send(source, "on"),))
        return None


@pytest.mark.parametrize(
    ("enters", "where", "advice"),
    [
        (Start, "start of p1", "alone it must come to rest: wait for others, or a timer"),
        (Join, "join(p1) of p2", "a group that never rests can be checked while it forms: --start joining"),
    ],
)
def test_a_group_that_never_rests_is_not_formed_and_what_helps_is_said(
    enters: type[Start | Join], where: str, advice: str
) -> None:
    with pytest.raises(ProtocolError) as refused:
        Semantics(Restless(enters), Scenario(nodes=2)).initial()
    assert str(refused.value) == f"restless: 10,000 steps after {where} messages still go round; {advice}"
    assert FORMATION_LIMIT == 10_000


def test_what_is_advised_helps() -> None:
    scenario = Scenario(nodes=2, messages=0, crashes=0, beginning=Beginning.JOINING)
    coverage = Explorer(Restless(Join), scenario, [PROPERTIES["view-agreement"]], Limits()).run().coverage
    assert (coverage.extent, coverage.distinct) == (Extent.EXHAUSTED, 3)


def test_what_the_handlers_did_while_the_group_was_formed_is_known_of_them() -> None:
    """gms2 monitors the leader when it is let in: that suspicions matter to it is known before anything has happened."""
    semantics = Semantics(load_protocol("gms2"), Scenario(nodes=2))
    assert not semantics.handle.effects
    semantics.initial()
    assert {Install, Monitor, Send} <= semantics.handle.effects


def test_who_has_not_started_has_no_worker_and_shows_no_colour() -> None:
    system = Semantics(load_protocol("gms2"), Scenario(nodes=2, joins=1, worker=True)).initial()
    assert [process.worker for process in system.processes] == [first_worker(P1), first_worker(P2), None]
    assert [process.status for process in system.processes] == [Status.UP, Status.UP, Status.ABSENT]
