"""What a history shows of the network, as properties of every state. ASKS: split, healed, or both sides (sides)."""

import os

from groupy_check import Kind, Requirement, Witness

ASKS = os.environ.get("ASKS", "split")


class NeverSplit(Requirement):
    """the network stays whole"""

    kind = Kind.SAFETY

    def judge(self, history):
        if ASKS == "split" and history.split:
            return Witness(f"split: {len(history.split)} and {len(history.lives) - len(history.split)}")
        if ASKS == "healed" and history.healed:
            return Witness(f"healed {history.healed} times")
        if ASKS == "sides" and history.split and all(life.delivered for life in history.lives):
            return Witness("both sides go on")
        return None
