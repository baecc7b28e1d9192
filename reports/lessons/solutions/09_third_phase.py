"""Solution 9: a member that answers a candidate first cuts everyone older than the candidate, so that the answer stays true."""

from dataclasses import replace

from groupy_check import Gmp3, Send, Step, gmp3


class Exercise(Gmp3):
    """gmp3 in which a member that answers a candidate no longer hears anyone older than the candidate."""

    def inquired(self, state, source, number):
        if number != state.view.id:
            return super().inquired(state, source, number)
        members = state.view.members
        older = frozenset(members[: members.index(source)])
        promised = replace(state, cut=state.cut | older)
        return Step(promised, (Send(source, gmp3.Answer(number, promised.pending)),))
