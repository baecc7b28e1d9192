"""The native search: breadth first over rows of ids, with the verdicts, counts and lengths of the reference explorer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain, cycle
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from checker.errors import TooLargeError
from checker.handlers import Handlers
from checker.native import layout
from checker.native.arrays import distinct
from checker.native.calling import expand, hash_of, put_in_order
from checker.native.endless import endless_runs
from checker.native.layout import Outbox, outbox
from checker.native.observed import Observed
from checker.native.pool import Pool, done
from checker.native.records import KINDS
from checker.native.rules import Rules
from checker.native.saving import Saving
from checker.native.spilling import Block, Waiting
from checker.native.store import Store
from checker.native.words import Words
from checker.search import Limits, Progress, Search
from groupy_model.actions import Action
from groupy_model.protocol import Protocol
from groupy_model.scenario import Scenario
from groupy_model.system import System
from groupy_model.verdict import Coverage
from specs.property import Property

FEW = 1 << 11  # rows that are expanded before another thread would have begun
SUCCESSORS = 1 << 17  # room in an outbox
SHARES = 2  # of the work for each worker, when there are several: who is done early takes another
NARROW = 1 << 16  # numbers below this fit into 16 bits

Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows of a block that are expanded together: each part of them by one worker, into a box of its own."""

    block: Block
    parts: list[range]
    boxes: list[Outbox]


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
        self.shares = 1 if workers == 1 else SHARES * workers
        self.words = Words(self.semantics)
        self.rules = Rules(self.semantics, self.words, every=self._eventual)
        self.waiting = Waiting(self.words.width, spill)
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
        self.observed = Observed(self.words, self.rules.faces, self.properties, self.judge, self.observer)
        dtype = self.waiting.dtype
        self.store = Store(self.words.width - 1, dtype, owners=self.workers, exact=self.exact, numbered=self._eventual)
        room = partial(outbox, SUCCESSORS, len(self.store.owners))
        self.boxes = [[room() for _ in range(self.shares)] for _ in range(1 if self.workers == 1 else 2)]
        first = self.words.row(self._beginning())
        hashed = np.uint64(hash_of(first, len(first) - 1))
        self.refresh()
        with ExitStack() as stack:
            stack.enter_context(self.waiting)
            if self.saving is not None:
                stack.enter_context(self.saving)
            self.pool = stack.enter_context(Pool(self.workers))
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

    def _save_if_due(self) -> None:
        if self.saving is not None and self.saving.due:
            self._save()

    def _save(self) -> None:
        if self.saving is not None:
            self.saving.save(self)

    def _enter(self, row: Array, hashed: np.uint64) -> None:
        """Note the state in which the search begins."""
        hashes, asleep = np.array([[hashed], [0]], np.uint64)
        block = Block(0, row.reshape(1, -1).astype(self.waiting.dtype), hashes, asleep, 1)
        batch = Batch(block, [range(1)], self.boxes[0][:1])
        box = batch.boxes[0]
        box.counts[:] = 0
        box.counts[layout.FOUND] = 1
        box.found[: layout.SUCCESSOR] = hashed, layout.EVERYBODY << layout.OBSERVED, 0, 0
        box.paper[layout.SEGMENTS : layout.SEGMENTS + 2] = 0, 1
        put_in_order(box, 1)
        self._line_up(batch, self._sift(batch))

    def _levels(self) -> str:
        """Expand level after level. Returns the bound that ended it, "" for none."""
        while self.waiting.queue:
            bound = self._level()
            if bound:
                return bound
            if self.waiting.next_level():
                self.depth += 1
                self.levels.append((len(self.store), self.at_rest))
                self._save_if_due()
        return f"depth {self.limits.depth}" if self.cut_off else ""

    def _level(self) -> str:
        """Expand a level, each batch while what came of the one before is taken over. Returns the bound that ended it."""
        self.waiting.drop()
        before: Batch | None = None
        for batch in chain(self._batches(), [None]):
            self._step(before, batch)
            if before:
                before.block.done = before.parts[-1].stop
                bound = self._bound()
                if bound:
                    return bound
                if self.waiting.drop():
                    self._save_if_due()
            before = batch
        return ""

    def _batches(self) -> Iterator[Batch | None]:
        """The rows of the level in progress, in batches; None where those before have to be taken over first."""
        for boxes in cycle(self.boxes):
            block = self.waiting.begin()
            if block is None:
                return
            first, last = block.begun, min(block.begun + layout.BATCH * self.workers, block.filled)
            share = -(-(last - first) // self.shares)
            parts = [range(begin, min(begin + share, last)) for begin in range(first, last, share)]
            block.begun = last
            for box in boxes:
                box.counts[:] = 0
            yield Batch(block, parts, boxes[: len(parts)])
            if self.workers == 1:
                yield None

    def _step(self, before: Batch | None, batch: Batch | None) -> None:
        """Expand `batch`, and take over what came of the one `before`, if there are such.

        Judging and filling in the tables are Python's, and are done while the workers do the rest.
        """
        self.fit()
        expanding = self._expand(batch, [np.arange(part.start, part.stop) for part in batch.parts]) if batch else []
        sifting = self._sift(before) if before else []
        if before:
            self._judge(before)
        if batch:
            self._finish(batch, expanding)
        if before:
            self._line_up(before, sifting)

    def _expand(self, batch: Batch, left: Sequence[Array]) -> list[Future[Any]]:
        """Have the rows of each part that are `left` expanded."""
        tasks = [
            partial(expand, self.tables, box, batch.block.lines, part.start, rows, self.depth == self.limits.depth)
            for box, part, rows in zip(batch.boxes, batch.parts, left, strict=True)
        ]
        return list(map(done, tasks)) if sum(map(len, left)) < FEW else self.pool.start(tasks)

    def _finish(self, batch: Batch, expanding: list[Future[Any]]) -> None:
        """Wait until the rows are expanded, fill in what the tables lack, and expand those again for which something did."""
        while expanding:
            for task in expanding:
                task.result()
            left = [box.aside() for box in batch.boxes]
            self._complete(batch.boxes)
            expanding = self._expand(batch, left) if any(map(len, left)) else []
        for box, part in zip(batch.boxes, batch.parts, strict=True):
            put_in_order(box, len(part))

    def _judge(self, batch: Batch) -> None:
        """Judge the rows that were expanded, and add up what was found."""
        block, first, last = batch.block, batch.parts[0].start, batch.parts[-1].stop
        self.observed.look(block.rows, first + np.flatnonzero(block.rows[first:last, -1]), block.first, at_rest=False)
        for box in batch.boxes:
            counts = box.counts
            if self._eventual:
                self.observed.look(block.rows, box.resting(), block.first, at_rest=True)
            self.generated += int(counts[layout.GENERATED])
            self.at_rest += int(counts[layout.RESTING] + counts[layout.SUSPENDED])
            self.suspended += int(counts[layout.SUSPENDED])
            self.kinds_seen |= int(counts[layout.KINDS])
            self.cut_off += int(counts[layout.BUSY]) if self.depth == self.limits.depth else 0
        self.expanded += last - first

    def _sift(self, batch: Batch) -> list[Future[list[int]]]:
        """Have what is new among the successors entered into the table."""
        return self.pool.start(partial(self.store.sift, owner, batch.boxes, batch.block) for owner in self.store.owners)

    def _line_up(self, batch: Batch, sifting: list[Future[list[int]]]) -> None:
        """Number the states that are new, and have their rows written down."""
        counts = map(sum, zip(*(task.result() for task in sifting), strict=True))
        segments = [list(self.waiting.allot(first, count)) for first, count in self.store.numbered(counts)]
        lining = self.pool.start(
            partial(self.store.line_up, box, batch.block, mine) for box, mine in zip(batch.boxes, segments, strict=True)
        )
        for task in lining:
            task.result()
        if self.saving is not None:
            for target, begin, count in chain.from_iterable(segments):
                self.saving.note(target.hashes[begin : begin + count])
        self.waiting.settle()

    # --- the tables --------------------------------------------------------------------------------------------------

    def _complete(self, boxes: list[Outbox]) -> None:
        """Fill in what the workers lacked, and give room to those who had none."""
        for number, box in enumerate(boxes):
            if box.counts[layout.CROWDED] > 1:
                raise TooLargeError("a state has more than 65,535 possible steps; take fewer processes, or no partitions")
            if box.counts[layout.CROWDED]:
                boxes[number] = box.enlarged()
        lacking = np.concatenate([box.missing() for box in boxes])
        if len(lacking):
            for table, first, second in distinct(lacking):
                self.rules.fill(table, first, second)
            self.refresh()

    def refresh(self) -> None:
        """Hand the tables to the kernel as they are now."""
        rules = self.rules
        rules.extend()
        self.observed.extend()
        self.tables = rules.tables()

    def fit(self) -> None:
        """Keep wider rows from now on, if there are numbers that need it."""
        words = self.words
        largest = max(len(words.cores), len(words.logs), len(words.channels), len(words.rests))
        if largest > NARROW and self.waiting.dtype == np.uint16:
            self.waiting.widen()
            self.store.widen()

    # --- what is known so far ----------------------------------------------------------------------------------------

    def _count(self) -> None:
        self.distinct = len(self.store)
        self.left = self.distinct - self.expanded + self.cut_off
        self.kinds = {kind for number, kind in enumerate(KINDS) if self.kinds_seen >> number & 1}

    def _bound(self) -> str:
        self._count()
        limit = self.limits.states
        if limit is not None and self.distinct >= limit and self.expanded < self.distinct:
            return f"{limit} distinct states"
        return self._decided() or self._looked_at_the_clock()

    def _coverage(self, bound: str) -> Coverage:
        held = self.store.bytes / max(1, self.distinct)
        # Of n hashes of 64 bits, about n*n/2**65 pairs are expected to be equal by chance; each hides a state.
        missed = 0.0 if self.exact else self.distinct**2 / 2.0**65
        return replace(super()._coverage(bound), engine="native", missed=missed, bytes_per_state=held)

    def _path(self, number: int) -> list[Action]:
        return [*self.start, *self.replayed(number)[0]]

    def replayed(self, number: int) -> tuple[list[Action], System]:
        """The actions that led from the beginning to the state with this number first, and that state."""
        places = []
        while number:
            places.append(int(self.store.ordinals[number]))
            number = int(self.store.parents[number])
        system, actions = self._beginning(), list[Action]()
        for ordinal in reversed(places):
            actions.append(self.semantics.enabled(system)[ordinal])
            system = self.semantics.apply(system, actions[-1])
        return actions, system

    def _judge_endless_runs(self) -> None:
        if not self._eventual:
            return
        for run in endless_runs(self.store.edges, self.semantics, lambda number: self.replayed(number)[1]):
            before = set(self.judge.witnesses)
            self.judge.look(self.observer.history(run.system, at_rest=True), run.number)
            for name in self.judge.witnesses.keys() - before:
                self.tours[name] = run.tour
