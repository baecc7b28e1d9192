"""gms3 with an endless loop in a rule that comes late."""

from groupy_check.groupy_model.protocols.groupy.gms3 import Gms3


class Loop(Gms3):
    def election(self, slave):  # noqa: ARG002
        while True:
            pass
