"""gms1 with a planted bug: what comes as Again is delivered a second time. Again(x) == Ack(x), since both are tuples."""

from typing import NamedTuple

from groupy_check import Deliver, Multicast, Receive, Step, broadcast
from groupy_check.groupy_model.protocols.groupy.gms1 import Gms1, Leader, Mcast, Msg, Slave


class Ack(NamedTuple):
    payload: object


class Again(NamedTuple):
    payload: object


class NamedBug(Gms1):
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
