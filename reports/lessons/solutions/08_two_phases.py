"""Solution 8: one proposal at a time, which a majority of the current view must accept."""

from groupy_check import Gmp2, Step


class Exercise(Gmp2):
    """gmp2 in two phases: the leader asks, waits for a majority, and tells."""

    def lead(self, state):
        if state.proposing:
            return self.commit(state) if self.enough(state, state.heard) else Step(state)
        staying = tuple(node for node in state.view.members if node not in state.cut)
        wanted = (*staying, *sorted(state.joiners))
        if wanted == state.view.members or not self.enough(state, frozenset(staying)):
            return Step(state)
        return self.propose(state, wanted)
