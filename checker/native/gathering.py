"""Which handlers can run in a row: `Semantics.enabled`, compiled, without the faults of the network.

They are gathered in the order of the reference, so an action is known by its place in it. A function that lacks an entry of a
table notes it and returns -1.
"""

# The functions of this module are compiled: types are numba's affair.
# mypy: disable-error-code="no-untyped-def"

from __future__ import annotations

import numpy as np

from checker.native import layout as at
from checker.native.applying import bit, entry, lack
from checker.native.compiling import compiled, inlined
from checker.native.layout import HANDLERS, MOST_HANDLERS, WAITING, WORK
from checker.native.maps import pair
from checker.native.memory import load, store
from checker.native.records import WIDTH
from checker.native.rules import LEAVES, LOWER, MANY, MESSAGES, NOTHING, OUTCOMES, SUSPICIONS, UPPER, Missing

OWN, TIMERS, RECEIVED = map(int, (Missing.OWN, Missing.TIMERS, Missing.RECEIVED))
ASKS = 0xFFFFFFFF  # where a channel would be: what the worker asks for


@inlined
def gather(box, count, node, first, last, slot, left):
    """Add the records from `first` to `last` of `node` to the handlers that can run. Returns how many these are."""
    for record in range(first, last):
        if count < MOST_HANDLERS:
            place = HANDLERS + 4 * count
            store(box.paper, place, node)
            store(box.paper, place + 1, record)
            store(box.paper, place + 2, slot)
            store(box.paper, place + 3, left)
        count += 1
    return count


@inlined
def own(tables, box, node, around, part, count):
    """Gather a part of what `node` does by itself. Returns how many handlers there are then, -1: not known."""
    core = load(box.paper, WORK + node)
    section = entry(tables, box, at.OWN, OWN, core, around)
    if section < 0:
        return -1
    place = tables.at[at.SECTION] + 8 * section + 2 * part
    return gather(box, count, node, load(tables.small, place), load(tables.small, place + 1), 0, NOTHING)


@inlined
def gather_taken(box, count, node, slot, taken):
    """Gather what `node` does with one entry of a channel. Returns how many handlers there are then."""
    first = taken & LOWER
    return gather(box, count, node, first, first + (taken >> OUTCOMES), slot, (taken >> UPPER) & LOWER)


@inlined
def take(tables, box, node, slot, channel, count):
    """Gather what `node` can do with a channel that is not empty. Returns how many handlers there are then, -1: not known."""
    core = load(box.paper, WORK + node)
    taken = entry(tables, box, at.RECEIVED, RECEIVED, core, channel)
    if taken < 0:
        return -1
    if taken & MANY == 0:
        return gather_taken(box, count, node, slot, taken)
    for taking in range((taken >> UPPER) & LOWER, ((taken >> UPPER) & LOWER) + (taken & LOWER)):
        count = gather_taken(box, count, node, slot, np.int64(load(tables.large, tables.at[at.TAKING] + taking)))
    return count


@inlined
def waiting(tables, box):
    """List the channels that are not empty, by target, and every process where workers may ask. Returns how many entries.

    There is no branch for a channel: which of them are empty cannot be predicted.
    """
    paper, size, count = box.paper, tables.at[at.SIZE], 0
    for node in range(size):
        if tables.at[at.WORKING]:
            store(paper, WAITING + count, pair(node, ASKS))
            count += 1
        for source in range(size):
            slot = source * size + node
            store(paper, WAITING + count, pair(node, slot))
            count += load(paper, WORK + 2 * size + slot) != slot
    return count


@inlined
def moves(tables, box, around, up):
    """Gather what happens by itself at once. Returns how many handlers there are, -1: not known."""
    size, count, done = tables.at[at.SIZE], 0, True
    for index in range(waiting(tables, box)):
        entry = load(box.paper, WAITING + index)
        node, slot = entry >> 32, entry & 0xFFFFFFFF
        if not bit(up, node):
            continue
        if slot == ASKS:
            more = own(tables, box, node, around, 0, count)
        else:
            more = take(tables, box, node, slot, load(box.paper, WORK + 2 * size + slot), count)
        done, count = done and more >= 0, max(more, count)
    return count if done else -1


@compiled
def timers(tables, box, up, count):
    """Gather the timers that are armed. Returns how many handlers there are then, -1: not known."""
    done = True
    for node in range(tables.at[at.SIZE]):
        if bit(up, node):
            core = load(box.paper, WORK + node)
            place = tables.at[at.TIMER] + 2 * core
            if load(tables.small, place) < 0:
                done = lack(box, TIMERS, core, 0)
            else:
                count = gather(box, count, node, load(tables.small, place), load(tables.small, place + 1), 0, NOTHING)
    return count if done else -1


@inlined
def requests(tables, box, around, up, allowed, count):
    """Gather what the environment may ask of processes. Returns how many handlers there are then, -1: not known."""
    size, joiner = tables.at[at.SIZE], load(tables.small, tables.at[at.JOINER] + around)
    for node in range(size if allowed & (MESSAGES | LEAVES) else 0):
        if bit(up, node):
            count = own(tables, box, node, around, 1, count)
            if count < 0:
                return -1
    if joiner >= 0:
        count = own(tables, box, joiner, around, 2, count)
        if count < 0:
            return -1
    for node in range(size if allowed & SUSPICIONS else 0):
        if bit(up, node):
            count = own(tables, box, node, around, 3, count)
            if count < 0:
                return -1
    return count


@inlined
def crashes(tables, box, up, count):
    """Gather a crash of each process, and of each of the first `count` handlers cut short. Returns how many there are then."""
    small, gathered = tables.small, count
    for node in range(tables.at[at.SIZE]):
        if bit(up, node):
            record = load(small, tables.at[at.CRASH] + node)
            gathered = gather(box, gathered, node, record, record + 1, 0, NOTHING)
    for handler in range(min(count, MOST_HANDLERS)):
        place = HANDLERS + 4 * handler
        node, record, slot, left = (
            load(box.paper, place),
            load(box.paper, place + 1),
            load(box.paper, place + 2),
            load(box.paper, place + 3),
        )
        cuts = tables.at[at.RECORD] + WIDTH * record + 5
        gathered = gather(box, gathered, node, load(small, cuts), load(small, cuts + 1), slot, left)
    return gathered
