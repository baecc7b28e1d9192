"""Exercise 5: a slave takes a view. Whom does it follow from then on?

The orphan view is gone: only the number of a view counts. But something is still missing in the last lines.
"""

from dataclasses import replace

from groupy_check import Gms3Fixed, Step, gms3


class Exercise(Gms3Fixed):
    """gms3 with the first repair: a slave takes the view that has the number it expects, and follows the leader it names."""

    def on_view(self, slave, view):
        leader, *slaves = view.processes
        if view.n != slave.n:
            return None
        after = replace(slave, leader=leader, n=view.n + 1, last=view, slaves=tuple(slaves), group=view.group)
        return Step(after, (gms3.installed(view.n, view.group),))
