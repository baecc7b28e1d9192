"""gms2: gms1, in which every slave monitors the leader (assignment "Groupy", section 3: "handling failure").

When the leader ends, the oldest slave takes over. Only the leader is monitored: a dead slave stays in every list and view. The
hole that the assignment wants found: a leader that crashes in the middle of a broadcast.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from groupy_check.groupy_model.effects import CancelTimer, Halt, Install, Monitor, Send, SetTimer, View
from groupy_check.groupy_model.events import Down, Event, Timeout
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.protocol import Outcome, Step, broadcast
from groupy_check.groupy_model.protocols.groupy.gms1 import Gms1, JoinAsked, Joining, Leader, Slave, ViewMsg

JOIN_TIMER = "join"


def ask_in(me: Node, contact: Node) -> Step:
    """The step of `me` that asks `contact` for admission and waits for its first view until the timer expires."""
    return Step(Joining(me), (Send(contact, JoinAsked(me)), SetTimer(JOIN_TIMER)))


class Gms2(Gms1):
    """gms1, in which the slaves monitor the leader and elect its successor. A crash can cut a broadcast in half."""

    name = "gms2"
    source = 'assignment "Groupy", second implementation'

    def step(self, state: Any, event: Event) -> Outcome:
        match state, event:
            case Joining(), Timeout(timer) if timer == JOIN_TIMER:
                return Step(state, (Halt("no reply from the leader"),))
            case Slave(), Down(node) if node == state.leader:
                return self.election(state)
        return super().step(state, event)

    def ask_to_join(self, me: Node, contact: Node) -> Step:
        return ask_in(me, contact)

    def enter(self, me: Node, view: ViewMsg) -> Step:
        entered = super().enter(me, view)
        return replace(entered, effects=(CancelTimer(JOIN_TIMER), Monitor(view.processes[0]), *entered.effects))

    def election(self, slave: Slave) -> Step:
        # The observer counts one view per dead leader, even if nobody survived to announce it.
        head, *rest = slave.slaves
        number, others, group = slave.view + 1, tuple(rest), slave.group[1:]
        if head != slave.me:
            return Step(Slave(slave.me, head, others, group, number), (Monitor(head),))
        view = ViewMsg(number, slave.slaves, group)
        return Step(Leader(slave.me, others, group, number), (*broadcast(view, others), Install(View(number, group))))
