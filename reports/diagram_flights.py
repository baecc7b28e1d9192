"""Messages and notices of a space-time diagram: their lines, what stands at the ends of these, and their labels."""

from __future__ import annotations

from groupy_model.trace import Fate, Flight
from reports.diagram_grid import Grid, flight_label
from reports.diagram_shapes import Box, Line, Wish

Point = tuple[float, float]
LOST_SIZE = 13.0
COPY_SIZE = 8.0
NEAR_TARGET = 16.0  # what is never received ends so far from the lifeline
WAITING_PITCH = 26.0  # and the next one that waits there so much further
BEND = 34.0  # how far a message to oneself swings out

NEAR_SOURCE = (0.33, 0.4, 0.27, 0.46, 0.53, 0.2, 0.6, 0.67, 0.74, 0.8, 0.87, 0.13)
NEAR_END = (0.86, 0.8, 0.92, 0.74, 0.68, 0.6, 0.53, 0.46, 0.4, 0.33, 0.27, 0.2, 0.13)


def flight_lines(grid: Grid) -> list[Line]:
    """The line of every flight; one to oneself has a bend, so two lines."""
    found = []
    for index, flight in enumerate(grid.reading.trace.flights):
        points = route(grid, index)
        dim, tip = grid.reading.dim_flight(flight), describe(flight)
        for part, ((x1, y1), (x2, y2)) in enumerate(zip(points, points[1:], strict=False)):
            last = part == len(points) - 2
            name = f"flight-{index}" if last else f"flight-{index}-start"
            found.append(Line(name, flight_kind(flight) + ("" if last else " start"), x1, y1, x2, y2, dim=dim, tip=tip))
    return found


def flight_kind(flight: Flight) -> str:
    """The flight in words for style sheets, such as `message in-flight` or `notice received`."""
    fate = flight.fate.name.lower().replace("_", "-")
    return f"{'notice' if flight.notice else 'message'} {fate}{' copy' if flight.copy else ''}"


def describe(flight: Flight) -> str:
    """The flight in a sentence."""
    what = f"notice that {flight.source} has ended" if flight.notice else f"{flight_label(flight)} from {flight.source}"
    return f"{what} to {flight.target}: {flight.fate.value}"


def flight_marks(grid: Grid) -> list[Box]:
    """The crosses of what is lost, and the small circles where the network's copies come from."""
    found = []
    for index, flight in enumerate(grid.reading.trace.flights):
        dim, points = grid.reading.dim_flight(flight), route(grid, index)
        if flight.fate is Fate.LOST:
            x, y = points[-1]
            found.append(Box(f"lost-{index}", "lost", x, y, LOST_SIZE, LOST_SIZE, dim=dim, tip=describe(flight)))
        if flight.copy:
            x, y = points[0]
            found.append(Box(f"copy-{index}", "copy", x, y, COPY_SIZE, COPY_SIZE, dim=dim, tip=describe(flight)))
    return found


def flight_labels(grid: Grid, lines: list[Line]) -> list[Wish]:
    """The labels of all messages, wherever on their lines there is room."""
    by_name = {line.id: line for line in lines}
    found = []
    for index, flight in enumerate(grid.reading.trace.flights):
        if not flight.notice:
            waits = flight.fate is Fate.IN_FLIGHT
            row = grid.reading.cells[flight.sent_at - 1].row if flight.sent_at else 0
            line, text = by_name[f"flight-{index}"], flight_label(flight)
            spots = along(line, NEAR_END if waits else NEAR_SOURCE)
            kind = f"label {flight_kind(flight)}"
            dim = grid.reading.dim_flight(flight)
            found.append(
                Wish(f"label-{index}", kind, text, spots, grid.reading.rows if waits else row, line.id, dim, describe(flight))
            )
    return found


def along(line: Line, fractions: tuple[float, ...]) -> tuple[tuple[float, float, float], ...]:
    """Spots on `line`, the first one best."""
    return tuple((6 * abs(fraction - fractions[0]), *line.at(fraction)) for fraction in fractions)


# --- from where to where -----------------------------------------------------------------------------------------------


def route(grid: Grid, index: int) -> tuple[Point, ...]:
    """The points through which the line of flight `index` goes."""
    flight = grid.reading.trace.flights[index]
    begin = _begin(grid, index)
    finish = _finish(grid, index, begin)
    if flight.source == flight.target:
        return begin, (begin[0] + BEND, (begin[1] + finish[1]) / 2), finish
    return begin, finish


def _begin(grid: Grid, index: int) -> Point:
    flight = grid.reading.trace.flights[index]
    x, sent = grid.x[flight.source], flight.sent_at
    row = grid.reading.cells[sent - 1].row if sent else 0
    if flight.copy:
        return (x + grid.x[flight.target]) / 2, grid.y[row]
    if flight.notice:
        end = grid.end_of(flight.source)
        return x, end[1].y if end and end[0] <= sent else grid.y[row]
    if not sent:
        return x, grid.y[0]
    return x, grid.marks[sent, grid.reading.cells[sent - 1].exits[_place_in_step(grid, index)]].y


def _place_in_step(grid: Grid, index: int) -> int:
    """How many messages the same step sent before this one."""
    flights = grid.reading.trace.flights
    return sum(f.sent_at == flights[index].sent_at and not f.notice for f in flights[:index])


def _finish(grid: Grid, index: int, begin: Point) -> Point:
    flight = grid.reading.trace.flights[index]
    target = grid.x[flight.target]
    side = 0.0 if flight.source == flight.target else 1.0 if begin[0] < target else -1.0
    row = grid.reading.cells[flight.ended_at - 1].row if flight.ended_at else 0
    match flight.fate:
        case Fate.RECEIVED | Fate.IGNORED:
            assert flight.ended_at is not None
            mark = grid.marks[flight.ended_at, 0]
            return mark.x - (side or -1.0) * mark.width / 2, mark.y
        case Fate.LOST:
            return (begin[0] + target) / 2 if side else target + BEND, grid.y[row]
        case Fate.UNDELIVERABLE:
            return target - (side or -1.0) * NEAR_TARGET, max(grid.y[row], begin[1] + 34.0)
        case Fate.IN_FLIGHT:
            flights = grid.reading.trace.flights[:index]
            before = sum(f.fate is flight.fate and f.target == flight.target for f in flights)
            return target - (side or -1.0) * (NEAR_TARGET + before * WAITING_PITCH), grid.bottom
