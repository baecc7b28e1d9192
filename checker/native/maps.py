"""Open addressing in numba: the lookups of the hot loops."""

from __future__ import annotations

import numpy as np
from numba import njit

EMPTY = np.uint64(0xFFFFFFFFFFFFFFFF)
SPREAD = np.uint64(0x9E3779B97F4A7C15)
UPPER = np.uint64(32)


@njit(cache=True, nogil=True, inline="always")
def place(keys, key):  # type: ignore[no-untyped-def]
    """Where `key` is, or else where it would go."""
    mask = np.uint64(len(keys) - 1)
    spot = ((key * SPREAD) >> UPPER) & mask
    while keys[spot] != key and keys[spot] != EMPTY:
        spot = (spot + np.uint64(1)) & mask
    return spot


@njit(cache=True, nogil=True)
def find(keys, values, first, second):  # type: ignore[no-untyped-def]
    """The value of the pair (`first`, `second`), -1 when there is none."""
    key = (np.uint64(first) << UPPER) | np.uint64(second)
    spot = place(keys, key)
    return values[spot] if keys[spot] == key else np.int32(-1)


@njit(cache=True, nogil=True)
def find_hash(keys, values, hashed):  # type: ignore[no-untyped-def]
    """The value of a hash, -1 when there is none."""
    spot = place(keys, hashed)
    return values[spot] if keys[spot] == hashed else np.int32(-1)


@njit(cache=True, nogil=True)
def put(keys, values, key, value):  # type: ignore[no-untyped-def]
    spot = place(keys, key)
    keys[spot] = key
    values[spot] = value


@njit(cache=True, nogil=True)
def rehash(keys, values):  # type: ignore[no-untyped-def]
    """The same map with twice the room."""
    more_keys = np.full(2 * len(keys), EMPTY, dtype=np.uint64)
    more_values = np.zeros(2 * len(keys), dtype=np.int32)
    for spot in range(len(keys)):
        if keys[spot] != EMPTY:
            put(more_keys, more_values, keys[spot], values[spot])
    return more_keys, more_values
