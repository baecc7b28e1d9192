"""The files beside a program: which of them may be a group process, and what an application among them takes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from groupy_check.checker.erlang.machine.compiling.checks import parts
from groupy_check.checker.erlang.syntax import tree
from groupy_check.checker.erlang.syntax.parser import parse
from groupy_check.checker.erlang.syntax.places import ErlangSyntaxError
from groupy_check.checker.erlang.syntax.reading import text_of

START = re.compile(rb"start/\d")
CALLED = re.compile(rb"\b([A-Za-z]\w*):start\(")
LARGEST = 4_000_000  # bytes


def group_processes(path: Path) -> list[str]:
    """The names of the files beside `path` that may be group processes."""
    return [file.name for file in _beside(path) if starts_a_group(file)]


def taken_beside(path: Path) -> Mapping[tuple[str, int], str]:
    """The tagged tuples, by tag and size, for which another file has a clause that is no group process: with its name."""
    found = dict[tuple[str, int], str]()
    for file in _beside(path):
        if not starts_a_group(file) or starts_another(file):
            found |= dict.fromkeys(_taken_in(file), file.name)
    return found


def _beside(path: Path) -> list[Path]:
    return [file for file in sorted(path.parent.glob("*.erl")) if file.name != path.name]


def starts_a_group(file: Path) -> bool:
    """Whether `file` exports what a group process has to, start/1 and start/2, as far as a glance at its text tells."""
    return {b"start/1", b"start/2"} <= set(START.findall(_content(file)))


def starts_another(file: Path) -> bool:
    """Whether `file` calls the start of a group process beside it, or of whichever module it is given: a worker does."""
    called = {name.decode() for name in CALLED.findall(_content(file))} - {file.stem}
    return any(name[0].isupper() or starts_a_group(file.with_name(f"{name}.erl")) for name in called)


def _taken_in(file: Path) -> Iterator[tuple[str, int]]:
    try:
        forms = parse(text_of(_content(file)), file.stem, file.name, lambda _: None)
    except ErlangSyntaxError:
        return
    yield from _tags(forms)


def _tags(found: object) -> Iterator[tuple[str, int]]:
    """The tags of the patterns in a part of the syntax."""
    if isinstance(found, tree.ErlangClause):
        for pattern in found.patterns:
            match pattern:
                case tree.TupleOf(_, (tree.Literal(_, "atom", str(tag)), *_) as items):
                    yield tag, len(items)
    for part in parts(found):
        yield from _tags(part)


def _content(file: Path) -> bytes:
    try:
        with file.open("rb") as found:
            return found.read(LARGEST)
    except OSError:
        return b""
