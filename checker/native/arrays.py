"""Growing arrays and hash maps from pairs of small numbers, made for the kernel: plain numpy, filled from Python."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from checker.native.maps import EMPTY, known_in, put_all, rehash

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
    """From pairs of numbers below 2**32, or from hashes, to numbers below 2**63: open addressing, at most half full.

    What is put waits until somebody looks at `pairs`: entries come in hundreds, and each call of compiled code costs.
    """

    def __init__(self) -> None:
        self._pairs: NDArray[np.uint64] = np.full(2 * SMALLEST, EMPTY, dtype=np.uint64)
        self.count = 0
        self.waiting: list[tuple[int, int]] = []

    @property
    def pairs(self) -> NDArray[np.uint64]:
        """Keys and values in turn."""
        if self.waiting:
            while 2 * self.count > len(self._pairs) // 2:
                self._pairs = rehash(self._pairs)
            put_all(self._pairs, np.array(self.waiting, dtype=np.uint64))
            self.waiting.clear()
        return self._pairs

    def put(self, first: int, second: int, value: int) -> None:
        """Remember `value` for a pair that is not there yet."""
        self._put(first << 32 | second, value)

    def note(self, hashed: int, value: int = 0) -> None:
        """Remember `value` for a hash; again is once."""
        if known_in(self.pairs, np.uint64(hashed)) < 0:
            self._put(hashed, value)

    def _put(self, key: int, value: int) -> None:
        self.waiting.append((key, value))
        self.count += 1


def distinct(triples: NDArray[np.int64]) -> list[list[int]]:
    """The triples, of a number below 16 and two below 2**29, each once and in order."""
    width, mask = 29, (1 << 29) - 1
    keys = np.unique((triples[:, 0] << 2 * width) | (triples[:, 1] << width) | triples[:, 2])
    found: list[list[int]] = np.column_stack((keys >> 2 * width, (keys >> width) & mask, keys & mask)).tolist()
    return found
