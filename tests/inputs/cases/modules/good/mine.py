"""gms3, as the rules beside this file say."""

from groupy_model.gms3 import Gms3
from rules import REPEATS


class Mine(Gms3):
    def repeat(self, slave, others):
        return super().repeat(slave, others) if REPEATS else ()
