"""Boxes and lines of a picture as plain data, and where texts can go so that none covers another. Points, y downwards."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from groupy_check.reports.spacetime.palette import text_height, text_width

LABEL_SIZE = 10.0
LABEL_LIMIT = 170.0  # a text that is wider is cut
PADDING = 3.0
NEAR = 4.0  # a line so near to a text disturbs it
HIDING = {"life": 8.0, "notice": 1.0}  # what it costs to put a text upon such a line; 3.0 for others


@dataclass(frozen=True, slots=True)
class Box:
    """A box with its centre at (x, y). `kind` are words, the first says what it is; `tip` is shown on demand."""

    id: str
    kind: str
    x: float
    y: float
    width: float
    height: float
    text: str = ""
    size: float = LABEL_SIZE
    colour: str = ""
    dim: bool = False
    tip: str = ""

    @property
    def left(self) -> float:
        return self.x - self.width / 2

    @property
    def right(self) -> float:
        return self.x + self.width / 2

    @property
    def top(self) -> float:
        return self.y - self.height / 2

    @property
    def bottom(self) -> float:
        return self.y + self.height / 2

    def touches(self, x: float, y: float) -> bool:
        """The point (x, y) lies within the box or on its border."""
        return abs(x - self.x) <= self.width / 2 + 0.5 and abs(y - self.y) <= self.height / 2 + 0.5

    def overlaps(self, other: Box, gap: float = 0.0) -> bool:
        """The two share some area, or come nearer than `gap`."""
        return (
            self.left < other.right + gap
            and other.left < self.right + gap
            and self.top < other.bottom + gap
            and other.top < self.bottom + gap
        )


@dataclass(frozen=True, slots=True)
class Line:
    """A straight line from (x1, y1) to (x2, y2); `kind` as in Box, an arrow where that says so."""

    id: str
    kind: str
    x1: float
    y1: float
    x2: float
    y2: float
    colour: str = ""
    dim: bool = False
    tip: str = ""

    def at(self, fraction: float) -> tuple[float, float]:
        """The point that lies `fraction` of the way along."""
        return self.x1 + fraction * (self.x2 - self.x1), self.y1 + fraction * (self.y2 - self.y1)

    def reaches(self, low: float, high: float) -> bool:
        """Some of the line lies between the two heights."""
        return max(self.y1, self.y2) > low and min(self.y1, self.y2) < high

    def crosses(self, box: Box, gap: float = 0.0) -> bool:
        """Some of the line lies within `box`, or comes nearer than `gap` (Liang and Barsky's clipping)."""
        if not self.reaches(box.top - gap, box.bottom + gap):
            return False  # by far the most frequent case
        enter, leave = 0.0, 1.0
        for start, step, low, high in (
            (self.x1, self.x2 - self.x1, box.left - gap, box.right + gap),
            (self.y1, self.y2 - self.y1, box.top - gap, box.bottom + gap),
        ):
            if step == 0:
                if not low < start < high:
                    return False
                continue
            near, far = sorted(((low - start) / step, (high - start) / step))
            enter, leave = max(enter, near), min(leave, far)
        return enter < leave


@dataclass(frozen=True, slots=True)
class Picture:
    """All that is drawn, lines before boxes, within (0, 0) and (width, height)."""

    width: float
    height: float
    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class LabelRequest:
    """A text that may stand at any of `spots` = (cost, x, y). `line` is the id of the line that it belongs to.

    `row` is where the picture has to grow when none of the spots is free.
    """

    id: str
    kind: str
    text: str
    spots: tuple[tuple[float, float, float], ...]
    row: int
    line: str = ""
    dim: bool = False
    tip: str = ""

    def boxes(self) -> Iterable[tuple[float, Box]]:
        """Every spot's cost with the box of the text there."""
        width = text_width(self.text, LABEL_SIZE) + 2 * PADDING
        height = text_height(self.text, LABEL_SIZE) + 2
        for cost, x, y in self.spots:
            yield cost, Box(self.id, self.kind, x, y, width, height, self.text, dim=self.dim, tip=self.tip)


def place(wishes: Iterable[LabelRequest], taken: Sequence[Box], lines: Sequence[Line]) -> tuple[list[Box], list[int]]:
    """A box for every wish, in this order each at its cheapest free spot, and the rows where some text found none.

    A spot is free when its box overlaps nothing of `taken` and no box placed before. A line behind the box costs extra.
    """
    placed: list[Box] = []
    crowded: list[int] = []
    for wish in wishes:
        boxes = list(wish.boxes())
        low, high = min(box.top for _, box in boxes) - NEAR, max(box.bottom for _, box in boxes) + NEAR
        near = [other for other in (*taken, *placed) if other.bottom > low and other.top < high]
        others = [line for line in lines if line.id != wish.line and line.reaches(low, high)]
        free = [(cost, box) for cost, box in boxes if not any(box.overlaps(other, 1.0) for other in near)]
        if not free:
            crowded.append(wish.row)
        costs = [cost + _hidden(box, others) for cost, box in free or boxes]
        placed.append((free or boxes)[costs.index(min(costs))][1])
    return placed, crowded


def _hidden(box: Box, lines: Sequence[Line]) -> float:
    """What it costs to hide parts of `lines` behind `box`."""
    return sum(HIDING.get(line.kind.split()[0], 3.0) for line in lines if line.crosses(box, NEAR))
