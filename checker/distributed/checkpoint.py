"""Checkpoints of a search on several machines: what all owners have written at the end of a level, made one by a manifest.

The directory must be one that all machines see. It holds the files of the owners (see `shelf`), the `journal`, and

    cluster.json      what was searched, the counters, and of every file how much counts, with its checksum; comes last

A search goes on from there with any number of owners. As in `native.checkpoint`, only numbers and JSON are read.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path
from types import TracebackType
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from groupy_check.checker.distributed.shelf import SavedPart, content_of
from groupy_check.checker.errors import UsageError, is_there
from groupy_check.checker.native.checkpoint.append_file import AppendFile
from groupy_check.checker.native.checkpoint.checkpoint import ANEW, DAMAGE
from groupy_check.checker.native.checkpoint.identity import difference, identity
from groupy_check.checker.native.checkpoint.search_state import Question, SearchState, natural
from groupy_check.checker.native.pipeline.frontier import complaining

Array = NDArray[Any]
MANIFEST = "cluster.json"


@dataclass(frozen=True, slots=True)
class Saved:
    """A checkpoint: the chunks of the journal, digests of what they say, what each owner has written, and how far it is."""

    chunks: Sequence[Array]
    digests: dict[str, str]
    parts: Sequence[SavedPart]
    state: SearchState


class ClusterCheckpoints:
    """The checkpoints of one search in `directory`, which no other search may use meanwhile. Used in a `with`.

    `resuming`: go on from the one that is there. Raises UsageError for a directory that cannot be used so, GroupyError when
    writing fails.
    """

    def __init__(self, directory: Path, *, resuming: bool) -> None:
        self.directory, self.resuming = directory.absolute(), resuming
        self.flag = "--resume" if resuming else "--checkpoint"
        self.saved: Saved | None = None  # the last one
        self.older: list[SavedPart] = []  # of former owners, whose files stay
        self.generation = 0

    def __enter__(self) -> ClusterCheckpoints:
        there = is_there(self.directory / MANIFEST, Path.exists)
        if self.resuming and not there:
            reason = "there is no checkpoint of a search with --cluster"
            raise self._refusal(f"{reason}; name the directory that --checkpoint was given, or begin with that")
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
        self.lock.close()

    def begin(self, question: Question, *, edges: bool) -> None:
        """It is this that is asked. Reads the checkpoint of a search that goes on."""
        self.identity = {**identity(question), "edges": edges}
        if self.resuming and self.saved is None:
            with self.reading():
                self.saved = self._read()

    def renewed(self) -> None:
        """New owners begin files of their own, behind those of the last checkpoint."""
        self.generation += 1
        self.older = list(self.saved.parts) if self.saved else []

    def save(self, chunks: Sequence[Array], digests: dict[str, str], parts: Sequence[SavedPart], state: SearchState) -> None:
        """Make a checkpoint of what the owners have written; the last one holds until all of it is on the disk."""
        older = [SavedPart(part.owner, part.marks, ()) for part in self.older]
        self.saved = Saved(chunks, digests, [*older, *parts], state)
        with complaining(self.flag, self.directory):
            content = {
                "identity": self.identity, "generation": self.generation, "values": digests, "journal": self._add(chunks),
                "parts": [part.json() for part in self.saved.parts], **state.json(),
            }  # fmt: skip
            self._publish(json.dumps({"checksum": crc32(_text(content)), "content": content}))
            self._sweep({rows.name for part in parts for rows in part.rows})

    def _add(self, chunks: Sequence[Array]) -> list[Any]:
        """Write the journal anew: it is small. Returns the name of its file, its checksum, and how long each chunk is."""
        name = f"journal-{self.generation}-{len(chunks)}"
        file = AppendFile(self.directory / name, np.dtype(np.uint32), (3,), new=True)
        for chunk in chunks:
            file.add(chunk)
        file.sync()
        file.close()
        return [name, file.checksum, [len(chunk) for chunk in chunks]]

    def _publish(self, text: str) -> None:
        temporary = self.directory / f"{MANIFEST}.tmp"
        with temporary.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(self.directory / MANIFEST)

    def _sweep(self, wanted: set[str]) -> None:
        """Delete the rows and journals that are no longer needed."""
        assert self.saved is not None
        wanted = wanted | {f"journal-{self.generation}-{len(self.saved.chunks)}"}
        for pattern in ("rows-*", "journal-*"):
            for path in self.directory.glob(pattern):
                if path.name not in wanted:
                    path.unlink(missing_ok=True)

    def _read(self) -> Saved:
        document = json.loads((self.directory / MANIFEST).read_text(encoding="utf-8"))
        content = document["content"]
        if document["checksum"] != crc32(_text(content)):
            raise ValueError(f"{MANIFEST} is not as it was written")
        differs = difference(content["identity"], self.identity)
        if differs:
            raise self._refusal(f"{differs}; {ANEW}")
        self.generation = natural(content["generation"])
        name, checksum, lengths = content["journal"]
        entries = content_of(self.directory / Path(name).name, np.uint32, (3,), (sum(map(natural, lengths)), checksum))
        chunks = np.split(entries, np.cumsum(lengths)[:-1]) if lengths else []
        return Saved(chunks, content["values"], [SavedPart.of(part) for part in content["parts"]], SearchState.of(content))

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Whatever is raised while something is made of what was read is damage to it, and becomes a UsageError."""
        try:
            yield
        except DAMAGE as error:
            own = isinstance(error, ValueError | OSError)
            reason = str(error) if own else f"{MANIFEST} makes no sense"
            raise self._refusal(f"the checkpoint is damaged: {reason}; {ANEW}") from error

    def changed(self) -> UsageError:
        """The error where the protocol does not do any more what it did."""
        reason = "the protocol does not behave as it did: something that it imports has changed"
        return self._refusal(f"{reason}; {ANEW}")

    def _refusal(self, reason: str) -> UsageError:
        return UsageError(f"{self.flag} {self.directory}: {reason}")


def _text(content: Any) -> bytes:
    return json.dumps(content, sort_keys=True).encode()
