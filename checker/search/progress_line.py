"""The progress of a long search on stderr: one live line on a terminal, one line a minute on a pipe."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol, TextIO

from groupy_check.checker.search.base import Limits, Progress

PIPE_SECONDS = 60.0
LIVE_SECONDS = 0.2


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
        f"{progress.generated:,} generated, {progress.distinct:,} distinct, {progress.left:,} left, depth {progress.depth}, "
        f"{rate:,.0f} states/s, {progress.megabytes:,} MB"
    )
    if limits.seconds is not None:
        text += f", {max(0.0, limits.seconds - progress.seconds):.0f} s left"
    return f"{text} ({progress.note})" if progress.note else text


@contextmanager
def reporting(limits: Limits, quiet: bool, stream: TextIO | None = None) -> Iterator[Reporter | None]:
    """A reporter for one search, cleaned up at the end; None when `quiet`."""
    with ticking(quiet, stream) as tick:
        yield None if quiet else lambda progress: tick(line(progress, limits))


@contextmanager
def ticking(quiet: bool, stream: TextIO | None = None) -> Iterator[Ticker]:
    """A ticker for anything that takes long, cleaned up at the end. It shows nothing when `quiet`."""
    stream = stream or sys.stderr
    live = stream.isatty()
    pause = LIVE_SECONDS if live else PIPE_SECONDS
    last = time.monotonic()

    def tick(text: str) -> None:
        nonlocal last
        if not quiet and time.monotonic() - last >= pause:
            last = time.monotonic()
            stream.write(f"\r\x1b[2K{text}" if live else f"{text}\n")
            stream.flush()

    try:
        yield tick
    finally:
        if live and not quiet:
            stream.write("\r\x1b[2K")
            stream.flush()
