"""Colours and the size of text: what every picture shares. Each colour also comes with a shape or a word, never alone.

Colours follow Paul Tol (Colour Schemes, SRON/EPS/TN/09-002), so that people with any kind of colour blindness can tell them
apart. Views are dark and carry white text, payloads are light and carry black text, so no one takes the two for one another.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import cache
from itertools import accumulate

FONT = "DejaVu Sans,Verdana,sans-serif"  # the two have the same widths, and one of them is on nearly every machine
LINE_HEIGHT = 1.25

INK = "#222222"
PALE = "#757575"  # text that shall not be looked at first, still 4.5:1 on white
FAINT = "#C4C4C4"
PAPER = "#FFFFFF"
PANEL = "#F0F0F0"
ALARM = "#B81D1D"
ALARM_PANEL = "#FDEDEC"

VIEW_COLOURS = ("#3B6FA5", "#1F7A32", "#AA3377", "#8A6A00", "#332288", "#882255", "#4A4A4A")
PAYLOAD_COLOURS = ("#EE6677", "#E3CB3C", "#66CCEE", "#EE9966", "#BBCC33", "#FFAABB", "#99DDCC")
NO_VIEW = "#BBBBBB"

# Advance widths in em, of DejaVu Sans or of Verdana, whichever is wider.
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
    """The width in points of the widest line of `text`, never too small; `size` is the font's, in points."""
    return max(sum(map(_advance, line)) for line in text.split("\n")) * size


def text_height(text: str, size: float) -> float:
    """The height in points of all lines of `text`."""
    return (text.count("\n") + 1) * size * LINE_HEIGHT


def _advance(character: str) -> float:
    return _WIDTHS.get(character, 1.1 if unicodedata.east_asian_width(character) in "WFA" else 0.9)


def shorten(text: str, size: float, limit: float) -> str:
    """`text` on one line, cut with three dots where it is wider than `limit` points."""
    text = " ".join(text.split())
    if text_width(text, size) <= limit:
        return text
    ends = accumulate(map(_advance, text), initial=_advance(".") * 3)
    fitting = sum(end * size <= limit for end in ends) - 1
    return text[: max(fitting, 0)].rstrip() + "..."


def wrap(words: Sequence[str], size: float, limit: float, between: str = " ") -> str:
    """`words` on as many lines as `limit` points ask for; a word that is wider has a line of its own, cut to fit."""
    lines: list[str] = []
    for word in (shorten(word, size, limit) for word in words):
        longer = f"{lines[-1]}{between}{word}" if lines else word
        if lines and text_width(longer, size) <= limit:
            lines[-1] = longer
        else:
            lines.append(word)
    return "\n".join(lines)


def balance(words: Sequence[str], size: float, limit: float) -> str:
    """As `wrap`, with lines of about the same length: as narrow as can be without one line more."""
    text = wrap(words, size, limit)
    least = max((text_width(word, size) for word in words), default=0.0)
    while text_width(text, size) - 1 >= least:
        narrower = wrap(words, size, text_width(text, size) - 1)
        if narrower.count("\n") > text.count("\n"):
            break
        text = narrower
    return text


def pick(colours: Sequence[str], index: int) -> str:
    """The colour of the `index`-th thing of its kind; they repeat when there are more things than colours."""
    return colours[index % len(colours)]
