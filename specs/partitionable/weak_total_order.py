"""Weak total order: those who stay together agree on the order; others may have another one."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

from groupy_check.groupy_model.effects import View
from groupy_check.groupy_model.observations import Delivered, History, Installed, Life
from groupy_check.groupy_model.verdict import Kind, Witness
from groupy_check.specs.order import crossed
from groupy_check.specs.property import Property
from groupy_check.specs.sources import CKV


def moved_together(history: History) -> dict[tuple[View, View], list[Life]]:
    """By two views, those who went from the one to the other, each with what it delivered in the older one as its log.

    Who made the same change several times, which no correct one does, is there with the first.
    """
    found = defaultdict[tuple[View, View], dict[int, Life]](dict)
    for life in history.lives:
        for change in life.view_changes:
            log = tuple(map(Delivered, change.delivered))
            found[change.older, change.newer].setdefault(life.node, replace(life, log=log))
    return {views: list(lives.values()) for views, lives in found.items()}


def _weak_total_order(history: History) -> Witness | None:
    """For each change of view there is one order in which all who made it delivered what they delivered in the older view."""
    for (older, newer), lives in moved_together(history).items():
        witness = crossed(lives)
        if witness:
            text = f"{witness.text}, and both moved from {older} to {newer}"
            return Witness(text, witness.processes, witness.payloads, (older, newer))
    return None


def _two_in_one_view(history: History) -> bool:
    moved = moved_together(history).values()
    return any(sum(len(set(life.delivered)) > 1 for life in lives) > 1 for lives in moved)


WEAK_TOTAL_ORDER = Property(
    name="weak-total-order",
    kind=Kind.SAFETY,
    sentence="processes that both go from view V to view W deliver what they both deliver in V in the same order",
    source=CKV,
    needs=frozenset({Delivered, Installed}),
    judge=_weak_total_order,
    goal=_two_in_one_view,
    goal_text="two processes moved together, and each had delivered two payloads in the older view",
)
