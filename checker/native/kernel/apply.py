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
from groupy_check.checker.native.memory import layout as abi


@inlined
def bit(bits, number):
    """Whether the bit is set."""
    return (bits >> np.uint64(number)) & np.uint64(1) != 0


@compiled
def lack(box, table, first, second):
    """Note that `table` has no entry for the pair. Returns False."""
    lacking = box.paper[abi.LACKING]
    if lacking < abi.MOST_MISSING:
        place = abi.MISSING + abi.MISSING_WIDTH * lacking
        store(box.paper, place + abi.MISSING_TABLE, table)
        store(box.paper, place + abi.MISSING_FIRST, first)
        store(box.paper, place + abi.MISSING_SECOND, second)
        box.paper[abi.LACKING] = lacking + 1
    return False


@inlined
def change(box, slot, value):
    """Write `value` at `slot` of the row in work, and remember what was there."""
    old = load(box.paper, abi.WORK + slot)
    if old == value:
        return
    store(box.paper, abi.WORK + slot, value)
    if load(box.paper, abi.MARKS + slot) == box.paper[abi.STAMP]:
        return
    count = box.paper[abi.TOUCHED]
    store(box.paper, abi.MARKS + slot, box.paper[abi.STAMP])
    store(box.paper, abi.WHERE + count, slot)
    store(box.paper, abi.BEFORE + count, old)
    box.paper[abi.TOUCHED] = count + 1


@inlined
def undo(box):
    """Make the row in work what it was."""
    for place in range(box.paper[abi.TOUCHED]):
        store(box.paper, abi.WORK + load(box.paper, abi.WHERE + place), load(box.paper, abi.BEFORE + place))
    box.paper[abi.TOUCHED] = 0
    box.paper[abi.STAMP] += 1


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
    after = entry(tables, box, table, missing, load(box.paper, abi.WORK + place), step)
    if after < 0:
        return False
    change(box, place, after)
    return True


@inlined
def push(tables, box, slot, message):
    """Queue `message` in the channel at `slot`."""
    return advance(tables, box, abi.MAP_PUSHED, abi.LACKS_PUSHED, 2 * tables.at[abi.SIZE] + slot, message)


@inlined
def step_rest(tables, box, delta):
    """Change the rest by `delta`."""
    return advance(tables, box, abi.MAP_STEPPED, abi.LACKS_STEPPED, tables.at[abi.REST], delta)


@inlined
def report(tables, box, ended, watcher):
    """The monitor of `ended` by `watcher`, if there is one, fires."""
    size = tables.at[abi.SIZE]
    core = load(box.paper, abi.WORK + watcher)
    after = load(tables.small, tables.at[abi.AT_UNWATCH] + core * size + ended)
    if after < 0:
        return lack(box, abi.LACKS_UNWATCHED, core, ended)
    if after == core:
        return True
    change(box, watcher, after)
    return push(tables, box, ended * size + watcher, abi.NOTICE_DOWN)


@inlined
def is_cut(tables, split, source, target):
    """Whether `target` does not hear `source` in the `split`-th way to split, counted from 1; in none if that is 0."""
    return split != 0 and bit(load(tables.large, tables.at[abi.AT_DEAF] + (split - 1) * tables.at[abi.SIZE] + source), target)


@inlined
def split_now(tables, box):
    """In which way the network of the row in work is split, counted from 1; 0 if it is whole."""
    around = load(tables.small, tables.at[abi.AT_AROUND] + load(box.paper, abi.WORK + tables.at[abi.REST]))
    return load(tables.small, tables.at[abi.AT_SPLIT] + around)


@inlined
def empty(tables, box, node):
    """What is queued for `node` vanishes."""
    size = tables.at[abi.SIZE]
    split = split_now(tables, box) if tables.at[abi.HOLDING] else 0
    for source in range(size):
        slot = source * size + node
        change(box, 2 * size + slot, slot + size * size if is_cut(tables, split, source, node) else slot)


@inlined
def silence(tables, box, slot):
    """The notices in the channel at `slot` are withdrawn."""
    place = 2 * tables.at[abi.SIZE] + slot
    channel = load(box.paper, abi.WORK + place)
    silent = load(tables.small, tables.at[abi.AT_SILENCE] + channel)
    if silent < 0:
        return lack(box, abi.LACKS_SILENCED, channel, 0)
    change(box, place, silent)
    return True


@inlined
def end(tables, box, up, node):
    """`node` has stopped: what is queued for it vanishes, and its watchers are told."""
    size, done = tables.at[abi.SIZE], True
    empty(tables, box, node)
    for watcher in range(size):
        if watcher != node and bit(up, watcher):
            done = report(tables, box, node, watcher) and done
    return done


@compiled
def allowed_now(tables, box):
    """What the budgets of the row in work allow."""
    around = load(tables.small, tables.at[abi.AT_AROUND] + load(box.paper, abi.WORK + tables.at[abi.REST]))
    return load(tables.small, tables.at[abi.AT_ALLOWED] + around)


@compiled
def meet(tables, box, node, fate):
    """The core of `node` becomes what this `fate` makes of it."""
    core = load(box.paper, abi.WORK + node)
    after = load(tables.small, tables.at[abi.AT_FATE] + abi.FATE_WIDTH * core + fate)
    if after < 0:
        return lack(box, abi.LACKS_FATE, core, fate)
    change(box, node, after)
    return True


@compiled
def fall(tables, box, up, node):
    """`node` has crashed. If it may come back, what others have sent to it stays."""
    small, size = tables.small, tables.at[abi.SIZE]
    crash = tables.at[abi.AT_RECORD] + abi.RECORD_WIDTH * load(small, tables.at[abi.AT_CRASH] + node)
    ended = load(small, crash + abi.RECORD_CORE)
    if not allowed_now(tables, box) & abi.ALLOWS_RECOVERIES:
        change(box, node, ended)
    elif not meet(tables, box, node, abi.FATE_DOWN):
        return False
    if load(box.paper, abi.WORK + node) == ended:
        return end(tables, box, up, node)
    change(box, 2 * size + node * size + node, node * size + node)
    done = True
    for other in range(size):
        if other != node:
            done = silence(tables, box, other * size + node) and done
            done = (not bit(up, other) or report(tables, box, node, other)) and done
    return done


@compiled
def forget(tables, box):
    """Nothing is stored any more that nobody may read; after the last recovery, who is down has ended for good."""
    size, allowed, done = tables.at[abi.SIZE], allowed_now(tables, box), True
    if allowed & abi.ALLOWS_RECOVERIES and allowed & abi.ALLOWS_CRASHES:
        return True
    around = load(tables.small, tables.at[abi.AT_AROUND] + load(box.paper, abi.WORK + tables.at[abi.REST]))
    up = load(tables.large, tables.at[abi.AT_UP] + around)
    for node in range(size):
        if bit(up, node):
            done = meet(tables, box, node, abi.FATE_FORGOTTEN) and done
        elif not allowed & abi.ALLOWS_RECOVERIES:
            done = meet(tables, box, node, abi.FATE_FORGOTTEN) and done
            empty(tables, box, node)
    return done


@inlined
def reaches(tables, up, split, node, other):
    """Whether what `node` sends to `other` gets there, or is held on its way."""
    return node == other or (bit(up, other) and (not is_cut(tables, split, node, other) or tables.at[abi.HOLDING] != 0))


@inlined
def hears(tables, up, split, node, other):
    """Whether `node` is told of `other` later, if that ends, and not at once."""
    return node == other or (bit(up, other) and not is_cut(tables, split, other, node))


@compiled
def monitor(tables, box, heard, node, other):
    """`node` watches `other`, or hears at once that it is gone."""
    size = tables.at[abi.SIZE]
    if not heard:
        return push(tables, box, other * size + node, abi.NOTICE_DOWN)
    core = load(box.paper, abi.WORK + node)
    after = load(tables.small, tables.at[abi.AT_WATCH] + core * size + other)
    if after < 0:
        return lack(box, abi.LACKS_WATCHED, core, other)
    change(box, node, after)
    return True


@compiled
def demonitor(tables, box, node, other):
    """`node` watches `other` no more, and a notice that waits is withdrawn."""
    size = tables.at[abi.SIZE]
    core = load(box.paper, abi.WORK + node)
    after = load(tables.small, tables.at[abi.AT_UNWATCH] + core * size + other)
    if after < 0:
        return lack(box, abi.LACKS_UNWATCHED, core, other)
    change(box, node, after)
    return silence(tables, box, other * size + node)


@inlined
def stop(tables, box, up, node, code, done):
    """`node` ends for good, or crashes, or what is stored is forgotten. Returns whether that and all before is `done`."""
    if code == abi.CODE_END:
        return end(tables, box, up, node) and done
    if not done:
        return False  # where something is not known, neither is what the budgets allow now
    return fall(tables, box, up, node) if code == abi.CODE_DOWN else forget(tables, box)


@inlined
def perform(tables, box, up, split, node, record, slot, left):
    """Do what `record` says of `node`, which takes its message from the channel at `slot`, so that `left` is there."""
    small, size = tables.small, tables.at[abi.SIZE]
    place = tables.at[abi.AT_RECORD] + abi.RECORD_WIDTH * record
    change(box, node, load(small, place + abi.RECORD_CORE))
    done, noted, delta = True, load(small, place + abi.RECORD_NOTED), load(small, place + abi.RECORD_DELTA)
    if noted:
        done = advance(tables, box, abi.MAP_NOTED, abi.LACKS_NOTED, size + node, noted)
    if delta:
        done = step_rest(tables, box, delta) and done
    if left >= 0:
        change(box, 2 * size + slot, left)
    first, last = load(small, place + abi.RECORD_OPERATIONS), load(small, place + abi.RECORD_OPERATIONS_END)
    for index in range(first, last):
        operation = tables.at[abi.AT_OPERATION] + abi.OPERATION_WIDTH * index
        code, about = load(small, operation + abi.OPERATION_CODE), load(small, operation + abi.OPERATION_ABOUT)
        if code >= 0:
            if reaches(tables, up, split, node, code % size):
                done = push(tables, box, code, about) and done
        elif code == abi.CODE_MONITOR:
            done = monitor(tables, box, hears(tables, up, split, node, about), node, about) and done
        elif code == abi.CODE_DEMONITOR:
            done = demonitor(tables, box, node, about) and done
        else:
            done = stop(tables, box, up, node, code, done)
    return done


@inlined
def sever(tables, box, slot):
    """The messages in the channel at `slot` are lost, or begin to be held; or those that are held no longer are."""
    place = 2 * tables.at[abi.SIZE] + slot
    channel = load(box.paper, abi.WORK + place)
    severed = load(tables.small, tables.at[abi.AT_SEVER] + channel)
    if severed < 0:
        return lack(box, abi.LACKS_SEVERED, channel, 0)
    change(box, place, severed)
    return True


@compiled
def part(tables, box, split):
    """The network splits in the `split`-th way, counted from 1."""
    small, size = tables.small, tables.at[abi.SIZE]
    done = step_rest(tables, box, load(small, tables.at[abi.AT_PARTITION] + split - 1))
    for source in range(size):
        for target in range(size):
            if is_cut(tables, split, source, target):
                done = sever(tables, box, source * size + target) and done
                done = report(tables, box, source, target) and done
    return done


@compiled
def heal(tables, box, split):
    """The network heals, which is split in the `split`-th way."""
    size = tables.at[abi.SIZE]
    done = step_rest(tables, box, tables.at[abi.DELTA_HEAL])
    for slot in range(size * size if tables.at[abi.HOLDING] else 0):
        if is_cut(tables, split, slot // size, slot % size):
            done = sever(tables, box, slot) and done
    return done
