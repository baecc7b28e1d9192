"""Colours and text sizes, shared by all pictures. No colour carries meaning alone: a shape or a word always goes with it.

Views are dark with white text, payloads light with black text, so the two cannot be confused. A lifeline also has a pattern for
its view. Red is for faults and violations alone.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import cache
from itertools import accumulate

FONT = "DejaVu Sans,Verdana,sans-serif"  # same widths, and nearly every machine has one of the two
LINE_HEIGHT = 1.25

INK = "#222222"
PALE = "#757575"  # secondary text, still with a contrast of 4.5:1 on white
FAINT = "#C4C4C4"
PAPER = "#FFFFFF"
PANEL = "#F0F0F0"
ALARM = "#B81D1D"
ALARM_PANEL = "#FDEDEC"
NOTE = "#8A6A00"
NOTE_PANEL = "#FFF6D6"

# No red, which is for faults. Neighbours in the list differ in lightness, so that they differ in grey, too.
VIEW_COLOURS = ("#2F6DA8", "#134F24", "#8A6A00", "#332288", "#147A76", "#3A3A3A", "#6B4FA0")
PAYLOAD_COLOURS = ("#F6DC6A", "#4C9BD4", "#F5BE8A", "#8FAE3C", "#CFC1F2", "#6FA8A0", "#E3E3E3")
NO_VIEW = "#BBBBBB"

# Advance widths in em, of DejaVu Sans or Verdana, whichever is wider.
_WIDTHS = {
    character: width
    for width, characters in {
        0.28: "'il",
        0.35: "j",
        0.37: " ,.f",
        0.43: "tr!I",
        0.46: '()[]/:;\\|-J"',
        0.55: "?sz",
        0.60: "LcFk",
        0.64: "vxyPTYaeo$0123456789ESbdghnpqu{}*_`",
        0.70: "KABCRVXZ",
        0.78: "UHN&DG",
        0.84: "OQw#+<=>^~",
        0.88: "M",
        1.00: "m@W",
        1.08: "%",
    }.items()
    for character in characters
}


@cache
def text_width(text: str, size: float) -> float:
    """Return an upper bound on the width in points of the widest line of `text`; `size` is the font size in points."""
    return max(sum(map(_advance, line)) for line in text.split("\n")) * size


def text_height(text: str, size: float) -> float:
    """Return the height in points of all lines of `text`."""
    return (text.count("\n") + 1) * size * LINE_HEIGHT


def _advance(character: str) -> float:
    return _WIDTHS.get(character, 1.1 if unicodedata.east_asian_width(character) in "WFA" else 0.9)


def shorten(text: str, size: float, limit: float) -> str:
    """Return `text` on one line, truncated with three dots if it is wider than `limit` points."""
    text = " ".join(text.split())
    if text_width(text, size) <= limit:
        return text
    ends = accumulate(map(_advance, text), initial=_advance(".") * 3)
    fitting = sum(end * size <= limit for end in ends) - 1
    return text[: max(fitting, 0)].rstrip() + "..."


def wrap(words: Sequence[str], size: float, limit: float, between: str = " ") -> str:
    """Return `words` wrapped at `limit` points; a word that is wider gets its own line, truncated to fit."""
    lines: list[str] = []
    for word in (shorten(word, size, limit) for word in words):
        longer = f"{lines[-1]}{between}{word}" if lines else word
        if lines and text_width(longer, size) <= limit:
            lines[-1] = longer
        else:
            lines.append(word)
    return "\n".join(lines)


def balance(words: Sequence[str], size: float, limit: float) -> str:
    """Like `wrap`, but with lines of similar length: as narrow as possible without adding a line."""
    text = wrap(words, size, limit)
    least = max((text_width(word, size) for word in words), default=0.0)
    while text_width(text, size) - 1 >= least:
        narrower = wrap(words, size, text_width(text, size) - 1)
        if narrower.count("\n") > text.count("\n"):
            break
        text = narrower
    return text


def pick(colours: Sequence[str], index: int) -> str:
    """Return the colour of the `index`-th thing of its kind; colours repeat when they run out."""
    return colours[index % len(colours)]
