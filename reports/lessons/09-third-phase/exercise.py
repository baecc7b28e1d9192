"""Exercise 9: a candidate asks a member what it has accepted for the next view. What does the member do?

The candidate is `source`, in view `number`. `state.pending` is the proposal that this member has accepted, or None.
"""

from groupy_check import Gmp3, Send, Step, gmp3


class Exercise(Gmp3):
    """gmp3 in which a member answers the candidate truthfully, and does nothing else."""

    def inquired(self, state, source, number):
        if number != state.view.id:
            return super().inquired(state, source, number)
        return Step(state, (Send(source, gmp3.Answer(number, state.pending)),))
