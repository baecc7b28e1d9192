"""Exercise 8: the leader of a two-phase protocol.

`lead` is called whenever something has changed: somebody is suspected, wants to join, or has said OK. What you may use:

state.view.members    the members of the view in force, the oldest first
state.cut             whom this process hears no more
state.joiners         who wants to be let in
state.proposing       a proposal of this process is out
state.heard           who has said OK to it so far, this process included
self.enough(state, who)        `who` are a majority of the view in force
self.propose(state, members)   the step that asks everybody for the view of `members`
self.commit(state)             the step that installs the view that was proposed, and tells everybody
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
