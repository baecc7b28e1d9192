"""What was read of logs: what each process logged, in order, and where each entry stands."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from math import nan
from typing import TypeVar

from groupy_check.checker.history.log_format import Scalar, UnreadableLineError
from groupy_check.checker.history.payload_text import payload_text
from groupy_check.groupy_model.observations import Delivered, Observation, Status

Parsed = TypeVar("Parsed")


@dataclass(frozen=True, slots=True)
class LoggedView:
    """A view as a line gives it; which views are the same is found out when all lines are known."""

    identity: Scalar | None
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LoggedTransitionalSet:
    """The transitional set that came with the view before it."""

    members: tuple[str, ...]


Entry = Observation | LoggedView | LoggedTransitionalSet


@dataclass(frozen=True, slots=True)
class LogComplaint:
    """Something wrong with a line."""

    file: str
    line: int
    reason: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.reason}"


@dataclass(slots=True)
class Track:
    """One life of the process `name`, as it grows: its `entries`, their `lines` in the file number `file`, and their `times`.

    `status` is UP as long as nothing says how it ended; `ended_at` is the time of that line. `over`: its own file says so.
    """

    name: str
    incarnation: int
    file: int | None = None
    entries: list[Entry] = field(default_factory=list)
    lines: array[int] = field(default_factory=lambda: array("q"))
    times: array[float] = field(default_factory=lambda: array("d"))
    status: Status = Status.UP
    ended_at: float = nan
    over: bool = False
    last_time: float = nan
    last_clock: int = -1
    warned: bool = False

    def add(self, entry: Entry, line: int, time: float) -> None:
        """Append `entry`."""
        self.entries.append(entry)
        self.lines.append(line)
        self.times.append(time)


@dataclass(slots=True)
class Book:
    """All that was read: `tracks` by the name of the process and its incarnation, and what is wrong with the `files`.

    `transitional`: whether some view has a transitional set. `named`: whether views have identities of their own; None as long
    as there is no view. `ordered`: whether the members of a view are in the system's order; None as long as no header says.
    `asked` are the payloads that were multicast, and `again` says of those that were multicast more than once where the second
    time was. `read` counts events by their name, `lives` those of each process; `latest` is the latest time.
    """

    files: list[str] = field(default_factory=list)
    tracks: dict[tuple[str, tuple[bool, Scalar | None], int], Track] = field(default_factory=dict)
    faults: list[LogComplaint] = field(default_factory=list)
    warnings: list[LogComplaint] = field(default_factory=list)
    read: Counter[str] = field(default_factory=Counter)
    transitional: bool = False
    named: bool | None = None
    ordered: bool | None = None
    views: dict[tuple[type, Scalar | None, tuple[str, ...]], LoggedView] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)
    again: dict[str, str] = field(default_factory=dict)
    lives: Counter[str] = field(default_factory=Counter)
    payloads: dict[bytes, str] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    delivered: dict[bytes, Delivered] = field(default_factory=dict)
    latest: float = nan

    def payload(self, raw: bytes) -> str:
        """The text of a payload, the same object each time. Raises UnreadableLineError."""
        found = self.payloads.get(raw)
        if found is None:
            found = self.payloads[raw] = self.interned(json_of(payload_text, raw))
        return found

    def interned(self, text: str) -> str:
        """The one object that stands for the payload with this `text`."""
        return self.texts.setdefault(text, text)

    def delivery(self, raw: bytes) -> Delivered:
        """The delivery of a payload, the same object each time. Raises UnreadableLineError."""
        found = self.delivered.get(raw)
        if found is None:
            found = self.delivered[raw] = Delivered(self.payload(raw))
        return found

    def track(self, name: str, incarnation: Scalar | None, life: int) -> Track:
        """The track of one life of a process, a new one if it is the first to be heard of it."""
        key = (name, (isinstance(incarnation, bool), incarnation), life)
        if key not in self.tracks:
            self.tracks[key] = Track(name, self.lives[name])
            self.lives[name] += 1
        return self.tracks[key]


def json_of(parse: Callable[[bytes], Parsed], raw: bytes) -> Parsed:
    """What `parse` makes of a payload. Raises UnreadableLineError."""
    try:
        return parse(raw)
    except RecursionError:
        raise UnreadableLineError("the payload is nested too deeply; log an id instead") from None
    except ArithmeticError:
        raise UnreadableLineError("the payload has a number that is out of range; log a string instead") from None
    except ValueError as error:
        raise UnreadableLineError(f"the payload cannot be read: {error}") from None
