"""member-removal: gms3-fixed, in which the leader watches its slaves too, and a view without the crashed one is announced.

It promises what gms3-fixed does, and completeness: a crashed process is in the end in nobody's view. The assumptions are the
same: a perfect detector, FIFO channels, no loss.

- The leader monitors a slave when it lets it in, and all that it has when it takes over; a monitor of a process that has ended
  already answers at once, so nobody slips through between two leaders.
- The view without the crashed one is a numbered message like any other: it is repeated, taken and kept by the same rules.
- Lists may differ from slave to slave for a while, but all are sub-sequences of one order, so all turn to the same next leader.
  Who turns to a dead one hears of its end at once and goes on to the next.
- The end of somebody who is no longer in the list is ignored: an earlier leader, or one who was removed already.

What still fails: what fails in gms3-fixed, completeness excepted. View-agreement fails without a join too: with four processes,
p1 announces the view without p4 to p2 alone, both die, and p3 gives the number to another view. With false suspicion a removed
process may be alive, take over by its old list and number against the group.

Source: the lecture on building a group membership service (Birman); the textbook property is GM3 in Cachin, Guerraoui,
Rodrigues (2011).
"""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from groupy_check.groupy_model.effects import Monitor
from groupy_check.groupy_model.events import Down, Event
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.protocol import Outcome, Step, broadcast
from groupy_check.groupy_model.protocols.groupy.gms3 import Leader, Slave, ViewMsg, installed
from groupy_check.groupy_model.protocols.groupy.gms3_fixed import Gms3Fixed


class MemberRemoval(Gms3Fixed):
    """gms3-fixed, in which the leader watches the slaves and announces a view without one that has ended."""

    name = "member-removal"
    claims: ClassVar[tuple[str, ...]] = (*Gms3Fixed.claims, "completeness")
    source = "Birman, GMS lecture; GM3 in Cachin, Guerraoui, Rodrigues (2011)"

    def leader(self, state: Leader, event: Event) -> Outcome:
        match event:
            case Down(node):
                return self.remove(state, node)
        return super().leader(state, event)

    def remove(self, leader: Leader, node: Node) -> Step:
        if node not in leader.slaves:
            return Step(leader)
        slaves = tuple(slave for slave in leader.slaves if slave != node)
        group = tuple(member for member in leader.group if member != node)
        view = ViewMsg(leader.n, (leader.me, *slaves), group)
        return Step(Leader(leader.me, leader.n + 1, slaves, group), (*broadcast(view, slaves), installed(leader.n, group)))

    def admit(self, leader: Leader, node: Node) -> Step:
        admitted = super().admit(leader, node)
        return replace(admitted, effects=(*admitted.effects, Monitor(node)))

    def election(self, slave: Slave) -> Step:
        elected = super().election(slave)
        match elected.state:
            case Leader(slaves=slaves):
                return replace(elected, effects=(*elected.effects, *map(Monitor, slaves)))
        return elected
