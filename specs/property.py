"""A property is data: a name, a kind, the textbook's sentence, the observations it needs, and a pure predicate."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from groupy_check.groupy_model.observations import History
from groupy_check.groupy_model.verdict import Kind, Witness


@dataclass(frozen=True, slots=True)
class Property:
    """One requirement on runs. `name` is what a user types for it; `label` what it is called where that is not its name.

    `judge(history)` returns None, or a Witness of the violation. A SAFETY property is judged in every state: a run that
    violates it in some state does so however it continues. A LIVENESS property is judged at rest.
    `needs` are the observation types that logs must retain for it; `worker` says that it looks at colours.
    `pairwise` promises that judge and goal find something in a history exactly if they find it in some two of its lives alone,
    so that engines may judge two processes at a time; a property about all processes together must not promise that. There are
    two exceptions. Who has ended itself may be excused by what a third process shows (see `specs.logs.cast_out`). And where
    `suspect` is true of two lives, more processes may break together what no two of them break; only the whole history tells.
    What a property needs to know of the network no two lives tell: one that looks at `History.split` or `healed`, so as to ask
    only for what must come about after the network has healed, must not promise it.
    `goal(history)` is True once the situation that the property is about has arisen; `goal_text` names that situation.
    """

    name: str
    kind: Kind
    sentence: str
    source: str
    needs: frozenset[type]
    judge: Callable[[History], Witness | None]
    goal: Callable[[History], bool]
    goal_text: str
    worker: bool = False
    pairwise: bool = False
    suspect: Callable[[History], bool] | None = None
    label: str = ""

    @property
    def called(self) -> str:
        """What the property is called: a user's own is named by a file, and has a name of its own."""
        return self.label or self.name
