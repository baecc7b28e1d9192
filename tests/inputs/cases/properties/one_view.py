"""After a partition has healed the group is one again. ALWAYS=1: without waiting for that."""

import os

from groupy_check import Kind, Requirement, Witness

ALWAYS = os.environ.get("ALWAYS") == "1"


class OneView(Requirement):
    """once the network is whole, all members that run end in the same view"""

    kind = Kind.LIVENESS

    def judge(self, history):
        if history.split and not ALWAYS:
            return None
        last = {}
        for life in history.lives:
            if life.up and life.views:
                last.setdefault(life.views[-1], life.node)
        return Witness(f"there are {len(last)} views at the end", tuple(last.values())) if len(last) > 1 else None

    def goal(self, history):
        return history.whole_again
