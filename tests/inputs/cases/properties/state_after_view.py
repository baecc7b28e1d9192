"""gms1 that hands the state over AFTER the view, as many systems do: a joiner asks for it, keeps what comes, and adopts.

The leader answers with all that it has delivered by then. What the joiner has kept and the state contains, it does not deliver
again. So every member's application has been through the same payloads in the same order. GIVES: the whole state (all), none of
it, or its newest payload alone (last). AGAIN=1: the joiner delivers all that it has kept.
"""

import os
from dataclasses import dataclass, replace

from groupy_check import Adopt, Deliver, Idle, Install, Multicast, Receive, Send, Start, Step, View, broadcast, gms1

GIVES, AGAIN = os.environ.get("GIVES", "all"), os.environ.get("AGAIN") == "1"
HANDED = {"all": lambda past: past, "none": lambda _: (), "last": lambda past: past[-1:]}


@dataclass(frozen=True)
class Past(gms1.Leader):
    past: tuple = ()


@dataclass(frozen=True)
class Fresh(gms1.Slave):
    kept: tuple = ()


@dataclass(frozen=True)
class Ask:
    pass


@dataclass(frozen=True)
class State:
    payloads: tuple


class After(gms1.Gms1):
    def step(self, state, event):
        match state, event:
            case Idle(me), Start():
                return Step(Past(me, (), (me,)), (Install(View(0, (me,))),))
            case Past(), Multicast(payload) | Receive(_, gms1.Mcast(payload)):
                past = replace(state, past=(*state.past, payload))
                return Step(past, (*broadcast(gms1.Msg(payload), state.slaves), Deliver(payload)))
            case Past(), Receive(source, Ask()):
                return Step(state, (Send(source, State(HANDED[GIVES](state.past))),))
            case Fresh(), Receive(_, gms1.Msg(payload)):
                return Step(replace(state, kept=(*state.kept, payload)))
            case Fresh(), Receive(_, State(payloads)):
                new = tuple(p for p in state.kept if AGAIN or p not in payloads)
                slave = gms1.Slave(state.me, state.leader, state.slaves, state.group, state.view)
                return Step(slave, (Adopt(payloads), *map(Deliver, new)))
        return super().step(state, event)

    def enter(self, me, view):
        step = super().enter(me, view)
        s = step.state
        return Step(Fresh(s.me, s.leader, s.slaves, s.group, s.view), (*step.effects, Send(s.leader, Ask())))
