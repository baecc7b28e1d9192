"""Expanding and judging rows, as one process does it (see `native.search`), with tables that are filled from the journal."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from groupy_check.checker.distributed.journal import Replica
from groupy_check.checker.distributed.pieces import LevelPlan
from groupy_check.checker.distributed.search_task import SearchTask
from groupy_check.checker.errors import TooLargeError
from groupy_check.checker.inputs.protocols import load_protocol
from groupy_check.checker.judging.monitor import Judge
from groupy_check.checker.judging.observer import Observer
from groupy_check.checker.native.compiled.calling import expand, hash_of
from groupy_check.checker.native.memory import layout
from groupy_check.checker.native.memory.arenas import distinct
from groupy_check.checker.native.memory.layout import Outbox, outbox
from groupy_check.checker.native.pipeline.frontier import Block
from groupy_check.checker.native.pipeline.stages import SUCCESSORS
from groupy_check.checker.native.search import NARROW
from groupy_check.checker.native.tables.verdicts import VerdictTables
from groupy_check.checker.semantics.enabled import Semantics
from groupy_check.groupy_model.verdict import Witness

Array = NDArray[Any]
DECIDED = Witness("found elsewhere")


@dataclass(slots=True)
class Tally:
    """Counts of one level, as in Search."""

    generated: int = 0
    at_rest: int = 0
    suspended: int = 0
    cut_off: int = 0
    kinds: int = 0


class Expander:
    """Expands the rows of one owner of `owners`; `ask` asks the journal for what the tables lack."""

    def __init__(
        self, task: SearchTask, owners: int, ask: Callable[[int, Sequence[tuple[int, int, int]]], list[Array]]
    ) -> None:
        self.task, self.owners, self.ask = task, owners, ask
        protocol = load_protocol(task.protocol)
        properties = task.judged(protocol)
        self.semantics = Semantics(protocol, task.scenario, frozenset[type]().union(*(wanted.needs for wanted in properties)))
        self.observer = Observer(self.semantics, probe=any(wanted.name == "progress" for wanted in properties))
        self.judge = Judge(properties)
        self.replica = Replica(self.semantics, every=task.edges)
        self.dtype: np.dtype[Any] = np.dtype(np.uint16)
        self.filling = 0.0  # seconds of processor time
        self.tally, self.silent, self.reported = Tally(), False, set[str]()
        self.beginning = self.replica.words.row(task.beginning(self.semantics))
        self.observed = VerdictTables(self.replica.words, self.replica.rules.faces, properties, self.judge, self.observer)
        self.take_from_journal()

    @property
    def width(self) -> int:
        """Places of a row that are part of the state."""
        return self.replica.words.width - 1

    def outbox(self) -> Outbox:
        """Room for the successors of a piece."""
        return outbox(SUCCESSORS, self.owners)

    def first(self) -> Block:
        """The state in which the search begins."""
        row = self.beginning
        hashed = np.uint64(hash_of(row, self.width))
        row[-1] = layout.EVERYBODY
        return self.block(0, row.reshape(1, -1), np.array([hashed]), np.zeros(1, np.uint64))

    def block(self, first: int, rows: Array, hashes: Array, asleep: Array) -> Block:
        """These states, numbered from `first` on, as rows that the kernel reads."""
        return Block(first, np.ascontiguousarray(rows, self.dtype), hashes, asleep, filled=len(rows))

    def begin(self, plan: LevelPlan) -> None:
        """A level begins."""
        if self.replica.chunks < plan.chunks:  # others may hand over rows with numbers that are not known here yet
            self.take_from_journal()
        self.tally, self.silent = Tally(), plan.silent
        for name in plan.decided - self.judge.witnesses.keys():
            self.judge.witnesses[name] = DECIDED
        self.reported |= plan.decided

    def violated(self) -> dict[str, int]:
        """By property, the first state that violates it, of those that were expanded; without what others knew already."""
        return {name: number for name, number in self.judge.states.items() if name not in self.reported}

    def expanded(self, block: Block, box: Outbox) -> Outbox:
        """All successors of `block`, in `box` or in a larger one; judges its rows."""
        box.counts[:] = box.shares[:] = 0
        rows = np.arange(block.filled)
        while len(rows):
            if self.replica.rules.news:
                self.refresh()
            block.rows = np.ascontiguousarray(block.rows, self.dtype)
            expand(self.tables, box, block.lines, 0, block.filled, rows, self.silent)
            rows = box.aside()
            if len(rows):
                box = self._learned(box)
        self._judge(block, box)
        self._add_up(box)
        return box

    def _learned(self, box: Outbox) -> Outbox:
        """Fill in what the tables lack. Returns the box, or a larger one where there was no room."""
        crowded = box.counts[layout.CROWDED]
        if crowded == layout.TOO_MANY:
            raise TooLargeError("a state has more than 65,535 possible steps; take fewer processes, or no partitions")
        lacking = distinct(box.missing())
        if lacking:
            self.take_from_journal([(table, first, second) for table, first, second in lacking])
        return box.enlarged() if crowded == layout.NO_ROOM else box

    def take_from_journal(self, wanted: Sequence[tuple[int, int, int]] = ()) -> None:
        """Fill in all that the journal has, with what is `wanted` besides."""
        began = time.process_time()
        self.replica.take(self.ask(self.replica.chunks, wanted))
        self.refresh()
        self.filling += time.process_time() - began

    def refresh(self) -> None:
        """Hand the tables to the kernel as they are now, and widen the rows if some number no longer fits."""
        self.observed.extend()
        self.tables = self.replica.rules.tables()
        words = self.replica.words
        if max(len(words.cores), len(words.logs), len(words.channels), len(words.rests)) > NARROW:
            self.dtype = np.dtype(np.uint32)

    def _judge(self, block: Block, box: Outbox) -> None:
        self.observed.look(block.rows, np.flatnonzero(block.rows[:, -1]), block.first, at_rest=False)
        if self.task.eventual:
            self.observed.look(block.rows, box.resting(), block.first, at_rest=True)

    def _add_up(self, box: Outbox) -> None:
        counts, tally = box.counts, self.tally
        tally.generated += int(counts[layout.GENERATED])
        tally.at_rest += int(counts[layout.RESTING] + counts[layout.SUSPENDED])
        tally.suspended += int(counts[layout.SUSPENDED])
        tally.kinds |= int(counts[layout.KINDS_SEEN])
        tally.cut_off += int(counts[layout.BUSY]) if self.silent else 0
