"""The file of one process in the format groupy-log 1, which grows while the process runs."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType

import msgspec

from groupy_check.checker.history.log_format import VERSION

HEADER: dict[str, object] = {"groupy-log": VERSION, "ordered": False}  # the members of a view are a set


class GrowingLog:
    """A new file for `process`. What was written before whatever ends us stays, in whole lines. Raises OSError."""

    def __init__(self, path: Path, process: str) -> None:
        self.path, self.process, self.events = path, process, 0
        self._file = path.open("xb")
        self._write([HEADER])

    def __enter__(self) -> GrowingLog:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._file.close()

    def write(self, lines: Iterable[dict[str, object]]) -> None:
        """Write events that have happened by now, given without the process and the time."""
        now = round(time.time(), 6)
        told = [{"process": self.process, **line, "time": now} for line in lines]
        self.events += len(told)
        if told:
            self._write(told)

    def _write(self, told: Iterable[dict[str, object]]) -> None:
        self._file.write(b"".join(msgspec.json.encode(line) + b"\n" for line in told))
        self._file.flush()
