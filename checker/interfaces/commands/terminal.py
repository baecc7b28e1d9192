"""Where subcommands print."""

from __future__ import annotations

import sys

from rich.console import Console


class _Console(Console):
    """Rich's console, which would end the program by itself when nobody reads on."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


def console() -> Console:
    """Standard output."""
    # A pipe has no width: long lines are for whoever reads them there.
    return _Console() if sys.stdout.isatty() else _Console(width=160)
