"""Pings and pongs beside a timer."""

from dataclasses import dataclass

from groupy_check import Deliver, Multicast, Receive, Send, SetTimer, Step, Timeout
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.payloads import Change
from groupy_check.groupy_model.protocols.groupy.gms1 import Gms1, Leader, Msg, Slave

MESSAGE = Change(Node(1), 1)


@dataclass(frozen=True)
class Waiting(Leader):
    """Has delivered, has told nobody."""


@dataclass(frozen=True)
class Playing(Leader):
    """The same, while ping and pong go to and fro."""


@dataclass(frozen=True)
class Done(Leader):
    """Has told."""


def as_(kind, s):
    return kind(s.me, s.slaves, s.group, s.view)


class Base(Gms1):
    """The leader delivers at once, and tells its slave when a timer fires. Beside that it may play ping-pong forever."""

    rests = False

    def step(self, state, event):
        match state, event:
            case Waiting(), Timeout("tell"):
                return Step(as_(Done, state), (Send(state.slaves[0], Msg(MESSAGE)),))
            case Waiting(), Timeout("play"):
                return Step(as_(Playing, state), (Send(state.slaves[0], "ping"),))
            case Playing(), Receive(_, "pong"):
                go_on = Step(state, (Send(state.slaves[0], "ping"),))
                stop = Step(as_(Waiting, state), (SetTimer("play"),))
                return [go_on, stop] if self.rests else go_on
            case Slave(), Receive(source, "ping"):
                return Step(state, (Send(source, "pong"),))
            case Leader(), Multicast(payload) if type(state) is Leader:
                return Step(as_(Waiting, state), (Deliver(payload), SetTimer("tell"), SetTimer("play")))
            case Slave() | Leader(), Multicast(_):
                return None
        return super().step(state, event)
