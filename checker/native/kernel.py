"""The hot loop: from a block of rows to the hashes of their successors, by table lookups alone.

A successor is hashed by the places in which it differs from its row, and is built only when its hash turns out to be new (see
`store`). The order of the successors of a row is that of `Semantics.enabled`, so an action is known by its place in it. What a
table lacks is noted in `missing`; from the first row that lacks something on, nothing is emitted, but the rows behind it are
gone through all the same, to note what they lack.
"""

# The functions of this module are compiled: types are numba's affair.
# mypy: disable-error-code="no-untyped-def"

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from checker.native.maps import find
from checker.native.rules import BITS, CRASHES, DEMONITOR, DROPS, DUPLICATES, MONITOR, PARTITIONS, TIMEOUTS, Missing

Array = NDArray[Any]

OWN, TIMERS, RECEIVED, PUSHED, NOTED, STEPPED, WATCHED, UNWATCHED, SILENCED, FAULTS, MUTED = map(int, Missing)
BROADCAST_BIT, LOSE_BIT, DUPLICATE_BIT, PARTITION_BIT = (
    BITS[kind] for kind in ("crash in a broadcast", "lose", "duplicate", "partition")
)
OBSERVED, FLAT = 1 << 16, 1 << 17  # of a successor: something was observed; an owed step that changed no log and no rest
ORDINAL = (1 << 16) - 1
DOWN = 0  # the number of the notice among the messages

# What `counts` holds after a call.
ROWS, FOUND, PLACES, LACKING, RESTING, SUSPENDED, KINDS, GENERATED, BUSY, CROWDED = range(10)


class Tables(NamedTuple):
    """What `rules` knows, as the kernel reads it. `numbers`: processes, timers at any time, deltas of loss, copy and healing."""

    own_keys: Array
    own: Array
    received_keys: Array
    received: Array
    pushed_keys: Array
    pushed: Array
    noted_keys: Array
    noted: Array
    stepped_keys: Array
    stepped: Array
    records: Array
    kinds: Array
    operations: Array
    faults_found: Array
    sections: Array
    ranges: Array
    timers: Array
    watched: Array
    unwatched: Array
    silenced: Array
    muted: Array
    faults: Array
    arounds: Array
    up: Array
    side: Array
    allowed: Array
    joiner: Array
    crashes: Array
    partitions: Array
    sides: Array
    faces: Array
    numbers: Array


class Outbox(NamedTuple):
    """What one call of `expand` finds, and its scratch paper. Of each successor: hash, row, info, first of its places."""

    hashes: Array
    parents: Array
    infos: Array
    starts: Array
    slots: Array
    values: Array
    missing: Array
    resting: Array
    counts: Array
    work: Array
    touched: Array
    before: Array
    handlers: Array


def outbox(width: int, successors: int) -> Outbox:
    """An Outbox with room for so many successors."""
    return Outbox(
        np.empty(successors, np.uint64),
        np.empty(successors, np.uint32),
        np.empty(successors, np.uint32),
        np.empty(successors + 1, np.uint32),
        np.empty(8 * successors, np.uint16),
        np.empty(8 * successors, np.uint32),
        np.empty((1 << 14, 3), np.int64),
        np.empty(successors, np.int64),
        np.zeros(10, np.int64),
        np.empty(width, np.uint32),
        np.zeros(width + 1, np.int64),
        np.empty(width + 1, np.uint32),
        np.empty((ORDINAL, 3), np.int32),
    )


@njit(cache=True, nogil=True, inline="always")
def term(slot, value):
    """What a place of a row adds to its hash."""
    mixed = (np.uint64(slot) << np.uint64(32) | np.uint64(value)) * np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(32))) * np.uint64(0xD6E8FEB86659FD93)
    mixed = (mixed ^ (mixed >> np.uint64(32))) * np.uint64(0xA0761D6478BD642F)
    return mixed ^ (mixed >> np.uint64(29))


@njit(cache=True, nogil=True)
def hash_of(row, places):
    """The hash of the first `places` places of `row`."""
    total = np.uint64(0)
    for slot in range(places):
        total ^= term(slot, row[slot])
    return total


@njit(cache=True, nogil=True)
def lack(box, table, first, second):
    """Note that `table` has no entry for the pair."""
    lacking = box.counts[LACKING]
    if lacking < len(box.missing):
        box.missing[lacking, 0], box.missing[lacking, 1], box.missing[lacking, 2] = table, first, second
        box.counts[LACKING] = lacking + 1


@njit(cache=True, nogil=True)
def change(box, slot, value):
    """Write `value` at `slot` of the row in work, and remember what was there."""
    if box.work[slot] == value:
        return
    count = box.touched[0]
    for place in range(1, count + 1):
        if box.touched[place] == slot:
            box.work[slot] = value
            return
    box.touched[0] = count + 1
    box.touched[count + 1] = slot
    box.before[count + 1] = box.work[slot]
    box.work[slot] = value


@njit(cache=True, nogil=True)
def undo(box):
    """The row in work as it was."""
    for place in range(1, box.touched[0] + 1):
        box.work[box.touched[place]] = box.before[place]
    box.touched[0] = 0


@njit(cache=True, nogil=True)
def push(tables, box, size, slot, message):
    """Queue `message` in the channel at `slot`. Returns whether the table knew."""
    place = 2 * size + slot
    channel = box.work[place]
    longer = find(tables.pushed_keys, tables.pushed, channel, message)
    if longer < 0:
        lack(box, PUSHED, channel, message)
        return False
    change(box, place, longer)
    return True


@njit(cache=True, nogil=True)
def step_rest(tables, box, delta):
    """Change the rest by `delta`. Returns whether the table knew."""
    place = len(box.work) - 2
    after = find(tables.stepped_keys, tables.stepped, box.work[place], delta)
    if after < 0:
        lack(box, STEPPED, box.work[place], delta)
        return False
    change(box, place, after)
    return True


@njit(cache=True, nogil=True)
def report(tables, box, size, ended, watcher):
    """The monitor of `ended` by `watcher`, if there is one, fires. Returns whether the tables knew."""
    core = box.work[watcher]
    after = tables.unwatched[core, ended]
    if after < 0:
        lack(box, UNWATCHED, core, ended)
        return False
    if after == core:
        return True
    change(box, watcher, after)
    return push(tables, box, size, ended * size + watcher, DOWN)


@njit(cache=True, nogil=True)
def end(tables, box, size, up, node):
    """`node` has stopped: what is queued for it vanishes, and its watchers are told. Returns whether the tables knew."""
    for source in range(size):
        slot = source * size + node
        change(box, 2 * size + slot, slot)
    known = True
    for watcher in range(size):
        if watcher != node and (up >> np.uint64(watcher)) & np.uint64(1):
            known = report(tables, box, size, node, watcher) and known
    return known


@njit(cache=True, nogil=True)
def reaches(size, up, side, node, other):
    """Whether what `node` sends to `other`, or asks of it, gets there."""
    if node == other:
        return True
    if not (up >> np.uint64(other)) & np.uint64(1):
        return False
    return side == 0 or ((side >> np.uint64(node)) ^ (side >> np.uint64(other))) & np.uint64(1) == 0


@njit(cache=True, nogil=True)
def monitor(tables, box, size, reached, node, other):
    """`node` watches `other`, or hears at once that it is gone. Returns whether the tables knew."""
    if not reached:
        return push(tables, box, size, other * size + node, DOWN)
    after = tables.watched[box.work[node], other]
    if after < 0:
        lack(box, WATCHED, box.work[node], other)
        return False
    change(box, node, after)
    return True


@njit(cache=True, nogil=True)
def demonitor(tables, box, size, node, other):
    """`node` watches `other` no more, and a notice that waits is withdrawn. Returns whether the tables knew."""
    core, place = box.work[node], 2 * size + other * size + node
    after, silent = tables.unwatched[core, other], tables.silenced[box.work[place]]
    if after < 0:
        lack(box, UNWATCHED, core, other)
    if silent < 0:
        lack(box, SILENCED, box.work[place], 0)
    if after < 0 or silent < 0:
        return False
    change(box, node, after)
    change(box, place, silent)
    return True


@njit(cache=True, nogil=True)
def perform(tables, box, size, up, side, node, record, slot):
    """Do what `record` says of `node`, which takes its message from the channel at `slot`. Returns whether the tables knew."""
    work, records = box.work, tables.records
    change(box, node, records[record, 0])
    known = True
    if records[record, 1]:
        log = find(tables.noted_keys, tables.noted, work[size + node], records[record, 1])
        if log < 0:
            lack(box, NOTED, work[size + node], records[record, 1])
            known = False
        else:
            change(box, size + node, log)
    if records[record, 2]:
        known = step_rest(tables, box, records[record, 2]) and known
    if records[record, 3] >= 0:
        change(box, 2 * size + slot, records[record, 3])
    for place in range(records[record, 4], records[record, 5]):
        code, about = tables.operations[place, 0], tables.operations[place, 1]
        if code >= 0:
            if reaches(size, up, side, node, code % size):
                known = push(tables, box, size, code, about) and known
        elif code == MONITOR:
            known = monitor(tables, box, size, reaches(size, up, side, node, about), node, about) and known
        elif code == DEMONITOR:
            known = demonitor(tables, box, size, node, about) and known
        else:
            known = end(tables, box, size, up, node) and known
    return known


@njit(cache=True, nogil=True)
def split(tables, box, size, number):
    """The network splits in the `number`-th way. Returns whether the tables knew."""
    side = tables.sides[number]
    known = step_rest(tables, box, tables.partitions[number])
    for source in range(size):
        for target in range(size):
            if ((side >> np.uint64(source)) ^ (side >> np.uint64(target))) & np.uint64(1):
                place = 2 * size + source * size + target
                muted = tables.muted[box.work[place]]
                if muted < 0:
                    lack(box, MUTED, box.work[place], 0)
                    known = False
                else:
                    change(box, place, muted)
                known = report(tables, box, size, source, target) and known
    return known


@njit(cache=True, nogil=True)
def emit(tables, box, size, row, hashed, ordinal, owed):
    """Write the row in work down as a successor, and take it back. Returns False when there is no room for it."""
    counts, count = box.counts, box.touched[0]
    found, place = counts[FOUND], counts[PLACES]
    if found >= len(box.hashes) or place + count > len(box.slots) or ordinal > ORDINAL:
        counts[CROWDED] = 1
        undo(box)
        return False
    observed, flat = False, owed
    for index in range(1, count + 1):
        slot = box.touched[index]
        old, new = box.before[index], box.work[slot]
        hashed ^= term(slot, old) ^ term(slot, new)
        box.slots[place] = slot
        box.values[place] = new
        place += 1
        if slot < size:
            observed = observed or tables.faces[old] != tables.faces[new]
        elif slot < 2 * size:
            observed, flat = True, False
        elif slot == len(box.work) - 2:
            flat = False
        box.work[slot] = old
    box.touched[0] = 0
    box.hashes[found] = hashed
    box.parents[found] = row
    box.infos[found] = ordinal | (OBSERVED if observed else 0) | (FLAT if flat else 0)
    box.starts[found + 1] = place
    counts[FOUND], counts[PLACES] = found + 1, place
    return True


@njit(cache=True, nogil=True)
def gather(box, count, node, first, last, slot):
    """Add the records from `first` to `last` of `node` to the handlers. Returns how many there are."""
    for record in range(first, last):
        if count < len(box.handlers):
            box.handlers[count, 0], box.handlers[count, 1], box.handlers[count, 2] = node, record, slot
        count += 1
    return count


@njit(cache=True, nogil=True)
def own_section(tables, box, node, around):
    """Where the sections of what `node` does by itself are; -1 when the table does not know."""
    section = find(tables.own_keys, tables.own, box.work[node], around)
    if section < 0:
        lack(box, OWN, box.work[node], around)
    return section


@njit(cache=True, nogil=True)
def moves(tables, box, size, around, up):
    """Gather what happens by itself at once. Returns how many handlers, -1 when the tables do not know."""
    count, known = 0, True
    for node in range(size):
        if not (up >> np.uint64(node)) & np.uint64(1):
            continue
        section = own_section(tables, box, node, around)
        if section < 0:
            known = False
        else:
            count = gather(box, count, node, tables.sections[section, 0], tables.sections[section, 1], 0)
        for source in range(size):
            slot = source * size + node
            channel = box.work[2 * size + slot]
            if channel == slot:
                continue
            place = find(tables.received_keys, tables.received, box.work[node], channel)
            if place < 0:
                lack(box, RECEIVED, box.work[node], channel)
                known = False
            else:
                count = gather(box, count, node, tables.ranges[place, 0], tables.ranges[place, 1], slot)
    return count if known else -1


@njit(cache=True, nogil=True)
def timers(tables, box, size, up, count):
    """Gather the timers that are armed. Returns how many handlers there are then, -1 when the tables do not know."""
    known = True
    for node in range(size):
        if (up >> np.uint64(node)) & np.uint64(1):
            first = tables.timers[box.work[node], 0]
            if first < 0:
                lack(box, TIMERS, box.work[node], 0)
                known = False
            else:
                count = gather(box, count, node, first, tables.timers[box.work[node], 1], 0)
    return count if known else -1


@njit(cache=True, nogil=True)
def requests(tables, box, size, around, up, count):
    """Gather what the environment may ask of a process. Returns how many handlers there are then, -1: not known."""
    known = True
    joiner = tables.joiner[around]
    for node in range(size):
        if (up >> np.uint64(node)) & np.uint64(1):
            section = own_section(tables, box, node, around)
            if section >= 0:
                count = gather(box, count, node, tables.sections[section, 1], tables.sections[section, 2], 0)
    if joiner >= 0:
        section = own_section(tables, box, joiner, around)
        if section < 0:
            known = False
        else:
            count = gather(box, count, joiner, tables.sections[section, 2], tables.sections[section, 3], 0)
    for node in range(size):
        if (up >> np.uint64(node)) & np.uint64(1):
            section = own_section(tables, box, node, around)
            if section >= 0:
                count = gather(box, count, node, tables.sections[section, 3], tables.sections[section, 4], 0)
    return count if known else -1


@njit(cache=True, nogil=True)
def crash(tables, box, size, up, side, row, hashed, ordinal, count):
    """Every crash: of each process, and of each of the first `count` handlers, cut short. Returns the next ordinal, -1: not known."""
    known = True
    for node in range(size):
        if (up >> np.uint64(node)) & np.uint64(1):
            if perform(tables, box, size, up, side, node, tables.crashes[node], 0):
                known = emit(tables, box, size, row, hashed, ordinal, False) and known
            else:
                known = False
                undo(box)
            ordinal += 1
    for handler in range(count):
        node, record, slot = box.handlers[handler, 0], box.handlers[handler, 1], box.handlers[handler, 2]
        for cut in range(tables.records[record, 6], tables.records[record, 7]):
            box.counts[KINDS] |= BROADCAST_BIT
            if perform(tables, box, size, up, side, node, cut, slot):
                known = emit(tables, box, size, row, hashed, ordinal, False) and known
            else:
                known = False
                undo(box)
            ordinal += 1
    return ordinal if known else -1


@njit(cache=True, nogil=True)
def network(tables, box, size, allowed, row, hashed, ordinal):
    """Every loss and every second copy. Returns the next ordinal, -1: not known."""
    known = True
    for slot in range(size * size):
        channel = box.work[2 * size + slot]
        if channel == slot or slot // size == slot % size:
            continue
        first = tables.faults[channel, 0]
        if first < 0:
            lack(box, FAULTS, channel, 0)
            known = False
            continue
        for fault in range(first, tables.faults[channel, 1]):
            if allowed & DROPS:
                box.counts[KINDS] |= LOSE_BIT
                change(box, 2 * size + slot, tables.faults_found[fault, 0])
                if step_rest(tables, box, tables.numbers[2]):
                    known = emit(tables, box, size, row, hashed, ordinal, False) and known
                else:
                    known = False
                    undo(box)
                ordinal += 1
            if allowed & DUPLICATES:
                box.counts[KINDS] |= DUPLICATE_BIT
                ready = push(tables, box, size, slot, tables.faults_found[fault, 1])
                if step_rest(tables, box, tables.numbers[3]) and ready:
                    known = emit(tables, box, size, row, hashed, ordinal, False) and known
                else:
                    known = False
                    undo(box)
                ordinal += 1
    return ordinal if known else -1


@njit(cache=True, nogil=True)
def partition(tables, box, size, row, hashed, ordinal, healing):
    """Healing, or every split. Returns the next ordinal, -1: not known."""
    known = True
    for number in range(1 if healing else len(tables.sides)):
        if healing:
            ready = step_rest(tables, box, tables.numbers[4])
        else:
            box.counts[KINDS] |= PARTITION_BIT
            ready = split(tables, box, size, number)
        if ready:
            known = emit(tables, box, size, row, hashed, ordinal, False) and known
        else:
            known = False
            undo(box)
        ordinal += 1
    return ordinal if known else -1


@njit(cache=True, nogil=True)
def handle(tables, box, size, up, side, row, hashed, owed, count):
    """Every handler gathered, the first `owed` of them owed. Returns the next ordinal, -1: not known."""
    known = True
    for handler in range(count):
        node, record, slot = box.handlers[handler, 0], box.handlers[handler, 1], box.handlers[handler, 2]
        if handler >= owed:
            box.counts[KINDS] |= tables.kinds[record]
        if perform(tables, box, size, up, side, node, record, slot):
            known = emit(tables, box, size, row, hashed, handler, handler < owed) and known
        else:
            known = False
            undo(box)
    return count if known else -1


@njit(cache=True, nogil=True)
def faults(tables, box, size, up, side, around, row, hashed, ordinal, count):
    """Every fault. Returns the next ordinal, -1: not known."""
    allowed = tables.allowed[around]
    if allowed & CRASHES:
        ordinal = crash(tables, box, size, up, side, row, hashed, ordinal, count)
    if ordinal >= 0 and allowed & (DROPS | DUPLICATES):
        ordinal = network(tables, box, size, allowed, row, hashed, ordinal)
    if ordinal >= 0 and (side != 0 or allowed & PARTITIONS):
        ordinal = partition(tables, box, size, row, hashed, ordinal, side != 0)
    return ordinal


@njit(cache=True, nogil=True)
def successors(tables, box, size, row, hashed):
    """Emit the successors of the row in work. Returns how many, -1 when the tables do not know or there is no room."""
    around = tables.arounds[box.work[len(box.work) - 2]]
    up, side, allowed = tables.up[around], tables.side[around], tables.allowed[around]
    owed = moves(tables, box, size, around, up)
    if owed < 0:
        return -1
    count = owed
    if owed == 0:
        armed = timers(tables, box, size, up, 0)
        if armed < 0:
            return -1
        if allowed & TIMEOUTS:
            owed = count = armed
        if owed == 0 and armed == 0:
            box.resting[box.counts[RESTING]] = row
            box.counts[RESTING] += 1
        elif owed == 0:
            box.counts[SUSPENDED] += 1
    elif tables.numbers[1] and allowed & TIMEOUTS:
        count = timers(tables, box, size, up, owed)
        if count < 0:
            return -1
    count = requests(tables, box, size, around, up, count)
    if count < 0:
        return -1
    if count > len(box.handlers):
        box.counts[CROWDED] = 1
        return -1
    ordinal = handle(tables, box, size, up, side, row, hashed, owed, count)
    if ordinal < 0:
        return -1
    return faults(tables, box, size, up, side, around, row, hashed, ordinal, count)


@njit(cache=True, nogil=True)
def expand(tables, box, rows, hashes, first, last, silent):
    """Find the successors of the rows from `first` to `last`; `silent`: only count who has any.

    Stops before the first row whose successors are not all known or have no room: `counts[ROWS]` says where.
    """
    size, counts = tables.numbers[0], box.counts
    counts[:] = 0
    counts[ROWS] = last
    box.starts[0] = 0
    for row in range(first, last):
        for slot in range(len(box.work)):
            box.work[slot] = rows[row, slot]
        found, places, kinds = counts[FOUND], counts[PLACES], counts[KINDS]
        resting, suspended = counts[RESTING], counts[SUSPENDED]
        total = successors(tables, box, size, row, hashes[row])
        if total < 0 and counts[ROWS] == last:
            counts[ROWS] = row
        if counts[ROWS] == last:
            counts[BUSY] += total > 0
            counts[GENERATED] += 0 if silent else total
        else:
            counts[RESTING], counts[SUSPENDED] = resting, suspended
        if silent or counts[ROWS] != last:
            counts[FOUND], counts[PLACES], counts[KINDS] = found, places, kinds
        if counts[CROWDED] or counts[LACKING] == len(box.missing):
            break
