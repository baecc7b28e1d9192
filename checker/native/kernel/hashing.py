"""The hash of a row: what each of its places adds, combined by exclusive or, so that a change needs no look at the rest."""

# mypy: disable-error-code="no-untyped-def"

from __future__ import annotations

import numpy as np

from groupy_check.checker.native.kernel.intrinsics import load
from groupy_check.checker.native.kernel.numba_options import compiled, inlined

SECOND = 1 << 20  # beyond all places of a row: a second hash is one of other places


@inlined
def term(slot, value):
    """What a place of a row adds to its hash."""
    mixed = (np.uint64(slot) << np.uint64(32) | np.uint64(value)) * np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(32))) * np.uint64(0xD6E8FEB86659FD93)
    mixed = (mixed ^ (mixed >> np.uint64(32))) * np.uint64(0xA0761D6478BD642F)
    return mixed ^ (mixed >> np.uint64(29))


@compiled
def terms(slots, first, found):
    """Write what the values from `first` on add, each at the place of `slots` where it can be, to `found`."""
    for index in range(len(slots)):
        found[index] = term(slots[index], first + index)


@compiled
def hash_of(row, places):
    """The hash of the first `places` places of `row`."""
    total = np.uint64(0)
    for slot in range(places):
        total ^= term(slot, row[slot])
    return total


@inlined
def second_hash(rows, begin, places):
    """Another hash of the row that begins there."""
    total = np.uint64(0)
    for slot in range(places):
        total ^= term(SECOND + slot, load(rows, begin + slot))
    return total


@compiled
def second_hashes(rows, width, first, found):
    """Write the upper halves of the second hashes of the rows from `first` on, of `width` places and a flag, to `found`."""
    for index in range(len(found)):
        found[index] = second_hash(rows, (first + index) * (width + 1), width) >> np.uint64(32)
