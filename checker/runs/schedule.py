"""A run as a schedule: its steps keep their meaning when earlier ones are dropped or changed, or when a process is missing.

The message, the payload and the place in a queue that an action names are right for one run only. What remains is the process
that takes the step, the kind of step, and the earlier step that sent what this one takes from its channel.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace

from groupy_check.groupy_model.actions import Action, Duplicate, Handle, Lose, Suspect
from groupy_check.groupy_model.effects import Demonitor, Monitor, Send
from groupy_check.groupy_model.events import Receive
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.renaming import Rename, renamed
from groupy_check.groupy_model.scenario import Beginning, Scenario
from groupy_check.groupy_model.system import Channel, Notice
from groupy_check.groupy_model.trace import Flight, Trace, TraceStep

OTHER = -1  # the name of a step that the run does not contain


@dataclass(frozen=True, slots=True)
class MessageCopy:
    """One copy of a message: the `place`-th (from 0) that the step named `sender` sent from `source` to `target`.

    Or a notice, likewise.
    """

    source: Node
    target: Node
    sender: int
    place: int
    notice: bool = False


@dataclass(frozen=True, slots=True)
class ScheduledStep:
    """One step of a run; `name` is its number there, and 0 the beginning. It receives, loses or duplicates `copy`, if any.

    A duplicate comes right in front of `next`, or behind all others. The messages, generated payloads and places in queues in
    `action` belong to that run and do not count. Its `cut` may also be 0: the process crashes instead of handling the event.
    """

    name: int
    action: Action
    copy: MessageCopy | None = None
    next: MessageCopy | None = None


Schedule = tuple[ScheduledStep, ...]


def schedule_of(trace: Trace) -> Schedule:
    """The steps of `trace`, in order."""
    return tuple(replace(scheduled_step(trace, step.number, step.action), name=step.number) for step in trace.steps)


def scheduled_step(trace: Trace, number: int, action: Action) -> ScheduledStep:
    """The step, named OTHER, that takes `action`, which is enabled in `trace` instead of step `number`."""
    match action:
        case Handle(target, Receive(source, message)):
            return ScheduledStep(OTHER, action, _queued(trace, number, source, target, message)[0])
        case Lose(source, target, index):
            return ScheduledStep(OTHER, action, _at(trace, number, source, target, index))
        case Duplicate(source, target, index, _, place):
            following = None if place is None else _at(trace, number, source, target, place)
            return ScheduledStep(OTHER, action, _at(trace, number, source, target, index), following)
    return ScheduledStep(OTHER, action)


def _at(trace: Trace, number: int, source: Node, target: Node, place: int) -> MessageCopy:
    """The copy at `place` in the channel just before step `number`."""
    channel = _channel(trace, number, source, target)
    entry = channel[place]
    message = None if entry is Notice.DOWN else entry
    return _queued(trace, number, source, target, message)[channel[:place].count(entry)]


def _queued(trace: Trace, number: int, source: Node, target: Node, message: Hashable) -> list[MessageCopy]:
    """The copies of `message`, None for notices, in the channel just before step `number`, in the order of the queue."""
    queued: list[int] = []
    for index, flight in enumerate(trace.flights):
        if (flight.source, flight.target, flight.message) == (source, target, message) and flight.sent_at < number:
            queued = [other for other in queued if _waits(trace.flights[other], flight.sent_at)]
            queued.insert(_behind(trace, flight, len(queued)), index)
    names = range(len(trace.steps) + 1)
    return [copy_of(trace.flights, index, names) for index in queued if _waits(trace.flights[index], number)]


def _waits(flight: Flight, number: int) -> bool:
    return flight.ended_at is None or flight.ended_at >= number


def _behind(trace: Trace, flight: Flight, queued: int) -> int:
    """Behind how many equal entries, of all that are `queued`, the one of `flight` joins its channel."""
    action = trace.steps[flight.sent_at - 1].action if flight.sent_at else None
    if not isinstance(action, Duplicate) or action.place is None:
        return queued
    return _channel(trace, flight.sent_at, flight.source, flight.target)[: action.place].count(flight.message)


def _channel(trace: Trace, number: int, source: Node, target: Node) -> Channel:
    """What is in the channel just before step `number`."""
    return trace.states[number - 1].channels[(source - 1) * len(trace.nodes) + target - 1]


def copy_of(flights: Sequence[Flight], index: int, names: Sequence[int]) -> MessageCopy:
    """The copy `flights[index]` of a run whose step k has the name `names[k]`."""
    sent = flights[index]
    key = (sent.sent_at, sent.source, sent.target, sent.notice)
    place = sum((flight.sent_at, flight.source, flight.target, flight.notice) == key for flight in flights[:index])
    return MessageCopy(sent.source, sent.target, names[sent.sent_at], place, sent.notice)


# --- without one process ---------------------------------------------------------------------------------------------


def smaller(scenario: Scenario, gone: Node) -> Scenario | None:
    """`scenario` without the process `gone`; None when no other is left."""
    joiner = scenario.beginning is Beginning.FORMED and gone > scenario.nodes
    if scenario.nodes > 1 and not joiner:
        return replace(scenario, nodes=scenario.nodes - 1)
    return replace(scenario, joins=scenario.joins - 1) if scenario.joins else None


def without(trace: Trace, gone: Node) -> Schedule:
    """The schedule of `trace` in a group that never had the process `gone`; those after it move up by one name."""

    def rename(node: Node) -> Node | None:
        return None if node == gone else Node(node - (node > gone))

    found = []
    for planned, step in zip(schedule_of(trace), trace.steps, strict=True):
        action = renamed(_recut(step, gone), rename, len(trace.nodes) - 1)
        copy, following = (one and _renamed_copy(one, rename) for one in (planned.copy, planned.next))
        if action is not None and (copy is None) == (planned.copy is None):
            found.append(ScheduledStep(planned.name, action, copy, following))
    return tuple(found)


def _recut(step: TraceStep, gone: Node) -> Action:
    """The action of `step`; a crash within it comes earlier by the number of effects that concern `gone`."""
    action = step.action
    if not isinstance(action, Handle | Suspect) or action.cut is None:
        return action
    about = [effect for effect in step.done if isinstance(effect, Send | Monitor | Demonitor)]
    targets = [effect.to if isinstance(effect, Send) else effect.node for effect in about]
    return replace(action, cut=action.cut - targets.count(gone))


def _renamed_copy(copy: MessageCopy, rename: Rename) -> MessageCopy | None:
    source, target = rename(copy.source), rename(copy.target)
    return replace(copy, source=source, target=target) if source and target else None
