"""Solution 16: to all that are left, since nobody knows which of them have it."""

from groupy_check import Gms3, broadcast


class Exercise(Gms3):
    """gms3."""

    def repeat(self, slave, others):
        return broadcast(slave.last, others)
