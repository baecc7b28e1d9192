"""Exercise 13, solved."""

from groupy_check import Gmp3


class Exercise(Gmp3):
    """gmp3, which goes on with a majority of the view in force: any two of them have a member in common."""

    def enough(self, state, who):
        members = set(state.view.members)
        return 2 * len(who & members) > len(members)
