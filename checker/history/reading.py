"""From lines to tracks.

A line that cannot be read ends its file, not the reading: what came before it, and the other files, are kept and judged.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from math import nan
from pathlib import Path
from typing import BinaryIO

import msgspec

from groupy_check.checker.history.book import Book, Entry, LogComplaint, LoggedTransitionalSet, LoggedView, Track, json_of
from groupy_check.checker.history.log_format import (
    HEADER_MARK,
    HEADERS,
    LINES,
    LONGEST_LINE,
    NOTHING,
    TOO_LONG,
    VERSION,
    LogLine,
    UnreadableLineError,
    plain_lines,
    refuse_inexact,
    refuse_repeated_fields,
    why_unreadable,
)
from groupy_check.checker.history.payload_text import payload_texts, shortened
from groupy_check.checker.history.shiviz.importing import as_groupy_log, is_shiviz
from groupy_check.groupy_model.observations import Adopted, Ended, IndicatedSafe, Left, Sent, Status
from groupy_check.groupy_model.show import printable

OBSERVED_BY_OTHERS = ("crash", "note")  # what another process may log of one
STDIN = "-"
PIECE = 2**20  # bytes read at once


class FileReader:
    """Reads the lines of one file into a book, one after the other."""

    def __init__(self, book: Book, name: str) -> None:
        self.book, self.file, self.number = book, len(book.files), 0
        self.over = False  # a line could not be read
        self.shiviz, self.event = False, b""  # the format of ShiViz, and the first of two lines
        self._rest = b""  # of a line that is not whole yet
        self._current: dict[str, Track] = {}  # of lines that name no incarnation
        self._lives: Counter[str] = Counter()
        book.files.append(printable(name))

    def feed(self, data: bytes) -> None:
        """Read what comes next, line by line. A line that cannot be read is noted in the book, and ends the file."""
        data = self._rest + data
        end = data.rfind(b"\n") + 1
        self._rest = data[end:]
        begin = 0 if self.number else data.find(b"\n") + 1  # the first line says what the others are
        if begin:
            self._take(data[:begin])
        self._take_block(data[begin:end])
        if len(self._rest) > LONGEST_LINE:
            self.break_off(TOO_LONG)

    def _take_block(self, block: bytes) -> None:
        lines = None if self.over or self.shiviz else plain_lines(block)
        if lines is None:
            for raw in block.split(b"\n")[:-1]:
                self._take(raw + b"\n")
            return
        before = self.number
        try:
            for line in lines:
                self.number += 1
                self._note(line)
        except UnreadableLineError as error:
            self._stop(str(error))
            del lines[self.number - before - 1 :]
        self.book.read.update(line.event for line in lines)

    def _take(self, raw: bytes) -> None:
        if self.over:
            return
        self.number += 1
        if self.number == 1:
            self.shiviz = is_shiviz(raw)
        try:
            if len(raw) > LONGEST_LINE:
                self._stop(TOO_LONG)
            elif not self.shiviz:
                self._read(raw)
            elif self.event:
                event, self.event = self.event, b""
                self._read(_translated(event, raw))
            else:
                self.event = raw.strip()
        except UnreadableLineError as error:
            self._stop(str(error))

    def break_off(self, reason: str) -> None:
        """Note that for this `reason` the next line, and so the rest of the file, is not read."""
        if not self.over:
            self.number += 1
            self._stop(reason)

    def _stop(self, reason: str) -> None:
        self.over = True
        self.book.faults.append(LogComplaint(self.book.files[self.file], self.number, reason))

    def _read(self, raw: bytes) -> None:
        if HEADER_MARK in raw and self._header(raw):
            return
        try:
            line = LINES.decode(raw)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            if raw.strip():
                raise UnreadableLineError(why_unreadable(raw, error, self.number)) from None
            return
        if raw.count(b'"payload"') > 1 or raw.count(b'"process"') > 1 or raw.count(b'"event"') > 1 or line.event == "view":
            refuse_repeated_fields(raw)
        self._note(line)
        self.book.read[line.event] += 1

    def _note(self, line: LogLine) -> None:
        """Add the event to its track."""
        track = self._track(line)
        time = line.time
        if time is None:
            time = nan
        else:
            if time < track.last_time:
                self._warn_of_time(track, time)
            track.last_time = time
            if not time <= self.book.latest:
                self.book.latest = time
        if line.clock is not None:
            self._look_at_clock(track, line.clock)
        if line.event == "deliver":  # the most frequent one
            if line.payload is NOTHING:
                raise UnreadableLineError("a delivery without a payload")
            track.add(self.book.delivery(bytes(line.payload)), self.number, time)
        else:
            self._enter(track, line, time)

    def _header(self, raw: bytes) -> bool:
        """Whether the line is a header, which is read. Where logs were put one behind the other, one may come later."""
        try:
            header = HEADERS.decode(raw)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            if not raw.startswith(b'{"groupy-log"'):
                return False  # the mark may stand in a payload
            raise UnreadableLineError(f"the header cannot be read: {error}") from None
        if header.process is not msgspec.UNSET or header.event is not msgspec.UNSET:
            raise UnreadableLineError("a header and an event in one line; the header is a line of its own")
        if header.version != VERSION:
            raise UnreadableLineError(f"the log has version {header.version}; this program knows version {VERSION}")
        if header.ordered is not None:
            if self.book.ordered not in (None, header.ordered):
                raise UnreadableLineError("`ordered` is the opposite of what another file says; it must be the same in all")
            self.book.ordered = header.ordered
        return True

    def finish(self) -> None:
        """Read the last line if it does not end, and note what is missing at the end of the file."""
        if self._rest:
            self._take(self._rest)
        if self.event and not self.over:
            self.number += 1
            self._stop("the line is missing that says what happened")
        if not self.number:
            self.book.warnings.append(LogComplaint(self.book.files[self.file], 1, "the file is empty"))

    def _track(self, line: LogLine) -> Track:
        """The track that the line belongs to. Raises UnreadableLineError where another file has it, or where it has ended."""
        name = line.process
        found = self._current.get(name) if line.incarnation is None else None
        if line.event == "start" and found is not None and (found.entries or found.status is not Status.UP):
            self._lives[name] += 1
            found = None
        if found is None:
            if not name:
                raise UnreadableLineError("the name of the process is empty")
            refuse_inexact(line.incarnation, "incarnation")
            found = self.book.track(name, line.incarnation, 0 if line.incarnation is not None else self._lives[name])
            if line.incarnation is None:
                self._current[name] = found
        if line.event in OBSERVED_BY_OTHERS:
            return found
        if found.file is None:
            found.file = self.file
        if found.file != self.file:
            other = self.book.files[found.file]
            raise UnreadableLineError(f"two processes are called {printable(name)}: {other} has one, too; name incarnations")
        if found.over:
            raise UnreadableLineError(f"{printable(name)} goes on after its end; if it came back, log a start first")
        return found

    def _warn_of_time(self, track: Track, time: float) -> None:
        if not track.warned:
            track.warned = True
            self._warn(f"the time of {printable(track.name)} runs backwards, from {track.last_time} to {time}")

    def _look_at_clock(self, track: Track, clock: dict[str, int]) -> None:
        own = clock.get(track.name, -1)
        if own < track.last_clock:
            self._warn(f"the vector clock of {printable(track.name)} runs backwards, from {track.last_clock} to {own}")
        track.last_clock = own

    def _warn(self, reason: str) -> None:
        self.book.warnings.append(LogComplaint(self.book.files[self.file], self.number, reason))

    def _enter(self, track: Track, line: LogLine, time: float) -> None:
        """Add what the line says, which is no delivery, to its track."""
        match line.event:
            case "end":
                track.add(Ended(payload_shown(line.reason)), self.number, time)
                track.status, track.ended_at, track.over = Status.HALTED, time, True
            case "crash" if not track.over:
                track.status, track.ended_at, track.over = Status.CRASHED, time, track.file == self.file
            case _:
                for entry in self._entries(line):
                    track.add(entry, self.number, time)

    def _entries(self, line: LogLine) -> Iterator[Entry]:
        """What a line says that is neither a delivery nor an end."""
        match line.event:
            case "multicast" | "safe" if line.payload is NOTHING:
                what = "a multicast" if line.event == "multicast" else "a safe indication"
                raise UnreadableLineError(f"{what} without a payload")
            case "multicast":
                yield self._multicast(bytes(line.payload))
            case "safe":
                yield IndicatedSafe(self.book.payload(bytes(line.payload)))
            case "view":
                yield self._view(line)
                if line.transitional is not None:
                    self.book.transitional = True
                    yield LoggedTransitionalSet(tuple(line.transitional))
            case "state":
                texts = json_of(payload_texts, bytes(line.payload)) if line.payload is not NOTHING else None
                if texts is None:
                    raise UnreadableLineError("a state without a payload that lists the payloads that make it")
                yield Adopted(tuple(map(self.book.interned, texts)))
            case "leave":
                yield Left()

    def _multicast(self, raw: bytes) -> Sent:
        payload = self.book.payload(raw)
        if payload in self.book.asked:
            self.book.again.setdefault(payload, f"{self.book.files[self.file]}:{self.number}")
        self.book.asked.add(payload)
        return Sent(payload)

    def _view(self, line: LogLine) -> LoggedView:
        members = tuple(line.members or ())
        known = self.book.views.get((type(line.view), line.view, members))
        if known is not None:
            return known
        if not members:
            raise UnreadableLineError("a view without members")
        if not all(members) or len(set(members)) < len(members):
            raise UnreadableLineError("a view with a member that has no name, or that is there twice")
        refuse_inexact(line.view, "view")
        if self.book.named is None:
            self.book.named = line.view is not None
        if self.book.named != (line.view is not None):
            raise UnreadableLineError("some views have an identity (`view`), and others have none")
        view = LoggedView(line.view, members)
        return self.book.views.setdefault((type(line.view), line.view, members), view)


def _translated(event: bytes, words: bytes) -> bytes:
    try:
        return as_groupy_log(event, words)
    except (ValueError, RecursionError) as error:
        raise UnreadableLineError(f"not an event of ShiViz: {error}") from None


def payload_shown(text: str) -> str:
    """`text`, which shall not control a terminal nor fill a page."""
    return shortened(printable(text))


def read_file(reader: FileReader, file: BinaryIO) -> None:
    """Have `reader` take all lines of `file`, up to the first that it cannot read."""
    while not reader.over:
        data = file.read(PIECE)
        if not data:
            reader.finish()
            return
        reader.feed(data)


def read_logs(paths: Iterable[str]) -> Book:
    """What the files say, STDIN for standard input. Raises OSError when one cannot be opened."""
    book = Book()
    for path in paths:
        if path == STDIN:
            read_file(FileReader(book, "standard input"), sys.stdin.buffer)
        else:
            with Path(path).open("rb") as file:
                read_file(FileReader(book, path), file)
    return book
