"""The lifelines of a space-time diagram: one piece per view. Views are told apart by colour, by lightness and by pattern.

While a process is down, its lifeline has a gap.
"""

from __future__ import annotations

from collections.abc import Iterator

from groupy_check.groupy_model.actions import Handle
from groupy_check.groupy_model.events import Join, Start
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.observations import Status
from groupy_check.reports.spacetime.grid import CROSSES, Grid
from groupy_check.reports.spacetime.palette import NO_VIEW
from groupy_check.reports.spacetime.reading import Reading
from groupy_check.reports.spacetime.shapes import Line
from groupy_check.reports.spacetime.tones import first_view

GAP = "gap"
PATTERNS = ("", "stripe", "stripe dashed", "stripe dotted")


def lifeline(grid: Grid, node: Node) -> Iterator[Line]:
    """Yield the lifeline in pieces, one per view, each with the colour and the pattern of the view.

    Before a joiner starts, and between a crash and the recovery, only a faint line guides the eye.
    """
    reading, x, y = grid.reading, grid.x[node], grid.y[0]
    view = first_view(reading.trace, node)
    colour = reading.view_colours[view] if view else NO_VIEW
    if reading.trace.states[0].processes[node - 1].status is Status.ABSENT:
        begin = _beginning(grid, node)
        yield Line(f"absent-{node}", "absent", x, y, x, begin)
        y = begin
    pieces = list(_pieces(grid, node, y, colour)) if y < grid.bottom else []
    for index, (top, bottom, tone) in enumerate(pieces):
        if tone == GAP:
            yield Line(f"gap-{node}-{index}", "absent", x, top, x, bottom)
            continue
        yield Line(f"life-{node}-{index}", "life", x, top, x, bottom, tone)
        pattern = _pattern(reading, tone)
        if pattern:
            yield Line(f"stripe-{node}-{index}", pattern, x, top, x, bottom)


def _pieces(grid: Grid, node: Node, top: float, tone: str) -> Iterator[tuple[float, float, str]]:
    """Yield the top, the bottom and the colour of each piece, which is GAP while the process is down."""
    ended = False
    for _, mark, box in grid.marks_of(node):
        ended = mark.kind in CROSSES
        following = {"install": mark.colour, "recover": NO_VIEW}.get(mark.kind, GAP if ended else tone)
        if following != tone or mark.kind == "install":
            yield top, box.y, tone
            top, tone = box.y, following
    if not ended:
        yield top, grid.bottom, tone


def _pattern(reading: Reading, tone: str) -> str:
    """Return the kind of the stripe on a lifeline of the colour `tone`, "" for none."""
    tones = list(reading.view_colours.values())
    return PATTERNS[tones.index(tone) % len(PATTERNS)] if tone in tones else ""


def _beginning(grid: Grid, node: Node) -> float:
    """Return the y at which a joining process starts; the bottom if it never does."""
    for step in grid.reading.trace.steps:
        if isinstance(step.action, Handle) and step.process == node and isinstance(step.action.event, Join | Start):
            return grid.marks[step.number, 0].y
    return grid.bottom
