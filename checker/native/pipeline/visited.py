"""Which states have been seen, and how each was reached first: a table of 64-bit hashes, or of whole rows when exact.

A state gets a number when it is first seen. For each number: the number of the state that it was reached from, and the place of
the action among those possible there. Everything lies in memory that the system lends page by page, so that it grows in place.

Several workers share the table: each has the hashes of its own range. Where numbers stand in the table there is one owner.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from groupy_check.checker.native.compiled.calling import enter, grow, line_up, sift
from groupy_check.checker.native.memory.arenas import ensure_length, reserved
from groupy_check.checker.native.memory.layout import PARTS, SHAPE_ROOM, SHAPE_STATES, SLACK, Edges, Outbox, Seen
from groupy_check.checker.native.pipeline.frontier import Block

Array = NDArray[Any]

FULL = 0.75  # of the table, when it grows
GROWTHS = (1.5, 1.25, 1.1)  # by which it grows then: by less where memory is short
FIRST = 1 << 16


def in_use(seen: Seen) -> Seen:
    """`seen` without the room into which its table may grow."""
    places = int(seen.shape[SHAPE_ROOM]) + SLACK
    return seen._replace(table=seen.table[:places], numbers=seen.numbers[:places])


class VisitedSet:
    """The states that were found.

    `owners`: of parts of the table; `exact`: whole rows are compared; `numbered`: edges between them are wanted.
    """

    def __init__(self, width: int, dtype: DTypeLike, *, owners: int, exact: bool, numbered: bool) -> None:
        self.exact, self.width, self.count, self.growth = exact, width, 0, GROWTHS[0]
        self.parents, self.ordinals = reserved(np.uint32), reserved(np.uint16)
        named = exact or numbered
        none = np.empty(0, np.uint32)
        self.seen = [
            Seen(
                reserved(np.uint64),
                reserved(np.uint32) if named else none,
                reserved(dtype) if exact else np.empty(0, dtype),
                np.array([FIRST // owners, 0], np.int64),
            )
            for _ in range(1 if named else owners)
        ]
        self.edges = Edges(
            reserved(np.uint32) if numbered else none,
            reserved(np.uint32) if numbered else none,
            reserved(np.uint16) if numbered else np.empty(0, np.uint16),
            np.zeros(1, np.int64),
        )

    def __len__(self) -> int:
        return self.count

    @property
    def owners(self) -> range:
        """Of parts of the table."""
        return range(len(self.seen))

    def growing(self, boxes: Sequence[Outbox]) -> int:
        """By how many bytes the tables grow, at most, when the successors in `boxes` are entered."""
        entry = 12 if len(self.seen[0].numbers) else 8
        more = (sum(len(box.owned(owner)) for box in boxes) for owner in self.owners)
        return sum(
            entry * (self._room_for(seen, count) - int(seen.shape[SHAPE_ROOM]))
            for seen, count in zip(self.seen, more, strict=True)
        )

    def _room_for(self, seen: Seen, more: int) -> int:
        """The homes that this part of the table needs so that `more` states fit."""
        room = int(seen.shape[SHAPE_ROOM])
        while int(seen.shape[SHAPE_STATES]) + more > FULL * room:
            room = int(self.growth * room) + PARTS
        return room

    def _make_room(self, seen: Seen, more: int) -> None:
        """Grow this part of the table so that `more` states fit."""
        old, room = int(seen.shape[SHAPE_ROOM]), self._room_for(seen, more)
        if room > old:
            ensure_length(seen.table, room + SLACK)
            scratch = -(-old // PARTS) + 2 * SLACK
            grow(seen, room, np.empty(scratch, np.uint64), np.empty(scratch if len(seen.numbers) else 0, np.uint32))

    def enter(self, hashes: Array) -> None:
        """Enter the next states, all of them new, by their `hashes`."""
        for owner, seen in enumerate(self.seen):
            self._make_room(seen, len(hashes))
            enter(in_use(seen), hashes, self.count, owner, len(self.seen))
        self.count += len(hashes)

    def sift(self, owner: int, boxes: list[Outbox], block: Block) -> list[int]:
        """Enter the new successors of rows of `block`, and mark them in the boxes. Returns how many each box has."""
        seen, found = self.seen[owner], list[int]()
        for box in boxes:
            self._make_room(seen, len(box.owned(owner)))
            rows = block.rows.reshape(-1)
            found.append(sift(in_use(seen), self.edges, box, box.owned(owner), rows, self.width, block.first))
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
                self.parents, self.ordinals, target.first + begin,
            )  # fmt: skip

    def of_states(self) -> dict[str, Array]:
        """By name, what is known of each state but its hash."""
        return {"parents": self.parents, "ordinals": self.ordinals, **({"rows": self.rows} if self.exact else {})}

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
        """Memory in use: of the table all, of the rest what is filled."""
        room = sum(int(seen.shape[SHAPE_ROOM]) for seen in self.seen)
        rows = len(self) * self.width * self.seen[0].rows.itemsize if self.exact else 0
        numbers = 4 * room if len(self.seen[0].numbers) else 0
        return 8 * room + numbers + 6 * len(self) + rows + 10 * self.steps

    def widen(self) -> None:
        """Keep rows of wider numbers from now on."""
        wider = reserved(np.uint32) if self.exact else np.empty(0, np.uint32)
        if self.exact:
            filled = len(self) * self.width
            wider[:filled] = self.seen[0].rows[:filled]
        self.seen = [seen._replace(rows=wider) for seen in self.seen]
