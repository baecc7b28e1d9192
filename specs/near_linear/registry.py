"""Which property is judged how: near-linearly where its definition is not, else by the definition."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import combinations
from types import MappingProxyType

import numpy as np

from groupy_check.groupy_model.observations import Adopted, Delivered, History, IndicatedSafe, Sent, Status
from groupy_check.groupy_model.verdict import Witness
from groupy_check.specs.near_linear import delivery, order, partitionable, synchrony, views
from groupy_check.specs.near_linear.arrays import Arrays
from groupy_check.specs.near_linear.rows import NEVER
from groupy_check.specs.property import Property

LONG: frozenset[type] = frozenset({Sent, Delivered, Adopted, IndicatedSafe})  # what makes a history long


@dataclass(frozen=True, slots=True)
class NearLinear:
    """The judge of a property and its goal, on arrays; None: the definition's own, which is quick enough."""

    judge: Callable[[Arrays], Witness | None]
    goal: Callable[[Arrays], bool] | None = None


def _delivered(arrays: Arrays) -> bool:
    return any(map(len, arrays.delivered))


def _delivered_by_the_correct(arrays: Arrays) -> bool:
    return any(len(arrays.delivered[place]) for place in arrays.correct)


def _delivered_by_the_dead(arrays: Arrays) -> bool:
    lives = zip(arrays.history.lives, arrays.delivered, strict=True)
    return any(len(delivered) and life.status is Status.CRASHED for life, delivered in lives)


def _sent_by_the_correct(arrays: Arrays) -> bool:
    return any(len(arrays.rows[place].sent) for place in arrays.correct)


def _two_shared(arrays: Arrays) -> bool:
    return any(len(order.common(arrays, *pair)[0]) > 1 for pair in combinations(arrays.correct, 2))


def _two_shared_with_the_dead(arrays: Arrays) -> bool:
    dead = [life.status is Status.CRASHED for life in arrays.history.lives]
    pairs = combinations(range(len(dead)), 2)
    return any((dead[a] or dead[b]) and len(order.common(arrays, a, b)[0]) > 1 for a, b in pairs)


def _two_each(arrays: Arrays) -> bool:
    pairs = combinations(arrays.correct, 2)
    return any(min(map(len, order.since_first_common_view(arrays, *pair))) > 1 for pair in pairs)


def _two_of_one_sender(arrays: Arrays) -> bool:
    asked = [sent for sent in arrays.asked if len(sent) > 1]
    return any(np.count_nonzero(at[sent] != NEVER) > 1 for at in arrays.had_at for sent in asked)


JUDGES: Mapping[str, NearLinear] = MappingProxyType({
    "integrity": NearLinear(delivery.integrity, _delivered),
    "validity": NearLinear(delivery.validity, _sent_by_the_correct),
    "agreement": NearLinear(delivery.agreement, _delivered_by_the_correct),
    "uniform-agreement": NearLinear(delivery.uniform_agreement, _delivered_by_the_dead),
    "total-order": NearLinear(order.total_order, _two_shared),
    "prefix-order": NearLinear(order.prefix_order, _two_each),
    "uniform-total-order": NearLinear(order.uniform_total_order, _two_shared_with_the_dead),
    "fifo": NearLinear(order.fifo, _two_of_one_sender),
    "causal": NearLinear(order.causal, order.one_from_another),
    "view-agreement": NearLinear(views.view_agreement),
    "accuracy": NearLinear(views.accuracy),
    "primary-partition": NearLinear(views.primary_partition),
    "virtual-synchrony": NearLinear(synchrony.virtual_synchrony, synchrony.moved_together),
    "same-view-delivery": NearLinear(synchrony.same_view_delivery, synchrony.shared_over_a_change),
    "sending-view-delivery": NearLinear(synchrony.sending_view_delivery, synchrony.sent_over_a_change),
    "no-duplication": NearLinear(partitionable.no_duplication),
    "reliable-fifo": NearLinear(partitionable.reliable_fifo, partitionable.two_of_one_view),
    "reliable-causal": NearLinear(partitionable.reliable_causal, partitionable.one_from_another_in_a_view),
    "causal-in-view": NearLinear(partitionable.causal_in_view, partitionable.one_from_another_in_a_view),
    "weak-total-order": NearLinear(partitionable.weak_total_order, partitionable.two_in_one_change),
    "reliable-total-order": NearLinear(partitionable.reliable_total_order, partitionable.two_in_one_view),
    "state-transfer": NearLinear(synchrony.state_transfer, synchrony.state_can_be_compared),
})  # fmt: skip


def judged(wanted: Property, arrays: Arrays) -> Witness | None:
    """The definition's verdict on the history in `arrays`."""
    near = JUDGES.get(wanted.name)
    if near is not None:
        return near.judge(arrays)
    return wanted.judge(arrays.history if wanted.needs & LONG else arrays.skeleton)


SHORT = 200  # entries of logs; a shorter history is judged faster by the definitions


class _Latest:
    """The arrays of the history that was asked for last: of one history, many properties are judged."""

    def __init__(self) -> None:
        self._history: History | None = None
        self._arrays: Arrays | None = None

    def arrays(self, history: History) -> Arrays | None:
        """The arrays of `history`; None if it is too short for that to pay."""
        if history is not self._history:
            long = sum(len(life.log) for life in history.lives) >= SHORT
            self._history, self._arrays = history, Arrays(history) if long else None
        return self._arrays


def near_linear(properties: Iterable[Property]) -> list[Property]:
    """The same built-in `properties`, with the same verdicts, for histories that become long."""
    latest = _Latest()
    return [_near_linear(wanted, latest) for wanted in properties]


def _near_linear(wanted: Property, latest: _Latest) -> Property:
    def judge(history: History) -> Witness | None:
        arrays = latest.arrays(history)
        return wanted.judge(history) if arrays is None else judged(wanted, arrays)

    def goal(history: History) -> bool:
        arrays = latest.arrays(history)
        return wanted.goal(history) if arrays is None else exercised(wanted, arrays)

    return replace(wanted, judge=judge, goal=goal)


def exercised(wanted: Property, arrays: Arrays) -> bool:
    """The definition's goal on the history in `arrays`."""
    near = JUDGES.get(wanted.name)
    if near is not None and near.goal is not None:
        return near.goal(arrays)
    return wanted.goal(arrays.history if wanted.needs & LONG else arrays.skeleton)
