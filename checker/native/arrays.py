"""Growing arrays and hash maps from pairs of small numbers, made for the kernel: plain numpy, filled from Python."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from checker.native.maps import EMPTY, find_hash, put, rehash

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
    """From pairs of numbers below 2**32 to numbers below 2**31: open addressing, at most half full."""

    def __init__(self) -> None:
        self.keys: NDArray[np.uint64] = np.full(SMALLEST, EMPTY, dtype=np.uint64)
        self.values: NDArray[np.int32] = np.zeros(SMALLEST, dtype=np.int32)
        self.count = 0

    def put(self, first: int, second: int, value: int) -> None:
        """Remember `value` for a pair that is not there yet."""
        if 2 * (self.count + 1) > len(self.keys):
            self.keys, self.values = rehash(self.keys, self.values)
        put(self.keys, self.values, np.uint64(first << 32 | second), np.int32(value))
        self.count += 1

    def note(self, hashed: int, value: int = 0) -> None:
        """As `put`, for a hash instead of a pair; again is once."""
        if find_hash(self.keys, self.values, np.uint64(hashed)) < 0:
            self.put(hashed >> 32, hashed & 0xFFFFFFFF, value)
