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
