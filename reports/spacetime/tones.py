"""The colours of a run: one for each payload and one for each view, in the order in which the run meets them."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

from groupy_check.groupy_model.actions import Handle
from groupy_check.groupy_model.effects import Deliver, Install, View
from groupy_check.groupy_model.events import Multicast
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.observations import Installed
from groupy_check.groupy_model.payloads import Gap
from groupy_check.groupy_model.trace import Trace
from groupy_check.reports.spacetime.palette import PAYLOAD_COLOURS, VIEW_COLOURS, pick

LONG_ROW = 5  # members


@dataclass(frozen=True, slots=True)
class Tones:
    """The colour of each payload and each view."""

    payloads: dict[Hashable, str]
    views: dict[View, str]


def payload_colours(trace: Trace) -> dict[Hashable, str]:
    """Return one colour per payload, in the order of their first multicast or delivery."""
    found: dict[Hashable, str] = {}
    for step in trace.steps:
        if isinstance(step.action, Handle) and isinstance(step.action.event, Multicast):
            found.setdefault(step.action.event.payload, pick(PAYLOAD_COLOURS, len(found)))
        for effect in step.done:
            if isinstance(effect, Deliver) and not isinstance(effect.payload, Gap):
                found.setdefault(effect.payload, pick(PAYLOAD_COLOURS, len(found)))
    return found


def view_colours(trace: Trace) -> dict[View, str]:
    """Return one colour per view: initial views first, then in the order of installation."""
    found: dict[View, str] = {}
    views = [first_view(trace, node) for node in trace.nodes]
    views += [effect.view for step in trace.steps for effect in step.done if isinstance(effect, Install)]
    for view in views:
        if view is not None:
            found.setdefault(view, pick(VIEW_COLOURS, len(found)))
    return found


def view_text(view: View) -> str:
    """Return `view` as in a box: a long row of neighbours is a range, `v5 {p1..p6}`."""
    low, high = min(view.members, default=Node(1)), max(view.members, default=Node(1))
    if len(view.members) >= LONG_ROW and view.members == tuple(Node(i) for i in range(low, high + 1)):
        return f"v{view.id} {{{low}..{high}}}"
    return str(view)


def first_view(trace: Trace, node: Node) -> View | None:
    """Return the initial view of `node`; None if it has none, or if the trace was recorded without views."""
    log = trace.states[0].processes[node - 1].log
    return next((entry.view for entry in reversed(log) if isinstance(entry, Installed)), None)
