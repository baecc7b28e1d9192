"""gms3 with one planted bug per class: variants seen in student code, each of them one changed clause.

They prove that the checker finds what it should find, and they are exercises for readers who want to guess first.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from groupy_check.groupy_model.effects import Deliver, Effect, Halt, Send
from groupy_check.groupy_model.events import Event, Receive
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.protocol import Outcome, Step, broadcast
from groupy_check.groupy_model.protocols.groupy.gms1 import JoinAsked
from groupy_check.groupy_model.protocols.groupy.gms3 import Gms3, Leader, Msg, Slave, ViewMsg
from groupy_check.groupy_model.show import show


class CatchAll(Gms3):
    """A catch-all clause ends the process: an early message or a repeated view kills it."""

    name = "gms3~catch-all"

    def step(self, state: Any, event: Event) -> Outcome:
        outcome = super().step(state, event)
        if outcome is None and isinstance(event, Receive):
            return Step(state, (Halt(f"unexpected message {show(event.message)}"),))
        return outcome


class Overtaking(Gms3):
    """Any number from the expected one on is accepted: a repeated message overtakes an earlier one of the dead leader."""

    name = "gms3~overtaking"

    def on_message(self, slave: Slave, message: Msg) -> Outcome:
        return super().on_message(replace(slave, n=message.n) if message.n > slave.n else slave, message)


class LastOffByOne(Gms3):
    """`last` is stored under the next number: the repetition looks new and is delivered twice."""

    name = "gms3~last-off-by-one"

    def repeat(self, slave: Slave, others: tuple[Node, ...]) -> tuple[Send, ...]:
        return super().repeat(replace(slave, last=replace(slave.last, n=slave.n)), others)


class ViewsNotLast(Gms3):
    """Accepting a view does not set `last`: a view that the leader sent only to some is never repeated."""

    name = "gms3~views-not-last"

    def on_view(self, slave: Slave, view: ViewMsg) -> Outcome:
        match super().on_view(slave, view):
            case Step(Slave() as after, effects):
                return Step(replace(after, last=slave.last), effects)
        return None


class NoRepeat(Gms3):
    """A new leader does not repeat the last message: the hole of gms2 again, which the numbers turn into deafness."""

    name = "gms3~no-repeat"

    def repeat(self, slave: Slave, others: tuple[Node, ...]) -> tuple[Send, ...]:  # noqa: ARG002 - the override is the bug
        return ()


class EarlyDropped(Gms3):
    """A message that arrives too early is discarded instead of left in the queue."""

    name = "gms3~early-dropped"

    def on_message(self, slave: Slave, message: Msg) -> Outcome:
        return Step(slave) if message.n > slave.n else super().on_message(slave, message)


class StaleViewCounts(Gms3):
    """A view that was seen before advances the expected number again."""

    name = "gms3~stale-view-counts"

    def on_view(self, slave: Slave, view: ViewMsg) -> Outcome:
        return Step(replace(slave, n=slave.n + 1)) if view.n < slave.n else super().on_view(slave, view)


class RepeatReversed(Gms3):
    """The repetition goes out youngest first: cut in half, it reaches the wrong half, and the next leader has not seen it."""

    name = "gms3~repeat-reversed"

    def repeat(self, slave: Slave, others: tuple[Node, ...]) -> tuple[Send, ...]:
        return super().repeat(slave, others[::-1])


class SlaveAdmits(Gms3):
    """A slave that a joiner contacts admits it itself instead of forwarding the request: two leaders."""

    name = "gms3~slave-admits"

    def slave(self, state: Slave, event: Event) -> Outcome:
        match event:
            case Receive(_, JoinAsked(node)):
                others = tuple(other for other in state.slaves if other != state.me)
                return self.admit(Leader(state.me, state.n, others, state.group), node)
        return super().slave(state, event)


class JoinerForgotten(Gms3):
    """The view that admits a process is sent only to the old slaves, never to the joiner."""

    name = "gms3~joiner-forgotten"

    def admit(self, leader: Leader, node: Node) -> Step:
        admitted = super().admit(leader, node)
        return replace(admitted, effects=tuple(e for e in admitted.effects if not (isinstance(e, Send) and e.to == node)))


class DeliverFirst(Gms3):
    """The leader delivers before it broadcasts: it can crash after delivering a message that nobody else ever sees."""

    name = "gms3~deliver-first"

    def announce(self, leader: Leader, message: Msg) -> tuple[Effect, ...]:
        return (Deliver(message.payload), *broadcast(message, leader.slaves))
