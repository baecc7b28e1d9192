"""Lesson 3, solved: a slave takes messages only from the leader that it follows; those of the next one wait in the queue.

The notice that the old leader is down stands behind everything that it has sent, so all of that is taken first.
"""

from groupy_model.events import Receive
from groupy_model.gms1 import Msg, Slave
from groupy_model.gms2 import Gms2


class Exercise(Gms2):
    """gms2 with one leader at a time."""

    def step(self, state, event):
        match state, event:
            case Slave(), Receive(source, Msg()) if source != state.leader:
                return None
        return super().step(state, event)
