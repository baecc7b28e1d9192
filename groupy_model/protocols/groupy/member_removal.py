"""member-removal: gms3-fixed, in which the leader monitors its slaves too and announces a view without a crashed one.

It promises what gms3-fixed promises, and completeness: eventually no view contains a crashed process. The assumptions are the
same: a perfect detector, FIFO channels, no loss.

- The leader monitors a slave when it admits it, and all its slaves when it takes over; a monitor of a process that has already
  ended fires at once, so no crash goes unnoticed between two leaders.
- The view without the crashed process is a numbered message like any other: the same rules repeat, accept and store it.
- Lists may differ between slaves for a while, but all are subsequences of one order, so all slaves turn to the same next
  leader. A slave that turns to a dead one detects its crash at once and moves on to the next.
- The end of a process that is no longer in the list is ignored: it was an earlier leader, or has been removed.

What still fails: what fails in gms3-fixed, except completeness. View-agreement now fails even without a join: with four
processes, p1 announces the view without p4 to p2 alone, both crash, and p3 gives that number to another view. With a false
suspicion, a removed process may be alive; it can take over by its old list and assign numbers that conflict with the group's.

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
    """gms3-fixed, in which the leader monitors the slaves and announces a view without a slave that has ended."""

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
