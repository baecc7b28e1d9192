"""What one process does when something happens to it, as numbers that the kernel reads.

A RECORD is one outcome of one handler, or of one that a crash cuts short; `memory.layout` says what each of its numbers means,
and draws one. Its MANNER tells the kernel whether all that it does is to send, to others, and at most once to each (PLAIN);
whether nobody else can notice anything of it (SILENT); and who may sleep after it (see `sleep_sets`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from groupy_check.checker.native.memory import layout as abi
from groupy_check.checker.native.memory.arenas import Arena, GrowingTable
from groupy_check.checker.native.tables.interning import Words
from groupy_check.checker.native.tables.sleep_sets import Access, accesses, who_sleeps
from groupy_check.checker.search.base import IN_A_BROADCAST
from groupy_check.checker.semantics.enabled import Semantics
from groupy_check.groupy_model.actions import Heal, Partition
from groupy_check.groupy_model.effects import Demonitor, Effect, Halt, Monitor, Send, Store
from groupy_check.groupy_model.events import Down, Event, Join, Leave, Multicast, Receive, Recover, Timeout
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.observations import Status
from groupy_check.groupy_model.protocol import Step
from groupy_check.groupy_model.system import Process

# What a free action is counted as.
KIND_BITS = {
    IN_A_BROADCAST: abi.KIND_CUT, "lose": abi.KIND_LOSE, "duplicate": abi.KIND_DUPLICATE, "suspect": abi.KIND_SUSPECT,
    "spurious_notice": abi.KIND_SPURIOUS,
    "partition": abi.KIND_PARTITION, "multicast": abi.KIND_MULTICAST, "join": abi.KIND_JOIN, "leave": abi.KIND_LEAVE,
    "timeout": abi.KIND_TIMEOUT, "crash": abi.KIND_CRASH, "heal": abi.KIND_HEAL, "recover": abi.KIND_RECOVER,
}  # fmt: skip

MISTAKES = {"suspicions": "suspect", "spurious": "spurious_notice"}  # of the failure detector: the budget, the kind of action


@dataclass(frozen=True, slots=True)
class Delta:
    """How a transition changes the rest: budgets that it uses, a process's new status, what becomes of the network."""

    spent: tuple[str, ...] = ()
    node: Node | None = None
    status: Status | None = None
    network: Partition | Heal | None = None


class Records:
    """The records of one search, each made once."""

    def __init__(self, semantics: Semantics, words: Words, arena: Arena) -> None:
        self.semantics, self.words, self.size = semantics, words, semantics.size
        self.recovering = semantics.scenario.recoveries > 0
        self.numbers: dict[Delta, int] = {}
        self.deltas: list[Delta] = []
        self.records, self.kinds = GrowingTable(np.int32, abi.RECORD_WIDTH, arena=arena), GrowingTable(np.int32, arena=arena)
        self.operations = GrowingTable(np.int32, abi.OPERATION_WIDTH, arena=arena)
        self.known: dict[tuple[int, tuple[Event, ...], str], tuple[int, int]] = {}
        self.falls: dict[int, int] = {}
        self.delta(Delta())  # number 0: nothing changes

    def of(self, core: int, events: Sequence[Event], *, wrongly: str = "") -> tuple[int, int]:
        """Where the records of all outcomes of `events` begin and end; `wrongly`: the budget, of mistakes of the detector."""
        key = core, tuple(events), wrongly
        if key not in self.known:
            self.known[key] = self._add(*key)
        return self.known[key]

    def crash(self, node: Node) -> int:
        """The record of a crash of `node` between two handlers, for good."""
        core = self.words.core(node, Process(Status.CRASHED))
        return self._crash(node, core, frozenset({Access.ENDS}), _end(node))

    def fall(self, core: int) -> int:
        """The record of a crash of this process between two handlers, after which it may come back."""
        node, process = self.words.cores.values[core]
        falling = self.words.core(node, _falling(process))
        if falling not in self.falls:
            self.falls[falling] = self._crash(node, falling, frozenset({Access.FALLS}), _fall(node))
        return self.falls[falling]

    def _crash(self, node: Node, core: int, found: frozenset[Access], operations: Sequence[tuple[int, int]]) -> int:
        place = self.records.add(0)
        self.kinds.add(abi.KIND_CRASH)
        delta, start = Delta(("crashes",), node, Status.CRASHED), self.operations.length
        for pair in operations:
            self.operations.add(pair)
        manner = self._manner(node, found, 0, delta, operations)
        self.records.array[place] = core, 0, self.delta(delta), start, self.operations.length, 0, 0, manner
        return place

    def sleeps(self, record: int) -> bool:
        """Whether the record may sleep."""
        return int(self.records.array[record, abi.RECORD_MANNER]) >> abi.FOLLOWERS == abi.OTHERS

    def delta(self, delta: Delta) -> int:
        """The number of `delta`."""
        number = self.numbers.setdefault(delta, len(self.deltas))
        if number == len(self.deltas):
            self.deltas.append(delta)
        return number

    def _add(self, core: int, events: tuple[Event, ...], wrongly: str) -> tuple[int, int]:
        node, process = self.words.cores.values[core]
        handle = self.semantics.handle
        found = [(event, step) for event in events for step in handle(process.local, event) or ()]
        first = self.records.length
        last = first + len(found)
        self.records.reach(last)  # the records of what is cut short come behind
        self.kinds.reach(last)
        for place, (event, step) in enumerate(found, start=first):
            self._compile(place, node, process, event, step, wrongly)
        return first, last

    def _compile(self, place: int, node: Node, process: Process, event: Event, step: Step, wrongly: str) -> None:
        after, spent = consumed(process, event, wrongly)
        self.kinds.array[place] = (
            0 if isinstance(event, Receive) else KIND_BITS.get(MISTAKES.get(wrongly, kind_of_event(event)), 0)
        )
        effects = self.semantics.effects_of(step)
        self._write(place, node, process, replace(after, local=step.state), event, effects, Delta(spent), ended=None)
        first = self.records.length
        for cut in range(1, len(effects)):
            self._write(self.records.add(0), node, process, after, event, effects[:cut], Delta(spent), ended=Status.CRASHED)
        self.kinds.reach(self.records.length)
        self.kinds.array[first : self.records.length] = abi.KIND_CUT
        self.records.array[place, abi.RECORD_CUTS : abi.RECORD_CUTS_END + 1] = first, self.records.length

    def _write(
        self,
        place: int,
        node: Node,
        before: Process,
        process: Process,
        event: Event,
        effects: Sequence[Effect],
        delta: Delta,
        ended: Status | None,
    ) -> None:
        """Write the record of a handler of which `effects` happen, and which ends as `ended`, if so."""
        if isinstance(event, Join | Recover):
            delta = replace(delta, node=node, status=Status.UP)
            process = self.semantics.started(node, process)
        log = self.semantics.before((), event)
        process = replace(process, log=log) if log else process
        operations = self._operations(node, effects)
        for effect in effects:
            process = self._after(process, effect)
            ended = Status.HALTED if isinstance(effect, Halt) else ended
        noted = self.words.noted(process.log)
        stops = None if ended is None else Access.FALLS if self.recovering and ended is Status.CRASHED else Access.ENDS
        if ended is not None:
            spent = delta.spent + (("crashes",) if ended is Status.CRASHED else ())
            delta = replace(delta, spent=spent, node=node, status=ended)
            process, last = (_falling(process), _fall(node)) if stops is Access.FALLS else (Process(ended), _end(node))
            operations = [pair for pair in operations if pair[0] >= 0] + last
        if self.recovering and stops is not Access.FALLS and (isinstance(event, Recover) or Store in map(type, effects)):
            operations.append((abi.CODE_FORGET, 0))
        start = self.operations.length
        for pair in operations:
            self.operations.add(pair)
        core, end = self.words.core(node, process), self.operations.length
        found = accesses(event, before.watching, effects, stops=stops, wrongly=not MISTAKES.keys().isdisjoint(delta.spent))
        manner = self._manner(node, found, noted, delta, operations)
        self.records.array[place] = core, noted, self.delta(delta), start, end, 0, 0, manner

    def _after(self, process: Process, effect: Effect) -> Process:
        """`process` after what an effect does to itself; what is stored in vain is forgotten at the end."""
        if isinstance(effect, Store):
            return replace(process, stored=effect.value) if self.recovering else process
        return self.semantics.alone(process, effect)

    def _operations(self, node: Node, effects: Sequence[Effect]) -> list[tuple[int, int]]:
        """Those of the effects that concern others, as operations."""
        operations = []
        for effect in effects:
            match effect:
                case Send(to, message):
                    operations.append(((node - 1) * self.size + to - 1, self.words.messages(message)))
                case Monitor(other):
                    operations.append((abi.CODE_MONITOR, other - 1))
                case Demonitor(other):
                    operations.append((abi.CODE_DEMONITOR, other - 1))
        return operations

    def _manner(
        self, node: Node, found: frozenset[Access], noted: int, delta: Delta, operations: Sequence[tuple[int, int]]
    ) -> int:
        codes = [code for code, _ in operations]
        to_itself = (node - 1) * self.size + node - 1
        plain = all(code >= 0 and code != to_itself for code in codes) and len(set(codes)) == len(codes)
        silent = not noted and delta == Delta() and all(code in (abi.CODE_MONITOR, abi.CODE_DEMONITOR) for code in codes)
        silent = silent and not self.recovering  # what is taken would otherwise wait for the next incarnation
        return who_sleeps(found) << abi.FOLLOWERS | (abi.SILENT if silent else 0) | (abi.PLAIN if plain else 0)


def kind_of_event(event: Event) -> str:
    """As `checker.search.base.kind_of` calls the handling of `event`."""
    return type(event).__name__.lower()


def consumed(process: Process, event: Event, wrongly: str) -> tuple[Process, tuple[str, ...]]:
    """`process` without what `event` uses up of it, and the budgets that go: all of `Transitions.apply` but the channels."""
    match event:
        case Down(other) if wrongly:  # of one that is not watched, nothing changes
            return replace(process, watching=process.watching - {other}), (wrongly,)
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
        case Recover():
            return process, ("recoveries",)
    return process, ()


def _falling(process: Process) -> Process:
    """What decides how `process` may come back from a crash: whether it does is asked only where a crash comes to that."""
    return Process(Status.UP, asked=process.asked, stored=process.stored)


def _end(node: Node) -> list[tuple[int, int]]:
    """The operation of an end of `node` for good."""
    return [(abi.CODE_END, node - 1)]


def _fall(node: Node) -> list[tuple[int, int]]:
    """The operations of a crash of `node` after which it may come back."""
    return [(abi.CODE_DOWN, node - 1), (abi.CODE_FORGET, 0)]
