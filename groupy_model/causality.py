"""What depends on what in a run: happened-before over the steps of a trace (Lamport, CACM 21(7), 1978)."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass

from groupy_check.groupy_model.actions import Duplicate, Handle, Heal, Lose, Partition, Suspect, recovers
from groupy_check.groupy_model.events import Join, Timeout
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.observations import Status
from groupy_check.groupy_model.trace import Trace, TraceStep


def causes(trace: Trace) -> tuple[frozenset[int], ...]:
    """For step k, at index k-1: the earlier steps that directly precede it causally.

    These are the previous step of the same process, the step that sent the message received or lost, and, for a notice, the end
    of the process that it announces. A join follows the join of its contact; the crash of a process follows every earlier false
    suspicion of it; what arrives in vain at a process that is down does so after the crash and before the recovery, and so does
    what is sent to it in vain. A step of the network as a whole and a timer that waits for rest follow everything before them.
    """
    found = []
    last: dict[Node, int] = {}
    crashes: dict[Node, list[int]] = {}
    in_vain: dict[Node, list[int]] = {}
    others: dict[tuple[type, Node], list[int]] = {}  # the joins of each process, and the suspicions of it
    barrier = 0
    for step in trace.steps:
        before = {barrier, *_from_others(trace, step, others)}
        _note_for_others(step, others)
        if step.process is not None:
            before.add(last.get(step.process, 0))
            before.update(in_vain.pop(step.process, ()))
            last[step.process] = step.number
            if step.crashes:
                crashes.setdefault(step.process, []).append(step.number)
        if step.received is not None:
            flight = trace.flights[step.received]
            before.add(flight.sent_at)
            ends = [number for number in crashes.get(flight.source, ()) if number <= flight.sent_at]
            before.add((ends[-1] if ends else last.get(flight.source, 0)) if flight.notice else 0)
        if isinstance(step.action, Lose) and is_down(trace, step.action.target, step.number):
            in_vain.setdefault(step.action.target, []).append(step.number)
            before.add(last.get(step.action.target, 0))
        waits = isinstance(step.action, Handle) and isinstance(step.action.event, Timeout)
        if waits or (step.process is None and not isinstance(step.action, Lose)):
            before.update(range(max(1, barrier), step.number))
            barrier = step.number
        found.append(frozenset(before - {0, step.number}))
    return tuple(found)


def is_down(trace: Trace, node: Node, number: int) -> bool:
    """Whether `node` has crashed, and not come back, after step `number`."""
    return trace.states[number].processes[node - 1].status is Status.CRASHED


def _from_others(trace: Trace, step: TraceStep, others: Mapping[tuple[type, Node], Sequence[int]]) -> Iterator[int]:
    """The numbers of the steps of other processes on which `step` depends although no message connects them."""
    match step.action:
        case Handle(_, Join(contact)):
            yield from others.get((Join, contact), ())
    if step.crashes and step.process is not None:
        yield from others.get((Suspect, step.process), ())
    if recovers(step.action):
        for flight in trace.flights:
            if flight.target == step.process and flight.sent_at == flight.ended_at and flight.sent_at < step.number:
                yield flight.sent_at


def _note_for_others(step: TraceStep, others: dict[tuple[type, Node], list[int]]) -> None:
    match step.action:
        case Handle(process, Join()):
            others.setdefault((Join, process), []).append(step.number)
        case Suspect(_, node):
            others.setdefault((Suspect, node), []).append(step.number)


def past(trace: Trace, steps: Iterable[int]) -> frozenset[int]:
    """The numbers of `steps` and of all steps that happened before them."""
    direct = causes(trace)
    reached: set[int] = set()
    waiting = list(steps)
    while waiting:
        step = waiting.pop()
        if step not in reached:
            reached.add(step)
            waiting += direct[step - 1]
    return frozenset(reached)


def is_fault_or_healing(step: TraceStep) -> bool:
    """Whether something goes wrong in `step`, a crash, a false suspicion, a fault of the network, or whether it is over.

    A healing matters as much as the partition: while the network is split, much may rightly be missing that must not be later.
    So does a recovery.
    """
    return step.crashes or recovers(step.action) or isinstance(step.action, Suspect | Lose | Duplicate | Partition | Heal)


def mentions(value: object, payload: Hashable) -> bool:
    """Whether `payload` equals `value` or occurs somewhere within it."""
    if value == payload:
        return True
    if is_dataclass(value):
        return any(mentions(getattr(value, part.name), payload) for part in fields(value))
    return isinstance(value, tuple | frozenset) and any(mentions(part, payload) for part in value)
