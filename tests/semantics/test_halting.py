"""A process that ends itself does nothing more in that step, and keeps nobody else from finishing a step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from groupy_check.checker.semantics.enabled import Semantics
from groupy_check.groupy_model.actions import Handle
from groupy_check.groupy_model.effects import Deliver, Halt, Install, View
from groupy_check.groupy_model.events import Event, Join, Multicast, Start
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.observations import Delivered, Ended, Status
from groupy_check.groupy_model.payloads import Change
from groupy_check.groupy_model.protocol import Idle, Outcome, Protocol, Step
from groupy_check.groupy_model.scenario import Scenario

P1, P2 = NODES = (Node(1), Node(2))


@dataclass(frozen=True, slots=True)
class Member:
    """A process that goes on as it began."""

    me: Node


class Quitting(Protocol):
    """Both deliver what is multicast twice, but `quitter` ends itself in between."""

    name = "quitting"

    def __init__(self, quitter: Node) -> None:
        self.quitter = quitter

    def step(self, state: Any, event: Event) -> Outcome:
        match state, event:
            case Idle(me), Start() | Join():
                return Step(Member(me), (Install(View(1, NODES)),))
            case Member(me), Multicast(payload):
                ends = (Halt("enough"),) if me == self.quitter else ()
                return Step(state, (Deliver(payload), *ends, Deliver(payload)))
        return None


def test_the_step_of_another_goes_on() -> None:
    for quitter, other in ((P1, P2), (P2, P1)):
        semantics = Semantics(Quitting(quitter), Scenario(nodes=2, messages=2, crashes=0), frozenset({Delivered}))
        asked = {node: Change(node, 1) for node in NODES}
        system = semantics.apply(semantics.initial(), Handle(quitter, Multicast(asked[quitter])))
        system = semantics.apply(system, Handle(other, Multicast(asked[other])))
        ended, going_on = (system.processes[node - 1] for node in (quitter, other))
        assert (ended.status, ended.log) == (Status.HALTED, (Delivered(asked[quitter]), Ended("enough")))
        assert (going_on.status, going_on.log) == (Status.UP, (Delivered(asked[other]),) * 2)
