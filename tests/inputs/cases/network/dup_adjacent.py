"""p1 sends x and y to p2. p2 delivers every x that comes before y, and drops what comes after: x, x, y breaks integrity."""

from dataclasses import dataclass, replace

from groupy_check.groupy_model.effects import Deliver, Install, Send, View
from groupy_check.groupy_model.events import Join, Multicast, Receive, Start
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.protocol import Idle, Protocol, Step

V = View(0, (Node(1), Node(2)))


@dataclass(frozen=True)
class Member:
    me: int
    closed: bool = False


class DupAdjacent(Protocol):
    name = "dup-adjacent"

    def step(self, s, e):
        match s, e:
            case Idle(me), Start() | Join():
                return Step(Member(me), (Install(V),))
            case Member(1, False), Multicast(p):
                return Step(replace(s, closed=True), (Send(Node(2), ("x", p)), Send(Node(2), ("y", p)), Deliver(p)))
            case Member(2, False), Receive(_, ("x", p)):
                return Step(s, (Deliver(p),))
            case Member(2), Receive(_, ("y", p)):
                return Step(replace(s, closed=True))
            case Member(2, True), Receive(_, ("x", p)):
                return Step(s)
        return None
