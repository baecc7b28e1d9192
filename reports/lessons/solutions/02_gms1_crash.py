"""Lesson 2, solved: the oldest slave becomes the leader and reports the new view; the others follow and monitor it."""

from groupy_check import Gms2, Install, Monitor, Step, View, broadcast, gms1


class Exercise(Gms2):
    """gms1 whose slaves monitor the leader, and elect the oldest among themselves."""

    def election(self, slave):
        """The leader of `slave` has ended: all slaves have the same list of slaves, so no one needs to ask."""
        oldest, *others = slave.slaves
        number, others, group = slave.view + 1, tuple(others), slave.group[1:]
        if oldest == slave.me:
            view = gms1.ViewMsg(number, slave.slaves, group)
            return Step(gms1.Leader(slave.me, others, group, number), (*broadcast(view, others), Install(View(number, group))))
        return Step(gms1.Slave(slave.me, oldest, others, group, number), (Monitor(oldest),))
