"""Solution 9: whoever answers a candidate cuts everybody older than it first, so that the answer stays true."""

from dataclasses import replace

from groupy_check import Gmp3, Send, Step, gmp3


class Exercise(Gmp3):
    """gmp3, in which a member that answers a candidate hears nobody older than the candidate any more."""

    def inquired(self, state, source, number):
        if number != state.view.id:
            return super().inquired(state, source, number)
        members = state.view.members
        older = frozenset(members[: members.index(source)])
        promised = replace(state, cut=state.cut | older)
        return Step(promised, (Send(source, gmp3.Answer(number, promised.pending)),))
