"""`groupy simulate`: random runs of a group too large to explore, and small runs that show what they violate."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from random import SystemRandom

from hypothesis.database import DirectoryBasedExampleDatabase, ExampleDatabase

from groupy_check.checker.checking.search_request import SearchRequest
from groupy_check.checker.counterexamples.minimise import SEARCH, minimised
from groupy_check.checker.errors import ProtocolError
from groupy_check.checker.inputs.other_interpreters.confirmation import UNCONFIRMED, confirm
from groupy_check.checker.inputs.parameters import names_built_in
from groupy_check.checker.judging.findings import finding_on
from groupy_check.checker.judging.monitor import Judge
from groupy_check.checker.judging.selection import select, with_workers
from groupy_check.checker.judging.whole_run import first_violations
from groupy_check.checker.limits.deadline import TimeIsUp, bound_of_time, extra_time, time_is_up, time_limit, unless_time_is_up
from groupy_check.checker.runs.recorder import Recorder
from groupy_check.checker.sampling.sampler import SampleCoverage, SampledRun, Sampler
from groupy_check.checker.sampling.shrinking import Memory
from groupy_check.checker.sampling.strategies import Dice, Pct, RandomDice, Strategy, Swarm, Uniform
from groupy_check.checker.search.bfs import Explorer, Limits
from groupy_check.checker.semantics.enabled import Semantics
from groupy_check.groupy_model.events import Recover
from groupy_check.groupy_model.observations import OBSERVATION_TYPES
from groupy_check.groupy_model.protocol import Explaining, Protocol
from groupy_check.groupy_model.scenario import Scenario
from groupy_check.groupy_model.scenario_text import flags
from groupy_check.groupy_model.show import counted
from groupy_check.groupy_model.trace import Trace
from groupy_check.groupy_model.verdict import INTERRUPTED, Coverage, Extent, Finding, Result, Verdict
from groupy_check.reports.tables.sampling import Sampling
from groupy_check.specs.property import Property

ALL = frozenset(OBSERVATION_TYPES)
AT_ONCE = 0.5  # seconds
PILOTS = 10  # runs that show how long runs usually are
SEEDS = 1 << 32
MEMORY = ".hypothesis"  # the directory, beside the pictures, of the failing runs that are remembered
SMALL, SMALL_STATES = 3, 1_000
NO_RUN = SampledRun((), 0, at_rest=False, violated={})


@dataclass(frozen=True, slots=True)
class Plan:
    """How runs are drawn: by which strategy (a name), how many, with which seed, none longer than `longest` steps.

    `changes`: the change points of PCT. `seconds`: the wall time for all of it (None: no limit).
    """

    strategy: str
    runs: int
    seed: int
    changes: int
    longest: int
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Drawn:
    """The result of a simulation: verdicts and statistics."""

    result: Result
    sampling: Sampling


@dataclass(frozen=True, slots=True)
class _Failure:
    """A run that violates a property, and the dice that made it, None for a run remembered from earlier."""

    run: SampledRun
    thrown: Sequence[int] | None


class Simulation:
    """Random runs of `protocol` under `scenario`, drawn as `plan` says and judged by `properties`.

    `database` remembers failing runs from one simulation to the next, if it is not None. `report` is called after each run
    with the number of runs. Ctrl-C ends the drawing, with what is known so far.
    """

    def __init__(
        self,
        protocol: Protocol,
        scenario: Scenario,
        properties: Sequence[Property],
        plan: Plan,
        database: ExampleDatabase | None = None,
        report: Callable[[int], None] | None = None,
    ) -> None:
        self.protocol, self.scenario, self.properties, self.plan, self.report = protocol, scenario, properties, plan, report
        self.began = time.monotonic()
        self.sampler = Sampler(protocol, scenario, properties, plan.longest)
        self.strategy = self._strategy()
        self.judge, self.seen = Judge(properties), SampleCoverage()
        self.failures: dict[str, _Failure] = {}
        self.runs, self.steps, self.cut_off, self.rests, self.news, self.longest, self.tracks = 0, 0, 0, 0, 0, 0, 0
        key = f"{protocol.name} {' '.join(flags(scenario))} {plan.longest} {self.strategy}"
        self.memory = Memory(database, key, self._judged_alone)

    def run(self) -> Drawn:
        """Draw the runs, and make the failing ones small. Raises ProtocolError when a handler breaks the rules."""
        with time_limit(self.plan.seconds):
            try:
                if self.memory.database is not None:
                    self._remember()
                bound = self._sample()
            except KeyboardInterrupt:
                bound = INTERRUPTED
            except TimeIsUp:
                bound = bound_of_time()
            # Who types Ctrl-C does not wait until the runs are as small as can be.
            with time_limit(AT_ONCE if bound == INTERRUPTED else None), extra_time():
                return self._drawn(bound)

    def _drawn(self, bound: str) -> Drawn:
        changes, steps = (self.strategy.changes, self.strategy.steps) if isinstance(self.strategy, Pct) else (0, 0)
        longest = self.longest + bool(self.cut_off)  # nobody knows how long a run would be that was cut off
        sampling = Sampling(self.runs, self.news, self.seen.pairs, self.tracks, changes, steps, longest)
        return Drawn(self._result(bound), sampling)

    # --- drawing -----------------------------------------------------------------------------------------------------

    def _strategy(self) -> Strategy:
        if self.plan.strategy == "pct":
            return Pct(self.plan.changes, self._usual_length())
        return Swarm() if self.plan.strategy == "swarm" else Uniform()

    def _usual_length(self) -> int:
        """The length of the longest of some pilot runs, which are not judged; it does not depend on the seed."""
        longest = 1
        with suppress(TimeIsUp):  # then no other run is drawn
            for number in range(PILOTS):
                pilot = self.sampler.draw(Uniform(), RandomDice(f"pilot {number}"), Judge([]))
                longest = max(longest, len(pilot.actions))
        return longest

    def _judged_alone(self, name: str, dice: Dice) -> SampledRun:
        judge = Judge([wanted for wanted in self.properties if wanted.name == name])
        try:
            return self.sampler.draw(self.strategy, dice, judge)
        except ProtocolError:
            return NO_RUN  # the failing run itself does not get to where the protocol breaks a rule

    def _remember(self) -> None:
        for wanted in self.properties:
            run = self.memory.remembered(wanted.name)
            if run is not None:
                self.failures[wanted.name] = _Failure(run, None)

    def _sample(self) -> str:
        """Draw run after run. Returns what ended it, "" when all were drawn."""
        for number in range(self.plan.runs):
            if self.failures and len(self.failures) == len(self.properties):
                return "every property is violated"
            if time_is_up():
                return bound_of_time()
            dice = RandomDice(f"{self.plan.seed} {number}")
            known = len(self.seen.pairs) + len(self.seen.shapes)
            self._count(self.sampler.draw(self.strategy, dice, self.judge, self.seen), dice.thrown, known)
            if self.report is not None:
                self.report(self.runs)
        return ""

    def _count(self, run: SampledRun, thrown: Sequence[int], known: int) -> None:
        self.runs += 1
        self.steps += len(run.actions)
        self.longest, self.tracks = max(self.longest, len(run.actions)), max(self.tracks, run.tracks)
        self.rests += run.at_rest
        self.cut_off += len(run.actions) == self.plan.longest
        if len(self.seen.pairs) + len(self.seen.shapes) > known:
            self.news = self.runs
        for name in run.violated:
            self.failures.setdefault(name, _Failure(run, thrown))

    # --- making small ------------------------------------------------------------------------------------------------

    def _traces(self) -> dict[str, Trace]:
        """A small run for each violated property."""
        found: dict[str, Trace] = {}
        for wanted in self.properties:
            if wanted.name in self.failures and wanted.name not in found:
                found[wanted.name] = trace = self._small(wanted, self.failures[wanted.name])
                others = [other for other in self.properties if other.name in self.failures.keys() - found.keys()]
                found.update(self._searched(trace.scenario, others))
        return found

    def _small(self, wanted: Property, failure: _Failure) -> Trace:
        """The run of `failure`, made small; it still violates `wanted`."""
        least = deque([self._recorded(failure.run, wanted)], maxlen=1)
        with suppress(KeyboardInterrupt, TimeIsUp):
            if failure.thrown is not None and not time_is_up():
                shrunk = self.memory.shrunk(wanted.name, failure.thrown)
                least.extend([] if shrunk is None else [self._recorded(shrunk, wanted)])
            least.append(minimised(least[0], self.protocol, wanted, least.append))
            # A shorter run may need other faults.
            allowed = replace(self.scenario, nodes=least[0].scenario.nodes, joins=least[0].scenario.joins)
            least.extend(self._searched(allowed, [wanted], len(least[0].steps) - 1).values())
        return least[0]

    def _recorded(self, run: SampledRun, wanted: Property) -> Trace:
        recorder = Recorder(self.protocol, with_workers(self.scenario, [wanted]), ALL)
        recorder.semantics.handle = self.sampler.semantics.handle
        return recorder.record(run.actions[: run.violated[wanted.name]])

    def _searched(self, scenario: Scenario, others: Sequence[Property], depth: int | None = None) -> dict[str, Trace]:
        """Those of `others` that a short search finds violated in the small `scenario`, within `depth` steps; a run of each."""
        if not others or depth == 0:
            return {}
        limits = Limits(depth=depth, states=SEARCH, all_verdicts=False)
        try:
            findings = Explorer(self.protocol, scenario, others, limits).run().findings
        except ProtocolError:
            return {}
        return {finding.name: finding.trace for finding in findings if finding.trace and finding.trace.loop is None}

    # --- what comes of it --------------------------------------------------------------------------------------------

    def _result(self, bound: str) -> Result:
        traces = self._traces()
        seconds = time.monotonic() - self.began
        how = f"{counted(self.runs, 'run')}, {self.plan.strategy}, seed {self.plan.seed}"
        coverage = Coverage(
            Extent.SAMPLED, self.steps, len(self.seen.shapes), 0, self.longest, self.rests, seconds,
            f"{how}; {bound}" if bound else how,
        )  # fmt: skip
        with extra_time():  # making small may have taken all that there was
            findings = tuple(self._finding(wanted, traces.get(wanted.name)) for wanted in self.properties)
        effects = frozenset(self.sampler.semantics.handle.effects)
        warnings, recovered = tuple(self._warnings(findings)), any(event == Recover.__name__ for _, event in self.seen.pairs)
        return Result(self.protocol.name, self.scenario, coverage, findings, warnings, effects, recovered)

    def _finding(self, wanted: Property, trace: Trace | None) -> Finding:
        claimed, exercised = wanted.name in self.protocol.claims, wanted.name in self.judge.exercised
        if trace is None:
            return finding_on(wanted, claimed, Verdict.NOT_FOUND, exercised)
        witness = first_violations(Semantics(self.protocol, trace.scenario, ALL), trace, [wanted]).witnesses[wanted.name]
        return finding_on(wanted, claimed, Verdict.VIOLATED, True, witness, trace)

    def _warnings(self, findings: Sequence[Finding]) -> list[str]:
        goals = {wanted.name: wanted.goal_text for wanted in self.properties}
        vacuous = [
            f"{finding.name} was not put to the test: in no state that was judged, {goals[finding.name]}"
            for finding in findings
            if not finding.exercised
        ]
        vacuous += self.protocol.remarks() if isinstance(self.protocol, Explaining) else ()
        remembered = [name for name, failure in self.failures.items() if failure.thrown is None]
        if remembered:
            vacuous.append(f"these are violated by runs remembered from earlier simulations: {', '.join(remembered)}")
        if self.cut_off:
            runs = counted(self.cut_off, "run")
            vacuous.append(f"{runs} cut off after {self.plan.longest} steps: what comes eventually was not judged there")
        late = ", ".join(map(str, sorted(self.sampler.waiting - self.sampler.fired)))
        if late:
            vacuous.append(f"not covered: timers of {late} never fired, since no run came to rest before it was cut off")
        return vacuous


# --- the command ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SimulationRequest:
    """Draw runs of `protocol` under `scenario` as `plan` says, and judge the properties of `names`, which are `known`;
    without names, what it claims.

    `impl` is what a second interpreter loads (see OtherSeeds); `memory` the directory of the failing runs that are remembered,
    None where none are.
    """

    impl: str
    protocol: Protocol
    scenario: Scenario
    names: Sequence[str]
    known: Mapping[str, Property]
    plan: Plan
    memory: Path | None


def new_seed() -> int:
    """A random seed."""
    return SystemRandom().randrange(SEEDS)


def simulated(request: SimulationRequest, tick: Callable[[str], None]) -> tuple[Drawn, list[str]]:
    """What the simulation finds, and the names of claims that it does not judge, since they were not asked for.

    Each violation is made small, which takes a while. Raises ProtocolError when a handler breaks the rules, depends on the hash
    seed, or when a run cannot be replayed from nothing.
    """
    protocol, scenario, plan = request.protocol, request.scenario, request.plan
    selected, left_out = select(request.names, scenario, request.known)
    properties = [wanted for wanted in selected if request.names or wanted.name in protocol.claims]
    database = None if request.memory is None else DirectoryBasedExampleDatabase(request.memory)

    def report(runs: int) -> None:
        tick(f"{runs:,} of {plan.runs:,} runs")

    report(0)  # in a large group even the first takes a while
    with time_limit(plan.seconds):
        _check_seed(request.impl, protocol, scenario)
        drawn = Simulation(protocol, scenario, properties, plan, database, report).run()
    with extra_time(), unless_time_is_up(UNCONFIRMED) as unconfirmed:
        confirm(protocol, request.impl, drawn.result.findings, properties)
    drawn = replace(drawn, result=replace(drawn.result, warnings=(*drawn.result.warnings, *unconfirmed)))
    return drawn, [name for name in left_out if name in protocol.claims]


def _check_seed(impl: str, protocol: Protocol, scenario: Scenario) -> None:
    """Look for handlers that depend on the hash seed, in a small group: their runs could not be drawn again."""
    if not names_built_in(impl):
        small = replace(scenario, nodes=min(scenario.nodes, SMALL), messages=min(scenario.messages, 1))
        SearchRequest(protocol, small, [], Limits(states=SMALL_STATES), impl=impl).run()
