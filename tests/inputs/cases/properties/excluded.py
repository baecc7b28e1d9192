"""p1 leaves p2 out when it is asked to multicast, and tells it; p2 then ends itself. EARLY=1: p2 ends before p1 has done so."""

import os
from dataclasses import dataclass

from groupy_check import Deliver, Halt, Idle, Install, Join, Multicast, Node, Protocol, Receive, Send, Start, Step, View

EARLY = os.environ.get("EARLY") == "1"
BOTH, ALONE = View(0, (Node(1), Node(2))), View(1, (Node(1),))


@dataclass(frozen=True)
class Member:
    me: Node


class Excluded(Protocol):
    name = "excluded"
    claims = ("termination", "agreement", "validity")

    def step(self, state, event):
        match state, event:
            case Idle(me), Start() | Join():
                return Step(Member(me), (Install(BOTH),))
            case Member(1), Multicast(payload):
                out = (Send(Node(2), "you are out"),)
                return Step("alone", out if EARLY else (Install(ALONE), Deliver(payload), *out))
            case "alone", Receive(_, "goodbye"):
                return Step("done", (Install(ALONE),))
            case Member(2), Receive(_, "you are out"):
                return Step("gone", (Send(Node(1), "goodbye"), Halt("left out")) if EARLY else (Halt("left out"),))
        return None
