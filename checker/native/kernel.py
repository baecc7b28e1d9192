"""The hot loop: from a block of rows to the hashes of their successors: `checker.semantics`, compiled.

A successor is hashed by the places in which it differs from its row, and is built only when its hash turns out to be new (see
`store`). The order of the successors of a row is that of `Semantics.enabled`, so an action is known by its place in it. What a
table lacks is noted, and the row is put aside until Python has filled it in.
"""

# The functions of this module are compiled: types are numba's affair.
# mypy: disable-error-code="no-untyped-def"

from __future__ import annotations

import numpy as np

from checker.native import layout as at
from checker.native.applying import bit, change, lack, look_up, perform, push, split, step_rest, undo
from checker.native.compiling import compiled, inlined
from checker.native.layout import (
    ASIDE,
    BEFORE,
    BUSY,
    CROWDED,
    FLAT,
    FOUND,
    GENERATED,
    HANDLERS,
    KINDS,
    LACKING,
    LEFT,
    MOST_HANDLERS,
    OBSERVED,
    ORDINAL,
    PLACES,
    RESTED,
    RESTING,
    SEEN_APART,
    SEGMENTS,
    SUSPENDED,
    TOUCHED,
    WHERE,
    WORK,
)  # fmt: skip
from checker.native.rules import BITS, CRASHES, DROPS, DUPLICATES, PARTITIONS, TIMEOUTS, Missing

OWN, TIMERS, RECEIVED, FAULTS = map(int, (Missing.OWN, Missing.TIMERS, Missing.RECEIVED, Missing.FAULTS))
LOSE_BIT, DUPLICATE_BIT, PARTITION_BIT = (BITS[kind] for kind in ("lose", "duplicate", "partition"))


@inlined
def term(slot, value):
    """What a place of a row adds to its hash."""
    mixed = (np.uint64(slot) << np.uint64(32) | np.uint64(value)) * np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(32))) * np.uint64(0xD6E8FEB86659FD93)
    mixed = (mixed ^ (mixed >> np.uint64(32))) * np.uint64(0xA0761D6478BD642F)
    return mixed ^ (mixed >> np.uint64(29))


@compiled
def hash_of(row, places):
    """The hash of the first `places` places of `row`."""
    total = np.uint64(0)
    for slot in range(places):
        total ^= term(slot, row[slot])
    return total


@inlined
def emit(tables, box, row, hashed, ordinal, owed):
    """Write the row in work down as a successor, and take it back. Returns False when there is no room for it."""
    paper, small, size = box.paper, tables.small, tables.at[at.SIZE]
    found, place, count = paper[FOUND], paper[PLACES], paper[TOUCHED]
    if 3 * found >= len(box.found) or place + count > len(box.changes) or ordinal > ORDINAL:
        paper[CROWDED] = 2 if ordinal > ORDINAL else 1
        undo(box)
        return False
    info = (FLAT if owed else 0) | ordinal
    for index in range(count):
        slot, old = paper[WHERE + index], paper[BEFORE + index]
        new = paper[WORK + slot]
        hashed ^= term(slot, old) ^ term(slot, new)
        box.changes[place + index] = np.uint64(slot) << np.uint64(32) | np.uint64(new)
        if slot < size:
            if small[tables.at[at.FACE] + old] != small[tables.at[at.FACE] + new]:
                info |= 1 << (OBSERVED + min(slot, SEEN_APART))
        elif slot < 2 * size:
            info = (info | 1 << (OBSERVED + min(slot - size, SEEN_APART))) & ~FLAT
        elif slot == tables.at[at.REST]:
            info &= ~FLAT
        paper[WORK + slot] = old
    paper[TOUCHED] = 0
    box.found[3 * found] = hashed
    box.found[3 * found + 1] = np.uint64(row) << np.uint64(32) | np.uint64(info)
    box.found[3 * found + 2] = place + count
    paper[FOUND], paper[PLACES] = found + 1, place + count
    return True


@inlined
def settle(tables, box, row, hashed, ordinal, owed, done):
    """Emit the row in work if all of it is `done`, else take it back. Returns whether it was emitted."""
    if done:
        return emit(tables, box, row, hashed, ordinal, owed)
    undo(box)
    return False


@inlined
def gather(box, count, node, first, last, slot):
    """Add the records from `first` to `last` of `node` to the handlers that can run. Returns how many these are."""
    for record in range(first, last):
        if count < MOST_HANDLERS:
            place = HANDLERS + 3 * count
            box.paper[place], box.paper[place + 1], box.paper[place + 2] = node, record, slot
        count += 1
    return count


@inlined
def own(tables, box, node, around, part, count):
    """Gather a part of what `node` does by itself. Returns how many handlers there are then, -1: not known."""
    core = box.paper[WORK + node]
    section = look_up(tables, at.OWN, core, around)
    if section < 0:
        lack(box, OWN, core, around)
        return -1
    place = tables.at[at.SECTION] + 5 * section + part
    return gather(box, count, node, np.int64(tables.small[place]), np.int64(tables.small[place + 1]), 0)


@inlined
def moves(tables, box, around, up):
    """Gather what happens by itself at once. Returns how many handlers there are, -1: not known."""
    size, count, done = tables.at[at.SIZE], 0, True
    for node in range(size):
        if not bit(up, node):
            continue
        more = own(tables, box, node, around, 0, count)
        done, count = done and more >= 0, max(more, count)
        core = box.paper[WORK + node]
        for source in range(size):
            slot = source * size + node
            channel = box.paper[WORK + 2 * size + slot]
            if channel == slot:
                continue
            number = look_up(tables, at.RECEIVED, core, channel)
            if number < 0:
                done = lack(box, RECEIVED, core, channel)
            else:
                place = tables.at[at.RANGE] + 2 * number
                count = gather(box, count, node, np.int64(tables.small[place]), np.int64(tables.small[place + 1]), slot)
    return count if done else -1


@compiled
def timers(tables, box, up, count):
    """Gather the timers that are armed. Returns how many handlers there are then, -1: not known."""
    done = True
    for node in range(tables.at[at.SIZE]):
        if bit(up, node):
            core = box.paper[WORK + node]
            place = tables.at[at.TIMER] + 2 * core
            if tables.small[place] < 0:
                done = lack(box, TIMERS, core, 0)
            else:
                count = gather(box, count, node, np.int64(tables.small[place]), np.int64(tables.small[place + 1]), 0)
    return count if done else -1


@inlined
def requests(tables, box, around, up, count):
    """Gather what the environment may ask of processes. Returns how many handlers there are then, -1: not known."""
    size, joiner = tables.at[at.SIZE], np.int64(tables.small[tables.at[at.JOINER] + around])
    for node in range(size):
        if bit(up, node):
            count = own(tables, box, node, around, 1, count)
    if joiner >= 0:
        count = own(tables, box, joiner, around, 2, count)
        if count < 0:
            return -1
    for node in range(size):
        if bit(up, node):
            count = own(tables, box, node, around, 3, count)
    return count


@inlined
def crashes(tables, box, up, count):
    """Gather a crash of each process, and of each of the first `count` handlers cut short. Returns how many there are then."""
    small, gathered = tables.small, count
    for node in range(tables.at[at.SIZE]):
        if bit(up, node):
            record = np.int64(small[tables.at[at.CRASH] + node])
            gathered = gather(box, gathered, node, record, record + 1, 0)
    for handler in range(min(count, MOST_HANDLERS)):
        place = HANDLERS + 3 * handler
        node, record, slot = box.paper[place], box.paper[place + 1], box.paper[place + 2]
        cuts = tables.at[at.RECORD] + 8 * record + 6
        gathered = gather(box, gathered, node, np.int64(small[cuts]), np.int64(small[cuts + 1]), slot)
    return gathered


@inlined
def handle(tables, box, up, side, row, hashed, owed, count):
    """All that was gathered, the first `owed` of it owed. Returns the next ordinal, -1: not known."""
    all_done = True
    for handler in range(count):
        place = HANDLERS + 3 * handler
        node, record, slot = box.paper[place], box.paper[place + 1], box.paper[place + 2]
        if handler >= owed:
            box.paper[KINDS] |= tables.small[tables.at[at.KIND] + record]
        done = perform(tables, box, up, side, node, record, slot)
        all_done = settle(tables, box, row, hashed, handler, handler < owed, done) and all_done
    return count if all_done else -1


@compiled
def network(tables, box, allowed, row, hashed, ordinal):
    """Every loss and every second copy. Returns as `handle` does."""
    small, size, all_done = tables.small, tables.at[at.SIZE], True
    for slot in range(size * size):
        channel = box.paper[WORK + 2 * size + slot]
        if channel == slot or slot // size == slot % size:
            continue
        faulty = tables.at[at.FAULTY] + 2 * channel
        if small[faulty] < 0:
            all_done = lack(box, FAULTS, channel, 0)
            continue
        for fault in range(np.int64(small[faulty]), np.int64(small[faulty + 1])):
            place = tables.at[at.FAULT] + 2 * fault
            if allowed & DROPS:
                box.paper[KINDS] |= LOSE_BIT
                change(box, 2 * size + slot, np.int64(small[place]))
                done = step_rest(tables, box, tables.at[at.LOSE])
                all_done = settle(tables, box, row, hashed, ordinal, False, done) and all_done
                ordinal += 1
            if allowed & DUPLICATES:
                box.paper[KINDS] |= DUPLICATE_BIT
                done = push(tables, box, slot, np.int64(small[place + 1]))
                done = step_rest(tables, box, tables.at[at.COPY]) and done
                all_done = settle(tables, box, row, hashed, ordinal, False, done) and all_done
                ordinal += 1
    return ordinal if all_done else -1


@compiled
def partition(tables, box, row, hashed, ordinal, healing):
    """Healing, or every split. Returns as `handle` does."""
    all_done = True
    for number in range(1 if healing else tables.at[at.PARTITIONS]):
        if healing:
            done = step_rest(tables, box, tables.at[at.HEAL])
        else:
            box.paper[KINDS] |= PARTITION_BIT
            done = split(tables, box, number)
        all_done = settle(tables, box, row, hashed, ordinal, False, done) and all_done
        ordinal += 1
    return ordinal if all_done else -1


@compiled
def faults(tables, box, side, allowed, row, hashed, ordinal):
    """Every fault of the network. Returns as `handle` does."""
    if allowed & (DROPS | DUPLICATES):
        ordinal = network(tables, box, allowed, row, hashed, ordinal)
    if ordinal >= 0 and (side != np.uint64(0) or allowed & PARTITIONS):
        ordinal = partition(tables, box, row, hashed, ordinal, side != np.uint64(0))
    return ordinal


@compiled
def owed_timers(tables, box, up, allowed, row):
    """Nothing moves: gather the timers that fire now, or note that the row is at rest. Returns as `timers` does."""
    armed = timers(tables, box, up, 0)
    if armed == 0:
        box.paper[RESTED + box.paper[RESTING]] = row
        box.paper[RESTING] += 1
    elif armed > 0 and not allowed & TIMEOUTS:
        box.paper[SUSPENDED] += 1
        return 0
    return armed


@inlined
def successors(tables, box, row, hashed):
    """Emit the successors of the row in work. Returns how many, -1 when the tables do not know or there is no room."""
    around = np.int64(tables.small[tables.at[at.AROUND] + box.paper[WORK + tables.at[at.REST]]])
    up, side = tables.large[tables.at[at.UP] + around], tables.large[tables.at[at.SIDE] + around]
    allowed = np.int64(tables.small[tables.at[at.ALLOWED] + around])
    owed = moves(tables, box, around, up)
    if owed < 0:
        return -1
    count = owed
    if owed == 0:
        owed = count = owed_timers(tables, box, up, allowed, row)
    elif tables.at[at.ANY_TIME] and allowed & TIMEOUTS:
        count = timers(tables, box, up, owed)
    if count >= 0:
        count = requests(tables, box, around, up, count)
    if count >= 0 and allowed & CRASHES:
        count = crashes(tables, box, up, count)
    if count < 0 or count > MOST_HANDLERS:
        box.paper[CROWDED] = 2 if count > MOST_HANDLERS else 0
        return -1
    ordinal = handle(tables, box, up, side, row, hashed, owed, count)
    if ordinal < 0 or not (allowed & (DROPS | DUPLICATES | PARTITIONS) or side != np.uint64(0)):
        return ordinal
    return faults(tables, box, side, allowed, row, hashed, ordinal)


@compiled
def expand(tables, box, rows, hashes, begin, chosen, silent):
    """Find the successors of the `chosen` rows of the batch that starts with row `begin`; `silent`: only count who has any.

    A row of which not all is known, or for whose successors there is no room, is put aside. What was found before for other
    rows of the batch is kept.
    """
    paper = box.paper
    paper[LACKING] = paper[ASIDE] = paper[CROWDED] = 0
    for index in range(len(chosen)):
        row = chosen[index]
        for slot in range(rows.shape[1]):
            paper[WORK + slot] = rows[row, slot]
        found, places, kinds = paper[FOUND], paper[PLACES], paper[KINDS]
        resting, suspended = paper[RESTING], paper[SUSPENDED]
        total = -1 if paper[CROWDED] else successors(tables, box, row, hashes[row])
        if total < 0:
            paper[LEFT + paper[ASIDE]] = row
            paper[ASIDE] += 1
            paper[RESTING], paper[SUSPENDED] = resting, suspended
        else:
            paper[BUSY] += total > 0
            paper[GENERATED] += 0 if silent else total
        if total < 0 or silent:
            paper[FOUND], paper[PLACES], paper[KINDS] = found, places, kinds
        segment = SEGMENTS + 2 * (row - begin)
        paper[segment], paper[segment + 1] = found, paper[FOUND]
