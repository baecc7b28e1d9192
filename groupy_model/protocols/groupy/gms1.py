"""gms1: group membership and multicast without failures (assignment "Groupy", section 2: "the first implementation").

The leader orders all multicasts by sending them to all slaves; a slave forwards the requests of its worker to the leader.
Nobody monitors anybody: when the leader crashes, the group is stuck.

In Erlang, the views of gms1 and gms2 carry no number. Here a view message carries the number (`id`) that an outside observer
would give it; no rule reads it, so it changes no behaviour.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, replace
from typing import Any

from groupy_check.groupy_model.effects import Deliver, Install, Send, View
from groupy_check.groupy_model.events import Event, Join, Multicast, Receive, Start
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.protocol import Idle, Outcome, Protocol, Step, broadcast
from groupy_check.groupy_model.show import show


@dataclass(frozen=True, slots=True)
class Joining:
    """It has asked to join and waits for its first view."""

    me: Node


@dataclass(frozen=True, slots=True)
class Leader:
    """`slaves` are in order of age; `group`, the leader first, is what the application sees; `view` is its number."""

    me: Node
    slaves: tuple[Node, ...]
    group: tuple[Node, ...]
    view: int = 0


@dataclass(frozen=True, slots=True)
class Slave:
    """`slaves` includes the process itself."""

    me: Node
    leader: Node
    slaves: tuple[Node, ...]
    group: tuple[Node, ...]
    view: int


@dataclass(frozen=True, slots=True)
class Mcast:
    """To the leader: multicast `payload`."""

    payload: Hashable

    def __str__(self) -> str:
        return f"mcast {show(self.payload)}"


@dataclass(frozen=True, slots=True)
class JoinAsked:
    """To the leader: admit `node`."""

    node: Node

    def __str__(self) -> str:
        return f"join {self.node}"


@dataclass(frozen=True, slots=True)
class Msg:
    """From the leader: deliver `payload`."""

    payload: Hashable

    def __str__(self) -> str:
        return f"msg {show(self.payload)}"


@dataclass(frozen=True, slots=True)
class ViewMsg:
    """From the leader: `processes` are the leader and its slaves, `group` their applications."""

    id: int
    processes: tuple[Node, ...]
    group: tuple[Node, ...]

    def __str__(self) -> str:
        return f"view v{self.id} {show(self.processes)}"


class Gms1(Protocol):
    """A leader orders all multicasts, slaves deliver them; no failures. Each rule longer than one line is a method."""

    name = "gms1"
    source = 'assignment "Groupy", first implementation'

    def step(self, state: Any, event: Event) -> Outcome:
        match state, event:
            case Idle(me), Start():
                return Step(Leader(me, (), (me,)), (Install(View(0, (me,))),))
            case Idle(me), Join(contact):
                return self.ask_to_join(me, contact)
            case Joining(me), Receive(_, ViewMsg(_, _, _) as view):
                return self.enter(me, view)
            case Leader(), Multicast(payload) | Receive(_, Mcast(payload)):
                return Step(state, (*broadcast(Msg(payload), state.slaves), Deliver(payload)))
            case Leader(), Receive(_, JoinAsked(node)):
                return self.admit(state, node)
            case Slave(), Multicast(payload) | Receive(_, Mcast(payload)):
                return Step(state, (Send(state.leader, Mcast(payload)),))
            case Slave(), Receive(_, JoinAsked() as request):
                return Step(state, (Send(state.leader, request),))
            case Slave(), Receive(_, Msg(payload)):
                return Step(state, (Deliver(payload),))
            case Slave(), Receive(_, ViewMsg(number, (leader, *slaves), group)) if leader == state.leader:
                return Step(replace(state, slaves=tuple(slaves), group=group, view=number), (Install(View(number, group)),))
        return None

    def ask_to_join(self, me: Node, contact: Node) -> Step:
        return Step(Joining(me), (Send(contact, JoinAsked(me)),))

    def enter(self, me: Node, view: ViewMsg) -> Step:
        leader, *slaves = view.processes
        return Step(Slave(me, leader, tuple(slaves), view.group, view.id), (Install(View(view.id, view.group)),))

    def admit(self, leader: Leader, node: Node) -> Step:
        after = replace(leader, slaves=(*leader.slaves, node), group=(*leader.group, node), view=leader.view + 1)
        view = ViewMsg(after.view, (after.me, *after.slaves), after.group)
        return Step(after, (*broadcast(view, after.slaves), Install(View(view.id, view.group))))
