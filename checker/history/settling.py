"""What is due by now in a log that goes on: whatever is older than some seconds before its end.

Obligations younger than that are taken out of the history, what meets older ones stays. Of a delivery, that the process has had
the payload stays: then it is as if it had been part of a state.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import inf

from groupy_check.checker.history.book import Track
from groupy_check.checker.history.gathering import LogHistory
from groupy_check.groupy_model.observations import Adopted, Delivered, History, Installed, Life, Observation, Sent, Status

IN_OWN_WAY = ("completeness", "admission", "precision")  # what is due of these differs
ENDED = (Status.CRASHED, Status.HALTED)


def without_times(log: LogHistory) -> str:
    """Where a line has no time; "" if all have one."""
    for track in log.tracks:
        for line, time in zip(track.lines, track.times, strict=True):
            if time != time:  # noqa: PLR0124 - nan: none
                return f"{log.book.files[track.file or 0]}:{line} has no `time`"
    return ""


def due(log: LogHistory, history: History, seconds: float, name: str) -> History:
    """`history`, whose lives are those of `log`, with nothing in it that property `name` may expect later than `seconds`."""
    limit = log.book.latest - seconds
    lives = [_due(life, track, limit, name) for life, track in zip(history.lives, log.tracks, strict=True)]
    return replace(history, lives=tuple(lives), at_rest=True)


def _due(life: Life, track: Track, limit: float, name: str) -> Life:
    if name == "completeness" and life.status in ENDED and not track.ended_at <= limit:
        return replace(life, status=Status.ABSENT)  # the others need not know yet
    added = len(life.log) - len(track.times)  # what was put in front has always been there
    times = [*([limit] * added), *track.times]
    if name in ("admission", "precision") and _latest(life.log, times) > limit:
        return replace(life, status=Status.ABSENT)  # it has only just come, or the others have not yet
    return replace(life, log=tuple(_old(life.log, times, limit)))


def _latest(log: Sequence[Observation], times: Sequence[float]) -> float:
    """When the process came into its last view; without any, when it began."""
    views = [time for entry, time in zip(log, times, strict=True) if isinstance(entry, Installed)]
    return views[-1] if views else min(times, default=inf)


def _old(log: Sequence[Observation], times: Sequence[float], limit: float) -> Iterator[Observation]:
    for entry, time in zip(log, times, strict=True):
        if time <= limit or not isinstance(entry, Sent | Delivered):
            yield entry
        elif isinstance(entry, Delivered):
            yield Adopted((entry.payload,))
