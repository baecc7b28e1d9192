"""What the process of a submission and its judge tell each other: lines of JSON, in which no code can be hidden.

Numbers, texts, processes, tuples and what the application multicasts are told as they are. All else is the submission's own: it
keeps its states and messages, and the judge knows them by number and text. The judge needs no more: to a search, a state is
something that can be told from others, and a message something that is handed back.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from groupy_check.groupy_model.effects import EFFECT_TYPES, View
from groupy_check.groupy_model.events import EVENT_TYPES
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.payloads import Change, SetState, StateRequest
from groupy_check.groupy_model.protocol import Step

LONGEST = 1 << 24  # of a line, about: bytes if it comes in parts of a kilobyte
SHARED: Mapping[str, type] = {
    kind.__name__: kind for kind in (*EFFECT_TYPES, *EVENT_TYPES, View, Change, StateRequest, SetState)
}
PLAIN = (type(None), bool, int, str)

Json = Any
ToOwn = Callable[[Hashable], Json]
FromOwn = Callable[[int, str], Hashable]


class WireError(Exception):
    """What was told makes no sense."""


@dataclass(frozen=True, slots=True)
class Token:
    """A value of the submission's own, as its judge knows it."""

    number: int
    text: str

    def __str__(self) -> str:
        return self.text


class Connection:
    """One end of it."""

    def __init__(self, end: socket.socket) -> None:
        self.end, self.rest = end, b""

    def send(self, text: Json) -> None:
        """Send one line. Raises OSError, and what `json.dumps` raises."""
        self.end.sendall(json.dumps(text).encode() + b"\n")

    def receive(self) -> Json:
        """The next line. Raises EOFError when there is none, WireError when it is no JSON."""
        parts = [self.rest]
        while b"\n" not in parts[-1]:
            part = self.end.recv(1 << 16)
            if not part:
                raise EOFError
            parts.append(part)
            if len(parts) > LONGEST >> 10:
                raise WireError("a line without end")
        line, _, self.rest = b"".join(parts).partition(b"\n")
        try:
            return json.loads(line)
        except (ValueError, RecursionError) as error:
            raise WireError("no JSON") from error


def told(value: Any, own: ToOwn) -> Json:
    """`value` as JSON; what is none of ours is told by `own`."""
    kind = type(value)
    if kind in PLAIN:
        return ["plain", value]
    if kind is Node:
        return ["node", int(value)]
    if kind is tuple:
        return ["tuple", *(told(part, own) for part in value)]
    if SHARED.get(kind.__name__) is kind:
        return [kind.__name__, *(told(getattr(value, field.name), own) for field in fields(kind))]
    return own(value)


def heard(text: Json, own: FromOwn) -> Any:
    """The value that `text` tells of. Raises WireError."""
    match text:
        case ["plain", value] if type(value) in PLAIN:
            return value
        case ["node", int(number)] if type(number) is int:
            return Node(number)
        case ["tuple", *parts]:
            return tuple(heard(part, own) for part in parts)
        case ["own", int(number), str(shown)] if type(number) is int:
            return own(number, shown)
        case [str(name), *parts] if name in SHARED and len(parts) == len(fields(SHARED[name])):
            return SHARED[name](*(heard(part, own) for part in parts))
    raise WireError(f"no value: {str(text)[:80]}")


def token_told(value: Hashable) -> Json:
    """A Token as JSON, for the one who has the value."""
    if not isinstance(value, Token):
        raise WireError(f"no value of the submission's: {value}")
    return ["own", value.number, ""]


def steps_told(steps: Sequence[Step] | None, own: ToOwn) -> Json:
    """The outcomes of a handler as JSON."""
    if steps is None:
        return None
    return [[told(step.state, own), *(told(effect, own) for effect in step.effects)] for step in steps]


def steps_heard(text: Json, own: FromOwn) -> list[Step] | None:
    """The outcomes of a handler. Raises WireError."""
    if text is None:
        return None
    if not isinstance(text, list) or not all(isinstance(part, list) and part for part in text):
        raise WireError("no steps")
    return [Step(heard(state, own), tuple(heard(effect, own) for effect in effects)) for state, *effects in text]
