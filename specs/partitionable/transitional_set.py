"""Transitional sets: what a process is told of who came with it from its view before."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from groupy_check.groupy_model.effects import View
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.observations import History, Installed, Life, MovedWith
from groupy_check.groupy_model.verdict import Kind, Witness
from groupy_check.specs.property import Property
from groupy_check.specs.sources import CKV


def _moves(life: Life) -> Iterator[tuple[View, View, MovedWith]]:
    """The changes of view with which a transitional set came, and that."""
    older: View | None = None
    newer: View | None = None
    for entry in life.log:
        if isinstance(entry, Installed):
            older, newer = newer, entry.view
        elif isinstance(entry, MovedWith) and older is not None and newer is not None:
            yield older, newer, entry


def _came_from(history: History) -> dict[View, dict[Node, list[View | None]]]:
    """Of each view who installed it, and from which views: None if it was the first."""
    found = defaultdict[View, dict[Node, list[View | None]]](dict)
    for life in history.lives:
        for older, newer in zip((None, *life.views), life.views, strict=False):
            found[newer].setdefault(life.node, []).append(older)
    return found


def _transitional_set(history: History) -> Witness | None:
    """The transitional set is part of both views, and of who installs the newer one, it has exactly those from the same view.

    Of who is not seen to install the newer view nothing is said. A first view is moved to from nowhere.
    """
    came_from = _came_from(history)
    for life in history.lives:
        for older, newer, told in _moves(life):
            for node in told.members:
                if node not in older.members or node not in newer.members:
                    return _wrong(life, node, older, newer, "was told that {} moved with it, which is not in both views")
            for node, views in came_from[newer].items():
                if node in told.members and older not in views:
                    came = f"came from {views[0]}" if views[0] else "had no view before"
                    return _wrong(life, node, older, newer, f"was told that {{}} moved with it, which {came}")
                if node not in told.members and older in views:
                    return _wrong(life, node, older, newer, "was not told that {} moved with it, which did")
    return None


def _wrong(life: Life, node: Node, older: View, newer: View, what: str) -> Witness:
    other = str(node) if node != life.node else "itself"
    text = f"{life.node} went from {older} to {newer} and {what.replace('{}', other)}"  # views are written with braces, too
    return Witness(text, tuple(dict.fromkeys((life.node, node))), (), (older, newer))


def _told(history: History) -> bool:
    return any(True for life in history.lives for _ in _moves(life))


TRANSITIONAL_SET = Property(
    name="transitional-set",
    kind=Kind.SAFETY,
    sentence="the transitional set that comes with view W has exactly those that come to W from the same view",
    source=f"transitional set in {CKV}",
    needs=frozenset({MovedWith, Installed}),
    judge=_transitional_set,
    goal=_told,
    goal_text="a process that went from one view to another was told who moved with it",
    pairwise=True,
)
