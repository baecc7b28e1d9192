"""How Python and the kernel share memory: few arrays with offsets, since each compiled call copies the heads of its arrays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from checker.native.arrays import Growing, Map

Array = NDArray[Any]

BATCH = 1 << 14  # rows that are expanded at a time
RECENT = 1 << 14  # hashes that are remembered for a moment
ORDINAL = (1 << 16) - 1  # the largest place of an action among those possible in a state
# The info of a successor: its ordinal; whether it is an owed step that changed no log and no rest; and of whom something was
# observed, a bit for each process, the last one for all further ones.
FLAT = 1 << 17
OBSERVED, SEEN_APART = 18, 13
EVERYBODY = (1 << (SEEN_APART + 1)) - 1

# What the paper of an outbox holds: counts; the row in work, and which of its channels are not empty; which of its places were
# touched, what was there, and for each place by which successor it was touched last; handlers that can run (process, record,
# channel, what is left in it); what is missing from the tables; the rows put aside for it; of each row where its successors
# begin and end; the rows at rest.
FOUND, PLACES, LACKING, ASIDE, RESTING, SUSPENDED, KINDS, GENERATED, BUSY, CROWDED, TOUCHED, COUNTS = range(12)
LONGEST = 2 * 64 + 64 * 64 + 2  # places of a row
MOST_HANDLERS, MOST_MISSING = ORDINAL, 1 << 14
STAMP = COUNTS
WORK = STAMP + 1
WAITING = WORK + LONGEST
WHERE = WAITING + 2 * LONGEST
BEFORE = WHERE + LONGEST
MARKS = BEFORE + LONGEST
HANDLERS = MARKS + LONGEST
MISSING = HANDLERS + 4 * MOST_HANDLERS
LEFT = MISSING + 3 * MOST_MISSING
SEGMENTS = LEFT + BATCH
RESTED = SEGMENTS + 2 * BATCH
PAPER = RESTED + BATCH

# What `Tables.at` holds: of each map its mask and where it begins, of each other table where it begins, and plain numbers.
OWN, RECEIVED, PUSHED, NOTED, STEPPED = (2 * number for number in range(5))
(
    RECORD, KIND, OPERATION, FAULT, SECTION, TIMER, WATCH, UNWATCH, SILENCE, MUTE, FAULTY, AROUND, ALLOWED, JOINER,
    CRASH, PARTITION, FACE, TAKING, UP, SIDE, SPLIT, OF_CORE, OF_LOG, OF_CHANNEL, OF_REST, SIZE, ANY_TIME, LOSE, COPY,
    HEAL, REST, PARTITIONS, WORKING, END_OF_AT,
) = range(10, 44)  # fmt: skip


class Tables(NamedTuple):
    """All tables of `rules`, one behind the other, as the kernel reads them; maps lie in `large`, as key and value in turn."""

    small: Array
    large: Array
    at: Array


class Outbox(NamedTuple):
    """What one call of `expand` finds.

    `found`: of each successor its hash, its row and info, and where its changes end; `changes`: a place and what is there now.
    `recent`: some hashes that were found a moment ago; who has one of them is not written down. Empty where every one counts.
    """

    found: Array
    changes: Array
    paper: Array
    recent: Array

    @property
    def counts(self) -> Array:
        """The counts of the last call."""
        return self.paper[:COUNTS]

    def missing(self) -> Array:
        """Table and pair of each entry that was lacking."""
        return self.paper[MISSING : MISSING + 3 * int(self.paper[LACKING])].reshape(-1, 3)

    def aside(self) -> Array:
        """The rows that were put aside because something was missing or there was no room."""
        return self.paper[LEFT : LEFT + int(self.paper[ASIDE])].copy()

    def resting(self) -> Array:
        """The rows that are at rest, in order."""
        return np.sort(self.paper[RESTED : RESTED + int(self.paper[RESTING])])

    def enlarged(self) -> Outbox:
        """The same with twice the room."""
        found, changes = (np.concatenate([array, np.empty_like(array)]) for array in (self.found, self.changes))
        return self._replace(found=found, changes=changes)


def outbox(successors: int, *, every: bool) -> Outbox:
    """An Outbox with room for so many successors; `every` one is wanted, or only those not found a moment ago."""
    recent = np.arange(0 if every else RECENT, dtype=np.uint64) ^ np.uint64(1)  # where no such hash is looked for
    return Outbox(np.empty(3 * successors, np.uint64), np.empty(8 * successors, np.uint64), np.zeros(PAPER, np.int64), recent)


def packed(
    maps: Mapping[int, Map],
    small: Mapping[int, Growing | Array],
    large: Mapping[int, Growing | Array],
    plain: Mapping[int, int],
) -> Tables:
    """Tables made of these parts, each named by its place in `at`."""
    at = np.zeros(END_OF_AT, np.int64)
    for name, number in plain.items():
        at[name] = number
    narrow = _joined(at, {name: _content(part) for name, part in small.items()}, np.int32)
    wide = _joined(
        at, {name + 1: table.pairs for name, table in maps.items()} | {n: _content(p) for n, p in large.items()}, np.uint64
    )
    for name, table in maps.items():
        at[name] = len(table.pairs) // 2 - 1
    return Tables(narrow, wide, at)


def _content(part: Growing | Array) -> Array:
    return part.array[: part.length].reshape(-1) if isinstance(part, Growing) else part


def _joined(at: Array, parts: Mapping[int, Array], dtype: type) -> Array:
    """The `parts` one behind the other; where each begins is written to `at`."""
    begin, arrays = 0, list[Array]()
    for name, array in parts.items():
        at[name] = begin
        begin += len(array)
        arrays.append(array)
    return np.concatenate([*arrays, np.zeros(1, dtype)]).astype(dtype, copy=False)
