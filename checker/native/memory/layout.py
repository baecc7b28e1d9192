"""The ABI of the kernel: all that it shares with Python, which is numbers in few arrays, and what each place of them means.

The kernel imports this file and nothing else of the project. Arrays are few since each compiled call copies their heads; so
tables lie in two arenas, and a directory says where each begins (see `Tables`).

A worked example, gms3 with N = 2 processes: a ROW of N cores, N logs, N*N channels, the rest, and what was observed.

    place   0      1      2     3     4       5       6       7       8      9
            core   core   log   log   p1->p1  p1->p2  p2->p1  p2->p2  rest   observed
    value   4      1      3     1     0       5       2       3       2      0b01
            p1 is core 4 with log 3; the channel to p2 holds what is numbered 5; the others are empty, since the number of an
            empty channel is its own (counted from place 4); on the way to this state something was observed of p1 alone.

When p2 takes what is in channel 1 (p1->p2), the kernel reads: HEAD[5] = (arrival 7, left 1); the map MET of (core 1, 7) = one
record, number 12; RECORD[12] = (core 6, noted 4, delta 0, operations 20 to 21, no cuts, manner 5), and its OPERATION
20 = (2, 9): send message 9 into channel 2 (p2->p1). The successor is then written to an outbox as the four places that change:
(1: 6), (3: NOTED of (log 1, 4)), (5: 1), (6: PUSHED of (channel 2, message 9)), with its hash, its row and its info.
"""

from __future__ import annotations

import os
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

# Compile the kernel so that it checks every index. A call that fails so has a status: the number of the source file among those
# of the kernel, from 1 on, shifted by STATUS_FILE, and the line.
BOUNDS_CHECK = os.environ.get("GROUPY_BOUNDS_CHECK") == "1"
STATUS_FILE = 16

# --- maps, the visited set, batches ---------------------------------------------------------------------------------------

EMPTY = np.uint64(0xFFFFFFFFFFFFFFFF)  # the key of a place of a map that holds none
BATCH = 1 << 14  # rows that are expanded at a time
CHUNK = 128  # successors that are looked up at a time
PARTS, SLACK = 16, 16  # of the visited set that grow one after the other; lines behind the last home: it does not wrap
LINE_BYTES, LINE_WORDS, LINE_HALVES = 64, 16, 32  # of the visited set: see `kernel.fingerprints`
RANK_BITS = 4

# --- successors -----------------------------------------------------------------------------------------------------------

# The info of a successor: the place of its action among those enabled; whether that is an owed step that changed no log and no
# rest; and of which processes something was observed, a bit for each, the last one for all further ones.
ORDINAL = (1 << 16) - 1  # a mask, and the largest place
FLAT = 1 << 17
OBSERVED, SEEN_APART = 18, 13  # the first of these bits, and how many processes have one of their own
EVERYBODY = (1 << (SEEN_APART + 1)) - 1

# Of each successor in `Outbox.found`: its row in the upper half and its info in the lower, where its changes end, what sleeps.
SUCCESSOR_SOURCE, SUCCESSOR_CHANGES, SUCCESSOR_ASLEEP, SUCCESSOR_WIDTH = range(4)

# --- the paper of an outbox: where one call of `expand` takes notes -------------------------------------------------------

LONGEST = 2 * 64 + 64 * 64 + 2  # places of a row
MOST_HANDLERS, MOST_MISSING = ORDINAL, 1 << 14

# First come counts. KINDS_SEEN is a mask of free actions; CROWDED is one of the reasons below; TOUCHED counts the places of the
# row in work that have changed.
FOUND, PLACES, LACKING, ASIDE, RESTING, SUSPENDED, KINDS_SEEN, GENERATED, BUSY, CROWDED, TOUCHED, COUNTS = range(12)
ROOMY, NO_ROOM, TOO_MANY = range(3)

# A handler that can run: the process, its record, the channel it takes from, what is left there, its group (see below).
HANDLER_NODE, HANDLER_RECORD, HANDLER_SLOT, HANDLER_LEFT, HANDLER_GROUP, HANDLER_WIDTH = range(6)
# An entry that a table lacks: the number of the table (LACKS_...), and the pair that was looked up.
MISSING_TABLE, MISSING_FIRST, MISSING_SECOND, MISSING_WIDTH = range(4)

STAMP = COUNTS  # the number of the successor in work: so MARKS need not be cleared, nor may this be
WORK = STAMP + 1  # the row in work
WAITING = WORK + LONGEST  # which of its channels are not empty
WHERE = WAITING + 2 * LONGEST  # the places that were touched,
BEFORE = WHERE + LONGEST  # what was there,
MARKS = BEFORE + LONGEST  # and for each place, by which successor it was touched last
HANDLERS = MARKS + LONGEST
MISSING = HANDLERS + HANDLER_WIDTH * MOST_HANDLERS
LEFT = MISSING + MISSING_WIDTH * MOST_MISSING  # the rows that were put aside
SEGMENTS = LEFT + BATCH  # of each row where its successors begin and end
RESTED = SEGMENTS + 2 * BATCH  # the rows at rest
PAPER = RESTED + BATCH

# --- the directory: what `Tables.at` holds --------------------------------------------------------------------------------

# Of each map its mask and, in the next place, where it begins.
MAP_OWN, MAP_MET, MAP_RECEIVED, MAP_PUSHED, MAP_NOTED, MAP_STEPPED = range(0, 12, 2)
# Of each other table where it begins.
(
    AT_RECORD, AT_KIND, AT_OPERATION, AT_FAULT, AT_SECTION, AT_ALONE, AT_HEAD, AT_WATCH, AT_UNWATCH, AT_SILENCE, AT_SEVER,
    AT_FAULTY, AT_AROUND, AT_ALLOWED, AT_JOINER, AT_CRASH, AT_PARTITION, AT_FACE, AT_TAKING, AT_UP, AT_SPLIT, AT_DEAF,
    AT_CORE_TERM, AT_LOG_TERM, AT_CHANNEL_TERM, AT_REST_TERM, AT_ASLEEP, AT_LULLED, AT_FATE,
) = range(12, 41)  # fmt: skip
# Plain numbers: processes; the place of the rest in a row; whether timers fire at any time; the deltas of a loss, of a second
# copy and of healing; ways to split; whether messages are held then; whether there are colour workers; the first group of each
# kind (GROUP_...).
SIZE, REST, ANY_TIME, DELTA_LOSE, DELTA_COPY, DELTA_HEAL, PARTITIONS, HOLDING, WORKING, GROUPS = range(41, 51)
AT_END = GROUPS + 4

# The tables, as the kernel names them when it lacks an entry.
(
    LACKS_OWN, LACKS_ALONE, LACKS_HEAD, LACKS_MET, LACKS_RECEIVED, LACKS_PUSHED, LACKS_NOTED, LACKS_STEPPED,
    LACKS_WATCHED, LACKS_UNWATCHED, LACKS_SILENCED, LACKS_FAULTS, LACKS_SEVERED, LACKS_FATE,
) = range(14)  # fmt: skip

# --- entries of the tables ------------------------------------------------------------------------------------------------

NOTHING = -1  # the entry is not known yet; or: no channel is taken from
NOTICE_DOWN = 0  # the number of the notice among the messages

# RECORD: one outcome of one handler, perhaps cut short. Core after it, what it notes, how the rest changes, its operations from
# and to, the records of it cut short from and to, its manner.
(
    RECORD_CORE, RECORD_NOTED, RECORD_DELTA, RECORD_OPERATIONS, RECORD_OPERATIONS_END, RECORD_CUTS, RECORD_CUTS_END,
    RECORD_MANNER, RECORD_WIDTH,
) = range(9)  # fmt: skip
# A manner: whether all that happens is sends, to others, at most one to each; whether nobody else can notice anything of it;
# and, in the bits from FOLLOWERS on, who may sleep after it.
PLAIN, SILENT, FOLLOWERS = 1, 2, 2
NOBODY, OTHERS = range(2)
# OPERATION: for a send the channel and the message, for the others a code and the process that it concerns.
OPERATION_CODE, OPERATION_ABOUT, OPERATION_WIDTH = range(3)
# An end for good; a crash, after which the process may come back; and that nothing is stored any more which nobody may read.
CODE_MONITOR, CODE_DEMONITOR, CODE_END, CODE_DOWN, CODE_FORGET = -1, -2, -3, -4, -5
# ALONE: of each core, for each part the records from and to: a worker's multicast, timers, a requested multicast, leaving, a
# crash after which it may come back, coming back, spurious notices.
ALONE_WORKER, ALONE_TIMERS, ALONE_REQUEST, ALONE_LEAVE, ALONE_CRASH, ALONE_RECOVER, ALONE_SPURIOUS, ALONE_PARTS = range(8)
# FATE: of each core what it is when its process has crashed and a recovery is left, and when nobody may read any more what it
# has stored.
FATE_DOWN, FATE_FORGOTTEN, FATE_WIDTH = range(3)
# SECTION: where the records of joins and of false suspicions begin and end.
SECTION_JOINS, SECTION_JOINS_END, SECTION_SUSPICIONS, SECTION_SUSPICIONS_END, SECTION_WIDTH = range(5)
# HEAD: of each channel the arrival that its first entry is, or LATER, and what is left without it.
HEAD_ARRIVAL, HEAD_LEFT, HEAD_WIDTH = range(3)
LATER = -2  # which entry can be taken depends on more than the first one
# FAULTY: of each channel its faults from and to. FAULT: the bits of ALLOWED of which one is enough, that for drops or that for
# duplicates, and IN_VAIN where the message is the next one that can arrive; the channel after it.
FAULTY_FIRST, FAULTY_END, FAULTY_WIDTH = range(3)
FAULT_ALLOWED, FAULT_CHANNEL, FAULT_WIDTH = range(3)

# What can be taken, a value of MET, RECEIVED and TAKING: the first record, from TAKEN_LEFT on the channel that is left, from
# TAKEN_RECORDS on how many records there are, and a bit if it may sleep. Or, with the bit TAKEN_MANY, how many such numbers
# there are, and from TAKEN_LEFT on where the first is in TAKING.
REFUSED = 0  # there is no rule for it
TAKEN_LEFT, TAKEN_RECORDS, MOST_RECORDS = 26, 52, 1 << 9
TAKEN_LOWER, TAKEN_SLEEPS, TAKEN_MANY = (1 << TAKEN_LEFT) - 1, 1 << 61, 1 << 62

# ALLOWED: what the budgets still allow; a bit for each. Of a channel to a process that is down also IN_VAIN.
(
    ALLOWS_CRASHES, ALLOWS_DROPS, ALLOWS_DUPLICATES, ALLOWS_TIMEOUTS, ALLOWS_PARTITIONS, ALLOWS_MESSAGES, ALLOWS_LEAVES,
    ALLOWS_SUSPICIONS, ALLOWS_RECOVERIES, ALLOWS_SPURIOUS, IN_VAIN,
) = (1 << place for place in range(11))  # fmt: skip
NETWORK_FAULTS = ALLOWS_DROPS | ALLOWS_DUPLICATES | ALLOWS_RECOVERIES  # what arrives in vain is lost, too

# KIND: what a free action is counted as; a bit for each.
(
    KIND_CUT, KIND_LOSE, KIND_DUPLICATE, KIND_SUSPECT, KIND_PARTITION, KIND_MULTICAST, KIND_JOIN, KIND_LEAVE, KIND_TIMEOUT,
    KIND_CRASH, KIND_HEAL, KIND_RECOVER, KIND_SPURIOUS,
) = (1 << place for place in range(13))  # fmt: skip

# Groups of steps that can sleep, by kind: what a process does with a channel, a request, a crash, a handler that is cut short.
GROUP_CHANNELS, GROUP_REQUESTS, GROUP_CRASHES, GROUP_CUTS = range(4)
GROUP_BITS = 64  # of a mask; groups beyond never sleep

# --- judging --------------------------------------------------------------------------------------------------------------

LACKS_LIFE, LACKS_PAIR, LACKS_PAIR_AT_REST = range(3)  # the tables of `Sights`
SHOWN_SUSPECT, SHOWN_UNSEEN, SHOWN_UNPROBED = range(3)  # why Python is shown a row
SIGHTS_SIZE, SIGHTS_WHOLE, SIGHTS_FACES, SIGHTS_APART, SIGHTS_NUMBERS = range(5)  # places of `Sights.numbers`
NOTES_SHOWN, NOTES_MISSING, NOTES_COUNTS = range(3)  # places of `Notes.counts`

# --- the visited set ------------------------------------------------------------------------------------------------------

# Places of `Seen.shape`: lines that can be homes; states; the shift of the rest, which is log2 of the lines, rounded
# down; 16-bit halves of a high; places of a line; bits beyond 64; states that found no place, and there must be none.
SHAPE_ROOM, SHAPE_STATES, SHAPE_SHIFT, SHAPE_HALVES, SHAPE_PLACES, SHAPE_FURTHER, SHAPE_LOST, SHAPE_WIDTH = range(8)


class Tables(NamedTuple):
    """All tables of `tables.transitions`, as the kernel reads them: two arenas, and the directory of what lies in them.

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
    """The part of the visited set that one owner has, in lines (see `kernel.fingerprints`). `shape`: see SHAPE_...

    `lows` and `highs` are the same memory, in words and in halves. `numbers` of states, at their places, and `rows` by number
    are there only where they are wanted.
    """

    lows: Array
    highs: Array
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

    `numbers`: processes; whether something looks at whole histories; for how many faces there is room in `lives`; the bit of
    a verdict which says that the two lives are suspect (SIGHTS_...).
    """

    lives: Array
    verdicts: Array
    whole: Array
    stuck: Array
    faces: Array
    bare: Array
    splits: Array
    networks: Array
    apart: Array
    apart_seen: Array
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
        return self.paper[MISSING : MISSING + MISSING_WIDTH * int(self.paper[LACKING])].reshape(-1, MISSING_WIDTH)

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
    hashes, found, changes = (np.empty(numbers * successors, np.uint64) for numbers in (1, SUCCESSOR_WIDTH, 8))
    fresh, order = np.empty(successors, np.uint8), np.empty(successors, np.uint32)
    divided = np.empty(owners * successors if owners > 1 else 0, np.uint32)
    paper, shares = np.zeros(PAPER, np.int64), np.zeros(owners, np.int64)
    return Outbox(hashes, found, changes, fresh, order, divided, shares, paper)
