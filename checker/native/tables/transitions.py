"""What a system of processes can do, as numbers: the tables that the kernel looks up, and how Python fills what is missing.

Everything here runs once per distinct local situation; nothing here runs per state of the system.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import islice
from typing import Any

import numpy as np

from groupy_check.checker.errors import TooLargeError
from groupy_check.checker.native.compiled.calling import terms
from groupy_check.checker.native.memory import layout as abi
from groupy_check.checker.native.memory.arenas import Arena, GrowingTable, PairMap
from groupy_check.checker.native.memory.layout import Tables
from groupy_check.checker.native.tables.handler_records import Delta, Records
from groupy_check.checker.native.tables.interning import Around, Ids, Rest, Words
from groupy_check.checker.native.tables.sleep_sets import asleep_after, groups, lulled_by
from groupy_check.checker.semantics.enabled import Semantics
from groupy_check.checker.semantics.partitions import partitions
from groupy_check.groupy_model.actions import Heal, Partition
from groupy_check.groupy_model.events import Down, Event, Join, Leave, Multicast, Receive, Recover, Timeout
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.observations import Status, lengthened
from groupy_check.groupy_model.payloads import Change
from groupy_check.groupy_model.scenario import Order, Timing
from groupy_check.groupy_model.system import Notice, Process

# What a rest allows, by the budget.
ALLOWED = {
    "crashes": abi.ALLOWS_CRASHES, "drops": abi.ALLOWS_DROPS, "duplicates": abi.ALLOWS_DUPLICATES,
    "timeouts": abi.ALLOWS_TIMEOUTS, "partitions": abi.ALLOWS_PARTITIONS, "messages": abi.ALLOWS_MESSAGES,
    "leaves": abi.ALLOWS_LEAVES, "suspicions": abi.ALLOWS_SUSPICIONS, "recoveries": abi.ALLOWS_RECOVERIES,
    "spurious": abi.ALLOWS_SPURIOUS,
}  # fmt: skip


class TransitionTables:
    """The tables of one search. `fill` finds out one missing entry, and may bring new numbers into `words`.

    The kernel may read the tables meanwhile: nothing that it can see changes before `extend`.

    `every`: no step may be left out because it leads nowhere new.
    """

    def __init__(self, semantics: Semantics, words: Words, *, every: bool) -> None:
        self.semantics, self.words, self.size = semantics, words, semantics.size
        self.small, self.large = Arena(np.int32), Arena(np.uint64)
        table, wide = partial(GrowingTable, np.int32, arena=self.small), partial(GrowingTable, np.uint64, arena=self.large)
        self.records = Records(semantics, words, self.small)
        self.faults_found = table(abi.FAULT_WIDTH)  # losses and second copies of messages: which it is, the channel then
        self.sections = table(abi.SECTION_WIDTH)  # records of joins, of suspicions: of each from, to
        self.alone = table(2 * abi.ALONE_PARTS, abi.NOTHING)  # of each core and each thing that it does alone: records from, to
        self.heads = table(
            abi.HEAD_WIDTH, abi.NOTHING
        )  # of each channel, if only its first entry can be taken: its arrival, what is left
        self.takings = wide()
        self.own, self.met, self.received, self.pushed, self.noted, self.stepped = (PairMap(self.large) for _ in range(6))
        self.in_maps: dict[int, tuple[PairMap, Callable[[int, int], int]]] = {
            abi.LACKS_OWN: (self.own, self._own), abi.LACKS_MET: (self.met, self._met),
            abi.LACKS_RECEIVED: (self.received, self._received),
            abi.LACKS_PUSHED: (self.pushed, self._pushed), abi.LACKS_NOTED: (self.noted, self._noted),
            abi.LACKS_STEPPED: (self.stepped, self._stepped),
        }  # fmt: skip
        self.faults = table(abi.FAULTY_WIDTH, abi.NOTHING)
        self.watched, self.unwatched = table(self.size, abi.NOTHING), table(self.size, abi.NOTHING)
        self.fates = table(abi.FATE_WIDTH, abi.NOTHING)  # of each core, what becomes of it around recoveries
        self.silenced, self.severed = table(0, abi.NOTHING), table(0, abi.NOTHING)
        self.arounds, self.faces = table(), table()  # of the cores, what can be observed: filled by `verdicts`
        self.journal = GrowingTable(np.uint32, 3)  # table and pair of each fill: in this order, the same numbers come again
        self.up, self.split = wide(), table()
        self.partitions = self._partitions()
        self.allowed, self.joiner = table(), table()
        self.terms = [wide() for _ in range(4)]  # of cores, logs, channels, rests, what each adds to a hash
        self.known: set[tuple[int, int, int]] = set()  # the entries that were asked for
        self.waiting: list[tuple[abi.Array, Any]] = []  # entries of arrays that are not there yet
        self.news = False  # something was found out that is not there yet
        self.meetings: dict[tuple[int, int, int], tuple[int, int, int] | None] = {}
        self.arrivals: Ids[tuple[int, int]] = Ids()  # places with the letters that can come first there
        self.constants = self._constants(every)
        self.extend()

    def _constants(self, every: bool) -> dict[int, int]:
        """What of `Tables.at` never changes: plain numbers, and where the tables begin that do not grow."""
        size, scenario, semantics = self.size, self.semantics.scenario, self.semantics
        delta, small, large = self.records.delta, self.small.keep, self.large.keep
        crashes = [self.records.crash(node) for node in semantics.nodes]
        splits = [delta(Delta(("partitions",), network=partition)) for partition in self.partitions]
        deaf = [bits for partition in self.partitions for bits in _deaf(partition, semantics.nodes)]
        return {
            abi.SIZE: size, abi.ANY_TIME: scenario.timing is Timing.ANY, abi.REST: 2 * size + size**2,
            abi.DELTA_LOSE: delta(Delta(("drops",))), abi.DELTA_COPY: delta(Delta(("duplicates",))),
            abi.DELTA_HEAL: delta(Delta(network=Heal())), abi.PARTITIONS: len(self.partitions),
            abi.HOLDING: semantics.holding, abi.WORKING: scenario.worker,
            abi.AT_CRASH: small(np.array(crashes, np.int32)), abi.AT_PARTITION: small(np.array(splits, np.int32)),
            abi.AT_DEAF: large(np.array(deaf, np.uint64)),
            abi.AT_ASLEEP: large(asleep_after(size) * np.uint64(not every)),
            abi.AT_LULLED: large(lulled_by(size) * np.uint64(not every)),
            **{abi.GROUPS + kind: first for kind, first in enumerate(groups(size))},
        }  # fmt: skip

    def _partitions(self) -> dict[Partition, int]:
        """The ways to split, numbered from 1. Raises TooLargeError when these are more than steps can be numbered."""
        scenario = self.semantics.scenario
        possible = partitions(scenario.partition_kind, self.semantics.nodes) if scenario.partitions else ()
        found = {partition: number for number, partition in enumerate(islice(possible, abi.ORDINAL), start=1)}
        if len(found) == abi.ORDINAL:
            raise TooLargeError(f"{self.size} processes can be parted in too many ways; take fewer, or no partitions")
        return found

    def tables(self) -> Tables:
        """The tables as they are now, for the kernel."""
        maps = {
            abi.MAP_OWN: self.own, abi.MAP_MET: self.met, abi.MAP_RECEIVED: self.received,
            abi.MAP_PUSHED: self.pushed, abi.MAP_NOTED: self.noted, abi.MAP_STEPPED: self.stepped,
        }  # fmt: skip
        cores, logs, channels, rests = self.terms
        growing = {
            abi.AT_RECORD: self.records.records, abi.AT_KIND: self.records.kinds, abi.AT_OPERATION: self.records.operations,
            abi.AT_FAULT: self.faults_found, abi.AT_SECTION: self.sections,
            abi.AT_ALONE: self.alone, abi.AT_HEAD: self.heads, abi.AT_WATCH: self.watched, abi.AT_UNWATCH: self.unwatched,
            abi.AT_SILENCE: self.silenced, abi.AT_SEVER: self.severed, abi.AT_FACE: self.faces, abi.AT_FATE: self.fates,
            abi.AT_FAULTY: self.faults, abi.AT_AROUND: self.arounds, abi.AT_ALLOWED: self.allowed, abi.AT_JOINER: self.joiner,
            abi.AT_TAKING: self.takings, abi.AT_UP: self.up, abi.AT_SPLIT: self.split,
            abi.AT_CORE_TERM: cores, abi.AT_LOG_TERM: logs, abi.AT_CHANNEL_TERM: channels, abi.AT_REST_TERM: rests,
        }  # fmt: skip
        at = np.zeros(abi.AT_END, np.int64)
        for name, number in self.constants.items():
            at[name] = number
        for name, table in growing.items():
            at[name] = table.begin
        for name, entries in maps.items():
            at[name], at[name + 1] = len(entries.pairs) // 2 - 1, entries.begin
        return Tables(self.small.used, self.large.used, at)

    def fill(self, table: int, first: int, second: int) -> None:
        """Find out the entry of `table` for the pair of numbers, unless it is known; it is there once `extend` was called."""
        if (table, first, second) in self.known:
            return
        self.known.add((table, first, second))
        self.news = True
        self.journal.add((table, first, second))
        if table in self.in_maps:
            entries, value_of = self.in_maps[table]
            entries.put(first, second, value_of(first, second))
        else:
            self.waiting.append(self._entry(table, first, second))

    def _entry(self, table: int, first: int, second: int) -> tuple[abi.Array, Any]:
        """The place of an entry in its array, which does not move before `extend`, and what belongs there."""
        match table:
            case abi.LACKS_ALONE:
                return self.alone.array[first, 2 * second : 2 * second + 2], self._alone(first, second)
            case abi.LACKS_HEAD:
                return self.heads.array[first], self._head(first)
            case abi.LACKS_WATCHED:
                return self.watched.array[first, second : second + 1], self._watching(first, second, watch=True)
            case abi.LACKS_UNWATCHED:
                return self.unwatched.array[first, second : second + 1], self._watching(first, second, watch=False)
            case abi.LACKS_FATE:
                return self.fates.array[first, second : second + 1], self._fate(first, second)
            case abi.LACKS_SILENCED:
                return self.silenced.array[first : first + 1], self._without(first, messages=False)
            case abi.LACKS_SEVERED:
                return self.severed.array[first : first + 1], self._cut(first)
            case _:
                return self.faults.array[first], self._faults(first)

    def extend(self) -> None:
        """Enter what was found out since, and make room for what was interned."""
        for place, value in self.waiting:
            place[:] = value
        self.waiting.clear()
        self.news = False
        words = self.words
        self._extend_cores()
        for table in (self.heads, self.silenced, self.severed, self.faults):
            table.reach(len(words.channels))
        while self.arounds.length < len(words.rests):
            self.arounds.add(words.around(words.rests.values[self.arounds.length]))
        while self.up.length < len(words.arounds):
            self._around(words.arounds.values[self.up.length])
        self._extend_terms()

    def _extend_cores(self) -> None:
        cores, known = self.words.cores, self.unwatched.length
        for table in (self.alone, self.watched, self.unwatched, self.fates):
            table.reach(len(cores))
        for number in range(known, len(cores)):
            process = cores.values[number][1]
            if not process.watching:
                self.unwatched.array[number] = number
            if process.stored is None and not process.may_return:
                self.fates.array[number, abi.FATE_FORGOTTEN] = number
            for part, something in (
                (abi.ALONE_WORKER, process.asks), (abi.ALONE_TIMERS, process.timers), (abi.ALONE_RECOVER, process.may_return),
            ):  # fmt: skip
                if not something:
                    self.alone.array[number, 2 * part : 2 * part + 2] = 0

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
        self.split.add(self.partitions[around.split] if around.split is not None else 0)
        self.allowed.add(sum(bit for name, bit in ALLOWED.items() if name in around.allowed))
        absent = [node - 1 for node, status in standing if status is Status.ABSENT]
        self.joiner.add(absent[0] if absent and "joins" in around.allowed else abi.NOTHING)

    # --- what a process can do ---------------------------------------------------------------------------------------

    def _own(self, core: int, surroundings: int) -> int:
        """What the process can do that depends on who else is up: join through somebody, hear a false suspicion."""
        _, process = self.words.cores.values[core]
        around = self.words.arounds.values[surroundings]
        up = [node for node, status in zip(self.semantics.nodes, around.statuses, strict=True) if status is Status.UP]
        if process.status is not Status.UP:
            return self.sections.add((*self.records.of(core, [Join(contact) for contact in up]), 0, 0))
        suspicions = [Down(other) for other in sorted(process.watching & frozenset(up))]
        return self.sections.add((0, 0, *self.records.of(core, suspicions, wrongly="suspicions")))

    def _alone(self, core: int, part: int) -> tuple[int, int]:
        """The records of one of the things that depend on nobody else."""
        node, process = self.words.cores.values[core]
        events: Sequence[Event]
        match part:
            case abi.ALONE_WORKER:
                events = [Multicast(process.asks[0])]
            case abi.ALONE_TIMERS:
                events = [Timeout(timer) for timer in sorted(process.timers)]
            case abi.ALONE_REQUEST:
                events = [Multicast(Change(node, process.asked + 1))]
            case abi.ALONE_CRASH:
                record = self.records.fall(core)
                return record, record + 1
            case abi.ALONE_RECOVER:
                events = [Recover(process.stored)]
            case abi.ALONE_SPURIOUS:
                unwatched = [other for other in self.semantics.nodes if other != node and other not in process.watching]
                return self.records.of(core, [Down(other) for other in unwatched], wrongly="spurious")
            case _:
                events = [Leave()]
        return self.records.of(core, events)

    def _head(self, channel: int) -> tuple[int, int]:
        """The arrival of the first entry of a channel, and what is left; LATER, if others can be taken as well as that."""
        slot, letters = self.words.channels.values[channel][0], self.words.channels.letters[channel]
        if not letters or self.words.channels.held[channel] or (not self.semantics.in_order and len(letters) > 1):
            return abi.LATER, 0
        return self.arrivals((slot, letters[0])), self._left(channel, [0])

    def _met(self, core: int, arrival: int) -> int:
        """What the process does with what arrives, in one number; REFUSED if there is no rule for it."""
        met = self._meet(core, *self.arrivals.values[arrival])
        return self._taken(met[1], met[2], 0) if met else abi.REFUSED

    def _received(self, core: int, channel: int) -> int:
        """What the process can take from the channel, in one number."""
        slot, letters = self.words.channels.values[channel][0], self.words.channels.letters[channel]
        found = []
        held = self.words.channels.held[channel]
        at_hand = [letter for letter in letters if letter == abi.NOTICE_DOWN] if held else letters
        for letter, first, last in self.semantics.receivable(at_hand, abi.NOTICE_DOWN, partial(self._meet, core, slot)):
            left = self._left(channel, [letters.index(letter)])
            found.append(self._taken(first, last, left))
        if len(found) == 1:
            return found[0]
        first = self.takings.length
        for taken in found:
            self.takings.add(taken)
        return abi.TAKEN_MANY | first << abi.TAKEN_LEFT | len(found)

    def _meet(self, core: int, slot: int, letter: int) -> tuple[int, int, int] | None:
        """The letter, and from where to where its records are, if the process has a rule for this letter in this channel."""
        key = core, slot, letter
        if key not in self.meetings:
            source = self.semantics.nodes[slot // self.size]
            event = Down(source) if letter == abi.NOTICE_DOWN else Receive(source, self.words.messages.values[letter])
            first, last = self.records.of(core, [event])
            self.meetings[key] = (letter, first, last) if last > first else None
        return self.meetings[key]

    def _taken(self, first: int, last: int, left: int) -> int:
        """Records, and the channel that is left, in one number. Raises TooLargeError when that is too much for it."""
        if last - first >= abi.MOST_RECORDS or max(last, left) > abi.TAKEN_LOWER:
            raise TooLargeError("a handler has more than five hundred outcomes, or there are too many of them")
        sleeps = abi.TAKEN_SLEEPS if last - first == 1 and self.records.sleeps(first) else 0
        return sleeps | (last - first) << abi.TAKEN_RECORDS | left << abi.TAKEN_LEFT | first

    # --- channels, monitors, the rest --------------------------------------------------------------------------------

    def _pushed(self, channel: int, message: int) -> int:
        (slot, content), held = self.words.channels.values[channel], self.words.channels.held[channel]
        entry = self.words.messages.values[message]
        place = self.semantics.place_of_notice(content, held) if entry is Notice.DOWN else None
        return self.words.channels((slot, self.semantics.lengthened(content, entry, place)), held)

    def _without(self, channel: int, *, messages: bool) -> int:
        """The channel without its messages, or else without its notices."""
        _, content = self.words.channels.values[channel]
        return self._left(channel, [place for place, entry in enumerate(content) if (entry is Notice.DOWN) != messages])

    def _left(self, channel: int, gone: Collection[int]) -> int:
        """The channel without the entries at the places `gone`."""
        (slot, content), letters = self.words.channels.values[channel], self.words.channels.letters[channel]
        places = [place for place in range(len(letters)) if place not in gone]
        left = [letters[place] for place in self.semantics.sorted_places(content, places)]
        return self.words.channels.of_letters(slot, left, self.words.channels.held[channel])

    def _cut(self, channel: int) -> int:
        """The channel when its link is cut: its messages are lost, or begin to be held; those that are held no longer are."""
        if not self.semantics.holding:
            return self._without(channel, messages=True)
        (slot, content), held = self.words.channels.values[channel], self.words.channels.held[channel]
        places = range(len(content)) if held else self.semantics.held_places(content)
        return self.words.channels((slot, tuple(content[place] for place in places)), not held)

    def _faults(self, channel: int) -> tuple[int, int]:
        (slot, content), held = self.words.channels.values[channel], self.words.channels.held[channel]
        scenario, first = self.semantics.scenario, self.faults_found.length
        for index, entry in enumerate(content):
            if entry is Notice.DOWN:
                continue
            if scenario.drops or scenario.recoveries:
                next_one = not held and (index == 0 or scenario.order is not Order.FIFO)
                self.faults_found.add((abi.ALLOWS_DROPS | (abi.IN_VAIN if next_one else 0), self._left(channel, [index])))
            for place in self.semantics.places_of_copies(content, index) if scenario.duplicates else ():
                copied = self.semantics.lengthened(content, entry, place)
                self.faults_found.add((abi.ALLOWS_DUPLICATES, self.words.channels((slot, copied), held)))
        return first, self.faults_found.length

    def _fate(self, core: int, fate: int) -> int:
        node, process = self.words.cores.values[core]
        if fate == abi.FATE_DOWN:
            return self.words.core(node, self.semantics.fallen(node, process))
        return self.words.core(node, Process(process.status) if process.may_return else replace(process, stored=None))

    def _watching(self, core: int, other: int, *, watch: bool) -> int:
        node, process = self.words.cores.values[core]
        name = frozenset({self.semantics.nodes[other]})
        return self.words.core(node, replace(process, watching=process.watching | name if watch else process.watching - name))

    def _noted(self, log: int, entries: int) -> int:
        node, noted = self.words.logs.values[log]
        return self.words.logs((node, lengthened(noted, self.words.noted.values[entries])))

    def _stepped(self, number: int, step: int) -> int:
        rest, delta = self.words.rests.values[number], self.records.deltas[step]
        budget, statuses = rest.budget, rest.statuses
        for name in delta.spent:
            left = getattr(budget, name)
            budget = budget if left is None else replace(budget, **{name: left - 1})
        if delta.node is not None and delta.status is not None:
            statuses = (*statuses[: delta.node - 1], delta.status, *statuses[delta.node :])
        split = rest.split if delta.network is None else delta.network if isinstance(delta.network, Partition) else None
        return self.words.rests(Rest(budget, split, statuses))


def mask(nodes: Iterable[Node]) -> np.uint64:
    """The bits of `nodes`, p1 the lowest."""
    return np.uint64(sum(1 << (node - 1) for node in nodes))


def _deaf(partition: Partition, nodes: Sequence[Node]) -> Iterator[np.uint64]:
    """For each of `nodes`, who does not hear it."""
    sides = [(side[0], mask(side)) for side in partition.sides(nodes)]
    for source in nodes:
        yield np.uint64(sum(int(bits) for first, bits in sides if partition.cuts(source, first)))


def _extend(found: GrowingTable, slots: Sequence[int]) -> None:
    """Add what the next values add to a hash, each at its place."""
    first = found.length
    found.reach(first + len(slots))
    terms(np.array(slots, np.int64), first, found.array[first : first + len(slots)])
