"""Lesson 1, solved: the view goes to all slaves, including the newcomer, so that all have the same numbers and members."""

from dataclasses import replace

from groupy_check import Gms1, Install, Step, View, broadcast, gms1


class Exercise(Gms1):
    """gms1 with a leader that tells everyone."""

    def admit(self, leader, node):
        """Return what the leader does when `node` asks to join: its next state, and what it sends and reports, in order."""
        slaves, group = (*leader.slaves, node), (*leader.group, node)
        after = replace(leader, slaves=slaves, group=group, view=leader.view + 1)
        view = gms1.ViewMsg(after.view, (leader.me, *slaves), group)
        return Step(after, (*broadcast(view, slaves), Install(View(after.view, group))))
