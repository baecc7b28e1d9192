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
        if history in self._seen:
            return
        self._seen.add(history)
        for wanted in self.properties:
            if wanted.name not in self.exercised and wanted.goal(history):
                self.exercised.add(wanted.name)
            if wanted.name not in self.witnesses and (history.at_rest or wanted.kind is Kind.SAFETY):
                witness = wanted.judge(history)
                if witness is not None:
                    self.witnesses[wanted.name] = witness
                    self.states[wanted.name] = state
