"""What a search gives to a checkpoint and takes back from one: what it is asked, what it has found, and how far it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

from groupy_check.checker.native.pipeline.frontier import Frontier
from groupy_check.checker.native.pipeline.visited import VisitedSet
from groupy_check.checker.native.tables.transitions import TransitionTables
from groupy_check.groupy_model.actions import Action
from groupy_check.groupy_model.protocol import Protocol
from groupy_check.groupy_model.scenario import Scenario
from groupy_check.groupy_model.show import counted
from groupy_check.specs.property import Property


@dataclass(frozen=True, slots=True)
class Question:
    """What a search is asked. Only a search that is asked the same can go on from its checkpoint."""

    protocol: Protocol
    scenario: Scenario
    properties: Sequence[Property]
    exact: bool
    bits: int
    depth: int | None
    start: Sequence[Action]


@dataclass(frozen=True, slots=True)
class Parts:
    """What a search has found, in memory that grows: a checkpoint reads it, and fills that of a search that goes on."""

    rules: TransitionTables
    store: VisitedSet
    frontier: Frontier


@dataclass(frozen=True, slots=True)
class Counters:
    """The counts of a search that go on from where they were."""

    generated: int
    depth: int
    at_rest: int
    suspended: int
    expanded: int
    cut_off: int
    kinds_seen: int


@dataclass(frozen=True, slots=True)
class SearchState:
    """How far a search is. `violated`: of each violated property the number of the state where it was seen.

    `undecided`: the processes of which it could not find out whether they are stuck.
    """

    counters: Counters
    levels: Sequence[tuple[int, int]]
    seconds: float
    violated: dict[str, int]
    exercised: Sequence[str]
    undecided: Sequence[int]

    def json(self) -> dict[str, Any]:
        """The same as plain JSON."""
        return asdict(self)

    def told(self, distinct: int) -> str:
        """What is known of a search with so many `distinct` states, in words."""
        found = f"violated: {', '.join(sorted(self.violated))}" if self.violated else "no violation so far"
        return f"{counted(distinct, 'distinct state')}, depth {self.counters.depth}, {found}, after {self.seconds:.0f} s"

    @classmethod
    def of(cls, content: dict[str, Any]) -> SearchState:
        """The state that `json` has given. Raises one of the errors that damage raises for anything else."""
        return cls(
            Counters(**{field.name: natural(content["counters"][field.name]) for field in fields(Counters)}),
            [(natural(states), natural(at_rest)) for states, at_rest in content["levels"]],
            float(content["seconds"]),
            {name: natural(number) for name, number in content["violated"].items()},
            list(content["exercised"]),
            [natural(node) for node in content["undecided"]],
        )


def natural(number: Any) -> int:
    """`number`, if it is a natural one. Raises ValueError for anything else."""
    if type(number) is not int or number < 0:
        raise ValueError("it holds something other than a natural number where one belongs")
    return number
