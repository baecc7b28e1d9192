"""p2 watches p1, and watches it once more when it multicasts; p1 ends in a handler.

When the end comes first, p2 is told twice, else once. p2 delivers its own multicast again if its timer fires when it was told
once: integrity is violated in 4 steps (p2 multicasts b1, p1 multicasts a1 and ends, p2 is told, p2's timer fires).
"""

from dataclasses import dataclass, replace

from groupy_check import (
    Deliver,
    Down,
    Halt,
    Idle,
    Install,
    Join,
    Monitor,
    Multicast,
    Node,
    Protocol,
    SetTimer,
    Start,
    Step,
    Timeout,
    View,
)

V = View(0, (Node(1), Node(2)))


@dataclass(frozen=True)
class Member:
    me: int
    heard: int = 0
    mine: object = None


class NativeHalt(Protocol):
    name = "native-halt"
    claims = ("integrity",)

    def step(self, s, e):
        match s, e:
            case Idle(me), Start():
                return Step(Member(me), (Install(V),))
            case Idle(me), Join(contact):
                return Step(Member(me), (Install(V), Monitor(contact)))
            case Member(1), Multicast(p):
                return Step(s, (Halt("enough"),))
            case Member(2, _, None), Multicast(p):
                return Step(replace(s, mine=p), (Monitor(Node(1)), Deliver(p), SetTimer("t")))
            case Member(2), Down(_):
                return Step(replace(s, heard=s.heard + 1))
            case Member(2, heard, p), Timeout("t"):
                return Step(s, (Deliver(p),) if heard == 1 else ())
        return None
