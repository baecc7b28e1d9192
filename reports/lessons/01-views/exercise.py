"""Lesson 1: the leader lets a process in, and forgets somebody. Who has to be told of a new view?"""

from dataclasses import replace

from groupy_check import Gms1, Install, Send, Step, View, gms1


class Exercise(Gms1):
    """gms1 with a leader that tells nobody but the newcomer."""

    def admit(self, leader, node):
        """What the leader does when `node` asks to join: its next state, and what it sends and reports, in this order."""
        slaves, group = (*leader.slaves, node), (*leader.group, node)
        after = replace(leader, slaves=slaves, group=group, view=leader.view + 1)
        view = gms1.ViewMsg(after.view, (leader.me, *slaves), group)
        return Step(after, (Send(node, view), Install(View(after.view, group))))
