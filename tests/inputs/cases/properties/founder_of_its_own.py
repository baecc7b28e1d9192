"""A joiner that asks nobody: it installs a view of its own, with a number that is free (NUMBER=5), old (0) or taken (1)."""

import os
from dataclasses import dataclass

from groupy_check import Idle, Install, Join, Node, Protocol, Start, Step, View

NUMBER = int(os.environ.get("NUMBER", "5"))
TOGETHER = View(1, (Node(1), Node(2)))


@dataclass(frozen=True)
class Member:
    me: Node


class Founder(Protocol):
    name = "founder"
    claims = ("primary-partition",)

    def step(self, state, event):
        match state, event:
            case Idle(me), Start() | Join():
                return Step(Member(me), (Install(TOGETHER if me <= 2 else View(NUMBER, (me,))),))
        return None
