"""Which states have been seen: an open-addressing table of 64-bit hashes, for the hot loops.

The place of a hash is proportional to the hash, so that the table grows in place: everything moves up, the last part first,
without a second copy.
"""

# mypy: disable-error-code="no-untyped-def"

from __future__ import annotations

import numpy as np

from groupy_check.checker.native.kernel.intrinsics import load, prefetch, store
from groupy_check.checker.native.kernel.numba_options import compiled, inlined
from groupy_check.checker.native.memory import layout as abi

AHEAD = 24  # entries between asking the memory for a place and looking at it


@inlined
def home(hashed, room):
    """Where the search for a hash begins."""
    return np.int64(((hashed >> np.uint64(32)) * np.uint64(room)) >> np.uint64(32))


@inlined
def settle(seen, room, hashed, number):
    """Put a hash that is not in the table into the first free place from its home on."""
    spot = home(hashed, room)
    while load(seen.table, spot) != abi.FREE:
        spot += 1
    store(seen.table, spot, hashed)
    if len(seen.numbers):
        store(seen.numbers, spot, number)


@compiled
def grow(seen, room, entries, theirs):
    """Give the table `room` homes: the last part of it moves first, to places that are free by then.

    `entries` and `theirs`, for numbers, are scratch: room for a part and what lies behind its end, and for what comes late.
    """
    old = seen.shape[abi.SHAPE_ROOM]
    part = (old + abi.PARTS - 1) // abi.PARTS
    late, waiting = part + abi.SLACK, 0
    for number in range(abi.PARTS - 1, -1, -1):
        first = number * part
        last = min(first + part, old) if number < abi.PARTS - 1 else old + abi.SLACK
        count = 0
        for spot in range(first, last):  # no branch: which places are free cannot be predicted
            entry = load(seen.table, spot)
            store(entries, count, entry)
            if len(seen.numbers):
                store(theirs, count, load(seen.numbers, spot))
            store(seen.table, spot, abi.FREE)
            count += entry != abi.FREE
        for index in range(count):
            entry, whose = load(entries, index), load(theirs, index) if len(seen.numbers) else 0
            if home(entry, room) < first:  # it would be among those that have not moved yet
                store(entries, late + waiting, entry)
                if len(seen.numbers):
                    store(theirs, late + waiting, whose)
                waiting += 1
            else:
                settle(seen, room, entry, whose)
    for index in range(late, late + waiting):
        settle(seen, room, load(entries, index), load(theirs, index) if len(seen.numbers) else 0)
    seen.shape[abi.SHAPE_ROOM] = room


@inlined
def marked(hashed):
    """What stands for a hash in the table."""
    return np.uint64(1) if hashed == abi.FREE else hashed


@inlined
def owner_of(hashed, owners):
    """Which of the `owners` of parts of the table has the states with this hash."""
    return np.int64(((hashed & np.uint64(0xFFFFFFFF)) * np.uint64(owners)) >> np.uint64(32))


@compiled
def enter(seen, hashes, first, owner, owners):
    """Enter those of `hashes`, of states that are numbered from `first` on, that are `owner`'s; there must be room."""
    for index in range(len(hashes)):
        if index + AHEAD < len(hashes):
            prefetch(seen.table, home(hashes[index + AHEAD], seen.shape[abi.SHAPE_ROOM]))
        if owner_of(hashes[index], owners) == owner:
            settle(seen, seen.shape[abi.SHAPE_ROOM], marked(hashes[index]), first + index)
            seen.shape[abi.SHAPE_STATES] += 1


@inlined
def place_of(change):
    """Which place of a row changes."""
    return np.int64(change >> np.uint64(32))


@inlined
def value_of(change):
    """What is there then."""
    return np.int64(change & np.uint64(0xFFFFFFFF))


@inlined
def row_of(box, index):
    """The row that a successor comes from."""
    return np.int64(load(box.found, abi.SUCCESSOR_WIDTH * index + abi.SUCCESSOR_SOURCE) >> np.uint64(32))


@inlined
def info_of(box, index):
    """The info of a successor."""
    return np.int64(load(box.found, abi.SUCCESSOR_WIDTH * index + abi.SUCCESSOR_SOURCE) & np.uint64(0xFFFFFFFF))


@inlined
def changes_of(box, index):
    """Where the changes of a successor begin and end."""
    entry = abi.SUCCESSOR_WIDTH * index + abi.SUCCESSOR_CHANGES
    return np.int64(load(box.found, entry - abi.SUCCESSOR_WIDTH)) if index else 0, np.int64(load(box.found, entry))


@inlined
def build(target, at, rows, width, box, index):
    """Write to `target`, from `at` on, the row of a successor, of `width` places."""
    begin = row_of(box, index) * (width + 1)
    for slot in range(width):
        store(target, at + slot, load(rows, begin + slot))
    first, last = changes_of(box, index)
    for place in range(first, last):
        change = load(box.changes, place)
        store(target, at + place_of(change), value_of(change))


@compiled
def same(kept, at, rows, width, box, index):
    """Whether the row that lies from `at` on in `kept` is that of a successor."""
    begin = row_of(box, index) * (width + 1)
    first, last = changes_of(box, index)
    for place in range(first, last):
        change = load(box.changes, place)
        if load(kept, at + place_of(change)) != value_of(change):
            return False
    for slot in range(width):
        if load(kept, at + slot) != load(rows, begin + slot):
            changed = False
            for place in range(first, last):
                changed = changed or place_of(load(box.changes, place)) == slot
            if not changed:
                return False
    return True


@inlined
def seek(seen, hashed, rows, width, box, index):
    """Where the state with this hash is in the table, or the free place where it belongs."""
    spot = home(hashed, seen.shape[abi.SHAPE_ROOM])
    while True:
        entry = load(seen.table, spot)
        if entry == abi.FREE:
            return spot
        exact = len(seen.rows) > 0
        if entry == hashed and (not exact or same(seen.rows, load(seen.numbers, spot) * width, rows, width, box, index)):
            return spot
        spot += 1


@compiled
def sift(seen, edges, box, listed, rows, width, first):
    """Enter what is new among the successors that are `listed`, and say of each of them whether it is.

    `rows` are the ones expanded, of `width` places and a flag each; `first` is the number of row 0. Returns how many are new.
    """
    before, count = seen.shape[abi.SHAPE_STATES], len(listed)
    for begin in range(0, count, abi.CHUNK):
        end = min(begin + abi.CHUNK, count)
        for place in range(begin, end):
            prefetch(seen.table, home(load(box.hashes, load(listed, place)), seen.shape[abi.SHAPE_ROOM]))
        for place in range(begin, end):
            index = load(listed, place)
            store(box.fresh, index, sift_one(seen, edges, box, index, rows, width, first))
    return seen.shape[abi.SHAPE_STATES] - before


@inlined
def sift_one(seen, edges, box, index, rows, width, first):
    """Enter a successor if it is new. Returns whether it was."""
    hashed = marked(load(box.hashes, index))
    spot = seek(seen, hashed, rows, width, box, index)
    new = load(seen.table, spot) == abi.FREE
    if new:
        number = seen.shape[abi.SHAPE_STATES]
        seen.shape[abi.SHAPE_STATES] = number + 1
        store(seen.table, spot, hashed)
        if len(seen.numbers):
            store(seen.numbers, spot, number)
        if len(seen.rows):
            build(seen.rows, number * width, rows, width, box, index)
    if len(edges.sources) and info_of(box, index) & abi.FLAT:
        count = edges.total[0]
        store(edges.sources, count, first + row_of(box, index))
        store(edges.targets, count, load(seen.numbers, spot))
        store(edges.ordinals, count, info_of(box, index) & abi.ORDINAL)
        edges.total[0] = count + 1
    return np.int64(new)


@compiled
def line_up(box, place, rows, width, first, target, filled, count, parents, ordinals, number):
    """Write the next `count` new successors, from this place of the order on, to the block `target` from row `filled` on.

    Its states get the numbers from `number` on. `rows` are the ones expanded, of `width` places and a flag each; `first` is the
    number of row 0. Returns the place to go on with.
    """
    while count:
        index = load(box.order, place)
        if load(box.fresh, index):
            store(parents, number, first + row_of(box, index))
            store(ordinals, number, info_of(box, index) & abi.ORDINAL)
            build(target.rows, filled * (width + 1), rows, width, box, index)
            store(target.rows, filled * (width + 1) + width, info_of(box, index) >> abi.OBSERVED)
            store(target.hashes, filled, load(box.hashes, index))
            store(target.asleep, filled, load(box.found, abi.SUCCESSOR_WIDTH * index + abi.SUCCESSOR_ASLEEP))
            filled, number, count = filled + 1, number + 1, count - 1
        place += 1
    return place
