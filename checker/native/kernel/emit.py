"""How successors are written down: a hash, and the places in which they differ from their row."""

# The functions of this module are compiled: types are numba's affair.
# mypy: disable-error-code="no-untyped-def"

from __future__ import annotations

import numpy as np

from groupy_check.checker.native.kernel.apply import entry, reaches, undo
from groupy_check.checker.native.kernel.hash_map import pair
from groupy_check.checker.native.kernel.intrinsics import load, store
from groupy_check.checker.native.kernel.numba_options import inlined
from groupy_check.checker.native.memory import layout as abi


@inlined
def term_of(tables, slot, value):
    """What `value` at a place of a row adds to its hash."""
    size = tables.at[abi.SIZE]
    kind = (
        abi.AT_CORE_TERM
        if slot < size
        else abi.AT_LOG_TERM
        if slot < 2 * size
        else abi.AT_CHANNEL_TERM
        if slot < tables.at[abi.REST]
        else abi.AT_REST_TERM
    )
    return load(tables.large, tables.at[kind] + value)


@inlined
def flag(node):
    """The bit in the info of a successor that says that something was observed of `node`."""
    return 1 << (abi.OBSERVED + min(node, abi.SEEN_APART))


@inlined
def roomy(tables, box, ordinal):
    """Whether there is room for one successor more; if not, that is noted."""
    paper = box.paper
    if ordinal > abi.ORDINAL:
        paper[abi.CROWDED] = abi.TOO_MANY
    elif paper[abi.FOUND] >= len(box.hashes) or paper[abi.PLACES] + tables.at[abi.REST] >= len(box.changes):
        paper[abi.CROWDED] = abi.NO_ROOM
    else:
        return True
    return False


@inlined
def write(box, hashed, row, info, place, asleep):
    """Write down a successor, whose changes end at `place`."""
    index = box.paper[abi.FOUND]
    store(box.hashes, index, hashed)
    begin = abi.SUCCESSOR_WIDTH * index
    store(box.found, begin + abi.SUCCESSOR_SOURCE, np.uint64(row) << np.uint64(32) | np.uint64(info))
    store(box.found, begin + abi.SUCCESSOR_CHANGES, place)
    store(box.found, begin + abi.SUCCESSOR_ASLEEP, asleep)
    box.paper[abi.FOUND] = index + 1
    box.paper[abi.PLACES] = place


@inlined
def emit(tables, box, row, hashed, ordinal, owed, asleep):
    """Write the row in work down as a successor, and take it back. Returns False when there is no room for it."""
    paper, small, size = box.paper, tables.small, tables.at[abi.SIZE]
    if not roomy(tables, box, ordinal):
        undo(box)
        return False
    first, count = paper[abi.PLACES], paper[abi.TOUCHED]
    info = (abi.FLAT if owed else 0) | ordinal
    for index in range(count):
        slot, old = load(paper, abi.WHERE + index), load(paper, abi.BEFORE + index)
        new = load(paper, abi.WORK + slot)
        hashed ^= term_of(tables, slot, old) ^ term_of(tables, slot, new)
        store(box.changes, first + index, pair(slot, new))
        if slot < size:
            if load(small, tables.at[abi.AT_FACE] + old) != load(small, tables.at[abi.AT_FACE] + new):
                info |= flag(slot)
        elif slot < 2 * size:
            info = (info | flag(slot - size)) & ~abi.FLAT
        elif slot == tables.at[abi.REST]:
            info &= ~abi.FLAT
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
def observed_by_all(box):
    """The successor written down last shows something new to whoever looks at the whole history: the network."""
    place = abi.SUCCESSOR_WIDTH * (box.paper[abi.FOUND] - 1) + abi.SUCCESSOR_SOURCE
    store(box.found, place, load(box.found, place) | np.uint64(abi.EVERYBODY << abi.OBSERVED))


@inlined
def moved(tables, box, kind, slot, old, new, hashed, place):
    """Note that `slot` of the row goes from `old` to `new`, an entry of the table `kind`. Returns the new hash and place."""
    begin = tables.at[kind]
    store(box.changes, place, pair(slot, new))
    return hashed ^ load(tables.large, begin + old) ^ load(tables.large, begin + new), place + 1


@inlined
def sent(tables, box, up, split, node, begin, hashed, place):
    """The sends of the plain record at `begin`. Returns the new hash and place; the place is -1 if something is not known."""
    small, size, done = tables.small, tables.at[abi.SIZE], True
    first, last = load(small, begin + abi.RECORD_OPERATIONS), load(small, begin + abi.RECORD_OPERATIONS_END)
    for index in range(first, last):
        operation = tables.at[abi.AT_OPERATION] + abi.OPERATION_WIDTH * index
        code, message = load(small, operation + abi.OPERATION_CODE), load(small, operation + abi.OPERATION_ABOUT)
        if reaches(tables, up, split, node, code - node * size):
            channel = load(box.paper, abi.WORK + 2 * size + code)
            longer = entry(tables, box, abi.MAP_PUSHED, abi.LACKS_PUSHED, channel, message)
            if longer < 0:
                done = False
            else:
                hashed, place = moved(tables, box, abi.AT_CHANNEL_TERM, 2 * size + code, channel, longer, hashed, place)
    return hashed, place if done else -1


@inlined
def plain(tables, box, up, split, row, hashed, handler, owed, asleep, node, record, slot, left):
    """Write down the successor by a plain record without building it: no place changes twice. Returns whether it was."""
    small, paper, size, end = tables.small, box.paper, tables.at[abi.SIZE], tables.at[abi.REST]
    if not roomy(tables, box, handler):
        return False
    place, info, done = paper[abi.PLACES], (abi.FLAT if owed else 0) | handler, True
    begin = tables.at[abi.AT_RECORD] + abi.RECORD_WIDTH * record
    core, after = load(paper, abi.WORK + node), load(small, begin + abi.RECORD_CORE)
    noted, delta = load(small, begin + abi.RECORD_NOTED), load(small, begin + abi.RECORD_DELTA)
    if core != after:
        hashed, place = moved(tables, box, abi.AT_CORE_TERM, node, core, after, hashed, place)
        if load(small, tables.at[abi.AT_FACE] + core) != load(small, tables.at[abi.AT_FACE] + after):
            info |= flag(node)
    if noted:
        log = load(paper, abi.WORK + size + node)
        longer = entry(tables, box, abi.MAP_NOTED, abi.LACKS_NOTED, log, noted)
        if longer < 0:
            done = False
        else:
            hashed, place = moved(tables, box, abi.AT_LOG_TERM, size + node, log, longer, hashed, place)
            info = (info | flag(node)) & ~abi.FLAT
    if delta:
        rest = load(paper, abi.WORK + end)
        later = entry(tables, box, abi.MAP_STEPPED, abi.LACKS_STEPPED, rest, delta)
        if later < 0:
            done = False
        else:
            hashed, place = moved(tables, box, abi.AT_REST_TERM, end, rest, later, hashed, place)
            info = info if later == rest else info & ~abi.FLAT
    if left >= 0:
        channel = load(paper, abi.WORK + 2 * size + slot)
        hashed, place = moved(tables, box, abi.AT_CHANNEL_TERM, 2 * size + slot, channel, left, hashed, place)
    hashed, place = sent(tables, box, up, split, node, begin, hashed, place)
    done = done and place >= 0
    if done:
        write(box, hashed, row, info, place, asleep)
    return done
