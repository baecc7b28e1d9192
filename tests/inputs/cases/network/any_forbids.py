"""p1 hears that p2 is down, then receives b1: the order in which they were queued, which a bag allows as well.

p1 watches p2. The network splits (p1 has the notice of p2 queued, p2 reads its own) and heals. p2 multicasts b1: to p1, and to
p3, which tells p1 to look for notices ("arm": until then p1 has no rule for Down). The planted bug: after a notice, p1 delivers
twice.
"""

from dataclasses import dataclass, replace

from groupy_check.groupy_model.effects import Deliver, Install, Monitor, Send, View
from groupy_check.groupy_model.events import Down, Join, Multicast, Receive, Start
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.protocol import Idle, Protocol, Step

P1, P2, P3 = Node(1), Node(2), Node(3)
V = View(0, (P1, P2, P3))


@dataclass(frozen=True)
class Member:
    me: int
    heard: bool = False
    armed: bool = False


class AnyForbids(Protocol):
    name = "any-forbids"
    claims = ("integrity",)

    def step(self, s, e):
        match s, e:
            case Idle(me), Start():
                return Step(Member(me), (Install(V),))
            case Idle(me), Join(contact):
                return Step(Member(me), (Install(V), *((Monitor(contact), Send(contact, "hello")) if me == 2 else ())))
            case Member(1), Receive(source, "hello"):
                return Step(s, (Monitor(source),))
            case Member(2, True), Multicast(p):
                return Step(s, (Send(P1, p), Send(P3, "z"), Deliver(p)))
            case Member(3), Receive(_, "z"):
                return Step(s, (Send(P1, "arm"),))
            case Member(1), Receive(_, "arm"):
                return Step(replace(s, armed=True))
            case Member(1, _, True), Down(_):
                return Step(replace(s, heard=True))
            case Member(2), Down(_):
                return Step(replace(s, heard=True))
            case Member(1), Receive(_, p):
                return Step(s, (Deliver(p),) * (2 if s.heard else 1))
        return None
