"""p1 and p2 play ping-pong forever; p2 takes the message of p3 only on every second turn.

The message lies in p2's mailbox before nearly all pings, so p2 takes it at the next turn at which it may.
"""

from dataclasses import dataclass, replace

from groupy_check import Deliver, Idle, Install, Join, Multicast, Node, Protocol, Receive, Send, Start, Step, View

V = View(0, (Node(1), Node(2), Node(3)))


@dataclass(frozen=True)
class Member:
    me: int
    busy: bool = False
    begun: bool = False


class WeakFair(Protocol):
    name = "weak-fair"

    def step(self, s, e):
        match s, e:
            case Idle(me), Start() | Join():
                return Step(Member(me), (Install(V),))
            case Member(3, _, False), Multicast(p):  # one multicast, which also starts the ping-pong
                return Step(replace(s, begun=True), (Send(Node(2), ("m", p)), Send(Node(1), ("start", p)), Deliver(p)))
            case Member(1), Receive(_, ("start", p)):
                return Step(s, (Send(Node(2), "ping"), Deliver(p)))
            case Member(1), Receive(_, "pong"):
                return Step(s, (Send(Node(2), "ping"),))
            case Member(2), Receive(_, "ping"):
                return Step(replace(s, busy=not s.busy), (Send(Node(1), "pong"),))
            case Member(2, False), Receive(_, ("m", p)):
                return Step(s, (Deliver(p),))
        return None
