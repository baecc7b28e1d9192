"""The hot loop: from a block of rows to the hashes of their successors: `checker.semantics.enabled`, compiled.

A successor is hashed by the places in which it differs from its row, and is built only when its hash turns out to be new (see
`visited`). The order of the successors of a row is that of `Semantics.enabled`, so an action is known by its place in it. The
kernel notes what a table lacks, and puts the row aside until Python has filled it in.
"""

# The functions of this module are compiled: types are numba's affair.
# mypy: disable-error-code="no-untyped-def"

from __future__ import annotations

import numpy as np

from groupy_check.checker.native.kernel.apply import bit, change, heal, lack, part, perform, step_rest
from groupy_check.checker.native.kernel.emit import observed_by_all, plain, settle
from groupy_check.checker.native.kernel.enabled import crashes, moves, requests, timers
from groupy_check.checker.native.kernel.fingerprints import owner_of
from groupy_check.checker.native.kernel.intrinsics import load, store
from groupy_check.checker.native.kernel.numba_options import compiled, inlined
from groupy_check.checker.native.memory import layout as abi

WAKEFUL = np.uint64(0)  # nobody sleeps


@inlined
def handle(tables, box, up, split, row, hashed, asleep, owed, count):
    """All that was gathered, the first `owed` of it owed. Returns the next ordinal, -1: not known."""
    all_done, size, passed = True, tables.at[abi.SIZE], WAKEFUL
    for handler in range(count):
        place = abi.HANDLERS + abi.HANDLER_WIDTH * handler
        node, record, slot, left, group = (
            load(box.paper, place + abi.HANDLER_NODE),
            load(box.paper, place + abi.HANDLER_RECORD),
            load(box.paper, place + abi.HANDLER_SLOT),
            load(box.paper, place + abi.HANDLER_LEFT),
            np.uint64(load(box.paper, place + abi.HANDLER_GROUP)),
        )
        if handler >= owed:
            box.paper[abi.KINDS_SEEN] |= load(tables.small, tables.at[abi.AT_KIND] + record)
        if asleep & group:
            continue
        manner = load(tables.small, tables.at[abi.AT_RECORD] + abi.RECORD_WIDTH * record + abi.RECORD_MANNER)
        after = (asleep | passed) & load(tables.large, tables.at[abi.AT_ASLEEP] + (manner >> abi.FOLLOWERS) * size + node)
        after |= load(tables.large, tables.at[abi.AT_LULLED] + (size if manner & abi.SILENT else 0) + node)
        if manner & abi.PLAIN:
            done = plain(tables, box, up, split, row, hashed, handler, handler < owed, after, node, record, slot, left)
        else:
            done = perform(tables, box, up, split, node, record, slot, left)
            done = settle(tables, box, row, hashed, handler, handler < owed, after, done)
        passed |= group
        all_done = done and all_done
    return count if all_done else -1


@compiled
def network(tables, box, up, allowed, row, hashed, ordinal):
    """Every loss and every second copy. Returns as `handle` does."""
    small, size, all_done = tables.small, tables.at[abi.SIZE], True
    for slot in range(size * size):
        channel = load(box.paper, abi.WORK + 2 * size + slot)
        permitted = allowed if bit(up, slot % size) else allowed | abi.IN_VAIN  # who has ended for good has nothing queued
        possible = permitted & (abi.ALLOWS_DROPS | abi.ALLOWS_DUPLICATES | abi.IN_VAIN)
        if channel == slot or slot // size == slot % size or not possible:
            continue
        faulty = tables.at[abi.AT_FAULTY] + abi.FAULTY_WIDTH * channel
        if load(small, faulty + abi.FAULTY_FIRST) < 0:
            all_done = lack(box, abi.LACKS_FAULTS, channel, 0)
            continue
        for fault in range(load(small, faulty + abi.FAULTY_FIRST), load(small, faulty + abi.FAULTY_END)):
            place = tables.at[abi.AT_FAULT] + abi.FAULT_WIDTH * fault
            kind = load(small, place + abi.FAULT_ALLOWED)
            if permitted & kind == 0:
                continue
            copied = kind & abi.ALLOWS_DUPLICATES != 0
            box.paper[abi.KINDS_SEEN] |= abi.KIND_DUPLICATE if copied else abi.KIND_LOSE
            change(box, 2 * size + slot, load(small, place + abi.FAULT_CHANNEL))
            done = permitted & kind & abi.IN_VAIN != 0  # which costs nothing
            if not done:
                done = step_rest(tables, box, tables.at[abi.DELTA_COPY if copied else abi.DELTA_LOSE])
            all_done = settle(tables, box, row, hashed, ordinal, False, WAKEFUL, done) and all_done
            ordinal += 1
    return ordinal if all_done else -1


@compiled
def partition(tables, box, row, hashed, ordinal, split):
    """Healing, or every split. Returns as `handle` does."""
    all_done = True
    for number in range(1 if split != 0 else tables.at[abi.PARTITIONS]):
        if split != 0:
            done = heal(tables, box, split)
        else:
            box.paper[abi.KINDS_SEEN] |= abi.KIND_PARTITION
            done = part(tables, box, number + 1)
        if settle(tables, box, row, hashed, ordinal, False, WAKEFUL, done):
            observed_by_all(box)
        else:
            all_done = False
        ordinal += 1
    return ordinal if all_done else -1


@compiled
def faults(tables, box, up, split, allowed, row, hashed, ordinal):
    """Every fault of the network. Returns as `handle` does."""
    if allowed & abi.NETWORK_FAULTS:
        ordinal = network(tables, box, up, allowed, row, hashed, ordinal)
    if ordinal >= 0 and (split != 0 or allowed & abi.ALLOWS_PARTITIONS):
        ordinal = partition(tables, box, row, hashed, ordinal, split)
    return ordinal


@compiled
def owed_timers(tables, box, up, allowed, row):
    """Nothing moves: gather the timers that fire now, or note that the row is at rest. Returns as `timers` does."""
    armed = timers(tables, box, up, 0)
    if armed == 0:
        store(box.paper, abi.RESTED + box.paper[abi.RESTING], row)
        box.paper[abi.RESTING] += 1
    elif armed > 0 and not allowed & abi.ALLOWS_TIMEOUTS:
        box.paper[abi.SUSPENDED] += 1
        return 0
    return armed


@inlined
def successors(tables, box, row, hashed, asleep):
    """Emit the successors of the row in work. Returns how many, -1 when the tables do not know or there is no room."""
    around = load(tables.small, tables.at[abi.AT_AROUND] + load(box.paper, abi.WORK + tables.at[abi.REST]))
    up, split = load(tables.large, tables.at[abi.AT_UP] + around), load(tables.small, tables.at[abi.AT_SPLIT] + around)
    allowed = load(tables.small, tables.at[abi.AT_ALLOWED] + around)
    owed = moves(tables, box, up)
    if owed < 0:
        return -1
    count = owed
    if owed == 0:
        owed = count = owed_timers(tables, box, up, allowed, row)
    elif tables.at[abi.ANY_TIME] and allowed & abi.ALLOWS_TIMEOUTS:
        count = timers(tables, box, up, owed)
    if count >= 0:
        count = requests(tables, box, around, up, allowed, count)
    if count >= 0 and allowed & abi.ALLOWS_CRASHES:
        count = crashes(tables, box, up, allowed & abi.ALLOWS_RECOVERIES == 0, count)
    if count < 0 or count > abi.MOST_HANDLERS:
        box.paper[abi.CROWDED] = abi.TOO_MANY if count > abi.MOST_HANDLERS else abi.ROOMY
        return -1
    ordinal = handle(tables, box, up, split, row, hashed, asleep, owed, count)
    if ordinal < 0 or not (allowed & (abi.NETWORK_FAULTS | abi.ALLOWS_PARTITIONS) or split != 0):
        return ordinal
    return faults(tables, box, up, split, allowed, row, hashed, ordinal)


@compiled
def expand(tables, box, block, begin, count, chosen, silent):
    """Find the successors of the `chosen` ones of the `count` rows from `begin` on; `silent`: only count who has any.

    A row of which not all is known, or for whose successors there is no room, is put aside. What was found before for other
    rows is kept. When no row is put aside, all successors are put in order.
    """
    paper, width = box.paper, tables.at[abi.REST] + 1
    paper[abi.LACKING] = paper[abi.ASIDE] = paper[abi.CROWDED] = 0  # ROOMY
    paper[abi.STAMP] += 1
    for index in range(len(chosen)):
        row = chosen[index]
        for slot in range(width):
            store(paper, abi.WORK + slot, load(block.rows, row * (width + 1) + slot))
        found, places, kinds = paper[abi.FOUND], paper[abi.PLACES], paper[abi.KINDS_SEEN]
        resting, suspended = paper[abi.RESTING], paper[abi.SUSPENDED]
        total = -1 if paper[abi.CROWDED] else successors(tables, box, row, load(block.hashes, row), load(block.asleep, row))
        if total < 0:
            store(paper, abi.LEFT + paper[abi.ASIDE], row)
            paper[abi.ASIDE] += 1
            paper[abi.RESTING], paper[abi.SUSPENDED] = resting, suspended
        else:
            paper[abi.BUSY] += total > 0
            paper[abi.GENERATED] += 0 if silent else total
        if total < 0 or silent:
            paper[abi.FOUND], paper[abi.PLACES], paper[abi.KINDS_SEEN] = found, places, kinds
        segment = abi.SEGMENTS + 2 * (row - begin)
        store(paper, segment, found)
        store(paper, segment + 1, paper[abi.FOUND])
    if paper[abi.ASIDE] == 0:
        put_in_order(box, count)


@compiled
def put_in_order(box, count):
    """List the successors of `count` rows in the order of these, and for each owner those that are its."""
    place, owners = 0, len(box.shares)
    for owner in range(owners):
        store(box.shares, owner, 0)
    for segment in range(abi.SEGMENTS, abi.SEGMENTS + 2 * count, 2):
        for index in range(load(box.paper, segment), load(box.paper, segment + 1)):
            store(box.order, place, index)
            place += 1
            if owners > 1:
                owner = owner_of(load(box.hashes, index), owners)
                share = load(box.shares, owner)
                store(box.divided, owner * len(box.order) + share, index)
                store(box.shares, owner, share + 1)
