"""What every search has in common, whichever engine explores the states: its question, its limits, and its Result."""

from __future__ import annotations

import gc
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any, TypeVar

from groupy_check.checker.errors import OutOfRoomError, UnrepeatableError, UsageError
from groupy_check.checker.judging.cycle_verdicts import PROGRESS, CycleJudge, EndlessRuns
from groupy_check.checker.judging.findings import finding_on
from groupy_check.checker.judging.monitor import Judge
from groupy_check.checker.judging.observer import PROBE_LIMIT, Observer
from groupy_check.checker.judging.selection import with_workers
from groupy_check.checker.limits import board
from groupy_check.checker.limits.deadline import (
    TimeIsUp,
    bound_of_time,
    extra_time,
    seconds_left,
    time_in_calls,
    time_is_up,
    time_limit,
)
from groupy_check.checker.limits.memory import megabytes_in_use, shortage
from groupy_check.checker.runs.linear_extension import gathered
from groupy_check.checker.runs.recorder import Recorder
from groupy_check.checker.search.endless import Endless
from groupy_check.checker.semantics.enabled import Semantics
from groupy_check.checker.semantics.step_cache import Handlers
from groupy_check.checker.semantics.traffic import may_go_round
from groupy_check.groupy_model.actions import Action, Handle, Suspect
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.observations import OBSERVATION_TYPES
from groupy_check.groupy_model.protocol import Explaining, Protocol
from groupy_check.groupy_model.scenario import Scenario
from groupy_check.groupy_model.show import counted, words
from groupy_check.groupy_model.system import System
from groupy_check.groupy_model.trace import Trace
from groupy_check.groupy_model.verdict import INTERRUPTED, Coverage, Extent, Finding, Kind, Result, Verdict, Witness
from groupy_check.specs.property import Property

IN_A_BROADCAST = "crash in a broadcast"
AnySearch = TypeVar("AnySearch", bound="Search")
PAUSE = 0.05  # seconds between two looks at the memory; the clock is looked at more often
FOR_THE_SEARCH = 0.9  # of the memory; the rest is for judging endless runs, and for telling
COLLECTING = 200_000  # objects made between two garbage collections
HANDED_OVER = "another engine goes on"  # a bound


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

    @property
    def none(self) -> bool:
        """Whether a search may go on for ever."""
        return (self.depth, self.states, self.seconds, self.megabytes) == (None,) * 4 and seconds_left() is None


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
        self.recorder.semantics.handle = self.semantics.handle  # a run is written down also when there is no time for calls
        self.searching = False
        probe = any(wanted.name == "progress" for wanted in properties)
        self.observer = Observer(self.semantics, probe, self._pause)
        self.began = time.monotonic()
        self._begin_anew()

    def _begin_anew(self) -> None:
        """Nothing was found yet."""
        self.judge = Judge(self.properties)
        self.tours: dict[str, list[Handle]] = {}
        self.kinds: set[str] = set()
        self.generated, self.distinct, self.left, self.depth, self.at_rest, self.suspended = 1, 0, 0, 0, 0, 0
        self.levels: list[tuple[int, int]] = []  # when each begins: the states found so far, and those of them seen at rest
        self.looked, self.noted = 0.0, 0
        self.endless = Endless(self)
        self.calls = time_in_calls()
        self.late: list[str] = []  # what had not returned when the time was up

    def share(self, handle: Handlers) -> None:
        """Use what another search has found out about the protocol's handlers."""
        for semantics in (self.semantics, self.recorder.semantics, self.observer.prober):
            semantics.handle = handle

    def another(self, kind: Callable[..., AnySearch], **means: Any) -> AnySearch:
        """Another search for the same, which knows what this one has found out about the handlers, and when it began."""
        search = kind(self.protocol, self.scenario, self.properties, self.limits, self.report, self.start, **means)
        search.share(self.semantics.handle)
        search.began = self.began
        return search

    def run(self) -> Result:
        """The result of searching until everything is explored or a limit is hit.

        Raises ProtocolError when a handler breaks the rules, UsageError when the actions of `start` are not possible.
        """
        with time_limit(self.limits.seconds):
            try:
                with _collecting_rarely(), self._exploring():
                    bound = self.explore()
            except KeyboardInterrupt:
                bound = INTERRUPTED
            except MemoryError:
                bound = "out of memory"
            except OutOfRoomError as error:
                bound = str(error)
            except TimeIsUp as late:
                bound = self._late(late)
            with extra_time():
                try:
                    if self._eventual:
                        cycles = CycleJudge(self.judge, self.observer, self.tours)
                        cycles.look(self.endless_runs())
                        self.suspended += cycles.suspended
                except TimeIsUp as late:
                    bound = bound or self._late(late)
            with extra_time():
                return self._result(bound)

    def _late(self, error: TimeIsUp) -> str:
        """Note what had not returned. Returns the bound."""
        self.late += filter(None, map(str, error.args))
        return bound_of_time()

    def may_leave_out_timers(self, result: Result) -> bool:
        """Whether timers may have waited for traffic that goes round for ever, in the search that ended in `result`."""
        if result.coverage.interrupted:
            return False
        return may_go_round(self.semantics.handle.memo, self.local_states(), self.scenario.worker)

    def progress(self) -> Progress:
        """How far the search has come."""
        seconds = time.monotonic() - self.began
        return Progress(self.generated, self.distinct, self.left, self.depth, seconds, megabytes_in_use())

    # --- what an engine defines --------------------------------------------------------------------------------------

    @abstractmethod
    def explore(self) -> str:
        """Explore the states breadth first. Returns the bound that ended it, "" when all were explored."""

    @abstractmethod
    def path(self, number: int) -> list[Action]:
        """The actions that lead to the state numbered `number`: `start`, then a shortest way."""

    @abstractmethod
    def walk(self, number: int) -> tuple[Sequence[System], Sequence[Action]]:
        """The states on that way from the beginning of the search, and the actions between them."""

    @abstractmethod
    def endless_runs(self) -> EndlessRuns:
        """The owed steps among the states that were explored, as far as they may lie on cycles."""

    @abstractmethod
    def local_states(self) -> Iterator[tuple[Node, Hashable]]:
        """Every process with each of the local states in which it was seen."""

    # --- what engines use --------------------------------------------------------------------------------------------

    def _beginning(self) -> System:
        if self.start:
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
        """Report now and then how far the search has come. Returns the bound in time or memory that is reached, "" for none."""
        if time_is_up():
            return bound_of_time()
        now = time.monotonic()
        if len(self.judge.witnesses) != self.noted:
            self.noted = len(self.judge.witnesses)
            board.note_found(self._so_far)
        if now - self.looked < PAUSE:
            return ""
        self.looked = now
        board.note_found(self._so_far)
        progress, limits = self.progress(), self.limits
        if self.report is not None:
            self.report(progress)
        if limits.seconds is not None and progress.seconds >= limits.seconds:
            return f"{limits.seconds:g} seconds"
        short = self.short_of(progress.megabytes)
        return "" if short and self.relieved() else short

    def short_of(self, megabytes: int, more: int = 0) -> str:
        """The bound in memory that is reached if `megabytes` and so many bytes `more`, at most, are in use, "" for none."""
        limit = self.limits.megabytes
        if limit is not None and (megabytes >= FOR_THE_SEARCH * limit or megabytes + (more >> 20) >= limit):
            return f"{limit} MB of memory"
        return shortage(more)

    @contextmanager
    def _exploring(self) -> Iterator[None]:
        self.searching = True
        try:
            yield
        finally:
            self.searching = False

    def _pause(self) -> None:
        """Look at the limits in the midst of judging a state. Raises TimeIsUp or OutOfRoomError."""
        now = time.monotonic()
        if not self.searching or now - self.looked < PAUSE:
            return
        self.looked = now
        if self.report is not None:
            self.report(replace(self.progress(), note="what comes of one more multicast?"))
        short = self.short_of(megabytes_in_use())
        if short:
            raise OutOfRoomError(short)

    def relieved(self) -> bool:
        """Whether an engine that has got short of memory has found some: it moves to files what can wait."""
        return False

    # --- the result --------------------------------------------------------------------------------------------------

    def coverage(self, bound: str) -> Coverage:
        """What was explored up to the `bound` that ended the search."""
        extent = Extent.BOUNDED if bound else Extent.EXHAUSTED
        seconds = time.monotonic() - self.began
        return Coverage(extent, self.generated, self.distinct, self.left, self.depth, self.at_rest, seconds, bound)

    def _result(self, bound: str) -> Result:
        coverage = self.coverage(bound)
        if bound and bound == bound_of_time():
            self.late += self._slow()
        findings = tuple(self._finding(wanted, coverage.extent) for wanted in self.properties)
        effects = frozenset(self.semantics.handle.effects | self.recorder.semantics.handle.effects)
        endless = () if bound in {"", HANDED_OVER, self._decided()} else self.endless.warnings()
        warnings, recovered = (*endless, *self._warnings(findings)), "recover" in self.kinds
        return Result(self.protocol.name, self.scenario, coverage, findings, warnings, effects, recovered)

    def _so_far(self) -> Result:
        """What is known now, of what needs no class of the user's to be read."""
        found = self.judge.witnesses
        findings = (
            finding_on(
                wanted,
                wanted.name in self.protocol.claims,
                Verdict.VIOLATED if wanted.name in found else Verdict.NOT_FOUND,
                wanted.name in self.judge.exercised,
                Witness(found[wanted.name].text) if wanted.name in found else None,
            )
            for wanted in self.properties
        )
        return Result(self.protocol.name, self.scenario, self.coverage("not ended"), tuple(findings))

    def _finding(self, wanted: Property, extent: Extent) -> Finding:
        claimed = wanted.name in self.protocol.claims
        exercised = wanted.name in self.judge.exercised
        witness = self.judge.witnesses.get(wanted.name)
        if witness is None:
            verdict = Verdict.HOLDS if extent is Extent.EXHAUSTED else Verdict.NOT_FOUND
            if wanted.kind is Kind.LIVENESS and (self.suspended or (wanted.name == PROGRESS and self.observer.undecided)):
                verdict = Verdict.NOT_FOUND
            return finding_on(wanted, claimed, verdict, exercised)
        return finding_on(wanted, claimed, Verdict.VIOLATED, True, witness, self._trace(wanted.name))

    def _trace(self, name: str) -> Trace:
        try:
            return self._recorded(name)
        except UsageError as error:
            found = f"{self.protocol.name}: a run that violates {name} was found, but when it is executed again, {error}"
            raise UnrepeatableError(f"{found}; a handler must depend on its state and event alone") from error

    def _recorded(self, name: str) -> Trace:
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
            f"{finding.called} was not put to the test: in no state that was seen, {goals[finding.name]}"
            for finding in findings
            if not finding.exercised and finding.claimed
        ]
        unused = [f"the scenario allows {text}, but it never happened in what was seen" for text in self._unused()]
        if self.suspended:
            waiting = counted(self.suspended, "state")
            unused.append(f"not judged as at rest: {waiting} in which the bound on timeouts keeps an armed timer from firing")
        if self.observer.undecided and PROGRESS not in self.judge.witnesses:
            asked = ", ".join(map(str, sorted(self.observer.undecided)))
            unused.append(f"progress is not decided: more than {PROBE_LIMIT:,} states follow a multicast of {asked}")
        remarks = self.protocol.remarks() if isinstance(self.protocol, Explaining) else ()
        return (*self.late, *remarks, *vacuous, *unused)

    def _slow(self) -> list[str]:
        """What the time went into, where that is the user's own code."""
        seconds = time.monotonic() - self.began
        made, spent = (now - before for now, before in zip(time_in_calls(), self.calls, strict=True))
        forming = [] if self.distinct else ["the time was up before the group had formed"]
        if self.late or spent < seconds / 2:
            return forming
        return [*forming, f"{spent:.1f} of {seconds:.1f} s went into {made} calls of handlers, {spent / made:.2g} s each"]

    def _unused(self) -> list[str]:
        allowed = {
            IN_A_BROADCAST: (self.scenario.crashes, "a crash in the middle of a broadcast"),
            "lose": (self.scenario.drops, "the loss of a message"),
            "duplicate": (self.scenario.duplicates, "the duplication of a message"),
            "suspect": (self.scenario.suspicions, "a false suspicion"),
            "spurious_notice": (self.scenario.spurious, "a spurious notice"),
            "partition": (self.scenario.partitions, "a partition"),
            "multicast": (self.scenario.messages, "a multicast"),
            "join": (self.scenario.joins, "a join"),
            "leave": (self.scenario.leaves, "a leave"),
            "recover": (self.scenario.recoveries, "a recovery (without a rule for Recover a process stays down)"),
        }
        return [text for kind, (budget, text) in allowed.items() if budget and kind not in self.kinds]


def kind_of(action: Action) -> str:
    """The kind of choice that a free `action` is: what a scenario may allow without its ever happening."""
    if isinstance(action, Handle | Suspect) and action.cut is not None:
        return IN_A_BROADCAST
    return words(type(action.event if isinstance(action, Handle) else action).__name__)
