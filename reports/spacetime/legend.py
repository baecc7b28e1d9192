"""The legend of a space-time diagram: what its marks mean, and only those that are in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from groupy_check.reports.spacetime.grid import MARGIN
from groupy_check.reports.spacetime.palette import FAINT, PAYLOAD_COLOURS, VIEW_COLOURS, text_width
from groupy_check.reports.spacetime.shapes import Box, Line, look_of

SIZE = 9.0
PITCH = 17.0
GAP = 22.0  # between two entries
SAMPLE = 24.0  # the width of a sample


@dataclass(frozen=True, slots=True)
class Entry:
    """Explains shapes whose kind has all of these `words`, by a sample of the kind `sample` and a text."""

    words: frozenset[str]
    sample: str
    text: str
    colour: str = ""


def _entry(words: str, text: str, sample: str = "", colour: str = "") -> Entry:
    return Entry(frozenset(words.split()), sample or words, text, colour)


BOXES = (
    _entry("multicast", "an application multicasts", colour=PAYLOAD_COLOURS[0]),
    _entry("delivery", "delivered to the application", colour=PAYLOAD_COLOURS[0]),
    _entry("install", "view installed", colour=VIEW_COLOURS[0]),
    _entry("crash", "crash"),
    _entry("halt", "ends itself"),
    _entry("recover", "comes back after a crash"),
    _entry("down", "detects that a process is down"),
    _entry("suspect", "suspects one that is up"),
    _entry("spurious", "spurious notice"),
    _entry("lost", "lost"),
    _entry("copy", "copied by the network"),
    _entry("refusal", "why it is not read"),
    _entry("window", "the worker's colour, brightened", "window", "#3355FF"),
    _entry("strip", "delivered in each view (-: nothing)"),
    _entry("strip ended", "has ended"),
    _entry("strip diverging", "what the violation is about"),
)
LINES = (
    _entry("undone", "never sent: crash in mid-broadcast"),
    _entry("message in-flight", "unread at the end"),
    _entry("message undeliverable", "never arrives: its receiver is gone or cut off"),
)


def legend(boxes: Sequence[Box], lines: Sequence[Line]) -> tuple[list[Box], list[Line]]:
    """Return the legend, below `boxes` and no wider than they are."""
    found = list(_present(boxes, lines))
    top, right = max(box.bottom for box in boxes) + 20.0, max(box.right for box in boxes)
    x, y = MARGIN, top
    samples: list[Box] = []
    strokes: list[Line] = []
    for number, entry in enumerate(found):
        width = text_width(entry.text, SIZE)
        if x > MARGIN and x + SAMPLE + 6.0 + width > right:
            x, y = MARGIN, y + PITCH
        kind, name = f"sample {entry.sample}", f"legend-sample-{number}"
        if entry in LINES or entry is DIMMED:
            strokes.append(Line(name, kind, x, y, x + SAMPLE - 2.0, y, entry.colour))
        else:
            size = (SAMPLE - 4.0, 11.0) if entry.sample.split()[0] in WIDE else (11.0, 11.0)
            size = (SAMPLE - 12.0, 5.0) if "diverging" in entry.words else size  # its second frame is outside
            samples.append(Box(name, kind, x + SAMPLE / 2 - 1.0, y, *size, colour=entry.colour))
        text = Box(f"legend-text-{number}", "legend flush-left", x + SAMPLE + 6.0 + width / 2, y, width, 13.0, entry.text, SIZE)
        samples.append(text)
        x = text.right + GAP
    return samples, strokes


TEXTS = ("label", "beside")
WIDE = ("delivery", "install", "refusal", "window", "strip")
DIMMED = _entry("dim", "pale: no part in the violation", "message", FAINT)


def _present(boxes: Sequence[Box], lines: Sequence[Line]) -> Iterator[Entry]:
    """Yield the entries that explain something in the picture."""
    explained: tuple[tuple[tuple[Entry, ...], Sequence[Box | Line]], ...] = ((BOXES, boxes), (LINES, lines))
    for entries, shapes in explained:
        kinds = {frozenset(look_of(shape.kind)) for shape in shapes if not shape.dim and look_of(shape.kind)[0] not in TEXTS}
        yield from (entry for entry in entries if any(entry.words <= kind for kind in kinds))
    if any(shape.dim for shapes in (boxes, lines) for shape in shapes):
        yield DIMMED
