"""Channels in any order: a notice waits in a bag, and can no longer be taken as soon as a message comes into it.

p1 and p2 watch one another and the network splits, so each has a notice of the other queued; p2 takes its own. The network
heals, and p2 multicasts b1. p1 delivers it twice if it has not taken the notice yet: integrity is violated in 5 steps.
"""

from dataclasses import dataclass, replace

from groupy_check import (
    Deliver,
    Down,
    Idle,
    Install,
    Join,
    Monitor,
    Multicast,
    Node,
    Protocol,
    Receive,
    Send,
    Start,
    Step,
    View,
)

V = View(0, (Node(1), Node(2)))


@dataclass(frozen=True)
class Member:
    me: int
    heard: bool = False


class NativeMisses(Protocol):
    name = "native-misses"
    claims = ("integrity",)

    def step(self, s, e):
        match s, e:
            case Idle(me), Start():
                return Step(Member(me), (Install(V),))
            case Idle(me), Join(contact):
                return Step(Member(me), (Install(V), Monitor(contact), Send(contact, "hello")))
            case Member(), Receive(source, "hello"):
                return Step(s, (Monitor(source),))
            case Member(me, True), Multicast(p):
                return Step(s, (Send(Node(3 - me), p), Deliver(p)))
            case Member(), Down(_):
                return Step(replace(s, heard=True))
            case Member(), Receive(_, p):
                return Step(s, (Deliver(p),) * (1 if s.heard else 2))
        return None
