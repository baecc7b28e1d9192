"""Python twins of the mistakes in `groupy_model/protocols/erlang/mistakes` that no registered mutant makes, rule by rule."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from groupy_check.groupy_model.effects import CancelTimer, Effect, Halt, Install, Monitor, Send, View
from groupy_check.groupy_model.events import Event, Receive
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.protocol import Outcome, Protocol, Step, broadcast
from groupy_check.groupy_model.protocols.groupy import gms1, gms2, gms3
from groupy_check.groupy_model.protocols.groupy.gms2 import JOIN_TIMER


class Misspelt(gms1.Gms1):
    name = "gms1_misspelt"

    def step(self, state: Any, event: Event) -> Outcome:
        match state, event:
            case gms1.Slave(), Receive(_, gms1.Msg()):
                return None
        return super().step(state, event)


class ViewWithoutLeader(gms1.Gms1):
    name = "gms1_view_without_leader"

    def admit(self, leader: gms1.Leader, node: Node) -> Step:
        admitted = super().admit(leader, node)
        return replace(admitted, effects=tuple(map(self.without_leader, admitted.effects)))

    def without_leader(self, effect: Effect) -> Effect:
        match effect:
            case Send(to, gms1.ViewMsg(number, processes, group)):
                return Send(to, gms1.ViewMsg(number, processes[1:], group))
        return effect


class NoMonitor(gms2.Gms2):
    name = "gms2_no_monitor"

    def enter(self, me: Node, view: gms1.ViewMsg) -> Step:
        entered = gms1.Gms1.enter(self, me, view)
        return replace(entered, effects=(CancelTimer(JOIN_TIMER), *entered.effects))


class JoinerFirst(gms2.Gms2):
    name = "gms2_joiner_first"

    def admit(self, leader: gms1.Leader, node: Node) -> Step:
        after = replace(leader, slaves=(node, *leader.slaves), group=(*leader.group, node), view=leader.view + 1)
        view = gms1.ViewMsg(after.view, (after.me, *after.slaves), after.group)
        return Step(after, (*broadcast(view, after.slaves), Install(View(view.id, view.group))))


class RepeatAfterView(gms3.Gms3):
    name = "gms3_repeat_after_view"

    def election(self, slave: gms3.Slave) -> Step:
        elected = super().election(slave)
        others = slave.slaves[1:]
        if not isinstance(elected.state, gms3.Leader):
            return elected
        view = gms3.ViewMsg(slave.n, slave.slaves, slave.group[1:])
        return replace(elected, effects=(*broadcast(view, others), *self.repeat(slave, others), elected.effects[-1]))


class LeadsOtherwise(gms3.Gms3):
    """gms3, in which what a new leader keeps is wrong."""

    def election(self, slave: gms3.Slave) -> Step:
        match super().election(slave):
            case Step(gms3.Leader() as leader, effects):
                return Step(self.new_leader(slave, leader), effects)
            case elected:
                return elected

    def new_leader(self, slave: gms3.Slave, leader: gms3.Leader) -> gms3.Leader:
        raise NotImplementedError


class OwnCounter(LeadsOtherwise):
    name = "gms3_own_counter"

    def new_leader(self, slave: gms3.Slave, leader: gms3.Leader) -> gms3.Leader:  # noqa: ARG002 - the override is the bug
        return replace(leader, n=1)


class LeadsItself(LeadsOtherwise):
    name = "gms3_leads_itself"

    def new_leader(self, slave: gms3.Slave, leader: gms3.Leader) -> gms3.Leader:
        return replace(leader, slaves=slave.slaves)


class NewViewNotCounted(LeadsOtherwise):
    name = "gms3_new_view_not_counted"

    def new_leader(self, slave: gms3.Slave, leader: gms3.Leader) -> gms3.Leader:
        return replace(leader, n=slave.n)


class UnwrappedRepeat(gms3.Gms3):
    name = "gms3_unwrapped_repeat"

    def repeat(self, slave: gms3.Slave, others: tuple[Node, ...]) -> tuple[Send, ...]:
        last: object = slave.last
        return broadcast(last.payload if isinstance(last, gms3.Msg) else last, others)


class NextUnwatched(gms3.Gms3):
    name = "gms3_next_unwatched"

    def election(self, slave: gms3.Slave) -> Step:
        elected = super().election(slave)
        return replace(elected, effects=tuple(effect for effect in elected.effects if not isinstance(effect, Monitor)))


class ListNotShortened(gms3.Gms3):
    name = "gms3_list_not_shortened"

    def election(self, slave: gms3.Slave) -> Step:
        if not slave.group:  # [_|Group] does not match
            return Step(slave, (Halt("function_clause"),))
        match super().election(slave):
            case Step(gms3.Slave() as after, effects):
                return Step(replace(after, slaves=slave.slaves), effects)
            case elected:
                return elected


class JoinNotCounted(gms3.Gms3):
    name = "gms3_join_not_counted"

    def admit(self, leader: gms3.Leader, node: Node) -> Step:
        return replace(
            super().admit(leader, node), state=replace(leader, slaves=(*leader.slaves, node), group=(*leader.group, node))
        )


TWINS: dict[str, type[Protocol]] = {
    twin.name: twin
    for twin in (
        Misspelt, ViewWithoutLeader, NoMonitor, JoinerFirst, RepeatAfterView, OwnCounter, UnwrappedRepeat, NextUnwatched,
        LeadsItself, ListNotShortened, JoinNotCounted, NewViewNotCounted,
    )
}  # fmt: skip
