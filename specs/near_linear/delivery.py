"""Where the definitions in `specs.delivery` first find a fault."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from groupy_check.groupy_model.verdict import Witness
from groupy_check.specs.delivery import AGREEMENT, INTEGRITY, UNIFORM_AGREEMENT, VALIDITY
from groupy_check.specs.logs import is_member
from groupy_check.specs.near_linear.arrays import Arrays
from groupy_check.specs.near_linear.rows import NEVER, NO_VIEW, Flags, Ints, Row, first
from groupy_check.specs.property import Property


def integrity(arrays: Arrays) -> Witness | None:
    """The first payload that a process has twice, that nobody asked for, or that its sender delivers before it asks for it."""
    unasked = np.ones(len(arrays.payloads), np.bool_)
    for row in arrays.rows:
        unasked[row.sent] = False
    for row in arrays.rows:
        place = first(unasked[row.gained] | twice(row))
        if place is not None:
            return INTEGRITY.judge(arrays.about(int(row.gained[place])))
    senders = np.zeros(len(arrays.payloads), np.int32)
    for row in arrays.rows:
        senders[np.unique(row.sent)] += 1
    for row in arrays.rows:
        alone = first(senders[early := _early(row)] == 1)
        if alone is not None:
            return INTEGRITY.judge(arrays.about(int(early[alone])))
    return None


def _early(row: Row) -> Ints:
    """The payloads that are delivered before they are asked for in the same row, in the order of their deliveries."""
    places = np.flatnonzero(~row.adopted)
    delivered, begin = np.unique(row.gained[places], return_index=True)
    sent, asked = np.unique(row.sent, return_index=True)
    both, one, other = np.intersect1d(delivered, sent, assume_unique=True, return_indices=True)
    at = places[begin[one]]
    late = at < row.sent_after[asked[other]]
    return both[late][np.argsort(at[late])].astype(np.int32)


def twice(row: Row) -> Flags:
    """Which of the payloads gained are delivered though the process has them, or are in one state more than once."""
    numbers, begin, back = np.unique(row.gained, return_index=True, return_inverse=True)
    again = begin[back] < np.arange(len(row.gained)) if len(numbers) else np.zeros(0, np.bool_)
    found: Flags = again & ~row.adopted
    states = np.flatnonzero(row.adopted)
    if len(states):
        keys = row.gained_at[states].astype(np.int64) * (1 + int(row.gained.max())) + row.gained[states]
        _, back, counts = np.unique(keys, return_inverse=True, return_counts=True)
        found[states] = counts[back] > 1
    return found


def validity(arrays: Arrays) -> Witness | None:
    """The first payload that a correct process asked for and has not had."""
    for place in arrays.correct if arrays.history.at_rest else ():
        sent = arrays.rows[place].sent
        missing = first(arrays.had_at[place][sent] == NEVER)
        if missing is not None:
            return VALIDITY.judge(arrays.about(int(sent[missing])))
    return None


def agreement(arrays: Arrays) -> Witness | None:
    """The first delivery of a correct process that some correct member of its view lacks."""
    return _withheld(arrays, arrays.correct, AGREEMENT)


def uniform_agreement(arrays: Arrays) -> Witness | None:
    """The first delivery of any process that some correct member of its view lacks."""
    return _withheld(arrays, range(len(arrays.rows)), UNIFORM_AGREEMENT)


def _withheld(arrays: Arrays, deliverers: Sequence[int], wanted: Property) -> Witness | None:
    if not arrays.history.at_rest:
        return None
    members = {place: arrays.members(place) for place in arrays.correct}
    for place, founder in ((place, arrays.history.lives[place]) for place in arrays.correct):
        members[place][NO_VIEW] = founder.founder and is_member(arrays.skeleton.lives[place])
    for deliverer in deliverers:
        row = arrays.rows[deliverer]
        payloads, views = row.gained[~row.adopted], row.gained_in[~row.adopted]
        begins = int(row.views[0]) if len(row.views) else NO_VIEW
        views = np.where(views == NO_VIEW, begins, views)
        lacking = np.zeros(len(payloads), np.bool_)
        for place in arrays.correct:
            lacking |= members[place][views] & (arrays.had_at[place][payloads] == NEVER)
        missing = first(lacking)
        if missing is not None:
            return wanted.judge(arrays.about(int(payloads[missing])))
    return None
