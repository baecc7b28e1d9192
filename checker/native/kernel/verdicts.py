"""Judging, compiled: what can be told of a row from one or two processes at a time (see `native.tables.verdicts`)."""

# mypy: disable-error-code="no-untyped-def"

from __future__ import annotations

import numpy as np

from groupy_check.checker.native.kernel.hash_map import known_in, pair
from groupy_check.checker.native.kernel.hashing import term
from groupy_check.checker.native.kernel.intrinsics import load, store
from groupy_check.checker.native.kernel.numba_options import compiled, inlined
from groupy_check.checker.native.memory import layout as abi


@inlined
def note(listed, counts, which, first, second, third):
    """Add three numbers to a list as long as there is room, and count them in any case."""
    count = counts[which]
    if count < len(listed):
        listed[count, 0], listed[count, 1], listed[count, 2] = first, second, third
    counts[which] = count + 1


@compiled
def lack(notes, table, first, second):
    """Note that `table` has no entry for the pair. Returns False."""
    note(notes.missing, notes.counts, abi.NOTES_MISSING, table, first, second)
    return False


@inlined
def lives_of(sights, notes, rows, begin, size):
    """Look up the lives of the row that begins at `begin`. Returns whether the table knew."""
    done = True
    for node in range(size):
        log, face = load(rows, begin + size + node), load(sights.faces, load(rows, begin + node))
        life = load(sights.lives, log * sights.numbers[abi.SIGHTS_FACES] + face)
        if life < 0:
            done = lack(notes, abi.LACKS_LIFE, log, face)
        store(notes.lives, node, life)
    return done


@inlined
def broken(notes, size, observed, verdicts, table):
    """The mask of what two of the lives in `notes` violate, one of them `observed`; -1: the table does not know."""
    mask, done = 0, True
    for one in range(size):
        for other in range(one + 1 if size > 1 else one, size):
            if not (observed >> min(one, abi.SEEN_APART) | observed >> min(other, abi.SEEN_APART)) & 1:
                continue
            first, second = load(notes.lives, one), load(notes.lives, other)
            verdict = known_in(verdicts, pair(first, second))
            if verdict < 0:
                done = lack(notes, table, first, second)
            else:
                mask |= verdict
    return mask if done else -1


@compiled
def whole_hash(projected, lives, size, network, at_rest):
    """The hash of what `lives` and the `network` are to properties that look at all of them."""
    total = term(size, 2 * network + (1 if at_rest else 0))
    for node in range(size):
        total ^= term(node, projected[lives[node]])
    return total


@compiled
def bare_hash(bare, splits, rows, begin, size):
    """The hash of all that decides how the row that begins at `begin` goes on without faults."""
    last = 2 * size + size * size
    total = term(last, splits[rows[begin + last]])
    for node in range(size):
        total ^= term(node, bare[rows[begin + node]])
    for slot in range(2 * size, last):
        total ^= term(slot, rows[begin + slot])
    return total


@compiled
def show(notes, row, reason, mask):
    """Note that Python has to look at `row`. Returns False."""
    note(notes.shown, notes.counts, abi.NOTES_SHOWN, row, reason, mask)
    return False


@inlined
def any_stuck(sights, notes, size, probe):
    """Whether somebody is stuck, by the mask numbered `probe`, who should not be."""
    for node in range(size):
        if (sights.stuck_masks[probe] >> np.uint64(node)) & np.uint64(1) and sights.fragile[notes.lives[node]]:
            return True
    return False


@inlined
def looked_at(sights, notes, rows, row, begin, size, at_rest, asked, probing):
    """Judge the row, which begins at `begin`. Returns whether that is all: neither is anything unknown, nor Python to look."""
    if not lives_of(sights, notes, rows, begin, size):
        return False
    observed = abi.EVERYBODY if at_rest else load(rows, begin + 2 * size + size * size + 1)
    mask = broken(notes, size, observed, sights.verdicts, abi.LACKS_PAIR_AT_REST if at_rest else abi.LACKS_PAIR)
    if mask < 0:
        return False
    if mask & asked:
        return show(notes, row, abi.SHOWN_SUSPECT, mask & asked)
    if sights.numbers[abi.SIGHTS_WHOLE]:
        network = load(sights.networks, load(rows, begin + 2 * size + size * size))
        if known_in(sights.whole, whole_hash(sights.projected, notes.lives, size, network, at_rest)) < 0:
            return show(notes, row, abi.SHOWN_UNSEEN, 0)
    if (
        mask & sights.numbers[abi.SIGHTS_APART]
        and known_in(sights.apart_seen, whole_hash(sights.apart, notes.lives, size, 0, at_rest)) < 0
    ):
        return show(notes, row, abi.SHOWN_UNSEEN, 0)
    if at_rest and probing:
        probe = known_in(sights.stuck, bare_hash(sights.bare, sights.splits, rows, begin, size))
        if probe < 0:
            return show(notes, row, abi.SHOWN_UNPROBED, 0)
        if any_stuck(sights, notes, size, probe):
            return show(notes, row, abi.SHOWN_SUSPECT, probing)
    return True


@compiled
def look(sights, notes, rows, chosen, at_rest, asked, probing):
    """Judge the `chosen` rows: `asked` is the mask of the properties not violated yet, `probing` the bit of progress in it.

    Returns how many of them, which then come first among the `chosen`, are not judged yet.
    """
    size = sights.numbers[abi.SIGHTS_SIZE]
    width = 2 * size + size * size + 2
    notes.counts[abi.NOTES_SHOWN] = notes.counts[abi.NOTES_MISSING] = kept = 0
    for index in range(len(chosen)):
        row = load(chosen, index)
        store(chosen, kept, row)
        kept += not looked_at(sights, notes, rows, row, row * width, size, at_rest, asked, probing)
    return kept
