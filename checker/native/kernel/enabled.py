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
from groupy_check.checker.native.memory import layout as abi

ASKS = 0xFFFFFFFF  # where a channel would be: what the worker asks for


@inlined
def gather(box, count, node, first, last, slot, left, group):
    """Add the records from `first` to `last` of `node` to the handlers that can run. Returns how many these are."""
    for record in range(first, last):
        if count < abi.MOST_HANDLERS:
            place = abi.HANDLERS + abi.HANDLER_WIDTH * count
            store(box.paper, place + abi.HANDLER_NODE, node)
            store(box.paper, place + abi.HANDLER_RECORD, record)
            store(box.paper, place + abi.HANDLER_SLOT, slot)
            store(box.paper, place + abi.HANDLER_LEFT, left)
            store(box.paper, place + abi.HANDLER_GROUP, group)
        count += 1
    return count


@inlined
def group_of(tables, kind, number):
    """The bit of a group, 0 when it has none."""
    bit = tables.at[abi.GROUPS + kind] + number
    return np.int64(1) << bit if bit < abi.GROUP_BITS else np.int64(0)


@inlined
def lone(tables, first, last, kind, number):
    """The bit of a group that is one record which may sleep, else 0."""
    manner = load(tables.small, tables.at[abi.AT_RECORD] + abi.RECORD_WIDTH * first + abi.RECORD_MANNER)
    sleeps = last - first == 1 and manner >> abi.FOLLOWERS == abi.OTHERS
    return group_of(tables, kind, number) if sleeps else np.int64(0)


@inlined
def alone(tables, box, node, part, count):
    """Gather one of the things that depend on nobody else. Returns how many handlers there are then, -1: not known."""
    core = load(box.paper, abi.WORK + node)
    place = tables.at[abi.AT_ALONE] + 2 * (abi.ALONE_PARTS * core + part)
    first, last = load(tables.small, place), load(tables.small, place + 1)
    if first < 0:
        lack(box, abi.LACKS_ALONE, core, part)
        return -1
    group = lone(tables, first, last, abi.GROUP_REQUESTS, node) if part == abi.ALONE_REQUEST else 0
    return gather(box, count, node, first, last, 0, abi.NOTHING, group)


@inlined
def own(tables, box, node, around, part, count):
    """Gather a `part` of a section, which depends on who is up. Returns how many handlers there are then, -1: not known."""
    core = load(box.paper, abi.WORK + node)
    section = entry(tables, box, abi.MAP_OWN, abi.LACKS_OWN, core, around)
    if section < 0:
        return -1
    place = tables.at[abi.AT_SECTION] + abi.SECTION_WIDTH * section + part
    return gather(box, count, node, load(tables.small, place), load(tables.small, place + 1), 0, abi.NOTHING, 0)


@inlined
def gather_taken(box, count, node, slot, taken, left, group):
    """Gather what `node` does with one entry of a channel. Returns how many handlers there are then."""
    first = taken & abi.TAKEN_LOWER
    return gather(box, count, node, first, first + ((taken >> abi.TAKEN_RECORDS) & (abi.MOST_RECORDS - 1)), slot, left, group)


@inlined
def upper_of(taken):
    """The second number in what can be taken."""
    return (taken >> abi.TAKEN_LEFT) & abi.TAKEN_LOWER


@inlined
def group_taken(tables, slot, taken):
    """The bit of the group of what is taken from a channel, 0 if it does not sleep."""
    return group_of(tables, abi.GROUP_CHANNELS, slot) if taken & abi.TAKEN_SLEEPS else np.int64(0)


@inlined
def take(tables, box, node, slot, channel, count):
    """Gather what `node` can do with a channel that is not empty. Returns how many handlers there are then, -1: not known."""
    place = tables.at[abi.AT_HEAD] + abi.HEAD_WIDTH * channel
    head, left = load(tables.small, place + abi.HEAD_ARRIVAL), load(tables.small, place + abi.HEAD_LEFT)
    if head >= 0:
        met = entry(tables, box, abi.MAP_MET, abi.LACKS_MET, load(box.paper, abi.WORK + node), head)
        if met < 0:
            return -1
        if met != abi.REFUSED:
            return gather_taken(box, count, node, slot, met, left, group_taken(tables, slot, met))
        if left == slot:
            return count
    elif head != abi.LATER:
        lack(box, abi.LACKS_HEAD, channel, 0)
        return -1
    return search(tables, box, node, slot, channel, count)


@compiled
def search(tables, box, node, slot, channel, count):
    """Gather as `take` does, from a channel of which perhaps not the first entry can be taken."""
    taken = entry(tables, box, abi.MAP_RECEIVED, abi.LACKS_RECEIVED, load(box.paper, abi.WORK + node), channel)
    if taken < 0:
        return -1
    if taken & abi.TAKEN_MANY == 0:
        return gather_taken(box, count, node, slot, taken, upper_of(taken), group_taken(tables, slot, taken))
    for taking in range(upper_of(taken), upper_of(taken) + (taken & abi.TAKEN_LOWER)):
        one = np.int64(load(tables.large, tables.at[abi.AT_TAKING] + taking))
        count = gather_taken(box, count, node, slot, one, upper_of(one), np.int64(0))
    return count


@inlined
def waiting(tables, box):
    """List the channels that are not empty, by target, and every process where workers may ask. Returns how many entries.

    There is no branch for a channel: which of them are empty cannot be predicted.
    """
    paper, size, count = box.paper, tables.at[abi.SIZE], 0
    for node in range(size):
        if tables.at[abi.WORKING]:
            store(paper, abi.WAITING + count, pair(node, ASKS))
            count += 1
        for source in range(size):
            slot = source * size + node
            store(paper, abi.WAITING + count, pair(node, slot))
            count += load(paper, abi.WORK + 2 * size + slot) != slot
    return count


@inlined
def moves(tables, box, up):
    """Gather what happens by itself at once. Returns how many handlers there are, -1: not known."""
    size, count, done = tables.at[abi.SIZE], 0, True
    for index in range(waiting(tables, box)):
        entry = load(box.paper, abi.WAITING + index)
        node, slot = entry >> 32, entry & 0xFFFFFFFF
        if not bit(up, node):
            continue
        if slot == ASKS:
            more = alone(tables, box, node, abi.ALONE_WORKER, count)
        else:
            more = take(tables, box, node, slot, load(box.paper, abi.WORK + 2 * size + slot), count)
        done, count = done and more >= 0, max(more, count)
    return count if done else -1


@compiled
def timers(tables, box, up, count):
    """Gather the timers that are armed. Returns how many handlers there are then, -1: not known."""
    done = True
    for node in range(tables.at[abi.SIZE]):
        if bit(up, node):
            more = alone(tables, box, node, abi.ALONE_TIMERS, count)
            done, count = done and more >= 0, max(more, count)
    return count if done else -1


@compiled
def mistakes(tables, box, around, up, allowed, count):
    """Gather the mistakes of the failure detector. Returns how many handlers there are then, -1: not known."""
    size, done = tables.at[abi.SIZE], True
    for node in range(size if allowed & abi.ALLOWS_SUSPICIONS else 0):
        if bit(up, node):
            more = own(tables, box, node, around, abi.SECTION_SUSPICIONS, count)
            done, count = done and more >= 0, max(more, count)
    for node in range(size if allowed & abi.ALLOWS_SPURIOUS else 0):
        if bit(up, node):
            more = alone(tables, box, node, abi.ALONE_SPURIOUS, count)
            done, count = done and more >= 0, max(more, count)
    return count if done else -1


@inlined
def requests(tables, box, around, up, allowed, count):
    """Gather what the environment may ask of processes. Returns how many handlers there are then, -1: not known."""
    size, joiner, done = tables.at[abi.SIZE], load(tables.small, tables.at[abi.AT_JOINER] + around), True
    for node in range(size if allowed & (abi.ALLOWS_MESSAGES | abi.ALLOWS_LEAVES) else 0):
        if bit(up, node) and allowed & abi.ALLOWS_MESSAGES:
            more = alone(tables, box, node, abi.ALONE_REQUEST, count)
            done, count = done and more >= 0, max(more, count)
        if bit(up, node) and allowed & abi.ALLOWS_LEAVES:
            more = alone(tables, box, node, abi.ALONE_LEAVE, count)
            done, count = done and more >= 0, max(more, count)
    if joiner >= 0:
        more = own(tables, box, joiner, around, abi.SECTION_JOINS, count)
        done, count = done and more >= 0, max(more, count)
    if allowed & (abi.ALLOWS_SUSPICIONS | abi.ALLOWS_SPURIOUS):
        more = mistakes(tables, box, around, up, allowed, count)
        done, count = done and more >= 0, max(more, count)
    for node in range(size if allowed & abi.ALLOWS_RECOVERIES else 0):
        if not bit(up, node):
            more = alone(tables, box, node, abi.ALONE_RECOVER, count)
            done, count = done and more >= 0, max(more, count)
    return count if done else -1


@inlined
def crashes(tables, box, up, lasting, count):
    """Gather a crash of each process, and of each of the first `count` handlers cut short. Returns how many there are then.

    Who crashes while that is not `lasting` may come back, and none of it sleeps; -1: not known.
    """
    small, gathered, done = tables.small, count, True
    for node in range(tables.at[abi.SIZE]):
        if bit(up, node) and not lasting:
            more = alone(tables, box, node, abi.ALONE_CRASH, gathered)
            done, gathered = done and more >= 0, max(more, gathered)
        elif bit(up, node):
            record = load(small, tables.at[abi.AT_CRASH] + node)
            gathered = gather(
                box, gathered, node, record, record + 1, 0, abi.NOTHING, group_of(tables, abi.GROUP_CRASHES, node)
            )
    for handler in range(min(count, abi.MOST_HANDLERS)):
        place = abi.HANDLERS + abi.HANDLER_WIDTH * handler
        node, record, slot, left = (
            load(box.paper, place + abi.HANDLER_NODE),
            load(box.paper, place + abi.HANDLER_RECORD),
            load(box.paper, place + abi.HANDLER_SLOT),
            load(box.paper, place + abi.HANDLER_LEFT),
        )
        begin = tables.at[abi.AT_RECORD] + abi.RECORD_WIDTH * record
        first, last = load(small, begin + abi.RECORD_CUTS), load(small, begin + abi.RECORD_CUTS_END)
        sleeps = lasting and left >= 0 and load(box.paper, place + abi.HANDLER_GROUP) != 0
        group = group_of(tables, abi.GROUP_CUTS, slot) if sleeps else 0
        gathered = gather(box, gathered, node, first, last, slot, left, group)
    return gathered if done else -1
