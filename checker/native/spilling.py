"""The states that wait, of the level in progress and of the next, in blocks of rows; given a directory, most lie in files.

A file holds the rows of one block and, behind them, their hashes: plain numbers. Whoever reads it knows how many of which type.
"""

from __future__ import annotations

import tempfile
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from checker.errors import GroupyError

BLOCK = 1 << 16  # rows of a block
KEPT = 4  # blocks of each worker and level that stay in memory when the others go to files

Array = NDArray[Any]


@dataclass(slots=True)
class Block:
    """States that wait: `first` is the number of row 0, those of the others follow at a distance of the number of workers.

    `filled` rows are there, and of these `done` are expanded.
    """

    first: int
    rows: Array
    hashes: Array
    filled: int = 0
    done: int = 0


@dataclass(frozen=True, slots=True)
class Stored:
    """A block that lies in a file; `passing`: which is deleted when it has been read."""

    first: int
    filled: int
    done: int
    width: int
    dtype: np.dtype[Any]
    path: Path
    passing: bool

    def read(self) -> tuple[Array, Array]:
        """The rows and their hashes. Raises OSError, and ValueError when the file does not have the length that it must."""
        data = self.path.read_bytes()
        split = self.filled * self.width * self.dtype.itemsize
        if len(data) != split + 8 * self.filled:
            raise ValueError(f"{self.path.name} does not have the length that it must have")
        rows = np.frombuffer(data, self.dtype, self.filled * self.width)
        return rows.reshape(self.filled, self.width), np.frombuffer(data, np.uint64, self.filled, split)


Entry = Block | Stored


class Waiting:
    """The states that wait: `queue` of the level in progress, in order, and of the next what each worker found, `following`.

    With a `directory`, all but some blocks of each level lie in files there. Used in a `with`, at whose end the files go away.
    Raises GroupyError when the directory cannot be written to.
    """

    def __init__(self, width: int, workers: int, directory: Path | None = None) -> None:
        self.width, self.workers, self.directory = width, workers, directory
        self.dtype: np.dtype[Any] = np.dtype(np.uint16)
        self.queue: deque[Entry] = deque()
        self.following: list[list[Entry]] = [[] for _ in range(workers)]
        self.spare: list[Block] = []
        self.place: Path | None = None

    def __enter__(self) -> Waiting:
        if self.directory is not None:
            with complaining("--spill", self.directory):
                self.directory.mkdir(parents=True, exist_ok=True)
                # A directory of its own in there: another search may use the same one.
                self.place = Path(tempfile.mkdtemp(prefix="groupy-", dir=self.directory))
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self.place is not None:
            rmtree(self.place, ignore_errors=True)

    def next_level(self) -> bool:
        """Go on to the next level. Returns whether there is one."""
        self.queue.extend(entry for entries in self.following for entry in entries)
        self.following = [[] for _ in self.following]
        return bool(self.queue)

    def front(self) -> Block:
        """The first block of the queue."""
        entry = self.queue[0]
        if isinstance(entry, Stored):
            entry = self.queue[0] = self._read(entry)
        return entry

    def drop(self) -> None:
        """Take the first block out of the queue: all of it is expanded."""
        self._recycle(self.queue.popleft())

    def room(self, owner: int, first: int) -> Block:
        """The block to which `owner` adds its next state; if that is a new one, its first state has the number `first`."""
        mine = self.following[owner]
        if mine and mine[-1].filled < BLOCK:
            last = mine[-1]
            if isinstance(last, Stored):
                last = mine[-1] = self._read(last)
            return last
        if self.place is not None and len(mine) > KEPT:
            self._store(mine, self.place)
        block = self._block(first)
        mine.append(block)
        return block

    def settle(self, owner: int) -> None:
        """Give back a last block of `owner` that nothing was added to."""
        mine = self.following[owner]
        if mine and not mine[-1].filled:
            self._recycle(mine.pop())

    def widen(self) -> None:
        """Numbers no longer fit into 16 bits: go on with 32."""
        self.dtype = np.dtype(np.uint32)
        self.spare.clear()
        for entry in self.entries():
            if isinstance(entry, Block):
                entry.rows = entry.rows.astype(self.dtype)

    def entries(self) -> Iterator[Entry]:
        """Everything that waits."""
        yield from self.queue
        for entries in self.following:
            yield from entries

    def _store(self, mine: list[Entry], place: Path) -> None:
        """Bring the last block of `mine` to a file."""
        block = mine[-1]
        if isinstance(block, Block):
            path = place / f"{block.first}"
            with complaining("--spill", place.parent):
                write(path, contents(block))
            mine[-1] = Stored(block.first, block.filled, block.done, self.width, block.rows.dtype, path, passing=True)
            self._recycle(block)

    def _read(self, stored: Stored) -> Block:
        block = self._block(stored.first)
        try:
            rows, hashes = stored.read()
            if stored.passing:
                stored.path.unlink()
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            raise GroupyError(
                f"cannot read {stored.path} again: {reason}; leave its directory alone during a search"
            ) from error
        block.rows[: stored.filled], block.hashes[: stored.filled] = rows, hashes
        block.filled, block.done = stored.filled, stored.done
        return block

    def _block(self, first: int) -> Block:
        try:
            block = self.spare.pop()  # one operation: workers share the list
        except IndexError:
            return Block(first, np.empty((BLOCK, self.width), self.dtype), np.empty(BLOCK, np.uint64))
        return Block(first, block.rows, block.hashes)

    def _recycle(self, entry: Entry) -> None:
        if isinstance(entry, Block) and entry.rows.dtype == self.dtype:
            self.spare.append(entry)


def contents(block: Block) -> list[Array]:
    """What a file holds of a block."""
    return [block.rows[: block.filled], block.hashes[: block.filled]]


def write(path: Path, parts: Sequence[Array]) -> None:
    """Write `parts` to `path`, one behind the other. OSError propagates."""
    with path.open("wb") as file:
        file.writelines(part.data for part in parts)


@contextmanager
def complaining(flag: str, directory: Path) -> Iterator[None]:
    """Turn the errors of writing under the `directory` that `flag` names into one line each."""
    try:
        yield
    except OSError as error:
        raise GroupyError(
            f"cannot write to {flag} {directory}: {error.strerror or error}; make room there, or name another directory"
        ) from error
