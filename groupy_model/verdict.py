"""The result of a check: plain data for the command line, the reports and the tests."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType

from groupy_check.groupy_model.effects import EFFECT_TYPES, Store, View
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


class Conclusion(Enum):
    """What the verdicts that count come to: all hold, some are violated, or a bound (or a probe) left some of them open.

    NOTHING_CLAIMED: none counts.
    """

    OK = "OK"
    VIOLATED = "VIOLATED"
    NOT_DECIDED = "NOT DECIDED"
    NOTHING_CLAIMED = "NOTHING TO DECIDE"


class Extent(Enum):
    """How much of the reachable state space the verdicts cover."""

    EXHAUSTED = "all reachable states were seen"
    BOUNDED = "a bound was hit"
    SAMPLED = "runs were drawn at random"
    REPLAYED = "one run was executed again"


NOTHING_EXPECTED: Mapping[str, Verdict] = MappingProxyType({})
LONGEST_TOLD = 400  # steps
INTERRUPTED = "interrupted"  # the bound of a search that Ctrl-C has ended


@dataclass(frozen=True, slots=True)
class Coverage:
    """Counts in TLC's terms: states `generated` (one per transition, plus the initial one), `distinct` states, states `left` on
    the queue, `depth` of the search in steps, states `at_rest`. `bound` says what stopped the search.

    For random runs: steps `generated`, `distinct` abstract states, `depth` of the longest run, runs that came to rest; `bound`
    says how the runs were drawn. For a replayed run: what it came through; `bound` says whether it was minimised.

    `missed` is the probability that a state was missed, at most, where states are told apart by fingerprints of so many
    `fingerprint_bits` (0: by all that they are); `bytes_per_state` is the memory of the native engine for each.
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
    fingerprint_bits: int = 0
    bytes_per_state: float = 0.0

    @property
    def interrupted(self) -> bool:
        """Ctrl-C ended the search."""
        return self.bound == INTERRUPTED


@dataclass(frozen=True, slots=True)
class Finding:
    """The verdict on one property. If it is violated, `witness` says why and `trace` is a run that shows it: of a search a
    shortest one, unless it goes round forever (then a shortest way into some cycle is followed by one tour of that).

    `exercised` is False when the situation that the property is about never arose, so that a pass is vacuous.
    `sentence` says what the property requires. `name` is what a user types for it, `called` what it is called.
    """

    name: str
    kind: Kind
    claimed: bool
    verdict: Verdict
    exercised: bool
    witness: Witness | None = None
    trace: Trace | None = None
    sentence: str = ""
    label: str = ""

    @property
    def called(self) -> str:
        """What the property is called: a user's own is named by a file, and has a name of its own."""
        return self.label or self.name

    @property
    def length(self) -> int | None:
        """The number of steps in the counterexample; None without one."""
        return len(self.trace.steps) if self.trace else None

    @property
    def has_run(self) -> bool:
        """Whether a run shows it that can be drawn and told: what is wrong before the first step needs none."""
        return bool(self.length) and not self.too_long

    @property
    def too_long(self) -> bool:
        """Whether nobody could follow its run: that of a real system which could not be minimised in time."""
        return (self.length or 0) > LONGEST_TOLD

    @property
    def vacuous(self) -> bool:
        """Whether the property holds only because the situation that it is about never arose."""
        return self.verdict is Verdict.HOLDS and not self.exercised

    def meets(self, expected: Verdict) -> bool:
        """Whether this is the `expected` verdict. A vacuous pass is not what anybody expects."""
        return self.verdict is expected and not self.vacuous


def simplest_violation(findings: Iterable[Finding], expected: Mapping[str, Verdict] = NOTHING_EXPECTED) -> Finding | None:
    """The violated one of `findings` with the shortest run, the easiest to follow; of several, the first. None without one.

    Those that are `expected` to hold come before all others.
    """
    violated = [finding for finding in findings if finding.verdict is Verdict.VIOLATED]
    surprising = [finding for finding in violated if expected.get(finding.name) is Verdict.HOLDS]
    return min(surprising or violated, key=lambda finding: finding.length or 0, default=None)


@dataclass(frozen=True, slots=True)
class Result:
    """The result of one check. `warnings` are whole sentences, for example about a vacuous pass.

    `effects`: the types of effects that handlers were seen to have, by default all but Store; they decide which faults concern
    it. `recovered`: some process came back after a crash.
    """

    protocol: str
    scenario: Scenario
    coverage: Coverage
    findings: tuple[Finding, ...]
    warnings: tuple[str, ...] = ()
    effects: frozenset[type] = frozenset(EFFECT_TYPES) - {Store}
    recovered: bool = False

    def finding(self, name: str) -> Finding:
        """The finding on the property `name`, or the only one that is called so; KeyError when there is none."""
        named = [finding for finding in self.findings if finding.name == name]
        called = named or [finding for finding in self.findings if finding.called == name]
        if len(called) != 1:
            raise KeyError(name)
        return called[0]

    def deciding(self, names: Collection[str]) -> list[Finding]:
        """The findings that count: those asked for by `names`, else those that the protocol claims."""
        return [finding for finding in self.findings if finding.name in names or (not names and finding.claimed)]

    def conclusion(self, names: Collection[str]) -> Conclusion:
        """What the `deciding` findings come to."""
        verdicts = {finding.verdict for finding in self.deciding(names)}
        if Verdict.VIOLATED in verdicts:
            return Conclusion.VIOLATED
        if Verdict.NOT_FOUND in verdicts or self.coverage.extent is not Extent.EXHAUSTED:
            return Conclusion.NOT_DECIDED
        return Conclusion.OK if verdicts else Conclusion.NOTHING_CLAIMED
