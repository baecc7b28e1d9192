"""Reliable total order: within a view, the order has no gaps."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable
from itertools import combinations

from groupy_check.groupy_model.effects import View
from groupy_check.groupy_model.observations import Delivered, History, Installed, Life
from groupy_check.groupy_model.show import show
from groupy_check.groupy_model.verdict import Kind, Witness
from groupy_check.specs.logs import deliveries, once
from groupy_check.specs.property import Property
from groupy_check.specs.sources import CKV


def by_view(life: Life) -> dict[View, tuple[Hashable, ...]]:
    """What the process delivered in each of its views, each payload where it was delivered first."""
    found = defaultdict[View, list[Hashable]](list)
    for payload, view in deliveries(life):
        if view is not None:
            found[view].append(payload)
    return {view: once(payloads) for view, payloads in found.items()}


def _reliable_total_order(history: History) -> Witness | None:
    """Of what two processes delivered in one view, one sequence is a prefix of the other."""
    sequences = [(life.node, by_view(life)) for life in history.lives]
    for (one, mine), (other, theirs) in combinations(sequences, 2):
        for view, payloads in mine.items():
            for number, (a, b) in enumerate(zip(payloads, theirs.get(view, ()), strict=False), start=1):
                if a != b:
                    text = f"{one} delivered {show(a)} where {other} delivered {show(b)} (delivery {number} of each in {view})"
                    return Witness(text, (one, other), (a, b), (view,))
    return None


def _two_in_one_view(history: History) -> bool:
    sequences = [by_view(life) for life in history.lives]
    pairs = combinations(sequences, 2)
    return any(len(payloads) > 1 and len(theirs.get(view, ())) > 1 for mine, theirs in pairs for view, payloads in mine.items())


RELIABLE_TOTAL_ORDER = Property(
    name="reliable-total-order",
    kind=Kind.SAFETY,
    sentence="of what two processes deliver in one view, one sequence is a prefix of the other",
    source=CKV,
    needs=frozenset({Delivered, Installed}),
    judge=_reliable_total_order,
    goal=_two_in_one_view,
    goal_text="two processes delivered two payloads each in one view",
    pairwise=True,
)
