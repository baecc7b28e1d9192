"""FIFO multicast that uses the payload's own (origin, seq) to drop duplicates, which is correct: every multicast is delivered.

So progress holds; a multicast numbered 0 behind 1, 2, ... would be dropped as old, but no application asks for that.
"""

from dataclasses import dataclass, replace

from groupy_model.effects import Deliver, Install, Send, View
from groupy_model.events import Join, Multicast, Receive, Start
from groupy_model.node import Node
from groupy_model.protocol import Idle, Protocol, Step

V = View(0, (Node(1), Node(2)))


@dataclass(frozen=True)
class Member:
    me: int
    seen: tuple = (0, 0)


class ProbeSeq(Protocol):
    name = "probe-seq"

    def step(self, s, e):
        match s, e:
            case Idle(me), Start() | Join():
                return Step(Member(me), (Install(V),))
            case Member(me), Multicast(p):
                return Step(s, (Send(Node(3 - me), p), Send(Node(me), p)))
            case Member(), Receive(_, p):
                k = p.origin - 1
                if p.seq <= s.seen[k]:
                    return Step(s)  # a duplicate
                return Step(replace(s, seen=(*s.seen[:k], p.seq, *s.seen[k + 1 :])), (Deliver(p),))
        return None
