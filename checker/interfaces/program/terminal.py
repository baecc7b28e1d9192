"""Where subcommands print."""

from __future__ import annotations

import os

from rich.console import Console

from groupy_check.checker.interfaces.program.output import stdout


class _Console(Console):
    """Rich's console, but for a closed pipe, at which Rich would end the program by itself."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


def console() -> Console:
    """Standard output."""
    # A pipe has no width: lines may be long there, unless COLUMNS says otherwise.
    known = stdout().isatty() or os.environ.get("COLUMNS", "").isdecimal()
    return _Console(file=stdout(), width=None if known else 160)
