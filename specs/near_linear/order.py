"""Where the definitions in `specs.order` first find a fault.

What decides is where in `had` of a receiver the payloads of another process stand: a maximum that runs along the other's log
tells whether something that comes earlier there comes later here, or never.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, pairwise

import numpy as np

from groupy_check.groupy_model.verdict import Witness
from groupy_check.specs.near_linear.arrays import Arrays, these
from groupy_check.specs.near_linear.rows import NEVER, Flags, Ints, first, without_repetitions
from groupy_check.specs.order import CAUSAL, FIFO, PREFIX_ORDER, TOTAL_ORDER, UNIFORM_TOTAL_ORDER
from groupy_check.specs.property import Property

LARGEST_KNOT = 400  # payloads; in a larger knot of circles one circle is shown, which need not be the shortest


def total_order(arrays: Arrays) -> Witness | None:
    """The first two payloads that two correct processes had in different orders, or else a circle."""
    return _crossed(arrays, arrays.correct, TOTAL_ORDER)


def uniform_total_order(arrays: Arrays) -> Witness | None:
    """The first two payloads that any two processes had in different orders, or else a circle."""
    return _crossed(arrays, range(len(arrays.rows)), UNIFORM_TOTAL_ORDER)


def _crossed(arrays: Arrays, places: Sequence[int], wanted: Property) -> Witness | None:
    shown = crossing([arrays.had[place] for place in places], len(arrays.payloads))
    return wanted.judge(arrays.about(*shown)) if shown else None


def crossing(sequences: Sequence[Ints], count: int) -> tuple[int, ...]:
    """The first two payloads that two of `sequences` have in different orders, or else those that make circles.

    The sequences have no repetitions, and there are `count` payloads.
    """
    inside = [np.zeros(count, np.bool_) for _ in sequences]
    for each, sequence in zip(inside, sequences, strict=True):
        each[sequence] = True
    for one, other in combinations(range(len(sequences)), 2):
        mine, theirs = sequences[one][inside[other][sequences[one]]], sequences[other][inside[one][sequences[other]]]
        place = first(mine != theirs)
        if place is not None:
            return int(mine[place]), int(theirs[place])
    return _knot(sequences, count) if len(sequences) > 2 else ()


def common(arrays: Arrays, one: int, other: int) -> tuple[Ints, Ints]:
    """The payloads that both have had, in the order of each."""
    mine, theirs = arrays.had[one], arrays.had[other]
    return mine[arrays.had_at[other][mine] != NEVER], theirs[arrays.had_at[one][theirs] != NEVER]


def _knot(sequences: Sequence[Ints], count: int) -> tuple[int, ...]:
    """The payloads that are part of circles; of too many only those of one circle. Empty if there is none.

    Whoever comes somewhere before another does so step by step, so neighbours tell all.
    """
    heads, tails = (np.concatenate([each[part] for each in sequences]) for part in (slice(None, -1), slice(1, None)))
    place = np.full(count, NEVER, np.int32)
    longest = max(sequences, key=len)
    place[longest] = np.arange(len(longest))
    if (place[heads] < place[tails]).all():
        return ()  # all as in the longest
    from scipy.sparse import coo_array  # noqa: PLC0415 - slow to import
    from scipy.sparse.csgraph import connected_components  # noqa: PLC0415

    graph = coo_array((np.ones(len(heads), np.int8), (heads, tails)), shape=(count, count))
    components, labels = connected_components(graph, directed=True, connection="strong")
    if components == count:
        return ()
    circling = np.flatnonzero(np.bincount(labels)[labels] > 1)
    if len(circling) <= LARGEST_KNOT:
        return tuple(map(int, circling))
    inside = labels[heads] == labels[tails]
    import networkx as nx  # noqa: PLC0415 - only such a large knot needs it

    edges = zip(map(int, heads[inside]), map(int, tails[inside]), strict=True)
    circle = [tail for _, tail in nx.find_cycle(nx.DiGraph(edges))]
    return tuple(circle) if len(circle) <= LARGEST_KNOT else _corners(circle, sequences, count)


def _corners(circle: Sequence[int], sequences: Sequence[Ints], count: int) -> tuple[int, ...]:
    """Those payloads of `circle` that remain when what one process has had in a row is shortened to its ends."""
    places = [np.full(count, -1, np.int64) for _ in sequences]
    for place, sequence in zip(places, sequences, strict=True):
        place[sequence] = np.arange(len(sequence))
    ends, holder = [circle[0]], next(iter(places))
    for before, after in pairwise([*circle, circle[0]]):
        if not -1 < holder[ends[-1]] < holder[after]:
            ends.append(before)
            holder = next(place for place in places if -1 < place[before] < place[after])
    return tuple(dict.fromkeys(ends))


def prefix_order(arrays: Arrays) -> Witness | None:
    """The first two processes whose sequences since their first common view part."""
    for one, other in combinations(arrays.correct, 2):
        mine, theirs = since_first_common_view(arrays, one, other)
        shorter = min(len(mine), len(theirs))
        if (mine[:shorter] != theirs[:shorter]).any():
            return PREFIX_ORDER.judge(these(arrays, (one, other)))
    return None


def since_first_common_view(arrays: Arrays, one: int, other: int) -> tuple[Ints, Ints]:
    """What each has had since the first view of `one` that `other` has installed, too; nothing if there is none."""
    mine, theirs = arrays.rows[one], arrays.rows[other]
    number = first(np.isin(mine.views, theirs.views))
    if number is None:
        return mine.gained[:0], theirs.gained[:0]
    view = mine.views[number]
    cuts = [int(row.gained_before[np.flatnonzero(row.views == view)[0]]) for row in (mine, theirs)]
    old = np.zeros(len(arrays.payloads), np.bool_)
    for row, cut in zip((mine, theirs), cuts, strict=True):
        old[row.gained[:cut]] = True
    parts = []
    for row, cut in zip((mine, theirs), cuts, strict=True):
        gained, adopted = row.gained[cut:], row.adopted[cut:]
        new = gained[~adopted | ~old[gained]]
        parts.append(without_repetitions(new))
    return parts[0], parts[1]


def fifo(arrays: Arrays) -> Witness | None:
    """The first payload that a process has had out of its sender's order, with those that show it."""
    members = [arrays.members(place) for place in range(len(arrays.rows))]
    for sender, asked in enumerate(arrays.asked):
        if not len(asked):
            continue
        asked_at = arrays.places(asked)
        for receiver, had in enumerate(arrays.had):
            got = asked_at[had]
            got = got[got != NEVER]
            if not len(got):
                continue
            begin = min(_owed_from(arrays, sender, asked_at, receiver, members[receiver]), int(got[0]))
            place = first(got != np.arange(begin, begin + len(got)))
            if place is not None:
                shown = {begin, int(got[0]), int(got[max(place - 1, 0)]), int(got[place])}
                shown |= {begin + place} if begin + place < len(asked) else set()
                return FIFO.judge(arrays.about(*(int(asked[each]) for each in shown)))
    return None


def _owed_from(arrays: Arrays, sender: int, asked_at: Ints, receiver: int, member: Flags) -> int:
    """The place from which on `receiver` must have all that `sender` asked for."""
    if arrays.history.lives[receiver].founder:
        return 0
    row = arrays.rows[sender]
    together = row.sent[member[row.sent_in]]
    return int(asked_at[together].min()) if len(together) else NEVER


def causal(arrays: Arrays) -> Witness | None:
    """The first payload that a process has had before one of its causes, with that cause."""
    members = [arrays.members(place) for place in range(len(arrays.rows))]
    for sender in range(len(arrays.rows)):
        if not len(arrays.rows[sender].sent):
            continue
        past = _Past(arrays, sender)
        for receiver in range(len(arrays.rows)):
            shown = past.broken(arrays, receiver, members[receiver])
            if shown:
                return CAUSAL.judge(arrays.about(*shown))
    return None


class _Past:
    """What a sender did in its order, what it gained and what it asked for: the causes of what it asked for later."""

    def __init__(self, arrays: Arrays, sender: int) -> None:
        row = arrays.rows[sender]
        self.payloads, self.views, self.sent, _ = row.in_order()
        begins = np.zeros(len(self.payloads), np.bool_)
        places = np.flatnonzero(self.sent)
        begins[places[np.unique(self.payloads[places], return_index=True)[1]]] = True
        self.asked_first = begins

    def _causes(self, arrays: Arrays, receiver: int, member: Flags) -> tuple[Ints, Flags, Flags]:
        """Of each payload: the place where `receiver` had it, whether it had it at all, and whether it counts as a cause."""
        at = arrays.had_at[receiver][self.payloads]
        got = at != NEVER
        heard = np.logical_or.accumulate(self.sent & got)  # of something the sender has asked for by then
        before = np.concatenate([[False], heard[:-1]]) & self.sent
        together = arrays.history.lives[receiver].founder or member[self.views]
        return at, got, got | together | before

    def counts(self, arrays: Arrays, receiver: int, member: Flags) -> bool:
        """Whether `receiver` has had something that has a cause other than itself."""
        _, got, cause = self._causes(arrays, receiver, member)
        causes = np.flatnonzero(cause)
        wanted = np.flatnonzero(self.asked_first & got)
        if not len(causes) or not len(wanted):
            return False
        others = np.flatnonzero(cause & (self.payloads != self.payloads[causes[0]]))
        fine = (wanted > causes[0]) & (self.payloads[wanted] != self.payloads[causes[0]])
        return bool(fine.any()) or (len(others) > 0 and bool((wanted > others[0]).any()))

    def broken(self, arrays: Arrays, receiver: int, member: Flags) -> tuple[int, ...]:
        """The first payload that `receiver` has had too early, its first missing cause, and what makes that a cause."""
        at, got, cause = self._causes(arrays, receiver, member)
        height = np.where(cause, at, -1)
        late = self.asked_first & got & (np.concatenate([[-1], np.maximum.accumulate(height)[:-1]]) > at)
        place = first(late)
        if place is None:
            return ()
        missing = first(height[:place] > at[place])
        assert missing is not None
        early = first(self.sent & got)
        assert early is not None
        return tuple(int(self.payloads[each]) for each in (place, missing, early))


def one_from_another(arrays: Arrays) -> bool:
    """The goal of causal order: somebody has had a payload that another process asked for after something that counts."""
    pasts = {place: _Past(arrays, place) for place, row in enumerate(arrays.rows) if len(row.sent)}
    members = [arrays.members(place) for place in range(len(arrays.rows))]
    receivers = range(len(arrays.rows))
    return any(
        past.counts(arrays, receiver, members[receiver])
        for sender, past in pasts.items()
        for receiver in receivers
        if receiver != sender
    )
