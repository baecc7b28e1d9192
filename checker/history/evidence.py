"""The lines of a log that a witness speaks of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from groupy_check.checker.history.gathering import LogHistory
from groupy_check.groupy_model.log_verdict import LogPlace
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
)
from groupy_check.groupy_model.show import show
from groupy_check.groupy_model.verdict import Witness

TIMES = 2  # of one kind of entry about one payload or view, per process: the third says nothing new
MOST = 24  # lines in all


def places_of(witness: Witness, log: LogHistory) -> tuple[LogPlace, ...]:
    """The lines, process by process, in order."""
    found: list[LogPlace] = []
    for place in speaking(witness, log):
        life, track = log.history.lives[place], log.tracks[place]
        added = len(life.log) - len(track.lines)
        for at in entries_of(witness, log, place):
            if at >= added:
                words = f"{life.node} {in_words(life.log[at], witness)}"
                found.append(LogPlace(log.book.files[track.file or 0], track.lines[at - added], words))
    return tuple(found[:MOST])


def speaking(witness: Witness, log: LogHistory) -> list[int]:
    """The places of the lives that the witness is about, and of those that multicast its payloads."""
    known = range(len(log.history.lives))
    named = [int(node) - 1 for node in witness.processes if int(node) - 1 in known]
    wanted = frozenset(witness.payloads)
    senders = [
        place
        for place, life in enumerate(log.history.lives if wanted else ())
        if any(isinstance(entry, Sent) and entry.payload in wanted for entry in life.log)
    ]
    return sorted({*named, *senders})


def entries_of(witness: Witness, log: LogHistory, place: int) -> Iterator[int]:
    """Where in the log of a life something stands that the witness speaks of; if it does not name the process, multicasts."""
    named = any(int(node) - 1 == place for node in witness.processes)
    bare = not witness.payloads and not witness.views
    payloads, views = frozenset(witness.payloads), frozenset(witness.views)
    installations: frozenset[Observation] = frozenset(map(Installed, views))
    seen: Counter[object] = Counter()
    for at, entry in enumerate(log.history.lives[place].log):
        match entry:
            case Sent(payload) if payload in payloads:
                key: object = entry
            case Delivered(payload) if named and payload in payloads:
                key = entry
            case Adopted(adopted) if named and not payloads.isdisjoint(adopted):
                key = Adopted
            case Installed(view) if named and view in views:
                key = view
            case MovedWith() if named and log.history.lives[place].log[at - 1] in installations:
                key = entry
            case IndicatedSafe(payload) if named and payload in payloads:
                key = entry
            case Ended() | Left() if named and (bare or views):
                key = entry
            case _:
                continue
        seen[key] += 1
        if seen[key] <= TIMES:
            yield at


def in_words(entry: Observation, witness: Witness) -> str:
    """What an entry says, after the name of the process."""
    match entry:
        case Sent(payload):
            return f"multicast {show(payload)}"
        case Delivered(payload):
            return f"delivered {show(payload)}"
        case Installed(view):
            return f"installed {view}"
        case Adopted(payloads):
            part = [show(payload) for payload in payloads if payload in witness.payloads]
            return f"started from a state of {len(payloads):,} payloads, among them {', '.join(part) or 'none of these'}"
        case MovedWith(members):
            return f"was told that it moved with {', '.join(map(str, members)) or 'nobody'}"
        case IndicatedSafe(payload):
            return f"was told that {show(payload)} is safe"
        case Ended(reason):
            return f"ended itself: {reason}"
        case Left():
            return "asked to leave"
    raise AssertionError(entry)  # a log has no other entries
