"""gms3-relay: gms3-fixed, in which a slave passes on each new message before it takes it (reliable broadcast by relay).

What any process has delivered or installed, also one that has crashed since, is then in the queue of every slave that is up. So
next to what gms3-fixed promises it promises view-agreement, uniform-agreement and uniform-total-order: nobody takes what could
die with it. A multicast costs (N-1)^2 messages instead of N-1.
The assumptions are those of gms3-fixed: a perfect detector, FIFO channels, no loss.

- The relay goes to the other slaves, not to the leader. Whoever leads has sent the message, or has it: every broadcast goes in
  order of succession, and a process hears of an end only behind all that the ended one has sent to it. The mutant `reversed`
  shows what that order is worth.
- The relay comes BEFORE the delivery. The mutant `deliver-first` has it the other way about: a slave delivers and crashes, and
  what it delivered dies with it.
- A view comes once from each slave. What comes late is dropped, as multicasts are in gms3, so that queues do not fill with it.
- A new leader need not repeat its last message: it has passed it on already.

What still fails: validity (a multicast forwarded to a dying leader), with it fifo and the colour of a joiner whose request is
lost, completeness (dead slaves stay), and nearly everything under loss or false suspicion.

Source: uniform reliable broadcast by relay, after chapter 3 of Cachin, Guerraoui, Rodrigues (2011), on gms3 of assignment
"Groupy".
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
    """gms3-fixed, in which a slave passes on each new message to the other slaves before it takes it: uniform."""

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
        """`outcome` of receiving `message`, with the relay, if the message is taken."""
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
    """A slave takes a message first and passes it on afterwards: what it delivered can die with it."""

    name = "gms3-relay~deliver-first"

    def in_order(self, relay: tuple[Send, ...], taking: tuple[Effect, ...]) -> tuple[Effect, ...]:
        return (*taking, *relay)


class Reversed(Gms3Relay):
    """The leader sends youngest first: the next leader has not seen a broadcast cut in half and gives its number away again."""

    name = "gms3-relay~reversed"

    def announce(self, leader: Leader, message: Msg) -> tuple[Effect, ...]:
        return super().announce(replace(leader, slaves=leader.slaves[::-1]), message)


RELAY_MUTANTS: tuple[type[Gms3Relay], ...] = (DeliverFirst, Reversed)
