"""What one owner keeps of the states: the hashes of its part of the visited set, and how those were reached that it has found.

A state is found by the owner that expands the piece that leads to it, and its hash belongs to another one: both keep what is
theirs. Where edges are wanted, the owner of the hash learns the number of the state as well.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Sequence
from operator import itemgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from groupy_check.checker.native.memory import layout
from groupy_check.checker.native.memory.arenas import ensure_length, reserved
from groupy_check.checker.native.memory.layout import Outbox
from groupy_check.checker.native.pipeline.ancestors import Ancestors
from groupy_check.checker.native.pipeline.frontier import Block
from groupy_check.checker.native.pipeline.visited import HASHED, VisitedSet

Array = NDArray[Any]
NO_HASHES, NO_NUMBERS, NO_ROWS = np.empty(0, np.uint64), np.empty(0, np.uint32), np.empty(0, np.uint16)


def of_owner(hashes: Array, owner: int, owners: int) -> Array:
    """Of each of `hashes` whether it is this owner's, as the kernel divides them."""
    lower = hashes & np.uint64(0xFFFFFFFF)
    mine: Array = (lower * np.uint64(owners)) >> np.uint64(32) == owner
    return mine


class Holdings:
    """The states of one owner; rows are of `width` places. `edges`: owed steps between states are wanted."""

    def __init__(self, width: int, *, edges: bool) -> None:
        self.edges = edges
        # Of all states found, by place: a checkpoint takes them from here, so none goes to the file that `Ancestors` may have.
        self.parents, self.ordinals = reserved(np.uint32), reserved(np.uint16)
        ancestors = Ancestors()
        ancestors.parents, ancestors.ordinals = self.parents, self.ordinals
        self.store = VisitedSet(width, np.uint16, ancestors, owners=1, bits=HASHED, numbered=edges)
        self.numbers: list[Array] = []  # of the states, in the order in which their hashes were entered; with edges only
        self.found, self.settled = 0, 0  # states found, of which the first ones have their numbers
        self.runs: list[
            tuple[int, int, int]
        ] = []  # by number: of states found one after the other the first, its place, how many
        self.linked = 0  # edges that lead to numbers of states, not to places

    # --- hashes ------------------------------------------------------------------------------------------------------

    @property
    def owned(self) -> int:
        """How many hashes there are."""
        return int(self.store.seen[0].shape[layout.SHAPE_STATES])

    def sift(self, hashes: Array, origins: Array, first: int) -> Array:
        """Enter those of `hashes` that are new. Returns for each whether it was.

        Of the step to each, `origins` has the row, counted from the state numbered `first`, and the info.
        """
        count = len(hashes)
        found = np.zeros(layout.SUCCESSOR_WIDTH * count, np.uint64)
        if self.edges:
            found[layout.SUCCESSOR_SOURCE :: layout.SUCCESSOR_WIDTH] = origins
        paper = np.zeros(layout.COUNTS, np.int64)
        paper[layout.FOUND] = count
        fresh = np.empty(count, np.uint8)
        box = Outbox(
            np.ascontiguousarray(hashes), found, NO_HASHES, fresh, np.arange(count, dtype=np.uint32), NO_NUMBERS,
            np.zeros(1, np.int64), paper,
        )  # fmt: skip
        self.store.sift(0, [box], Block(first, NO_ROWS, NO_HASHES, NO_HASHES))
        return fresh

    def enter(self, hashes: Array) -> None:
        """Enter `hashes`, all of them new."""
        self.store.enter(hashes, NO_NUMBERS)  # there are no bits beyond those of the hashes

    def name(self, numbers: Array) -> None:
        """The states whose hashes were entered since have these `numbers`: let edges lead there."""
        self.numbers.append(numbers)
        if self.store.steps > self.linked:
            self.numbers = [np.concatenate(self.numbers)]
            targets = self.store.edges.targets[self.linked : self.store.steps]
            targets[:] = self.numbers[0][targets]
            self.linked = self.store.steps

    def add_edges(self, sources: Array, targets: Array, ordinals: Array) -> None:
        """Add edges between numbers of states, before any others."""
        edges, begin = self.store.edges, self.store.steps
        for array, more in ((edges.sources, sources), (edges.targets, targets), (edges.ordinals, ordinals)):
            ensure_length(array, begin + len(more))
            array[begin : begin + len(more)] = more
        self.store.steps = self.linked = begin + len(sources)

    # --- states found ------------------------------------------------------------------------------------------------

    def line_up(self, box: Outbox, block: Block, count: int) -> Block:
        """The `count` new successors of rows of `block`, with rows of the same type; their numbers are not known yet."""
        rows = np.empty((count, block.rows.shape[1]), block.rows.dtype)
        target = Block(self.found, rows, np.empty(count, np.uint64), np.empty(count, np.uint64), filled=count)
        if count:
            ensure_length(self.parents, self.found + count)
            self.store.line_up(box, block, [(target, 0, count)])
            self.found += count
        return target

    def add_found(self, parents: Array, ordinals: Array) -> None:
        """Add states with these origins, before any others."""
        ensure_length(self.parents, self.found + len(parents))
        for array, more in ((self.parents, parents), (self.ordinals, ordinals)):
            array[self.found : self.found + len(more)] = more
        self.found += len(parents)

    def settle(self, runs: Sequence[tuple[int, int]]) -> None:
        """The states found since are these runs of numbers: the first one of each, and how many."""
        for first, count in runs:
            if count:
                insort(self.runs, (first, self.settled, count))  # what several owners have found is restored one by one
                self.settled += count

    def origin(self, number: int) -> tuple[int, int] | None:
        """The state from which the one with this number was reached, and the place of the action; None: others know."""
        run = bisect_right(self.runs, number, key=itemgetter(0)) - 1
        first, begin, count = self.runs[run] if run >= 0 else (0, 0, 0)
        if number - first >= count:
            return None
        place = begin + number - first
        return int(self.parents[place]), int(self.ordinals[place])

    @property
    def bytes(self) -> int:
        """Memory in use for them."""
        return self.store.bytes + 6 * self.found + sum(numbers.nbytes for numbers in self.numbers)
