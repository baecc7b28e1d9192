"""Three processes, each of which delivers two of three payloads: p1 a b, p2 b c, p3 c a. Any two of them agree on the order."""

from dataclasses import dataclass

from groupy_check import Deliver, Idle, Install, Join, Multicast, Node, Protocol, Receive, Send, Start, Step, View

ALL = tuple(map(Node, (1, 2, 3)))
WANTED = {1: (1, 2), 2: (2, 3), 3: (3, 1)}  # of each process, the senders whose payloads it delivers, in order


@dataclass(frozen=True)
class Member:
    me: Node
    waiting: tuple
    kept: tuple = ()


class Circle(Protocol):
    name = "circle"
    claims = ("total-order",)

    def step(self, state, event):
        match state, event:
            case Idle(me), Start() | Join():
                return Step(Member(me, WANTED[me]), (Install(View(0, ALL)),))
            case Member(me, waiting, kept), Multicast(payload):
                return self.take(Member(me, waiting, (*kept, payload)), tuple(Send(n, payload) for n in ALL if n != me))
            case Member(me, waiting, kept), Receive(_, payload):
                return self.take(Member(me, waiting, (*kept, payload)), ())
        return None

    def take(self, state, effects):
        while state.waiting and (found := [p for p in state.kept if p.origin == state.waiting[0]]):
            state = Member(state.me, state.waiting[1:], state.kept)
            effects = (*effects, Deliver(found[0]))
        return Step(state, effects)
