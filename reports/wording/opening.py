"""How a run begins: in which views its processes are, and which part each of them plays."""

from __future__ import annotations

from collections.abc import Hashable

from groupy_check.groupy_model.effects import View
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.observations import Installed
from groupy_check.groupy_model.show import Described, counted, is_noun, role_of
from groupy_check.groupy_model.trace import Trace
from groupy_check.reports.wording.phrases import listed


def opening(trace: Trace) -> str:
    """Return the views in which `trace` starts and the roles of its processes, "" where neither is known."""
    views: dict[View | None, list[Node]] = {}
    roles: dict[str, list[Node]] = {}
    for node, process in zip(trace.nodes[: trace.scenario.founders], trace.states[0].processes, strict=False):
        views.setdefault(next((one.view for one in reversed(process.log) if isinstance(one, Installed)), None), []).append(node)
        roles.setdefault(_part(process.local), []).append(node)
    known = [view for view in views if view is not None]
    cast = listed(_cast(role, nodes) for role, nodes in roles.items()) if len(roles) > 1 else ""
    if known and len(views) > 1:
        apart = listed(f"{listed(nodes)} in {f'view {view}' if view else 'no view'}" for view, nodes in views.items())
        return f"the run starts with {apart}{cast and f', and with {cast}'}"
    view = f" in view {known[0]}" if known else ""
    return f"the run starts{view}{cast and f', with {cast}'}" if view or cast else ""


def turned(local: Hashable, article: str) -> str:
    """Return that a process has come to `local`: `became the leader`, or `moved to Waiting` where that is no noun."""
    part = _part(local)
    return f"became {article} {part}" if is_noun(part) else f"moved to {part}"


def _part(local: object) -> str:
    """Return the role of who is in `local`, or where that is called by no noun, the name of the class as it is."""
    role = role_of(local)
    return role if is_noun(role) or isinstance(local, Described) else type(local).__name__


def _cast(part: str, nodes: list[Node]) -> str:
    """Return who plays `part`: `p1 as leader`, `p2 and p3 as slaves`, `p2 in Waiting`."""
    if not is_noun(part):
        return f"{listed(nodes)} in {part}"
    return f"{listed(nodes)} as {part if len(nodes) == 1 else counted(len(nodes), part).partition(' ')[2]}"
