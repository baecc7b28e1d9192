"""Safe indications: what a process is told of a payload that all members have."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterator

from groupy_check.groupy_model.effects import View
from groupy_check.groupy_model.observations import Delivered, History, IndicatedSafe, Installed, Life
from groupy_check.groupy_model.show import show
from groupy_check.groupy_model.verdict import Kind, Witness
from groupy_check.specs.logs import correct, deliveries, placed
from groupy_check.specs.property import Property
from groupy_check.specs.sources import CKV


def _safe_indication(history: History) -> Witness | None:
    """Who is told that m is safe is told the truth: every member of the view V delivers m in V, unless it crashes.

    V is the view in which the process delivered m; if it has not delivered it, which is a fault by itself, the one in force.
    Some systems say so when all have received m and will deliver it. So a member that may still do it is not accused: it must
    have gone from V to another view without m, or be correct where the run has come to rest.
    """
    delivered = {life.node: _delivered_in(life) for life in history.lives}
    gone = {life.node: frozenset(life.views[:-1]) for life in history.lives}
    bound = frozenset(life.node for life in correct(history)) if history.at_rest else frozenset()
    for life, payload, view in _told(history):
        for node in view.members:
            owes = node in delivered and (view in gone[node] or node in bound)
            if owes and payload not in delivered[node][view]:
                who = f"{node} itself" if node == life.node else f"{node}"
                text = f"{life.node} was told that {show(payload)} is safe in {view}, but {who} did not deliver it in that view"
                return Witness(text, tuple(dict.fromkeys((life.node, node))), (payload,), (view,))
    return None


def _told(history: History) -> Iterator[tuple[Life, Hashable, View]]:
    """Who is told of which payload that it is safe, and in which view."""
    for life in history.lives:
        first = dict(reversed(deliveries(life)))
        for entry, view in placed(life):
            if isinstance(entry, IndicatedSafe):
                place = first.get(entry.payload, view)
                if place is not None:
                    yield life, entry.payload, place


def _delivered_in(life: Life) -> dict[View | None, set[Hashable]]:
    found = defaultdict[View | None, set[Hashable]](set)
    for payload, view in deliveries(life):
        found[view].add(payload)
    return found


SAFE_INDICATION = Property(
    name="safe-indication",
    kind=Kind.SAFETY,
    sentence="if a process is told that m is safe in view V, every member of V delivers m in V, unless it crashes",
    source=f"safe message indications in {CKV}",
    needs=frozenset({IndicatedSafe, Delivered, Installed}),
    judge=_safe_indication,
    goal=lambda history: any(True for _ in _told(history)),
    goal_text="a process was told in a view that a payload is safe",
    pairwise=True,
)
