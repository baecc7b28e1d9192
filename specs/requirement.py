"""A user's own property, as a class in a file named by --property.

    class NobodyHearsTwice(Requirement):
        \"\"\"a process delivers a payload at most once\"\"\"

        kind = Kind.SAFETY

        def judge(self, history):
            for life in history.lives:
                for payload in life.delivered:
                    if life.delivered.count(payload) > 1:
                        return Witness(f"{life.node} delivered {payload} twice", (life.node,), (payload,))
            return None

A property sees only the history: the Life of each process (see `groupy_model.observations`), never a local state or a message.
For a user's property, logs keep everything, and it is judged on whole histories.

The history shows partitions, too. A run may come to rest while the network is split, and then what should happen after it has
healed has not happened yet. A property that is about that time asks `history.split` first:

    class OneView(Requirement):
        \"\"\"once the network is whole, all members that run end in the same view\"\"\"

        kind = Kind.LIVENESS

        def judge(self, history):
            if history.split:
                return None
            last = {life.views[-1]: life.node for life in history.lives if life.up and life.views}
            return Witness(f"there are {len(last)} views at the end", tuple(last.values())) if len(last) > 1 else None

        def goal(self, history):
            return history.whole_again  # otherwise nothing has been put to the test
"""

from __future__ import annotations

from typing import ClassVar

from groupy_check.groupy_model.observations import History
from groupy_check.groupy_model.verdict import Kind, Witness


class Requirement:
    """Base class of a user's own property. The docstring of a subclass is the sentence: what is required.

    `kind`: Kind.SAFETY is judged in every state, and a violation must persist however the run continues; Kind.LIVENESS, for
    what must happen eventually, is judged only where nothing more happens by itself. `worker`: it looks at `Life.colour`.
    """

    kind: ClassVar[Kind]
    worker: ClassVar[bool] = False

    def judge(self, history: History) -> Witness | None:
        """None if `history` satisfies it, else `Witness(sentence, processes, payloads, views)`. Must be a pure function."""
        raise NotImplementedError

    def goal(self, history: History) -> bool:  # noqa: ARG002 - a subclass may look at it
        """Whether the situation that the property is about has arisen; if it never does, a pass is marked as untested."""
        return True
