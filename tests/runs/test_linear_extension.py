"""Runs in another order: the steps of each process together, as far as its causes allow."""

from __future__ import annotations

import pytest

from groupy_check.checker.runs.linear_extension import gathered
from groupy_check.checker.runs.recorder import Recorder
from groupy_check.groupy_model.actions import Action, Handle
from groupy_check.groupy_model.effects import Deliver, Send
from groupy_check.groupy_model.events import Event, Multicast, Receive
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.payloads import Change
from groupy_check.groupy_model.protocol import Outcome, Step
from groupy_check.groupy_model.scenario import Scenario
from tests.support.endless import P1, P2, P3, Member, Ruled


def to_the_next(member: Member, event: Event) -> Outcome:
    match event:
        case Multicast(payload):
            return Step(member, (Send(Node(member.me % 3 + 1), payload),))
        case Receive(_, payload):
            return Step(member, (Deliver(payload),))
    return None


def ask(node: Node, number: int) -> Handle:
    return Handle(node, Multicast(Change(node, number)))


def take(node: Node, source: Node, number: int) -> Handle:
    return Handle(node, Receive(source, Change(source, number)))


A1, A2, B1, B2, C1 = ask(P1, 1), ask(P1, 2), ask(P2, 1), ask(P2, 2), ask(P3, 1)
TAKE_A1, TAKE_B1 = take(P2, P1, 1), take(P3, P2, 1)


@pytest.mark.parametrize(
    ("run", "order"),
    [
        ((A1, B1, A2, B2), (A1, A2, B1, B2)),
        ((B1, A1, B2, A2), (B1, B2, A1, A2)),
        ((A1, TAKE_A1, A2), (A1, A2, TAKE_A1)),
        ((A1, C1, B1, TAKE_A1, TAKE_B1, A2), (A1, A2, C1, B1, TAKE_A1, TAKE_B1)),
        ((B1, A1, TAKE_A1, TAKE_B1), (B1, A1, TAKE_A1, TAKE_B1)),  # p2 has to wait for p1
        ((A1, B1, C1), (A1, B1, C1)),
    ],
)
def test_the_next_step_of_the_same_process_comes_first_where_it_is_ready(run: tuple[Action], order: tuple[Action]) -> None:
    recorder = Recorder(Ruled("ring", to_the_next), Scenario(messages=6))
    trace = recorder.record(run)
    again = gathered(recorder, trace)
    assert again.actions == order
    assert again.states[-1] == trace.states[-1]
