"""Where a command prints: standard output is its own; what a user's code prints there, in whatever way, goes to stderr.

Else a `print` in somebody's `__hash__`, or a program that a handler starts, would end up amid the JSON.
What `print` writes stands behind a mark there.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path
from typing import Any, TextIO

from groupy_check.checker.limits.user_output import MARKED, marked_prints

STANDARD = (0, 1, 2)
_own: ContextVar[TextIO | None] = ContextVar("own", default=None)


def stdout() -> TextIO:
    """Standard output, for what a command has found."""
    return _own.get() or sys.stdout


def say(text: str = "", end: str = "\n") -> None:
    """Print `text`."""
    stdout().write(f"{text}{end}")


class _Willing(io.FileIO):
    """A file that swallows what it cannot hold: no protocol shall fail because the disk behind stderr is full."""

    def write(self, data: Any, /) -> int:
        try:
            return super().write(data) or 0
        except OSError:
            return len(data)


class _Open(io.TextIOWrapper):
    """A stream that stays open, whoever closes it."""

    def close(self) -> None:
        with suppress(ValueError):
            self.flush()


def mend_streams(*, program: bool) -> None:
    """Make a closed stream swallow what is printed, or give nothing to read, and escape what an encoding lacks."""
    for descriptor in STANDARD:
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest that is free: no other file shall pass for a standard stream
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115 - open until the program ends
        elif isinstance(stream, io.TextIOWrapper) and mode == "w":
            stream.reconfigure(errors="backslashreplace")
    if program and isinstance(sys.stderr, io.TextIOWrapper):
        raw = io.BufferedWriter(_Willing(2, "w", closefd=False))
        sys.stderr = _Open(raw, encoding=sys.stderr.encoding, errors="backslashreplace", line_buffering=True)


@contextmanager
def flushed() -> Iterator[None]:
    """Within, what is printed has left this process, or nobody reads it any more. Raises OSError where it cannot be written.

    At the end of the program nobody could catch that, and Python would print an exception instead.
    """
    try:
        try:
            yield
        finally:
            sys.stdout.flush()
    except BrokenPipeError:
        give_up(sys.stdout)
        raise SystemExit(0) from None


@contextmanager
def kept_apart(*, program: bool) -> Iterator[None]:
    """Within, nothing but `stdout()` leads to standard output; in a `program`, from now on, not even descriptor 1.

    What a user's code has put in place of standard error is gone behind it: what there is to complain about must be seen.
    """
    before, complaints = _own.get(), sys.stderr
    own = before or sys.stdout
    if program and before is None:
        own = _moved(sys.stdout)
    token = _own.set(own)
    try:
        with marked_prints():
            yield
        own.flush()
    finally:
        sys.stderr = complaints
        if program:
            sys.stdout = MARKED  # threads and exit handlers of a user's may still print
        else:
            _own.reset(token)


def _moved(stream: TextIO) -> TextIO:
    """`stream`, which is descriptor 1, on a descriptor that nobody else knows; what is written to 1 goes to stderr."""
    stream.flush()
    descriptor = os.dup(1)
    os.dup2(2, 1)
    own = os.fdopen(descriptor, "w", encoding=stream.encoding, errors="backslashreplace")
    own.reconfigure(line_buffering=own.isatty())
    return own


def give_up(stream: TextIO) -> None:
    """Nobody takes what is written to `stream` any more: what is left in it must not be tried again when the program ends."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
