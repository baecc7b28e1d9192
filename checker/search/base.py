"""What every search has in common, whichever engine explores the states: its question, its limits, and its Result."""

from __future__ import annotations

import gc
import resource
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import reduce

from groupy_check.checker.judging.findings import finding_on
from groupy_check.checker.judging.monitor import Judge
from groupy_check.checker.judging.observer import Observer
from groupy_check.checker.judging.selection import with_workers
from groupy_check.checker.runs.linear_extension import gathered
from groupy_check.checker.runs.recorder import Recorder
from groupy_check.checker.semantics.enabled import Semantics
from groupy_check.groupy_model.actions import Action, Handle, Suspect
from groupy_check.groupy_model.observations import OBSERVATION_TYPES
from groupy_check.groupy_model.protocol import Protocol
from groupy_check.groupy_model.scenario import Scenario
from groupy_check.groupy_model.show import counted, words
from groupy_check.groupy_model.system import System
from groupy_check.groupy_model.trace import Trace
from groupy_check.groupy_model.verdict import INTERRUPTED, Coverage, Extent, Finding, Kind, Result, Verdict
from groupy_check.specs.property import Property

IN_A_BROADCAST = "crash in a broadcast"
COLLECTING = 200_000  # objects made between two garbage collections


@dataclass(frozen=True, slots=True)
class Limits:
    """Where to stop: `depth` in steps, distinct `states`, `seconds` of wall time, `megabytes` of memory; None is no limit.

    `all_verdicts`: go on when every property asked for is violated, to explore the remaining states too.
    `first`: stop as soon as one is violated.
    """

    depth: int | None = None
    states: int | None = None
    seconds: float | None = None
    megabytes: int | None = None
    all_verdicts: bool = True
    first: bool = False


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a search has come: counts as in Coverage, `megabytes` resident; `note`: what else goes on, "" for nothing."""

    generated: int
    distinct: int
    left: int
    depth: int
    seconds: float
    megabytes: int
    note: str = ""


@contextmanager
def _collecting_rarely() -> Iterator[None]:
    """Collect garbage rarely: a search keeps nearly everything that it makes."""
    before = gc.get_threshold()
    gc.set_threshold(COLLECTING, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


class Search(ABC):
    """One search of `protocol` under `scenario` for violations of `properties`.

    It begins in the state to which the actions of `start` lead, and the traces that it finds begin with these. `report` is
    called now and then with a Progress. Ctrl-C ends the search with what is known so far.
    An engine is a subclass: its `explore` keeps the counters.
    """

    def __init__(
        self,
        protocol: Protocol,
        scenario: Scenario,
        properties: Sequence[Property],
        limits: Limits = Limits(),
        report: Callable[[Progress], None] | None = None,
        start: Sequence[Action] = (),
    ) -> None:
        self.protocol, self.properties, self.limits, self.report = protocol, properties, limits, report
        self.scenario, self.start = with_workers(scenario, properties), list(start)
        keep = frozenset[type]().union(*(wanted.needs for wanted in properties))
        self.semantics = Semantics(protocol, self.scenario, keep)
        self.recorder = Recorder(protocol, self.scenario, frozenset(OBSERVATION_TYPES))
        self.observer = Observer(self.semantics, probe=any(wanted.name == "progress" for wanted in properties))
        self.judge = Judge(properties)
        self.tours: dict[str, list[Handle]] = {}
        self.kinds: set[str] = set()
        self.generated, self.distinct, self.left, self.depth, self.at_rest, self.suspended = 1, 0, 0, 0, 0, 0
        self.began = time.monotonic()

    def run(self) -> Result:
        """The result of searching until everything is explored or a limit is hit.

        Raises ProtocolError when a handler breaks the rules, UsageError when the actions of `start` are not possible.
        """
        try:
            with _collecting_rarely():
                bound = self.explore()
        except KeyboardInterrupt:
            bound = INTERRUPTED
        except MemoryError:
            bound = "out of memory"
        self.judge_endless_runs()
        return self._result(bound)

    def progress(self) -> Progress:
        """How far the search has come."""
        megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        seconds = time.monotonic() - self.began
        return Progress(self.generated, self.distinct, self.left, self.depth, seconds, megabytes)

    # --- what an engine defines --------------------------------------------------------------------------------------

    @abstractmethod
    def explore(self) -> str:
        """Explore the states breadth first. Returns the bound that ended it, "" when all were explored."""

    @abstractmethod
    def path(self, number: int) -> list[Action]:
        """The actions that lead to the state numbered `number`: `start`, then a shortest way."""

    @abstractmethod
    def judge_endless_runs(self) -> None:
        """Judge the eventual properties on the fair cycles of the states that were explored."""

    # --- what engines use --------------------------------------------------------------------------------------------

    def _beginning(self) -> System:
        self.recorder.record(self.start)  # refuses impossible actions
        return reduce(self.semantics.apply, self.start, self.semantics.initial())

    @property
    def _eventual(self) -> bool:
        """Whether a property is asked for that can only be judged where runs end."""
        return any(wanted.kind is Kind.LIVENESS for wanted in self.properties)

    def _decided(self) -> str:
        """The bound set by the verdicts, when the properties asked for are decided; else ""."""
        if self.limits.first and self.judge.witnesses:
            return "a property is violated"
        if not self.limits.all_verdicts and not self.judge.undecided:
            return "every property asked for is violated"
        return ""

    def _looked_at_the_clock(self) -> str:
        """Report how far the search has come. Returns the bound in time or memory that is reached; "" when none is."""
        progress, limits = self.progress(), self.limits
        if self.report is not None:
            self.report(progress)
        if limits.seconds is not None and progress.seconds >= limits.seconds:
            return f"{limits.seconds:g} seconds"
        if limits.megabytes is not None and progress.megabytes >= limits.megabytes:
            return f"{limits.megabytes} MB of memory"
        return ""

    # --- the result --------------------------------------------------------------------------------------------------

    def coverage(self, bound: str) -> Coverage:
        """What was explored up to the `bound` that ended the search."""
        extent = Extent.BOUNDED if bound else Extent.EXHAUSTED
        seconds = time.monotonic() - self.began
        return Coverage(extent, self.generated, self.distinct, self.left, self.depth, self.at_rest, seconds, bound)

    def _result(self, bound: str) -> Result:
        coverage = self.coverage(bound)
        findings = tuple(self._finding(wanted, coverage.extent) for wanted in self.properties)
        return Result(self.protocol.name, self.scenario, coverage, findings, self._warnings(findings))

    def _finding(self, wanted: Property, extent: Extent) -> Finding:
        claimed = wanted.name in self.protocol.claims
        exercised = wanted.name in self.judge.exercised
        witness = self.judge.witnesses.get(wanted.name)
        if witness is None:
            verdict = Verdict.HOLDS if extent is Extent.EXHAUSTED else Verdict.NOT_FOUND
            if wanted.kind is Kind.LIVENESS and self.suspended:
                verdict = Verdict.NOT_FOUND
            return finding_on(wanted, claimed, verdict, exercised)
        return finding_on(wanted, claimed, Verdict.VIOLATED, True, witness, self._trace(wanted.name))

    def _trace(self, name: str) -> Trace:
        actions = self.path(self.judge.states[name])
        if name in self.tours:
            trace = self.recorder.record([*actions, *self.tours[name]])
            return replace(trace, loop=len(actions))
        trace = self.recorder.record(actions)
        # A run that somebody has begun must go on as they know it.
        return trace if self.start else gathered(self.recorder, trace)

    def _warnings(self, findings: Sequence[Finding]) -> tuple[str, ...]:
        goals = {wanted.name: wanted.goal_text for wanted in self.properties}
        vacuous = [
            f"{finding.name} was not put to the test: in no state that was seen, {goals[finding.name]}"
            for finding in findings
            if not finding.exercised and finding.claimed
        ]
        unused = [f"the scenario allows {text}, but it never happened" for text in self._unused()]
        if self.suspended:
            waiting = counted(self.suspended, "state")
            unused.append(f"not judged as at rest: {waiting} in which the bound on timeouts keeps an armed timer from firing")
        return (*vacuous, *unused)

    def _unused(self) -> list[str]:
        allowed = {
            IN_A_BROADCAST: (self.scenario.crashes, "a crash in the middle of a broadcast"),
            "lose": (self.scenario.drops, "the loss of a message"),
            "duplicate": (self.scenario.duplicates, "the duplication of a message"),
            "suspect": (self.scenario.suspicions, "a false suspicion"),
            "partition": (self.scenario.partitions, "a partition"),
            "multicast": (self.scenario.messages, "a multicast"),
            "join": (self.scenario.joins, "a join"),
            "leave": (self.scenario.leaves, "a leave"),
        }
        return [text for kind, (budget, text) in allowed.items() if budget and kind not in self.kinds]


def kind_of(action: Action) -> str:
    """The kind of choice that a free `action` is: what a scenario may allow without its ever happening."""
    if isinstance(action, Handle | Suspect) and action.cut is not None:
        return IN_A_BROADCAST
    return words(type(action.event if isinstance(action, Handle) else action).__name__)
