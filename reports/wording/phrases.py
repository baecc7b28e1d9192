"""One English line per action and per effect: traces print these lines, replays read them back, pictures use them as labels."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from itertools import groupby

from groupy_check.groupy_model.actions import Action, Crash, Duplicate, Handle, Heal, Lose, Partition, SpuriousNotice, Suspect
from groupy_check.groupy_model.effects import (
    Adopt,
    CancelTimer,
    Deliver,
    Demonitor,
    Effect,
    Halt,
    Install,
    Monitor,
    Send,
    SetTimer,
    Store,
)
from groupy_check.groupy_model.events import Down, Event, Join, Leave, Multicast, Receive, Recover, Start, Timeout
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.scenario import PartitionKind
from groupy_check.groupy_model.show import printable, show


class Form(Enum):
    """The form of the verb that begins a phrase; the value is that form of `send`."""

    BASE = "send"
    PRESENT = "sends"
    PAST = "sent"


_PAST = {"send": "sent", "set": "set", "stop": "stopped", "cancel": "cancelled", "store": "stored"}


def listed(items: Iterable[object], conjunction: str = "and") -> str:
    """Return `a`, `a and b`, `a, b and c`."""
    *head, last = map(str, items)
    return f"{', '.join(head)} {conjunction} {last}" if head else last


def flat(value: object) -> str:
    """Return `show(value)` on one line."""
    return printable(show(value))


def found_stored(value: object) -> str:
    """Return what a process that comes back finds in stable storage, on one line."""
    return "nothing" if value is None else flat(value)


def mistake_of_the_detector(action: Suspect) -> str:
    """Return what has happened to the process that was misled."""
    if isinstance(action, SpuriousNotice):
        return f"got a spurious notice of the end of {action.node}"
    return f"wrongly suspected {action.node} of having crashed"


# --- actions ---------------------------------------------------------------------------------------------------------


def action_line(action: Action) -> str:
    """Return `action` as one line. Actions enabled in the same state have distinct lines, so a trace can be read back.

    This relies on distinct messages having distinct texts; `match_line` reports a protocol whose messages do not.
    """
    match action:
        case Handle(node, event, outcome, cut):
            return f"{node} {_event(event)}{_ending(outcome, cut)}"
        case SpuriousNotice(node, other, outcome, cut):
            return f"{node} gets a spurious notice of the end of {other}{_ending(outcome, cut)}"
        case Suspect(node, other, outcome, cut):
            return f"{node} wrongly suspects {other}{_ending(outcome, cut)}"
        case Crash(node):
            return f"{node} crashes"
        case Lose(source, target, index, message):
            return f"the network loses {flat(message)} from {source} to {target} (position {index + 1} in the queue)"
        case Duplicate(source, target, index, message, place):
            copy = "" if place is None else f"; the copy takes position {place + 1}"
            return f"the network duplicates {flat(message)} from {source} to {target} (position {index + 1} in the queue{copy})"
        case Partition():
            return f"the network {_cutting(action)}"
        case Heal():
            return "the network heals"


def _cutting(partition: Partition) -> str:
    """What the network does by `partition`, without naming the rest of the group."""
    sides = [listed(side) for side in (partition.side, *partition.others)]
    match partition.kind:
        case PartitionKind.COMPLETE:
            return f"cuts {sides[0]} off from the others"
        case PartitionKind.MULTIWAY:
            return f"splits into {' | '.join(sides)}"
        case PartitionKind.PARTIAL:
            return f"cuts {sides[0]} off from {sides[1]} only"
        case PartitionKind.SIMPLEX:
            return f"cuts the links from the others to {sides[0]}"


def split_phrase(partition: Partition, nodes: Iterable[Node]) -> str:
    """What holds while `partition` of `nodes` is in force, for a list."""
    sides = [listed(side) for side in partition.sides(nodes)]
    match partition.kind:
        case PartitionKind.COMPLETE:
            return f"cut off from the others: {', '.join(map(str, partition.side))}"
        case PartitionKind.MULTIWAY:
            return f"cut off from one another: {' | '.join(sides)}"
        case PartitionKind.PARTIAL:
            return f"cut off from each other only: {' | '.join(sides)}"
        case PartitionKind.SIMPLEX:
            return f"cut: the links from {sides[1]} to {sides[0]}"


def _event(event: Event) -> str:
    match event:
        case Start():
            return "starts the group"
        case Join(contact):
            return f"asks to join through {contact}"
        case Leave():
            return "asks to leave"
        case Multicast(payload):
            return f"multicasts {flat(payload)}"
        case Receive(source, message):
            return f"receives {flat(message)} from {source}"
        case Down(node):
            return f"detects that {node} is down"
        case Timeout(timer):
            return f"times out ({flat(timer)})"
        case Recover(stored):
            return f"comes back with {found_stored(stored)} stored"


def _ending(outcome: int, cut: int | None) -> str:
    choice = f" [outcome {outcome + 1}]" if outcome else ""
    crash = "" if cut is None else f" and crashes after {cut} effect{'s' if cut > 1 else ''}"
    return crash + choice


def match_line(line: str, candidates: Iterable[Action]) -> Action | None:
    """Return the one of `candidates` (the enabled actions) that `line` describes, or None.

    Raises ValueError when the line fits two of them: their messages look the same in print.
    """
    found = list(dict.fromkeys(action for action in candidates if action_line(action) == line))
    if len(found) > 1:
        raise ValueError(f"'{line}' describes {len(found)} possible actions; give each message its own text (__str__)")
    return found[0] if found else None


# --- effects ---------------------------------------------------------------------------------------------------------


def effect_phrase(effect: Effect, form: Form = Form.PRESENT) -> str:
    """Return `effect` as what a process does: `sends msg a1 to p2`, `installs v3 {p2,p3}`."""
    return effect_phrases((effect,), form)[0]


def effect_phrases(effects: Iterable[Effect], form: Form = Form.PRESENT) -> list[str]:
    """Return one phrase per effect, in order; consecutive sends of the same message make one phrase."""
    phrases = []
    for (verb, what), group in groupby(effects, key=_parts):
        same = list(group)
        phrase = f"{_verb(verb, form)} {what}"
        targets = [Node(effect.to) for effect in same if isinstance(effect, Send)]
        phrases += [f"{phrase} to {listed(targets)}"] if targets else [phrase] * len(same)
    return phrases


def _parts(effect: Effect) -> tuple[str, str]:  # noqa: C901 - an arm for each kind of effect
    """Return the verb of `effect` and its object."""
    match effect:
        case Send(_, message):
            return "send", flat(message)
        case Deliver(payload):
            return "deliver", flat(payload)
        case Install(view):
            return "install", flat(view)
        case Adopt(payloads):
            return "adopt", f"the state {flat(payloads)}"
        case Monitor(node):
            return "monitor", str(Node(node))
        case Demonitor(node):
            return "stop", f"monitoring {Node(node)}"
        case SetTimer(timer):
            return "set", f"the timer {flat(timer)}"
        case CancelTimer(timer):
            return "cancel", f"the timer {flat(timer)}"
        case Halt(reason):
            return "end", f"itself ({flat(reason)})"
        case Store(value):
            return "store", flat(value)


def _verb(verb: str, form: Form) -> str:
    match form:
        case Form.BASE:
            return verb
        case Form.PRESENT:
            return f"{verb}s"
        case Form.PAST:
            return _PAST.get(verb, f"{verb}ed")
