"""Growing arrays and hash maps from pairs of small numbers, made for the kernel: plain numpy, filled from Python."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from checker.native.maps import EMPTY, known_in, put, rehash

SMALLEST = 64


class Growing:
    """Rows of equal shape, to which rows are added; `array` has room to spare, filled with `default`."""

    def __init__(self, dtype: DTypeLike, columns: int = 0, default: int = 0) -> None:
        self.default = default
        self.array: NDArray[Any] = np.full((SMALLEST, columns) if columns else SMALLEST, default, dtype=dtype)
        self.length = 0

    def reach(self, length: int) -> None:
        """Have at least `length` rows; new ones hold the default."""
        if length > len(self.array):
            more = max(length, 2 * len(self.array)) - len(self.array)
            room = np.full((more, *self.array.shape[1:]), self.default, dtype=self.array.dtype)
            self.array = np.concatenate([self.array, room])
        self.length = max(self.length, length)

    def add(self, row: Any) -> int:
        """Add `row`. Returns its place."""
        self.reach(self.length + 1)
        self.array[self.length - 1] = row
        return self.length - 1


class Map:
    """From pairs of numbers below 2**32, or from hashes, to numbers below 2**31: open addressing, at most half full."""

    def __init__(self) -> None:
        self.pairs: NDArray[np.uint64] = np.full(2 * SMALLEST, EMPTY, dtype=np.uint64)
        self.count = 0

    def put(self, first: int, second: int, value: int) -> None:
        """Remember `value` for a pair that is not there yet."""
        self._put(first << 32 | second, value)

    def note(self, hashed: int, value: int = 0) -> None:
        """Remember `value` for a hash; again is once."""
        if known_in(self.pairs, np.uint64(hashed)) < 0:
            self._put(hashed, value)

    def _put(self, key: int, value: int) -> None:
        if 4 * (self.count + 1) > len(self.pairs):
            self.pairs = rehash(self.pairs)
        put(self.pairs, np.uint64(key), np.uint64(value))
        self.count += 1
