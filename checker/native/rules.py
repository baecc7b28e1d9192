"""What a system of processes can do, as numbers: the tables that the kernel looks up, and how Python fills what is missing.

Everything here runs once per distinct local situation; nothing here runs per state of the system.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from enum import IntEnum
from functools import partial

import numpy as np

from checker.errors import TooLargeError
from checker.native import layout
from checker.native.arrays import Growing, Map
from checker.native.hashing import terms
from checker.native.layout import Array, Tables, packed
from checker.native.records import Delta, Records
from checker.native.words import Around, Rest, Words
from checker.semantics import Semantics
from groupy_model.events import Down, Event, Join, Leave, Multicast, Receive, Timeout
from groupy_model.node import Node
from groupy_model.observations import Status
from groupy_model.payloads import Change
from groupy_model.scenario import Timing
from groupy_model.system import NO_NODES, Notice

NOTHING = -1

# What can be taken from a channel, in one number: the first record, the channel that is left, how many records there are; or,
# with the bit MANY, how many such numbers there are, and where the first of them is in the table of takings.
UPPER, OUTCOMES = 26, 52
LOWER, MOST_OUTCOMES, MANY = (1 << UPPER) - 1, 1 << 10, 1 << 62

# What a rest allows; the bit of each in a mask.
CRASHES, DROPS, DUPLICATES, TIMEOUTS, PARTITIONS, MESSAGES, LEAVES, SUSPICIONS = (1 << place for place in range(8))
ALLOWED = {
    "crashes": CRASHES, "drops": DROPS, "duplicates": DUPLICATES, "timeouts": TIMEOUTS, "partitions": PARTITIONS,
    "messages": MESSAGES, "leaves": LEAVES, "suspicions": SUSPICIONS,
}  # fmt: skip


class Missing(IntEnum):
    """The tables, as the kernel names them when it lacks an entry."""

    OWN = 0
    TIMERS = 1
    RECEIVED = 2
    PUSHED = 3
    NOTED = 4
    STEPPED = 5
    WATCHED = 6
    UNWATCHED = 7
    SILENCED = 8
    FAULTS = 9
    MUTED = 10


class Rules:
    """The tables of one search. `fill` adds one missing entry; it may bring new numbers into `words`."""

    def __init__(self, semantics: Semantics, words: Words) -> None:
        self.semantics, self.words, self.size = semantics, words, semantics.size
        self.records = Records(semantics, words)
        self.faults_found = Growing(np.int32, 2)  # the channel after losing an entry, the message of another copy
        self.sections = Growing(np.int32, 8)  # records of worker, of requests, of joins, of suspicions: of each from, to
        self.takings = Growing(np.uint64)
        self.own, self.received, self.pushed, self.noted, self.stepped = Map(), Map(), Map(), Map(), Map()
        self.in_maps: dict[int, tuple[Map, Callable[[int, int], int]]] = {
            Missing.OWN: (self.own, self._own), Missing.RECEIVED: (self.received, self._received),
            Missing.PUSHED: (self.pushed, self._pushed), Missing.NOTED: (self.noted, self._noted),
            Missing.STEPPED: (self.stepped, self._stepped),
        }  # fmt: skip
        self.timers = Growing(np.int32, 2, NOTHING)
        self.watched, self.unwatched = (Growing(np.int32, self.size, NOTHING) for _ in range(2))
        self.silenced, self.muted = Growing(np.int32, 0, NOTHING), Growing(np.int32, 0, NOTHING)
        self.faults = Growing(np.int32, 2, NOTHING)
        self.arounds = Growing(np.int32)
        self.journal = Growing(np.uint32, 3)  # table and pair of each fill: in this order, the same numbers come again
        self.up, self.side = Growing(np.uint64), Growing(np.uint64)
        self.allowed, self.joiner = Growing(np.int32), Growing(np.int32)
        self.terms = [Growing(np.uint64) for _ in range(4)]  # of cores, logs, channels, rests, what each adds to a hash
        self.crash_records = np.array([self.records.crash(node) for node in semantics.nodes], dtype=np.int32)
        self._fixed_deltas()
        self.extend()

    def _fixed_deltas(self) -> None:
        sides, delta = [frozenset(partition.side) for partition in self.semantics.partitions()], self.records.delta
        self.lose, self.duplicate = (delta(Delta((name,))) for name in ("drops", "duplicates"))
        self.heal = delta(Delta(split=NO_NODES))
        self.partitions = np.array([delta(Delta(("partitions",), split=side)) for side in sides], dtype=np.int32)
        self.sides = np.array([mask(side) for side in sides], dtype=np.uint64)

    def tables(self, faces: Growing) -> Tables:
        """The tables as they are now, for the kernel; `faces` are of the cores what can be observed."""
        size, scenario = self.size, self.semantics.scenario
        maps = {
            layout.OWN: self.own, layout.RECEIVED: self.received, layout.PUSHED: self.pushed,
            layout.NOTED: self.noted, layout.STEPPED: self.stepped,
        }  # fmt: skip
        small: dict[int, Growing | Array] = {
            layout.RECORD: self.records.records, layout.KIND: self.records.kinds, layout.OPERATION: self.records.operations,
            layout.FAULT: self.faults_found, layout.SECTION: self.sections,
            layout.TIMER: self.timers, layout.WATCH: self.watched, layout.UNWATCH: self.unwatched,
            layout.SILENCE: self.silenced, layout.MUTE: self.muted,
            layout.FAULTY: self.faults, layout.AROUND: self.arounds, layout.ALLOWED: self.allowed, layout.JOINER: self.joiner,
            layout.CRASH: self.crash_records, layout.PARTITION: self.partitions, layout.FACE: faces,
        }  # fmt: skip
        cores, logs, channels, rests = self.terms
        large: dict[int, Growing | Array] = {
            layout.TAKING: self.takings, layout.UP: self.up, layout.SIDE: self.side, layout.SPLIT: self.sides,
            layout.OF_CORE: cores, layout.OF_LOG: logs, layout.OF_CHANNEL: channels, layout.OF_REST: rests,
        }  # fmt: skip
        plain = {
            layout.SIZE: size, layout.ANY_TIME: scenario.timing is Timing.ANY, layout.LOSE: self.lose,
            layout.COPY: self.duplicate, layout.HEAL: self.heal, layout.REST: 2 * size + size**2,
            layout.PARTITIONS: len(self.sides), layout.WORKING: scenario.worker,
        }  # fmt: skip
        return packed(maps, small, large, plain)

    def fill(self, table: int, first: int, second: int) -> None:
        """Add the entry of `table` for the pair of numbers."""
        if table in self.in_maps:
            entries, value_of = self.in_maps[table]
            entries.put(first, second, value_of(first, second))
        else:
            self.extend()
            self._fill_array(Missing(table), first, second)
        self.journal.add((table, first, second))

    def _fill_array(self, table: Missing, first: int, second: int) -> None:
        match table:
            case Missing.TIMERS:
                self.timers.array[first] = self._timers(first)
            case Missing.WATCHED:
                self.watched.array[first, second] = self._watching(first, second, watch=True)
            case Missing.UNWATCHED:
                self.unwatched.array[first, second] = self._watching(first, second, watch=False)
            case Missing.SILENCED:
                self.silenced.array[first] = self._without(first, messages=False)
            case Missing.MUTED:
                self.muted.array[first] = self._without(first, messages=True)
            case Missing.FAULTS:
                self.faults.array[first] = self._faults(first)

    def extend(self) -> None:
        """Make room in the tables for what was interned since."""
        words = self.words
        known = self.unwatched.length
        for table in (self.timers, self.watched, self.unwatched):
            table.reach(len(words.cores))
        for number in range(known, len(words.cores)):
            process = words.cores.values[number][1]
            if not process.watching:
                self.unwatched.array[number] = number
            if not process.timers:
                self.timers.array[number] = 0
        for table in (self.silenced, self.muted, self.faults):
            table.reach(len(words.channels))
        while self.arounds.length < len(words.rests):
            self.arounds.add(words.around(words.rests.values[self.arounds.length]))
        while self.up.length < len(words.arounds):
            self._around(words.arounds.values[self.up.length])
        self._extend_terms()

    def _extend_terms(self) -> None:
        words, size = self.words, self.size
        cores, logs, channels, rests = self.terms
        _extend(cores, [node - 1 for node, _ in words.cores.values[cores.length :]])
        _extend(logs, [size + node - 1 for node, _ in words.logs.values[logs.length :]])
        _extend(channels, [2 * size + slot for slot, _ in words.channels.values[channels.length :]])
        _extend(rests, [2 * size + size**2] * (len(words.rests) - rests.length))

    def _around(self, around: Around) -> None:
        nodes = self.semantics.nodes
        standing = list(zip(nodes, around.statuses, strict=True))
        self.up.add(mask(node for node, status in standing if status is Status.UP))
        self.side.add(mask(around.split))
        self.allowed.add(sum(bit for name, bit in ALLOWED.items() if name in around.allowed))
        absent = [node - 1 for node, status in standing if status is Status.ABSENT]
        self.joiner.add(absent[0] if absent and "joins" in around.allowed else NOTHING)

    # --- what a process can do ---------------------------------------------------------------------------------------

    def _own(self, core: int, surroundings: int) -> int:
        """What the process does without receiving: its worker's multicast, requests, joining, hearing a false suspicion."""
        node, process = self.words.cores.values[core]
        around = self.words.arounds.values[surroundings]
        allowed, up = around.allowed, [n for n, s in zip(self.semantics.nodes, around.statuses, strict=True) if s is Status.UP]
        if process.status is not Status.UP:
            joins = self.records.of(core, [Join(contact) for contact in up])
            return self.sections.add((0, 0, 0, 0, *joins, 0, 0))
        asks: list[Event] = [Multicast(process.asks[0])] if process.asks else []
        requests: list[Event] = [Multicast(Change(node, process.asked + 1))] if "messages" in allowed else []
        requests += [Leave()] if "leaves" in allowed else []
        others = sorted(process.watching & frozenset(up)) if "suspicions" in allowed else []
        of, suspicions = self.records.of, [Down(other) for other in others]
        return self.sections.add((*of(core, asks), *of(core, requests), 0, 0, *of(core, suspicions, suspected=True)))

    def _timers(self, core: int) -> tuple[int, int]:
        _, process = self.words.cores.values[core]
        return self.records.of(core, [Timeout(timer) for timer in sorted(process.timers)])

    def _received(self, core: int, channel: int) -> int:
        """What the process can take from the channel, in one number. Raises TooLargeError when that is too much for it."""
        slot, content = self.words.channels.values[channel]
        found = []
        for event in self.semantics.receivable(self.semantics.nodes[slot // self.size], content, partial(self._accepts, core)):
            place = content.index(event.message if isinstance(event, Receive) else Notice.DOWN)
            first, last = self.records.of(core, [event])
            left = self.words.channels.without(channel, place)
            if last - first >= MOST_OUTCOMES or max(last, left) > LOWER:
                raise TooLargeError("a handler has more than a thousand outcomes, or there are too many of them")
            found.append((last - first) << OUTCOMES | left << UPPER | first)
        if len(found) == 1:
            return found[0]
        first = self.takings.length
        for taken in found:
            self.takings.add(taken)
        return MANY | first << UPPER | len(found)

    def _accepts(self, core: int, event: Event) -> bool:
        first, last = self.records.of(core, [event])
        return last > first

    # --- channels, monitors, the rest --------------------------------------------------------------------------------

    def _pushed(self, channel: int, message: int) -> int:
        slot, content = self.words.channels.values[channel]
        entry = self.words.messages.values[message]
        if entry is Notice.DOWN:
            return self.words.channels((slot, (*content, entry)))
        return self.words.channels((slot, self.semantics.lengthened(content, entry)))

    def _without(self, channel: int, *, messages: bool) -> int:
        """The channel without its messages, or else without its notices."""
        slot, content = self.words.channels.values[channel]
        return self.words.channels((slot, tuple(entry for entry in content if (entry is Notice.DOWN) == messages)))

    def _faults(self, channel: int) -> tuple[int, int]:
        _, content = self.words.channels.values[channel]
        start = self.faults_found.length
        for place, entry in enumerate(content):
            if entry is not Notice.DOWN:
                self.faults_found.add((self.words.channels.without(channel, place), self.words.messages(entry)))
        return start, self.faults_found.length

    def _watching(self, core: int, other: int, *, watch: bool) -> int:
        node, process = self.words.cores.values[core]
        name = frozenset({self.semantics.nodes[other]})
        return self.words.core(node, replace(process, watching=process.watching | name if watch else process.watching - name))

    def _noted(self, log: int, entries: int) -> int:
        node, noted = self.words.logs.values[log]
        return self.words.logs((node, noted + self.words.noted.values[entries]))

    def _stepped(self, number: int, step: int) -> int:
        rest, delta = self.words.rests.values[number], self.records.deltas[step]
        budget, statuses = rest.budget, rest.statuses
        for name in delta.spent:
            left = getattr(budget, name)
            budget = budget if left is None else replace(budget, **{name: left - 1})
        if delta.node is not None and delta.status is not None:
            statuses = (*statuses[: delta.node - 1], delta.status, *statuses[delta.node :])
        split = rest.split if delta.split is None else delta.split
        return self.words.rests(Rest(budget, split, statuses))


def mask(nodes: Iterable[Node]) -> np.uint64:
    """The bits of `nodes`, p1 the lowest."""
    return np.uint64(sum(1 << (node - 1) for node in nodes))


def _extend(found: Growing, slots: Sequence[int]) -> None:
    """Add what the next values add to a hash, each at its place."""
    first = found.length
    found.reach(first + len(slots))
    terms(np.array(slots, np.int64), first, found.array[first : first + len(slots)])
