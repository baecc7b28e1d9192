"""What a process lets the one that supervises it see: which call goes on, until when, and what is found so far.

It lies in memory that both share, since a process that does not come back from a C function can neither answer nor write. A
process that nobody supervises has no board, and notes nothing.
"""

from __future__ import annotations

import mmap
import os
import pickle
from collections.abc import Callable
from typing import Any

LARGEST = 1 << 18  # bytes of a note
HEAD = 8


class Note:
    """One value at a time: written in whole beside the one before, and only then made the current one."""

    def __init__(self) -> None:
        self.memory = mmap.mmap(-1, HEAD + 2 * (HEAD + LARGEST))

    def write(self, value: object) -> None:
        """Make `value` the current one."""
        data = pickle.dumps(value)
        if len(data) <= LARGEST:
            slot = 1 - self.memory[0]
            begin = HEAD + slot * (HEAD + LARGEST)
            self.memory[begin : begin + HEAD] = len(data).to_bytes(HEAD, "little")
            self.memory[begin + HEAD : begin + HEAD + len(data)] = data
            self.memory[0] = slot

    def read(self) -> Any:
        """The current one, None if there is none."""
        begin = HEAD + self.memory[0] * (HEAD + LARGEST)
        size = int.from_bytes(self.memory[begin : begin + HEAD], "little")
        return pickle.loads(self.memory[begin + HEAD : begin + HEAD + size]) if size else None  # noqa: S301 - of our own fork


class Board:
    """The `call` that goes on, as its text and since when, and since when the last one did that was `named` on stderr;
    the `limit`, as an instant and a number of seconds; the Result that is `found` so far; the exit `status`, at the end.
    `owner` is the process that looks at it.
    """

    def __init__(self) -> None:
        self.owner = os.getpid()
        self.call, self.named, self.limit, self.found, self.status = Note(), Note(), Note(), Note(), Note()


_boards: list[Board] = []  # at most one


def share(board: Board) -> None:
    """From now on this process notes what it does on `board`."""
    _boards[:] = [board]


def supervisor() -> int | None:
    """The process that supervises this one, None if none does."""
    return next((board.owner for board in _boards), None)


def note_call(text: Callable[[], str] | None, began: float) -> None:
    """The call that reads `text` has begun, or with None: has ended."""
    for board in _boards:
        board.call.write(None if text is None else (text(), began))


def note_named(began: float) -> None:
    """The call that goes on since `began` was named on stderr."""
    for board in _boards:
        board.named.write(began)


def note_limit(limit: tuple[float, float] | None) -> None:
    """This is the limit in force."""
    for board in _boards:
        board.limit.write(limit)


def note_found(result: Callable[[], object]) -> None:
    """This Result is known so far; the supervisor must be able to unpickle it."""
    for board in _boards:
        board.found.write(result())
