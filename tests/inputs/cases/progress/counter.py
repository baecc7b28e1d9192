"""A member that is asked for a multicast sends itself larger and larger numbers instead, and delivers nothing.

Nothing repeats, and nothing comes to rest: whether it ever delivers cannot be found out by waiting.
"""

from dataclasses import dataclass

from groupy_model.effects import Install, Send, View
from groupy_model.events import Join, Multicast, Receive, Start
from groupy_model.node import Node
from groupy_model.protocol import Idle, Protocol, Step

V = View(0, (Node(1),))


@dataclass(frozen=True)
class Member:
    me: int


class Counter(Protocol):
    name = "counter"

    def step(self, s, e):
        match s, e:
            case Idle(me), Start() | Join():
                return Step(Member(me), (Install(V),))
            case Member(me), Multicast(_):
                return Step(s, (Send(Node(me), 0),))
            case Member(me), Receive(_, count):
                return Step(s, (Send(Node(me), count + 1),))
        return None
