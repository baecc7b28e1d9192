"""Exercise 7: how many must agree before a leader may install the next view.

`who` are the processes that have said yes (the leader has said yes to itself). `state.view.members` are the members of the
view in force, `state.cut` those that the leader hears no more.
"""

from groupy_check import Gmp3


class Exercise(Gmp3):
    """gmp3, in which a majority of those that the leader still hears is enough."""

    def enough(self, state, who):
        heard = frozenset(state.view.members) - state.cut
        return 2 * len(who & heard) > len(heard)
