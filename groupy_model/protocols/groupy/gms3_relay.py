"""gms3-relay: gms3-fixed, in which a slave relays each new message before it accepts it (reliable broadcast by relay).

Whatever any process has delivered or installed, even one that has crashed since, is then in the queue of every slave that is
up. So besides what gms3-fixed promises, it promises view-agreement, uniform-agreement and uniform-total-order: no process
accepts anything that could die with it. A multicast costs (N-1)^2 messages instead of N-1. The assumptions are those of
gms3-fixed: a perfect detector, FIFO channels, no loss.

- The relay goes to the other slaves, not to the leader. Every leader has sent the message or already has it, since every
  broadcast goes in order of succession and a process detects a crash only after receiving all that the crashed process sent to
  it. The mutant `reversed` shows why that order matters.
- The relay comes BEFORE the delivery. In the mutant `deliver-first` a slave delivers, then crashes, and what it delivered dies
  with it.
- Each slave relays a view once. Late copies are dropped, as late multicasts are in gms3, so that they do not fill the queues.
- A new leader need not repeat its last message: it has already relayed it.

What still fails: validity (a multicast forwarded to a dying leader), and with it fifo and the colour of a joiner whose request
is lost; completeness (dead slaves stay); and nearly everything under message loss or false suspicion.

Source: uniform reliable broadcast by relay, after chapter 3 of Cachin, Guerraoui, Rodrigues (2011), applied to gms3 of
assignment "Groupy".
"""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from groupy_check.groupy_model.effects import Effect, Send
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.protocol import Outcome, Step, broadcast
from groupy_check.groupy_model.protocols.groupy.gms3 import Leader, Msg, Slave, ViewMsg
from groupy_check.groupy_model.protocols.groupy.gms3_fixed import Gms3Fixed


class Gms3Relay(Gms3Fixed):
    """gms3-fixed, in which a slave relays each new message to the other slaves before it accepts it: uniform."""

    name = "gms3-relay"
    claims: ClassVar[tuple[str, ...]] = (*Gms3Fixed.claims, "view-agreement", "uniform-agreement", "uniform-total-order")
    source = 'assignment "Groupy", third implementation, with a relay (Cachin, Guerraoui, Rodrigues 2011, chapter 3)'

    def on_message(self, slave: Slave, message: Msg) -> Outcome:
        return self.relayed(slave, message, super().on_message(slave, message))

    def on_view(self, slave: Slave, view: ViewMsg) -> Outcome:
        if view.n < slave.n:
            return Step(slave)
        return self.relayed(slave, view, super().on_view(slave, view))

    def relayed(self, before: Slave, message: Msg | ViewMsg, outcome: Outcome) -> Outcome:
        """`outcome` of receiving `message`, plus the relay if the message is accepted."""
        match outcome:
            case Step(Slave() as after, effects) if after.n > before.n:
                others = tuple(node for node in after.slaves if node != after.me)
                return Step(after, self.in_order(broadcast(message, others), effects))
        return outcome

    def in_order(self, relay: tuple[Send, ...], taking: tuple[Effect, ...]) -> tuple[Effect, ...]:
        return (*relay, *taking)

    def repeat(self, slave: Slave, others: tuple[Node, ...]) -> tuple[Send, ...]:  # noqa: ARG002 - relayed already
        return ()


class DeliverFirst(Gms3Relay):
    """A slave accepts a message first and relays it afterwards: what it delivered can die with it."""

    name = "gms3-relay~deliver-first"

    def in_order(self, relay: tuple[Send, ...], taking: tuple[Effect, ...]) -> tuple[Effect, ...]:
        return (*taking, *relay)


class Reversed(Gms3Relay):
    """The leader sends youngest first: the next leader misses a broadcast that was cut in half and reuses its number."""

    name = "gms3-relay~reversed"

    def announce(self, leader: Leader, message: Msg) -> tuple[Effect, ...]:
        return super().announce(replace(leader, slaves=leader.slaves[::-1]), message)
