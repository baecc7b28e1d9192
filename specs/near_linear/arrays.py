"""A history as arrays: payloads and views are numbers, in the order in which they are first met."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Collection, Hashable, Iterable, Sequence
from copy import copy
from dataclasses import replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from groupy_check.groupy_model.effects import View
from groupy_check.groupy_model.observations import (
    Adopted,
    AskedToJoin,
    Delivered,
    Ended,
    History,
    IndicatedSafe,
    Installed,
    Left,
    Life,
    MovedWith,
    Observation,
    Sent,
)
from groupy_check.specs.logs import correct
from groupy_check.specs.near_linear.rows import NEVER, NO_VIEW, Flags, Ints, Row, ints, row_of, without_repetitions
from groupy_check.specs.near_linear.windows import Moves


class Arrays:
    """A `history`, its `payloads` and `views` by number, and one row for each life. Nothing in it may be `hidden`."""

    def __init__(self, history: History) -> None:
        self.history = history
        self._payloads: dict[Hashable, int] = {}
        self._views: dict[View, int] = {}
        self.rows = [self._row(life) for life in history.lives]
        self.payloads, self.views = list(self._payloads), list(self._views)

    def told(self, history: History) -> Arrays:
        """The arrays of a `history` with the same logs, whose processes ended otherwise."""
        other = copy(self)
        other.history = history
        for name in ("skeleton", "correct"):
            vars(other).pop(name, None)
        return other

    def _row(self, life: Life) -> Row:
        payloads, views = self._payloads, self._views
        gained, gained_at, sent, sent_at, installed, installed_at, states_at = (array("i") for _ in range(7))
        for place, entry in enumerate(life.log):
            if isinstance(entry, Delivered):  # faster than `match`, and a log is long
                gained.append(payloads.setdefault(entry.payload, len(payloads)))
                gained_at.append(place)
            elif isinstance(entry, Sent):
                sent.append(payloads.setdefault(entry.payload, len(payloads)))
                sent_at.append(place)
            elif isinstance(entry, Installed):
                installed.append(views.setdefault(entry.view, len(views)))
                installed_at.append(place)
            elif isinstance(entry, Adopted):
                gained.extend(payloads.setdefault(payload, len(payloads)) for payload in entry.payloads)
                gained_at.extend([place] * len(entry.payloads))
                states_at.append(place)
        return row_of(*map(ints, (gained, gained_at, sent, sent_at, installed, installed_at, states_at)))

    @cached_property
    def skeleton(self) -> History:
        """The history without deliveries, states and multicasts: what became of the processes, and their views."""
        kept = (Installed, MovedWith, Left, Ended, AskedToJoin)
        return with_logs(self.history, (tuple(e for e in life.log if type(e) in kept) for life in self.history.lives))

    @cached_property
    def correct(self) -> list[int]:
        """The places of the correct lives."""
        nodes = {life.node for life in correct(self.skeleton)}
        return [place for place, life in enumerate(self.history.lives) if life.node in nodes]

    @cached_property
    def moves(self) -> Moves:
        """The changes of view."""
        return Moves(self.rows, len(self.payloads))

    @cached_property
    def had(self) -> list[Ints]:
        """What each life has had, each payload where it had it first."""
        return [without_repetitions(row.gained) for row in self.rows]

    @cached_property
    def had_at(self) -> list[Ints]:
        """Of each life, the place in `had` of every payload, or NEVER."""
        return [self.places(had) for had in self.had]

    @cached_property
    def asked(self) -> list[Ints]:
        """What each life has asked for, each payload where it asked first."""
        return [without_repetitions(row.sent) for row in self.rows]

    @cached_property
    def sent_in(self) -> Ints:
        """Of each payload, the view in which it was asked for first, by the lives in order; less than NO_VIEW: it was not."""
        found = np.full(len(self.payloads), NO_VIEW - 1, np.int32)
        for row in reversed(self.rows):
            found[row.sent[::-1]] = row.sent_in[::-1]
        return found

    @cached_property
    def delivered(self) -> list[Ints]:
        """What each life has delivered, in order, repetitions included."""
        return [row.gained[~row.adopted] for row in self.rows]

    def number_of(self, view: View) -> int:
        """The number of a view that some process has installed; NO_VIEW for any other."""
        return self._views.get(view, NO_VIEW)

    def counts(self, payloads: Iterable[Hashable]) -> NDArray[np.intp]:
        """How often each payload is among `payloads`."""
        found = np.fromiter((self._payloads[payload] for payload in payloads), np.intp)
        return np.bincount(found, minlength=len(self.payloads))

    def places(self, payloads: Ints) -> Ints:
        """The place of every payload in `payloads`, which has no repetitions, or NEVER."""
        found = np.full(len(self.payloads), NEVER, np.int32)
        found[payloads] = np.arange(len(payloads), dtype=np.int32)
        return found

    def about(self, *payloads: int) -> History:
        """The history of these payloads alone."""
        return only(self.history, {self.payloads[number] for number in payloads})

    @cached_property
    def _members(self) -> Flags:
        """By life and view, whether it is a member."""
        found = np.zeros((len(self.rows), len(self.views) + 1), np.bool_)
        place_of = {life.node: place for place, life in enumerate(self.history.lives)}
        for number, view in enumerate(self.views):
            found[[place_of[node] for node in view.members if node in place_of], number] = True
        return found

    def members(self, place: int) -> Flags:
        """For each view, and at the end for NO_VIEW, whether the life in this place is a member."""
        found: Flags = self._members[place].copy()
        return found


def with_logs(history: History, logs: Iterable[tuple[Observation, ...]]) -> History:
    """The history with other logs."""
    lives = tuple(replace(life, log=log) for life, log in zip(history.lives, logs, strict=True))
    return replace(history, lives=lives)


def these(arrays: Arrays, places: Sequence[int]) -> History:
    """The history in which only the lives in `places` have had anything."""
    lives = enumerate(zip(arrays.history.lives, arrays.skeleton.lives, strict=True))
    return with_logs(arrays.history, (whole.log if place in places else bare.log for place, (whole, bare) in lives))


def only(history: History, payloads: Collection[Hashable]) -> History:
    """The history of `payloads` alone."""
    return with_logs(history, (tuple(_about(life, lambda payload: payload in payloads)) for life in history.lives))


def without(history: History, payloads: Collection[Hashable]) -> History:
    """The history of all but `payloads`."""
    return with_logs(history, (tuple(_about(life, lambda payload: payload not in payloads)) for life in history.lives))


def _about(life: Life, wanted: Callable[[Hashable], bool]) -> Iterable[Observation]:
    for entry in life.log:
        if isinstance(entry, Delivered | Sent | IndicatedSafe):
            if wanted(entry.payload):
                yield entry
        elif isinstance(entry, Adopted):
            yield Adopted(tuple(filter(wanted, entry.payloads)))
        else:
            yield entry
