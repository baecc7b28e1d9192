"""Where subcommands print."""

from __future__ import annotations

import sys

from rich.console import Console


class _Console(Console):
    """Rich's console, but for a closed pipe, at which Rich would end the program by itself."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


def console() -> Console:
    """Standard output."""
    # A pipe has no width: lines may be long there.
    return _Console() if sys.stdout.isatty() else _Console(width=160)
