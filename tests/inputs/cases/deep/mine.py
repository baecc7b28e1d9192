"""gms2 whose messages carry a list as Lisp and Erlang build them: (head, tail)."""

import os

from groupy_check.groupy_model.effects import Deliver
from groupy_check.groupy_model.events import Multicast, Receive
from groupy_check.groupy_model.protocol import Step, broadcast
from groupy_check.groupy_model.protocols.groupy.gms1 import Leader, Mcast, Slave
from groupy_check.groupy_model.protocols.groupy.gms2 import Gms2

DEPTH = int(os.environ.get("DEPTH", "600"))


def chain(payload):
    cell = ("end", payload)
    for _ in range(DEPTH):
        cell = ("x", cell)
    return cell


def last(cell):
    while isinstance(cell[1], tuple):
        cell = cell[1]
    return cell[1]


class Deep(Gms2):
    def step(self, state, event):
        match state, event:
            case Leader(), Multicast(payload) | Receive(_, Mcast(payload)):
                return Step(state, (*broadcast(chain(payload), state.slaves), Deliver(payload)))
            case Slave(), Receive(_, tuple() as cell):
                return Step(state, (Deliver(last(cell)),))
        return super().step(state, event)
