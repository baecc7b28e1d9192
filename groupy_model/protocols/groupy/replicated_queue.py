"""replicated-queue: all processes mirror a message before any delivers it (assignment "Groupy", extension reports).

Per number: the leader sends `add` to all, waits for the `ack` of all that are up, delivers, and sends `data`, on which the
slaves deliver, then `del`, on which they forget. A new leader first repeats the contents of its own mirror in the order of
their numbers, then announces its view, and numbers on from there. A process ignores an `add` of an older epoch than the newest
it has seen; one of a newer epoch overwrites: what a dead leader's epoch only mirrored, at some processes, was delivered
nowhere. One number is in flight at a time. The cost is two rounds per multicast, and `del`, which could travel with the next
`add`.

Promises, with a perfect detector and without losses, through any number of crashes: what gms3 promises, except synchrony, and
uniform-agreement as well, since `data` is sent only once every process that is up can repeat it. No rule depends on the order
in which `add` is sent (here it goes to the youngest first); gms3 stands or falls with that order.

Fails: `validity` (a request in flight to a dying leader, or in its queue), and `synchrony` if that is the request of a
joiner's worker for a colour; everything if a message is lost (a lost `add` blocks the group) or after a false suspicion, when
two leaders commit independently.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, replace
from typing import ClassVar

from groupy_check.groupy_model.effects import CancelTimer, Deliver, Effect, Install, Monitor, Send, View
from groupy_check.groupy_model.events import Down, Event, Multicast, Receive
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.protocol import Outcome, Step, broadcast, usual_claims_but
from groupy_check.groupy_model.protocols.groupy.gms1 import JoinAsked, Joining, Mcast
from groupy_check.groupy_model.protocols.groupy.gms2 import JOIN_TIMER
from groupy_check.groupy_model.protocols.groupy.roles import ByRole, LeaderRole, SlaveRole
from groupy_check.groupy_model.show import show


@dataclass(frozen=True, slots=True)
class Roster:
    """A body that announces the view of `processes`, the leader first."""

    processes: tuple[Node, ...]

    def behind(self, leader: Node) -> tuple[Node, ...]:
        """The processes younger than `leader`; none if it is not in this view."""
        return self.processes[self.processes.index(leader) + 1 :] if leader in self.processes else ()

    def __str__(self) -> str:
        return f"view {show(self.processes)}"


@dataclass(frozen=True, slots=True)
class Add:
    """From the leader: mirror `body` under number `n`."""

    n: int
    epoch: int
    body: Hashable

    def __str__(self) -> str:
        return f"add {self.n}: {show(self.body)} (epoch {self.epoch})"


@dataclass(frozen=True, slots=True)
class Ack:
    """To the leader: I have mirrored number `n`."""

    n: int


@dataclass(frozen=True, slots=True)
class Data:
    """From the leader: all mirror number `n`; deliver `body`."""

    n: int
    epoch: int
    body: Hashable

    def __str__(self) -> str:
        return f"data {self.n}: {show(self.body)}"


@dataclass(frozen=True, slots=True)
class Del:
    """From the leader: `data` of number `n` has been sent to all; forget it."""

    n: int


@dataclass(frozen=True, slots=True)
class Pending:
    """The processes `waiting` have not acknowledged number `n`."""

    n: int
    body: Hashable
    waiting: tuple[Node, ...]


Mirror = tuple[tuple[int, Hashable], ...]


@dataclass(frozen=True, slots=True)
class Leader(LeaderRole):
    """`n` is the next number to be delivered; `again` is what a new leader still has to repeat."""

    me: Node
    n: int
    epoch: int
    slaves: tuple[Node, ...] = ()
    pending: Pending | None = None
    again: Mirror = ()
    queue: tuple[Mcast | JoinAsked, ...] = ()
    view_due: bool = False


@dataclass(frozen=True, slots=True)
class Slave(SlaveRole):
    """`n` is the number that it delivers next, `slaves` includes itself.

    `turn` is the epoch of its leader, `epoch` the newest that it has seen: an `add` can arrive before the news of the crash.
    """

    me: Node
    leader: Node
    n: int
    turn: int
    epoch: int
    slaves: tuple[Node, ...]
    mirror: Mirror = ()


def outcome(n: int, body: Hashable) -> tuple[Effect, ...]:
    """What `body` under number `n` means to the application: a delivery or a view."""
    return (Install(View(n, body.processes)) if isinstance(body, Roster) else Deliver(body),)


def without(mirror: Mirror, n: int) -> Mirror:
    """`mirror` without number `n`."""
    return tuple(entry for entry in mirror if entry[0] != n)


class ReplicatedQueue(ByRole):
    """All mirror a message before any delivers it: uniform, at the price of one more round."""

    name = "replicated-queue"
    claims: ClassVar[tuple[str, ...]] = (*usual_claims_but("synchrony"), "uniform-agreement", "uniform-total-order")
    source = 'assignment "Groupy", extension reports'

    def founder(self, me: Node) -> Hashable:
        return Leader(me, 1, 0)

    def enter(self, state: Joining, source: Node, message: object) -> Outcome:  # noqa: ARG002 - from any leader
        match message:
            case Data(n, epoch, Roster((leader, *_)) as roster):
                entered = Slave(state.me, leader, n + 1, epoch, epoch, roster.behind(leader))
                return Step(entered, (CancelTimer(JOIN_TIMER), Monitor(leader), *outcome(n, roster)))
        return None

    def leader(self, state: Leader, event: Event) -> Outcome:
        match event:
            case Multicast(payload):
                return self.begin(replace(state, queue=(*state.queue, Mcast(payload))))
            case Receive(_, Mcast() | JoinAsked() as item):
                return self.begin(replace(state, queue=(*state.queue, item)))
            case Receive(source, Ack(n)):
                expected = state.pending is not None and state.pending.n == n
                return self.settle(self.served(state, source)) if expected else Step(state)
            case Down(node):
                left = tuple(slave for slave in state.slaves if slave != node)
                return self.settle(self.served(replace(state, slaves=left), node))
        return None

    def served(self, state: Leader, node: Node) -> Leader:
        """`state` once nothing more is expected from `node`."""
        if state.pending is None:
            return state
        waiting = tuple(other for other in state.pending.waiting if other != node)
        return replace(state, pending=replace(state.pending, waiting=waiting))

    def begin(self, state: Leader, effects: tuple[Effect, ...] = ()) -> Step:
        """Unless a number is in flight: continue with what is to be repeated, then the new leader's view, then the queue."""
        if state.pending is not None:
            return Step(state, effects)
        if state.again:
            (n, body), *rest = state.again
            return self.add(replace(state, again=tuple(rest)), n, body, effects)
        if state.view_due:
            return self.add(replace(state, view_due=False), state.n, Roster((state.me, *state.slaves)), effects)
        if not state.queue:
            return Step(state, effects)
        item, *left = state.queue
        body = item.payload if isinstance(item, Mcast) else Roster((state.me, *state.slaves, item.node))
        return self.add(replace(state, queue=tuple(left)), state.n, body, effects)

    def add(self, state: Leader, n: int, body: Hashable, effects: tuple[Effect, ...]) -> Step:
        """Send `body` to all slaves. A process that joins with it mirrors only what follows it."""
        behind = body.behind(state.me) if isinstance(body, Roster) else ()
        new = tuple(node for node in behind if node not in state.slaves)
        sent = broadcast(Add(n, state.epoch, body), state.slaves[::-1])
        after = replace(state, slaves=(*state.slaves, *new), pending=Pending(n, body, state.slaves))
        return self.settle(after, (*effects, *map(Monitor, new), *sent))

    def settle(self, state: Leader, effects: tuple[Effect, ...] = ()) -> Step:
        """Commit the number in flight once all mirror it, and continue."""
        if state.pending is None or state.pending.waiting:
            return Step(state, effects)
        n, body = state.pending.n, state.pending.body
        own = outcome(n, body) if n == state.n else ()
        data, gone = broadcast(Data(n, state.epoch, body), state.slaves), broadcast(Del(n), state.slaves)
        return self.begin(replace(state, n=max(state.n, n + 1), pending=None), (*effects, *own, *data, *gone))

    def slave(self, state: Slave, event: Event) -> Outcome:
        match event:
            case Multicast(payload):
                return Step(state, (Send(state.leader, Mcast(payload)),))
            case Receive(_, Mcast() | JoinAsked() as request):
                return Step(state, (Send(state.leader, request),))
            case Receive(source, Add() as add):
                return self.on_add(state, source, add)
            case Receive(_, Data() as data):
                return self.on_data(state, data)
            case Receive(_, Del(n)):
                return Step(replace(state, mirror=without(state.mirror, n)))
            case Down(node) if node == state.leader:
                return self.election(state)
        return None

    def on_add(self, state: Slave, source: Node, add: Add) -> Step:
        if add.epoch < state.epoch:
            return Step(state)
        mirror = tuple(sorted((*without(state.mirror, add.n), (add.n, add.body)), key=lambda entry: entry[0]))
        return Step(replace(state, epoch=add.epoch, mirror=mirror), (Send(source, Ack(add.n)),))

    def on_data(self, state: Slave, data: Data) -> Outcome:
        if data.n < state.n:
            return Step(state)
        slaves = data.body.behind(state.leader) if isinstance(data.body, Roster) else state.slaves
        if data.n > state.n or state.me not in slaves:
            return None
        return Step(replace(state, n=data.n + 1, slaves=slaves), outcome(data.n, data.body))

    def election(self, state: Slave) -> Step:
        head, *rest = state.slaves
        others, turn = tuple(rest), state.turn + 1
        if head != state.me:
            return Step(replace(state, leader=head, slaves=others, turn=turn), (Monitor(head),))
        leader = Leader(state.me, state.n, turn, others, again=state.mirror, view_due=True)
        return self.begin(leader, tuple(map(Monitor, others)))
