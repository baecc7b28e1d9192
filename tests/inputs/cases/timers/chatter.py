"""p1 and p2 exchange pings for ever (a heartbeat made of messages). p3 sets a timer when it multicasts; when it fires, p3
delivers its own message a SECOND time (MODE=bad) or sends the multicast, for the first time, to the others (MODE=good).

No state is ever at rest. bad: integrity is violated (multicast, all that is received in the end, timeout); good: all hold.
"""

import os
from dataclasses import dataclass, replace

from groupy_model.effects import Deliver, Install, Send, SetTimer, View
from groupy_model.events import Join, Multicast, Receive, Start, Timeout
from groupy_model.node import Node
from groupy_model.protocol import Idle, Protocol, Step

BAD = os.environ.get("MODE", "bad") == "bad"
V = View(0, (Node(1), Node(2), Node(3)))


@dataclass(frozen=True)
class Member:
    me: int
    held: object = None


class Chatter(Protocol):
    name = "chatter"
    claims = ("integrity", "agreement", "validity")

    def step(self, s, e):
        match s, e:
            case Idle(me), Start() | Join():
                return Step(Member(me), (Install(V),))
            case Member(3, None), Multicast(p):
                start = Send(Node(1), "pong")  # the first multicast also starts the heartbeat
                if BAD:
                    return Step(replace(s, held=p), (start, Send(Node(1), p), Send(Node(2), p), Deliver(p), SetTimer("t")))
                return Step(replace(s, held=p), (start, Deliver(p), SetTimer("t")))
            case Member(3, p), Timeout("t"):
                return Step(s, (Deliver(p),) if BAD else (Send(Node(1), p), Send(Node(2), p)))
            case Member(1), Receive(_, "pong"):
                return Step(s, (Send(Node(2), "ping"),))
            case Member(2), Receive(_, "ping"):
                return Step(s, (Send(Node(1), "pong"),))
            case Member(), Receive(_, p) if p not in ("ping", "pong"):
                return Step(s, (Deliver(p),))
        return None
