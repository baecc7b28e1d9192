"""A recording goes on until Ctrl-C or SIGTERM, whatever the library or the program that it listens to is doing."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from typing import Protocol

from groupy_check.checker.history.recorders.growing_log import GrowingLog

MOMENT = 0.7  # seconds that a recorder may take to end


class RecorderError(Exception):
    """There is nothing to record, or nothing more; the text is one line."""


class LogRecorder(Protocol):
    """Writes down what happens to `process`, in a file whose name begins with `file_stem`."""

    process: str
    file_stem: str

    def record(self, file: GrowingLog, stop: Event) -> str:
        """Write to `file` until `stop` is set; why it ended before, else "". Raises RecorderError."""


def file_stem(*words: object) -> str:
    """The name of a log, without what a file's name should not have."""
    return "-".join(re.sub(r"[^A-Za-z0-9._-]", "_", str(word)) for word in words)


@dataclass(frozen=True, slots=True)
class Recording:
    """A recording that is over: how many events there are, and why it `ended` if nobody stopped it."""

    events: int
    ended: str


def record_until_stopped(recorder: LogRecorder, path: Path, begun: Callable[[], None]) -> Recording:
    """Record into the new file `path`, until a KeyboardInterrupt or the end of what is recorded. Raises RecorderError, OSError.

    The recorder has a thread of its own, since a call of a library may block for good: what it has written by then is all.
    """
    stop, over = Event(), Event()
    outcome: list[str | Exception] = []
    with GrowingLog(path, recorder.process) as file:
        thread = Thread(target=_run, args=(recorder, file, stop, over, outcome), daemon=True)
        try:
            thread.start()
            begun()
            over.wait()
        except KeyboardInterrupt:
            stop.set()
            over.wait(MOMENT)
    match outcome:
        case [Exception() as error]:
            raise error
        case [str(why)]:
            return Recording(file.events, why)
    return Recording(file.events, "it did not answer any more when it was to end")


def _run(recorder: LogRecorder, file: GrowingLog, stop: Event, over: Event, outcome: list[str | Exception]) -> None:
    try:
        outcome.append(recorder.record(file, stop))
    except Exception as error:  # noqa: BLE001 - told where it is waited for
        outcome.append(error)
    over.set()
