"""gms1 with a class attribute that every object shares: which processes have been let in."""

from groupy_check import Deliver, Multicast, Receive, Step, broadcast
from groupy_check.groupy_model.protocols.groupy.gms1 import Gms1, Leader, Mcast, Msg


class Shared(Gms1):
    known = set()  # noqa: RUF012 - the fault

    def admit(self, leader, node):
        self.known.add(node)
        return super().admit(leader, node)

    def step(self, state, event):
        match state, event:
            case Leader(), Multicast(payload) | Receive(_, Mcast(payload)):
                return Step(state, (*broadcast(Msg(payload), sorted(self.known)), Deliver(payload)))
        return super().step(state, event)
