"""What an owner writes at the end of a level, and reads again: files of plain numbers, in a directory that all machines see.

A search that begins, or goes on with other owners, begins files of its own; those of its forerunners stay as they are. For each
owner there are: `hashes` of its part of the visited set, with their `numbers` where edges are wanted; `parents`, `ordinals` and
`runs` (the first number, and how many) of the states that it has found; `sources`, `targets` and `steps` of edges; and in
`rows` the states that are to be expanded next.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from groupy_check.checker.distributed.holdings import Holdings, of_owner
from groupy_check.checker.native.checkpoint.append_file import AppendFile
from groupy_check.checker.native.pipeline.frontier import Block, Stored, contents

Array = NDArray[Any]
KINDS: dict[str, tuple[type[np.generic], tuple[int, ...]]] = {
    "hashes": (np.uint64, ()), "numbers": (np.uint32, ()), "parents": (np.uint32, ()), "ordinals": (np.uint16, ()),
    "runs": (np.int64, (2,)), "sources": (np.uint32, ()), "targets": (np.uint32, ()), "steps": (np.uint16, ()),
}  # fmt: skip
TOGETHER = (("hashes", "numbers"), ("parents", "ordinals", "runs"), ("sources", "targets", "steps"))  # of equal owners


@dataclass(frozen=True, slots=True)
class SavedRows:
    """The states behind a piece, numbered from `first` on, in a file of their own; `checksum` is that of its content."""

    name: str
    piece: int
    first: int
    count: int
    dtype: str
    checksum: int


@dataclass(frozen=True, slots=True)
class SavedPart:
    """What one owner has written: of each kind how many rows count and their checksum, and the states that wait."""

    owner: str
    marks: Mapping[str, tuple[int, int]]
    rows: Sequence[SavedRows]

    def json(self) -> dict[str, Any]:
        """The same as plain JSON."""
        return asdict(self)

    @classmethod
    def of(cls, content: dict[str, Any]) -> SavedPart:
        """The part that `json` has given. Raises LookupError, TypeError or ValueError for anything else."""
        owner = str(content["owner"])
        if not owner.replace("-", "").isdecimal() or not content["marks"].keys() <= KINDS.keys():
            raise ValueError("it names a file that no owner writes")
        marks = {kind: (int(count), int(checksum)) for kind, (count, checksum) in content["marks"].items()}
        return cls(owner, marks, [SavedRows(**rows) for rows in content["rows"]])


class Shelf:
    """The files of one owner in `directory`; `owner` names it and its generation, `2-0`.

    Of the states and edges that it holds, so many as `before` says are in older files. OSError propagates from everything.
    """

    def __init__(self, directory: Path, owner: str, before: tuple[int, int], holdings: Holdings) -> None:
        self.directory, self.owner, self.holdings = directory, owner, holdings
        kinds = [kind for kind in KINDS if holdings.edges or kind not in {"numbers", *TOGETHER[2]}]
        self.files = {kind: self._open(kind, owner, new=True) for kind in kinds}
        self.states, self.edges = before

    def _open(self, kind: str, owner: str, *, new: bool) -> AppendFile:
        dtype, shape = KINDS[kind]
        return AppendFile(self.directory / f"{kind}-{owner}", np.dtype(dtype), shape, new=new)

    def save(
        self, hashes: Sequence[Array], numbers: Sequence[Array], runs: Sequence[tuple[int, int]], finds: Mapping[int, Block]
    ) -> SavedPart:
        """Add what is new since the last time, and write the states that wait, `finds` by piece."""
        store = self.holdings.store
        new: dict[str, Sequence[Array]] = {
            "hashes": hashes, "numbers": numbers, "runs": [np.array(runs, np.int64).reshape(-1, 2)],
            "parents": [self.holdings.parents[self.states : self.holdings.found]],
            "ordinals": [self.holdings.ordinals[self.states : self.holdings.found]],
            **{kind: [array[self.edges : store.steps]] for kind, array in store.of_edges().items()},
        }  # fmt: skip
        self.states, self.edges = self.holdings.found, store.steps
        for kind, file in self.files.items():
            for rows in new[kind]:
                file.add(rows)
            file.sync()
        firsts = dict(zip(finds, runs, strict=True))
        waiting = [self._write(piece, firsts[piece][0], find) for piece, find in finds.items() if find.filled]
        return SavedPart(self.owner, {kind: (file.count, file.checksum) for kind, file in self.files.items()}, waiting)

    def _write(self, piece: int, first: int, find: Block) -> SavedRows:
        parts = contents(find)
        name = f"rows-{self.owner}-{first}"
        with (self.directory / name).open("wb") as file:
            file.writelines(np.ascontiguousarray(part).data for part in parts)
            file.flush()
            os.fsync(file.fileno())
        return SavedRows(name, piece, first, find.filled, find.rows.dtype.name, _checksum(parts))

    def close(self) -> None:
        """Close the files."""
        for file in self.files.values():
            file.close()


class Restoring:
    """Reads what `parts` say into the `holdings` of the owner with this `number` among so many.

    Raises ValueError, or OSError, where a file is not as it was written.
    """

    def __init__(self, directory: Path, parts: Sequence[SavedPart], holdings: Holdings, number: int, owners: int) -> None:
        self.directory, self.parts, self.holdings, self.number, self.owners = directory, parts, holdings, number, owners

    def read(self) -> list[tuple[int, int]]:
        """Read all but the rows. Returns the runs of states whose origins are this owner's now."""
        runs = list[tuple[int, int]]()
        for place, part in enumerate(self.parts):
            self._enter(part)
            if place % self.owners == self.number:
                runs += self._states(part)
                self._edges(part)
        return runs

    def _content(self, part: SavedPart, kind: str) -> Array:
        return content_of(self.directory / f"{kind}-{part.owner}", *KINDS[kind], part.marks[kind])

    def _enter(self, part: SavedPart) -> None:
        hashes = self._content(part, "hashes")
        mine = of_owner(hashes, self.number, self.owners)
        self.holdings.enter(hashes[mine])
        if self.holdings.edges:
            self.holdings.name(self._content(part, "numbers")[mine])

    def _states(self, part: SavedPart) -> list[tuple[int, int]]:
        parents, ordinals, runs = (self._content(part, kind) for kind in TOGETHER[1])
        found = [(first, count) for first, count in runs.tolist() if count]
        if not len(parents) == len(ordinals) == sum(count for _, count in found):
            raise ValueError(f"the states of {part.owner} have other lengths than their runs")
        self.holdings.add_found(parents, ordinals)
        self.holdings.settle(found)
        return found

    def _edges(self, part: SavedPart) -> None:
        if self.holdings.edges:
            self.holdings.add_edges(*(self._content(part, kind) for kind in TOGETHER[2]))

    def rows(self, bounds: Array) -> Iterator[tuple[int, Block]]:
        """The states that wait and are this owner's now, by the place of their file; no number in them reaches its bound."""
        waiting = waiting_in(self.parts)
        for place, saved in enumerate(waiting):
            if place % self.owners != self.number:
                continue
            path = self.directory / Path(saved.name).name
            stored = Stored(saved.first, saved.count, 0, len(bounds), np.dtype(saved.dtype), path, passing=False)
            parts = stored.read()
            if _checksum(parts) != saved.checksum or not (parts[0] < bounds).all():
                raise ValueError(f"{saved.name} is not as it was written")
            yield place, Block(saved.first, *parts, filled=saved.count)


def content_of(path: Path, dtype: type[np.generic], shape: tuple[int, ...], mark: tuple[int, int]) -> Array:
    """All rows of a file: as many, and with the checksum, as `mark` says. Raises ValueError for others, and OSError."""
    with closing(AppendFile(path, np.dtype(dtype), shape, new=False)) as file:
        return np.concatenate([np.empty((0, *shape), dtype), *file.read(*mark)])


def waiting_in(parts: Sequence[SavedPart]) -> list[SavedRows]:
    """The states that wait, in the order of their numbers."""
    return sorted((rows for part in parts for rows in part.rows), key=lambda rows: rows.first)


def _checksum(parts: Sequence[Array]) -> int:
    checksum = 0
    for part in parts:
        checksum = crc32(np.ascontiguousarray(part).data, checksum)
    return checksum
