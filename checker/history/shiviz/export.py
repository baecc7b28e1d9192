"""A log with vector clocks, in the format of ShiViz (see `importing`), which draws what happened before what."""

from __future__ import annotations

import json
import re
from collections import Counter, deque
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from itertools import zip_longest

from groupy_check.checker.history.gathering import LogHistory
from groupy_check.groupy_model.effects import View
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.observations import (
    Adopted,
    Delivered,
    Ended,
    IndicatedSafe,
    Installed,
    Left,
    MovedWith,
    Observation,
    Sent,
    Status,
)
from groupy_check.groupy_model.show import show


def shiviz_text(log: LogHistory) -> str:
    """The log with vector clocks: what a process had multicast is known to whoever delivers it."""
    return "".join(f"{host} {json.dumps(clock)}\n{words}\n" for host, clock, words in _events(log))


def _events(log: LogHistory) -> Iterator[tuple[str, dict[str, int], str]]:
    """The events of all processes, each after those that happened before it; see `shiviz_text` for the clocks."""
    hosts = [re.sub(r"\s", "_", str(life.node)) for life in log.history.lives]
    waiting = [deque(_entries(life.log, life.status)) for life in log.history.lives]
    clocks: list[Counter[str]] = [Counter() for _ in hosts]
    to_come: Counter[Hashable] = Counter(entry.payload for entries in waiting for entry in entries if isinstance(entry, Sent))
    sent: dict[Hashable, Counter[str]] = {}
    while any(waiting):
        free = [place for place, entries in enumerate(waiting) if entries and not _too_early(entries[0], to_come, sent)]
        for place in free or [place for place, entries in enumerate(waiting) if entries][:1]:
            entry, clock, host = waiting[place].popleft(), clocks[place], hosts[place]
            if isinstance(entry, Delivered):
                clock |= sent.get(entry.payload, Counter())
            clock[host] += 1
            if isinstance(entry, Sent):
                sent.setdefault(entry.payload, Counter(clock))
            yield host, dict(clock), json.dumps(_fields(entry))


def _too_early(entry: object, to_come: Counter[Hashable], sent: dict[Hashable, Counter[str]]) -> bool:
    return isinstance(entry, Delivered) and bool(to_come[entry.payload]) and entry.payload not in sent


@dataclass(frozen=True, slots=True)
class InstalledWith:
    """A view and the transitional set that came with it, which are one event."""

    view: View
    members: tuple[Node, ...]


Exported = Observation | InstalledWith | Status


def _entries(log: tuple[Observation, ...], status: Status) -> Iterator[Exported]:
    for entry, following in zip_longest(log, log[1:]):
        if isinstance(entry, Installed) and isinstance(following, MovedWith):
            yield InstalledWith(entry.view, following.members)
        elif not isinstance(entry, MovedWith):
            yield entry
    if status is Status.CRASHED:
        yield status


def _fields(entry: Exported) -> dict[str, object]:
    """What happened, in the words of groupy-log 1."""
    match entry:
        case Sent(payload):
            return {"event": "multicast", "payload": _value(payload)}
        case Delivered(payload):
            return {"event": "deliver", "payload": _value(payload)}
        case Installed(view):
            return {"event": "view", "view": _identity(view.id), "members": [str(member) for member in view.members]}
        case Adopted(payloads):
            return {"event": "state", "payload": [_value(payload) for payload in payloads]}
        case IndicatedSafe(payload):
            return {"event": "safe", "payload": _value(payload)}
        case InstalledWith(view, members):
            return {**_fields(Installed(view)), "transitional": [str(member) for member in members]}
        case Left():
            return {"event": "leave"}
        case Ended(reason):
            return {"event": "end", "reason": reason}
    return {"event": "crash"}


def _identity(number: int) -> int | str:
    return number if type(number) is int else str(number)


def _value(payload: Hashable) -> object:
    """The JSON value that was read as `payload` (see `payload_text`)."""
    try:
        return json.loads(show(payload))
    except ValueError:
        return show(payload)
