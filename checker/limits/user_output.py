"""What a user's code prints: on stderr, line by line behind a mark, so that nobody takes it for what a command says."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from contextlib import redirect_stdout
from typing import Any

MARK = "print: "


class MarkedOutput:
    """Writes to whatever stderr is at the time; all but writing is left to that."""

    begun = False  # a line is not at its end

    def write(self, text: str) -> int:
        """Write `text`, each line behind the mark."""
        for line in text.splitlines(keepends=True):
            sys.stderr.write(line if self.begun else f"{MARK}{line}")
            self.begun = not line.endswith("\n")
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        """Write all of them."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(sys.stderr, name)


MARKED: Any = MarkedOutput()


def marked_prints() -> redirect_stdout[Any]:
    """Within, what is printed goes to stderr behind a mark."""
    return redirect_stdout(MARKED)
