"""How Python and the kernel share memory: few arrays with offsets, since each compiled call copies the heads of its arrays."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

EMPTY = np.uint64(0xFFFFFFFFFFFFFFFF)  # the key of a place of a map that holds none
BATCH = 1 << 14  # rows that are expanded at a time
CHUNK = 128  # successors that are looked up at a time
PARTS, SLACK = 16, 1 << 12  # of the table that grow one after the other; places behind the last home: it does not wrap round
ORDINAL = (1 << 16) - 1  # the largest place of an action among those possible in a state
# The info of a successor: its ordinal; whether it is an owed step that changed no log and no rest; and of whom something was
# observed, a bit for each process, the last one for all further ones.
FLAT = 1 << 17
OBSERVED, SEEN_APART = 18, 13
EVERYBODY = (1 << (SEEN_APART + 1)) - 1

# What the paper of an outbox holds: counts; the row in work, and which of its channels are not empty; which of its places were
# touched, what was there, and for each place by which successor it was touched last; handlers that can run (process, record,
# channel, what is left in it, its group); what is missing from the tables; the rows put aside for it; of each row where its
# successors begin and end; the rows at rest.
FOUND, PLACES, LACKING, ASIDE, RESTING, SUSPENDED, KINDS, GENERATED, BUSY, CROWDED, TOUCHED, COUNTS = range(12)
LONGEST = 2 * 64 + 64 * 64 + 2  # places of a row
MOST_HANDLERS, MOST_MISSING = ORDINAL, 1 << 14
STAMP = COUNTS
WORK = STAMP + 1
HANDLER, SUCCESSOR = 5, 3  # numbers of each, on paper and among what is found
WAITING = WORK + LONGEST
WHERE = WAITING + 2 * LONGEST
BEFORE = WHERE + LONGEST
MARKS = BEFORE + LONGEST
HANDLERS = MARKS + LONGEST
MISSING = HANDLERS + HANDLER * MOST_HANDLERS
LEFT = MISSING + 3 * MOST_MISSING
SEGMENTS = LEFT + BATCH
RESTED = SEGMENTS + 2 * BATCH
PAPER = RESTED + BATCH

# What `Tables.at` holds: of each map its mask and where it begins, of each other table where it begins, and plain numbers.
OWN, MET, RECEIVED, PUSHED, NOTED, STEPPED = (2 * number for number in range(6))
(
    RECORD, KIND, OPERATION, FAULT, SECTION, ALONE, HEAD, WATCH, UNWATCH, SILENCE, MUTE, FAULTY, AROUND, ALLOWED, JOINER,
    CRASH, PARTITION, FACE, TAKING, UP, SIDE, SPLIT, OF_CORE, OF_LOG, OF_CHANNEL, OF_REST, SIZE, ANY_TIME, LOSE, COPY,
    HEAL, REST, PARTITIONS, WORKING, ASLEEP, LULLED, GROUPS,
) = range(12, 49)  # fmt: skip
END_OF_AT = GROUPS + 4


class Tables(NamedTuple):
    """All tables of `rules`, as the kernel reads them: two arenas, and where each table begins in them.

    Maps lie in `large`, as key and value in turn.
    """

    small: Array
    large: Array
    at: Array


class Lines(NamedTuple):
    """The arrays of a block: rows one behind the other."""

    rows: Array
    hashes: Array
    asleep: Array


class Seen(NamedTuple):
    """The part of the table that one owner has. `shape`: room for homes, states.

    `numbers` of states, at their places, and `rows` by number are there only where they are wanted.
    """

    table: Array
    numbers: Array
    rows: Array
    shape: Array


class Edges(NamedTuple):
    """Owed steps on which a run might go round: from, to, and the place of the action. `total` holds how many."""

    sources: Array
    targets: Array
    ordinals: Array
    total: Array


class Sights(NamedTuple):
    """The tables of `tables.verdicts`, as the kernel reads them.

    `numbers`: processes; whether something looks at whole histories; for how many faces there is room in `lives`.
    """

    lives: Array
    verdicts: Array
    whole: Array
    stuck: Array
    faces: Array
    bare: Array
    splits: Array
    fragile: Array
    projected: Array
    stuck_masks: Array
    numbers: Array


class Notes(NamedTuple):
    """What one call of `look` finds: rows to show with a reason and a mask, entries that are missing, and how many of each."""

    shown: Array
    missing: Array
    counts: Array
    lives: Array


class Outbox(NamedTuple):
    """What one call of `expand` finds.

    `hashes`: of each successor; `found`: its row and info, where its changes end, and what sleeps there; `changes`: a place and
    what is there now; `fresh`: whether it is new. `order`: the successors in the order of their rows, since a row may have been
    put aside for a while; in `divided` these are listed again for each owner of a part of the table, as `shares` many.
    """

    hashes: Array
    found: Array
    changes: Array
    fresh: Array
    order: Array
    divided: Array
    shares: Array
    paper: Array

    @property
    def successors(self) -> int:
        """How many there are."""
        return int(self.paper[FOUND])

    def owned(self, owner: int) -> Array:
        """The successors whose hashes `owner` has, in order."""
        if len(self.shares) == 1:
            return self.order[: self.successors]
        begin = owner * len(self.order)
        return self.divided[begin : begin + int(self.shares[owner])]

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
        hashes, found, changes = (np.concatenate([array, np.empty_like(array)]) for array in self[:3])
        fresh, order, divided = (np.empty_like(array, shape=2 * len(array)) for array in self[3:6])
        return self._replace(hashes=hashes, found=found, changes=changes, fresh=fresh, order=order, divided=divided)


def outbox(successors: int, owners: int) -> Outbox:
    """An Outbox with room for so many successors, in a table with so many owners."""
    hashes, found, changes = (np.empty(numbers * successors, np.uint64) for numbers in (1, SUCCESSOR, 8))
    fresh, order = np.empty(successors, np.uint8), np.empty(successors, np.uint32)
    divided = np.empty(owners * successors if owners > 1 else 0, np.uint32)
    paper, shares = np.zeros(PAPER, np.int64), np.zeros(owners, np.int64)
    return Outbox(hashes, found, changes, fresh, order, divided, shares, paper)
