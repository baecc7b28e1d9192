"""Solution 9: whoever answers a candidate cuts everybody older than it first, so that the answer stays true."""

from dataclasses import replace

from groupy_model.effects import Send
from groupy_model.gmp3 import Answer, Gmp3
from groupy_model.protocol import Step


class Exercise(Gmp3):
    """gmp3, in which a member that answers a candidate hears nobody older than the candidate any more."""

    def inquired(self, state, source, number):
        if number != state.view.id:
            return super().inquired(state, source, number)
        members = state.view.members
        older = frozenset(members[: members.index(source)])
        promised = replace(state, cut=state.cut | older)
        return Step(promised, (Send(source, Answer(number, promised.pending)),))
