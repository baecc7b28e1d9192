"""Exercise 12, solved."""

from groupy_check import Cbcast


class Exercise(Cbcast):
    """cbcast: what the sender had delivered of others is delivered here."""

    def seen(self, state, data):
        times = zip(state.view.members, data.stamp.counts, state.clock, strict=True)
        return all(there <= here for member, there, here in times if member != data.label.sender)
