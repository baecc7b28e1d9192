"""A violating run without what the violation does not need.

First, the processes that it can do without are removed, since all that follows is faster in a small group. Second, delta
debugging removes steps of the run (Zeller and Hildebrandt, "Simplifying and isolating failure-inducing input", IEEE TSE 28(2),
2002). Third, one thing at a time is removed until nothing more can be: a step, a process, or a crash that might as well come
earlier or later, or within another step. Last, a breadth-first search in the smallest scenario that has room for the run looks
for one with fewer steps, or with as many and one process fewer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from groupy_check.checker.errors import ProtocolError
from groupy_check.checker.limits.deadline import TimeIsUp, time_is_up
from groupy_check.checker.runs.linear_extension import gathered
from groupy_check.checker.runs.replayer import Replayer
from groupy_check.checker.runs.schedule import Schedule, ScheduledStep, schedule_of, smaller, without
from groupy_check.checker.search.base import Limits
from groupy_check.checker.search.bfs import Explorer
from groupy_check.groupy_model.actions import Crash, Handle, Suspect
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.protocol import Protocol
from groupy_check.groupy_model.scenario import Scenario
from groupy_check.groupy_model.trace import Trace, TraceStep
from groupy_check.groupy_model.verdict import Kind
from groupy_check.specs.property import Property

SEARCH = 4_000  # states that the last search may find
FAULTS = ("crashes", "drops", "duplicates", "suspicions", "spurious", "partitions", "recoveries")
REQUESTS = ("messages", "joins", "leaves")

_Candidate = tuple[Scenario, Sequence[ScheduledStep]]


def minimised(trace: Trace, protocol: Protocol, wanted: Property, report: Callable[[Trace], None] = lambda _: None) -> Trace:
    """The least run of `protocol` that remains of `trace` and violates `wanted`, in its last state and not before.

    Least means the fewest steps, then processes, then faults, then requests. None of these can be removed so that what remains
    of the run still violates `wanted` and is not longer. The scenario allows just what happens in the run. A run that repeats
    forever is returned as it is. Raises ValueError when `trace` does not violate `wanted`, and TimeIsUp.

    `report` is called with each smaller run as soon as it is found: it has got the best one when there is no time for more.
    """
    if trace.loop is not None:
        return trace
    return _Minimiser(Replayer(protocol, wanted, len(trace.steps)), report).least(trace)


class _Minimiser:
    """Looks for smaller runs that violate what `replayer` judges by."""

    def __init__(self, replayer: Replayer, report: Callable[[Trace], None]) -> None:
        self.replayer, self.report = replayer, report
        self.protocol, self.wanted = replayer.protocol, replayer.wanted

    def least(self, trace: Trace) -> Trace:
        """See `minimised`."""
        first = self._violating((trace.scenario, schedule_of(trace)), len(trace.steps))
        if first is None:
            raise ValueError(f"the run does not violate {self.wanted.name}")
        best = self._thinned(self._with_fewer(first))
        while True:
            best = self._fixed(best)
            shorter = self._searched(best)
            if shorter is best:
                ordered = self._ordered(best)
                if self._fixed(ordered) is ordered:
                    return ordered
                shorter = ordered
            best = shorter

    def _violating(self, candidate: _Candidate, longest: int) -> Trace | None:
        """The run that follows `candidate`, up to its first violation; None when there is none within `longest` steps."""
        if time_is_up():
            raise TimeIsUp
        replayed = self.replayer.replay(*candidate, longest, to_rest=self.wanted.kind is Kind.LIVENESS)
        return replayed.trace if replayed is not None and replayed.violated else None

    def _smaller(self, candidate: _Candidate, best: Trace) -> Trace | None:
        found = self._violating(candidate, len(best.steps))
        if found is None or _measure(found) >= _measure(best):
            return None
        self.report(found)
        return found

    def _with_fewer(self, best: Trace) -> Trace:
        """`best` without the processes that it can do without; the youngest are tried first."""
        for gone in reversed(best.nodes):
            scenario = smaller(best.scenario, gone)
            less = scenario and self._smaller((scenario, without(best, gone)), best)
            best = less or best
        return best

    def _thinned(self, best: Trace) -> Trace:
        """`best` after delta debugging, which removes half of the steps, then quarters, and so on."""
        length = len(best.steps) // 2
        while length > 1:
            start = 0
            while start < len(best.steps):
                schedule = schedule_of(best)
                less = self._smaller((best.scenario, schedule[:start] + schedule[start + length :]), best)
                best, start = (best, start + length) if less is None else (less, start)
            length //= 2
        return best

    def _fixed(self, best: Trace) -> Trace:
        """`best` after removing one thing at a time until nothing more can be removed."""
        while True:
            found = (self._smaller(candidate, best) for candidate in _candidates(best))
            less = next((trace for trace in found if trace is not None), None)
            if less is None:
                return best
            best = less

    def _searched(self, best: Trace) -> Trace:
        """A smaller run found by a search, with one process fewer or with fewer steps; `best` itself when it finds none."""
        steps, needed = len(best.steps), _needed(best)
        fewer = dict.fromkeys(smaller(needed, node) for node in (Node(1), best.nodes[-1]))
        places = [(scenario, steps) for scenario in fewer if scenario and self.replayer.follower(scenario)]
        for scenario, depth in [*places, (needed, steps - 1)] if steps else places:
            limits = Limits(depth=depth, states=SEARCH, all_verdicts=False)
            try:
                result = Explorer(self.protocol, scenario, [self.wanted], limits).run()
            except ProtocolError:
                continue  # the run itself does not come where the protocol breaks a rule
            if result.coverage.interrupted:
                raise KeyboardInterrupt  # what is left is not the least
            found = result.finding(self.wanted.name).trace
            if found is not None and found.loop is None:
                return found
        return best

    def _ordered(self, best: Trace) -> Trace:
        """`best` in the smallest scenario that has room for it, and in an order that is easy to follow."""
        follower = self.replayer.follower(_needed(best))
        assert follower is not None
        ordered = gathered(follower, follower.record(best.actions))
        again = self._violating((ordered.scenario, schedule_of(ordered)), len(best.steps))
        return again or follower.record(best.actions)


# --- what can be removed ---------------------------------------------------------------------------------------------


def _measure(trace: Trace) -> tuple[int, ...]:
    """What `minimised` makes as small as possible, the most important first."""
    spent = _spent(trace)
    return (
        len(trace.steps),
        trace.scenario.size,
        sum(spent[name] for name in FAULTS),
        sum(spent[name] for name in REQUESTS),
    )


def _spent(trace: Trace) -> dict[str, int]:
    """How much of each budget `trace` uses."""
    first, last = trace.states[0].budget, trace.states[-1].budget
    return {name: getattr(first, name) - getattr(last, name) for name in (*FAULTS, *REQUESTS)}


def _needed(trace: Trace) -> Scenario:
    """The scenario of `trace` with no budget left over, except that of timeouts, which decides what is at rest."""
    spent: dict[str, Any] = {name: count for name, count in _spent(trace).items() if name != "joins"}
    return replace(trace.scenario, **spent)


def _candidates(trace: Trace) -> Iterator[_Candidate]:
    """What remains of `trace` without one thing."""
    schedule = schedule_of(trace)
    for index in range(len(schedule)):
        yield trace.scenario, schedule[:index] + schedule[index + 1 :]
    for index in range(len(schedule)):
        for other in _crashing_otherwise(trace, schedule, index):
            yield trace.scenario, other
    for gone in reversed(trace.nodes):
        scenario = smaller(trace.scenario, gone)
        if scenario is not None:
            yield scenario, without(trace, gone)


def _crashing_otherwise(trace: Trace, schedule: Schedule, index: int) -> Iterator[Schedule]:
    """`schedule` with the crash in step `index` left out, earlier or later, or within the process's step before it."""
    action, before, after = schedule[index].action, schedule[:index], schedule[index + 1 :]
    if isinstance(action, Handle | Suspect) and action.cut is not None:
        for cut in (None, *range(_effects(trace.steps[index]))):
            if cut != action.cut:
                yield (*before, replace(schedule[index], action=replace(action, cut=cut)), *after)
    elif isinstance(action, Crash):
        own = [k for k in range(index) if trace.steps[k].process == action.process]
        last = schedule[own[-1]] if own else schedule[index]
        if isinstance(last.action, Handle | Suspect):
            for cut in range(1, _effects(trace.steps[own[-1]])):
                cut_short = replace(last, action=replace(last.action, cut=cut))
                yield (*before[: own[-1]], cut_short, *before[own[-1] + 1 :], *after)


def _effects(step: TraceStep) -> int:
    return len(step.done) + len(step.undone)
