"""Protocols planted to violate what no built-in one does: without them, a property that never fails would go unnoticed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from groupy_check.groupy_model.effects import Deliver, Install, Send, View
from groupy_check.groupy_model.events import Event, Join, Multicast, Receive, Start
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.protocol import Idle, Outcome, Protocol, Step, broadcast
from groupy_check.groupy_model.protocols.groupy.gms1 import Gms1, Leader, Slave, ViewMsg
from groupy_check.groupy_model.protocols.groupy.gms2 import Gms2


class ViewsFromAnyone(Gms2):
    """gms2 whose slaves take a view from whoever sends it: an old leader's view can come after the new leader's."""

    def step(self, state: Any, event: Event) -> Outcome:
        match state, event:
            case Slave(), Receive(_, ViewMsg(number, (_, *slaves), group)):
                return Step(replace(state, slaves=tuple(slaves), group=group, view=number), (Install(View(number, group)),))
        return super().step(state, event)


@dataclass(frozen=True, slots=True)
class Member:
    """Knows whom to send to, and how many views there were."""

    me: Node
    others: tuple[Node, ...]
    view: int


class Unordered(Protocol):
    """Everybody sends to everybody and delivers at once: no order at all. Joining works through p1."""

    claims = ()

    def step(self, state: Any, event: Event) -> Outcome:
        match state, event:
            case Idle(me), Start():
                return Step(Member(me, (), 0), (Install(View(0, (me,))),))
            case Idle(me), Join(contact):
                return Step(Idle(me), (Send(contact, ("join", me)),))
            case Member(me, others, view), Receive(_, ("join", Node() as node)):
                members = (me, *others, node)
                return Step(
                    Member(me, (*others, node), view + 1),
                    (*broadcast(("view", view + 1, members), (*others, node)), Install(View(view + 1, members))),
                )
            case ((Member(me) | Idle(me)), Receive(_, ("view", int() as view, tuple() as members))):
                others = tuple(node for node in members if node != me)
                return Step(Member(me, others, view), (Install(View(view, members)),))
            case Member(), Multicast(payload):
                return Step(state, (*broadcast(("msg", payload), state.others), Deliver(payload)))
            case Member(), Receive(_, ("msg", payload)):
                return Step(state, (Deliver(payload),))
        return None


class Endless(Gms1):
    """The leader answers a multicast, and then its own answer, with a message to itself, forever."""

    def step(self, state: Any, event: Event) -> Outcome:
        match state, event:
            case Leader(me), Multicast(_) | Receive(_, "again"):
                return Step(state, (Send(me, "again"),))
        return super().step(state, event)
