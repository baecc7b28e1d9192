"""How a level is divided: into pieces, in the order of its states, so that all owners have equally much to do at any time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from groupy_check.checker.native.memory import layout

SMALLEST = 1 << 10  # states worth a piece: their expansion takes about as long as the mail for it
EACH = 16  # pieces of a level for each owner, where they are not too small: one of them too many is a sixteenth


@dataclass(frozen=True, slots=True)
class Find:
    """The `count` new states that a piece has led to, the one at place `source` in its level; `holder` has their rows."""

    source: int
    count: int
    holder: int


@dataclass(frozen=True, slots=True)
class Piece:
    """`count` states numbered from `first` on. Of the find of `source` these are the rows from `begin` on.

    Their rows are at `holder`; `worker` expands them.
    """

    first: int
    count: int
    source: int
    begin: int
    holder: int
    worker: int


@dataclass(frozen=True, slots=True)
class LevelPlan:
    """The pieces of a level, in the order of their states; of the journal, their rows need `chunks` many.

    `decided`: properties that need not be judged any more; `silent`: it is only counted which states have successors.
    """

    pieces: Sequence[Piece]
    chunks: int
    decided: frozenset[str]
    silent: bool


def divided(finds: Iterable[Find], first: int, owners: int) -> Iterator[Piece]:
    """The pieces of a level whose states are the `finds`, numbered from `first` on.

    Rows stay where they are, unless their holder would have one piece more to do than somebody else.
    """
    waiting = [find for find in finds if find.count]
    total = sum(find.count for find in waiting)
    size = min(layout.BATCH, max(SMALLEST, -(-total // (EACH * owners))))
    loads = [0] * owners
    for find in waiting:
        for begin, count in _cut(find.count, size):
            least = min(range(owners), key=loads.__getitem__)
            worker = find.holder if loads[find.holder] < loads[least] + size else least
            loads[worker] += count
            yield Piece(first, count, find.source, begin, find.holder, worker)
            first += count


def _cut(count: int, size: int) -> Iterator[tuple[int, int]]:
    """Where equal parts of at most `size` begin, and how long each is."""
    parts = -(-count // size)
    ends = [count * part // parts for part in range(parts + 1)]
    for begin, end in pairwise(ends):
        yield begin, end - begin
