"""What one process can do, as numbers: the tables that the kernel looks up, and how Python fills what is missing from them.

A RECORD is one outcome of one handler, or of one that a crash cuts short: [core after, what was noted, step of the rest,
channel after taking, operations from, to, cuts from, to]. An OPERATION is [a place, a message] for a send, or [a code, a
process].
Everything here runs once per distinct local situation; nothing here runs per state of the system.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum

import numpy as np

from checker.native import layout
from checker.native.arrays import Growing, Map
from checker.native.layout import Array, Tables, packed
from checker.native.words import Around, Rest, Words
from checker.search import IN_A_BROADCAST
from checker.semantics import Semantics
from groupy_model.effects import Demonitor, Effect, Halt, Monitor, Send
from groupy_model.events import Down, Event, Join, Leave, Multicast, Receive, Timeout
from groupy_model.node import Node
from groupy_model.observations import Status
from groupy_model.payloads import Change
from groupy_model.protocol import Step
from groupy_model.scenario import Timing
from groupy_model.system import NO_NODES, Notice, Process

MONITOR, DEMONITOR, END = -1, -2, -3  # codes of operations that are no sends
NOTHING = -1

# What a free action is counted as; the bit of each in a mask.
KINDS = (IN_A_BROADCAST, "lose", "duplicate", "suspect", "partition", "multicast", "join", "leave", "timeout", "crash", "heal")
BITS = {kind: 1 << place for place, kind in enumerate(KINDS)}
# What a rest allows; the bit of each in a mask.
CRASHES, DROPS, DUPLICATES, TIMEOUTS, PARTITIONS = 1, 2, 4, 8, 16
ALLOWED = {"crashes": CRASHES, "drops": DROPS, "duplicates": DUPLICATES, "timeouts": TIMEOUTS, "partitions": PARTITIONS}


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


@dataclass(frozen=True, slots=True)
class Delta:
    """How a transition changes the rest: budgets that it uses, a process's new status, a new split."""

    spent: tuple[str, ...] = ()
    node: Node | None = None
    status: Status | None = None
    split: frozenset[Node] | None = None


class Rules:
    """The tables of one search. `fill` adds one missing entry; it may bring new numbers into `words`."""

    def __init__(self, semantics: Semantics, words: Words) -> None:
        self.semantics, self.words, self.size = semantics, words, semantics.size
        self.numbers: dict[Delta, int] = {}
        self.deltas: list[Delta] = []
        self.records, self.kinds = Growing(np.int32, 8), Growing(np.int32)
        self.operations = Growing(np.int32, 2)
        self.faults_found = Growing(np.int32, 2)  # the channel after losing an entry, the message of another copy
        self.sections = Growing(np.int32, 5)  # records of worker, of requests, of joins, of suspicions, to
        self.ranges = Growing(np.int32, 2)
        self.own, self.received, self.pushed, self.noted, self.stepped = Map(), Map(), Map(), Map(), Map()
        self.timers = Growing(np.int32, 2, NOTHING)
        self.watched, self.unwatched = (Growing(np.int32, self.size, NOTHING) for _ in range(2))
        self.silenced, self.muted = Growing(np.int32, 0, NOTHING), Growing(np.int32, 0, NOTHING)
        self.faults = Growing(np.int32, 2, NOTHING)
        self.arounds = Growing(np.int32)
        self.journal = Growing(np.uint32, 3)  # table and pair of each fill: in this order, the same numbers come again
        self.up, self.side = Growing(np.uint64), Growing(np.uint64)
        self.allowed, self.joiner = Growing(np.int32), Growing(np.int32)
        self._delta(Delta())  # number 0: nothing changes
        self.crash_records = np.array([self._crash(node) for node in semantics.nodes], dtype=np.int32)
        self._fixed_deltas()
        self.extend()

    def _fixed_deltas(self) -> None:
        sides = [frozenset(partition.side) for partition in self.semantics.partitions()]
        self.lose, self.duplicate = (self._delta(Delta((name,))) for name in ("drops", "duplicates"))
        self.heal = self._delta(Delta(split=NO_NODES))
        self.partitions = np.array([self._delta(Delta(("partitions",), split=side)) for side in sides], dtype=np.int32)
        self.sides = np.array([mask(side) for side in sides], dtype=np.uint64)

    def tables(self, faces: Growing) -> Tables:
        """The tables as they are now, for the kernel; `faces` are of the cores what can be observed."""
        size, scenario = self.size, self.semantics.scenario
        maps = {
            layout.OWN: self.own, layout.RECEIVED: self.received, layout.PUSHED: self.pushed,
            layout.NOTED: self.noted, layout.STEPPED: self.stepped,
        }  # fmt: skip
        small: dict[int, Growing | Array] = {
            layout.RECORD: self.records, layout.KIND: self.kinds, layout.OPERATION: self.operations,
            layout.FAULT: self.faults_found, layout.SECTION: self.sections, layout.RANGE: self.ranges,
            layout.TIMER: self.timers, layout.WATCH: self.watched, layout.UNWATCH: self.unwatched,
            layout.SILENCE: self.silenced, layout.MUTE: self.muted,
            layout.FAULTY: self.faults, layout.AROUND: self.arounds, layout.ALLOWED: self.allowed, layout.JOINER: self.joiner,
            layout.CRASH: self.crash_records, layout.PARTITION: self.partitions, layout.FACE: faces,
        }  # fmt: skip
        large: dict[int, Growing | Array] = {layout.UP: self.up, layout.SIDE: self.side, layout.SPLIT: self.sides}
        plain = {
            layout.SIZE: size, layout.ANY_TIME: scenario.timing is Timing.ANY, layout.LOSE: self.lose,
            layout.COPY: self.duplicate, layout.HEAL: self.heal, layout.REST: 2 * size + size**2,
            layout.PARTITIONS: len(self.sides),
        }  # fmt: skip
        return packed(maps, small, large, plain)

    def fill(self, table: int, first: int, second: int) -> None:
        """Add the entry of `table` for the pair of numbers."""
        match Missing(table):
            case Missing.OWN:
                self.own.put(first, second, self._own(first, self.words.arounds.values[second]))
            case Missing.TIMERS:
                self.timers.array[first] = self._timers(first)
            case Missing.RECEIVED:
                self.received.put(first, second, self.ranges.add(self._received(first, second)))
            case Missing.PUSHED:
                self.pushed.put(first, second, self._pushed(first, second))
            case Missing.NOTED:
                node, log = self.words.logs.values[first]
                self.noted.put(first, second, self.words.logs((node, log + self.words.noted.values[second])))
            case Missing.STEPPED:
                self.stepped.put(first, second, self._stepped(self.words.rests.values[first], self.deltas[second]))
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
        self.journal.add((table, first, second))
        self.extend()

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

    def _around(self, around: Around) -> None:
        nodes = self.semantics.nodes
        standing = list(zip(nodes, around.statuses, strict=True))
        self.up.add(mask(node for node, status in standing if status is Status.UP))
        self.side.add(mask(around.split))
        self.allowed.add(sum(bit for name, bit in ALLOWED.items() if name in around.allowed))
        absent = [node - 1 for node, status in standing if status is Status.ABSENT]
        self.joiner.add(absent[0] if absent and "joins" in around.allowed else NOTHING)

    # --- what a process can do ---------------------------------------------------------------------------------------

    def _own(self, core: int, around: Around) -> int:
        """What the process does without receiving: its worker's multicast, requests, joining, hearing a false suspicion."""
        node, process = self.words.cores.values[core]
        allowed, up = around.allowed, [n for n, s in zip(self.semantics.nodes, around.statuses, strict=True) if s is Status.UP]
        asks: list[Event] = [Multicast(process.asks[0])] if process.asks else []
        requests: list[Event] = [Multicast(Change(node, process.asked + 1))] if "messages" in allowed else []
        requests += [Leave()] if "leaves" in allowed else []
        joins: list[Event] = [Join(contact) for contact in up]
        others = sorted(process.watching & frozenset(up)) if "suspicions" in allowed else []
        if process.status is Status.UP:
            groups = [pairs(asks), pairs(requests), [], pairs(map(Down, others))]
        else:
            groups = [[], [], pairs(joins), []]
        return self.sections.add(self._add(node, process, groups, suspected=3))

    def _timers(self, core: int) -> list[int]:
        node, process = self.words.cores.values[core]
        return self._add(node, process, [pairs(map(Timeout, sorted(process.timers)))])

    def _received(self, core: int, channel: int) -> list[int]:
        node, process = self.words.cores.values[core]
        slot, content = self.words.channels.values[channel]
        found: list[tuple[Event, int]] = []
        for event in self.semantics._receivable(process.local, self.semantics.nodes[slot // self.size], content):
            place = content.index(event.message if isinstance(event, Receive) else Notice.DOWN)
            found.append((event, self.words.channels((slot, content[:place] + content[place + 1 :]))))
        return self._add(node, process, [found])

    def _add(
        self, node: Node, process: Process, groups: Sequence[Sequence[tuple[Event, int]]], suspected: int = NOTHING
    ) -> list[int]:
        """Add a record for each outcome of each event, one group behind the other; with each event the channel that is left.

        The group numbered `suspected` holds false suspicions. Returns where the groups begin, and where the last one ends.
        """
        handle = self.semantics.handle
        found = [
            [(event, step, left) for event, left in group for step in handle(process.local, event) or ()] for group in groups
        ]
        bounds = [self.records.length]
        for group in found:
            bounds.append(bounds[-1] + len(group))
        self.records.reach(bounds[-1])  # the records of what is cut short come behind
        self.kinds.reach(bounds[-1])
        for number, group in enumerate(found):
            for place, (event, step, left) in enumerate(group, start=bounds[number]):
                self._compile(place, node, process, event, step, left, number == suspected)
        return bounds

    def _compile(self, place: int, node: Node, process: Process, event: Event, step: Step, taken: int, suspected: bool) -> None:
        after, spent = consumed(process, event, suspected)
        self.kinds.array[place] = (
            0 if isinstance(event, Receive) else BITS.get("suspect" if suspected else kind_of_event(event), 0)
        )
        effects = self.semantics.effects_of(step)
        self._write(place, node, replace(after, local=step.state), event, effects, taken, Delta(spent), ended=None)
        first = self.records.length
        for cut in range(1, len(effects)):
            self._write(self.records.add(0), node, after, event, effects[:cut], taken, Delta(spent), ended=Status.CRASHED)
        self.kinds.reach(self.records.length)
        self.kinds.array[first : self.records.length] = BITS[IN_A_BROADCAST]
        self.records.array[place, 6:] = first, self.records.length

    def _write(
        self,
        place: int,
        node: Node,
        process: Process,
        event: Event,
        effects: Sequence[Effect],
        taken: int,
        delta: Delta,
        ended: Status | None,
    ) -> None:
        """Write the record of a handler of which `effects` happen, and which ends as `ended`, if so."""
        joined = isinstance(event, Join)
        if joined:
            delta = replace(delta, node=node, status=Status.UP)
            process = self.semantics.started(node, process)
        process = replace(process, log=self.semantics.before((), event))
        operations: list[tuple[int, int]] = []
        for effect in effects:
            match effect:
                case Send(to, message):
                    operations.append(((node - 1) * self.size + to - 1, self.words.messages(message)))
                case Monitor(other):
                    operations.append((MONITOR, other - 1))
                case Demonitor(other):
                    operations.append((DEMONITOR, other - 1))
                case _:
                    process = self.semantics.alone(process, effect)
                    ended = Status.HALTED if isinstance(effect, Halt) else ended
        noted = self.words.noted(process.log)
        if ended is not None:
            spent = delta.spent + (("crashes",) if ended is Status.CRASHED else ())
            delta, process = replace(delta, spent=spent, node=node, status=ended), Process(ended)
            operations = [pair for pair in operations if pair[0] >= 0] + [(END, node - 1)]
        start = self.operations.length
        for pair in operations:
            self.operations.add(pair)
        core = self.words.core(node, process)
        self.records.array[place, :6] = core, noted, self._delta(delta), taken, start, self.operations.length

    def _crash(self, node: Node) -> int:
        place = self.records.add(0)
        start = self.operations.add((END, node - 1))
        delta = self._delta(Delta(("crashes",), node, Status.CRASHED))
        core = self.words.core(node, Process(Status.CRASHED))
        self.records.array[place] = core, 0, delta, NOTHING, start, start + 1, 0, 0
        return place

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
        slot, content = self.words.channels.values[channel]
        start = self.faults_found.length
        for place, entry in enumerate(content):
            if entry is not Notice.DOWN:
                lost = self.words.channels((slot, content[:place] + content[place + 1 :]))
                self.faults_found.add((lost, self.words.messages(entry)))
        return start, self.faults_found.length

    def _watching(self, core: int, other: int, *, watch: bool) -> int:
        node, process = self.words.cores.values[core]
        name = frozenset({self.semantics.nodes[other]})
        return self.words.core(node, replace(process, watching=process.watching | name if watch else process.watching - name))

    def _stepped(self, rest: Rest, delta: Delta) -> int:
        budget, statuses = rest.budget, rest.statuses
        for name in delta.spent:
            left = getattr(budget, name)
            budget = budget if left is None else replace(budget, **{name: left - 1})
        if delta.node is not None and delta.status is not None:
            statuses = (*statuses[: delta.node - 1], delta.status, *statuses[delta.node :])
        split = rest.split if delta.split is None else delta.split
        return self.words.rests(Rest(budget, split, statuses))

    def _delta(self, delta: Delta) -> int:
        number = self.numbers.setdefault(delta, len(self.deltas))
        if number == len(self.deltas):
            self.deltas.append(delta)
        return number


def pairs(events: Iterable[Event]) -> list[tuple[Event, int]]:
    """`events`, none of which takes anything from a channel."""
    return [(event, NOTHING) for event in events]


def mask(nodes: Iterable[Node]) -> np.uint64:
    """The bits of `nodes`, p1 the lowest."""
    return np.uint64(sum(1 << (node - 1) for node in nodes))


def kind_of_event(event: Event) -> str:
    """As `checker.search.kind_of` calls the handling of `event`."""
    return type(event).__name__.lower()


def consumed(process: Process, event: Event, suspected: bool) -> tuple[Process, tuple[str, ...]]:
    """`process` without what `event` uses up of it, and the budgets that it uses: all of `Performer.apply` but the channels."""
    match event:
        case Down(other) if suspected:
            return replace(process, watching=process.watching - {other}), ("suspicions",)
        case Timeout(timer):
            return replace(process, timers=process.timers - {timer}), ("timeouts",)
        case Multicast(payload) if process.asks and process.asks[0] == payload:
            return replace(process, asks=process.asks[1:]), ()
        case Multicast():
            return replace(process, asked=process.asked + 1), ("messages",)
        case Join():
            return process, ("joins",)
        case Leave():
            return process, ("leaves",)
    return process, ()
