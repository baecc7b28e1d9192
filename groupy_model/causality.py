"""What depends on what in a run: Lamport's happened-before over the steps of a trace (CACM 21(7), 1978)."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import fields, is_dataclass

from groupy_check.groupy_model.actions import Duplicate, Handle, Lose, Partition, Suspect
from groupy_check.groupy_model.events import Join, Timeout
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.trace import Trace, TraceStep


def causes(trace: Trace) -> tuple[frozenset[int], ...]:
    """For step k, at index k-1, the earlier steps that it follows directly.

    These are the last step of the same process, the step that sent what is received or lost, and, for a notice, the end of the
    process that it speaks of. Joining follows the contact's own joining, and the end of a process those who suspected it
    wrongly before. A step of the network as a whole, and a timer that waits for rest, follow everything before.
    """
    found = []
    last: dict[Node, int] = {}
    barrier = 0
    for step in trace.steps:
        before = {barrier, *_from_others(trace, step)}
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


def _from_others(trace: Trace, step: TraceStep) -> Iterator[int]:
    """The steps of other processes that `step` presupposes although no message says so."""
    for earlier in trace.steps[: step.number - 1]:
        match step.action, earlier.action:
            case Handle(_, Join(contact)), Handle(other, Join()) if other == contact:
                yield earlier.number
            case _, Suspect(_, node) if step.crashes and node == step.process:
                yield earlier.number


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


def is_fault(step: TraceStep) -> bool:
    """Something goes wrong in `step`: a crash, a wrong suspicion, or what the network does to messages."""
    return step.crashes or isinstance(step.action, Suspect | Lose | Duplicate | Partition)


def mentions(value: object, payload: Hashable) -> bool:
    """`payload` is `value` or stands somewhere within it."""
    if value == payload:
        return True
    if is_dataclass(value):
        return any(mentions(getattr(value, part.name), payload) for part in fields(value))
    return isinstance(value, tuple | frozenset) and any(mentions(part, payload) for part in value)
