"""Exercise 12, solved."""

from groupy_check import Cbcast


class Exercise(Cbcast):
    """cbcast: everything the sender had delivered from others has been delivered here."""

    def seen(self, state, data):
        times = zip(state.view.members, data.stamp.counts, state.clock, strict=True)
        return all(there <= here for member, there, here in times if member != data.label.sender)
