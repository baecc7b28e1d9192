"""The folder of a class: what every student has handed in, and which of several files is the one to judge."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from groupy_check.checker.erlang.adapter.conventions import CONVENTIONS
from groupy_check.checker.erlang.adapter.neighbours import starts_a_group
from groupy_check.checker.errors import UsageError, is_there

SUFFIXES = (".py", ".erl")
UNPACKING = {  # by the end of a name, what to type
    ".zip": "unzip {file} -d {folder}",
    **dict.fromkeys((".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz"), "mkdir {folder} && tar -xf {file} -C {folder}"),
    ".7z": "7z x {file} -o{folder}",
    ".rar": "unrar x {file} {folder}/",
    ".gz": "gunzip {file}",
    ".bz2": "bunzip2 {file}",
    ".xz": "unxz {file}",
}


@dataclass(frozen=True, slots=True)
class Submission:
    """What a student handed in: `file` is the one to judge, unless there is a `problem` with it already."""

    name: str
    file: Path
    problem: str = ""


def submissions(directory: Path, wanted: str = "") -> list[Submission]:
    """Every file DIR/NAME.py or DIR/NAME.erl, and of every folder DIR/NAME one such file in it, by name.

    That is the only one; else the one called `wanted`; else the only one that may be a protocol, as a worker's file in Erlang
    may not. What is packed, and a folder in which none is the one to judge, is a submission that cannot be judged, so that
    nobody is lost.
    `groupy_conventions.erl` belongs to the files beside it, and is none. Raises UsageError when there is none.
    """
    if not is_there(directory, Path.is_dir):
        raise UsageError(f"there is no directory {directory}; groupy grade DIR takes the one that holds the submissions")
    try:
        found = [one for path in sorted(directory.iterdir()) for one in _readable(path, wanted)]
    except OSError as error:
        raise UsageError(f"cannot read {directory}: {error.strerror or error}") from error
    if not found:
        raise UsageError(f"there is no submission in {directory}: neither NAME.py or NAME.erl nor NAME/ with one of them in it")
    names = [one.name for one in found]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        second, first, *_ = (one.file.relative_to(directory).parts[0] for one in found if one.name == twice)
        raise UsageError(
            f"{directory} has both {_marked(directory, first)} and {_marked(directory, second)}; rename one of the two"
        )
    return found


def is_source(path: Path) -> bool:
    """Whether it is a file that can be judged, as far as its name says."""
    return path.suffix in SUFFIXES and path.is_file()


def _marked(directory: Path, name: str) -> str:
    return f"{name}/" if (directory / name).is_dir() else name


def _readable(path: Path, wanted: str) -> Iterator[Submission]:
    """The submission at `path`; what cannot be read of it is its own problem, and nobody else's."""
    try:
        yield from _submission(path, wanted)
    except OSError as error:
        yield Submission(path.name, path, f"it cannot be read: {error.strerror or error}; see who may read it")


def _submission(path: Path, wanted: str) -> Iterator[Submission]:
    if _is_hidden(path) or _is_helper(path):
        return
    if is_source(path):
        yield Submission(path.stem, path)
    elif path.is_dir():
        folder = _innermost(path)
        files = sorted(file for file in folder.iterdir() if is_source(file) and not _is_hidden(file) and not _is_helper(file))
        chosen, problem = _chosen(files, wanted)
        if files or any(folder.iterdir()):
            yield Submission(path.name, chosen or path, problem)
    else:
        yield from _packed(path)


def _is_hidden(path: Path) -> bool:
    return path.name.startswith((".", "__"))


def _is_helper(path: Path) -> bool:
    return path.name == f"{CONVENTIONS}.erl"


def _innermost(folder: Path) -> Path:
    """`folder`, or the one that is all there is in it, as in what was unpacked."""
    inside = [path for path in folder.iterdir() if not _is_hidden(path)]
    alone = len(inside) == 1 and inside[0].is_dir() and not inside[0].is_symlink()
    return _innermost(inside[0]) if alone else folder


def _chosen(files: Sequence[Path], wanted: str) -> tuple[Path | None, str]:
    """The one of `files` to judge, or what is in the way."""
    if not files:
        return None, f"no file in it ends in {' or '.join(SUFFIXES)}; put the one to judge there"
    names = ", ".join(file.name for file in files)
    if wanted and len(files) > 1:
        named = [file for file in files if wanted in (file.name, file.stem)]
        missing = f"it has {names}, and {'several' if named else 'none'} called {wanted}; name one with --file"
        return (named[0], "") if len(named) == 1 else (None, missing)
    protocols = list(filter(_may_be_a_protocol, files))
    if 1 in (len(files), len(protocols)):
        return (files if len(files) == 1 else protocols)[0], ""
    return None, f"it has {names}; name the one to judge: --file {shlex.quote((protocols or files)[-1].name)}"


def _may_be_a_protocol(file: Path) -> bool:
    return file.suffix == ".py" or starts_a_group(file) or b"export_all" in file.read_bytes()


def _packed(path: Path) -> Iterator[Submission]:
    """What is packed, unless it was unpacked beside that."""
    end = next((end for end in UNPACKING if path.name.lower().endswith(end)), "")
    folder = path.parent / path.name[: len(path.name) - len(end)]
    if end and not folder.exists():
        words = UNPACKING[end].format(file=shlex.quote(str(path)), folder=shlex.quote(str(folder)))
        yield Submission(path.name, path, f"it is packed; unpack it: {words}")
