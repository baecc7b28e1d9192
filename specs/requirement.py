"""A property of the user's own, as a class in a file that --property names.

    class NobodyHearsTwice(Requirement):
        \"\"\"a process delivers a payload at most once\"\"\"

        kind = Kind.SAFETY

        def judge(self, history):
            for life in history.lives:
                for payload in life.delivered:
                    if life.delivered.count(payload) > 1:
                        return Witness(f"{life.node} delivered {payload} twice", (life.node,), (payload,))
            return None

A history is all that a property sees: of each process its Life (see `groupy_model.observations`), and of nobody a state or a
message. Logs keep everything for it, and it is judged on whole histories.
"""

from __future__ import annotations

from typing import ClassVar

from groupy_check.groupy_model.observations import History
from groupy_check.groupy_model.verdict import Kind, Witness


class Requirement:
    """Base class of a property of the user's own. The docstring of a subclass is the sentence: what is required.

    `kind`: Kind.SAFETY is judged in every state, and what it finds must stay so however the run goes on; Kind.LIVENESS, for
    what must happen in the end, only where nothing more happens by itself. `worker`: it looks at `Life.colour`.
    """

    kind: ClassVar[Kind]
    worker: ClassVar[bool] = False

    def judge(self, history: History) -> Witness | None:
        """None, or what is wrong: `Witness(sentence, processes, payloads, views)`. A pure function of `history`."""
        raise NotImplementedError

    def goal(self, history: History) -> bool:  # noqa: ARG002 - a subclass may look at it
        """The situation that the property speaks of has come about; where it never does, a pass is marked as untested."""
        return True
