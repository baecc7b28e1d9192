"""gms1 with a planted bug: after Multicast the leader sends 1 (ignore) and then True (deliver again)."""

from groupy_check import Deliver, Multicast, Receive, Step, broadcast
from groupy_check.groupy_model.protocols.groupy.gms1 import Gms1, Leader, Mcast, Msg, Slave


class Flags(Gms1):
    def step(self, state, event):
        match state, event:
            case Leader(), Multicast(payload) | Receive(_, Mcast(payload)):
                tail = broadcast(("flag", 1, payload), state.slaves) + broadcast(("flag", True, payload), state.slaves)
                return Step(state, (*broadcast(Msg(payload), state.slaves), *tail, Deliver(payload)))
            case Slave(), Receive(_, ("flag", bool(), payload)):
                return Step(state, (Deliver(payload),))
            case Slave(), Receive(_, ("flag", int(), payload)):
                return Step(state)
        return super().step(state, event)
