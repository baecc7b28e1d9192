"""gms1 whose leader first says that a message comes (Note), then that it is to be delivered (Go). Slaves do as told."""

from dataclasses import dataclass

from groupy_check import Deliver, Multicast, Receive, Step, broadcast
from groupy_check.groupy_model.protocols.groupy.gms1 import Gms1, Leader, Mcast, Slave


@dataclass(frozen=True)
class Note:
    payload: object


@dataclass(frozen=True)
class Go:
    payload: object


class Classes(Gms1):
    def step(self, state, event):
        match state, event:
            case Leader(), Multicast(payload) | Receive(_, Mcast(payload)):
                return Step(
                    state, (*broadcast(Note(payload), state.slaves), *broadcast(Go(payload), state.slaves), Deliver(payload))
                )
            case Slave(), Receive(_, Note()):
                return Step(state)
            case Slave(), Receive(_, Go(payload)):
                return Step(state, (Deliver(payload),))
        return super().step(state, event)
