"""What the batches of a search go through, each a stage behind the next: expanded, sifted, lined up, settled.

Their rows are expanded; of the successors the new ones are sifted out; these are numbered and lined up in the frontier. When
all of that is written the batch is settled, and its rows and boxes are free again.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from groupy_check.checker.native.compiled.calling import expand
from groupy_check.checker.native.memory import layout
from groupy_check.checker.native.memory.layout import Tables, outbox
from groupy_check.checker.native.pipeline.batches import Batch, Sifting, Writing
from groupy_check.checker.native.pipeline.frontier import Block, Frontier
from groupy_check.checker.native.pipeline.visited import VisitedSet
from groupy_check.checker.native.pipeline.worker_pool import WorkerPool

Array = NDArray[Any]

SUCCESSORS = 1 << 17  # room in an outbox
AT_ONCE = 4  # batches in work, where there are several workers
BATCH_BYTES = 1 << 21  # of the rows of a batch, for each worker: what comes of them may be many times as many


class Stages:
    """The batches in work of one search by `workers` from the `pool`; `note` is told where new states stand, once they do, and
    their ancestors.
    """

    def __init__(
        self,
        frontier: Frontier,
        store: VisitedSet,
        pool: WorkerPool,
        workers: int,
        note: Callable[[Block, int, int, Array], None],
    ) -> None:
        self.frontier, self.store, self.pool, self.workers, self.note = frontier, store, pool, workers, note
        room = partial(outbox, SUCCESSORS, len(store.owners))
        self.free = [[room() for _ in range(workers)] for _ in range(1 if workers == 1 else AT_ONCE)]
        self.sifting: Sifting | None = None
        self.written: Writing | None = None

    def begin(self) -> Batch | None:
        """The next rows of the level in progress, None when there are none, or no boxes for what comes of them."""
        block = self.frontier.begin()
        if block is None:
            return None
        if not self.free:
            self.settle()
        if not self.free:
            return None
        rows = min(layout.BATCH, max(1, BATCH_BYTES // self.frontier.bytes_of_a_row))
        first, last = block.begun, min(block.begun + rows * self.workers, block.filled)
        share = -(-(last - first) // self.workers)
        parts = [range(begin, min(begin + share, last)) for begin in range(first, last, share)]
        block.begun = last
        return Batch(block, parts, self.free.pop())

    def expand(self, batch: Batch, tables: Tables, *, silent: bool) -> list[Future[Any]]:
        """Start expanding the rows whose successors are not all known, and return the tasks."""
        parts = ((batch.boxes[part], batch.parts[part], rows) for part, rows in batch.left.items())
        return self.pool.start(
            partial(expand, tables, box, batch.block.lines, part.start, len(part), rows, silent) for box, part, rows in parts
        )

    def sift(self, batch: Batch) -> None:
        """Start entering the new successors into the visited set; `line_up` waits for that."""
        tasks = (partial(self.store.sift, owner, batch.boxes, batch.block) for owner in self.store.owners)
        self.sifting = Sifting(batch, self.pool.start(tasks))

    def line_up(self) -> Batch | None:
        """Number the new states, and start writing their rows to the frontier; `settle` waits for that. Returns their batch."""
        if self.sifting is None:
            return None
        batch = self.sifting.batch
        counts = [sum(of_a_box) for of_a_box in zip(*self.pool.results(self.sifting.tasks), strict=True)]
        self.settle()
        self.store.ancestors.make_room(sum(counts))
        segments = [list(self.frontier.allot(first, count)) for first, count in self.store.numbered(counts)]
        tasks = [partial(self.store.line_up, box, batch.block, mine) for box, mine in zip(batch.boxes, segments, strict=True)]
        self.written = Writing(batch, list(chain.from_iterable(segments)), self.pool.start(tasks))
        self.sifting = None
        return batch

    def settle(self) -> None:
        """Wait until all rows are written, and release those that they come from."""
        if self.written is None:
            return
        self.pool.results(self.written.tasks)
        batch, segments, self.written = self.written.batch, self.written.segments, None
        batch.block.done = batch.parts[-1].stop
        self.free.append(batch.boxes)
        records = self.store.ancestors.take_over(sum(count for _, _, count in segments))
        for target, begin, count in segments:
            self.note(target, begin, count, records[:count])
            records = records[count:]
        self.frontier.settle()


def look_what_is_left(batch: Batch) -> None:
    """Note which rows of a batch were put aside when it was expanded."""
    batch.left = {part: rows for part in batch.left if len(rows := batch.boxes[part].aside())}
    batch.lacking = not batch.complete


def missing(batch: Batch) -> NDArray[np.int64]:
    """Table and pair of each entry that was lacking when the batch was expanded."""
    return np.concatenate([batch.boxes[part].missing() for part in batch.left])
