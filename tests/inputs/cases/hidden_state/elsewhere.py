"""gms3 whose leader keeps its list of slaves where nobody looks: in an object of Python's own library."""

import logging

from groupy_check import Deliver, Gms3, broadcast

KEPT = logging.getLogger("kept")


class Kept(Gms3):
    def admit(self, leader, node):
        KEPT.slaves = (*leader.slaves, node)
        return super().admit(leader, node)

    def election(self, slave):
        KEPT.slaves = tuple(slave.slaves[1:])
        return super().election(slave)

    def announce(self, _, message):
        return (*broadcast(message, getattr(KEPT, "slaves", ())), Deliver(message.payload))
