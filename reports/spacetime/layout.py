"""The space-time diagram as plain data: one column per process, one row per causal layer, time running down.

Read `picture` first. It lays everything out with some spacing, widens it wherever a text finds no room, and tries again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from groupy_check.groupy_model.actions import Heal, Partition
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.observations import Status
from groupy_check.groupy_model.scenario import PartitionKind
from groupy_check.groupy_model.show import show
from groupy_check.groupy_model.trace import Trace
from groupy_check.groupy_model.verdict import Witness
from groupy_check.reports.spacetime.grid import (
    BOX_SIZE,
    CROSSES,
    HEADER_HEIGHT,
    HEADER_Y,
    LINE_PITCH,
    MARGIN,
    Grid,
    Spacing,
    depth,
    make_grid,
    margin_text,
    strip_text,
    strip_width,
    stub_pitch,
)
from groupy_check.reports.spacetime.legend import legend
from groupy_check.reports.spacetime.lifelines import lifeline
from groupy_check.reports.spacetime.messages import (
    all_routes,
    flight_labels,
    flight_lines,
    flight_marks,
    queue_labels,
    struck_rows,
)
from groupy_check.reports.spacetime.palette import PAPER, balance, shorten, text_height, text_width
from groupy_check.reports.spacetime.reading import Reading, StepMarks, read
from groupy_check.reports.spacetime.shapes import LABEL_LIMIT, LABEL_SIZE, Box, LabelRequest, Line, Picture, Placed, place
from groupy_check.reports.spacetime.tones import first_view, view_text

TRIES = 40  # attempts to find room for every text
CUTTING_TRIES = 6  # attempts to keep texts from cutting lines
PATIENCE = 12  # attempts to keep lines from passing behind marks
CYCLE_TEXT = "repeats\nforever"
TITLE_SIZE = 14.0
HEADER_SIZE = 12.0
VERDICT_SIZE = 12.0
SIDES = ((0.0, -1.0, 0.0), (0.5, 1.0, 0.0), (1.5, -1.0, 14.0), (1.7, 1.0, 14.0), (2.5, -1.0, -14.0), (2.7, 1.0, -14.0))


def picture(trace: Trace, witness: Witness | None, title: str, verdict: str) -> Picture:
    """Return `trace` as boxes and lines, with `title` above and `verdict` below; no two texts overlap."""
    reading = read(trace, witness)
    spacing = _clear_spacing(reading)
    grid, boxes, lines = _with_room(reading, spacing)
    bracket, word = _cycle(grid, boxes)
    boxes = [*boxes, *word, *_frame(grid, title, verdict, witness is not None)]
    samples, strokes = legend(boxes, lines)
    return _framed([*boxes, *samples], [*lines, *bracket, *strokes])


def _with_room(reading: Reading, spacing: Spacing) -> tuple[Grid, list[Box], list[Line]]:
    """Return the first drawing, with more and more space, in which every text has room; a few more are tried for one in which
    no text cuts a line, and of these the best counts.
    """
    best: tuple[int, Grid, list[Box], list[Line]] | None = None
    tries = 0
    for _ in range(TRIES):
        grid = make_grid(reading, spacing)
        boxes, lines, placed = _draw(grid)
        if not placed.crowded:
            tries += 1
            if best is None or len(placed.cutting) < best[0]:
                best = len(placed.cutting), grid, boxes, lines
            if not placed.cutting or tries == CUTTING_TRIES:
                break
        spacing = spacing.grown(placed.crowded) if placed.crowded else spacing.grown(placed.cutting, 9.0)
    return best[1:] if best else (grid, boxes, lines)


def _clear_spacing(reading: Reading) -> Spacing:
    """Return the spacing, of a few tried, with the fewest lines behind unrelated marks; among equals the narrowest."""
    spacing = Spacing((0.0,) * (reading.rows + 1))
    tried = []
    for _ in range(PATIENCE):
        grid = make_grid(reading, spacing)
        rows = struck_rows(grid, flight_lines(grid, all_routes(grid)))
        tried.append((len(rows), spacing))
        if not rows:
            break
        spacing = spacing.grown(rows)
    return min(tried, key=lambda one: one[0])[1]


def _draw(grid: Grid) -> tuple[list[Box], list[Line], Placed]:
    """Return everything but the title and the verdict, and how the texts have found their places."""
    routes = all_routes(grid)
    flights = flight_lines(grid, routes)
    life = [line for node in grid.reading.nodes for line in lifeline(grid, node)]
    lines = [*life, *_network_lines(grid), *flights]
    fixed = [*_headers(grid), *_margin(grid), *grid.marks.values(), *flight_marks(grid, routes)]
    fixed += [*queue_labels(grid), *_strips(grid), *_windows(grid)]
    wishes = [*_stub_texts(grid), *_beside_texts(grid), *_network_texts(grid), *flight_labels(grid, flights)]
    placed = place(wishes, fixed, lines)
    return [*fixed, *placed.boxes], [*lines, *_stub_lines(grid, placed.boxes)], placed


def _framed(boxes: list[Box], lines: list[Line]) -> Picture:
    """Return the picture, just large enough for its contents."""
    width = max(*(box.right for box in boxes), *(max(line.x1, line.x2) for line in lines)) + MARGIN
    height = max(*(box.bottom for box in boxes), *(max(line.y1, line.y2) for line in lines)) + MARGIN
    return Picture(width, height, tuple(boxes), tuple(lines))


# --- around the lifelines -------------------------------------------------------------------------------------------


def _headers(grid: Grid) -> Iterator[Box]:
    """Yield the names, and below them the initial views."""
    for node, x in grid.x.items():
        width = max(text_width(show(node), HEADER_SIZE) + 28.0, 56.0)
        yield Box(f"process-{node}", "process", x, HEADER_Y, width, HEADER_HEIGHT, show(node), HEADER_SIZE)
        view = first_view(grid.reading.trace, node)
        if view:
            y, colour = grid.y[0] + 18.0, grid.reading.view_colours[view]
            width = text_width(view_text(view), BOX_SIZE) + 14.0
            yield Box(f"install-{node}", "install first", x, y, width, 20.0, view_text(view), BOX_SIZE, colour)


def _margin(grid: Grid) -> Iterator[Box]:
    """Yield the number and the words of every step; those of one row are stacked."""
    count: dict[int, int] = {}
    for cell in grid.reading.cells:
        text = margin_text(cell)
        width, y = text_width(text, LABEL_SIZE), grid.y[cell.row] + LINE_PITCH * count.get(cell.row, 0)
        count[cell.row] = count.get(cell.row, 0) + 1
        yield Box(
            f"step-{cell.step}", "step flush-left", MARGIN + width / 2, y, width, 13.0, text, dim=cell.dim, tip=cell.words
        )


def _frame(grid: Grid, title: str, verdict: str, violated: bool) -> Iterator[Box]:
    """Yield the title and the verdict."""
    width = text_width(title, TITLE_SIZE)
    yield Box("title", "title flush-left", MARGIN + width / 2, 22.0, width, 20.0, title, TITLE_SIZE)
    if not verdict:
        return
    strips = list(_strips(grid))
    left, right = min(box.left for box in strips), max(box.right for box in strips)
    text = balance(verdict.split(), VERDICT_SIZE, max(right - left, 420.0) - 30.0)
    width, height = text_width(text, VERDICT_SIZE) + 30.0, text_height(text, VERDICT_SIZE) + 16.0
    x = max((left + right) / 2, MARGIN + width / 2)
    y = max(box.bottom for box in (*strips, *_windows(grid))) + 18.0 + height / 2
    yield Box("verdict", f"verdict{' violated' if violated else ''}", x, y, width, height, text, VERDICT_SIZE)


def _strips(grid: Grid) -> Iterator[Box]:
    """Yield a strip per process with what it delivered in each view."""
    texts = {node: strip_text(grid.reading, node) for node in grid.reading.nodes}
    height = max(text_height(text, LABEL_SIZE) for text in texts.values()) + 12.0
    for node, text in texts.items():
        last = [mark.kind for _, mark, _ in grid.marks_of(node) if mark.kind in (*CROSSES, "recover")][-1:]
        ended = bool(last) and last[0] in CROSSES  # a real log has marks, and no state that says so
        kind = f"strip{' ended' if ended else ''}{' diverging' if node in grid.reading.diverging else ''}"
        width = strip_width(grid.reading, node)
        yield Box(f"strip-{node}", kind, grid.x[node], grid.bottom + 16.0 + height / 2, width, height, text)


def _windows(grid: Grid) -> Iterator[Box]:
    """Yield the colour that each worker shows in the end, unless all of them are still black."""
    processes = grid.reading.trace.states[-1].processes
    shown = {node: process.worker for node in grid.reading.nodes if (process := processes[node - 1]).status is Status.UP}
    colours = [worker.colour for worker in shown.values() if worker is not None and worker.colour is not None]
    brightest = max((part for colour in colours for part in colour), default=0)
    if not brightest:
        return
    y = max(box.bottom for box in _strips(grid)) + 15.0
    for node, worker in shown.items():
        if worker is not None:
            text = "no colour yet" if worker.colour is None else " ".join(map(str, worker.colour))
            red, green, blue = (part * (255 // brightest) for part in worker.colour or (0, 0, 0))
            light = 0.299 * red + 0.587 * green + 0.114 * blue > 130
            kind, tone = f"window {'light' if light else 'dark'}", f"#{red:02X}{green:02X}{blue:02X}"
            if worker.colour is None:
                kind, tone = "window light", PAPER
            width = max(text_width(text, LABEL_SIZE) + 14.0, 60.0)
            yield Box(f"window-{node}", kind, grid.x[node], y, width, 18.0, text, colour=tone, tip="the worker's colour")


def _network_lines(grid: Grid) -> Iterator[Line]:
    """Yield a line across all columns wherever the network splits or heals."""
    left, right = min(grid.x.values()) - 50.0, max(grid.x.values()) + 50.0
    for cell, step in zip(grid.reading.cells, grid.reading.trace.steps, strict=True):
        y = grid.y[cell.row]
        match step.action:
            case Partition():
                yield Line(f"network-{step.number}", "partition", left, y, right, y)
            case Heal():
                yield Line(f"network-{step.number}", "heal", left, y, right, y)


def _cycle(grid: Grid, boxes: list[Box]) -> tuple[list[Line], list[Box]]:
    """Return a bracket to the right of the steps that repeat forever, and its caption."""
    trace = grid.reading.trace
    rows = [cell.row for cell in grid.reading.cells if trace.loop is not None and cell.step > trace.loop]
    if not rows:
        return [], []
    deep = max(depth(cell) for cell in grid.reading.cells if cell.row == max(rows))
    top, bottom, x = grid.y[min(rows)] - 12.0, grid.y[max(rows)] + deep + 4.0, max(box.right for box in boxes) + 24.0
    width = text_width(CYCLE_TEXT, LABEL_SIZE)
    return [
        Line("cycle", "cycle", x, top, x, bottom),
        Line("cycle-top", "cycle", x - 10.0, top, x, top),
        Line("cycle-bottom", "cycle", x - 10.0, bottom, x, bottom),
    ], [Box("cycle-text", "beside cycle", x + 8.0 + width / 2, (top + bottom) / 2, width, 28.0, CYCLE_TEXT)]


# --- texts without a fixed place ------------------------------------------------------------------------------------


def _network_texts(grid: Grid) -> Iterator[LabelRequest]:
    xs = list(grid.x.values())
    middles = [(a + b) / 2 for a, b in pairwise(xs)] or [xs[0] + 90.0]
    for cell, step in zip(grid.reading.cells, grid.reading.trace.steps, strict=True):
        if isinstance(step.action, Partition | Heal):
            spots = tuple((index * 0.5, x, grid.y[cell.row]) for index, x in enumerate([*middles, xs[-1] + 110.0]))
            text, line = "partition heals", f"network-{step.number}"
            if isinstance(step.action, Partition):
                text = _split_text(step.action, grid.reading.nodes)
            yield LabelRequest(f"network-{step.number}-text", "network", text, spots, cell.row, line)


def _split_text(partition: Partition, nodes: Sequence[Node]) -> str:
    """Return which links are cut: those between the sides; of a simplex partition those from one side to the other."""
    sides = [show(frozenset(side)) for side in partition.sides(nodes)]
    match partition.kind:
        case PartitionKind.SIMPLEX:
            return f"simplex partition: {sides[1]} ↛ {sides[0]}"
        case PartitionKind.PARTIAL:
            return f"partial partition: {sides[0]} | {sides[1]}"
    return f"partition {' | '.join(sides)}"


def _beside_texts(grid: Grid) -> Iterator[LabelRequest]:
    """Yield the words next to marks that need them: below a cross, or on either side."""
    for cell in grid.reading.cells:
        for index, mark in enumerate(cell.marks):
            if mark.beside:
                text = balance(shorten(mark.beside, LABEL_SIZE, 2 * LABEL_LIMIT).split(), LABEL_SIZE, LABEL_LIMIT)
                box, width = grid.marks[cell.step, index], text_width(text, LABEL_SIZE)
                away = box.width / 2 + 6.0 + width / 2
                spots = [(cost, box.x + side * away, box.y + drop) for cost, side, drop in SIDES]
                if mark.kind in CROSSES:
                    spots.append((1.0, box.x, box.bottom + 2.0 + text_height(text, LABEL_SIZE) / 2))
                kind, tip = f"beside {mark.kind}", mark.beside
                yield LabelRequest(f"beside-{cell.step}-{index}", kind, text, tuple(spots), cell.row, dim=cell.dim, tip=tip)


def _stubs(grid: Grid) -> Iterator[tuple[str, Box, float, StepMarks]]:
    """Yield for every stub its name, the mark it leaves from, its y, and its cell; each stands above the previous one."""
    for cell in grid.reading.cells:
        count = {-1: 0, 1: 0}
        for index, stub in enumerate(cell.stubs):
            mark = grid.marks[cell.step, cell.stub_exit]
            yield f"undone-{cell.step}-{index}", mark, mark.y - stub_pitch(cell) * count[stub.side], cell
            count[stub.side] += 1


def _stub_texts(grid: Grid) -> Iterator[LabelRequest]:
    for name, mark, y, cell in _stubs(grid):
        stub = cell.stubs[int(name.rpartition("-")[2])]
        width = text_width(stub.text, LABEL_SIZE)
        spots = ((length / 50, mark.x + stub.side * (length + width / 2), y) for length in (44.0, 60.0, 80.0, 110.0, 150.0))
        yield LabelRequest(f"{name}-text", "beside undone", stub.text, tuple(spots), cell.row, dim=cell.dim)


def _stub_lines(grid: Grid, texts: Sequence[Box]) -> Iterator[Line]:
    """Yield the stubs, once their texts have been placed."""
    boxes = {box.id: box for box in texts}
    for name, mark, y, cell in _stubs(grid):
        box = boxes[f"{name}-text"]
        end = box.left if box.x > mark.x else box.right
        yield Line(name, "undone", mark.x, mark.y, end, y, dim=cell.dim, tip=box.text)
