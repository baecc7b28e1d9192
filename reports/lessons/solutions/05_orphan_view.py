"""Solution 5: a slave that turns to another leader monitors it; if that one has ended, the notice comes at once."""

from dataclasses import replace

from groupy_check import Gms3Fixed, Monitor, Step, gms3


class Exercise(Gms3Fixed):
    """gms3 with the second repair as well: a slave monitors the leader to which a view turns it."""

    def on_view(self, slave, view):
        leader, *slaves = view.processes
        if view.n != slave.n:
            return None
        turn = () if leader == slave.leader else (Monitor(leader),)
        after = replace(slave, leader=leader, n=view.n + 1, last=view, slaves=tuple(slaves), group=view.group)
        return Step(after, (*turn, gms3.installed(view.n, view.group)))
