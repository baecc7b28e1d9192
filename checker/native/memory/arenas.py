"""Growing arrays and hash maps from pairs of small numbers, made for the kernel: plain numpy, filled from Python.

What the kernel reads lies in few arenas, each one array: that is all that has to be handed over, however tables grow.
"""

from __future__ import annotations

import mmap
import sys
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from groupy_check.checker.errors import OutOfRoomError, TooLargeError
from groupy_check.checker.limits.memory import address_space
from groupy_check.checker.native.compiled.calling import known_in, put_all, rehash
from groupy_check.checker.native.memory.layout import EMPTY

SMALLEST = 64
RESERVED = 1 << 37  # bytes of address space for an array; only what is written to becomes memory
PARTS = 16  # of an address space that is limited: an array may have one of what is left
NORESERVE = 0x4000 if sys.platform == "linux" else 0  # mmap.MAP_NORESERVE, which Python 3.11 does not name
LARGE_PAGE = 1 << 21  # bytes
LINE = 8  # every table begins at a multiple of this


def reserved(dtype: DTypeLike) -> NDArray[Any]:
    """An array of zeros, longer than any search needs; the system lends a page when it is first written to.

    Where the address space is limited, it is a part of that: who writes to it looks first whether it is long enough.
    """
    space = address_space()
    return np.frombuffer(_lent(RESERVED if space is None else max(0, space) // PARTS // LARGE_PAGE * LARGE_PAGE), dtype)


def apart(size: int) -> NDArray[np.uint8]:
    """So many bytes, all zeros, which go back to the system as soon as nobody has the array any more."""
    # Where it begins with a large page, the system lends large pages, which costs a tenth.
    memory = np.frombuffer(_lent(size + LARGE_PAGE), np.uint8)
    begin = -int(memory.__array_interface__["data"][0]) % LARGE_PAGE
    return memory[begin : begin + size]


def _lent(size: int) -> mmap.mmap:
    try:
        memory = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | NORESERVE)
    except (OSError, ValueError) as error:
        reason = "this system lets no program reserve the address space that the native engine needs (see ulimit -v)"
        raise TooLargeError(f"{reason}; take --engine reference") from error
    if hasattr(mmap, "MADV_HUGEPAGE"):
        memory.madvise(mmap.MADV_HUGEPAGE)
    return memory


def ensure_length(array: NDArray[Any], length: int) -> None:
    """Raise OutOfRoomError unless `array` is so long, which one that is `reserved` is where the address space has no limit."""
    if length > len(array):
        raise OutOfRoomError("the address space (ulimit -v) is used up")


class Arena:
    """One array in which tables lie. A table that grows moves behind all others, and leaves a gap."""

    def __init__(self, dtype: DTypeLike) -> None:
        self.array = reserved(dtype)
        self.end = 0

    @property
    def used(self) -> NDArray[Any]:
        """All that tables lie in."""
        return self.array[: self.end]

    def room(self, length: int) -> tuple[int, NDArray[Any]]:
        """Where `length` numbers more begin, and these."""
        begin = self.end
        self.end += -(-length // LINE) * LINE
        ensure_length(self.array, self.end)
        return begin, self.array[begin : begin + length]

    def keep(self, numbers: NDArray[Any]) -> int:
        """Where `numbers`, which never change, begin."""
        begin, room = self.room(len(numbers))
        room[:] = numbers
        return begin


def filled(arena: Arena | None, dtype: DTypeLike, length: int, value: Any) -> tuple[int, NDArray[Any]]:
    """An array that holds `value` everywhere, and where it begins in `arena`; without one, an array of its own."""
    begin, array = arena.room(length) if arena is not None else (0, np.empty(length, dtype))
    array.fill(value)
    return begin, array


class GrowingTable:
    """Rows of equal shape, to which rows are added; `array` has room to spare, filled with `default`.

    In an `arena`, whose type of numbers it has, it lies from `begin` on.
    """

    def __init__(self, dtype: DTypeLike, columns: int = 0, default: int = 0, arena: Arena | None = None) -> None:
        self.dtype, self.columns, self.default, self.arena = dtype, columns, default, arena
        self.begin = self.length = 0
        self.array = self._room(SMALLEST)

    def _room(self, rows: int) -> NDArray[Any]:
        self.begin, array = filled(self.arena, self.dtype, rows * max(1, self.columns), self.default)
        return array.reshape(rows, self.columns) if self.columns else array

    def reach(self, length: int) -> None:
        """Grow to at least `length` rows; new ones hold the default."""
        if length > len(self.array):
            before = self.array
            self.array = self._room(max(length, 2 * len(before)))
            self.array[: len(before)] = before
        self.length = max(self.length, length)

    def add(self, row: Any) -> int:
        """Add `row`. Returns its place."""
        self.reach(self.length + 1)
        self.array[self.length - 1] = row
        return self.length - 1


class PairMap:
    """A map from pairs of numbers below 2**32, or from hashes, to numbers below 2**63: open addressing, at most half full.

    New entries wait until `pairs` is read: they come in hundreds, and each call of compiled code costs. In an
    `arena` the map lies from `begin` on.
    """

    def __init__(self, arena: Arena | None = None) -> None:
        self.arena, self.begin, self.count = arena, 0, 0
        self._pairs = self._room(2 * SMALLEST)
        self.waiting: list[tuple[int, int]] = []

    @property
    def pairs(self) -> NDArray[np.uint64]:
        """Keys and values in turn."""
        if self.waiting:
            while 2 * self.count > len(self._pairs) // 2:
                before = self._pairs
                self._pairs = self._room(2 * len(before))
                rehash(before, self._pairs)
            put_all(self._pairs, np.array(self.waiting, dtype=np.uint64))
            self.waiting.clear()
        return self._pairs

    def _room(self, length: int) -> NDArray[np.uint64]:
        self.begin, pairs = filled(self.arena, np.uint64, length, EMPTY)
        return pairs

    def put(self, first: int, second: int, value: int) -> None:
        """Remember `value` for a pair that is not there yet."""
        self._put(first << 32 | second, value)

    def note(self, hashed: int, value: int = 0) -> None:
        """Remember `value` for a hash, unless it has one."""
        if known_in(self.pairs, hashed) < 0:
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
