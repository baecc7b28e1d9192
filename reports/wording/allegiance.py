"""Whom a process takes for the leader, and where in a run that changes."""

from __future__ import annotations

from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.show import parts_of, role_of
from groupy_check.groupy_model.trace import Trace, TraceStep

LEADER = "leader"  # the role, and what whoever follows one calls it in its state


def allegiance(trace: Trace, step: TraceStep) -> str:
    """Return whom the process of `step` takes for the leader from then on: `follows p2`, or itself: `leads`.

    Return "" if that is who it was before, or nobody.
    """
    node = step.process
    if node is None or step.crashes:
        return ""
    before, after = (_leader(node, trace.states[k].processes[node - 1].local) for k in (step.number - 1, step.number))
    if after in (before, None):
        return ""
    return "leads" if after == node else f"follows {after}"


def _leader(me: Node, local: object) -> Node | None:
    named = (value for name, value in parts_of(local).items() if name.lower() == LEADER and isinstance(value, Node))
    return next(named, me if role_of(local) == LEADER else None)
