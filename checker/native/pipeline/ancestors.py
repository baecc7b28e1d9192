"""How each state was reached first: from which state, and by which action. Written once, in order; read only for a trace.

Of all but the last ones that lies in a file, since a search of 10**9 states needs its memory for other things.
"""

from __future__ import annotations

import os
import tempfile
import weakref
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from groupy_check.checker.errors import GroupyError, OutOfRoomError
from groupy_check.checker.limits.disk import is_full, scratch

KEPT_BYTES = 1 << 22  # that wait in memory, to be written together
RECORD = np.dtype([("parent", "<u4"), ("ordinal", "<u2")])
MOST = (1 << 32) - (1 << 24)  # states: their numbers have 32 bits, and a batch may find some more

Array = NDArray[Any]


class Ancestors:
    """Of each state that was found, the number of the one that it was reached from, and the place of the action among those
    possible there. With a `directory` the file lies there, else where temporary files do; nobody else can see it.
    """

    def __init__(self, directory: Path | None = None) -> None:
        self.directory = directory
        self.parents, self.ordinals = np.empty(0, np.uint32), np.empty(0, np.uint16)  # of the states that are being found
        self.kept = bytearray()  # what is not in the file yet
        self.written = 0  # bytes in the file
        self.descriptor: int | None = None  # of the file

    def __len__(self) -> int:
        return (self.written + len(self.kept)) // RECORD.itemsize

    def make_room(self, count: int) -> None:
        """So many states more will be found together."""
        if count > len(self.parents):
            self.parents, self.ordinals = np.empty(2 * count, np.uint32), np.empty(2 * count, np.uint16)

    def take_over(self, count: int) -> Array:
        """Keep what was noted of the next `count` states, and return it."""
        records = np.empty(count, RECORD)
        records["parent"], records["ordinal"] = self.parents[:count], self.ordinals[:count]
        self.add(records)
        return records

    def add(self, records: Array) -> None:
        """Keep those of the next states. Raises OutOfRoomError when the disk is full; they are known all the same."""
        self.kept += records.tobytes()
        if len(self.kept) >= KEPT_BYTES:
            self._write()

    def way(self, number: int) -> list[int]:
        """The places of the actions that lead to the state of this number, the first one first. ValueError if none do."""
        places = []
        while number:
            parent, place = self.of(number)
            if parent >= number:
                raise ValueError(f"there is no way to the state numbered {number}")
            places.append(place)
            number = parent
        return places[::-1]

    def of(self, number: int) -> tuple[int, int]:
        """The number of the state from which this one was reached first, and the place of the action."""
        record = np.frombuffer(self._read(number), RECORD)
        if not len(record):
            raise ValueError(f"there is no state numbered {number}")
        return int(record["parent"][0]), int(record["ordinal"][0])

    def _write(self) -> None:
        place = self.directory or scratch()
        try:
            if self.descriptor is None:
                self.descriptor = self._opened(place)
            while self.kept:
                done = os.pwrite(self.descriptor, self.kept, self.written)
                self.written += done
                del self.kept[:done]
        except OSError as error:
            if is_full(error):
                raise OutOfRoomError(f"the disk is full, or a quota on it is used up: no room is left under {place}") from error
            advice = "name another directory with --spill" if self.directory else "set TMPDIR to another directory"
            raise GroupyError(f"cannot write to {place}: {error.strerror or error}; {advice}") from error

    def _opened(self, place: Path) -> int:
        """A file in this directory that has no name, and lives as long as this does."""
        place.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=place) as file:
            descriptor = os.dup(file.fileno())
        weakref.finalize(self, os.close, descriptor)
        return descriptor

    def _read(self, number: int) -> bytes:
        begin = number * RECORD.itemsize
        if self.descriptor is not None and begin < self.written:
            return os.pread(self.descriptor, RECORD.itemsize, begin)
        return bytes(self.kept[begin - self.written : begin - self.written + RECORD.itemsize])
