"""What an action does to a row, by table lookups: `checker.semantics.transitions`, compiled.

The row in work lies on the paper of an outbox. A function that lacks an entry of a table notes it and returns False.
"""

# The functions of this module are compiled: types are numba's affair.
# mypy: disable-error-code="no-untyped-def"

from __future__ import annotations

import numpy as np
from groupy_check.checker.native.kernel.hash_map import known, pair
from groupy_check.checker.native.kernel.intrinsics import load, store
from groupy_check.checker.native.kernel.numba_options import compiled, inlined
from groupy_check.checker.native.memory import layout as at
from groupy_check.checker.native.memory.layout import BEFORE, LACKING, MARKS, MISSING, MOST_MISSING, STAMP, TOUCHED, WHERE, WORK
from groupy_check.checker.native.tables.handler_records import DEMONITOR, MONITOR, WIDTH
from groupy_check.checker.native.tables.interning import DOWN
from groupy_check.checker.native.tables.transitions import Missing

NOTED, PUSHED, STEPPED, WATCHED, UNWATCHED, SILENCED, MUTED = map(
    int,
    (
        Missing.NOTED, Missing.PUSHED, Missing.STEPPED, Missing.WATCHED, Missing.UNWATCHED, Missing.SILENCED, Missing.MUTED,
    ),
)  # fmt: skip


@inlined
def bit(bits, number):
    """Whether the bit is set."""
    return (bits >> np.uint64(number)) & np.uint64(1) != 0


@compiled
def lack(box, table, first, second):
    """Note that `table` has no entry for the pair. Returns False."""
    lacking = box.paper[LACKING]
    if lacking < MOST_MISSING:
        place = MISSING + 3 * lacking
        store(box.paper, place, table)
        store(box.paper, place + 1, first)
        store(box.paper, place + 2, second)
        box.paper[LACKING] = lacking + 1
    return False


@inlined
def change(box, slot, value):
    """Write `value` at `slot` of the row in work, and remember what was there."""
    old = load(box.paper, WORK + slot)
    if old == value:
        return
    store(box.paper, WORK + slot, value)
    if load(box.paper, MARKS + slot) == box.paper[STAMP]:
        return
    count = box.paper[TOUCHED]
    store(box.paper, MARKS + slot, box.paper[STAMP])
    store(box.paper, WHERE + count, slot)
    store(box.paper, BEFORE + count, old)
    box.paper[TOUCHED] = count + 1


@inlined
def undo(box):
    """Make the row in work what it was."""
    for place in range(box.paper[TOUCHED]):
        store(box.paper, WORK + load(box.paper, WHERE + place), load(box.paper, BEFORE + place))
    box.paper[TOUCHED] = 0
    box.paper[STAMP] += 1


@inlined
def look_up(tables, table, first, second):
    """The entry of a map for a pair, -1 when it has none."""
    return known(tables.large, tables.at[table + 1], tables.at[table], pair(first, second))


@inlined
def entry(tables, box, table, missing, first, second):
    """The entry of a map for a pair; if it has none, that is noted under the name `missing`, and -1 returned."""
    found = look_up(tables, table, first, second)
    if found < 0:
        lack(box, missing, first, second)
    return found


@inlined
def advance(tables, box, table, missing, place, step):
    """Change what is at `place` of the row in work to what the map says of it and `step`."""
    after = entry(tables, box, table, missing, load(box.paper, WORK + place), step)
    if after < 0:
        return False
    change(box, place, after)
    return True


@inlined
def push(tables, box, slot, message):
    """Queue `message` in the channel at `slot`."""
    return advance(tables, box, at.PUSHED, PUSHED, 2 * tables.at[at.SIZE] + slot, message)


@inlined
def step_rest(tables, box, delta):
    """Change the rest by `delta`."""
    return advance(tables, box, at.STEPPED, STEPPED, tables.at[at.REST], delta)


@inlined
def report(tables, box, ended, watcher):
    """The monitor of `ended` by `watcher`, if there is one, fires."""
    size = tables.at[at.SIZE]
    core = load(box.paper, WORK + watcher)
    after = load(tables.small, tables.at[at.UNWATCH] + core * size + ended)
    if after < 0:
        return lack(box, UNWATCHED, core, ended)
    if after == core:
        return True
    change(box, watcher, after)
    return push(tables, box, ended * size + watcher, DOWN)


@inlined
def end(tables, box, up, node):
    """`node` has stopped: what is queued for it vanishes, and its watchers are told."""
    size = tables.at[at.SIZE]
    for source in range(size):
        slot = source * size + node
        change(box, 2 * size + slot, slot)
    done = True
    for watcher in range(size):
        if watcher != node and bit(up, watcher):
            done = report(tables, box, node, watcher) and done
    return done


@inlined
def reaches(up, side, node, other):
    """Whether what `node` sends to `other`, or asks of it, gets there."""
    return node == other or (bit(up, other) and (side == np.uint64(0) or bit(side, node) == bit(side, other)))


@compiled
def monitor(tables, box, reached, node, other):
    """`node` watches `other`, or hears at once that it is gone."""
    size = tables.at[at.SIZE]
    if not reached:
        return push(tables, box, other * size + node, DOWN)
    core = load(box.paper, WORK + node)
    after = load(tables.small, tables.at[at.WATCH] + core * size + other)
    if after < 0:
        return lack(box, WATCHED, core, other)
    change(box, node, after)
    return True


@compiled
def demonitor(tables, box, node, other):
    """`node` watches `other` no more, and a notice that waits is withdrawn."""
    size = tables.at[at.SIZE]
    place = 2 * size + other * size + node
    core, channel = load(box.paper, WORK + node), load(box.paper, WORK + place)
    after = load(tables.small, tables.at[at.UNWATCH] + core * size + other)
    silent = load(tables.small, tables.at[at.SILENCE] + channel)
    if after < 0:
        return lack(box, UNWATCHED, core, other)
    if silent < 0:
        return lack(box, SILENCED, channel, 0)
    change(box, node, after)
    change(box, place, silent)
    return True


@inlined
def perform(tables, box, up, side, node, record, slot, left):
    """Do what `record` says of `node`, which takes its message from the channel at `slot`, so that `left` is there."""
    small, size = tables.small, tables.at[at.SIZE]
    place = tables.at[at.RECORD] + WIDTH * record
    change(box, node, load(small, place))
    done, noted, delta = True, load(small, place + 1), load(small, place + 2)
    if noted:
        done = advance(tables, box, at.NOTED, NOTED, size + node, noted)
    if delta:
        done = step_rest(tables, box, delta) and done
    if left >= 0:
        change(box, 2 * size + slot, left)
    operations = tables.at[at.OPERATION]
    for operation in range(operations + 2 * load(small, place + 3), operations + 2 * load(small, place + 4), 2):
        code, about = load(small, operation), load(small, operation + 1)
        if code >= 0:
            if reaches(up, side, node, code % size):
                done = push(tables, box, code, about) and done
        elif code == MONITOR:
            done = monitor(tables, box, reaches(up, side, node, about), node, about) and done
        elif code == DEMONITOR:
            done = demonitor(tables, box, node, about) and done
        else:
            done = end(tables, box, up, node) and done
    return done


@compiled
def split(tables, box, number):
    """The network splits in the `number`-th way."""
    small, size = tables.small, tables.at[at.SIZE]
    side = load(tables.large, tables.at[at.SPLIT] + number)
    done = step_rest(tables, box, load(small, tables.at[at.PARTITION] + number))
    for source in range(size):
        for target in range(size):
            if bit(side, source) != bit(side, target):
                place = 2 * size + source * size + target
                channel = load(box.paper, WORK + place)
                muted = load(small, tables.at[at.MUTE] + channel)
                if muted < 0:
                    done = lack(box, MUTED, channel, 0)
                else:
                    change(box, place, muted)
                done = report(tables, box, source, target) and done
    return done
