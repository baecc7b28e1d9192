"""Exercise 7: how many must agree before a leader may install the next view.

`who` are the processes that have said yes (including the leader itself). `state.view.members` are the members of the current
view, `state.cut` those the leader no longer hears.
"""

from groupy_check import Gmp3


class Exercise(Gmp3):
    """gmp3 in which a majority of those the leader still hears is enough."""

    def enough(self, state, who):
        heard = frozenset(state.view.members) - state.cut
        return 2 * len(who & heard) > len(heard)
