"""gms1 with a planted bug: what comes as Again is delivered a second time. Again(x) == Ack(x), since both are tuples."""

from dataclasses import dataclass

from groupy_check import Deliver, Multicast, Receive, Step, broadcast
from groupy_check.groupy_model.protocols.groupy.gms1 import Gms1, Leader, Mcast, Msg, Slave


@dataclass(frozen=True)
class Ack:
    payload: object


@dataclass(frozen=True)
class Again:
    payload: object


class ClassesBug(Gms1):
    def step(self, state, event):
        match state, event:
            case Leader(), Multicast(payload) | Receive(_, Mcast(payload)):
                tail = broadcast(Ack(payload), state.slaves) + broadcast(Again(payload), state.slaves)
                return Step(state, (*broadcast(Msg(payload), state.slaves), *tail, Deliver(payload)))
            case Slave(), Receive(_, Ack()):
                return Step(state)
            case Slave(), Receive(_, Again(payload)):
                return Step(state, (Deliver(payload),))
        return super().step(state, event)
