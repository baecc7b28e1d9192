"""Acknowledgements, queues and histories with one planted bug per class, each of them one changed clause of its protocol."""

from __future__ import annotations

from dataclasses import replace

from groupy_check.groupy_model.effects import Effect, Send
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.protocol import Step
from groupy_check.groupy_model.protocols.groupy import gms4_ack, history_nack, replicated_queue
from groupy_check.groupy_model.protocols.groupy.gms3 import Msg, ViewMsg, outcome
from groupy_check.groupy_model.protocols.groupy.gms4_ack import Gms4Ack
from groupy_check.groupy_model.protocols.groupy.history_nack import HistoryNack
from groupy_check.groupy_model.protocols.groupy.leader_queue import Entry, LeaderQueue
from groupy_check.groupy_model.protocols.groupy.replicated_queue import ReplicatedQueue


class Skip(Gms4Ack):
    """At the first timeout the leader continues without the missing acknowledgements."""

    name = "gms4-ack~skip"

    def resend(self, state: gms4_ack.Leader) -> Step:
        assert state.pending is not None, "the timer is armed while a message is in flight"
        return self.settle(replace(state, pending=replace(state.pending, waiting=())))


class Early(Gms4Ack):
    """The leader delivers when it sends, not when all have acknowledged."""

    name = "gms4-ack~early"

    def at_once(self, message: Msg | ViewMsg) -> tuple[Effect, ...]:
        return outcome(message)

    def acknowledged(self, message: Msg | ViewMsg) -> tuple[Effect, ...]:  # noqa: ARG002 - delivered already
        return ()


class Blocking(Gms4Ack):
    """The naive form: nobody monitors the slaves, so the leader waits forever for the acknowledgement of a dead one."""

    name = "gms4-ack-blocking"

    def watch(self, slaves: tuple[Node, ...]) -> tuple[Effect, ...]:  # noqa: ARG002 - the override is the bug
        return ()


class Unsafe(LeaderQueue):
    """The newest entry is sent first: nobody can accept its number yet, and the leader delivers out of order."""

    name = "leader-queue~unsafe"

    def safe(self, queue: tuple[Entry, ...]) -> int:
        return len(queue) - 1


class AtAdd(ReplicatedQueue):
    """A slave delivers when it mirrors, not when all do: what it delivered can die with it."""

    name = "replicated-queue~deliver-at-add"

    def on_add(self, state: replicated_queue.Slave, source: Node, add: replicated_queue.Add) -> Step:
        match super().on_add(state, source, add):
            case Step(replicated_queue.Slave() as mirrored, answer):
                match self.on_data(mirrored, replicated_queue.Data(add.n, add.epoch, add.body)):
                    case Step(after, delivered):
                        return Step(after, (*delivered, *answer))
                return Step(mirrored, answer)
        raise AssertionError("mirroring makes no leader")


class NoEpoch(ReplicatedQueue):
    """The first body received under a number stays in the mirror, even if a new leader gives that number to another body."""

    name = "replicated-queue~no-epoch"

    def on_add(self, state: replicated_queue.Slave, source: Node, add: replicated_queue.Add) -> Step:
        if add.n in dict(state.mirror):
            return Step(state, (Send(source, replicated_queue.Ack(add.n)),))
        return super().on_add(replace(state, epoch=add.epoch), source, add)


class LeaderOnly(HistoryNack):
    """Slaves keep no history: a new leader that queries them learns nothing."""

    name = "history-nack~leader-only"

    def accept(self, state: history_nack.Slave, message: Msg | ViewMsg) -> Step:
        step = super().accept(state, message)
        assert isinstance(step.state, history_nack.Slave), "accepting makes no leader"
        return replace(step, state=replace(step.state, known=tuple(m for m in step.state.known if m.n >= step.state.n)))


class NoQuery(HistoryNack):
    """A new leader queries nobody and continues numbering from what it has itself."""

    name = "history-nack~no-query"

    def asked(self, others: tuple[Node, ...]) -> tuple[Node, ...]:  # noqa: ARG002 - the override is the bug
        return ()


class PurgeEarly(HistoryNack):
    """The leader forgets as soon as one slave has everything, not once all have."""

    name = "history-nack~purge-early"

    def stable(self, state: history_nack.Leader) -> bool:
        return not state.lagging or state.lagging != state.slaves


class OutOfOrder(HistoryNack):
    """A message behind a gap is delivered at once, and what fills the gap whenever it arrives."""

    name = "history-nack~out-of-order"

    def accept(self, state: history_nack.Slave, message: Msg | ViewMsg) -> Step:
        late = message.n < state.n and message not in state.known
        step = super().accept(replace(state, n=message.n) if late or message.n > state.n else state, message)
        assert isinstance(step.state, history_nack.Slave), "accepting makes no leader"
        after = replace(step.state, n=max(state.n, step.state.n))
        asked = (Send(state.leader, history_nack.Nack(state.n, message.n - 1)),) if message.n > state.n else ()
        return Step(after, (*step.effects, *asked))
