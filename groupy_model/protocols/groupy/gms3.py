"""gms3: gms2 with numbered messages, of which a new leader repeats the last (assignment "Groupy", section 3.4).

A slave accepts only the number that it expects: it drops duplicates, and what arrives too early waits in the queue (selective
receive). The rule for views demands the leader that the slave CURRENTLY follows, even when a new leader repeats an old view.
So a slave that has already turned to the new leader never accepts the repeated view of the old one, and no later number
either. `groupy-check --impl gms3 --joins 1 --crashes 1` shows this orphan view.

How a process founds a group or joins one, and how `step` finds the method of its role, is said in `roles`.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, replace

from groupy_check.groupy_model.effects import CancelTimer, Deliver, Effect, Install, Monitor, Send, View
from groupy_check.groupy_model.events import Down, Event, Multicast, Receive
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.protocol import Outcome, Step, broadcast
from groupy_check.groupy_model.protocols.groupy.gms1 import JoinAsked, Joining, Mcast
from groupy_check.groupy_model.protocols.groupy.gms2 import JOIN_TIMER
from groupy_check.groupy_model.protocols.groupy.roles import ByRole, LeaderRole, SlaveRole
from groupy_check.groupy_model.show import show


@dataclass(frozen=True, slots=True)
class Msg:
    """From the leader: the `n`-th message; deliver `payload`."""

    n: int
    payload: Hashable

    def __str__(self) -> str:
        return f"msg {self.n}: {show(self.payload)}"


@dataclass(frozen=True, slots=True)
class ViewMsg:
    """From the leader: the `n`-th message; `processes` are the leader and its slaves, `group` their applications."""

    n: int
    processes: tuple[Node, ...]
    group: tuple[Node, ...]

    def __str__(self) -> str:
        return f"view v{self.n} {show(self.processes)}"


@dataclass(frozen=True, slots=True)
class Leader(LeaderRole):
    """`n` is the number of its next message."""

    me: Node
    n: int
    slaves: tuple[Node, ...]
    group: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Slave(SlaveRole):
    """`n` is the number that it expects, `last` the last message that it accepted; `slaves` includes itself."""

    me: Node
    leader: Node
    n: int
    last: Msg | ViewMsg
    slaves: tuple[Node, ...]
    group: tuple[Node, ...]


def installed(n: int, group: tuple[Node, ...]) -> Install:
    """The view that message number `n` announces has that number; the founder's own view, which no message announces, has 0."""
    return Install(View(n, group))


def outcome(message: Msg | ViewMsg) -> tuple[Effect, ...]:
    """What `message` means to the application: a delivery or a view."""
    return (Deliver(message.payload),) if isinstance(message, Msg) else (installed(message.n, message.group),)


class Gms3(ByRole):
    """gms2 with numbered messages; a new leader repeats the last one. Whatever a mutant or a repair changes is a method."""

    name = "gms3"
    source = 'assignment "Groupy", third implementation'

    def founder(self, me: Node) -> Hashable:
        return Leader(me, 1, (), (me,))

    def enter(self, state: Joining, source: Node, message: object) -> Outcome:  # noqa: ARG002 - from any leader
        match message:
            case ViewMsg(n, (leader, *slaves), group) as view:
                entered = Slave(state.me, leader, n + 1, view, tuple(slaves), group)
                return Step(entered, (CancelTimer(JOIN_TIMER), Monitor(leader), installed(n, group)))
        return None

    def leader(self, state: Leader, event: Event) -> Outcome:
        match event:
            case Multicast(payload) | Receive(_, Mcast(payload)):
                return Step(replace(state, n=state.n + 1), self.announce(state, Msg(state.n, payload)))
            case Receive(_, JoinAsked(node)):
                return self.admit(state, node)
        return None

    def announce(self, leader: Leader, message: Msg) -> tuple[Effect, ...]:
        return (*broadcast(message, leader.slaves), Deliver(message.payload))

    def admit(self, leader: Leader, node: Node) -> Step:
        slaves, group = (*leader.slaves, node), (*leader.group, node)
        view = ViewMsg(leader.n, (leader.me, *slaves), group)
        after = Leader(leader.me, leader.n + 1, slaves, group)
        return Step(after, (*broadcast(view, slaves), installed(leader.n, group)))

    def slave(self, state: Slave, event: Event) -> Outcome:
        match event:
            case Multicast(payload) | Receive(_, Mcast(payload)):
                return Step(state, (Send(state.leader, Mcast(payload)),))
            case Receive(_, JoinAsked() as request):
                return Step(state, (Send(state.leader, request),))
            case Receive(_, Msg() as message):
                return self.on_message(state, message)
            case Receive(_, ViewMsg() as view):
                return self.on_view(state, view)
            case Down(node) if node == state.leader:
                return self.election(state)
        return None

    def on_message(self, slave: Slave, message: Msg) -> Outcome:
        if message.n < slave.n:
            return Step(slave)
        if message.n > slave.n:
            return None
        return Step(replace(slave, n=message.n + 1, last=message), (Deliver(message.payload),))

    def on_view(self, slave: Slave, view: ViewMsg) -> Outcome:
        leader, *slaves = view.processes
        if view.n != slave.n or leader != slave.leader:
            return None
        after = replace(slave, n=view.n + 1, last=view, slaves=tuple(slaves), group=view.group)
        return Step(after, (installed(view.n, view.group),))

    def election(self, slave: Slave) -> Step:
        head, *rest = slave.slaves
        others, group = tuple(rest), slave.group[1:]
        if head != slave.me:
            return Step(Slave(slave.me, head, slave.n, slave.last, others, group), (Monitor(head),))
        view = ViewMsg(slave.n, slave.slaves, group)
        effects: tuple[Effect, ...] = (*self.repeat(slave, others), *broadcast(view, others), installed(slave.n, group))
        return Step(Leader(slave.me, slave.n + 1, others, group), effects)

    def repeat(self, slave: Slave, others: tuple[Node, ...]) -> tuple[Send, ...]:
        return broadcast(slave.last, others)
