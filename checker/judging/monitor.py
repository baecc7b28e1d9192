"""The run-time monitor: judges each distinct history once, and remembers the first violation of each property."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from groupy_check.groupy_model.observations import History
from groupy_check.groupy_model.verdict import Kind, Witness
from groupy_check.specs.property import Property


class Judge:
    """Monitors the histories of one search.

    By property name, `witnesses` and `states` hold the first violation and the number of its state. `exercised` holds the
    names of the properties that were put to the test.
    """

    def __init__(self, properties: Sequence[Property]) -> None:
        self.properties = properties
        self.witnesses: dict[str, Witness] = {}
        self.states: dict[str, int] = {}
        self.exercised: set[str] = set()
        self._seen: set[Hashable] = set()

    @property
    def undecided(self) -> bool:
        """Whether some property is not violated yet."""
        return len(self.witnesses) < len(self.properties)

    def look(self, history: History, state: int) -> None:
        """Judge `history`, observed in the state numbered `state`: safety always, liveness at rest."""
        self.look_round((history,), state)

    def look_round(self, histories: tuple[History, ...], state: int) -> None:
        """Judge a run that from the state numbered `state` on looks like one of `histories` after the other, for ever.

        It violates what all of them violate: what comes true again and again has not failed to come.
        """
        known = len(self._seen)
        self._seen.add(histories)
        if len(self._seen) == known:  # to look first would be to hash it twice
            return
        for wanted in self.properties:
            if wanted.name not in self.exercised and any(map(wanted.goal, histories)):
                self.exercised.add(wanted.name)
            if wanted.name not in self.witnesses and (histories[0].at_rest or wanted.kind is Kind.SAFETY):
                first, *others = map(wanted.judge, histories)
                if first is not None and None not in others:
                    self.witnesses[wanted.name] = first
                    self.states[wanted.name] = state
