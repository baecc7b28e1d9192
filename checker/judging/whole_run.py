"""Judges one run, state by state, exactly as a search judges the states that it finds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from groupy_check.checker.judging.monitor import Judge
from groupy_check.checker.judging.observer import Observer
from groupy_check.checker.semantics.enabled import Semantics
from groupy_check.groupy_model.system import System
from groupy_check.groupy_model.trace import Trace
from groupy_check.specs.property import Property


def first_violations(semantics: Semantics, trace: Trace, properties: Sequence[Property]) -> Judge:
    """The judge of `trace`: it holds the first violation of each of `properties`, and the number of the state that shows it.

    `trace` is a run under `semantics`, recorded with full logs. Eventual properties are judged where the run is settled, and
    at the end of a run that repeats forever: whatever ever happens has happened by then, and what only the loop changes back
    and forth is looked at all the way round.
    """
    judge = Judge(properties)
    observer = Observer(semantics, probe=any(wanted.name == "progress" for wanted in properties))
    for number, system in enumerate(trace.states):
        endless = trace.loop is not None and number == len(trace.steps)
        if endless:
            turning = trace.states[trace.loop :]
            stuck = observer.stuck_all_along(turning) if observer.probe else {}
            seen = dict.fromkeys(observer.in_the_end(_with_logs(other, system), stuck) for other in turning)
            judge.look_round(tuple(seen), number)
        else:
            judge.look(observer.history(system, settled(semantics, system)), number)
    return judge


def settled(semantics: Semantics, system: System) -> bool:
    """Whether nothing more happens by itself, and not only because the bound on timeouts forbids it."""
    return semantics.at_rest(system) and not semantics.out_of_timeouts(system)


def _with_logs(system: System, last: System) -> System:
    """`system` with all that is observed up to `last`, which comes later."""
    pairs = zip(system.processes, last.processes, strict=True)
    return replace(system, processes=tuple(replace(process, log=later.log) for process, later in pairs))
