"""Solution 7: a majority of the view in force, however many of it are heard. Any two of these have a member in common."""

from groupy_check import Gmp3


class Exercise(Gmp3):
    """gmp3: a majority of the view in force is enough."""

    def enough(self, state, who):
        members = frozenset(state.view.members)
        return 2 * len(who & members) > len(members)
