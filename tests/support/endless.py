"""Small systems whose traffic never rests: p1 and p2 play ping-pong for ever once p3 has multicast. Somebody has a timer."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from typing import Any

from groupy_check.groupy_model.effects import CancelTimer, Deliver, Effect, Install, Send, SetTimer, View
from groupy_check.groupy_model.events import Event, Join, Multicast, Receive, Start, Timeout
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.protocol import Idle, Outcome, Protocol, Step

P1, P2, P3 = NODES = (Node(1), Node(2), Node(3))
VIEW = View(0, NODES)


@dataclass(frozen=True, slots=True)
class Member:
    """The local state of all of them; what `mode` and `held` mean is said by their rules."""

    me: Node
    mode: int = 0
    held: Hashable = None


Rule = Callable[[Member, Event], Outcome]


class Ruled(Protocol):
    """The protocol of a group of three that starts with `first` and goes on by `rule`."""

    claims = ("integrity", "agreement", "validity", "progress")

    def __init__(self, name: str, rule: Rule, first: Callable[[Node], tuple[Effect, ...]] = lambda _: ()) -> None:
        self.name, self.rule, self.first = name, rule, first

    def step(self, state: Any, event: Event) -> Outcome:
        if isinstance(state, Idle):
            return Step(Member(state.me), (Install(VIEW), *self.first(state.me))) if isinstance(event, Start | Join) else None
        return self.rule(state, event)


def ping_pong(member: Member, event: Event) -> Outcome:
    """p1 and p2 answer each other for ever, once somebody has sent a pong to p1; all deliver whatever else they receive."""
    match member, event:
        case Member(1), Receive(_, "pong"):
            return Step(member, (Send(P2, "ping"),))
        case Member(2), Receive(_, "ping"):
            return Step(member, (Send(P1, "pong"),))
        case Member(), Receive(_, p) if p not in ("ping", "pong"):
            return Step(member, (Deliver(p),))
    return None


def beside(rule: Rule) -> Rule:
    """`rule` where it says something, else ping-pong."""
    return lambda member, event: rule(member, event) or ping_pong(member, event)


# --- what p3 does with its timer -----------------------------------------------------------------------------------------


def _twice(member: Member, event: Event) -> Outcome:
    match member, event:
        case Member(3, _, None), Multicast(p):
            return Step(replace(member, held=p), (Send(P1, "pong"), Send(P1, p), Send(P2, p), Deliver(p), SetTimer("t")))
        case Member(3), Timeout("t"):
            return Step(member, (Deliver(member.held),))
    return None


def _late(member: Member, event: Event) -> Outcome:
    match member, event:
        case Member(3, _, None), Multicast(p):
            return Step(replace(member, held=p), (Send(P1, "pong"), Deliver(p), SetTimer("t")))
        case Member(3), Timeout("t"):
            return Step(member, (Send(P1, member.held), Send(P2, member.held)))
    return None


def _acknowledged(member: Member, event: Event) -> Outcome:
    match member, event:
        case Member(3, _, None), Multicast(p):
            return Step(replace(member, held=p), (Send(P1, "pong"), Send(P1, p), Send(P2, p), Deliver(p), SetTimer("t")))
        case Member(2), Receive(source, p) if p != "ping":
            return Step(member, (Deliver(p), Send(source, "ack")))
        case Member(3), Receive(_, "ack"):
            return Step(member, (CancelTimer("t"),))
        case Member(3), Timeout("t"):
            return Step(member, (Send(P1, member.held), Send(P2, member.held)))
    return None


def _by_turns(member: Member, event: Event) -> Outcome:
    """As `_acknowledged`, but p2 takes messages of p3 only at every second turn."""
    match member, event:
        case Member(2), Receive(_, "ping"):
            return Step(replace(member, mode=1 - member.mode), (Send(P1, "pong"),))
        case Member(2, 1), Receive(3, _):
            return None
    return beside(_acknowledged)(member, event)


def _watched(member: Member, event: Event) -> Outcome:
    match member, event:
        case Member(3, _, None), Multicast(p):
            return Step(replace(member, held=p), (Send(P1, "pong"), Send(P1, p), Send(P2, p), Deliver(p)))
        case Member(2), Receive(_, "ping"):
            return Step(member, (Send(P1, "pong"), SetTimer("silence")))
        case Member(2), Timeout("silence"):
            return Step(member, (Deliver("alarm"),))
    return None


def _alone(member: Member, event: Event) -> Outcome:
    match member, event:
        case Member(3, _, None), Multicast(p):
            return Step(replace(member, held=p), (Send(P3, "on"), Send(P1, p), Send(P2, p), Deliver(p), SetTimer("t")))
        case Member(3), Receive(_, "on"):
            return Step(member, (Send(P3, "on"),))
        case Member(3), Timeout("t"):
            return Step(member, (Deliver(member.held),))
    return None


def _patient(member: Member, event: Event) -> Outcome:
    match member, event:
        case Member(3, _, None), Multicast(p):
            return Step(replace(member, held=p), (Send(P1, "pong"), SetTimer("t")))
        case Member(3), Timeout("t"):
            return Step(replace(member, held=None), (Send(P1, member.held), Send(P2, member.held), Deliver(member.held)))
    return None


TWICE = Ruled("twice", beside(_twice))  # delivers again when its timer fires: wrong
LATE = Ruled("late", beside(_late))  # tells the others when its timer fires
ACKNOWLEDGED = Ruled("acknowledged", beside(_acknowledged))  # sends again, unless an answer cancels the timer
BY_TURNS = Ruled("by-turns", _by_turns)  # the same, with an answer that takes its time
WATCHED = Ruled("watched", beside(_watched))  # p2 sets its timer anew with each ping
ALONE = Ruled("alone", beside(_alone))  # as TWICE, but p3 sends messages to itself for ever
PATIENT = Ruled("patient", beside(_patient))  # delivers only when its timer fires
