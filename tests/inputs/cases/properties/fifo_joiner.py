"""gms1, in which a joiner, a member since the view that it installed, drops the first message that it gets.

p1 multicasts a1 and a2 after the view of p2 is installed; p2 delivers a2 without a1.
"""

from dataclasses import dataclass

from groupy_check import Receive, Step, gms1


@dataclass(frozen=True)
class Deaf(gms1.Slave):
    pass


class FifoJoiner(gms1.Gms1):
    name = "fifo-joiner"
    claims = ("fifo", "causal")

    def enter(self, me, view):
        step = super().enter(me, view)
        s = step.state
        return Step(Deaf(s.me, s.leader, s.slaves, s.group, s.view), step.effects)

    def step(self, s, e):
        if isinstance(s, Deaf) and isinstance(e, Receive) and isinstance(e.message, gms1.Msg):
            return Step(gms1.Slave(s.me, s.leader, s.slaves, s.group, s.view))
        return super().step(s, e)
