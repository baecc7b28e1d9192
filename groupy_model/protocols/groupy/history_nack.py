"""history-nack: a process that sees a gap asks for what is missing, and a new leader asks the survivors (assignment "Groupy",
extension reports).

All processes keep the numbered messages that they have seen. A process that receives too high a number keeps it and asks the
leader (`nack`) for those before it. While some process may lack something, the leader's timer sends `status`, which exposes
even a lost tail; the answer is a `nack`, or a `sack`: I have everything. Once all have said so, the leader tells them
(`stable`), and all forget.

A new leader first asks every survivor (`query`) for what it lacks itself, waits for the answers of all that are not down,
adopts the gapless sequence that they make up, repeats it, and only then announces its view. A process that answers discards
what lies behind a gap of its own: the new leader decides about it. A process drops a query that arrives before it has detected
the crash, since messages of the dead leader may still be in flight. The timer asks again.

Promises, with a perfect detector: through lost messages AND crashes together, what gms3 promises through crashes alone, except
synchrony.

Fails: `validity` (a lost request is not made again), and `synchrony` if that is the request of a joiner's worker for a colour;
`uniform-agreement` (what only dead processes have seen is gone, and its number is reused: with two crashes and a lost view,
for another view, so `view-agreement` fails too); and, after a false suspicion, all that gms3 loses by it: two leaders that
never learn of each other.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from groupy_check.groupy_model.effects import CancelTimer, Effect, Monitor, Send, SetTimer
from groupy_check.groupy_model.events import Down, Event, Multicast, Receive, Timeout
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.protocol import Outcome, Step, broadcast, usual_claims_but
from groupy_check.groupy_model.protocols.groupy.gms1 import JoinAsked, Joining, Mcast
from groupy_check.groupy_model.protocols.groupy.gms2 import JOIN_TIMER
from groupy_check.groupy_model.protocols.groupy.gms3 import Msg, ViewMsg, installed, outcome
from groupy_check.groupy_model.protocols.groupy.roles import ByRole, LeaderRole, SlaveRole
from groupy_check.groupy_model.show import show

ASK_TIMER = "ask"
Known = tuple[Msg | ViewMsg, ...]


@dataclass(frozen=True, slots=True)
class Nack:
    """To the leader: I lack the numbers from `low` to `high`."""

    low: int
    high: int


@dataclass(frozen=True, slots=True)
class StatusReport:
    """From the leader: `n` is my next number."""

    n: int

    def __str__(self) -> str:
        return f"status({self.n})"


@dataclass(frozen=True, slots=True)
class Sack:
    """To the leader: I have all numbers below `n`."""

    n: int


@dataclass(frozen=True, slots=True)
class Stable:
    """From the leader: all processes have all numbers below `n`."""

    n: int


@dataclass(frozen=True, slots=True)
class Query:
    """From a new leader: what do you know from number `n` on?"""

    n: int


@dataclass(frozen=True, slots=True)
class Hist:
    """The answer to a query: the messages `known` from the number asked on."""

    known: Known

    def __str__(self) -> str:
        return f"hist {show(self.known)}"


@dataclass(frozen=True, slots=True)
class Leader(LeaderRole):
    """`n` is its next number, `known` are messages below it; the slaves `lagging` have not confirmed that they have all."""

    me: Node
    n: int
    slaves: tuple[Node, ...] = ()
    known: Known = ()
    lagging: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True)
class Slave(SlaveRole):
    """`n` is the number that it expects; `slaves` includes itself.

    Messages in `known` below `n` are its history; those above it wait for a gap to close.
    """

    me: Node
    leader: Node
    n: int
    slaves: tuple[Node, ...]
    known: Known = ()


@dataclass(frozen=True, slots=True)
class Taking:
    """Taking over as leader: `own` is its state as a slave of itself; the processes `waiting` have not answered."""

    own: Slave
    waiting: tuple[Node, ...]


def merged(known: Known, more: Known) -> Known:
    """All of `known` and what `more` adds to it, in the order of the numbers."""
    return tuple(message for _, message in sorted({m.n: m for m in (*more, *known)}.items()))


def without(nodes: tuple[Node, ...], node: Node) -> tuple[Node, ...]:
    """`nodes` without `node`."""
    return tuple(other for other in nodes if other != node)


def drained(state: Slave) -> tuple[Slave, tuple[Effect, ...]]:
    """`state` after accepting all messages in `known` that it can, and what the application gets from them."""
    effects: tuple[Effect, ...] = ()
    for message in state.known:
        if message.n == state.n:
            slaves = state.slaves if isinstance(message, Msg) else behind(state, message.processes)
            if slaves is None:
                break
            state, effects = replace(state, n=state.n + 1, slaves=slaves), (*effects, *outcome(message))
    return state, effects


def behind(state: Slave, processes: tuple[Node, ...]) -> tuple[Node, ...] | None:
    """The processes of a view that are younger than the leader of `state`, even if the view is an earlier leader's.

    None if `state` is not among them, so that the view is not for it.
    """
    members = processes[processes.index(state.leader) :] if state.leader in processes else ()
    return members[1:] if state.me in members else None


class HistoryNack(ByRole):
    """Gaps are detected and filled, and a new leader queries the survivors first: losses and crashes together."""

    name = "history-nack"
    claims: ClassVar[tuple[str, ...]] = usual_claims_but("synchrony")
    source = 'assignment "Groupy", extension reports'

    def step(self, state: Any, event: Event) -> Outcome:
        return self.taking(state, event) if isinstance(state, Taking) else super().step(state, event)

    def founder(self, me: Node) -> Hashable:
        return Leader(me, 1)

    def enter(self, state: Joining, source: Node, message: object) -> Outcome:  # noqa: ARG002 - from any leader
        match message:
            case ViewMsg(n, (leader, *slaves), group) as view if state.me in slaves:
                entered = Slave(state.me, leader, n + 1, tuple(slaves), (view,))
                return Step(entered, (CancelTimer(JOIN_TIMER), Monitor(leader), installed(n, group)))
            case Msg() | ViewMsg() | StatusReport() | Query():
                return Step(state)
        return None

    # --- the leader --------------------------------------------------------------------------------------------------

    def leader(self, state: Leader, event: Event) -> Outcome:
        match event:
            case Multicast(payload) | Receive(_, Mcast(payload)):
                return self.send(state, Msg(state.n, payload))
            case Receive(_, JoinAsked(node)):
                return self.announce(replace(state, slaves=(*state.slaves, node)), (Monitor(node),))
            case Receive(source, Nack(low, high)):
                return Step(state, tuple(Send(source, message) for message in state.known if low <= message.n <= high))
            case Receive(source, Sack(n)) if n == state.n and source in state.lagging:
                return self.settle(replace(state, lagging=without(state.lagging, source)))
            case Receive(_, Sack() | Hist() | Msg() | ViewMsg() | StatusReport() | Stable() | Query()):
                return Step(state)
            case Down(node):
                left = replace(state, slaves=without(state.slaves, node), lagging=without(state.lagging, node))
                return self.settle(left) if state.lagging else Step(left)
            case Timeout(timer) if timer == ASK_TIMER:
                return Step(state, (*broadcast(StatusReport(state.n), state.lagging), SetTimer(ASK_TIMER)))
        return None

    def announce(self, state: Leader, effects: tuple[Effect, ...]) -> Step:
        processes = (state.me, *state.slaves)
        return self.send(state, ViewMsg(state.n, processes, processes), effects)

    def send(self, state: Leader, message: Msg | ViewMsg, effects: tuple[Effect, ...] = ()) -> Step:
        after = replace(state, n=state.n + 1, known=merged(state.known, (message,)), lagging=state.slaves)
        sent = (*broadcast(message, state.slaves), *outcome(message), SetTimer(ASK_TIMER))
        return self.settle(after, (*effects, *sent))

    def settle(self, state: Leader, effects: tuple[Effect, ...] = ()) -> Step:
        """Forget what all processes have."""
        if not self.stable(state):
            return Step(state, effects)
        forgotten = (*effects, *broadcast(Stable(state.n), state.slaves))
        return Step(replace(state, known=()), forgotten if state.lagging else (*forgotten, CancelTimer(ASK_TIMER)))

    def stable(self, state: Leader) -> bool:
        return not state.lagging

    # --- the slave ---------------------------------------------------------------------------------------------------

    def slave(self, state: Slave, event: Event) -> Outcome:
        match event:
            case Multicast(payload):
                return Step(state, (Send(state.leader, Mcast(payload)),))
            case Receive(_, Mcast() | JoinAsked() as request):
                return Step(state, (Send(state.leader, request),))
            case Receive(_, Msg() | ViewMsg() as message):
                return self.accept(state, message)
            case Receive(source, StatusReport(n)):
                return Step(state, (Send(source, Nack(state.n, n - 1) if n > state.n else Sack(n)),))
            case Receive(_, Stable(n)):
                return Step(replace(state, known=tuple(message for message in state.known if message.n >= n)))
            case Receive(source, Query(n)):
                return self.answer(state, n) if source == state.leader else Step(state)
            case Down(node) if node == state.leader:
                return self.election(state)
        return None

    def accept(self, state: Slave, message: Msg | ViewMsg) -> Step:
        if message.n < state.n:
            return Step(state)
        after = replace(state, known=merged(state.known, (message,)))
        return Step(*drained(after)) if message.n == state.n else self.gap(state, after, message)

    def gap(self, before: Slave, after: Slave, message: Msg | ViewMsg) -> Step:
        if any(kept.n > before.n for kept in before.known):
            return Step(after)
        return Step(after, (Send(before.leader, Nack(before.n, message.n - 1)),))

    def answer(self, state: Slave, n: int) -> Step:
        asked = tuple(message for message in state.known if message.n >= n)
        taken = tuple(message for message in state.known if message.n < state.n)
        return Step(replace(state, known=taken), (Send(state.leader, Hist(asked)),))

    def election(self, state: Slave) -> Step:
        head, *rest = state.slaves
        others = tuple(rest)
        if head != state.me:
            return Step(replace(state, leader=head, slaves=others), (Monitor(head),))
        own = replace(state, leader=state.me, slaves=others)
        return self.ask(Taking(own, self.asked(others)), tuple(map(Monitor, others)))

    def asked(self, others: tuple[Node, ...]) -> tuple[Node, ...]:
        """The processes that a new leader waits for."""
        return others

    # --- taking over -------------------------------------------------------------------------------------------------

    def taking(self, state: Taking, event: Event) -> Outcome:
        match event:
            case Receive(source, Hist(known)):
                own = replace(state.own, known=merged(state.own.known, known))
                return self.resume(Taking(own, without(state.waiting, source)))
            case Down(node):
                own = replace(state.own, slaves=without(state.own.slaves, node))
                return self.resume(Taking(own, without(state.waiting, node)))
            case Timeout(timer) if timer == ASK_TIMER:
                return self.ask(state, ())
            case Receive(_, Nack() | Sack() | Msg() | ViewMsg() | StatusReport() | Stable() | Query()):
                return Step(state)
        return None

    def ask(self, state: Taking, effects: tuple[Effect, ...]) -> Step:
        return self.resume(state, (*effects, *broadcast(Query(state.own.n), state.waiting), SetTimer(ASK_TIMER)))

    def resume(self, state: Taking, effects: tuple[Effect, ...] = ()) -> Step:
        """Once all have answered: adopt, repeat, announce."""
        if state.waiting:
            return Step(state, effects)
        before = state.own
        own, delivered = drained(before)
        known = tuple(message for message in own.known if message.n < own.n)
        repeated = [send for m in known if m.n >= before.n for send in broadcast(m, own.slaves)]
        new = tuple(Monitor(node) for node in own.slaves if node not in before.slaves)
        return self.announce(Leader(own.me, own.n, own.slaves, known), (*effects, *new, *repeated, *delivered))
