"""The result of a check: plain data for the command line, the reports and the tests."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from enum import Enum

from groupy_check.groupy_model.effects import View
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.scenario import Scenario
from groupy_check.groupy_model.trace import Trace


@dataclass(frozen=True, slots=True)
class Witness:
    """Why a property is violated: one sentence, and the processes, payloads and views that it is about."""

    text: str
    processes: tuple[Node, ...] = ()
    payloads: tuple[Hashable, ...] = ()
    views: tuple[View, ...] = ()


class Kind(Enum):
    """SAFETY is judged in every state, LIVENESS ("eventually") in states where nothing more happens by itself."""

    SAFETY = "safety"
    LIVENESS = "liveness"


class Verdict(Enum):
    """HOLDS: no reachable state violates the property. NOT_FOUND: no explored state does, but a bound ended the search."""

    HOLDS = "holds"
    VIOLATED = "violated"
    NOT_FOUND = "no violation found"


class Extent(Enum):
    """How much of the reachable state space the verdicts cover."""

    EXHAUSTED = "all reachable states were seen"
    BOUNDED = "a bound was hit"
    SAMPLED = "runs were drawn at random"


INTERRUPTED = "interrupted"  # the bound of a search that Ctrl-C has ended


@dataclass(frozen=True, slots=True)
class Coverage:
    """Counts in TLC's terms: states `generated` (one per transition, plus the initial one), `distinct` states, states `left` on
    the queue, `depth` of the search in steps, states `at_rest`. `bound` says what stopped the search.

    For random runs: steps `generated`, `distinct` abstract states, `depth` of the longest run, runs that came to rest; `bound`
    says how the runs were drawn.
    """

    extent: Extent
    generated: int
    distinct: int
    left: int
    depth: int
    at_rest: int
    seconds: float
    bound: str = ""
    engine: str = "reference"
    missed: float = 0.0
    bytes_per_state: float = 0.0

    @property
    def interrupted(self) -> bool:
        """Ctrl-C ended the search."""
        return self.bound == INTERRUPTED


@dataclass(frozen=True, slots=True)
class Finding:
    """The verdict on one property. If it is violated, `witness` says why and `trace` is a shortest run that shows it.

    `exercised` is False when the situation that the property is about never arose, so that a pass is vacuous.
    `sentence` says what the property requires.
    """

    name: str
    kind: Kind
    claimed: bool
    verdict: Verdict
    exercised: bool
    witness: Witness | None = None
    trace: Trace | None = None
    sentence: str = ""

    @property
    def length(self) -> int | None:
        """The number of steps in the counterexample; None without one."""
        return len(self.trace.steps) if self.trace else None


@dataclass(frozen=True, slots=True)
class Result:
    """The result of one check. `warnings` are whole sentences, for example about a vacuous pass."""

    protocol: str
    scenario: Scenario
    coverage: Coverage
    findings: tuple[Finding, ...]
    warnings: tuple[str, ...] = ()

    def finding(self, name: str) -> Finding:
        """The finding on the property `name`; KeyError when it was not judged."""
        try:
            return next(finding for finding in self.findings if finding.name == name)
        except StopIteration:
            raise KeyError(name) from None
