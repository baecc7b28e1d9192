"""Lesson 2: the slaves monitor their leader, and are notified when it has ended. What do they do then?"""

from groupy_check import Gms2, Step


class Exercise(Gms2):
    """gms1 whose slaves monitor the leader: they detect its crash, and do nothing about it."""

    def election(self, slave):
        """The leader of `slave` has ended.

        `slave.me` is this process, `slave.slaves` are the slaves, itself among them, the oldest first; `slave.group` is the
        leader and the slaves; `slave.view` is the number of the view.
        """
        return Step(slave)
