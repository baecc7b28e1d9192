"""Initial view event: nothing happens to an application before it knows its group."""

from __future__ import annotations

from groupy_check.groupy_model.observations import Delivered, History, Installed, Sent
from groupy_check.groupy_model.show import show
from groupy_check.groupy_model.verdict import Kind, Witness
from groupy_check.specs.property import Property
from groupy_check.specs.sources import CKV


def _initial_view(history: History) -> Witness | None:
    """What a process multicasts or delivers, it does in a view."""
    for life in history.lives:
        for entry in life.log:
            match entry:
                case Installed():
                    break
                case Sent(payload):
                    text = f"{life.node} multicast {show(payload)} before its first view"
                    return Witness(text, (life.node,), (payload,))
                case Delivered(payload):
                    text = f"{life.node} delivered {show(payload)} before its first view"
                    return Witness(text, (life.node,), (payload,))
    return None


INITIAL_VIEW = Property(
    name="initial-view",
    kind=Kind.SAFETY,
    sentence="a process multicasts and delivers in views only, never before its first one",
    source=f"initial view event in {CKV}",
    needs=frozenset({Sent, Delivered, Installed}),
    judge=_initial_view,
    goal=lambda history: any(isinstance(entry, Sent | Delivered) for life in history.lives for entry in life.log),
    goal_text="a process multicast or delivered a payload",
    pairwise=True,
)
