"""Executable documents: a Markdown file is read into pieces, and the pieces are performed in one directory, in order.

    $ command           in a `console` block: runs; it must print the lines below it, in that order (it may print others)
    <!-- file: NAME --> before a block: the block is written to NAME
    <!-- change: NAME --> before a `diff` block: NAME contains the block's old lines, which are replaced by the new ones
    <!-- drawn: FILE --> before `![...](KEPT)`: the picture drawn as FILE must equal the picture KEPT next to the document
    <!-- exercise -->   before a `console` block: it must fail as shown, and pass once exercise.py is the solution
    <!-- long -->       before a `console` block: it takes minutes, and runs only on request
    <!-- ci: NAME -->   before an `sh` block: CI runs it, tests do not

Links must lead to something that exists. Other directives, and directives in other places, are errors.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path

_DIRECTIVE = re.compile(r"<!-- (\w+)(?:: (\S+))? -->")
_FENCE = re.compile(r"(`{3,})(\w*)")
_LINK = re.compile(r"\]\(([^()\s]+)\)")
_PICTURE = re.compile(r"!\[[^\]]*\]\(([^()\s]+)\)")
_CODE = re.compile(r"`[^`]*`")
_BEFORE = {
    "file": None,
    "change": "diff",
    "exercise": "console",
    "long": "console",
    "ci": "sh",
}  # in which language the block behind a directive is written; None: any


class MalformedError(Exception):
    """The document cannot be read; says where and why."""


@dataclass(frozen=True, slots=True)
class Command:
    """`words` are to be run, and to print `shown`: (number of the line, line)."""

    line: int
    words: tuple[str, ...]
    shown: tuple[tuple[int, str], ...]
    marks: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class File:
    """`text` is to be written to `name`."""

    line: int
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Change:
    """In the file `name` the lines `before` are to be replaced by `after`."""

    line: int
    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Picture:
    """The picture `kept` beside the document is to be what was drawn as `drawn`."""

    line: int
    drawn: str
    kept: str


Piece = Command | File | Change | Picture


@dataclass(frozen=True, slots=True)
class Document:
    """What is to be performed, in order; the targets of links and pictures; the headings. Each with its line, from 1."""

    path: Path
    text: str
    pieces: tuple[Piece, ...]
    links: tuple[tuple[int, str], ...]
    headings: tuple[tuple[int, str], ...]

    def commands(self) -> list[Command]:
        """The commands, in order."""
        return [piece for piece in self.pieces if isinstance(piece, Command)]

    def section(self, heading: str) -> str:
        """The text below `heading`, up to the next one of the same or a higher level; "" where there is no such heading."""
        lines = self.text.splitlines()
        level = len(heading) - len(heading.lstrip("#"))
        for number, text in self.headings:
            if text == heading:
                ends = [n for n, other in self.headings if n > number and len(other) - len(other.lstrip("#")) <= level]
                return "\n".join(lines[number : min(ends, default=len(lines) + 1) - 1])
        return ""


def plain(line: str) -> str:
    """A line without what changes from run to run: the width of columns."""
    return " ".join(line.split())


# --- reading -----------------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Reader:
    """Goes through the lines once; `pending` are the directives that wait for what they stand before."""

    path: Path
    lines: list[str]
    at: int = 0
    pending: dict[str, str] = field(default_factory=dict)
    pieces: list[Piece] = field(default_factory=list)
    links: list[tuple[int, str]] = field(default_factory=list)
    headings: list[tuple[int, str]] = field(default_factory=list)

    def read(self) -> None:
        while self.at < len(self.lines):
            line = self.lines[self.at]
            self.at += 1
            if directive := _DIRECTIVE.fullmatch(line):
                self.pending[directive[1]] = directive[2] or ""
            elif fence := _FENCE.fullmatch(line):
                self.block(self.at, fence[1], fence[2])
            else:
                self.prose(line)
        if self.pending:
            raise self.malformed(self.at, f"nothing follows <!-- {next(iter(self.pending))} -->")

    def malformed(self, line: int, why: str) -> MalformedError:
        return MalformedError(f"{self.path.name}:{line}: {why}")

    def prose(self, line: str) -> None:
        picture, drawn = _PICTURE.fullmatch(line), self.pending.pop("drawn", None)
        if self.pending or (drawn is not None and picture is None):
            name = next(iter(self.pending), "drawn")
            raise self.malformed(self.at, f"<!-- {name} --> must stand on the line right before what it is about")
        if re.match(r"\s*(```|~~~|<!--)", line):
            raise self.malformed(self.at, "write a fence as ```word, and a directive as <!-- word --> or <!-- word: name -->")
        if picture and drawn is not None:
            self.pieces.append(Picture(self.at, drawn, picture[1]))
        if re.match(r"#+ ", line):
            self.headings.append((self.at, line))
        self.links += [(self.at, target) for target in _LINK.findall(_CODE.sub("", line))]

    def block(self, line: int, ticks: str, language: str) -> None:
        body = list(takewhile(lambda text: text != ticks, self.lines[self.at :]))
        first, self.at = self.at + 1, self.at + len(body) + 1
        if self.at > len(self.lines):
            raise self.malformed(line, "the block is not closed")
        marks, self.pending = self.pending, {}
        for mark in marks:
            if mark not in _BEFORE or _BEFORE[mark] not in (None, language):
                raise self.malformed(line, f"<!-- {mark} --> cannot stand before a block of `{language}`")
        if "file" in marks:
            self.pieces.append(File(line, marks["file"], "".join(f"{text}\n" for text in body)))
        elif language == "console":
            self.pieces += self.session(first, body, frozenset(marks))
        elif "change" in marks:
            self.pieces.append(Change(line, marks["change"], _side(body, " -"), _side(body, " +")))
        elif language != "markdown" and any(text.startswith("$ ") for text in body):
            raise self.malformed(line, "commands that are to be executed stand in a block of `console`")

    def session(self, first: int, body: list[str], marks: frozenset[str]) -> Iterator[Command]:
        if not body or not body[0].startswith("$ "):
            raise self.malformed(first, "a console block begins with a command: `$ groupy-check ...`")
        command: list[str] = []
        shown: list[tuple[int, str]] = []
        start = first
        for number, line in enumerate(body, first):
            if line.startswith("$ "):
                if command:
                    yield Command(start, tuple(shlex.split(" ".join(command))), tuple(shown), marks)
                start, command, shown = number, [line[2:]], []
            elif command[-1].endswith("\\"):
                command[-1] = command[-1].removesuffix("\\")
                command.append(line)
            elif line.strip():
                shown.append((number, line))
        yield Command(start, tuple(shlex.split(" ".join(command))), tuple(shown), marks)


def _side(diff: list[str], signs: str) -> str:
    """The lines of `diff` that begin with one of `signs`, without that."""
    return "".join(f"{line[1:]}\n" for line in diff if (line or " ")[0] in signs)


def read_document(path: Path) -> Document:
    """The document at `path`. Raises MalformedError."""
    text = path.read_text(encoding="utf-8")
    reader = _Reader(path, text.splitlines())
    reader.read()
    return Document(path, text, tuple(reader.pieces), tuple(reader.links), tuple(reader.headings))


def dead_links(document: Document) -> list[str]:
    """The relative links that lead to nothing, anchors included."""
    dead = []
    for line, target in document.links:
        file, _, anchor = target.partition("#")
        if re.match(r"\w+:", target):
            continue
        there = document.path.parent / file if file else document.path
        if not there.exists():
            dead.append(f"{document.path.name}:{line}: {target} leads to nothing")
        elif anchor and anchor not in map(_anchor, there.read_text(encoding="utf-8").splitlines()):
            dead.append(f"{document.path.name}:{line}: {target}: there is no such heading")
    return dead


def _anchor(line: str) -> str:
    """The anchor of a heading, as GitHub makes it; "" of other lines."""
    return re.sub(r"[^\w -]", "", line.lstrip("#").strip().lower()).replace(" ", "-") if line.startswith("#") else ""
