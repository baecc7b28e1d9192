"""The journal: every entry of the tables that some owner has lacked, in one order for all of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from groupy_check.checker.native.checkpoint.identity import Fingerprint
from groupy_check.checker.native.tables.interning import Words
from groupy_check.checker.native.tables.transitions import TransitionTables
from groupy_check.checker.semantics.enabled import Semantics

Array = NDArray[Any]


class Journal:
    """Chunks of entries (table and pair); all that an entry needs stands in chunks before its own."""

    def __init__(self, chunks: Sequence[Array] = ()) -> None:
        self.chunks = list(chunks)
        self.known = {tuple(entry) for chunk in chunks for entry in chunk.tolist()}

    def more(self, known: int, wanted: Sequence[tuple[int, int, int]] = ()) -> list[Array]:
        """Add what of `wanted` is not there yet. Returns the chunks behind the first `known` ones."""
        new = [entry for entry in map(tuple, wanted) if entry not in self.known]
        if new:
            self.known.update(new)
            self.chunks.append(np.array(new, np.uint32))
        return self.chunks[known:]


class Replica:
    """Tables that are filled from the journal and from nothing else, so that they are the same everywhere.

    `every`: as in TransitionTables.
    """

    def __init__(self, semantics: Semantics, *, every: bool) -> None:
        self.words = Words(semantics)
        self.rules = TransitionTables(semantics, self.words, every=every)
        self.fingerprint, self.chunks = Fingerprint(self.rules), 0

    def take(self, chunks: Sequence[Array]) -> None:
        """Fill in the next `chunks`."""
        for chunk in chunks:
            self.rules.extend()
            for table, first, second in chunk.tolist():
                self.rules.fill(table, first, second)
        self.rules.extend()
        self.chunks += len(chunks)

    def digests(self) -> dict[str, str]:
        """Of all that the tables say."""
        self.rules.extend()  # numbers what is around processes
        return self.fingerprint.digests()
