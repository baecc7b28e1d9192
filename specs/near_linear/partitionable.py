"""Where the definitions in `specs.partitionable` first find a fault."""

from __future__ import annotations

from itertools import combinations

import numpy as np

from groupy_check.groupy_model.verdict import Witness
from groupy_check.specs.near_linear.arrays import Arrays, only, these
from groupy_check.specs.near_linear.delivery import twice
from groupy_check.specs.near_linear.order import crossing
from groupy_check.specs.near_linear.rows import NEVER, NO_VIEW, Flags, Ints, first
from groupy_check.specs.near_linear.synchrony import windows
from groupy_check.specs.near_linear.windows import SIZE, RowMove, numbers
from groupy_check.specs.partitionable.causal_in_view import CAUSAL_IN_VIEW
from groupy_check.specs.partitionable.no_duplication import NO_DUPLICATION
from groupy_check.specs.partitionable.reliable_causal import RELIABLE_CAUSAL
from groupy_check.specs.partitionable.reliable_fifo import RELIABLE_FIFO
from groupy_check.specs.partitionable.reliable_total_order import RELIABLE_TOTAL_ORDER
from groupy_check.specs.partitionable.weak_total_order import WEAK_TOTAL_ORDER

UNKNOWN = NO_VIEW - 1


def no_duplication(arrays: Arrays) -> Witness | None:
    """The first payload that a process has twice."""
    for row in arrays.rows:
        place = first(twice(row))
        if place is not None:
            return NO_DUPLICATION.judge(arrays.about(int(row.gained[place])))
    return None


def reliable_fifo(arrays: Arrays) -> Witness | None:
    """The first payload that a process delivered before one of the same sender and view, or without it, with that one."""
    for sender in range(len(arrays.rows)):
        asked = _AskedInViews(arrays, sender)
        broken = [shown for receiver in range(len(arrays.rows)) if (shown := asked.broken(arrays, receiver))]
        if broken:
            return RELIABLE_FIFO.judge(arrays.about(*min(broken, key=lambda shown: asked.view_of(shown[0]))))
    return None


class _AskedInViews:
    """What a sender asked for first in each of its views, in order."""

    def __init__(self, arrays: Arrays, sender: int) -> None:
        row = arrays.rows[sender]
        places = np.sort(np.unique(row.sent, return_index=True)[1])
        self.payloads, self.number = row.sent[places], row.sent_after_views[places].astype(np.int64)

    def view_of(self, payload: int) -> int:
        """How many views the sender had installed when it asked for `payload`."""
        return int(self.number[np.flatnonzero(self.payloads == payload)[0]])

    def broken(self, arrays: Arrays, receiver: int) -> tuple[int, ...]:
        """The payload delivered too early, and the one before it that `receiver` has had last, or never."""
        if not len(self.payloads):
            return ()
        height = self.number * (NEVER + 2) + arrays.had_at[receiver][self.payloads] + 1
        before = np.concatenate([[0], np.maximum.accumulate(height)[:-1]])
        place = first(_flags(arrays, arrays.delivered[receiver])[self.payloads] & (before > height))
        if place is None:
            return ()
        skipped = first(height[:place] == before[place])
        assert skipped is not None
        return int(self.payloads[place]), int(self.payloads[skipped])

    def several(self, arrays: Arrays, receiver: int) -> bool:
        """Whether `receiver` delivered more than one payload of one view."""
        views = self.number[_flags(arrays, arrays.delivered[receiver])[self.payloads]]
        return bool((views[1:] == views[:-1]).any())


def _flags(arrays: Arrays, payloads: Ints) -> Flags:
    """Of every payload, whether it is among `payloads`."""
    found = np.zeros(len(arrays.payloads), np.bool_)
    found[payloads] = True
    return found


def two_of_one_view(arrays: Arrays) -> bool:
    """The goal of reliable FIFO delivery."""
    senders = [_AskedInViews(arrays, sender) for sender in range(len(arrays.rows))]
    return any(sender.several(arrays, receiver) for sender in senders for receiver in range(len(arrays.rows)))


def reliable_causal(arrays: Arrays) -> Witness | None:
    """The first payload that a process delivered before one of its causes in the same view, with that cause."""
    sent_in = arrays.sent_in
    for sender in range(len(arrays.rows)):
        past = _PastInViews(arrays, sender, sent_in)
        for receiver in range(len(arrays.rows)) if past.asked_first.any() else ():
            shown = past.broken(arrays, receiver)
            if shown:
                return RELIABLE_CAUSAL.judge(arrays.about(*shown))
    return None


class _PastInViews:
    """What a sender delivered and asked for, in its order, if it was multicast in the view in which it did so."""

    def __init__(self, arrays: Arrays, sender: int, sent_in: Ints) -> None:
        row = arrays.rows[sender]
        payloads, views, sent, at = row.in_order()
        delivered_or_sent = np.concatenate([~row.adopted, np.ones(len(row.sent), np.bool_)])[at]
        kept = delivered_or_sent & (sent_in[payloads] == views)
        # Who comes back to a view has forgotten what it did there.
        self.payloads, self.sent, self.number = payloads[kept], sent[kept], row.numbers()[at][kept]
        begins = np.zeros(len(self.payloads), np.bool_)
        places = np.flatnonzero(self.sent)
        begins[places[np.unique(self.payloads[places], return_index=True)[1]]] = True
        self.asked_first: Flags = begins

    def broken(self, arrays: Arrays, receiver: int) -> tuple[int, ...]:
        """The payload delivered too early, and the cause that `receiver` has had last, or never."""
        at = arrays.had_at[receiver][self.payloads].astype(np.int64)
        base = self.number * (NEVER + 2)
        height = base + at + 1
        highest = np.maximum.accumulate(height)
        before = np.concatenate([[0], highest[:-1]])
        own = _flags(arrays, arrays.delivered[receiver])
        late = self.asked_first & own[self.payloads] & (before > height)
        place = first(late)
        if place is None:
            return ()
        cause = first(height[:place] == before[place])
        assert cause is not None
        return int(self.payloads[place]), int(self.payloads[cause])


def one_from_another_in_a_view(arrays: Arrays) -> bool:
    """The goal of reliable causal order."""
    for sender, row in enumerate(arrays.rows):
        payloads, _, sent, at = row.in_order()
        did = np.concatenate([~row.adopted, np.ones(len(row.sent), np.bool_)])[at]  # to adopt a state is not to deliver
        payloads, sent, number = payloads[did], sent[did], row.numbers()[at][did]
        caused = np.zeros(len(arrays.payloads), np.bool_)
        caused[payloads[1:][sent[1:] & (number[1:] == number[:-1])]] = True
        if any(caused[delivered].any() for place, delivered in enumerate(arrays.delivered) if place != sender):
            return True
    return False


def causal_in_view(arrays: Arrays) -> Witness | None:
    """The first payload that a process delivered before one of its causes that were sent in the same view, with that cause."""
    sent_in, known_by = _sent_in(arrays)
    for sender in range(len(arrays.rows)):
        past = _PastByView(arrays, sender, sent_in)
        for receiver in range(len(arrays.rows)) if past.asked_first.any() else ():
            shown = past.broken(arrays, receiver)
            if shown:
                return CAUSAL_IN_VIEW.judge(arrays.about(*shown, *(int(known_by[payload]) for payload in shown)))
    return None


def _sent_in(arrays: Arrays) -> tuple[Ints, Ints]:
    """The view in which each payload was sent, or UNKNOWN, and the payload whose delivery by the sender tells that."""
    sent_in = np.full(len(arrays.payloads), UNKNOWN, np.int32)
    known_by = np.arange(len(arrays.payloads), dtype=np.int32)
    for place in reversed(range(len(arrays.rows))):
        row, asked = arrays.rows[place], arrays.asked[place]
        payloads, begun = np.unique(row.gained[~row.adopted], return_index=True)
        delivered_in = np.full(len(arrays.payloads), UNKNOWN, np.int32)
        delivered_in[payloads] = row.gained_in[~row.adopted][begun]
        told = np.where(delivered_in[asked] != UNKNOWN, np.arange(len(asked)), len(asked))
        following = np.minimum.accumulate(told[::-1])[::-1]
        known = following < len(asked)
        known_by[asked[known]] = asked[following[known]]
        sent_in[asked[known]] = delivered_in[known_by[asked[known]]]
    return sent_in, known_by


class _PastByView:
    """What a sender delivered and asked for, in its order, view by view: that in which each payload was sent."""

    def __init__(self, arrays: Arrays, sender: int, sent_in: Ints) -> None:
        row = arrays.rows[sender]
        payloads, _, sent, at = row.in_order()
        kept = np.concatenate([~row.adopted, np.ones(len(row.sent), np.bool_)])[at] & (sent_in[payloads] != UNKNOWN)
        payloads, sent = payloads[kept], sent[kept]
        begins = np.zeros(len(payloads), np.bool_)
        places = np.flatnonzero(sent)
        begins[places[np.unique(payloads[places], return_index=True)[1]]] = True
        self.place = np.argsort(sent_in[payloads], kind="stable")
        self.payloads, self.asked_first = payloads[self.place], begins[self.place]
        _, view = np.unique(sent_in[self.payloads], return_inverse=True)
        self.base = view.astype(np.int64) * (NEVER + 2)

    def broken(self, arrays: Arrays, receiver: int) -> tuple[int, ...]:
        """The payload that is delivered too early first, and the cause that `receiver` has had last, or never."""
        height = self.base + arrays.had_at[receiver][self.payloads].astype(np.int64) + 1
        before = np.concatenate([[0], np.maximum.accumulate(height)[:-1]])
        own = _flags(arrays, arrays.delivered[receiver])
        late = np.flatnonzero(self.asked_first & own[self.payloads] & (before > height))
        if not len(late):
            return ()
        place = int(late[np.argmin(self.place[late])])
        cause = first(height[:place] == before[place])
        assert cause is not None
        return int(self.payloads[place]), int(self.payloads[cause])


def weak_total_order(arrays: Arrays) -> Witness | None:
    """The first change of view whose makers have no common order."""
    moves = arrays.moves
    for made in moves.together.values():
        each = [moves.sequence(move) for move in _firsts(made)]
        shown = _crossing([numbers(sequence) for sequence in each]) if len(set(each)) > 1 else ()
        if shown:
            parts = windows(arrays, {move.place: move.number for move in _firsts(made)})
            return WEAK_TOTAL_ORDER.judge(only(parts, {arrays.payloads[payload] for payload in shown}))
    return None


def _firsts(made: list[RowMove]) -> list[RowMove]:
    """The first of the moves of each life."""
    found: dict[int, RowMove] = {}
    for move in made:
        found.setdefault(move.place, move)
    return list(found.values())


def _crossing(sequences: list[Ints]) -> tuple[int, ...]:
    """As `crossing`, of short sequences among very many payloads."""
    payloads, back = np.unique(np.concatenate(sequences), return_inverse=True)
    parts = np.split(back.astype(np.int32), np.cumsum([len(sequence) for sequence in sequences])[:-1])
    return tuple(int(payloads[each]) for each in crossing(parts, len(payloads)))


def two_in_one_change(arrays: Arrays) -> bool:
    """The goal of weak total order."""
    moves = arrays.moves
    return any(sum(moves.count(move) > 1 for move in _firsts(made)) > 1 for made in moves.together.values())


def reliable_total_order(arrays: Arrays) -> Witness | None:
    """The first two processes whose sequences in one view part."""
    sequences = arrays.moves.by_view
    longest: dict[int, bytes] = {}
    for each in sequences:
        for view, sequence in each.items():
            if len(sequence) > len(longest.get(view, b"")):
                longest[view] = sequence
    parted = {view for each in sequences for view, sequence in each.items() if not longest[view].startswith(sequence)}
    for one, other in combinations(range(len(sequences)), 2) if parted else ():
        pairs = [(sequences[one].get(view, b""), sequences[other].get(view, b"")) for view in parted]
        if any(not (mine.startswith(theirs) or theirs.startswith(mine)) for mine, theirs in pairs):
            return RELIABLE_TOTAL_ORDER.judge(these(arrays, (one, other)))
    return None


def two_in_one_view(arrays: Arrays) -> bool:
    """The goal of reliable total order."""
    seen: set[int] = set()
    for each in arrays.moves.by_view:
        several = {view for view, sequence in each.items() if len(sequence) > SIZE}
        if not seen.isdisjoint(several):
            return True
        seen |= several
    return False
