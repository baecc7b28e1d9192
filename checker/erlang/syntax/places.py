"""Where something stands in a file, and what is wrong there."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A line and a column, both from 1. `file` is the one that was included, "" for what stands in the module's own."""

    line: int
    column: int
    file: str = ""

    def __str__(self) -> str:
        return f"{self.line}:{self.column}"

    def inside(self, module: str) -> str:
        """`file:line:column`, in a module whose own file is `module`."""
        return f"{self.file or module}:{self}"


class ErlangSyntaxError(Exception):
    """`text` says what is wrong at `place`."""

    def __init__(self, place: Place, text: str) -> None:
        super().__init__(f"{place}: {text}")
        self.place, self.text = place, text
