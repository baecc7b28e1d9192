"""Batches: the rows that a search expands together, and what is being done with what comes of them."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from groupy_check.checker.native.memory.layout import Outbox
from groupy_check.checker.native.pipeline.frontier import Block

Array = NDArray[Any]


@dataclass(slots=True)
class Batch:
    """Rows of a block that are expanded together: one worker expands each part, into a box of its own.

    `left`: by the number of the part, the rows whose successors are not all known; `lacking`: the tables lack something for
    some of them. When none are left, the batch is `complete`.
    """

    block: Block
    parts: list[range]
    boxes: list[Outbox]
    left: dict[int, Array] = field(init=False)
    lacking: bool = False

    def __post_init__(self) -> None:
        self.left = {number: np.arange(part.start, part.stop) for number, part in enumerate(self.parts)}
        for box in self.boxes:
            box.counts[:] = box.shares[:] = 0

    @property
    def complete(self) -> bool:
        """All successors are known."""
        return not self.left


@dataclass(frozen=True, slots=True)
class Sifting:
    """A batch whose new states are being found: by each owner of a part of the table, how many of each box."""

    batch: Batch
    tasks: list[Future[list[int]]]


@dataclass(frozen=True, slots=True)
class Writing:
    """Where the rows of the new states of a batch are being written: blocks, from which row on, and how many; and the tasks."""

    batch: Batch
    segments: list[tuple[Block, int, int]]
    tasks: list[Future[None]]
