"""One English line per action and per effect: what traces print, replays read and pictures are labelled with."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from itertools import groupby

from groupy_check.groupy_model.actions import Action, Crash, Duplicate, Handle, Heal, Lose, Partition, Suspect
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
)
from groupy_check.groupy_model.events import Down, Event, Join, Leave, Multicast, Receive, Start, Timeout
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.show import printable, show


class Form(Enum):
    """Which form of the verb a phrase begins with; the value is that form of `send`."""

    BASE = "send"
    PRESENT = "sends"
    PAST = "sent"


_PAST = {"send": "sent", "set": "set", "stop": "stopped", "cancel": "cancelled"}


def listed(items: Iterable[object]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    *head, last = map(str, items)
    return f"{', '.join(head)} and {last}" if head else last


def flat(value: object) -> str:
    """`show(value)` on one line."""
    return printable(show(value))


# --- actions ---------------------------------------------------------------------------------------------------------


def action_line(action: Action) -> str:
    """`action` as one line. Different actions that are enabled together have different lines, so a trace can be read back.

    That needs messages with different texts where messages differ; `match_line` says so where a protocol's do not.
    """
    match action:
        case Handle(node, event, outcome, cut):
            return f"{node} {_event(event)}{_ending(outcome, cut)}"
        case Suspect(node, other, outcome, cut):
            return f"{node} wrongly suspects {other}{_ending(outcome, cut)}"
        case Crash(node):
            return f"{node} crashes"
        case Lose(source, target, index, message):
            return f"the network loses {flat(message)} from {source} to {target} (place {index + 1} in the queue)"
        case Duplicate(source, target, index, message):
            return f"the network repeats {flat(message)} from {source} to {target} (place {index + 1} in the queue)"
        case Partition(side):
            return f"the network cuts {listed(side)} off from the others"
        case Heal():
            return "the network heals"


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
            return f"hears that {node} is down"
        case Timeout(timer):
            return f"times out ({timer})"


def _ending(outcome: int, cut: int | None) -> str:
    choice = f" [outcome {outcome + 1}]" if outcome else ""
    crash = "" if cut is None else f" and crashes after {cut} effect{'s' if cut > 1 else ''}"
    return crash + choice


def match_line(line: str, candidates: Iterable[Action]) -> Action | None:
    """The one of `candidates` (what is enabled) that `line` describes, None where there is none.

    Raises ValueError when the line fits two of them, since then their messages cannot be told apart in print.
    """
    found = list(dict.fromkeys(action for action in candidates if action_line(action) == line))
    if len(found) > 1:
        raise ValueError(f"'{line}' describes {len(found)} possible actions; give each message a text (__str__) of its own")
    return found[0] if found else None


# --- effects ---------------------------------------------------------------------------------------------------------


def effect_phrase(effect: Effect, form: Form = Form.PRESENT) -> str:
    """`effect` as what a process does: `sends msg a1 to p2`, `installs v3 {p2,p3}`."""
    return effect_phrases((effect,), form)[0]


def effect_phrases(effects: Iterable[Effect], form: Form = Form.PRESENT) -> list[str]:
    """One phrase per effect, in order; a message sent to several processes in a row is one phrase."""
    phrases = []
    for (verb, what), group in groupby(effects, key=_parts):
        same = list(group)
        phrase = f"{_verb(verb, form)} {what}"
        targets = [Node(effect.to) for effect in same if isinstance(effect, Send)]
        phrases += [f"{phrase} to {listed(targets)}"] if targets else [phrase] * len(same)
    return phrases


def _parts(effect: Effect) -> tuple[str, str]:
    """The verb, and what it is about."""
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
            return "set", f"the timer {timer}"
        case CancelTimer(timer):
            return "cancel", f"the timer {timer}"
        case Halt(reason):
            return "end", f"itself ({flat(reason)})"


def _verb(verb: str, form: Form) -> str:
    match form:
        case Form.BASE:
            return verb
        case Form.PRESENT:
            return f"{verb}s"
        case Form.PAST:
            return _PAST.get(verb, f"{verb}ed")
