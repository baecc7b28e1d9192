"""A protocol for live runs with recoveries: everybody multicasts to all, echoes what it hears, and stores how far it is."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, replace

from groupy_check import (
    Deliver,
    Down,
    Event,
    Install,
    Join,
    Monitor,
    Multicast,
    Node,
    Protocol,
    Receive,
    Recover,
    Send,
    Start,
    Step,
    Store,
    View,
)


@dataclass(frozen=True, slots=True)
class Entering:
    who: Node


@dataclass(frozen=True, slots=True)
class Entered:
    members: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Note:
    payload: Hashable


@dataclass(frozen=True, slots=True)
class Peer:
    me: Node
    members: tuple[Node, ...] = ()
    heard: frozenset[Hashable] = frozenset()

    def others(self, *but: Node) -> tuple[Node, ...]:
        return tuple(node for node in self.members if node not in (self.me, *but))


class Echoes(Protocol):
    """It promises nothing: in a run of it as much as can be goes on while processes come and go."""

    def initial(self, me):
        return Peer(me)

    def step(self, state, event: Event):
        match event:
            case Start():
                return grown(state, (state.me,))
            case Join(contact):
                return Step(state, (Send(contact, Entering(state.me)),))
            case Receive(_, Entering(who)) if state.members and who not in state.members:
                return grown(state, (*state.members, who), tell=True)
            case Receive(_, Entered(members)) if len(members) > len(state.members):
                return grown(state, members)
            case Multicast(payload) if state.members:
                return noted(state, payload, state.others())
            case Receive(source, Note(payload)) if state.members:
                return noted(state, payload, state.others(source) if payload not in state.heard else ())
            case Down():
                return Step(state, ())
            case Recover(None):
                return grown(state, (state.me,))
            case Recover(Peer() as back):
                return grown(back, back.members)
        return None


def grown(state: Peer, members: tuple[Node, ...], *, tell: bool = False) -> Step:
    new = replace(state, members=members)
    told = tuple(Send(node, Entered(members)) for node in new.others()) if tell else ()
    return Step(new, (*told, Install(View(len(members), members)), Store(new), *map(Monitor, new.others())))


def noted(state: Peer, payload: Hashable, others: tuple[Node, ...]) -> Step:
    new = replace(state, heard=state.heard | {payload})
    return Step(new, (*(Send(node, Note(payload)) for node in others), Store(new), Deliver(payload)))
