"""Which handlers can run in a row: `Semantics.enabled`, compiled, without the faults of the network.

They are gathered in the order of the reference, so an action is known by its place in it. A function that lacks an entry of a
table notes it and returns -1.
"""

# The functions of this module are compiled: types are numba's affair.
# mypy: disable-error-code="no-untyped-def"

from __future__ import annotations

import numpy as np
from groupy_check.checker.native.kernel.apply import bit, entry, lack
from groupy_check.checker.native.kernel.hash_map import pair
from groupy_check.checker.native.kernel.intrinsics import load, store
from groupy_check.checker.native.kernel.numba_options import compiled, inlined
from groupy_check.checker.native.memory import layout as at
from groupy_check.checker.native.memory.layout import HANDLER, HANDLERS, MOST_HANDLERS, WAITING, WORK
from groupy_check.checker.native.tables.handler_records import WIDTH
from groupy_check.checker.native.tables.sleep_sets import BITS, CHANNELS, CRASHES, OTHERS, REQUESTS, WITHIN
from groupy_check.checker.native.tables.transitions import (
    ALONE,
    LATER,
    LEAVES,
    LOWER,
    MANY,
    MESSAGES,
    MOST_OUTCOMES,
    NOTHING,
    OUTCOMES,
    REFUSED,
    SLEEPS,
    SUSPICIONS,
    UPPER,
    Missing,
)  # fmt: skip

OWN, BY_ITSELF, HEADS, MET, RECEIVED = map(int, (Missing.OWN, Missing.ALONE, Missing.HEAD, Missing.MET, Missing.RECEIVED))
OF_WORKER, ARMED, ASKED, LEAVING = range(ALONE)
ASKS = 0xFFFFFFFF  # where a channel would be: what the worker asks for


@inlined
def gather(box, count, node, first, last, slot, left, group):
    """Add the records from `first` to `last` of `node` to the handlers that can run. Returns how many these are."""
    for record in range(first, last):
        if count < MOST_HANDLERS:
            place = HANDLERS + HANDLER * count
            store(box.paper, place, node)
            store(box.paper, place + 1, record)
            store(box.paper, place + 2, slot)
            store(box.paper, place + 3, left)
            store(box.paper, place + 4, group)
        count += 1
    return count


@inlined
def group_of(tables, kind, number):
    """The bit of a group, 0 when it has none."""
    bit = tables.at[at.GROUPS + kind] + number
    return np.int64(1) << bit if bit < BITS else np.int64(0)


@inlined
def lone(tables, first, last, kind, number):
    """The bit of a group that is one record which may sleep, else 0."""
    manner = load(tables.small, tables.at[at.RECORD] + WIDTH * first + 7)
    return group_of(tables, kind, number) if last - first == 1 and manner >> 2 == OTHERS else np.int64(0)


@inlined
def alone(tables, box, node, part, count):
    """Gather one of the things that depend on nobody else. Returns how many handlers there are then, -1: not known."""
    core = load(box.paper, WORK + node)
    place = tables.at[at.ALONE] + 2 * (ALONE * core + part)
    first, last = load(tables.small, place), load(tables.small, place + 1)
    if first < 0:
        lack(box, BY_ITSELF, core, part)
        return -1
    group = lone(tables, first, last, REQUESTS, node) if part == ASKED else 0
    return gather(box, count, node, first, last, 0, NOTHING, group)


@inlined
def own(tables, box, node, around, part, count):
    """Gather what `node` does that depends on who is up. Returns how many handlers there are then, -1: not known."""
    core = load(box.paper, WORK + node)
    section = entry(tables, box, at.OWN, OWN, core, around)
    if section < 0:
        return -1
    place = tables.at[at.SECTION] + 4 * section + 2 * part
    return gather(box, count, node, load(tables.small, place), load(tables.small, place + 1), 0, NOTHING, 0)


@inlined
def gather_taken(box, count, node, slot, taken, left, group):
    """Gather what `node` does with one entry of a channel. Returns how many handlers there are then."""
    first = taken & LOWER
    return gather(box, count, node, first, first + ((taken >> OUTCOMES) & (MOST_OUTCOMES - 1)), slot, left, group)


@inlined
def group_taken(tables, slot, taken):
    """The bit of the group of what is taken from a channel, 0 if it does not sleep."""
    return group_of(tables, CHANNELS, slot) if taken & SLEEPS else np.int64(0)


@inlined
def take(tables, box, node, slot, channel, count):
    """Gather what `node` can do with a channel that is not empty. Returns how many handlers there are then, -1: not known."""
    place = tables.at[at.HEAD] + 2 * channel
    head, left = load(tables.small, place), load(tables.small, place + 1)
    if head >= 0:
        met = entry(tables, box, at.MET, MET, load(box.paper, WORK + node), head)
        if met < 0:
            return -1
        if met != REFUSED:
            return gather_taken(box, count, node, slot, met, left, group_taken(tables, slot, met))
        if left == slot:
            return count
    elif head != LATER:
        lack(box, HEADS, channel, 0)
        return -1
    return search(tables, box, node, slot, channel, count)


@compiled
def search(tables, box, node, slot, channel, count):
    """Gather as `take` does, from a channel of which perhaps not the first entry can be taken."""
    taken = entry(tables, box, at.RECEIVED, RECEIVED, load(box.paper, WORK + node), channel)
    if taken < 0:
        return -1
    if taken & MANY == 0:
        return gather_taken(box, count, node, slot, taken, (taken >> UPPER) & LOWER, group_taken(tables, slot, taken))
    for taking in range((taken >> UPPER) & LOWER, ((taken >> UPPER) & LOWER) + (taken & LOWER)):
        one = np.int64(load(tables.large, tables.at[at.TAKING] + taking))
        count = gather_taken(box, count, node, slot, one, (one >> UPPER) & LOWER, np.int64(0))
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
def moves(tables, box, up):
    """Gather what happens by itself at once. Returns how many handlers there are, -1: not known."""
    size, count, done = tables.at[at.SIZE], 0, True
    for index in range(waiting(tables, box)):
        entry = load(box.paper, WAITING + index)
        node, slot = entry >> 32, entry & 0xFFFFFFFF
        if not bit(up, node):
            continue
        if slot == ASKS:
            more = alone(tables, box, node, OF_WORKER, count)
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
            more = alone(tables, box, node, ARMED, count)
            done, count = done and more >= 0, max(more, count)
    return count if done else -1


@inlined
def requests(tables, box, around, up, allowed, count):
    """Gather what the environment may ask of processes. Returns how many handlers there are then, -1: not known."""
    size, joiner, done = tables.at[at.SIZE], load(tables.small, tables.at[at.JOINER] + around), True
    for node in range(size if allowed & (MESSAGES | LEAVES) else 0):
        if bit(up, node) and allowed & MESSAGES:
            more = alone(tables, box, node, ASKED, count)
            done, count = done and more >= 0, max(more, count)
        if bit(up, node) and allowed & LEAVES:
            more = alone(tables, box, node, LEAVING, count)
            done, count = done and more >= 0, max(more, count)
    if joiner >= 0:
        more = own(tables, box, joiner, around, 0, count)
        done, count = done and more >= 0, max(more, count)
    for node in range(size if allowed & SUSPICIONS else 0):
        if bit(up, node):
            more = own(tables, box, node, around, 1, count)
            done, count = done and more >= 0, max(more, count)
    return count if done else -1


@inlined
def crashes(tables, box, up, count):
    """Gather a crash of each process, and of each of the first `count` handlers cut short. Returns how many there are then."""
    small, gathered = tables.small, count
    for node in range(tables.at[at.SIZE]):
        if bit(up, node):
            record = load(small, tables.at[at.CRASH] + node)
            gathered = gather(box, gathered, node, record, record + 1, 0, NOTHING, group_of(tables, CRASHES, node))
    for handler in range(min(count, MOST_HANDLERS)):
        place = HANDLERS + HANDLER * handler
        node, record, slot, left = (
            load(box.paper, place),
            load(box.paper, place + 1),
            load(box.paper, place + 2),
            load(box.paper, place + 3),
        )
        cuts = tables.at[at.RECORD] + WIDTH * record + 5
        group = group_of(tables, WITHIN, slot) if left >= 0 and load(box.paper, place + 4) else 0
        gathered = gather(box, gathered, node, load(small, cuts), load(small, cuts + 1), slot, left, group)
    return gathered
