"""Exercise 13: when is it enough?"""

from groupy_check import Gmp3


class Exercise(Gmp3):
    """gmp3 with your own rule for when a leader may carry on."""

    def enough(self, state, who):
        """Return whether the leader may carry on when the processes `who` have agreed (including itself).

        `state.view.members` are the members of the current view, `state.cut` those the leader no longer hears.
        """
        return who >= set(state.view.members) - state.cut
