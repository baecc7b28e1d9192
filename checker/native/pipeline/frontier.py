"""The states that wait, of the level in progress and of the next, in blocks of rows; most lie in files if they shall.

A file holds the rows of one block and, behind them, their hashes and what sleeps in them: plain numbers. The reader knows how
many there are, and of which type.
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

from groupy_check.checker.errors import GroupyError, OutOfRoomError
from groupy_check.checker.limits.disk import is_full, scratch
from groupy_check.checker.native.memory.arenas import apart
from groupy_check.checker.native.memory.layout import Lines

BLOCK = 1 << 16  # rows of a block, at most,
BLOCK_BYTES = 1 << 23  # and bytes
KEPT = 4  # blocks of each level that stay in memory when the others go to files; and blocks that are kept to be used again

Array = NDArray[Any]


@dataclass(slots=True)
class Block:
    """States that wait, each with its row, its hash, and what sleeps there; `first` is the number of row 0, the others follow.

    `filled` rows are there; the search has `begun` that many of them, and `done` that many.
    """

    first: int
    rows: Array
    hashes: Array
    asleep: Array
    filled: int = 0
    begun: int = 0
    done: int = 0

    @property
    def lines(self) -> Lines:
        """Its arrays, as the kernel writes them."""
        return Lines(self.rows.reshape(-1), self.hashes, self.asleep)


@dataclass(frozen=True, slots=True)
class Stored:
    """A block that lies in a file. One that is `passing` is deleted as soon as it is read."""

    first: int
    filled: int
    done: int
    width: int
    dtype: np.dtype[Any]
    path: Path
    passing: bool

    def read(self) -> tuple[Array, Array, Array]:
        """The rows, their hashes, and what sleeps in them.

        Raises OSError, and ValueError when the file does not have the length that it must.
        """
        data = self.path.read_bytes()
        split = self.filled * self.width * self.dtype.itemsize
        if len(data) != split + 16 * self.filled:
            raise ValueError(f"{self.path.name} does not have the length that it must have")
        rows = np.frombuffer(data, self.dtype, self.filled * self.width)
        hashes, asleep = np.frombuffer(data, np.uint64, 2 * self.filled, split).reshape(2, self.filled)
        return rows.reshape(self.filled, self.width), hashes, asleep


Entry = Block | Stored


class Frontier:
    """The states that wait: `queue` of the level in progress and `following`, of the next, both in the order of their numbers.

    With a `directory`, all but some blocks of each level lie in files there; without, from `spill` on, in temporary ones.
    Used in a `with`, at whose end the files go away. Raises GroupyError for files that cannot be written, OutOfRoomError for
    a full disk.
    """

    def __init__(self, width: int, directory: Path | None = None) -> None:
        self.width, self.directory, self.entered = width, directory, False
        self.dtype: np.dtype[Any] = np.dtype(np.uint16)
        self.most = max(1, min(BLOCK, BLOCK_BYTES // self.bytes_of_a_row))  # rows of a block
        self.queue: deque[Entry] = deque()
        self.following: list[Entry] = []
        self.spare: list[Block] = []
        self.place: Path | None = None

    @property
    def bytes_of_a_row(self) -> int:
        """With its hash and what sleeps there."""
        return self.dtype.itemsize * self.width + 16

    def __enter__(self) -> Frontier:
        self.entered = True
        if self.directory is not None:
            self._open(self.directory)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.entered = False
        if self.place is not None:
            rmtree(self.place, ignore_errors=True)

    def _open(self, directory: Path) -> None:
        with complaining("--spill", directory):
            directory.mkdir(parents=True, exist_ok=True)
            # A directory of its own in there: another search may use the same one.
            self.place = Path(tempfile.mkdtemp(prefix="groupy-", dir=directory))

    def spill(self) -> bool:
        """From now on, most blocks lie in files, memory being short; all is written. Returns whether that is new."""
        if not self.entered or self.place is not None:
            return False
        self._open(scratch())
        self.spare.clear()
        for index in range(KEPT, len(self.queue)):
            entry = self.queue[index]
            if isinstance(entry, Block) and not entry.begun:
                self.queue[index] = self._stored(entry)
        self.settle()
        return True

    def next_level(self) -> bool:
        """Go on to the next level. Returns whether there is one."""
        self.queue.extend(self.following)
        self.following = []
        return bool(self.queue)

    def begin(self) -> Block | None:
        """The first block of the queue of which not everything is begun, None if there is none."""
        for place in range(len(self.queue)):  # those that are done are gone, but for the last few
            entry = self.queue[place]
            block = self._read(entry) if isinstance(entry, Stored) else entry
            self.queue[place] = block
            if block.begun < block.filled:
                return block
        return None

    def allot(self, first: int, count: int) -> Iterator[tuple[Block, int, int]]:
        """Places for the next `count` states, numbered from `first` on: blocks, from which row on, and how many rows."""
        while count:
            block = self._last(first)
            rows = min(count, self.most - block.filled)
            yield block, block.filled, rows
            block.filled += rows
            first, count = first + rows, count - rows

    def _last(self, first: int) -> Block:
        """The block to which the next state is added, which has the number `first`."""
        last = self.following[-1] if self.following else None
        if last is None or last.filled == self.most:
            last = self._block(first)
            self.following.append(last)
        elif isinstance(last, Stored):
            last = self.following[-1] = self._read(last)
        return last

    def settle(self) -> None:
        """Once all that was allotted is written, release what is done, and move to files what need not stay in memory."""
        while self.queue and self.queue[0].done == self.queue[0].filled:
            self._recycle(self.queue.popleft())
        index = len(self.following) - 2  # the last one is not full yet
        while self.place is not None and index >= KEPT and isinstance(block := self.following[index], Block):
            self.following[index] = self._stored(block)
            index -= 1

    def widen(self) -> None:
        """Go on with numbers of 32 bits: some no longer fit into 16."""
        self.dtype = np.dtype(np.uint32)
        self.spare.clear()
        for entry in self.entries():
            if isinstance(entry, Block):
                entry.rows = entry.rows.astype(self.dtype)

    def entries(self) -> Iterator[Entry]:
        """Everything that waits."""
        yield from self.queue
        yield from self.following

    def _stored(self, block: Block) -> Stored:
        """Write a block to a file."""
        assert self.place is not None
        path = self.place / f"{block.first}"
        with complaining("--spill", self.place.parent):
            write(path, contents(block))
        self._recycle(block)
        return Stored(block.first, block.filled, block.done, self.width, block.rows.dtype, path, passing=True)

    def _read(self, stored: Stored) -> Block:
        block = self._block(stored.first)
        try:
            rows, hashes, asleep = stored.read()
            if stored.passing:
                stored.path.unlink()
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            raise GroupyError(
                f"cannot read {stored.path} again: {reason}; leave its directory alone during a search"
            ) from error
        block.rows[: stored.filled], block.hashes[: stored.filled], block.asleep[: stored.filled] = rows, hashes, asleep
        block.filled, block.begun, block.done = stored.filled, stored.done, stored.done
        return block

    def _block(self, first: int) -> Block:
        if self.spare:
            block = self.spare.pop()
            return Block(first, block.rows, block.hashes, block.asleep)
        count, split = self.most, 16 * self.most  # behind the hashes and what sleeps come the rows
        memory = apart(split + self.dtype.itemsize * count * self.width)
        hashes, asleep = memory[:split].view(np.uint64).reshape(2, count)
        return Block(first, memory[split:].view(self.dtype).reshape(count, self.width), hashes, asleep)

    def _recycle(self, entry: Entry) -> None:
        if isinstance(entry, Block) and entry.rows.dtype == self.dtype and len(self.spare) < KEPT:
            self.spare.append(entry)


def contents(block: Block) -> list[Array]:
    """What a file holds of a block."""
    return [array[: block.filled] for array in (block.rows, block.hashes, block.asleep)]


def write(path: Path, parts: Sequence[Array]) -> None:
    """Write `parts` to `path`, one behind the other. OSError propagates."""
    with path.open("wb") as file:
        file.writelines(part.data for part in parts)


@contextmanager
def complaining(flag: str, directory: Path) -> Iterator[None]:
    """Turn the errors of writing under the `directory` that `flag` names into one line each, or the bound of the search."""
    try:
        yield
    except OSError as error:
        if is_full(error):
            raise OutOfRoomError(f"the disk is full, or a quota on it is used up: no room is left under {directory}") from error
        raise GroupyError(
            f"cannot write to {flag} {directory}: {error.strerror or error}; make room there, or name another directory"
        ) from error
