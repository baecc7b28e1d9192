"""Exercise 13: when is it enough?"""

from groupy_check import Gmp3


class Exercise(Gmp3):
    """gmp3 with a rule of your own for when a leader may go on."""

    def enough(self, state, who):
        """May the leader go on, when the processes `who` have agreed (itself among them)?

        `state.view.members` are the members of the view in force, `state.cut` those that it hears no more.
        """
        return who >= set(state.view.members) - state.cut
