"""What each life delivered between two views, as bytes: to cut and to compare them costs next to nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from groupy_check.specs.near_linear.rows import Ints, Row, without_repetitions

SIZE = np.dtype(np.int32).itemsize


class Windows:
    """Of one life, what it delivered by the number of views that it had installed by then, each payload once a window."""

    def __init__(self, row: Row, payloads: int) -> None:
        places = np.flatnonzero(~row.adopted)
        delivered, number = row.gained[places], np.searchsorted(row.gained_before, places, "right")
        keys = number * np.int64(max(1, payloads)) + delivered
        ascending, begin = np.unique(keys, return_index=True)
        order = np.sort(begin)
        self._sequence: bytes = delivered[order].tobytes()
        self._ascending: bytes = (ascending % max(1, payloads)).astype(np.int32).tobytes()
        self._cuts: list[int] = (SIZE * np.searchsorted(number[order], np.arange(len(row.views) + 2))).tolist()

    def in_order(self, number: int) -> bytes:
        """What was delivered when `number` views were installed, in order of first delivery."""
        return self._sequence[self._cuts[number] : self._cuts[number + 1]]

    def as_set(self, number: int) -> bytes:
        """The same in ascending order: equal sets are equal."""
        return self._ascending[self._cuts[number] : self._cuts[number + 1]]

    def count(self, number: int) -> int:
        """How many payloads that are."""
        return (self._cuts[number + 1] - self._cuts[number]) // SIZE


@dataclass(frozen=True, slots=True)
class RowMove:
    """The life in this `place` went from its view number `number` to the next one; its first is number 1."""

    place: int
    number: int


class Moves:
    """The changes of view in a history, and what was delivered before each."""

    def __init__(self, rows: Sequence[Row], payloads: int) -> None:
        self.windows = [Windows(row, payloads) for row in rows]
        found = defaultdict[tuple[int, int], list[RowMove]](list)
        for place, row in enumerate(rows):
            for number, change in enumerate(pairwise(row.views.tolist()), start=1):
                found[change].append(RowMove(place, number))
        self.together = {views: made for views, made in found.items() if len({move.place for move in made}) > 1}
        self.by_view = [self._by_view(place, row.views.tolist()) for place, row in enumerate(rows)]

    def sequence(self, move: RowMove) -> bytes:
        """What was delivered before the move, in order."""
        return self.windows[move.place].in_order(move.number)

    def set_of(self, move: RowMove) -> bytes:
        """What was delivered before the move; equal sets are equal."""
        return self.windows[move.place].as_set(move.number)

    def count(self, move: RowMove) -> int:
        """How many payloads that are."""
        return self.windows[move.place].count(move.number)

    def _by_view(self, place: int, views: list[int]) -> dict[int, bytes]:
        """What a life delivered in each of its views, also if it came back to it, each payload where it was delivered first."""
        found: dict[int, bytes] = {}
        for number, view in enumerate(views, start=1):
            delivered = self.windows[place].in_order(number)
            if delivered:
                found[view] = once(found[view] + delivered) if view in found else delivered
        return found


def once(payloads: bytes) -> bytes:
    """`payloads` without repetitions."""
    return without_repetitions(numbers(payloads)).tobytes()


def numbers(payloads: bytes) -> Ints:
    """The payloads as an array."""
    return np.frombuffer(payloads, np.int32)
