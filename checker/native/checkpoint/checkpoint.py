"""Checkpoints: a search that was killed goes on from the last one, and ends with the same counts, verdicts and lengths.

No value of a protocol is written down, only numbers: of each part of a state its number. Which part has which number comes from
the order in which the tables were filled: the journal. It is replayed, and digests of the texts of all parts tell
whether the protocol still does what it did. A directory holds

    checkpoint.json   what was searched, the counters, and of every other file how much counts, with its checksum; comes last
    journal           table and pair of each fill
    hashes, ...       in the order of the numbers of the states: hashes, ancestors, and so on
    block-...         the rows that wait

Files of numbers only grow, and what lies behind the part that counts is cut off, so an unfinished checkpoint leaves the last
one as it was. Anyone who can write there can forge a verdict, but cannot run code: only numbers and JSON are read.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path
from types import TracebackType
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from groupy_check.checker.errors import NothingAddedError, UsageError, is_there
from groupy_check.checker.limits.deadline import TimeIsUp
from groupy_check.checker.native.checkpoint.append_file import AppendFile
from groupy_check.checker.native.checkpoint.identity import Fingerprint, difference, identity
from groupy_check.checker.native.checkpoint.search_state import Parts, Question, SearchState, natural
from groupy_check.checker.native.pipeline.ancestors import RECORD
from groupy_check.checker.native.pipeline.frontier import BLOCK, Block, Entry, Stored, complaining, contents
from groupy_check.checker.native.pipeline.visited import HASHED, VisitedSet

Array = NDArray[Any]

PAUSE = 5.0  # seconds between two checkpoints, at least
SHARE = 9  # the pause is at least this many times as long as the last checkpoint took: together a tenth of the time
MANIFEST = "checkpoint.json"
ANEW = "begin anew, with --checkpoint and another directory"
DTYPES: dict[str, np.dtype[Any]] = {"uint16": np.dtype(np.uint16), "uint32": np.dtype(np.uint32)}
# What reading something that nobody has written like this may raise.
DAMAGE = (ArithmeticError, AttributeError, LookupError, OSError, RecursionError, TypeError, ValueError)


class Checkpoints:
    """The checkpoints of one search in `directory`, which no other search may use meanwhile. Used in a `with`.

    `resuming`: go on from the one that is there. Raises UsageError for a directory that cannot be used so, GroupyError when
    writing fails.
    """

    def __init__(self, directory: Path, *, resuming: bool) -> None:
        self.directory, self.resuming = directory, resuming
        self.flag = "--resume" if resuming else "--checkpoint"
        self.series: dict[str, AppendFile] = {}
        self.blocks: dict[str, int] = {}
        self.last, self.cost = time.monotonic(), 0.0
        self.known = ""  # what was saved, in words

    def __enter__(self) -> Checkpoints:
        there = is_there(self.directory / MANIFEST, Path.exists)
        if self.resuming and not there:
            raise self._refusal("there is no checkpoint; name the directory that --checkpoint was given, or begin with that")
        if there and not self.resuming:
            raise self._refusal("it holds a checkpoint; go on from there with --resume, or name another directory")
        with complaining(self.flag, self.directory):
            self.directory.mkdir(parents=True, exist_ok=True)
            self.lock = (self.directory / "lock").open("wb")
            try:
                flock(self.lock, LOCK_EX | LOCK_NB)
            except BlockingIOError:
                self.lock.close()
                raise self._refusal("another search is using it; wait for its end, or name another directory") from None
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for series in self.series.values():
            with suppress(OSError):  # where the disk is full, what waits to be written cannot be
                series.close()
        self.lock.close()

    def begin(self, question: Question, parts: Parts) -> None:
        """Make the files of a search, or open them again."""
        self.identity, self.parts, self.fingerprint = identity(question), parts, Fingerprint(parts.rules)
        with complaining(self.flag, self.directory):
            self._open("journal", parts.rules.journal.array)
            self._open("hashes", np.empty(0, np.uint64))
            self._open("ancestors", np.empty(0, RECORD))
            if question.bits > HASHED:
                self._open("furthers", np.empty(0, np.uint32))
            for name, array in {**parts.store.of_states(), **parts.store.of_edges()}.items():
                self._open(name, array)

    def _open(self, name: str, like: Array) -> None:
        # Rows get wider during a search, their files do not.
        dtype = np.dtype(np.uint32) if like.ndim > 1 else like.dtype
        try:
            self.series[name] = AppendFile(self.directory / name, dtype, like.shape[1:], new=not self.resuming)
        except FileNotFoundError:
            raise self._damaged(f"{name} is missing") from None

    # --- saving ------------------------------------------------------------------------------------------------------

    @property
    def due(self) -> bool:
        """It is time for the next checkpoint."""
        return time.monotonic() - self.last >= max(PAUSE, SHARE * self.cost)

    def note(self, hashes: Array, furthers: Array, ancestors: Array) -> None:
        """Remember the next states: their hashes, what their fingerprints have beyond these, and their ancestors."""
        with complaining(self.flag, self.directory):
            self.series["hashes"].add(hashes)
            self.series["ancestors"].add(ancestors)
            if "furthers" in self.series:
                self.series["furthers"].add(furthers)

    def save(self, state: SearchState) -> None:
        """Write a checkpoint; the last one holds until all of it is on the disk."""
        began = time.monotonic()
        with complaining(self.flag, self.directory):
            self._add()
            frontier = self.parts.frontier
            queue = [self._block(entry) for entry in frontier.queue]
            following = [self._block(entry) for entry in frontier.following]
            _sync(self.directory)
            self._publish(
                {
                    "identity": self.identity,
                    "values": self.fingerprint.digests(),
                    "series": {name: [series.count, series.checksum] for name, series in self.series.items()},
                    "queue": queue,
                    "following": following,
                    **state.json(),
                }
            )
            self._sweep({self._name(entry) for entry in frontier.entries()})
        self.last = time.monotonic()
        self.cost = self.last - began

    def _add(self) -> None:
        journal, store = self.parts.rules.journal, self.parts.store
        self.series["journal"].add_from(journal.array, journal.length)
        for name, array in store.of_states().items():
            self.series[name].add_from(array, len(store))
        for name, array in store.of_edges().items():
            self.series[name].add_from(array, store.steps)
        for series in self.series.values():
            series.sync()

    def _name(self, entry: Entry) -> str:
        dtype = entry.dtype if isinstance(entry, Stored) else entry.rows.dtype
        return f"block-{entry.first}-{entry.filled}-{dtype.name}"

    def _block(self, entry: Entry) -> list[int | str]:
        """Write a block to its file, unless it is there. Returns what the manifest says of it."""
        name = self._name(entry)
        if name not in self.blocks:
            parts = [part.data for part in (contents(entry) if isinstance(entry, Block) else entry.read())]
            with (self.directory / name).open("wb") as file:
                file.writelines(parts)
                file.flush()
                os.fsync(file.fileno())
            self.blocks[name] = _checksum(*parts)
        return [entry.first, entry.filled, entry.done, name.rpartition("-")[2], self.blocks[name]]

    def _publish(self, content: dict[str, Any]) -> None:
        text = json.dumps({"checksum": _checksum(_text(content)), "content": content})
        temporary = self.directory / f"{MANIFEST}.tmp"
        with temporary.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(self.directory / MANIFEST)
        _sync(self.directory)

    def _sweep(self, wanted: set[str]) -> None:
        """Delete the blocks that are no longer needed."""
        self.blocks = {name: checksum for name, checksum in self.blocks.items() if name in wanted}
        for path in self.directory.glob("block-*"):
            if path.name not in wanted:
                path.unlink()

    # --- going on ----------------------------------------------------------------------------------------------------

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Whatever is raised while something is made of what was read is damage to it, and becomes a UsageError."""
        try:
            yield
        except DAMAGE as error:
            own = isinstance(error, ValueError | OSError)
            raise self._damaged(str(error) if own else f"{MANIFEST} makes no sense") from error

    def restore(self, question: Question, parts: Parts, take_up: Callable[[], None]) -> SearchState:
        """Fill `parts` with what a search had found, and return how far it was. Raises UsageError where that cannot be.

        `take_up` is called when all is interned, before there are any states.
        """
        with self.reading():
            document = json.loads((self.directory / MANIFEST).read_text(encoding="utf-8"))
            content = document["content"]
            if document["checksum"] != _checksum(_text(content)):
                raise ValueError(f"{MANIFEST} is not as it was written")
            differs = difference(content["identity"], identity(question))
            if differs:
                raise self._refusal(f"{differs}; {ANEW}")
            state = SearchState.of(content)
            self.known = state.told(natural(content["series"]["hashes"][0]))
            self.begin(question, parts)
            self._replay(content)
            take_up()
            self._fill_store(parts.store, content["series"])
            self._line_up(content)
            return state

    @contextmanager
    def going_on(self) -> Iterator[None]:
        """What ends the search while it is made ready to go on becomes a NothingAddedError."""
        try:
            yield
        except TimeIsUp:
            raise self.untouched() from None
        except KeyboardInterrupt:
            raise NothingAddedError(f"{self._unmoved('it was interrupted')}; the same command goes on from there") from None

    def untouched(self) -> NothingAddedError:
        """The error that no time is left to go on."""
        how = "give --time-limit more, which counts the time before, too, or leave it out"
        return NothingAddedError(f"{self._unmoved('the time was up')}; {how}")

    def _unmoved(self, why: str) -> str:
        known = f" ({self.known})" if self.known else ""
        return f"{self.flag} {self.directory}: {why} before anything was added to what is saved there{known}"

    def _replay(self, content: dict[str, Any]) -> None:
        journal = list(self.series["journal"].read(*content["series"]["journal"]))
        rules = self.parts.rules
        try:
            for rows in journal:
                for table, first, second in rows.tolist():
                    rules.extend()
                    rules.fill(table, first, second)
            rules.extend()
            known = self.fingerprint.digests()
        except LookupError:  # that value no longer exists
            known = {}
        if known != content["values"]:
            raise self._refusal(f"the protocol does not behave as it did: something that it imports has changed; {ANEW}")

    def _fill_store(self, store: VisitedSet, marks: dict[str, Any]) -> None:
        hashes, none = self.series["hashes"].read(*marks["hashes"]), np.empty(0, np.uint32)
        if "furthers" in self.series:
            for part, furthers in zip(hashes, self.series["furthers"].read(*marks["furthers"]), strict=True):
                store.enter(part, furthers)
        for part in hashes:
            store.enter(part, none)
        for ancestors in self.series["ancestors"].read(*marks["ancestors"]):
            store.ancestors.add(ancestors)
        if len(store.ancestors) != len(store):
            raise ValueError("ancestors has another length than what belongs to it")
        for name, array in store.of_states().items():
            self._read(name, marks, array, len(store))
        edges = store.of_edges()
        store.steps = natural(marks["sources"][0]) if edges else 0
        for name, array in edges.items():
            self._read(name, marks, array, store.steps)

    def _read(self, name: str, marks: dict[str, Any], array: Array, count: int) -> None:
        if marks[name][0] != count:
            raise ValueError(f"{name} has another length than what belongs to it")
        begin = 0
        for rows in self.series[name].read(*marks[name]):
            array[begin : begin + len(rows)] = rows
            begin += len(rows)

    def _line_up(self, content: dict[str, Any]) -> None:
        bounds, place, frontier = self.parts.rules.words.bounds, natural(content["counters"]["expanded"]), self.parts.frontier
        for name, entries in (("queue", frontier.queue), ("following", frontier.following)):
            for block in content[name]:
                entry = self._entry(block, bounds)
                if entry.first + entry.done != place:
                    raise ValueError(f"{MANIFEST} leaves states out")
                entries.append(entry)
                place = entry.first + entry.filled
        if place != len(self.parts.store):
            raise ValueError(f"{MANIFEST} leaves states out")

    def _entry(self, block: list[Any], bounds: Array) -> Stored:
        """A block in its file; it is read when its turn comes, but is looked at now: the kernel trusts the numbers in it."""
        first, filled, done = map(natural, block[:3])
        dtype = DTYPES[block[3]]
        name = f"block-{first}-{filled}-{dtype.name}"
        stored = Stored(first, filled, done, len(bounds), dtype, self.directory / name, passing=False)
        parts = stored.read()
        whole = _checksum(*(part.data for part in parts)) == block[4] and done <= filled <= BLOCK
        if not whole or not (parts[0] < bounds).all():
            raise ValueError(f"{name} is not as it was written")
        self.blocks[name] = block[4]
        return stored

    def _refusal(self, reason: str) -> UsageError:
        return UsageError(f"{self.flag} {self.directory}: {reason}")

    def _damaged(self, reason: str) -> UsageError:
        return self._refusal(f"the checkpoint is damaged: {reason}; {ANEW}")


def _text(content: Any) -> bytes:
    return json.dumps(content, sort_keys=True).encode()


def _checksum(*parts: memoryview | bytes) -> int:
    checksum = 0
    for part in parts:
        checksum = crc32(part, checksum)
    return checksum


def _sync(directory: Path) -> None:
    """Write the names in `directory` to the disk."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
