"""Messages and notices of a space-time diagram: their lines, the marks at the ends of lines, and their labels."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from math import hypot

from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.trace import Fate, Flight
from groupy_check.reports.spacetime.grid import (
    CROSSES,
    DIAMONDS,
    QUEUE_GAP,
    QUEUE_PITCH,
    REFUSAL_PITCH,
    Grid,
    flight_label,
    queue_width,
    queues,
    refusal_text,
)
from groupy_check.reports.spacetime.palette import text_height, text_width
from groupy_check.reports.spacetime.shapes import LABEL_SIZE, PADDING, Box, LabelRequest, Line
from groupy_check.reports.wording.phrases import flat

Point = tuple[float, float]
Route = tuple[Point, ...]
LOST_SIZE = 13.0
COPY_SIZE = 8.0
NEAR_TARGET = 16.0  # a message that is never received ends this far from the lifeline
DROPS = (34.0, 26.0, 44.0, 52.0)  # how far below its send a message ends that vanishes at once
BEND = 34.0  # how far a message to oneself swings out
FRACTIONS = (0.33, 0.4, 0.27, 0.46, 0.53, 0.2, 0.6, 0.67, 0.74, 0.8, 0.87, 0.13)


def flight_lines(grid: Grid, routes: tuple[Route, ...]) -> list[Line]:
    """Return the line of every flight; a message to oneself has a bend, so two lines."""
    found = []
    for index, (flight, points) in enumerate(zip(grid.reading.trace.flights, routes, strict=True)):
        dim, tip = grid.reading.dim_flight(flight), describe(flight)
        if flight.notice and (dim or flight.fate in (Fate.IN_FLIGHT, Fate.UNDELIVERABLE)):
            continue  # the diamond or the label says it all, or nobody waits for it any more
        for part, ((x1, y1), (x2, y2)) in enumerate(pairwise(points)):
            last = part == len(points) - 2
            name = f"flight-{index}" if last else f"flight-{index}-start"
            found.append(Line(name, flight_kind(flight) + ("" if last else " start"), x1, y1, x2, y2, dim=dim, tip=tip))
    return found


def flight_kind(flight: Flight) -> str:
    """Return the flight as class names for style sheets, such as `message in-flight` or `notice received`."""
    fate = flight.fate.name.lower().replace("_", "-")
    return f"{'notice' if flight.notice else 'message'} {fate}{' copy' if flight.copy else ''}"


def describe(flight: Flight) -> str:
    """Return the flight as a sentence."""
    what = f"notice that {flight.source} has ended" if flight.notice else f"{flat(flight.message)} from {flight.source}"
    return f"{what} to {flight.target}: {flight.fate.value}{f' ({flight.refusal})' if flight.refusal else ''}"


def flight_marks(grid: Grid, routes: tuple[Route, ...]) -> Iterator[Box]:
    """Yield a cross for each lost message, and a small circle where the network makes a copy."""
    for index, (flight, points) in enumerate(zip(grid.reading.trace.flights, routes, strict=True)):
        dim, tip = grid.reading.dim_flight(flight), describe(flight)
        if flight.fate is Fate.LOST:
            yield Box(f"lost-{index}", "lost", *points[-1], LOST_SIZE, LOST_SIZE, dim=dim, tip=tip)
        if flight.copy:
            yield Box(f"copy-{index}", "copy", *points[0], COPY_SIZE, COPY_SIZE, dim=dim, tip=tip)


def flight_labels(grid: Grid, lines: list[Line]) -> Iterator[LabelRequest]:
    """Yield the labels of all messages not queued at the end; each goes wherever there is room on its line."""
    by_name = {line.id: line for line in lines}
    for index, flight in enumerate(grid.reading.trace.flights):
        if not flight.notice and flight.fate is not Fate.IN_FLIGHT:
            line, row = by_name[f"flight-{index}"], grid.row_of(flight.sent_at)
            kind, text = f"label {flight_kind(flight)}", flight_label(flight)
            yield LabelRequest(f"label-{index}", kind, text, _along(line, text), row, line.id, line.dim, line.tip)


def _along(line: Line, text: str) -> tuple[tuple[float, float, float], ...]:
    """Return spots on `line`, the best first, and others just above and below it, where it may hide nothing.

    Later ones are preferred, since lines from the same point have diverged there.
    """
    best, across = FRACTIONS[0], abs(line.x2 - line.x1)
    slope = min(abs(line.y2 - line.y1) / across, 1.0) if across else 1.0
    away = text_height(text, LABEL_SIZE) / 2 + slope * text_width(text, LABEL_SIZE) / 2 + 4.0
    spots = [(max(6 * (part - best), 12 * (best - part)), *line.at(part)) for part in FRACTIONS]
    beside = [(cost + 2.0, x, y + side * away) for side in (-1, 1) for cost, x, y in spots]
    aside = text_width(text, LABEL_SIZE) / 2 + 8.0
    sideways = [(cost + 1.5, x + side * aside, y) for side in (1, -1) for cost, x, y in spots]
    return (*spots, *beside, *sideways)


def queue_labels(grid: Grid) -> Iterator[Box]:
    """Yield the labels of messages still in flight at the end, stacked beside the lifeline of their target."""
    for (node, side), waiting in queues(grid.reading).items():
        outer = grid.x[node] + side * (QUEUE_GAP + queue_width(grid.reading, node, side))
        flush, y = f"flush-{'right' if side > 0 else 'left'}", grid.bottom - 10.0
        for index in reversed(waiting):
            flight = grid.reading.trace.flights[index]
            why, tip = refusal_text(grid.reading, flight), describe(flight)
            if why:
                width = text_width(why, LABEL_SIZE) + 2 * PADDING
                yield Box(f"refusal-{index}", "refusal", outer - side * width / 2, y, width, 15.0, why, tip=tip)
                y -= REFUSAL_PITCH
            text, dim = flight_label(flight), grid.reading.dim_flight(flight)
            width, kind = text_width(text, LABEL_SIZE), f"label {flight_kind(flight)} {'refused ' if why else ''}{flush}"
            yield Box(f"label-{index}", kind, outer - side * width / 2, y, width, 14.0, text, dim=dim, tip=tip)
            y -= QUEUE_PITCH


def struck_rows(grid: Grid, lines: list[Line]) -> list[int]:
    """Return, for each line that passes behind an unrelated mark, the row that should be taller."""
    found = []
    for line in lines:
        for box in grid.struck(line):
            row = grid.row_of(int(box.id.split("-")[1]))
            below = line.at((box.x - line.x1) / (line.x2 - line.x1))[1] > box.y if line.x1 != line.x2 else False
            # More room above the row would move the mark and a line that begins in the row together.
            found.append(row if (below or line.y1 >= grid.y[row]) and line.y2 > box.bottom else row - 1)
    return found


# --- routes ---------------------------------------------------------------------------------------------------------


def all_routes(grid: Grid) -> tuple[Route, ...]:
    """Return, for each flight, the points of its line."""
    return tuple(_route(grid, index, flight) for index, flight in enumerate(grid.reading.trace.flights))


def _route(grid: Grid, index: int, flight: Flight) -> Route:
    begin = _begin(grid, index, flight)
    finish = _finish(grid, index, flight, begin)
    if flight.source == flight.target:
        return begin, (begin[0] + BEND, (begin[1] + finish[1]) / 2), finish
    return begin, finish


def _begin(grid: Grid, index: int, flight: Flight) -> Point:
    x, sent = grid.x[flight.source], flight.sent_at
    height = grid.y[grid.row_of(sent)]
    if flight.copy:
        return _between(grid, flight.source, flight.target)[0], height
    if flight.notice:
        end = grid.end_of(flight.source, sent)
        return x, end.y if end else height
    if not sent:
        return x, height
    earlier = sum(f.sent_at == sent and not f.notice for f in grid.reading.trace.flights[:index])
    return x, grid.marks[sent, grid.reading.cells[sent - 1].exits[earlier]].y


def _finish(grid: Grid, index: int, flight: Flight, begin: Point) -> Point:
    target = grid.x[flight.target]
    side = -1.0 if flight.source >= flight.target else 1.0  # a message to oneself comes back from the right
    height = grid.y[grid.row_of(flight.ended_at or 0)]
    match flight.fate:
        case Fate.RECEIVED | Fate.IGNORED:
            assert flight.ended_at is not None
            mark = grid.marks[flight.ended_at, 0]
            return border(mark, begin) if flight.source != flight.target else (mark.right, mark.y)
        case Fate.LOST:
            return _clear(grid, begin, [(x, height) for x in _between(grid, flight.source, flight.target)])
        case Fate.UNDELIVERABLE:
            heights = [height] if height > begin[1] + DROPS[0] else [begin[1] + drop for drop in DROPS]
            return _clear(grid, begin, [(target - side * NEAR_TARGET, y) for y in heights])
        case Fate.IN_FLIGHT:
            label = next(box for box in queue_labels(grid) if box.id == f"label-{index}")
            return (label.left - 3.0 if label.x < target else label.right + 3.0), label.y


def _between(grid: Grid, source: Node, target: Node) -> list[float]:
    """Return the middles of the gaps between two processes: nearest to half-way first, and of two the nearer to `target`."""
    low, high = sorted((grid.x[source], grid.x[target]))
    middles = [(left + right) / 2 for left, right in pairwise(sorted(grid.x.values())) if low <= left and right <= high]
    half = (low + high) / 2
    return sorted(middles, key=lambda x: (round(abs(x - half) / 40), abs(x - grid.x[target]))) or [half + BEND]


def border(mark: Box, begin: Point) -> Point:
    """Return the point where a line from `begin` to the middle of `mark` meets the border of the mark."""
    x, y = begin[0] - mark.x, begin[1] - mark.y
    across, down = abs(x) / (mark.width / 2), abs(y) / (mark.height / 2)
    reach = (
        across + down
        if mark.kind in DIAMONDS
        else max(across, down)
        if mark.text or mark.kind in CROSSES
        else hypot(across, down)
    )
    return mark.x + x / max(reach, 1.0), mark.y + y / max(reach, 1.0)


def _clear(grid: Grid, begin: Point, ends: list[Point]) -> Point:
    """Return the first of `ends` that a line from `begin` reaches without passing behind a mark, or else the first one."""
    free = (end for end in ends if not grid.struck(Line("", "", *begin, *end)))
    return next(free, ends[0])
