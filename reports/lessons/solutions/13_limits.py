"""Exercise 13, solved."""

from groupy_check import Gmp3


class Exercise(Gmp3):
    """gmp3, which carries on with a majority of the current view: any two majorities share a member."""

    def enough(self, state, who):
        members = set(state.view.members)
        return 2 * len(who & members) > len(members)
