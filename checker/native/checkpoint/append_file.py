"""A file that grows by plain numbers of one type, with a checksum of all that was added."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

PART = 1 << 20  # rows that are read at a time


class AppendFile:
    """Rows of `shape`, one behind the other. `count` of them are there; what else the file may hold does not count.

    A new one begins empty, whatever was there. OSError propagates from everything.
    """

    def __init__(self, path: Path, dtype: np.dtype[Any], shape: tuple[int, ...], *, new: bool) -> None:
        self.path, self.dtype, self.shape = path, dtype, shape
        self.file = path.open("w+b" if new else "r+b")
        self.count, self.checksum = 0, 0

    def add(self, rows: Array) -> None:
        """Add `rows` at the end."""
        data = np.ascontiguousarray(rows, self.dtype)
        self.file.write(data.data)
        self.checksum = crc32(data.data, self.checksum)
        self.count += len(data)

    def add_from(self, array: Array, length: int) -> None:
        """Add what the first `length` rows of `array` have that is not in the file yet."""
        self.add(array[self.count : length])

    def read(self, count: int, checksum: int) -> Iterator[Array]:
        """The first `count` rows, in parts; what lies behind them is cut off. Raises ValueError for another checksum."""
        while self.count < count:
            more = min(count - self.count, PART)
            rows = np.empty((more, *self.shape), self.dtype)
            if self.file.readinto(rows.data) != rows.nbytes:
                raise ValueError(f"{self.path.name} is too short")
            self.checksum = crc32(rows.data, self.checksum)
            self.count += more
            yield rows
        if (self.count, self.checksum) != (count, checksum):
            raise ValueError(f"{self.path.name} is not as it was written")
        self.file.truncate()

    def sync(self) -> None:
        """Write to the disk what was added."""
        self.file.flush()
        os.fsync(self.file.fileno())

    def close(self) -> None:
        """Close the file."""
        self.file.close()
