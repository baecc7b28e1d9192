"""A run by structure: steps that keep their meaning when others before them are left out or changed, or a process is missing.

A message, a payload or a place in a queue that is written down in an action is right for one run only. What stays is who takes
the step, what kind of step it is, and which earlier step put into its channel what it takes from there.
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
from groupy_check.groupy_model.trace import Flight, Trace, TraceStep

OTHER = -1  # the name of a step that is none of the run's


@dataclass(frozen=True, slots=True)
class Copy:
    """One copy of a message: the `place`-th (from 0) that the turn named `sender` sent from `source` to `target`."""

    source: Node
    target: Node
    sender: int
    place: int


@dataclass(frozen=True, slots=True)
class Turn:
    """One step of a run; `name` is its number there, 0 the beginning. It receives, loses or repeats `copy`, if there is one.

    What `action` says of messages, own payloads and places in queues is that run's, and does not count. A `cut` may also be 0:
    the process crashes instead of handling the event.
    """

    name: int
    action: Action
    copy: Copy | None = None


def schedule(trace: Trace) -> tuple[Turn, ...]:
    """The turns of `trace`, in order."""
    return tuple(replace(turn_of(trace, step.number, step.action), name=step.number) for step in trace.steps)


def turn_of(trace: Trace, number: int, action: Action) -> Turn:
    """A turn, named OTHER, for `action`, which is possible in `trace` instead of step `number`."""
    match action:
        case Handle(target, Receive(source, message)):
            return Turn(OTHER, action, _queued(trace, number, source, target, message)[0])
        case Lose(source, target, index, message) | Duplicate(source, target, index, message):
            channel = trace.states[number - 1].channels[(source - 1) * len(trace.nodes) + target - 1]
            equal = channel[:index].count(message)
            return Turn(OTHER, action, _queued(trace, number, source, target, message)[equal])
    return Turn(OTHER, action)


def _queued(trace: Trace, number: int, source: Node, target: Node, message: Hashable) -> list[Copy]:
    """The copies of `message` that are under way just before step `number`, oldest first."""
    names = range(len(trace.steps) + 1)
    return [
        copy_of(trace.flights, index, names)
        for index, flight in enumerate(trace.flights)
        if (flight.source, flight.target, flight.message) == (source, target, message)
        and flight.sent_at < number
        and (flight.ended_at is None or flight.ended_at >= number)
    ]


def copy_of(flights: Sequence[Flight], index: int, names: Sequence[int]) -> Copy:
    """The message `flights[index]` of a run whose step k was made by the turn `names[k]`."""
    sent = flights[index]
    key = (sent.sent_at, sent.source, sent.target, False)
    place = sum((flight.sent_at, flight.source, flight.target, flight.notice) == key for flight in flights[:index])
    return Copy(sent.source, sent.target, names[sent.sent_at], place)


# --- without one process ---------------------------------------------------------------------------------------------


def smaller(scenario: Scenario, gone: Node) -> Scenario | None:
    """`scenario` without the process `gone`; None where it is the only one."""
    joiner = scenario.beginning is Beginning.FORMED and gone > scenario.nodes
    if scenario.nodes > 1 and not joiner:
        return replace(scenario, nodes=scenario.nodes - 1)
    return replace(scenario, joins=scenario.joins - 1) if scenario.joins else None


def without(trace: Trace, gone: Node) -> tuple[Turn, ...]:
    """The turns of `trace` in a group that never had the process `gone`: those behind it move up by one name."""

    def rename(node: Node) -> Node | None:
        return None if node == gone else Node(node - (node > gone))

    found = []
    for turn, step in zip(schedule(trace), trace.steps, strict=True):
        action = renamed(_recut(step, gone), rename, len(trace.nodes) - 1)
        copy = turn.copy and _renamed_copy(turn.copy, rename)
        if action is not None and (copy is None) == (turn.copy is None):
            found.append(Turn(turn.name, action, copy))
    return tuple(found)


def _recut(step: TraceStep, gone: Node) -> Action:
    """The action of `step`; a crash in the middle comes earlier by the effects that were about `gone`."""
    action = step.action
    if not isinstance(action, Handle | Suspect) or action.cut is None:
        return action
    about = [effect for effect in step.done if isinstance(effect, Send | Monitor | Demonitor)]
    targets = [effect.to if isinstance(effect, Send) else effect.node for effect in about]
    return replace(action, cut=action.cut - targets.count(gone))


def _renamed_copy(copy: Copy, rename: Rename) -> Copy | None:
    source, target = rename(copy.source), rename(copy.target)
    return replace(copy, source=source, target=target) if source and target else None
