"""The log of one life as arrays of numbers."""

from __future__ import annotations

from array import array
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int32]
Flags = NDArray[np.bool_]
NO_VIEW = -1
NEVER = np.iinfo(np.int32).max


@dataclass(frozen=True, slots=True)
class Row:
    """The log of one life. `gained` are the payloads that it has gained, delivered or adopted, in order; `adopted` tells which.

    `gained_in` and `sent_in` are the views in force by then. `views` are those installed; before number `k` of them, it had
    gained `gained_before[k]` payloads. `sent_after` says how many payloads it had gained when it asked for each, and
    `sent_after_views` how many views it had installed; `adopted_after` and `adopted_after_views` say the same of each state
    that it adopted.
    """

    gained: Ints
    adopted: Flags
    gained_at: Ints
    gained_in: Ints
    sent: Ints
    sent_in: Ints
    sent_after: Ints
    sent_after_views: Ints
    views: Ints
    gained_before: Ints
    adopted_after: Ints
    adopted_after_views: Ints

    def in_order(self) -> tuple[Ints, Ints, Flags, NDArray[np.intp]]:
        """All that it gained and sent, in order: payloads, views in force, which were sent, and their places when put one
        behind the other.
        """
        times = np.concatenate([np.arange(len(self.gained)) * 2 + 1, self.sent_after.astype(np.int64) * 2])
        order = np.argsort(times, kind="stable")
        sent = order >= len(self.gained)
        return (
            np.concatenate([self.gained, self.sent])[order],
            np.concatenate([self.gained_in, self.sent_in])[order],
            sent,
            order,
        )

    def numbers(self) -> NDArray[np.int64]:
        """How many views were installed by then: of all that it gained, and behind that of all that it sent."""
        gained = np.searchsorted(self.gained_before, np.arange(len(self.gained)), "right")
        return np.concatenate([gained, self.sent_after_views]).astype(np.int64)


def row_of(
    gained: Ints, gained_at: Ints, sent: Ints, sent_at: Ints, installed: Ints, installed_at: Ints, states_at: Ints
) -> Row:
    """The row of a life that gained and sent these payloads, and installed these views, `..._at` these places of its log.

    `states_at` are the places where it adopted a state.
    """
    views = np.concatenate([installed, np.array([NO_VIEW], np.int32)])  # the last is the one before the first
    sent_after_views, states_after_views = (_before(installed_at, places) for places in (sent_at, states_at))
    return Row(
        gained, np.isin(gained_at, states_at), gained_at, views[_before(installed_at, gained_at) - 1],
        sent, views[sent_after_views - 1], _before(gained_at, sent_at), sent_after_views,
        installed, _before(gained_at, installed_at), _before(gained_at, states_at), states_after_views,
    )  # fmt: skip


def _before(places: Ints, others: Ints) -> Ints:
    """Of each of `others`, how many of the `places` come before it; both are in order."""
    return np.searchsorted(places, others).astype(np.int32)


def ints(numbers: array[int]) -> Ints:
    """`numbers` as an array."""
    return np.array(numbers, np.int32)


def without_repetitions(numbers: Ints) -> Ints:
    """`numbers` without repetitions, in order of first occurrence."""
    _, first = np.unique(numbers, return_index=True)
    return numbers[np.sort(first)] if len(first) < len(numbers) else numbers


def first(flags: Flags) -> int | None:
    """The place of the first True."""
    if not flags.size:
        return None
    place = int(flags.argmax())
    return place if flags[place] else None
