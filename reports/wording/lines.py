"""Text broken into lines: between words, and never inside `[p2, p3]`, `{p1,p2}` or a short `(--crashes 1)`."""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

PARAGRAPH = 110  # characters per line: longer lines are hard to follow
ROOMY = 160  # columns
HARD = "\N{NO-BREAK SPACE}"
_TOGETHER = re.compile(r'\[[^][]{,60}\]|(?:v\d+ )?\{[^{}]{,60}\}|\([^()]{,24}\)|"[^"]{,40}"')
_WHOLE = re.compile(r"[ ~]{,2}\d+\. |\s*groupy(-check)? ")  # steps and commands: somebody may copy them, to replay or to type
_REPEATED = re.compile(r"# | *")  # at the beginning of each part of a line
_LABEL = re.compile(r" {4,}\w+: +")  # of what a step did, or else of a word to explain: the parts stand behind it


def tell(console: Console, text: str, style: str = "", width: int | None = None, hanging: str = "") -> None:
    """Print `text`, if there is any, broken between words so that nothing in brackets is torn apart.

    Lines have at most `width` characters; without, as many as the terminal has. A pipe with room has no end: a program may
    read there, line by line. What goes on in further lines stands behind `hanging`: one sees where the next begins.
    """
    if text:
        endless = width is None and not console.is_terminal and console.width >= ROOMY
        shown = text if endless else folded(text, min(console.width, width or console.width), hanging)
        console.print(shown, style=style, markup=False, highlight=False, soft_wrap=True)


def folded(text: str, width: int, hanging: str = "") -> str:
    """Return `text` in lines of at most `width` characters, if its words allow; its own line breaks and indentation stay.

    Where it breaks a line, the rest of that stands behind `hanging`.
    """
    lines = text.split("\n")
    return "\n".join(line if len(line) <= width or _WHOLE.match(line) else _folded(line, width, hanging) for line in lines)


def _folded(line: str, width: int, hanging: str) -> str:
    before = _REPEATED.match(line)
    first = before[0] if before else ""
    label = _LABEL.match(line)
    behind = " " * len(label[0]) if label else f"{first}{hanging}"
    glued = _TOGETHER.sub(lambda part: part[0].replace(" ", HARD) if len(part[0]) < width else part[0], line[len(first) :])
    lines = textwrap.wrap(
        glued, width, initial_indent=first, subsequent_indent=behind, break_long_words=False, break_on_hyphens=False
    )
    return "\n".join(lines).replace(HARD, " ")
