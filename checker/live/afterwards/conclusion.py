"""From the logs of a live run to verdicts: replayed, judged, and each violation minimised.

Safety is judged in every state, and what comes eventually where the run was at rest: the environment may well ask for nothing
more. Whether a member is stuck takes a search from each such state, and is asked at the end alone.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from groupy_check.checker.counterexamples.trace_file import least_runs
from groupy_check.checker.errors import ProtocolError
from groupy_check.checker.judging.findings import finding_on
from groupy_check.checker.judging.monitor import Judge
from groupy_check.checker.judging.observer import Observer
from groupy_check.checker.judging.selection import select
from groupy_check.checker.judging.whole_run import (
    distinct,
    excuses,
    first_violated,
    for_long_runs,
    is_ours,
    is_steady,
    settled,
)
from groupy_check.checker.limits.deadline import time_limit
from groupy_check.checker.live.afterwards.reading import LoggedRun, read_live_run
from groupy_check.checker.live.afterwards.replay import LiveReplay, replayed
from groupy_check.checker.live.network import LinkCut, Parted
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.observations import History, Status
from groupy_check.groupy_model.protocol import Protocol
from groupy_check.groupy_model.system import System
from groupy_check.groupy_model.verdict import Coverage, Extent, Finding, Kind, Result, Verdict
from groupy_check.specs.property import Property

HURRY = 15.0  # seconds
MOST_PROBED = 8  # processes; the interleavings of what one more multicast sets off double with each


@dataclass(frozen=True, slots=True)
class LiveConclusion:
    """What the logs of a live run say: the run itself, its replay, and the verdicts on what could be replayed.

    `judged`: how many of its steps there was time to judge.
    """

    run: LoggedRun
    replay: LiveReplay
    result: Result
    judged: int


def concluded(
    directory: Path, protocol: Protocol, names: Sequence[str], known: Mapping[str, Property], *, running: bool = False
) -> LiveConclusion:
    """The verdicts on the run that is logged in `directory`; by default on all properties. Raises GroupyError.

    Violations of what decides, what is asked for or else what `protocol` claims, are minimised, for HURRY seconds in all.
    `running`: it still goes on; somebody waits, so only what decides is judged, up to the first rest after a violation, and not
    for longer than HURRY; and only the first violation is minimised.
    """
    run = read_live_run(directory, running=running)
    replay = replayed(run, protocol)
    properties, _ = select(names, replay.trace.scenario, known)
    if running:
        properties = [wanted for wanted in properties if names or wanted.name in protocol.claims]
    told = _warnings(run, replay) + ([] if names else _beyond(run, protocol))
    judging = RunJudging(replay, properties, told)
    judge = judging.judge(HURRY if running else None)
    result = _result(replay, properties, names, known, judge, told, hurry=running)
    return LiveConclusion(run, replay, result, judging.judged)


def _result(
    replay: LiveReplay,
    properties: Sequence[Property],
    names: Sequence[str],
    known: Mapping[str, Property],
    judge: Judge,
    told: Sequence[str],
    *,
    hurry: bool,
) -> Result:
    trace, semantics, protocol = replay.trace, replay.recorder.semantics, replay.recorder.protocol
    findings = tuple(_finding(wanted, judge, replay) for wanted in properties)
    last, resting = len(trace.steps), sum(calmly(semantics.at_rest, system) for system in trace.states)
    coverage = Coverage(Extent.REPLAYED, last + 1, distinct(trace.states), 0, last, resting, 0.0, "a live run")
    result = Result(protocol.name, trace.scenario, coverage, findings, tuple(told))
    deciding = [finding for finding in findings if finding.name in names or (not names and finding.claimed)]
    if hurry:
        deciding = [finding for finding in deciding if finding.verdict is Verdict.VIOLATED][:1]
    try:
        with time_limit(HURRY):
            least = least_runs(replace(result, findings=tuple(deciding)), protocol, known)
    except ProtocolError as error:  # raised where it was not raised in the run
        return replace(result, warnings=(*told, f"the runs are as long as they were: {error}"))
    small = {finding.name: finding for finding in least.findings}
    return replace(least, findings=tuple(small.get(finding.name, finding) for finding in findings), coverage=coverage)


def calmly(at_rest: Callable[[System], bool], system: System) -> bool:
    """Whether `system` is at rest; where a handler raises, it is not, for that is about to happen, and ends the process."""
    try:
        return at_rest(system)
    except ProtocolError:
        return False


class RunJudging:
    """Judges a long run, each of `properties` where its verdict can change for the worse.

    While processes do nothing but ask for multicasts and deliver, what is violated remains so, and what is put to the test.
    Other entries of a log, ends of processes and splits may excuse something (see `excuses`). So safety properties of ours are
    judged just before these, and at the end; where one turns out to be violated, the first state that shows it is found by
    bisection. The user's own are judged in every state, what comes eventually in every state at rest.
    """

    def __init__(self, replay: LiveReplay, properties: Sequence[Property], told: list[str]) -> None:
        self.states, self.semantics, self.told = replay.trace.states, replay.recorder.semantics, told
        self.last = self.judged = len(self.states) - 1
        self.prober = Observer(self.semantics, any(wanted.name == "progress" for wanted in properties))
        self.steady = for_long_runs([wanted for wanted in properties if is_steady(wanted)])
        self.eventual = for_long_runs([wanted for wanted in properties if not is_steady(wanted)])
        self.own = [wanted for wanted in properties if not is_ours(wanted)]
        self.all = Judge([*self.steady, *self.eventual])
        self.everywhere = any(wanted.kind is Kind.SAFETY for wanted in self.own)

    def judge(self, seconds: float | None) -> Judge:
        """Judge. With a limit of time, no longer than that, nor behind the first rest after a violation."""
        before, began = -1, time.monotonic()
        for number in range(self.last + 1):
            if seconds is not None and time.monotonic() - began > seconds:
                self.judged = number
                self.told.append(f"only the first {number} of {self.last} steps were judged in {seconds:g} seconds")
                break
            rests = calmly(partial(settled, self.semantics), self.states[number])
            self._test(self.own, number)
            if rests or self.everywhere or number == self.last:
                self._look(self.eventual, self.history(number, rests), number)
            if number == self.last or excuses(self.states[number], self.states[number + 1]):
                self._test(self.all.properties, number)
                violated = self._look(self.steady, self.history(number, False), number)
                for wanted in violated:
                    self._bisect(wanted, before, number)
                before = number
            if seconds is not None and rests and self.all.witnesses:
                break
        return self.all

    def _test(self, properties: Sequence[Property], number: int) -> None:
        """Note which of `properties` are put to the test by this state; what excuses a violation may end that, too."""
        untried = [wanted for wanted in properties if wanted.name not in self.all.exercised]
        if untried:
            history = self.history(number, False)
            self.all.exercised |= {wanted.name for wanted in untried if wanted.goal(history)}

    def _look(self, properties: Sequence[Property], history: History, number: int) -> list[Property]:
        """Judge those of `properties` that are not violated yet. Returns those that now are."""
        judge = Judge([wanted for wanted in properties if wanted.name not in self.all.witnesses])
        judge.look(history, number)
        self.all.exercised |= judge.exercised
        self.all.witnesses |= judge.witnesses
        self.all.states |= judge.states
        return [wanted for wanted in judge.properties if wanted.name in judge.witnesses]

    def _bisect(self, wanted: Property, fine: int, violated: int) -> None:
        """Find the first state behind `fine` in which `wanted` is violated, as it is in `violated`."""
        number, witness = first_violated(wanted, fine, violated, lambda number: self.history(number, False))
        if witness is not None:
            self.all.witnesses[wanted.name], self.all.states[wanted.name] = witness, number

    def history(self, number: int, rests: bool) -> History:
        """What was observed up to that state. Whether a member is stuck is asked at the end of the run."""
        system = self.states[number]
        stuck = self._stuck(system) if rests and number == self.last and self.prober.probe else {}
        return replace(self.prober.in_the_end(system, stuck), at_rest=rests)

    def _stuck(self, system: System) -> dict[Node, str]:
        """Why each process is stuck, as far as that can be found out."""
        up = sum(process.status is Status.UP for process in system.processes)
        if up > MOST_PROBED:
            self.told.append(
                f"whether a member is stuck was not looked for: {up} processes are too many, {MOST_PROBED} are not"
            )
            return {}
        try:
            return self.prober.stuck(system)
        except ProtocolError as error:
            self.told.append(f"whether a member is stuck is not known: {error}")
            return {}


def _finding(wanted: Property, judge: Judge, replay: LiveReplay) -> Finding:
    claimed = wanted.name in replay.recorder.protocol.claims
    witness = judge.witnesses.get(wanted.name)
    if witness is None:
        return finding_on(wanted, claimed, Verdict.NOT_FOUND, wanted.name in judge.exercised)
    part = replay.recorder.record(replay.trace.actions[: judge.states[wanted.name]])
    return finding_on(wanted, claimed, Verdict.VIOLATED, True, witness, part)


def _beyond(run: LoggedRun, protocol: Protocol) -> list[str]:
    """What has happened of that nobody has said whether it was to be judged, and that most claims exclude."""
    changes = {type(event) for event in run.events}
    found = []
    if Parted in changes:
        found.append(
            f"the network was split, and the run is judged by what {protocol.name} claims, which most protocols claim only"
            " where that cannot happen; --claims evs judges what holds where the parts go on side by side"
        )
    if LinkCut in changes:
        found.append(
            "a link was cut, so that messages were lost and processes that were up suspected, and the run is judged by what"
            f" {protocol.name} claims, which most protocols claim only where that cannot happen"
        )
    return found


def _warnings(run: LoggedRun, replay: LiveReplay) -> list[str]:
    found = [f"{node} ended where its protocol broke a rule: {reason}" for node, reason in run.ended]
    if replay.misfit is not None:
        misfit = replay.misfit
        found.append(f"only the first {len(replay.trace.steps)} steps can be replayed; {misfit.event}: {misfit.why}")
        found += misfit.alternatives
    return found
