"""Roles: a process of the Groupy family founds the group or joins it, then leads or follows; each role has a method of its own.

In Erlang each role is a function (`leader(...)`, `slave(...)`) that receives the next message. Here the class of the local
state says which role the process plays, and `ByRole.step` passes the event to the method of that role, which then decides by
the event. gms3 and all that builds on its roles read alike for that reason.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from groupy_check.groupy_model.effects import Halt, Install, View
from groupy_check.groupy_model.events import Event, Join, Receive, Start, Timeout
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.protocol import Idle, Outcome, Protocol, Step
from groupy_check.groupy_model.protocols.groupy.gms1 import Joining
from groupy_check.groupy_model.protocols.groupy.gms2 import JOIN_TIMER, ask_in


class LeaderRole:
    """Base class of the local states in which a process leads."""

    __slots__ = ()


class SlaveRole:
    """Base class of the local states in which a process follows a leader."""

    __slots__ = ()


class ByRole(Protocol):
    """A protocol with one method for each role. A subclass gives `founder`, `enter`, `leader` and `slave`."""

    def step(self, state: Any, event: Event) -> Outcome:
        match state:
            case Idle():
                return self.idle(state, event)
            case Joining():
                return self.joining(state, event)
            case LeaderRole():
                return self.leader(state, event)
            case SlaveRole():
                return self.slave(state, event)
        return None

    def idle(self, state: Idle, event: Event) -> Outcome:
        match event:
            case Start():
                return Step(self.founder(state.me), (Install(View(0, (state.me,))),))
            case Join(contact):
                return ask_in(state.me, contact)
        return None

    def founder(self, me: Node) -> Hashable:
        """The state of the leader that starts the group alone."""
        raise NotImplementedError

    def joining(self, state: Joining, event: Event) -> Outcome:
        match event:
            case Receive(source, message):
                return self.enter(state, source, message)
            case Timeout(timer) if timer == JOIN_TIMER:
                return Step(state, (Halt("no reply from the leader"),))
        return None

    def enter(self, state: Joining, source: Node, message: object) -> Outcome:
        """`message` has come from `source`: the first view lets the process in."""
        raise NotImplementedError

    def leader(self, state: Any, event: Event) -> Outcome:
        raise NotImplementedError

    def slave(self, state: Any, event: Event) -> Outcome:
        raise NotImplementedError
