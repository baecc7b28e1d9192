"""Lesson 1: the leader admits a process, but forgets somebody. Who has to be told about a new view?"""

from dataclasses import replace

from groupy_check import Gms1, Install, Send, Step, View, gms1


class Exercise(Gms1):
    """gms1 with a leader that tells only the newcomer."""

    def admit(self, leader, node):
        """Return what the leader does when `node` asks to join: its next state, and what it sends and reports, in order."""
        slaves, group = (*leader.slaves, node), (*leader.group, node)
        after = replace(leader, slaves=slaves, group=group, view=leader.view + 1)
        view = gms1.ViewMsg(after.view, (leader.me, *slaves), group)
        return Step(after, (Send(node, view), Install(View(after.view, group))))
