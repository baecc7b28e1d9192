"""Exercise 8: the leader of a two-phase protocol.

`lead` is called whenever something has changed: a process is suspected, wants to join, or has said OK. You may use:

state.view.members    the members of the current view, oldest first
state.cut             the processes that this one no longer hears
state.joiners         the processes that want to join
state.proposing       whether a proposal of this process is out
state.heard           the processes that have said OK to it so far, this one included
self.enough(state, who)        whether `who` is a majority of the current view
self.propose(state, members)   the step that proposes the view of `members` to everyone
self.commit(state)             the step that installs the proposed view, and tells everyone
Step(state)                    the step that does nothing: wait
"""

from dataclasses import replace

from groupy_check import Gmp2, Step, gmp2


class Exercise(Gmp2):
    """gmp2 in ONE phase: the leader does not ask, it tells."""

    def lead(self, state):
        staying = tuple(node for node in state.view.members if node not in state.cut)
        wanted = (*staying, *sorted(state.joiners))
        if wanted == state.view.members:
            return Step(state)
        decided = gmp2.Proposal(self.following(state.view, wanted), state.me)
        return self.commit(replace(state, pending=decided))
