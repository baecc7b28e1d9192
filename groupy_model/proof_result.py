"""What a proof comes to, as plain data: how many obligations hold, and the two states that refute one."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Possibility(Enum):
    """Whether some state satisfies what a group of obligations assumes; LARGER: only where there are more processes."""

    YES = "yes"
    LARGER = "only in larger groups"
    NEVER = "never"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class ObligationGroup:
    """The obligations of one transition, of the initial states, or of the safety properties.

    `slowest` names the clause that took longest. `possible`: whether they are about any state at all. `vacuous` names the
    properties among them whose condition can never arise.
    """

    name: str
    obligations: int
    proved: int
    seconds: float
    slowest: str
    slowest_seconds: float
    failed: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    possible: Possibility = Possibility.YES
    vacuous: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RelationChange:
    """The rows of the relation `name` before a transition and after it, one line of text each."""

    name: str
    before: tuple[str, ...]
    after: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Counterexample:
    """A state in which all clauses hold, and its successor by `transition`, in which `clause` fails for `values`.

    `given` are the transition's parameters. `processes` names the processes that exist; a line of a relation that is about one
    of them begins with its name.
    """

    transition: str
    given: tuple[tuple[str, str], ...]
    clause: str
    text: str
    values: tuple[tuple[str, str], ...]
    relations: tuple[RelationChange, ...]
    processes: tuple[str, ...]
