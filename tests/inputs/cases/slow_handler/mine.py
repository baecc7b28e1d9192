"""gms3 whose handlers take 0.2 s each, once: each call is remembered."""

import time

from groupy_check.groupy_model.protocols.groupy.gms3 import Gms3


class Slow(Gms3):
    def step(self, state, event):
        time.sleep(0.2)
        return super().step(state, event)
