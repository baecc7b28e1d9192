"""gms2 with traces for debugging where one may put them."""

from dataclasses import dataclass

from groupy_check.groupy_model.effects import Deliver
from groupy_check.groupy_model.events import Multicast, Receive
from groupy_check.groupy_model.protocol import Step, broadcast
from groupy_check.groupy_model.protocols.groupy.gms1 import Leader, Mcast, Slave
from groupy_check.groupy_model.protocols.groupy.gms2 import Gms2


@dataclass(frozen=True)
class Loud:
    payload: object

    def __str__(self):
        print("str of", self.payload)
        return f"loud {self.payload}"

    def __hash__(self):
        print("hash of", self.payload)
        return hash(self.payload)


class Printing(Gms2):
    def step(self, state, event):
        match state, event:
            case Leader(), Multicast(payload) | Receive(_, Mcast(payload)):
                return Step(state, (*broadcast(Loud(payload), state.slaves), Deliver(payload)))
            case Slave(), Receive(_, Loud(payload)):
                return Step(state, (Deliver(payload),))
        return super().step(state, event)
