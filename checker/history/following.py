"""Logs that grow while they are read: what has come since the last look, line by line."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from io import FileIO
from pathlib import Path

from groupy_check.checker.history.book import Book
from groupy_check.checker.history.reading import PIECE, STDIN, FileReader

PATIENCE = 0.2  # seconds between two looks
SHARE = 4.0  # after a look that took a while, so many times as long is waited: looking shall not take all the time


class GrowingFile:
    """One file, or standard input: `reader` takes its lines as soon as they are complete."""

    def __init__(self, reader: FileReader, file: FileIO) -> None:
        self.reader, self.file = reader, file
        self.closed = False  # nothing more can come

    def look(self) -> bool:
        """Take what has come. Returns whether there was a whole line."""
        found = False
        while not (self.reader.over or self.closed):
            data = self.file.read(PIECE)
            if not data:
                if self.file.seekable() and os.fstat(self.file.fileno()).st_size < self.file.tell():
                    self.reader.break_off("the file became shorter while it was followed, as when a log is started anew")
                self.closed = data is not None and self.file.fileno() == 0
                break
            self.reader.feed(data)
            found = found or b"\n" in data
        return found


def growing(paths: Sequence[str]) -> Iterator[Book]:
    """What has been read, each time that there is more, until nothing can come any more. Raises OSError.

    A line that is not complete is not read yet.
    """
    book = Book()
    with ExitStack() as open_files:
        files = [GrowingFile(FileReader(book, _name(path)), _opened(path, open_files)) for path in paths]
        while True:
            began = time.monotonic()
            looks = [file.look() for file in files]
            if any(looks):
                yield book
            if all(file.closed or file.reader.over for file in files):
                return
            time.sleep(max(PATIENCE, SHARE * (time.monotonic() - began)))


def _name(path: str) -> str:
    return "standard input" if path == STDIN else path


def _opened(path: str, open_files: ExitStack) -> FileIO:
    if path != STDIN:
        return open_files.enter_context(Path(path).open("rb", buffering=0))
    os.set_blocking(sys.stdin.fileno(), False)
    open_files.callback(os.set_blocking, sys.stdin.fileno(), True)
    return open_files.enter_context(FileIO(sys.stdin.fileno(), "rb", closefd=False))
