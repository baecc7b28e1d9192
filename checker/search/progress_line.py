"""The progress of a long search on stderr: one live line on a terminal, one line a minute on a pipe."""

from __future__ import annotations

import os
import sys
import textwrap
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol, TextIO

from groupy_check.checker.search.base import Limits, Progress

PIPE_SECONDS = 60.0
LIVE_SECONDS = 0.2
STARTING = "starting ..."
CONFIRMING = "searched; other interpreters are asked the same, which may take as long"
COLUMNS = 80  # of a terminal that does not tell


class Reporter(Protocol):
    """Is told by a search how far it has come."""

    def __call__(self, progress: Progress) -> None: ...


class Ticker(Protocol):
    """Shows the current line, unless the last one was shown only just now."""

    def __call__(self, text: str) -> None: ...


def line(progress: Progress, limits: Limits) -> str:
    """The counts of `progress`, the depth, rate and memory, the time left if there is a limit, and what else goes on."""
    rate = progress.distinct / progress.seconds if progress.seconds else 0.0
    text = (
        f"{progress.distinct:,} states, {progress.left:,} left, depth {progress.depth}, "
        f"{rate:,.0f} states/s, {progress.megabytes:,} MB"
    )
    if limits.seconds is not None:
        text += f", {max(0.0, limits.seconds - progress.seconds):.0f} s left"
    # What a narrow terminal cuts off is the counts: they do not change while something is confirmed.
    return progress.note if progress.note == CONFIRMING else f"{text} ({progress.note})" if progress.note else text


@contextmanager
def reporting(limits: Limits, quiet: bool, stream: TextIO | None = None) -> Iterator[Reporter | None]:
    """A reporter for one search, cleaned up at the end; None when `quiet`."""
    with ticking(quiet, stream) as tick:
        yield None if quiet else lambda progress: tick(line(progress, limits))


@contextmanager
def ticking(quiet: bool, stream: TextIO | None = None, begin: str = "") -> Iterator[Ticker]:
    """A ticker for anything that takes long, cleaned up at the end. It shows nothing when `quiet`.

    On a terminal something is shown at once; what always takes long says what it will `begin`, on a pipe, too.
    """
    stream = stream or sys.stderr
    live = stream.isatty()
    pause = LIVE_SECONDS if live else PIPE_SECONDS
    last = -LIVE_SECONDS if live else time.monotonic()  # on a terminal, the first is shown at once

    def show(text: str) -> None:
        stream.write(f"\r\x1b[2K{_cut(text, stream)}" if live else f"{text}\n")
        stream.flush()

    def tick(text: str) -> None:
        nonlocal last
        if not quiet and (time.monotonic() - last >= pause or (live and text == CONFIRMING)):
            last = time.monotonic()
            show(text)

    if not quiet and (live or begin):
        show(begin or STARTING)
    try:
        yield tick
    finally:
        if live and not quiet:
            stream.write("\r\x1b[2K")
            stream.flush()


def noted(text: str) -> None:
    """Show `text` above the live line, to stay; a pipe is not told, for it gets the whole result."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[2K{textwrap.fill(text, _columns(sys.stderr), subsequent_indent='  ')}\n")
        sys.stderr.flush()


def _cut(text: str, stream: TextIO) -> str:
    """`text` as far as one line of the terminal `stream` has room: a line that wraps cannot be replaced."""
    columns = _columns(stream)
    return text if len(text) < columns else f"{text[: columns - 2]}…"


def _columns(stream: TextIO) -> int:
    try:
        return os.get_terminal_size(stream.fileno()).columns or COLUMNS
    except (OSError, ValueError):
        return COLUMNS
