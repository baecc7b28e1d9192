"""What depends on what in a run: Lamport's happened-before over the steps of a trace (CACM 21(7), 1978)."""

from __future__ import annotations

from collections.abc import Iterable

from groupy_model.actions import Handle, Lose
from groupy_model.events import Timeout
from groupy_model.node import Node
from groupy_model.trace import Trace


def causes(trace: Trace) -> tuple[frozenset[int], ...]:
    """For step k, at index k-1, the earlier steps that it follows directly.

    These are the last step of the same process, the step that sent what is received or lost, and, for a notice, the end of the
    process that it speaks of. A step of the network as a whole, and a timer that waits for rest, follow everything before.
    """
    found = []
    last: dict[Node, int] = {}
    barrier = 0
    for step in trace.steps:
        before = {barrier}
        if step.process is not None:
            before.add(last.get(step.process, 0))
            last[step.process] = step.number
        if step.received is not None:
            flight = trace.flights[step.received]
            before.add(flight.sent_at)
            before.add(last.get(flight.source, 0) if flight.notice else 0)
        waits = isinstance(step.action, Handle) and isinstance(step.action.event, Timeout)
        if waits or (step.process is None and not isinstance(step.action, Lose)):
            before.update(range(1, step.number))
            barrier = step.number
        found.append(frozenset(before - {0, step.number}))
    return tuple(found)


def past(trace: Trace, steps: Iterable[int]) -> frozenset[int]:
    """`steps` and all that happened before them, by their numbers."""
    direct = causes(trace)
    reached: set[int] = set()
    waiting = list(steps)
    while waiting:
        step = waiting.pop()
        if step not in reached:
            reached.add(step)
            waiting += direct[step - 1]
    return frozenset(reached)


def layers(trace: Trace) -> tuple[int, ...]:
    """For step k, at index k-1, its causal layer from 1: one more than the highest layer of what it follows."""
    rows: list[int] = []
    for before in causes(trace):
        rows.append(1 + max((rows[step - 1] for step in before), default=0))
    return tuple(rows)
