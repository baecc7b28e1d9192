"""Which states have been seen, and how each was reached first: a table of 64-bit hashes, or of whole rows when exact.

A state gets a number when it is first seen. For each number: the number of the state that it was reached from, and the place of
the action among those possible there. The table lies in memory that the system lends page by page, so that it grows in place:
the place of a hash is proportional to the hash, and growing moves everything up, the last part first, without a second copy.
"""

# mypy: disable-error-code="no-untyped-def"

from __future__ import annotations

import mmap
import sys
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import DTypeLike, NDArray

from checker.native.compiling import compiled, inlined, inlined_or_called, owning
from checker.native.layout import FLAT, FOUND, OBSERVED, ORDINAL, SEGMENTS
from checker.native.memory import load, prefetch, store

Array = NDArray[Any]

FREE = np.uint64(0)
FULL = 0.75  # of the table, when it grows
GROWTH = 1.5
PARTS = 16
SLACK = 1 << 12  # places behind the last home: the table does not wrap round
FIRST = 1 << 16
RESERVED = 1 << 37  # bytes of address space for each array; only what is written to becomes memory
NORESERVE = 0x4000 if sys.platform == "linux" else 0  # mmap.MAP_NORESERVE, which Python 3.11 does not name
AHEAD = 24  # successors between asking the memory for a place and looking at it


def reserved(dtype: DTypeLike) -> tuple[mmap.mmap, Array]:
    """An array of zeros, as long as anybody could want; pages come when they are written to."""
    memory = mmap.mmap(-1, RESERVED, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | NORESERVE)
    if hasattr(mmap, "MADV_HUGEPAGE"):
        memory.madvise(mmap.MADV_HUGEPAGE)
    return memory, np.frombuffer(memory, dtype=dtype)


class Seen(NamedTuple):
    """The arrays of a store, as the kernel writes them. `shape`: room for homes, states seen."""

    table: Array
    numbers: Array
    parents: Array
    ordinals: Array
    rows: Array
    shape: Array


class Edges(NamedTuple):
    """Owed steps on which a run might go round: from, to, and the place of the action. `total` holds how many."""

    sources: Array
    targets: Array
    ordinals: Array
    total: Array


@inlined
def home(hashed, room):
    """Where the search for a hash begins."""
    return np.int64(((hashed >> np.uint64(32)) * np.uint64(room)) >> np.uint64(32))


@inlined
def settle(table, numbers, room, hashed, number):
    """Put a hash that is not in the table into the first free place from its home on."""
    spot = home(hashed, room)
    while load(table, spot) != FREE:
        spot += 1
    store(table, spot, hashed)
    if len(numbers):
        store(numbers, spot, number)


@owning
def grow(seen, room):
    """Give the table `room` homes: the last part of it moves first, to places that are free by then."""
    table, numbers = seen.table, seen.numbers
    old = seen.shape[0]
    part = (old + PARTS - 1) // PARTS
    entries, their = np.empty(part + SLACK, np.uint64), np.empty(part + SLACK if len(numbers) else 1, np.uint32)
    late, their_late, waiting = np.empty(SLACK, np.uint64), np.empty(SLACK, np.uint32), 0
    for number in range(PARTS - 1, -1, -1):
        first = number * part
        last = min(first + part, old) if number < PARTS - 1 else old + SLACK
        count = 0
        for spot in range(first, last):  # no branch: which places are free cannot be predicted
            entry = load(table, spot)
            store(entries, count, entry)
            if len(numbers):
                store(their, count, load(numbers, spot))
            store(table, spot, FREE)
            count += entry != FREE
        for index in range(count):
            entry, whose = load(entries, index), load(their, index) if len(numbers) else 0
            if home(entry, room) < first:  # it would be among those that have not moved yet
                late[waiting], their_late[waiting] = entry, whose
                waiting += 1
            else:
                settle(table, numbers, room, entry, whose)
    for index in range(waiting):
        settle(table, numbers, room, late[index], their_late[index])
    seen.shape[0] = room


@inlined
def marked(hashed):
    """What stands for a hash in the table."""
    return np.uint64(1) if hashed == FREE else hashed


@compiled
def enter(seen, hashes):
    """Give the next numbers to the states with these `hashes`; there must be room."""
    for index in range(len(hashes)):
        if index + AHEAD < len(hashes):
            prefetch(seen.table, home(hashes[index + AHEAD], seen.shape[0]))
        settle(seen.table, seen.numbers, seen.shape[0], marked(hashes[index]), seen.shape[1])
        seen.shape[1] += 1


@inlined
def place_of(change):
    """Which place of a row changes."""
    return np.int64(change >> np.uint64(32))


@inlined
def value_of(change):
    """What is there then."""
    return np.int64(change & np.uint64(0xFFFFFFFF))


@compiled
def same(stored, rows, begin, changes, first, last):
    """Whether `stored` is the row that begins at `begin` with these changes."""
    for place in range(first, last):
        if stored[place_of(changes[place])] != value_of(changes[place]):
            return False
    for slot in range(len(stored)):
        if stored[slot] != rows[begin + slot]:
            changed = False
            for place in range(first, last):
                changed = changed or place_of(changes[place]) == slot
            if not changed:
                return False
    return True


@inlined
def seek(seen, hashed, rows, begin, changes, first, last):
    """Where the state with this hash is in the table, or the free place where it belongs."""
    spot = home(hashed, seen.shape[0])
    while True:
        entry = load(seen.table, spot)
        if entry == FREE:
            return spot
        if entry == hashed:
            exact = len(seen.rows) > 0
            if not exact or same(seen.rows[seen.numbers[spot]], rows, begin, changes, first, last):
                return spot
        spot += 1


@inlined_or_called
def owner_of(hashed, workers):
    """Which of `workers` keeps the states with this hash."""
    return ((hashed & np.uint64(0xFFFFFFFF)) * np.uint64(workers)) >> np.uint64(32)


@inlined
def build(block, target, rows, begin, width, changes, first, last, observed):
    """Write the row that begins at `begin` with these changes to `target` of `block`, and of whom something was `observed`."""
    for slot in range(width - 1):
        store(block, target + slot, load(rows, begin + slot))
    for place in range(first, last):
        change = load(changes, place)
        store(block, target + place_of(change), value_of(change))
    store(block, target + width - 1, observed)


@compiled
def absorb(seen, edges, box, begin, count, start, rows, width, first_number, owner, workers, block, hashes, filled):
    """Take what is new among the successors of `count` rows from row `begin` on that belong to `owner`; build their rows.

    It goes on where `start` says, a row and one of its successors. `rows` are the ones expanded, of `width` places each;
    `first_number` is that of row 0; `block` is written from row `filled` on, and `hashes`. Returns how many rows the block
    holds then; when it is full before the end, `start` says where to go on.
    """
    found, most = box.paper[FOUND], len(block) // width
    for row in range(start[0], begin + count):
        segment = SEGMENTS + 2 * (row - begin)
        for index in range(max(start[1], load(box.paper, segment)), load(box.paper, segment + 1)):
            if index + AHEAD < found:
                prefetch(seen.table, home(load(box.found, 3 * (index + AHEAD)), seen.shape[0]))
            if workers > 1 and owner_of(load(box.found, 3 * index), workers) != owner:
                continue
            if filled == most:
                start[0], start[1] = row, index
                return filled
            filled += take(
                seen, edges, box, index, rows, row * width, width, first_number + row * workers,
                owner, workers, block, hashes, filled,
            )  # fmt: skip
        start[1] = 0
    start[0] = begin + count
    return filled


@inlined
def take(seen, edges, box, index, rows, begin, width, number_of_row, owner, workers, block, hashes, filled):
    """Take the successor numbered `index`, of the row at `begin`, if it is new. Returns how many rows were added to `block`."""
    hashed, info = load(box.found, 3 * index), np.int64(load(box.found, 3 * index + 1) & np.uint64(0xFFFFFFFF))
    first, last = np.int64(load(box.found, 3 * index - 1)) if index else 0, np.int64(load(box.found, 3 * index + 2))
    kept = marked(hashed)
    spot = seek(seen, kept, rows, begin, box.changes, first, last)
    new = load(seen.table, spot) == FREE
    if new:
        number = seen.shape[1]
        seen.shape[1] = number + 1
        store(seen.table, spot, kept)
        store(seen.parents, number, number_of_row)
        store(seen.ordinals, number, info & ORDINAL)
        build(block, filled * width, rows, begin, width, box.changes, first, last, info >> OBSERVED)
        store(hashes, filled, hashed)
        if len(seen.numbers):
            store(seen.numbers, spot, number)
        for slot in range(seen.rows.shape[1] if len(seen.rows) else 0):
            seen.rows[number, slot] = block[filled * width + slot]
    if len(edges.sources) and info & FLAT:
        count = edges.total[0]
        edges.sources[count] = number_of_row
        edges.targets[count] = seen.numbers[spot] * workers + owner
        edges.ordinals[count] = info & ORDINAL
        edges.total[0] = count + 1
    return 1 if new else 0


class Store:
    """The states that one worker keeps. `exact`: whole rows are compared; `numbered`: edges between them are wanted."""

    def __init__(self, width: int, dtype: DTypeLike, *, exact: bool, numbered: bool) -> None:
        self.memories: list[mmap.mmap] = []
        self.exact, self.width = exact, width
        none = np.empty(0, np.uint32)
        self.seen = Seen(
            self._reserve(np.uint64),
            self._reserve(np.uint32) if exact or numbered else none,
            self._reserve(np.uint32),
            self._reserve(np.uint16),
            self._rows(dtype) if exact else np.empty((0, width - 1), dtype),
            np.array([FIRST, 0], np.int64),
        )
        self.edges = Edges(
            self._reserve(np.uint32) if numbered else none,
            self._reserve(np.uint32) if numbered else none,
            self._reserve(np.uint16) if numbered else np.empty(0, np.uint16),
            np.zeros(1, np.int64),
        )

    def _reserve(self, dtype: DTypeLike) -> Array:
        memory, array = reserved(dtype)
        self.memories.append(memory)
        return array

    def _rows(self, dtype: DTypeLike) -> Array:
        places = self.width - 1
        array = self._reserve(dtype)
        return array[: len(array) // places * places].reshape(-1, places)

    def __len__(self) -> int:
        return int(self.seen.shape[1])

    def make_room(self, more: int) -> None:
        """See to it that `more` states fit into the table."""
        room = int(self.seen.shape[0])
        while len(self) + more > FULL * room:
            room = int(GROWTH * room) + PARTS
        if room > self.seen.shape[0]:
            grow(self.seen, room)

    def enter(self, hashes: Array) -> None:
        """Give the next numbers to the states with these `hashes`, none of which is there."""
        self.make_room(len(hashes))
        enter(self.seen, hashes)

    def of_states(self) -> dict[str, Array]:
        """By name, what is known of each state but its hash."""
        seen = self.seen
        return {"parents": seen.parents, "ordinals": seen.ordinals, **({"rows": seen.rows} if self.exact else {})}

    def of_edges(self) -> dict[str, Array]:
        """By name, what is known of each edge; nothing where edges are not wanted."""
        edges = self.edges
        return {"sources": edges.sources, "targets": edges.targets, "steps": edges.ordinals} if len(edges.sources) else {}

    @property
    def steps(self) -> int:
        """How many edges there are."""
        return int(self.edges.total[0])

    @steps.setter
    def steps(self, count: int) -> None:
        self.edges.total[0] = count

    @property
    def bytes(self) -> int:
        """Memory in use: of the table all, of the rest what is filled."""
        seen, count = self.seen, len(self)
        room = int(seen.shape[0])
        rows = count * (self.width - 1) * seen.rows.itemsize if self.exact else 0
        numbers = 4 * room if len(seen.numbers) else 0
        return 8 * room + numbers + 6 * count + rows + 10 * self.steps

    def widen(self) -> None:
        """Keep rows of wider numbers from now on."""
        if self.exact:
            rows = self._rows(np.uint32)
            rows[: len(self)] = self.seen.rows[: len(self)]
            self.seen = self.seen._replace(rows=rows)
        else:
            self.seen = self.seen._replace(rows=np.empty((0, self.width - 1), np.uint32))
