"""How successors are written down: a hash, and the places in which they differ from their row."""

# The functions of this module are compiled: types are numba's affair.
# mypy: disable-error-code="no-untyped-def"

from __future__ import annotations

import numpy as np
from groupy_check.checker.native.kernel.apply import NOTED, PUSHED, STEPPED, entry, reaches, undo
from groupy_check.checker.native.kernel.hash_map import pair
from groupy_check.checker.native.kernel.intrinsics import load, store
from groupy_check.checker.native.kernel.numba_options import inlined
from groupy_check.checker.native.memory import layout as at
from groupy_check.checker.native.memory.layout import (
    BEFORE,
    CROWDED,
    FLAT,
    FOUND,
    OBSERVED,
    ORDINAL,
    PLACES,
    SEEN_APART,
    SUCCESSOR,
    TOUCHED,
    WHERE,
    WORK,
)  # fmt: skip
from groupy_check.checker.native.tables.handler_records import WIDTH


@inlined
def term_of(tables, slot, value):
    """What `value` at a place of a row adds to its hash."""
    size = tables.at[at.SIZE]
    kind = (
        at.OF_CORE
        if slot < size
        else at.OF_LOG
        if slot < 2 * size
        else at.OF_CHANNEL
        if slot < tables.at[at.REST]
        else at.OF_REST
    )
    return load(tables.large, tables.at[kind] + value)


@inlined
def flag(node):
    """The bit in the info of a successor that says that something was observed of `node`."""
    return 1 << (OBSERVED + min(node, SEEN_APART))


@inlined
def roomy(tables, box, ordinal):
    """Whether there is room for one successor more; if not, that is noted."""
    paper = box.paper
    if ordinal > ORDINAL:
        paper[CROWDED] = 2
    elif paper[FOUND] >= len(box.hashes) or paper[PLACES] + tables.at[at.REST] >= len(box.changes):
        paper[CROWDED] = 1
    else:
        return True
    return False


@inlined
def write(box, hashed, row, info, place, asleep):
    """Write down a successor, whose changes end at `place`."""
    index = box.paper[FOUND]
    store(box.hashes, index, hashed)
    store(box.found, SUCCESSOR * index, np.uint64(row) << np.uint64(32) | np.uint64(info))
    store(box.found, SUCCESSOR * index + 1, place)
    store(box.found, SUCCESSOR * index + 2, asleep)
    box.paper[FOUND] = index + 1
    box.paper[PLACES] = place


@inlined
def emit(tables, box, row, hashed, ordinal, owed, asleep):
    """Write the row in work down as a successor, and take it back. Returns False when there is no room for it."""
    paper, small, size = box.paper, tables.small, tables.at[at.SIZE]
    if not roomy(tables, box, ordinal):
        undo(box)
        return False
    first, count = paper[PLACES], paper[TOUCHED]
    info = (FLAT if owed else 0) | ordinal
    for index in range(count):
        slot, old = load(paper, WHERE + index), load(paper, BEFORE + index)
        new = load(paper, WORK + slot)
        hashed ^= term_of(tables, slot, old) ^ term_of(tables, slot, new)
        store(box.changes, first + index, pair(slot, new))
        if slot < size:
            if load(small, tables.at[at.FACE] + old) != load(small, tables.at[at.FACE] + new):
                info |= flag(slot)
        elif slot < 2 * size:
            info = (info | flag(slot - size)) & ~FLAT
        elif slot == tables.at[at.REST]:
            info &= ~FLAT
    undo(box)
    write(box, hashed, row, info, first + count, asleep)
    return True


@inlined
def settle(tables, box, row, hashed, ordinal, owed, asleep, done):
    """Emit the row in work if all of it is `done`, else take it back. Returns whether it was emitted."""
    if done:
        return emit(tables, box, row, hashed, ordinal, owed, asleep)
    undo(box)
    return False


@inlined
def moved(tables, box, kind, slot, old, new, hashed, place):
    """Note that `slot` of the row goes from `old` to `new`, an entry of the table `kind`. Returns the new hash and place."""
    begin = tables.at[kind]
    store(box.changes, place, pair(slot, new))
    return hashed ^ load(tables.large, begin + old) ^ load(tables.large, begin + new), place + 1


@inlined
def sent(tables, box, up, side, node, begin, hashed, place):
    """The sends of the plain record at `begin`. Returns the new hash and place; the place is -1 if something is not known."""
    small, size, done = tables.small, tables.at[at.SIZE], True
    operations = tables.at[at.OPERATION]
    for operation in range(operations + 2 * load(small, begin + 3), operations + 2 * load(small, begin + 4), 2):
        code, message = load(small, operation), load(small, operation + 1)
        if reaches(up, side, node, code - node * size):
            channel = load(box.paper, WORK + 2 * size + code)
            longer = entry(tables, box, at.PUSHED, PUSHED, channel, message)
            if longer < 0:
                done = False
            else:
                hashed, place = moved(tables, box, at.OF_CHANNEL, 2 * size + code, channel, longer, hashed, place)
    return hashed, place if done else -1


@inlined
def plain(tables, box, up, side, row, hashed, handler, owed, asleep, node, record, slot, left):
    """Write down the successor by a plain record without building it: no place changes twice. Returns whether it was."""
    small, paper, size, end = tables.small, box.paper, tables.at[at.SIZE], tables.at[at.REST]
    if not roomy(tables, box, handler):
        return False
    place, info, done = paper[PLACES], (FLAT if owed else 0) | handler, True
    begin = tables.at[at.RECORD] + WIDTH * record
    core, after, noted, delta = load(paper, WORK + node), load(small, begin), load(small, begin + 1), load(small, begin + 2)
    if core != after:
        hashed, place = moved(tables, box, at.OF_CORE, node, core, after, hashed, place)
        if load(small, tables.at[at.FACE] + core) != load(small, tables.at[at.FACE] + after):
            info |= flag(node)
    if noted:
        log = load(paper, WORK + size + node)
        longer = entry(tables, box, at.NOTED, NOTED, log, noted)
        if longer < 0:
            done = False
        else:
            hashed, place = moved(tables, box, at.OF_LOG, size + node, log, longer, hashed, place)
            info = (info | flag(node)) & ~FLAT
    if delta:
        rest = load(paper, WORK + end)
        later = entry(tables, box, at.STEPPED, STEPPED, rest, delta)
        if later < 0:
            done = False
        else:
            hashed, place = moved(tables, box, at.OF_REST, end, rest, later, hashed, place)
            info = info if later == rest else info & ~FLAT
    if left >= 0:
        channel = load(paper, WORK + 2 * size + slot)
        hashed, place = moved(tables, box, at.OF_CHANNEL, 2 * size + slot, channel, left, hashed, place)
    hashed, place = sent(tables, box, up, side, node, begin, hashed, place)
    done = done and place >= 0
    if done:
        write(box, hashed, row, info, place, asleep)
    return done
