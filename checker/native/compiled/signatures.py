"""The calls of the kernel that a search may make: what has to be compiled before it can begin, and what if its rows get wider.

The arguments are empty: only their types count. `tests/native/test_calling.py` holds this list to what searches really call.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from groupy_check.checker.native.compiled import archive, calling
from groupy_check.checker.native.compiled.calling import Compiled
from groupy_check.checker.native.memory.layout import Edges, Lines, Notes, Outbox, Seen, Sights, Tables


@dataclass(frozen=True, slots=True)
class KernelCall:
    """A function of the kernel with arguments of the types that it is called with."""

    function: Compiled
    arguments: tuple[Any, ...]

    @property
    def label(self) -> str:
        """The name under which its code is kept."""
        return self.function.label(calling.flattened(self.arguments, []))

    @property
    def ready(self) -> bool:
        """Its machine code is kept, or can be made in no time."""
        return (calling.place() / self.label).exists() or archive.bitcode(self.label) is not None

    def compile(self) -> None:
        """Have its machine code kept."""
        self.function.code(self.arguments)


def needed() -> list[KernelCall]:
    """The calls of every search."""
    return _calls(np.uint16)


def needed_when_wide() -> list[KernelCall]:
    """The further calls of a search whose rows have got wider."""
    begun = {call.label for call in needed()}
    return [call for call in _calls(np.uint32) if call.label not in begun]


def ready() -> bool:
    """Whether a search can begin without numba."""
    return all(call.ready for call in needed())


def _calls(rows: DTypeLike) -> list[KernelCall]:
    """The calls where rows hold numbers of this type; the one that takes longest to compile comes first."""
    row, byte, half, word = (_empty(dtype) for dtype in (rows, np.uint8, np.uint16, np.uint32))
    table, signed, unsigned = (_empty(dtype) for dtype in (np.int32, np.int64, np.uint64))
    tables, lines = Tables(table, unsigned, signed), Lines(row, unsigned, unsigned)
    box = Outbox(unsigned, unsigned, unsigned, byte, word, word, signed, signed)
    seen, edges = Seen(word, half, word, row, signed), Edges(word, word, half, signed)
    sights = Sights(
        table, unsigned, unsigned, unsigned, table, table, table, table, table, unsigned, byte, table, unsigned, signed
    )
    notes = Notes(_empty(np.int64, 2), _empty(np.int64, 2), signed, signed)
    return [
        KernelCall(calling.expand, (tables, box, lines, 0, 0, signed, 0)),
        KernelCall(calling.look, (sights, notes, row, signed, 0, 0, 0)),
        KernelCall(calling.sift, (seen, edges, box, word, row, 0, 0)),
        KernelCall(calling.line_up, (box, 0, row, 0, 0, lines, 0, 0, word, half, 0)),
        KernelCall(calling.enter, (seen, unsigned, word, 0, 0, 0)),
        KernelCall(calling.grow, (seen, 0, 0, 0, 0, unsigned, word, word)),
        KernelCall(calling.second_hashes, (row, 0, 0, word)),
        KernelCall(calling.terms, (signed, 0, unsigned)),
        KernelCall(calling.hash_of, (word, 0)),
        KernelCall(calling.known_in, (unsigned, 0)),
        KernelCall(calling.put_all, (unsigned, _empty(np.uint64, 2))),
        KernelCall(calling.rehash, (unsigned, unsigned)),
        KernelCall(calling.whole_hash, (table, signed, 0, 0, 0)),
        KernelCall(calling.bare_hash, (table, table, row, 0, 0)),
    ]


def _empty(dtype: DTypeLike, dimensions: int = 1) -> NDArray[Any]:
    return np.empty((0,) * dimensions, dtype)
