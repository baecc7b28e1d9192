"""Where the definitions in `specs.synchrony` first find a fault."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from groupy_check.groupy_model.effects import View
from groupy_check.groupy_model.observations import History, Installed
from groupy_check.groupy_model.payloads import SetState
from groupy_check.groupy_model.verdict import Witness
from groupy_check.specs.near_linear.arrays import Arrays, only, with_logs
from groupy_check.specs.near_linear.rows import NO_VIEW, Flags, Ints, first
from groupy_check.specs.near_linear.windows import RowMove
from groupy_check.specs.synchrony import (
    SAME_VIEW_DELIVERY,
    SENDING_VIEW_DELIVERY,
    STATE_TRANSFER,
    VIRTUAL_SYNCHRONY,
    Fit,
    comparisons,
    starts,
)

Counts = NDArray[np.intp]


def virtual_synchrony(arrays: Arrays) -> Witness | None:
    """The first two processes that moved together and did not deliver the same."""
    moves = arrays.moves
    made_by = defaultdict[int, list[tuple[RowMove, list[RowMove]]]](list)
    for made in moves.together.values():
        if len({moves.set_of(move) for move in made}) > 1:
            for move in made:
                made_by[move.place].append((move, made))
    had = _HadBefore(arrays)
    for one in sorted(made_by):
        pairs = ((mine, other) for mine, made in made_by[one] for other in made if other.place > one)
        apart = [(other.place, mine.number, other.number) for mine, other in pairs if had.unlike(mine, other)]
        if apart:
            other, number, rival = min(apart)
            payload = had.only_one_has(RowMove(one, number), RowMove(other, rival))
            return VIRTUAL_SYNCHRONY.judge(only(windows(arrays, {one: number, other: rival}), {arrays.payloads[payload]}))
    return None


class _HadBefore:
    """What lives delivered, and what they had at all, adopted or delivered, in the older view before they moved."""

    def __init__(self, arrays: Arrays) -> None:
        self._arrays = arrays
        self._kinds: dict[RowMove, int] = {}  # equal of two that compare alike with any third
        self._known: dict[tuple[bytes, bytes], int] = {}
        self._unlike: dict[tuple[int, int], bool] = {}

    def unlike(self, one: RowMove, other: RowMove) -> bool:
        """Whether either delivered something that the other lacks."""
        kinds = self._kind(one), self._kind(other)
        if kinds not in self._unlike:
            self._unlike[kinds] = any(len(self._lacking(a, b)) for a, b in ((one, other), (other, one)))
        return self._unlike[kinds]

    def only_one_has(self, one: RowMove, other: RowMove) -> int:
        """The first payload that `one` delivered and `other` lacks, or else the other way round."""
        return int(np.concatenate([self._lacking(one, other), self._lacking(other, one)])[0])

    def _kind(self, move: RowMove) -> int:
        if move not in self._kinds:
            everything = np.unique(self._gained(move)[0]).tobytes()
            self._kinds[move] = self._known.setdefault((self._arrays.moves.set_of(move), everything), len(self._known))
        return self._kinds[move]

    def _gained(self, move: RowMove) -> tuple[Ints, Flags]:
        row = self._arrays.rows[move.place]
        part = slice(row.gained_before[move.number - 1], row.gained_before[move.number])
        return row.gained[part], row.adopted[part]

    def _lacking(self, one: RowMove, other: RowMove) -> Ints:
        """What `one` delivered and `other` has not had, in order."""
        gained, adopted = self._gained(one)
        return gained[~adopted & ~np.isin(gained, self._gained(other)[0])]


def windows(arrays: Arrays, numbers: dict[int, int]) -> History:
    """The history of these lives from the view before their view of that number up to it."""
    logs = []
    for place, life in enumerate(arrays.history.lives):
        installed = [at for at, entry in enumerate(life.log) if type(entry) is Installed] if place in numbers else []
        logs.append(life.log[installed[numbers[place] - 1] : installed[numbers[place]] + 1] if installed else ())
    return with_logs(arrays.history, logs)


def same_view_delivery(arrays: Arrays) -> Witness | None:
    """The first payload that was delivered in another view before."""
    payloads, views = _deliveries(arrays)
    if not len(payloads):
        return None
    _, begin, back = np.unique(payloads, return_index=True, return_inverse=True)
    place = first(views[begin][back] != views)
    return None if place is None else SAME_VIEW_DELIVERY.judge(arrays.about(int(payloads[place])))


def _deliveries(arrays: Arrays) -> tuple[Ints, Ints]:
    """The payloads delivered by all lives, one after the other, and the views."""
    rows = arrays.rows
    empty = np.zeros(0, np.int32)
    payloads = np.concatenate([empty, *(row.gained[~row.adopted] for row in rows)])
    return payloads, np.concatenate([empty, *(row.gained_in[~row.adopted] for row in rows)])


def sending_view_delivery(arrays: Arrays) -> Witness | None:
    """The first payload that was not delivered in the view in which it was asked for."""
    payloads, views = _deliveries(arrays)
    expected = arrays.sent_in[payloads]
    place = first((expected >= NO_VIEW) & (expected != views))
    return None if place is None else SENDING_VIEW_DELIVERY.judge(arrays.about(int(payloads[place])))


def state_transfer(arrays: Arrays) -> Witness | None:
    """The first joiner whose state is not that of another process. What colours show only the definition knows."""
    if _coloured(arrays):
        return STATE_TRANSFER.judge(arrays.history)
    for joiner, other, mine, theirs, fit in _compared(arrays):
        if not _fits(mine, theirs, fit):
            lives = enumerate(arrays.history.lives)
            logs = (life.log if place in (joiner, other) else () for place, life in lives)
            return STATE_TRANSFER.judge(with_logs(arrays.history, logs))
    return None


def _coloured(arrays: Arrays) -> bool:
    return any(isinstance(payload, SetState) for payload in arrays.payloads)


def _compared(arrays: Arrays) -> Iterator[tuple[int, int, Counts, Counts, Fit]]:
    """What the definition compares: the state of a joiner with what another had, as how often each contains which payload."""
    lives, skeleton = arrays.history.lives, arrays.skeleton.lives
    for joiner in (place for place, row in enumerate(arrays.rows) if len(row.adopted_after)):
        handed_over = starts(lives[joiner])
        counted: dict[tuple[int, bool], Counts] = {}
        for other in (place for place in range(len(lives)) if place != joiner):
            for number, start in enumerate(handed_over):
                for view, mine, fit in comparisons(start, skeleton[other]):
                    theirs = _state_before(arrays, other, view)
                    if theirs is not None:
                        key = (number, mine is start.payloads)
                        if key not in counted:
                            counted[key] = arrays.counts(mine)
                        yield joiner, other, counted[key], theirs, fit


def _state_before(arrays: Arrays, place: int, view: View) -> Counts | None:
    """What a life had when it installed `view`; None if it did not, or if that is not known."""
    row = arrays.rows[place]
    number = first(row.views == arrays.number_of(view))
    if number is None:
        return None
    states = row.adopted_after[row.adopted_after_views <= number]
    if not len(states) and not arrays.history.lives[place].founder:
        return None
    part = row.gained[int(states[-1]) if len(states) else 0 : row.gained_before[number]]
    return np.bincount(part, minlength=len(arrays.payloads))


def _fits(mine: Counts, theirs: Counts, fit: Fit) -> bool:
    alike = mine == theirs if fit is Fit.SAME else mine >= theirs if fit is Fit.AT_LEAST else mine <= theirs
    return bool(alike.all())


def moved_together(arrays: Arrays) -> bool:
    """Whether two processes moved together, and one of them had delivered something before."""
    return any(arrays.moves.count(move) for made in arrays.moves.together.values() for move in made)


def shared_over_a_change(arrays: Arrays) -> bool:
    """The goal of same-view delivery."""
    changed = [len(row.views) > 1 for row in arrays.rows]
    pairs = combinations(range(len(arrays.rows)), 2)
    return any((changed[a] or changed[b]) and bool(np.isin(arrays.delivered[a], arrays.delivered[b]).any()) for a, b in pairs)


def sent_over_a_change(arrays: Arrays) -> bool:
    """The goal of sending-view delivery."""
    sent = np.zeros(len(arrays.payloads), np.bool_)
    for row in arrays.rows:
        sent[row.sent] = True
    return any(len(row.views) > 1 and bool(sent[row.gained[~row.adopted]].any()) for row in arrays.rows)


def state_can_be_compared(arrays: Arrays) -> bool:
    """The goal of state transfer."""
    return any(True for _ in _compared(arrays)) or (_coloured(arrays) and STATE_TRANSFER.goal(arrays.history))
