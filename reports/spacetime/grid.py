"""The positions of the columns, rows and marks of a space-time diagram."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.show import show
from groupy_check.groupy_model.trace import Fate, Flight
from groupy_check.reports.spacetime.palette import balance, shorten, text_height, text_width, wrap
from groupy_check.reports.spacetime.reading import Mark, Reading, StepMarks, delivered_by_view
from groupy_check.reports.spacetime.shapes import LABEL_LIMIT, LABEL_SIZE, Box, Line
from groupy_check.reports.spacetime.tones import first_view, view_text

MARGIN = 12.0  # around everything
HEADER_Y = 58.0
HEADER_HEIGHT = 24.0
MARK_GAP = 7.0  # between two marks of one step
ROW_GAP = 36.0  # between the marks of one row and those of the next
ROW_PITCH = 50.0
QUEUE_PITCH = 17.0  # between the labels of two messages still queued at the end
REFUSAL_PITCH = 18.0  # more where the label comes with the reason why it is queued
QUEUE_GAP = 14.0  # between these labels and the lifeline
LINE_PITCH = 15.0  # between two texts in the margin
COLUMN_PITCH = 150.0
MARGIN_LIMIT = 260.0
STUB_LENGTH = 30.0  # before its text, at least
LABEL_WRAP = 110.0  # a longer label has two lines, unless it is queued
MARK_LIMIT = 190.0
STRIP_LIMIT = 190.0
STRIP_GAP = 10.0  # between two strips
BOX_SIZE = 11.0
POINT_SIZES = {
    "multicast": 12.0, "send": 8.0, "down": 18.0, "suspect": 22.0, "spurious": 22.0, "timeout": 12.0,
    "join": 10.0, "leave": 12.0, "recover": 14.0,
}  # fmt: skip
DIAMONDS = ("down", "suspect", "spurious")
CROSSES = ("crash", "halt")
CROSS_SIZE = 16.0


@dataclass(frozen=True, slots=True)
class Spacing:
    """Extra space on top of the normal distances: below each row (index 0: above the first row), and between columns."""

    rows: tuple[float, ...]
    columns: float = 0.0

    def grown(self, crowded: Sequence[int], more: float = 18.0) -> Spacing:
        """Return a spacing with `more` room below the `crowded` rows and a little more between all columns."""
        rows = tuple(extra + (more if row in crowded else 0.0) for row, extra in enumerate(self.rows))
        return replace(self, rows=rows, columns=self.columns + 2.0)


@dataclass(frozen=True, slots=True)
class Grid:
    """Positions: `x` per process, `y[r]` per row; lifelines run from `y[0]` to `bottom`; `marks[step, index]` are boxes."""

    reading: Reading
    x: dict[Node, float]
    y: tuple[float, ...]
    bottom: float
    marks: dict[tuple[int, int], Box]

    def row_of(self, step: int) -> int:
        """Return the row of step `step`; 0 for whatever precedes the first step."""
        return self.reading.cells[step - 1].row if step else 0

    def struck(self, line: Line) -> list[Box]:
        """Return the marks behind which `line` passes without beginning or ending there."""
        low, high = min(line.x1, line.x2), max(line.x1, line.x2)
        near = (box for box in self.marks.values() if box.right > low and box.left < high and line.y1 < box.bottom)
        hit = (box for box in near if line.crosses(box))
        return [box for box in hit if not box.touches(line.x1, line.y1) and not box.touches(line.x2, line.y2)]

    def marks_of(self, node: Node) -> Iterator[tuple[int, Mark, Box]]:
        """Yield the marks of `node` from top to bottom, each with its step and its box."""
        for cell in self.reading.cells:
            if cell.node == node:
                yield from ((cell.step, mark, self.marks[cell.step, index]) for index, mark in enumerate(cell.marks))

    def end_of(self, node: Node, step: int) -> Box | None:
        """Return the last cross of `node` up to `step`; None if it did not end before."""
        crosses = [box for number, mark, box in self.marks_of(node) if mark.kind in CROSSES and number <= step]
        return crosses[-1] if crosses else None


def make_grid(reading: Reading, spacing: Spacing) -> Grid:
    """Return the grid of `reading` with `spacing`."""
    x, y = columns(reading, spacing.columns), rows(reading, spacing)
    marks = {}
    for cell in reading.cells:
        if cell.node is not None:
            for index, offset in enumerate(offsets(cell)):
                marks[cell.step, index] = mark_box(cell, index, x[cell.node], y[cell.row] + offset)
    descent = max((depth(cell) for cell in reading.cells if cell.row == reading.rows), default=0.0)
    return Grid(reading, x, y, y[-1] + descent + _room_below(reading) + spacing.rows[-1], marks)


def _room_below(reading: Reading) -> float:
    """Return the room needed below the last row, for messages still in flight and for those that vanish there."""
    vanishing = any(flight.fate is Fate.UNDELIVERABLE for flight in reading.trace.flights)
    flights = reading.trace.flights
    heights = [
        sum(QUEUE_PITCH + (REFUSAL_PITCH if refusal_text(reading, flights[index]) else 0.0) for index in waiting)
        for waiting in queues(reading).values()
    ]
    return max(56.0 if vanishing else 28.0, max(heights, default=-40.0) + 40.0)


# --- marks ----------------------------------------------------------------------------------------------------------


def mark_size(mark: Mark) -> tuple[float, float]:
    """Return the width and height of a mark."""
    if mark.kind in CROSSES:
        return CROSS_SIZE, CROSS_SIZE
    if mark.kind in POINT_SIZES:
        return POINT_SIZES[mark.kind], POINT_SIZES[mark.kind]
    return text_width(shorten(mark.text, BOX_SIZE, MARK_LIMIT), BOX_SIZE) + 14.0, 20.0


def mark_box(cell: StepMarks, index: int, x: float, y: float) -> Box:
    """Return the box of mark `index` of `cell`."""
    mark = cell.marks[index]
    width, height = mark_size(mark)
    text = shorten(mark.text, BOX_SIZE, MARK_LIMIT)
    name = f"{mark.kind}-{cell.step}-{index}"
    return Box(name, mark.kind, x, y, width, height, text, BOX_SIZE, mark.colour, cell.dim, tip=mark.text or cell.words)


def offsets(cell: StepMarks) -> list[float]:
    """Return how far the centre of each mark lies below that of the first."""
    heights = [mark_size(mark)[1] for mark in cell.marks]
    found = [0.0] if heights else []
    for above, below in pairwise(heights):
        found.append(found[-1] + (above + below) / 2 + MARK_GAP)
    return found


def depth(cell: StepMarks) -> float:
    """Return the distance from the row's y to the bottom of the last mark."""
    return offsets(cell)[-1] + mark_size(cell.marks[-1])[1] / 2 if cell.marks else 8.0


def rise(cell: StepMarks) -> float:
    """Return the distance from the row's y up to the top of the first mark, or of the stubs above it."""
    if not cell.marks:
        return 8.0
    most = max((sum(stub.side == side for stub in cell.stubs) for side in (-1, 1)), default=0)
    return max(mark_size(cell.marks[0])[1] / 2, (most - 0.5) * stub_pitch(cell) - offsets(cell)[cell.stub_exit])


def stub_pitch(cell: StepMarks) -> float:
    """Return the height that the text of one stub of `cell` needs."""
    return max((text_height(stub.text, LABEL_SIZE) + 4.0 for stub in cell.stubs), default=0.0)


# --- rows and columns -----------------------------------------------------------------------------------------------


def rows(reading: Reading, spacing: Spacing) -> tuple[float, ...]:
    """Return the y of every row, preceded by the top of the lifelines."""
    has_views = any(first_view(reading.trace, node) for node in reading.nodes)
    found = [HEADER_Y + HEADER_HEIGHT / 2]
    below, above = 28.0 if has_views else 0.0, 0.0
    for row in range(1, reading.rows + 1):
        cells = [cell for cell in reading.cells if cell.row == row]
        above = max(map(rise, cells))
        pitch = max(below + ROW_GAP + above, ROW_PITCH if row > 1 else 0.0)
        found.append(found[-1] + pitch + spacing.rows[row - 1])
        below = max(*map(depth, cells), len(cells) * LINE_PITCH - ROW_GAP)
    return tuple(found)


def columns(reading: Reading, more: float) -> dict[Node, float]:
    """Return the x of every process: columns are as far apart as their boxes and the labels between them require."""
    half = {node: _half_width(reading, node) for node in reading.nodes}
    x = MARGIN + margin_width(reading) + 24.0 + more + max(half[reading.nodes[0]], 36.0)
    found = {reading.nodes[0]: x}
    for left, right in pairwise(reading.nodes):
        queued = queue_width(reading, left, 1) + queue_width(reading, right, -1) + half[left] + half[right] + 40.0
        labelled = _widest_label(reading, left, right) + 36.0
        strips = (strip_width(reading, left) + strip_width(reading, right)) / 2 + STRIP_GAP
        x += max(COLUMN_PITCH, half[left] + half[right] + 14.0, queued, labelled, strips) + more
        found[right] = x
    return found


def margin_width(reading: Reading) -> float:
    """Return the width of the margin texts."""
    return max((text_width(margin_text(cell), LABEL_SIZE) for cell in reading.cells), default=0.0)


def margin_text(cell: StepMarks) -> str:
    """Return a step's number and words, the number right-aligned (a digit is as wide as two spaces)."""
    number = str(cell.step).replace(" ", "")
    return f"{'  ' * (2 - len(number))}{number}  {shorten(cell.words, LABEL_SIZE, MARGIN_LIMIT)}"


def _half_width(reading: Reading, node: Node) -> float:
    view = first_view(reading.trace, node)
    marks = [mark for cell in reading.cells if cell.node == node for mark in cell.marks]
    marks += [Mark("install", view_text(view))] if view else []
    widest = max((mark_size(mark)[0] for mark in marks), default=0.0)
    return max(widest, text_width(strip_text(reading, node), LABEL_SIZE) + 16.0, 30.0) / 2


def _widest_label(reading: Reading, left: Node, right: Node) -> float:
    """Return the width of the widest text that may have to fit between two neighbours."""
    flights = reading.trace.flights
    ends = [sorted((flight.source, flight.target)) for flight in flights]
    over = [flight for flight, (low, high) in zip(flights, ends, strict=True) if low <= left and right <= high]
    widths = [text_width(flight_label(f), LABEL_SIZE) for f in over if not f.notice and f.fate is not Fate.IN_FLIGHT]
    for cell in reading.cells:
        sides = {left: 1, right: -1}
        if cell.node in sides:
            widths += [text_width(stub.text, LABEL_SIZE) + STUB_LENGTH for stub in cell.stubs if stub.side == sides[cell.node]]
    return max(widths, default=0.0)


def queues(reading: Reading) -> dict[tuple[Node, int], list[int]]:
    """Return the flights still queued at the end, by process and side of its lifeline (-1 left, 1 right), in sending order."""
    found: dict[tuple[Node, int], list[int]] = {}
    for index, flight in enumerate(reading.trace.flights):
        if flight.fate is Fate.IN_FLIGHT:
            found.setdefault((flight.target, -1 if flight.source < flight.target else 1), []).append(index)
    return found


def queue_width(reading: Reading, node: Node, side: int) -> float:
    """Return the width of the labels of the messages queued for `node` on that side."""
    waiting = queues(reading).get((node, side), [])
    flights = [reading.trace.flights[index] for index in waiting]
    widths = [max(text_width(text, LABEL_SIZE) for text in (flight_label(f), f"{refusal_text(reading, f)} ")) for f in flights]
    return max(widths, default=0.0)


def flight_label(flight: Flight) -> str:
    """Return the text on, or at the end of, the flight's line."""
    if flight.notice:
        return f"{flight.source} is down"
    text = shorten(f"{'copy of ' if flight.copy else ''}{show(flight.message)}", LABEL_SIZE, LABEL_LIMIT)
    if flight.fate is Fate.IN_FLIGHT or text_width(text, LABEL_SIZE) <= LABEL_WRAP:
        return text
    head, bracket, tail = text.partition(" [")  # the members of a view stay together
    return f"{head}\n[{tail}" if bracket else balance(text.split(), LABEL_SIZE, LABEL_WRAP)


def refusal_text(reading: Reading, flight: Flight) -> str:
    """Return why the flight stays queued, "" if it might still be received or plays no part in the violation."""
    if flight.refusal is None or flight not in reading.refused:
        return ""
    why, where = flight.refusal.conditions[0], flight.refusal.where
    if where and text_width(why, LABEL_SIZE) > MARGIN_LIMIT:
        return f"refused at {where}"  # half of a condition says nothing
    return shorten(why, LABEL_SIZE, MARGIN_LIMIT)


def strip_width(reading: Reading, node: Node) -> float:
    """Return the width of the strip of `node`."""
    return max(text_width(strip_text(reading, node), LABEL_SIZE) + 16.0, 60.0)


def strip_text(reading: Reading, node: Node) -> str:
    """Return what `node` delivered in each view: on one line if it fits, otherwise one line per view."""
    views = delivered_by_view(reading.trace, node)
    line = " | ".join(views)
    if text_width(line, LABEL_SIZE) <= STRIP_LIMIT:
        return line
    return "\n".join(wrap(view.split(" "), LABEL_SIZE, STRIP_LIMIT) for view in views)
