"""Which states have been seen, and how each was reached first: a table of fingerprints, or of whole rows when exact.

A state gets a number when it is first seen. The table lies in memory that the system lends page by page, so that it grows in
place. Several workers share it: each has the fingerprints of its own range. Where numbers stand in it there is one owner.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from groupy_check.checker.native.compiled.calling import enter, grow, line_up, sift
from groupy_check.checker.native.memory.arenas import ensure_length, reserved
from groupy_check.checker.native.memory.layout import (
    LINE_BYTES,
    LINE_HALVES,
    LINE_WORDS,
    PARTS,
    RANK_BITS,
    SHAPE_LOST,
    SHAPE_PLACES,
    SHAPE_ROOM,
    SHAPE_STATES,
    SLACK,
    Edges,
    Outbox,
    Seen,
)
from groupy_check.checker.native.pipeline.ancestors import Ancestors
from groupy_check.checker.native.pipeline.frontier import Block

Array = NDArray[Any]

FULL = 0.8  # of the places, when the table grows: with more, some get too far from home
GROWTHS = (1.5, 1.25, 1.1)  # by which it grows then: by less where memory is short
FIRST, LEAST = 1 << 13, 16  # lines of a table, and of a part of it
HASHED = 64  # bits of a fingerprint that every state has, those of its hash


def shape_of(room: int, bits: int) -> tuple[int, int, int]:
    """Of a table of `room` lines and fingerprints of so many `bits`: the shift, the halves of a high, the places of a line."""
    shift = room.bit_length() - 1
    halves = -(-(bits - 32 - shift + RANK_BITS) // 16)
    return shift, halves, LINE_BYTES // (4 + 2 * halves)


def in_use(seen: Seen) -> Seen:
    """`seen` without the room into which its table may grow."""
    lines = int(seen.shape[SHAPE_ROOM]) + SLACK
    places = lines * int(seen.shape[SHAPE_PLACES])
    return seen._replace(
        lows=seen.lows[: lines * LINE_WORDS], highs=seen.highs[: lines * LINE_HALVES], numbers=seen.numbers[:places]
    )


class VisitedSet:
    """The states that were found.

    `owners`: of parts of the table; `bits`: of fingerprints, None where whole rows are compared; `numbered`: edges between
    states are wanted.
    """

    def __init__(
        self, width: int, dtype: DTypeLike, ancestors: Ancestors, *, owners: int, bits: int | None, numbered: bool
    ) -> None:
        self.exact, self.bits, self.width, self.count, self.growth = bits is None, bits or HASHED, width, 0, GROWTHS[0]
        self.ancestors = ancestors
        named = self.exact or numbered
        self.seen = [self._part(owners, dtype, named=named) for _ in range(1 if named else owners)]
        self.edges = Edges(
            reserved(np.uint32) if numbered else np.empty(0, np.uint32),
            reserved(np.uint32) if numbered else np.empty(0, np.uint32),
            reserved(np.uint16) if numbered else np.empty(0, np.uint16),
            np.zeros(1, np.int64),
        )

    def _part(self, owners: int, dtype: DTypeLike, *, named: bool) -> Seen:
        lines, none = reserved(np.uint32), np.empty(0, np.uint32)
        room = max(LEAST, FIRST // owners)
        return Seen(
            lines,
            lines.view(np.uint16),
            reserved(np.uint32) if named else none,
            reserved(dtype) if self.exact else np.empty(0, dtype),
            np.array([room, 0, *shape_of(room, self.bits), self.bits - HASHED, 0], np.int64),
        )

    def __len__(self) -> int:
        return self.count

    @property
    def owners(self) -> range:
        """Of parts of the table."""
        return range(len(self.seen))

    def growing(self, boxes: Sequence[Outbox]) -> int:
        """By how many bytes the tables grow, at most, when the successors in `boxes` are entered."""
        more = (sum(len(box.owned(owner)) for box in boxes) for owner in self.owners)
        return sum(
            self._bytes_of(seen, self._room_for(seen, count)) - self._bytes_of(seen, int(seen.shape[SHAPE_ROOM]))
            for seen, count in zip(self.seen, more, strict=True)
        )

    def _bytes_of(self, seen: Seen, room: int) -> int:
        """What a part of the table takes that has so many lines."""
        return room * (LINE_BYTES + (4 * shape_of(room, self.bits)[2] if len(seen.numbers) else 0))

    def _room_for(self, seen: Seen, more: int) -> int:
        """The lines that this part of the table needs so that `more` states fit."""
        room = int(seen.shape[SHAPE_ROOM])
        while int(seen.shape[SHAPE_STATES]) + more > FULL * room * shape_of(room, self.bits)[2]:
            room = int(self.growth * room) + PARTS
        return room

    def _make_room(self, seen: Seen, more: int) -> None:
        """Grow this part of the table so that `more` states fit."""
        old, room = int(seen.shape[SHAPE_ROOM]), self._room_for(seen, more)
        if room > old:
            shape = shape_of(room, self.bits)
            ensure_length(seen.lows, (room + SLACK) * LINE_WORDS)
            ensure_length(seen.numbers, (room + SLACK) * shape[2] * bool(len(seen.numbers)))
            places = int(seen.shape[SHAPE_PLACES])
            scratch = (-(-old // PARTS) + (PARTS + 1) * SLACK) * places
            entries, furthers = np.empty(scratch, np.uint64), np.empty(scratch, np.uint32)
            grow(seen, room, *shape, entries, furthers, np.empty(scratch if len(seen.numbers) else 0, np.uint32))

    def enter(self, hashes: Array, furthers: Array) -> None:
        """Enter the next states, all of them new, by their `hashes` and, where fingerprints are longer, the bits beyond."""
        furthers = furthers >> np.uint32(32 - (self.bits - HASHED)) if self.bits > HASHED else furthers[:0]
        for owner, seen in enumerate(self.seen):
            self._make_room(seen, len(hashes))
            enter(in_use(seen), hashes, furthers, self.count, owner, len(self.seen))
        self.count += len(hashes)

    def sift(self, owner: int, boxes: list[Outbox], block: Block) -> list[int]:
        """Enter the new successors of rows of `block`, and mark them in the boxes. Returns how many each box has."""
        seen, found, rows = self.seen[owner], list[int](), block.rows.reshape(-1)
        for box in boxes:
            listed = box.owned(owner)
            self._make_room(seen, len(listed))
            if len(seen.rows):
                ensure_length(seen.rows, (int(seen.shape[SHAPE_STATES]) + len(listed)) * self.width)
            if len(self.edges.sources):
                ensure_length(self.edges.sources, self.steps + len(listed))
            found.append(sift(in_use(seen), self.edges, box, listed, rows, self.width, block.first))
        if seen.shape[SHAPE_LOST]:
            raise RuntimeError("the visited set has lost a state: its hashes are not spread as they must be")
        return found

    def numbered(self, counts: Iterable[int]) -> Iterator[tuple[int, int]]:
        """Number the new states of each box, given their `counts`. Yields the first number of each box, and the count."""
        for count in counts:
            self.count += count
            yield self.count - count, count

    def line_up(self, box: Outbox, block: Block, segments: list[tuple[Block, int, int]]) -> None:
        """Write the new successors of rows of `block` to `segments`: blocks, from which row on, and how many rows."""
        place, rows = 0, block.rows.reshape(-1)
        for target, begin, count in segments:
            place = line_up(
                box, place, rows, self.width, block.first, target.lines, begin, count,
                self.ancestors.parents, self.ancestors.ordinals, target.first + begin - len(self.ancestors),
            )  # fmt: skip

    def of_states(self) -> dict[str, Array]:
        """By name, what is known of each state but its fingerprint and its ancestor."""
        return {"rows": self.rows} if self.exact else {}

    def of_edges(self) -> dict[str, Array]:
        """By name, what is known of each edge; nothing where edges are not wanted."""
        edges = self.edges
        return {"sources": edges.sources, "targets": edges.targets, "steps": edges.ordinals} if len(edges.sources) else {}

    @property
    def rows(self) -> Array:
        """All rows, where they are kept, and room for more."""
        rows = self.seen[0].rows
        return rows[: len(rows) // self.width * self.width].reshape(-1, self.width)

    @property
    def steps(self) -> int:
        """How many edges there are."""
        return int(self.edges.total[0])

    @steps.setter
    def steps(self, count: int) -> None:
        self.edges.total[0] = count

    @property
    def bytes(self) -> int:
        """Memory in use: of the table all, of whole rows and edges what is filled."""
        table = sum(self._bytes_of(seen, int(seen.shape[SHAPE_ROOM])) for seen in self.seen)
        rows = len(self) * self.width * self.seen[0].rows.itemsize if self.exact else 0
        return table + rows + 10 * self.steps

    def widen(self) -> None:
        """Keep rows of wider numbers from now on."""
        wider = reserved(np.uint32) if self.exact else np.empty(0, np.uint32)
        if self.exact:
            filled = len(self) * self.width
            wider[:filled] = self.seen[0].rows[:filled]
        self.seen = [seen._replace(rows=wider) for seen in self.seen]
