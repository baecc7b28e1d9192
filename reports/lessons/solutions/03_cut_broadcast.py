"""Lesson 3, solved: a slave takes messages only from the leader it follows; those of the next leader wait in the queue.

The notice that the old leader is down arrives after everything it sent, so all of that is taken first.
"""

from groupy_check import Gms2, Receive, gms1


class Exercise(Gms2):
    """gms2 with one leader at a time."""

    def step(self, state, event):
        match state, event:
            case gms1.Slave(), Receive(source, gms1.Msg()) if source != state.leader:
                return None
        return super().step(state, event)
