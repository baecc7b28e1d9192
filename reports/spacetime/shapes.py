"""Boxes and lines of a picture as plain data, and the placement of texts without overlaps. In points, y pointing down."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from groupy_check.reports.spacetime.palette import text_height, text_width

LABEL_SIZE = 10.0
LABEL_LIMIT = 200.0  # wider texts are truncated
PADDING = 3.0
NEAR = 4.0  # a line this close to a text disturbs it
TOUCH = 2.0  # one this close seems to touch it
HIDING = {"life": 8.0, "stripe": 0.0, "absent": 1.0}  # the cost of covering a line of this kind with a text; 6.0 for others


def look_of(kind: str) -> tuple[str, ...]:
    """Return the words of `kind` that decide how it looks; a sample in the legend looks like what it explains."""
    first, *words = kind.split()
    return tuple(words) if first == "sample" else (first, *words)


@dataclass(frozen=True, slots=True)
class Box:
    """A box with its centre at (x, y). The first word of `kind` says what it is; `tip` is its tooltip."""

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
        """Return whether the point (x, y) lies in the box or on its border."""
        return abs(x - self.x) <= self.width / 2 + 0.5 and abs(y - self.y) <= self.height / 2 + 0.5

    def overlaps(self, other: Box, gap: float = 0.0) -> bool:
        """Return whether the two boxes overlap or come closer than `gap`."""
        return (
            self.left < other.right + gap
            and other.left < self.right + gap
            and self.top < other.bottom + gap
            and other.top < self.bottom + gap
        )


@dataclass(frozen=True, slots=True)
class Line:
    """A straight line from (x1, y1) to (x2, y2); its `kind`, as in Box, decides whether it is an arrow."""

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
        """Return the point at `fraction` of the way along the line."""
        return self.x1 + fraction * (self.x2 - self.x1), self.y1 + fraction * (self.y2 - self.y1)

    def reaches(self, low: float, high: float) -> bool:
        """Return whether part of the line lies between the two heights."""
        return max(self.y1, self.y2) > low and min(self.y1, self.y2) < high

    def crosses(self, box: Box, gap: float = 0.0) -> bool:
        """Return whether part of the line lies in `box`, or comes closer than `gap` (Liang-Barsky clipping)."""
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
    """A drawing within (0, 0) and (width, height), with lines below boxes."""

    width: float
    height: float
    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class LabelRequest:
    """A text that may go to any of `spots` = (cost, x, y). `line` is the id of the line it belongs to.

    `row` is where the picture has to grow if none of the spots is free.
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
        """Yield each spot's cost, with the box of the text at that spot."""
        width = text_width(self.text, LABEL_SIZE) + 2 * PADDING
        height = text_height(self.text, LABEL_SIZE) + 2
        for cost, x, y in self.spots:
            yield cost, Box(self.id, self.kind, x, y, width, height, self.text, dim=self.dim, tip=self.tip)


@dataclass(frozen=True, slots=True)
class Placed:
    """Where texts have found their places: `crowded` are the rows where one found none.

    `cutting` are the rows where one hides part of another's line.
    """

    boxes: tuple[Box, ...]
    crowded: tuple[int, ...]
    cutting: tuple[int, ...]


def place(wishes: Iterable[LabelRequest], taken: Sequence[Box], lines: Sequence[Line]) -> Placed:
    """Return a box for each wish, placed in order at its cheapest free spot.

    A spot is free if its box overlaps nothing in `taken` and no box placed before. Covering a line costs extra.
    """
    placed: list[Box] = []
    crowded: list[int] = []
    cutting: list[int] = []
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
        if any(line.crosses(placed[-1], TOUCH) for line in others if line.kind.split()[0] in ("message", "notice", "life")):
            cutting.append(wish.row)
    return Placed(tuple(placed), tuple(crowded), tuple(cutting))


def _hidden(box: Box, lines: Sequence[Line]) -> float:
    """Return the cost of hiding parts of `lines` behind `box`."""
    return sum(HIDING.get(line.kind.split()[0], 6.0) for line in lines if line.crosses(box, NEAR))
