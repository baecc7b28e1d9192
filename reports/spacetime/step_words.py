"""The words of a step in the margin of a space-time diagram: its cause, and what the applications see of it."""

from __future__ import annotations

from groupy_check.groupy_model.actions import Crash, Duplicate, Handle, Heal, Lose, Partition, SpuriousNotice, Suspect
from groupy_check.groupy_model.effects import Deliver, Effect, Halt, Install
from groupy_check.groupy_model.events import Down, Event, Join, Leave, Multicast, Receive, Recover, Start, Timeout
from groupy_check.groupy_model.payloads import Gap
from groupy_check.groupy_model.scenario import PartitionKind
from groupy_check.groupy_model.show import show
from groupy_check.groupy_model.trace import Fate, Flight, TraceStep
from groupy_check.reports.wording.phrases import flat


def step_words(step: TraceStep, flight: Flight | None) -> str:
    """Return the margin text of the step."""
    match step.action:
        case Crash(node):
            return f"{node} crashes"
        case Lose(_, target, _, message):
            return f"lost: {show(message)} to {target}"
        case Duplicate(_, target, _, message, place):
            return f"copied: {show(message)} to {target}{'' if place is None else f' (position {place + 1})'}"
        case Partition(kind=kind):
            return "partition" if kind is PartitionKind.COMPLETE else f"{kind.value} partition"
        case Heal():
            return "partition heals"
        case SpuriousNotice(node, other):
            return f"spurious notice of {other} to {node}{_consequences(step, ', ')}"
        case Suspect(node, other):
            return f"{node} wrongly suspects {other}{_consequences(step, ', ')}"
        case Handle(node, event):
            return f"{node} {_event_words(event, step, flight)}"


def _event_words(event: Event, step: TraceStep, flight: Flight | None) -> str:
    match event:
        case Multicast(payload):
            return f"multicasts {show(payload)}{', crashes' if step.crashes else ''}"
        case Receive(_, message):
            ignored = flight is not None and flight.fate is Fate.IGNORED
            plain = f"{'ignores' if ignored else 'receives'} {show(message)}"
            return _consequences(step) if any(map(_is_seen, step.done)) else plain + _consequences(step, ", ")
        case Down(node):
            return f"detects {node} is down{_consequences(step, ', ')}"
        case Join(contact):
            return f"joins through {contact}{_consequences(step, ', ')}"
        case Leave():
            return f"asks to leave{_consequences(step, ', ')}"
        case Timeout(timer):
            return f"times out ({flat(timer)}){_consequences(step, ', ')}"
        case Start():
            return f"starts{_consequences(step, ', ')}"
        case Recover():
            return f"comes back{_consequences(step, ', ')}"


def _is_seen(effect: Effect) -> bool:
    return isinstance(effect, Deliver | Install | Halt)


def _consequences(step: TraceStep, before: str = "") -> str:
    """Return what the applications see of the step: `delivers a1, crashes`."""
    found = []
    for effect in step.done:
        match effect:
            case Deliver(Gap() as gap):
                found.append(str(gap))
            case Deliver(payload):
                found.append(f"delivers {show(payload)}")
            case Install(view):
                found.append(f"installs v{view.id}")
            case Halt():
                found.append("ends itself")
    if step.crashes:
        found.append("crashes")
    return before + ", ".join(found) if found else ""
