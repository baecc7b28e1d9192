"""Lesson 2, solved: the oldest slave becomes the leader and reports the new view; the others follow it, and watch it."""

from groupy_model.effects import Install, Monitor, View
from groupy_model.gms1 import Leader, Slave, ViewMsg
from groupy_model.gms2 import Gms2
from groupy_model.protocol import Step, broadcast


class Exercise(Gms2):
    """gms1 whose slaves watch the leader, and elect the oldest of themselves."""

    def election(self, slave):
        """The leader of `slave` has ended: all slaves have the same list of slaves, so nobody needs to ask."""
        oldest, *others = slave.slaves
        number, others, group = slave.view + 1, tuple(others), slave.group[1:]
        if oldest == slave.me:
            view = ViewMsg(number, slave.slaves, group)
            return Step(Leader(slave.me, others, group, number), (*broadcast(view, others), Install(View(number, group))))
        return Step(Slave(slave.me, oldest, others, group, number), (Monitor(oldest),))
