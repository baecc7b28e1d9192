"""A member is busy and free by turns, for ever: each time its timer fires. While it is busy it takes no multicast (None: the
application waits); as soon as it is free it does, and delivers. So progress holds, whatever it begins with (FIRST).
"""

import os
from dataclasses import dataclass, replace

from groupy_model.effects import Deliver, Install, Send, SetTimer, View
from groupy_model.events import Join, Multicast, Receive, Start, Timeout
from groupy_model.node import Node
from groupy_model.protocol import Idle, Protocol, Step

V = View(0, (Node(1), Node(2)))
BUSY = os.environ.get("FIRST", "busy") == "busy"


@dataclass(frozen=True)
class Member:
    me: int
    busy: bool = BUSY


class BusyTimer(Protocol):
    name = "busy-timer"

    def step(self, s, e):
        match s, e:
            case Idle(me), Start() | Join():
                return Step(Member(me), (Install(V), SetTimer("t")))
            case Member(), Timeout("t"):
                return Step(replace(s, busy=not s.busy), (SetTimer("t"),))
            case Member(me, False), Multicast(p):
                return Step(s, (Send(Node(3 - me), p), Deliver(p)))
            case Member(), Receive(_, p):
                return Step(s, (Deliver(p),))
        return None
