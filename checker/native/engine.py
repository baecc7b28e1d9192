"""The native search: breadth first over rows of ids, with the verdicts, counts and lengths of the reference explorer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from checker.errors import TooLargeError
from checker.handlers import Handlers
from checker.native import layout
from checker.native.arrays import distinct
from checker.native.endless import endless_runs
from checker.native.hashing import hash_of
from checker.native.kernel import expand
from checker.native.layout import Outbox, outbox
from checker.native.observed import Observed
from checker.native.records import KINDS
from checker.native.rules import Rules
from checker.native.saving import Saving
from checker.native.spilling import Block, Waiting
from checker.native.store import Store, absorb, owner_of
from checker.native.words import Words
from checker.search import Limits, Progress, Search
from groupy_model.actions import Action
from groupy_model.protocol import Protocol
from groupy_model.scenario import Scenario
from groupy_model.system import System
from groupy_model.verdict import Coverage
from specs.property import Property

SUCCESSORS = 1 << 17  # room in an outbox
NARROW = 1 << 16  # numbers below this fit into 16 bits

Array = NDArray[Any]


class NativeExplorer(Search):
    """A search by the native engine. See Search for the arguments; `exact` keeps whole states instead of 64-bit hashes.

    Directories: `spill` for the blocks that wait, `checkpoint` for checkpoints, `resume` to go on from those that it has.
    """

    def __init__(
        self,
        protocol: Protocol,
        scenario: Scenario,
        properties: Sequence[Property],
        limits: Limits = Limits(),
        report: Callable[[Progress], None] | None = None,
        start: Sequence[Action] = (),
        *,
        workers: int = 1,
        exact: bool = False,
        spill: Path | None = None,
        checkpoint: Path | None = None,
        resume: Path | None = None,
    ) -> None:
        super().__init__(protocol, scenario, properties, limits, report, start)
        self.workers, self.exact = workers, exact
        self.words = Words(self.semantics)
        self.rules = Rules(self.semantics, self.words)
        self.waiting = Waiting(self.words.width, workers, spill)
        directory = checkpoint or resume
        self.saving = Saving(directory, resuming=resume is not None) if directory else None
        self.expanded, self.cut_off, self.kinds_seen = 0, 0, 0
        self.levels: list[tuple[int, int]] = []  # as each one begins: states found so far, and those of them seen at rest

    def share(self, handle: Handlers) -> None:
        """Use what another search has found out about the protocol's handlers."""
        for semantics in (self.semantics, self.recorder, self.observer.prober):
            semantics.handle = handle

    # --- the search --------------------------------------------------------------------------------------------------

    def _search(self) -> str:
        self.observed = Observed(self.words, self.properties, self.judge, self.observer)
        dtype = self.waiting.dtype
        self.stores = [Store(self.words.width, dtype, exact=self.exact, numbered=self._eventual) for _ in range(self.workers)]
        self.boxes = [outbox(SUCCESSORS, every=self.exact or self._eventual) for _ in range(self.workers)]
        first = self.words.row(self._beginning())
        hashed = np.uint64(hash_of(first, len(first) - 1))
        self.root = int(owner_of(hashed, self.workers))  # the number of the first state, whose place is 0
        self.refresh()
        with ExitStack() as stack:
            stack.enter_context(self.waiting)
            if self.saving is not None:
                stack.enter_context(self.saving)
            self.pool = stack.enter_context(ThreadPoolExecutor(self.workers))
            bound = self._begin(first, hashed) or self._levels()
            self._save()
        return bound

    def _begin(self, first: Array, hashed: np.uint64) -> str:
        """Note the state in which the search begins, or go on with what was saved. Returns the bound that is reached."""
        if self.saving is not None and self.saving.resuming:
            self.saving.restore(self)
            self._count()
            return self._bound() if self.waiting.queue else ""
        if self.saving is not None:
            self.saving.begin(self)
        self._enter(first, hashed)
        self.waiting.next_level()
        self.levels.append((1, 0))
        self._save()
        return ""

    def _save(self) -> None:
        if self.saving is not None:
            self.saving.save(self)

    def _enter(self, row: Array, hashed: np.uint64) -> None:
        """Note the state in which the search begins."""
        block = Block(0, row.reshape(1, -1).astype(self.waiting.dtype), np.array([hashed], np.uint64), 1)
        box = self.boxes[0]
        box.counts[:] = 0
        box.counts[layout.FOUND] = 1
        box.found[:3] = hashed, layout.EVERYBODY << layout.OBSERVED, 0
        box.paper[layout.SEGMENTS : layout.SEGMENTS + 2] = 0, 1
        self._absorb(self.root, box, block, 0, 1)

    def _levels(self) -> str:
        """Expand level after level. Returns the bound that ended it, "" for none."""
        while self.waiting.queue:
            block = self.waiting.front()
            if block.done < block.filled:
                block.done = self._batch(block, block.done)
                bound = self._bound()
                if bound:
                    return bound
                continue
            self.waiting.drop()
            if not self.waiting.queue and self.waiting.next_level():
                self.depth += 1
                self.levels.append((sum(map(len, self.stores)), self.at_rest))
            if self.saving is not None and self.saving.due:
                self._save()
        return f"depth {self.limits.depth}" if self.cut_off else ""

    def _batch(self, block: Block, start: int) -> int:
        """Expand and judge some rows from `start` on, each worker its part. Returns the next row."""
        last = min(start + layout.BATCH * self.workers, block.filled)
        share = -(-(last - start) // self.workers)
        parts = [range(begin, min(begin + share, last)) for begin in range(start, last, share)]
        for box in self.boxes:
            box.counts[:] = 0
        left = [np.arange(part.start, part.stop) for part in parts]
        while any(map(len, left)):
            self._expand(block, parts, left)
            left = [box.aside() for box in self.boxes[: len(parts)]]
            self._complete()
        absorbing = [partial(self._absorb_all, owner, block, parts) for owner in range(self.workers)]
        if self.workers == 1:
            self._judge(block, parts)
            self._run(absorbing)
        else:  # judging is mostly Python, absorbing is not: they do not get into each other's way
            futures = [self.pool.submit(task) for task in absorbing]
            self._judge(block, parts)
            for future in futures:
                future.result()
        return last

    def _run(self, tasks: Sequence[Callable[[], object]]) -> None:
        if len(tasks) == 1:
            tasks[0]()
        else:
            list(self.pool.map(lambda task: task(), tasks))

    def _expand(self, block: Block, parts: Sequence[range], left: Sequence[Array]) -> None:
        silent = self.depth == self.limits.depth
        self._run(
            [
                partial(expand, self.tables, box, block.rows.reshape(-1), block.hashes, part.start, rows, silent)
                for box, part, rows in zip(self.boxes, parts, left, strict=False)
            ]
        )

    def _judge(self, block: Block, parts: Sequence[range]) -> None:
        """Judge the rows that were expanded, and add up what was found."""
        first, last = parts[0].start, parts[-1].stop
        numbers = (block.first, self.workers)
        self.observed.look(block.rows, first + np.flatnonzero(block.rows[first:last, -1]), numbers, at_rest=False)
        for box, _ in zip(self.boxes, parts, strict=False):
            counts = box.counts
            if self._eventual:
                self.observed.look(block.rows, box.resting(), numbers, at_rest=True)
            self.generated += int(counts[layout.GENERATED])
            self.at_rest += int(counts[layout.RESTING] + counts[layout.SUSPENDED])
            self.suspended += int(counts[layout.SUSPENDED])
            self.kinds_seen |= int(counts[layout.KINDS])
            self.cut_off += int(counts[layout.BUSY]) if self.depth == self.limits.depth else 0
        self.expanded += last - first

    def _absorb_all(self, owner: int, block: Block, parts: Sequence[range]) -> None:
        for box, part in zip(self.boxes, parts, strict=False):
            self._absorb(owner, box, block, part.start, len(part))

    def _absorb(self, owner: int, box: Outbox, block: Block, begin: int, count: int) -> None:
        """Take over what is new of `owner`'s among the successors of `count` rows from row `begin` on."""
        store, saving = self.stores[owner], self.saving
        store.make_room(int(box.counts[layout.FOUND]))
        start = np.array([begin, 0], np.int64)
        while start[0] < begin + count:
            target = self.waiting.room(owner, len(store) * self.workers + owner)
            before = target.filled
            target.filled = absorb(
                store.seen, store.edges, box, begin, count, start, block.rows.reshape(-1), self.words.width, block.first,
                owner, self.workers, target.rows.reshape(-1), target.hashes, target.filled,
            )  # fmt: skip
            if saving is not None:
                saving.note(owner, target.hashes[before : target.filled])
        self.waiting.settle(owner)

    # --- the tables --------------------------------------------------------------------------------------------------

    def _complete(self) -> None:
        """Fill in what the workers lacked, and give room to those who had none."""
        for number, box in enumerate(self.boxes):
            if box.counts[layout.CROWDED] > 1:
                raise TooLargeError("a state has more than 65,535 possible steps; take fewer processes, or no partitions")
            if box.counts[layout.CROWDED]:
                self.boxes[number] = box.enlarged()
        lacking = np.concatenate([box.missing() for box in self.boxes])
        if len(lacking):
            for table, first, second in distinct(lacking):
                self.rules.fill(table, first, second)
            self.refresh()

    def refresh(self) -> None:
        """Hand the tables to the kernel as they are now."""
        rules, words = self.rules, self.words
        rules.extend()
        self.observed.extend()
        self.tables = rules.tables(self.observed.faces)
        largest = max(len(words.cores), len(words.logs), len(words.channels), len(words.rests))
        if largest > NARROW and self.waiting.dtype == np.uint16:
            self.waiting.widen()
            for store in self.stores:
                store.widen()

    # --- what is known so far ----------------------------------------------------------------------------------------

    def _count(self) -> None:
        self.distinct = sum(map(len, self.stores))
        self.left = self.distinct - self.expanded + self.cut_off
        self.kinds = {kind for number, kind in enumerate(KINDS) if self.kinds_seen >> number & 1}

    def _bound(self) -> str:
        self._count()
        limit = self.limits.states
        if limit is not None and self.distinct >= limit and self.expanded < self.distinct:
            return f"{limit} distinct states"
        return self._decided() or self._looked_at_the_clock()

    def _coverage(self, bound: str) -> Coverage:
        held = sum(store.bytes for store in self.stores) / max(1, self.distinct)
        # Of n hashes of 64 bits, about n*n/2**65 pairs are expected to be equal by chance; each hides a state.
        missed = 0.0 if self.exact else self.distinct**2 / 2.0**65
        return replace(super()._coverage(bound), engine="native", missed=missed, bytes_per_state=held)

    def _path(self, number: int) -> list[Action]:
        return [*self.start, *self.replayed(number)[0]]

    def replayed(self, number: int) -> tuple[list[Action], System]:
        """The actions that led from the beginning to the state with this number first, and that state."""
        places = []
        while number != self.root:
            seen, place = self.stores[number % self.workers].seen, number // self.workers
            places.append(int(seen.ordinals[place]))
            number = int(seen.parents[place])
        system, actions = self._beginning(), list[Action]()
        for ordinal in reversed(places):
            actions.append(self.semantics.enabled(system)[ordinal])
            system = self.semantics.apply(system, actions[-1])
        return actions, system

    def _judge_endless_runs(self) -> None:
        if not self._eventual:
            return
        parts = [store.edges for store in self.stores]
        for run in endless_runs(parts, self.semantics, lambda number: self.replayed(number)[1]):
            before = set(self.judge.witnesses)
            self.judge.look(self.observer.history(run.system, at_rest=True), run.number)
            for name in self.judge.witnesses.keys() - before:
                self.tours[name] = run.tour
