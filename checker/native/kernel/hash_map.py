"""Open addressing in numba: the lookups of the hot loops. A map is an array of keys and values in turn."""

# mypy: disable-error-code="no-untyped-def"

from __future__ import annotations

import numpy as np

from groupy_check.checker.native.kernel.intrinsics import load, store
from groupy_check.checker.native.kernel.numba_options import compiled, inlined
from groupy_check.checker.native.memory import layout as abi

SPREAD = np.uint64(0x9E3779B97F4A7C15)
HALF = np.uint64(32)


@inlined
def known(pairs, begin, mask, key):
    """The value of `key` in the map that begins at `begin`, with one less than its room as `mask`; -1 when there is none."""
    spot = np.int64((key * SPREAD) >> HALF) & mask
    while True:
        found = load(pairs, begin + 2 * spot)
        if found == key:
            return np.int64(load(pairs, begin + 2 * spot + 1))
        if found == abi.EMPTY:
            return np.int64(-1)
        spot = (spot + 1) & mask


@compiled
def known_in(pairs, key):
    """The value of `key` in a map that has an array of its own, -1 when there is none."""
    return known(pairs, 0, len(pairs) // 2 - 1, np.uint64(key))


@inlined
def pair(first, second):
    """Two numbers as one key."""
    return (np.uint64(first) << HALF) | np.uint64(second)


@compiled
def put(pairs, key, value):
    """Add a key that is not there, and its value; there must be room."""
    mask = len(pairs) // 2 - 1
    spot = np.int64((key * SPREAD) >> HALF) & mask
    while load(pairs, 2 * spot) != abi.EMPTY:
        spot = (spot + 1) & mask
    store(pairs, 2 * spot, key)
    store(pairs, 2 * spot + 1, value)


@compiled
def put_all(pairs, entries):
    """Add keys that are not there, with their values; there must be room."""
    for index in range(len(entries)):
        put(pairs, entries[index, 0], entries[index, 1])


@compiled
def rehash(pairs, more):
    """Write the entries of a map to another, which is empty and has more room."""
    for spot in range(0, len(pairs), 2):
        if load(pairs, spot) != abi.EMPTY:
            put(more, load(pairs, spot), load(pairs, spot + 1))
