"""Which successors are new, by fingerprints or by whole rows, and writing down those that are: for the hot loops."""

# mypy: disable-error-code="no-untyped-def"

from __future__ import annotations

import numpy as np

from groupy_check.checker.native.kernel.fingerprints import (
    LOWER,
    ONE,
    RANKS,
    high_at_home,
    high_place,
    home,
    read_high,
    settle,
    write,
)
from groupy_check.checker.native.kernel.hashing import SECOND, second_hash, term
from groupy_check.checker.native.kernel.intrinsics import load, prefetch, store
from groupy_check.checker.native.kernel.numba_options import compiled, inlined
from groupy_check.checker.native.memory import layout as abi

FULL_LINE = abi.LINE_WORDS - 1  # no place of a line has this number


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
def seek(seen, hashed, high, rows, width, box, index):
    """Where the state with this fingerprint is: its line times 16, and its place, and its high there.

    If it is nowhere, minus one less than where it belongs; then the place is FULL_LINE where another has to make way.
    """
    places, halves, exact = seen.shape[abi.SHAPE_PLACES], seen.shape[abi.SHAPE_HALVES], len(seen.rows) > 0
    line, low = home(hashed, seen.shape[abi.SHAPE_ROOM]), np.int64(hashed & LOWER)
    while True:
        nearest, mine = RANKS + 1, np.int64(high) & RANKS
        for place in range(places):
            begin = high_place(line, place, places, halves)
            rank = load(seen.highs, begin) & RANKS
            if rank == 0:
                return -1 - (line * abi.LINE_WORDS + place), high
            nearest = min(nearest, rank)
            if load(seen.lows, line * abi.LINE_WORDS + place) == low and read_high(seen, begin, halves) == high:
                number = load(seen.numbers, line * places + place) if exact else 0
                if not exact or same(seen.rows, number * width, rows, width, box, index):
                    return line * abi.LINE_WORDS + place, high
        if nearest < mine or mine == RANKS:
            return -1 - (line * abi.LINE_WORDS + FULL_LINE), high
        line, high = line + 1, high + ONE


@compiled
def sift(seen, edges, box, listed, rows, width, first):
    """Enter what is new among the successors that are `listed`, and say of each of them whether it is.

    `rows` are the ones expanded, of `width` places and a flag each; `first` is the number of row 0. Returns how many are new.
    """
    before, count, bits = seen.shape[abi.SHAPE_STATES], len(listed), seen.shape[abi.SHAPE_FURTHER]
    row, second, further = np.int64(-1), np.uint64(0), np.uint64(0)
    for begin in range(0, count, abi.CHUNK):
        end = min(begin + abi.CHUNK, count)
        for place in range(begin, end):
            prefetch(seen.lows, abi.LINE_WORDS * home(load(box.hashes, load(listed, place)), seen.shape[abi.SHAPE_ROOM]))
        for place in range(begin, end):
            index = load(listed, place)
            if bits:
                if row != row_of(box, index):
                    row = row_of(box, index)
                    second = second_hash(rows, row * (width + 1), width)
                further = changed(second, rows, width, box, index) >> np.uint64(64 - bits)
            store(box.fresh, index, sift_one(seen, edges, box, index, further, rows, width, first))
    return seen.shape[abi.SHAPE_STATES] - before


@inlined
def changed(second, rows, width, box, index):
    """The second hash of a successor, from that of its row."""
    begin = row_of(box, index) * (width + 1)
    first, last = changes_of(box, index)
    for place in range(first, last):
        change = load(box.changes, place)
        slot = place_of(change)
        second ^= term(SECOND + slot, load(rows, begin + slot)) ^ term(SECOND + slot, value_of(change))
    return second


@inlined
def sift_one(seen, edges, box, index, further, rows, width, first):
    """Enter a successor if it is new. Returns whether it was."""
    hashed = load(box.hashes, index)
    spot, high = seek(seen, hashed, high_at_home(seen, hashed, further), rows, width, box, index)
    new, number = spot < 0, np.int64(0)
    if new:
        line, place = (-1 - spot) // abi.LINE_WORDS, (-1 - spot) % abi.LINE_WORDS
        number = seen.shape[abi.SHAPE_STATES]
        seen.shape[abi.SHAPE_STATES] = number + 1
        if place == FULL_LINE:
            settle(seen, line, np.int64(hashed & LOWER), high, number)
        else:
            write(seen, line, place, np.int64(hashed & LOWER), high, number)
        if len(seen.rows):
            build(seen.rows, number * width, rows, width, box, index)
    elif len(seen.numbers):
        places = seen.shape[abi.SHAPE_PLACES]
        number = load(seen.numbers, spot // abi.LINE_WORDS * places + spot % abi.LINE_WORDS)
    if len(edges.sources) and info_of(box, index) & abi.FLAT:
        count = edges.total[0]
        store(edges.sources, count, first + row_of(box, index))
        store(edges.targets, count, number)
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
