"""Another linear extension of a run's causal order, easier to follow: the steps of each process stay together."""

from __future__ import annotations

from groupy_check.checker.errors import UsageError
from groupy_check.checker.runs.recorder import Recorder
from groupy_check.groupy_model.causality import causes
from groupy_check.groupy_model.trace import Trace


def gathered(recorder: Recorder, trace: Trace) -> Trace:
    """The same run with few switches between processes; `trace` itself when the new order does not end in the same state."""
    order = _order(trace)
    try:
        again = recorder.record(trace.steps[number - 1].action for number in order)
    except UsageError:
        return trace
    return again if again.states[-1] == trace.states[-1] else trace


def _order(trace: Trace) -> list[int]:
    """The numbers of the steps, greedily: the next step of the same process if it is ready, else the earliest that is."""
    before = causes(trace)
    todo = [step.number for step in trace.steps]
    done: list[int] = []
    while todo:
        ready = [number for number in todo if before[number - 1] <= set(done)]
        current = trace.steps[done[-1] - 1].process if done else None
        following = [number for number in ready if trace.steps[number - 1].process == current]
        done.append((following or ready)[0])
        todo.remove(done[-1])
    return done
