"""The hot loop: from a block of rows to the hashes of their successors: `checker.semantics.enabled`, compiled.

A successor is hashed by the places in which it differs from its row, and is built only when its hash turns out to be new (see
`store`). The order of the successors of a row is that of `Semantics.enabled`, so an action is known by its place in it. What a
table lacks is noted, and the row is put aside until Python has filled it in.
"""

# The functions of this module are compiled: types are numba's affair.
# mypy: disable-error-code="no-untyped-def"

from __future__ import annotations

import numpy as np
from groupy_check.checker.native.kernel.apply import change, lack, perform, push, split, step_rest
from groupy_check.checker.native.kernel.emit import plain, settle
from groupy_check.checker.native.kernel.enabled import crashes, moves, requests, timers
from groupy_check.checker.native.kernel.intrinsics import load, store
from groupy_check.checker.native.kernel.numba_options import compiled, inlined
from groupy_check.checker.native.kernel.visited import owner_of
from groupy_check.checker.native.memory import layout as at
from groupy_check.checker.native.memory.layout import (
    ASIDE,
    BUSY,
    CROWDED,
    FOUND,
    GENERATED,
    HANDLER,
    HANDLERS,
    KINDS,
    LACKING,
    LEFT,
    MOST_HANDLERS,
    PLACES,
    RESTED,
    RESTING,
    SEGMENTS,
    STAMP,
    SUSPENDED,
    WORK,
)  # fmt: skip
from groupy_check.checker.native.tables.handler_records import BITS, PLAIN, WIDTH
from groupy_check.checker.native.tables.transitions import CRASHES, DROPS, DUPLICATES, PARTITIONS, TIMEOUTS, Missing

FAULTS = int(Missing.FAULTS)
WAKEFUL = np.uint64(0)  # nobody sleeps
LOSE_BIT, DUPLICATE_BIT, PARTITION_BIT = (BITS[kind] for kind in ("lose", "duplicate", "partition"))


@inlined
def handle(tables, box, up, side, row, hashed, asleep, owed, count):
    """All that was gathered, the first `owed` of it owed. Returns the next ordinal, -1: not known."""
    all_done, size, passed = True, tables.at[at.SIZE], WAKEFUL
    for handler in range(count):
        place = HANDLERS + HANDLER * handler
        node, record, slot, left, group = (
            load(box.paper, place),
            load(box.paper, place + 1),
            load(box.paper, place + 2),
            load(box.paper, place + 3),
            np.uint64(load(box.paper, place + 4)),
        )
        if handler >= owed:
            box.paper[KINDS] |= load(tables.small, tables.at[at.KIND] + record)
        if asleep & group:
            continue
        manner = load(tables.small, tables.at[at.RECORD] + WIDTH * record + 7)
        after = (asleep | passed) & load(tables.large, tables.at[at.ASLEEP] + (manner >> 2) * size + node)
        after |= load(tables.large, tables.at[at.LULLED] + ((manner >> 1) & 1) * size + node)
        if manner & PLAIN:
            done = plain(tables, box, up, side, row, hashed, handler, handler < owed, after, node, record, slot, left)
        else:
            done = perform(tables, box, up, side, node, record, slot, left)
            done = settle(tables, box, row, hashed, handler, handler < owed, after, done)
        passed |= group
        all_done = done and all_done
    return count if all_done else -1


@compiled
def network(tables, box, allowed, row, hashed, ordinal):
    """Every loss and every second copy. Returns as `handle` does."""
    small, size, all_done = tables.small, tables.at[at.SIZE], True
    for slot in range(size * size):
        channel = load(box.paper, WORK + 2 * size + slot)
        if channel == slot or slot // size == slot % size:
            continue
        faulty = tables.at[at.FAULTY] + 2 * channel
        if load(small, faulty) < 0:
            all_done = lack(box, FAULTS, channel, 0)
            continue
        for fault in range(load(small, faulty), load(small, faulty + 1)):
            place = tables.at[at.FAULT] + 2 * fault
            if allowed & DROPS:
                box.paper[KINDS] |= LOSE_BIT
                change(box, 2 * size + slot, load(small, place))
                done = step_rest(tables, box, tables.at[at.LOSE])
                all_done = settle(tables, box, row, hashed, ordinal, False, WAKEFUL, done) and all_done
                ordinal += 1
            if allowed & DUPLICATES:
                box.paper[KINDS] |= DUPLICATE_BIT
                done = push(tables, box, slot, load(small, place + 1))
                done = step_rest(tables, box, tables.at[at.COPY]) and done
                all_done = settle(tables, box, row, hashed, ordinal, False, WAKEFUL, done) and all_done
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
        all_done = settle(tables, box, row, hashed, ordinal, False, WAKEFUL, done) and all_done
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
        store(box.paper, RESTED + box.paper[RESTING], row)
        box.paper[RESTING] += 1
    elif armed > 0 and not allowed & TIMEOUTS:
        box.paper[SUSPENDED] += 1
        return 0
    return armed


@inlined
def successors(tables, box, row, hashed, asleep):
    """Emit the successors of the row in work. Returns how many, -1 when the tables do not know or there is no room."""
    around = load(tables.small, tables.at[at.AROUND] + load(box.paper, WORK + tables.at[at.REST]))
    up, side = load(tables.large, tables.at[at.UP] + around), load(tables.large, tables.at[at.SIDE] + around)
    allowed = load(tables.small, tables.at[at.ALLOWED] + around)
    owed = moves(tables, box, up)
    if owed < 0:
        return -1
    count = owed
    if owed == 0:
        owed = count = owed_timers(tables, box, up, allowed, row)
    elif tables.at[at.ANY_TIME] and allowed & TIMEOUTS:
        count = timers(tables, box, up, owed)
    if count >= 0:
        count = requests(tables, box, around, up, allowed, count)
    if count >= 0 and allowed & CRASHES:
        count = crashes(tables, box, up, count)
    if count < 0 or count > MOST_HANDLERS:
        box.paper[CROWDED] = 2 if count > MOST_HANDLERS else 0
        return -1
    ordinal = handle(tables, box, up, side, row, hashed, asleep, owed, count)
    if ordinal < 0 or not (allowed & (DROPS | DUPLICATES | PARTITIONS) or side != np.uint64(0)):
        return ordinal
    return faults(tables, box, side, allowed, row, hashed, ordinal)


@compiled
def expand(tables, box, block, begin, count, chosen, silent):
    """Find the successors of the `chosen` ones of the `count` rows from `begin` on; `silent`: only count who has any.

    A row of which not all is known, or for whose successors there is no room, is put aside. What was found before for other
    rows is kept. When no row is put aside, all successors are put in order.
    """
    paper, width = box.paper, tables.at[at.REST] + 1
    paper[LACKING] = paper[ASIDE] = paper[CROWDED] = 0
    paper[STAMP] += 1
    for index in range(len(chosen)):
        row = chosen[index]
        for slot in range(width):
            store(paper, WORK + slot, load(block.rows, row * (width + 1) + slot))
        found, places, kinds = paper[FOUND], paper[PLACES], paper[KINDS]
        resting, suspended = paper[RESTING], paper[SUSPENDED]
        total = -1 if paper[CROWDED] else successors(tables, box, row, load(block.hashes, row), load(block.asleep, row))
        if total < 0:
            store(paper, LEFT + paper[ASIDE], row)
            paper[ASIDE] += 1
            paper[RESTING], paper[SUSPENDED] = resting, suspended
        else:
            paper[BUSY] += total > 0
            paper[GENERATED] += 0 if silent else total
        if total < 0 or silent:
            paper[FOUND], paper[PLACES], paper[KINDS] = found, places, kinds
        segment = SEGMENTS + 2 * (row - begin)
        store(paper, segment, found)
        store(paper, segment + 1, paper[FOUND])
    if paper[ASIDE] == 0:
        put_in_order(box, count)


@compiled
def put_in_order(box, count):
    """List the successors of `count` rows in the order of these, and for each owner those that are its."""
    place, owners = 0, len(box.shares)
    for owner in range(owners):
        store(box.shares, owner, 0)
    for segment in range(SEGMENTS, SEGMENTS + 2 * count, 2):
        for index in range(load(box.paper, segment), load(box.paper, segment + 1)):
            store(box.order, place, index)
            place += 1
            if owners > 1:
                owner = owner_of(load(box.hashes, index), owners)
                share = load(box.shares, owner)
                store(box.divided, owner * len(box.order) + share, index)
                store(box.shares, owner, share + 1)
