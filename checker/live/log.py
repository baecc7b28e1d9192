"""The log of a node: groupy-log 1, one JSON object a line, and what makes the run replayable besides.

A handler is one line, written before any of its effects happens; each effect that has happened is a line more. Lines go to the
operating system one by one, so a process that is killed leaves all of them. `epoch` and `lamport` put the handlers of all nodes
into one order (`checker.live.afterwards.reading`).
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Hashable
from hashlib import blake2b
from pathlib import Path
from typing import Any

from groupy_check.checker.live.mailbox import Envelope
from groupy_check.groupy_model.actions import Handle, Suspect
from groupy_check.groupy_model.effects import Adopt, Deliver, Effect, Halt, Install, View
from groupy_check.groupy_model.events import Down, Event, Join, Leave, Multicast, Receive, Recover, Timeout
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.protocol import Step
from groupy_check.groupy_model.show import printable, show

NETWORK = "network"  # the file of what happened to the network


class LogFile:
    """Writes the log of `name` to a file in `directory`; `began` is the time at which the run began.

    `incarnation`: how often the process has come back.
    """

    def __init__(self, directory: Path, name: str, began: float, incarnation: int = 0) -> None:
        self.directory, self.name, self.began, self.incarnation = directory, name, began, incarnation
        path = directory / f"{name}.jsonl"
        self.descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)

    def write(self, event: str, process: object = None, **fields: Any) -> None:
        """Write one line; what is said of another `process` has no time of that process."""
        time_of_it = {} if process is not None else {"time": round(time.monotonic() - self.began, 6)}
        line = {"process": str(process or self.name), **which(self.incarnation), "event": event, **time_of_it, **fields}
        os.write(self.descriptor, (json.dumps(line) + "\n").encode())

    def head(self, **fields: Any) -> None:
        """Write the first line."""
        os.write(self.descriptor, (json.dumps({"groupy-log": 1, "ordered": True, **fields}) + "\n").encode())


def which(incarnation: int) -> dict[str, Any]:
    """What a line says of the incarnation that it is about: of the first, nothing."""
    return {"incarnation": incarnation} if incarnation else {}


def handler_line(
    action: Handle | Suspect, step: Step, effects: tuple[Effect, ...], envelope: Envelope | None
) -> dict[str, Any]:
    """What a log says of a handler: `event`, what it handled and how, and a digest of the state after it."""
    event: Event = action.event if isinstance(action, Handle) else Down(action.node)
    line = {"event": "note", **_handled(event)}
    if isinstance(action, Suspect):
        line["handles"] = "suspect"
    if envelope is not None and isinstance(event, Receive):
        line["sent"] = list(envelope.sent)
    return {**line, "outcome": action.outcome, "effects": len(effects), "state": digest(step.state)}


def _handled(event: Event) -> dict[str, Any]:
    match event:
        case Multicast(payload):
            return {"event": "multicast", "handles": "multicast", "payload": flat(payload)}
        case Join(contact):
            return {"event": "start", "handles": "join", "of": str(contact)}
        case Leave():
            return {"event": "leave", "handles": "leave"}
        case Receive(source, message):
            return {"handles": "receive", "of": str(source), "message": flat(message)}
        case Down(node):
            return {"handles": "down", "of": str(node)}
        case Timeout(timer):
            return {"handles": "timeout", "timer": timer}
        case Recover(stored):
            return {"event": "start", "handles": "recover", "stored": flat(stored)}
    return {"handles": "start"}


def effect_line(effect: Effect) -> dict[str, Any]:
    """What a log says of an effect that has happened."""
    match effect:
        case Deliver(payload):
            return {"event": "deliver", "payload": flat(payload), "text": flat(effect)}
        case Install(view):
            return {**view_line(view), "text": flat(effect)}
        case Adopt(payloads):
            return {"event": "state", "payload": [flat(payload) for payload in payloads], "text": flat(effect)}
        case Halt(reason):
            return {"event": "end", "reason": reason, "text": flat(effect)}
    return {"event": "note", "text": flat(effect)}


def view_line(view: View) -> dict[str, Any]:
    """What a log says of a view that has been installed."""
    return {"event": "view", "view": view.id, "members": [str(Node(member)) for member in view.members]}


def flat(value: object) -> str:
    """The text of `value`, on one line."""
    return printable(show(value))


def digest(state: Hashable) -> str:
    """A few letters that tell states of a protocol apart."""
    return blake2b(flat(state).encode("utf-8", "backslashreplace"), digest_size=6).hexdigest()
