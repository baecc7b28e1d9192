"""Reports of a correct primary-partition service: v0 {1..5}, v1 {1,2,3}, v2 {1,3}. p3 hears of v1 late, and installs v2 alone.

p1 (the oracle; p4 and p5, then p2, are taken out on a Multicast) has installed all three. Right: primary-partition holds: each
view has a majority of the one before it, and the docstring says that who skips a view breaks nothing.
"""

from dataclasses import dataclass

from groupy_check import Idle, Install, Join, Multicast, Node, Protocol, Receive, Send, Start, Step, View


def view_of(number, *members):
    return View(number, tuple(map(Node, members)))


V0, V1, V2 = view_of(0, 1, 2, 3, 4, 5), view_of(1, 1, 2, 3), view_of(2, 1, 3)


@dataclass(frozen=True)
class Member:
    me: int
    view: View


class Skipper(Protocol):
    name = "skipper"
    claims = ("primary-partition",)

    def step(self, s, e):
        match s, e:
            case Idle(me), Start() | Join():
                return Step(Member(me, V0), (Install(V0),))
            case Member(1, view), Multicast(_) if view != V2:
                new = V1 if view == V0 else V2
                return Step(Member(1, new), (Install(new), *(Send(n, new) for n in new.members if n != 1)))
            case Member(2, _), Receive(_, View() as view):
                return Step(Member(2, view), (Install(view),))
            case Member(3, _), Receive(_, View() as view):
                if view == V1:
                    return Step(s)  # reads on: a newer one may be there already
                return Step(Member(3, view), (Install(view),))
        return None
