"""Solution 7: a majority of the current view, however many of its members are heard. Any two majorities share a member."""

from groupy_check import Gmp3


class Exercise(Gmp3):
    """gmp3: a majority of the current view is enough."""

    def enough(self, state, who):
        members = frozenset(state.view.members)
        return 2 * len(who & members) > len(members)
