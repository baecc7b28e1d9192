"""gms3: a new leader repeats the last message it received to those next in line."""

from groupy_check import Gms3, broadcast


class Group(Gms3):
    def repeat(self, slave, others):
        return broadcast(slave.last, [other for other in others if other < slave.me])
