"""A table of fingerprints, for the hot loops: it stores of each only what its place does not say.

That is quotienting (Cleary, Compact Hash Tables Using Bidirectional Linear Probing, IEEE Transactions on Computers C-33, 1984).
A LINE is 64 bytes, so a look costs one access to memory: places that are filled in order, each with the lower 32 bits of a
fingerprint and, in halves of 16 bits, a HIGH: the RANK, how many lines behind its home it lies, and one more; then the rest,
which is what the home does not tell of the upper 32 bits, and the bits beyond 64. A place of rank 0 is free.

Where a line is full, who is farther from home takes the place of who is nearest to it, and that one goes on (Robin Hood
hashing; Celis 1986). So nobody gets far, and who is farther than somebody in a full line need not be looked for behind it.

The home is proportional to the upper half, so the table grows in place: everything moves up, the last part first.
"""

# mypy: disable-error-code="no-untyped-def"

from __future__ import annotations

import numpy as np

from groupy_check.checker.native.kernel.hash_map import HALF
from groupy_check.checker.native.kernel.intrinsics import load, prefetch, store
from groupy_check.checker.native.kernel.numba_options import compiled, inlined
from groupy_check.checker.native.memory import layout as abi

AHEAD = 24  # entries between asking the memory for a line and looking at it
LOWER = np.uint64(0xFFFFFFFF)
RANKS = (1 << abi.RANK_BITS) - 1
ONE = np.uint64(1)


@inlined
def home(hashed, room):
    """The line in which the search for a fingerprint begins."""
    return np.int64(((hashed >> HALF) * np.uint64(room)) >> HALF)


@inlined
def high_at_home(seen, hashed, further):
    """The high of a fingerprint in its home: its rank is 1."""
    shift = np.uint64(seen.shape[abi.SHAPE_SHIFT])
    rest = (((hashed >> HALF) * np.uint64(seen.shape[abi.SHAPE_ROOM])) & LOWER) >> shift
    return (np.uint64(further) << (HALF - shift) | rest) << np.uint64(abi.RANK_BITS) | ONE


@inlined
def high_place(line, place, places, halves):
    """Where the high of a place begins."""
    return line * abi.LINE_HALVES + 2 * places + place * halves


@inlined
def read_high(seen, begin, halves):
    """The high that begins there."""
    total = np.uint64(0)
    for half in range(halves):
        total |= np.uint64(load(seen.highs, begin + half)) << np.uint64(16 * half)
    return total


@inlined
def write(seen, line, place, low, high, number):
    """Put an entry into a place."""
    places, halves = seen.shape[abi.SHAPE_PLACES], seen.shape[abi.SHAPE_HALVES]
    store(seen.lows, line * abi.LINE_WORDS + place, low)
    begin = high_place(line, place, places, halves)
    for half in range(halves):
        store(seen.highs, begin + half, (high >> np.uint64(16 * half)) & np.uint64(0xFFFF))
    if len(seen.numbers):
        store(seen.numbers, line * places + place, number)


@compiled
def settle(seen, line, low, high, number):
    """Put an entry, of the rank that it has there, into a line or behind it."""
    places, halves = seen.shape[abi.SHAPE_PLACES], seen.shape[abi.SHAPE_HALVES]
    while True:
        nearest, where = np.int64(high) & RANKS, -1
        for place in range(places):
            rank = load(seen.highs, high_place(line, place, places, halves)) & RANKS
            if rank == 0:
                write(seen, line, place, low, high, number)
                return
            if rank < nearest:
                nearest, where = rank, place
        if where >= 0:
            low_there, whose = load(seen.lows, line * abi.LINE_WORDS + where), 0
            high_there = read_high(seen, high_place(line, where, places, halves), halves)
            if len(seen.numbers):
                whose = load(seen.numbers, line * places + where)
            write(seen, line, where, low, high, number)
            low, high, number = low_there, high_there, whose
        if np.int64(high) & RANKS == RANKS:  # hardly ever: of 10**9 states, once in 10**7 searches
            seen.shape[abi.SHAPE_LOST] += 1
            return
        line, high = line + 1, high + ONE


@inlined
def settle_at_home(seen, hashed, further, number):
    """Put a fingerprint into the table."""
    line = home(hashed, seen.shape[abi.SHAPE_ROOM])
    settle(seen, line, np.int64(hashed & LOWER), high_at_home(seen, hashed, further), number)


@inlined
def upper_half(line, high, room, shift):
    """The upper half of a fingerprint, from its place and its high."""
    rank = high & np.uint64(RANKS)
    begin = (np.uint64(line) + ONE - rank) << HALF  # of its home: the least product that belongs there
    rest = ((high >> np.uint64(abi.RANK_BITS)) & ((ONE << (HALF - shift)) - ONE)) << shift
    upper = (begin + room - ONE) // room
    least = upper * room - begin
    # The products of a home differ by `room`, at least 2**shift, so only one has this rest.
    return upper if rest <= least else upper + (rest - least + room - ONE) // room


@inlined
def take_out(seen, first, last, room, old, entries, furthers, theirs):
    """Move the fingerprints in the lines from `first` to `last` to scratch, and clear these. Returns how many there were."""
    shift, halves, places = old
    count = 0
    for line in range(first, last):
        for place in range(places):
            high = read_high(seen, high_place(line, place, places, halves), halves)
            if high == np.uint64(0):
                break
            upper = upper_half(line, high, np.uint64(room), np.uint64(shift))
            store(entries, count, upper << HALF | np.uint64(load(seen.lows, line * abi.LINE_WORDS + place)))
            store(furthers, count, high >> np.uint64(abi.RANK_BITS + 32 - shift))
            if len(seen.numbers):
                store(theirs, count, load(seen.numbers, line * places + place))
            count += 1
        for word in range(abi.LINE_WORDS):
            store(seen.lows, line * abi.LINE_WORDS + word, 0)
    return count


@compiled
def grow(seen, room, shift, halves, places, entries, furthers, theirs):
    """Give the table `room` lines, of so many `places` and `halves`; the last part moves first, to lines that are free by then.

    `entries`, `furthers` and `theirs`, for numbers, are scratch: room for a part and what lies behind its end, and for what
    comes late.
    """
    before, shape = seen.shape[abi.SHAPE_ROOM], seen.shape
    old = shape[abi.SHAPE_SHIFT], shape[abi.SHAPE_HALVES], shape[abi.SHAPE_PLACES]
    seen.shape[abi.SHAPE_ROOM], seen.shape[abi.SHAPE_SHIFT] = room, shift
    seen.shape[abi.SHAPE_HALVES], seen.shape[abi.SHAPE_PLACES] = halves, places
    part = (before + abi.PARTS - 1) // abi.PARTS
    late, waiting = (part + abi.SLACK) * old[2], 0
    for number in range(abi.PARTS - 1, -1, -1):
        first = min(number * part, before + abi.SLACK)
        last = min(first + part, before + abi.SLACK) if number < abi.PARTS - 1 else before + abi.SLACK
        count = take_out(seen, first, last, before, old, entries, furthers, theirs)
        for index in range(count):
            entry, further = load(entries, index), load(furthers, index)
            whose = load(theirs, index) if len(seen.numbers) else 0
            if home(entry, room) < first:  # it would be among those that have not moved yet
                store(entries, late + waiting, entry)
                store(furthers, late + waiting, further)
                if len(seen.numbers):
                    store(theirs, late + waiting, whose)
                waiting += 1
            else:
                settle_at_home(seen, entry, further, whose)
    for index in range(late, late + waiting):
        settle_at_home(seen, load(entries, index), load(furthers, index), load(theirs, index) if len(seen.numbers) else 0)


@inlined
def owner_of(hashed, owners):
    """Which of the `owners` of parts of the table has the states with this hash."""
    return np.int64(((hashed & LOWER) * np.uint64(owners)) >> HALF)


@compiled
def enter(seen, hashes, furthers, first, owner, owners):
    """Enter those of the fingerprints, of states that are numbered from `first` on, that are `owner`'s; there must be room.

    `furthers`: their bits beyond 64; none where there are no such.
    """
    for index in range(len(hashes)):
        if index + AHEAD < len(hashes):
            prefetch(seen.lows, abi.LINE_WORDS * home(load(hashes, index + AHEAD), seen.shape[abi.SHAPE_ROOM]))
        hashed = load(hashes, index)
        if owner_of(hashed, owners) == owner:
            further = load(furthers, index) if len(furthers) else 0
            settle_at_home(seen, hashed, further, first + index)
            seen.shape[abi.SHAPE_STATES] += 1
