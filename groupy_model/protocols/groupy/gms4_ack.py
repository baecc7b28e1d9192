"""gms4-ack: gms3 with acknowledgements, so that lost messages are sent again (assignment "Groupy", extension reports).

The leader has one message in flight at a time: it sends it to every slave, waits until each has acknowledged it, delivers it
itself, and continues with the next in its queue; a timer resends it to the slaves that have not acknowledged. It monitors its
slaves, so that it never waits for a dead one. A process drops what it cannot accept yet instead of keeping it: it will be sent
again.

Promises, with a perfect detector: through lost messages OR crashes, what gms3 promises through crashes alone, except
synchrony; and a slave that has already turned to the new leader accepts a repeated view, so there is no orphan view.

Fails: `validity`, since a request that is lost on its way to the leader, or in the leader's queue when it crashes, is not made
again. If it is the request of a joiner's worker, that worker never gets a colour (`synchrony` with one join and one crash).
One lost message AND one crash break `agreement` and `prefix-order`, despite acknowledgements: the copy for p2 is lost, p3
delivers, and p1 crashes before it resends. The acknowledgement told only p1 that p3 is ahead; p2 gives the same number to its
own view. The remedy is to ask the survivors (history-nack). A false suspicion makes two leaders, as in gms3: a timeout never
guarantees safety.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, replace
from typing import ClassVar

from groupy_check.groupy_model.effects import CancelTimer, Effect, Monitor, Send, SetTimer
from groupy_check.groupy_model.events import Down, Event, Multicast, Receive, Timeout
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.protocol import Outcome, Step, broadcast, usual_claims_but
from groupy_check.groupy_model.protocols.groupy.gms1 import JoinAsked, Joining, Mcast
from groupy_check.groupy_model.protocols.groupy.gms2 import JOIN_TIMER
from groupy_check.groupy_model.protocols.groupy.gms3 import Msg, ViewMsg, installed, outcome
from groupy_check.groupy_model.protocols.groupy.roles import ByRole, LeaderRole, SlaveRole

RESEND_TIMER = "resend"


@dataclass(frozen=True, slots=True)
class Ack:
    """To the leader: I have accepted message number `n`."""

    n: int

    def __str__(self) -> str:
        return f"ack {self.n}"


@dataclass(frozen=True, slots=True)
class ViewDue:
    """In the queue of a new leader: its own view comes next."""


Item = Mcast | JoinAsked | ViewDue


@dataclass(frozen=True, slots=True)
class Pending:
    """`message` is in flight; the processes `waiting` have not acknowledged it."""

    message: Msg | ViewMsg
    waiting: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Leader(LeaderRole):
    """`n` is the number of the first message that it has not delivered; `seen` are all requests that it has ever queued."""

    me: Node
    n: int
    slaves: tuple[Node, ...] = ()
    pending: Pending | None = None
    queue: tuple[Item, ...] = ()
    seen: frozenset[Item] = frozenset()


@dataclass(frozen=True, slots=True)
class Slave(SlaveRole):
    """`n` is the number that it expects, `last` the last message that it accepted; `slaves` includes itself."""

    me: Node
    leader: Node
    n: int
    last: Msg | ViewMsg
    slaves: tuple[Node, ...]


class Gms4Ack(ByRole):
    """gms3 with acknowledgements: lost messages are resent. A lost message and a crash together still break it."""

    name = "gms4-ack"
    claims: ClassVar[tuple[str, ...]] = usual_claims_but("synchrony")
    source = 'assignment "Groupy", extension reports'

    def founder(self, me: Node) -> Hashable:
        return Leader(me, 1)

    def enter(self, state: Joining, source: Node, message: object) -> Outcome:
        match message:
            case ViewMsg(n, (leader, *slaves), group) as view:
                entered = Slave(state.me, leader, n + 1, view, tuple(slaves))
                return Step(entered, (CancelTimer(JOIN_TIMER), Monitor(leader), installed(n, group), Send(source, Ack(n))))
            case Msg():
                return Step(state)
        return None

    # --- the leader --------------------------------------------------------------------------------------------------

    def leader(self, state: Leader, event: Event) -> Outcome:
        match event:
            case Multicast(payload):
                return self.request(state, Mcast(payload))
            case Receive(_, Mcast() | JoinAsked() as item):
                return self.request(state, item)
            case Receive(source, Ack(n)):
                expected = state.pending is not None and state.pending.message.n == n
                return self.settle(self.served(state, source)) if expected else Step(state)
            case Receive(_, Msg() | ViewMsg()):
                return Step(state)
            case Down(node):
                left = tuple(slave for slave in state.slaves if slave != node)
                return self.settle(self.served(replace(state, slaves=left), node))
            case Timeout(timer) if timer == RESEND_TIMER:
                return self.resend(state)
        return None

    def request(self, state: Leader, item: Item) -> Step:
        if item in state.seen:
            return Step(state)
        return self.begin(replace(state, queue=(*state.queue, item), seen=state.seen | {item}))

    def served(self, state: Leader, node: Node) -> Leader:
        """`state` once nothing more is expected from `node`."""
        if state.pending is None:
            return state
        waiting = tuple(other for other in state.pending.waiting if other != node)
        return replace(state, pending=replace(state.pending, waiting=waiting))

    def begin(self, state: Leader, effects: tuple[Effect, ...] = ()) -> Step:
        """Send the next message in the queue, unless one is in flight."""
        if state.pending is not None or not state.queue:
            return Step(state, effects)
        item, *rest = state.queue
        state = replace(state, queue=tuple(rest))
        if isinstance(item, Mcast):
            return self.send(state, Msg(state.n, item.payload), effects)
        if isinstance(item, JoinAsked):
            state, effects = replace(state, slaves=(*state.slaves, item.node)), (*effects, *self.watch((item.node,)))
        processes = (state.me, *state.slaves)
        return self.send(state, ViewMsg(state.n, processes, processes), effects)

    def send(self, state: Leader, message: Msg | ViewMsg, effects: tuple[Effect, ...]) -> Step:
        # A new leader has already delivered what it repeats.
        own = self.at_once(message) if message.n == state.n else ()
        sent = (*broadcast(message, state.slaves), *own, SetTimer(RESEND_TIMER))
        return self.settle(replace(state, pending=Pending(message, state.slaves)), (*effects, *sent))

    def settle(self, state: Leader, effects: tuple[Effect, ...] = ()) -> Step:
        """Deliver the message in flight once all have acknowledged it, and continue."""
        if state.pending is None or state.pending.waiting:
            return Step(state, effects)
        message = state.pending.message
        own = self.acknowledged(message) if message.n == state.n else ()
        return self.begin(replace(state, n=message.n + 1, pending=None), (*effects, CancelTimer(RESEND_TIMER), *own))

    def watch(self, slaves: tuple[Node, ...]) -> tuple[Effect, ...]:
        return tuple(map(Monitor, slaves))

    def at_once(self, message: Msg | ViewMsg) -> tuple[Effect, ...]:  # noqa: ARG002 - for protocols that deliver early
        return ()

    def acknowledged(self, message: Msg | ViewMsg) -> tuple[Effect, ...]:
        return outcome(message)

    def resend(self, state: Leader) -> Step:
        assert state.pending is not None, "the timer is armed while a message is in flight"
        return Step(state, (*broadcast(state.pending.message, state.pending.waiting), SetTimer(RESEND_TIMER)))

    # --- the slave ---------------------------------------------------------------------------------------------------

    def slave(self, state: Slave, event: Event) -> Outcome:
        match event:
            case Multicast(payload):
                return Step(state, (Send(state.leader, Mcast(payload)),))
            case Receive(_, Mcast() | JoinAsked() as request):
                return Step(state, (Send(state.leader, request),))
            case Receive(source, Msg() | ViewMsg() as message):
                return self.accept(state, source, message)
            case Down(node) if node == state.leader:
                return self.election(state)
        return None

    def accept(self, state: Slave, source: Node, message: Msg | ViewMsg) -> Step:
        if message.n < state.n:
            return Step(state, (Send(source, Ack(message.n)),))
        slaves = state.slaves if isinstance(message, Msg) else behind(state.leader, message.processes)
        if message.n > state.n or state.me not in slaves:
            return Step(state)
        after = replace(state, n=message.n + 1, last=message, slaves=slaves)
        return Step(after, (*outcome(message), Send(source, Ack(message.n))))

    def election(self, state: Slave) -> Step:
        head, *rest = state.slaves
        others = tuple(rest)
        if head != state.me:
            return Step(replace(state, leader=head, slaves=others), (Monitor(head),))
        return self.send(Leader(state.me, state.n, others, queue=(ViewDue(),)), state.last, self.watch(others))


def behind(leader: Node, processes: tuple[Node, ...]) -> tuple[Node, ...]:
    """Those of `processes`, a view that may be an earlier leader's, that are younger than `leader`; () if it is no member."""
    return processes[processes.index(leader) + 1 :] if leader in processes else ()
