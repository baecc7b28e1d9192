"""Documents are performed: their commands run in one directory, in order, and everything that is not as they say is told."""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any
from unittest import mock

from groupy_check.checker.errors import GroupyError, ProtocolError, TooLargeError, UsageError
from groupy_check.checker.interfaces.cli import check_main, main
from groupy_check.checker.interfaces.commands.flags import CommandLineError
from tests.support.documents import Change, Command, Document, File, Picture, plain

PROGRAMS: dict[str, Callable[[Sequence[str]], int]] = {"groupy-check": check_main, "groupy": main}
ROOT = Path(__file__).parents[2]
NEARBY = 6  # how many of the lines printed in place of a missing one are told


def exercise_of(lesson: Path) -> Path:
    """The file in the directory of a lesson that the reader completes: Python, or Erlang."""
    return next((path for path in sorted(lesson.glob("exercise.*")) if path.suffix in {".erl", ".py"}), lesson / "exercise.py")


# --- running one command -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ran:
    """How a command ended, and what it printed."""

    status: int
    lines: list[str]


Runner = Callable[[Sequence[str], Path], Ran]


def run_here(words: Sequence[str], directory: Path) -> Ran:
    """Run one of PROGRAMS in this process, in `directory`, as if it were a process of its own; `python` and proofs as one.

    What z3 was asked before in a process decides which of many counterexamples it gives.
    """
    if words[0] not in PROGRAMS or words[1] == "prove":
        return run_in_tree(words, directory, ROOT)
    output = io.StringIO()
    printing = contextlib.redirect_stdout(output), contextlib.redirect_stderr(output)
    with contextlib.chdir(directory), _new_process(directory), printing[0], printing[1]:
        try:
            status = PROGRAMS[words[0]](words[1:])
        except SystemExit as end:
            status = end.code if isinstance(end.code, int) else int(end.code is not None)
    return Ran(status, output.getvalue().splitlines())


@contextlib.contextmanager
def _new_process(directory: Path) -> Iterator[None]:
    """Nothing that is imported from `directory` outlives the command, nor is any of it kept as bytecode.

    Bytecode of exercise.py would pass for that of the solution, if both are of one size and written in one second.
    """
    path, known = list(sys.path), dict(sys.modules)
    with mock.patch.object(sys, "dont_write_bytecode", True), mock.patch.dict(os.environ, PYTHONDONTWRITEBYTECODE="1"):
        try:
            yield
        finally:
            sys.path[:] = path
            for name, module in list(sys.modules.items()):
                if name not in known and Path(getattr(module, "__file__", None) or "/").is_relative_to(directory.resolve()):
                    del sys.modules[name]


ENTRY = "import sys; from groupy_check.checker.interfaces import cli; sys.exit(cli.{}())"


def run_in_tree(words: Sequence[str], directory: Path, tree: Path | None = None) -> Ran:
    """Run one of PROGRAMS, or `python`, in `directory`, as a process of its own, with the project as it is in `tree`.

    Without `tree`, `directory` itself holds a copy of the project.
    """
    entries = {name: ["-c", ENTRY.format(program.__name__)] for name, program in PROGRAMS.items()} | {"python": []}
    if words[0] not in entries:
        return Ran(GroupyError.code, [f"documents run {', '.join(entries)}, not {words[0]}"])
    environment = {**os.environ, "PYTHONPATH": str((tree or directory) / ".editable"), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, *entries[words[0]], *words[1:]]
    streams: Any = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "stdin": subprocess.DEVNULL}
    done = subprocess.run(command, cwd=directory, env=environment, text=True, check=False, **streams)
    return Ran(done.returncode, done.stdout.splitlines())


# --- performing a document ---------------------------------------------------------------------------------------------------

ERRORS = frozenset(kind.code for kind in (GroupyError, UsageError, CommandLineError, ProtocolError, TooLargeError))


def perform(
    document: Document, directory: Path, run: Runner = run_here, *, long: bool = False, updating: bool = False
) -> list[str]:
    """Perform `document` in `directory`; `updating` rewrites the kept pictures. Returns everything that is not as it says."""
    for path in material(document):
        if path.is_dir():
            shutil.copytree(path, directory / path.name)
        else:
            shutil.copy(path, directory)
    performance = _Performance(document, directory, run, updating)
    for piece in document.pieces:
        match piece:
            case Command() if "exercise" in piece.marks:
                performance.exercise(piece)
            case Command() if long or "long" not in piece.marks:
                performance.command(piece)
            case File():
                performance.file(piece)
            case Change():
                performance.change(piece)
            case Picture():
                performance.picture(piece)
    return performance.problems


def material(document: Document) -> list[Path]:
    """What the reader has in the directory: the exercise, and the programs and directories beside it that have a link."""
    linked = {target for _, target in document.links if re.fullmatch(r"[\w-]+(\.py|\.erl)?", target)}
    lesson = document.path.parent
    return [path for path in sorted({exercise_of(lesson), *(lesson / name for name in linked)}) if path.exists()]


@dataclass(frozen=True, slots=True)
class _Performance:
    """One document being performed."""

    document: Document
    directory: Path
    run: Runner
    updating: bool
    problems: list[str] = field(default_factory=list)
    live: dict[str, Sequence[str]] = field(default_factory=dict)  # of each file of a live run, the command that wrote it

    def wrong(self, line: int, text: str) -> None:
        self.problems.append(f"{self.document.path.name}:{line}: {text}")

    def file(self, file: File) -> None:
        path = self.directory / file.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(file.text, encoding="utf-8")

    def change(self, change: Change) -> None:
        path = self.directory / change.name
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        if (times := text.count(change.before)) != 1:
            self.wrong(change.line, f"{change.name} has the old lines of the change {times} times, not once")
        path.write_text(text.replace(change.before, change.after, 1), encoding="utf-8")

    def picture(self, picture: Picture) -> None:
        drawn = self.directory / picture.drawn
        kept = self.document.path.parent / picture.kept
        if not drawn.with_suffix(".dot").exists():
            self.wrong(picture.line, f"no command up to here drew {picture.drawn}; {_there(self.directory)}")
        elif self.updating:
            for suffix in (".dot", drawn.suffix):
                shutil.copyfile(drawn.with_suffix(suffix), kept.with_suffix(suffix))
        elif not (kept.exists() and kept.with_suffix(".dot").exists()):
            self.wrong(picture.line, f"{kept.name} or its .dot is not kept; look at it after pytest --update-goldens")
        elif not self._drawn_again(picture.drawn, kept.with_suffix(".dot").read_text(encoding="utf-8")):
            self.wrong(picture.line, f"{kept.name} is not what is drawn now; look at it after pytest --update-goldens")

    def _drawn_again(self, name: str, kept: str) -> bool:
        """Whether the picture is as it is kept. Of a live run: of one of three, since real processes race."""
        dot = (self.directory / name).with_suffix(".dot")
        live = self.live.get(name)
        for words in (live, live):
            if words is None or dot.read_text(encoding="utf-8") == kept:
                break
            self.run(words, self.directory)
        return dot.read_text(encoding="utf-8") == kept

    def command(self, command: Command) -> Ran:
        ran = self.run(command.words, self.directory)
        if command.words[1:2] == ("live",):
            self.live.update((name, command.words) for line in ran.lines for name in re.findall(r"results/\S+\.svg", line))
        told = shlex.join(command.words)
        meant = any(line.startswith(command.words[0].partition("-")[0]) for _, line in command.shown)
        if ran.status in ERRORS and not meant:
            self.wrong(command.line, f"`{told}` ended with status {ran.status}: {_end(ran)}")
        elif ran.status != 0 and not command.marks & {"exercise"} and ({"--expect", "python"} & set(command.words)):
            self.wrong(command.line, f"`{told}` must end with status 0, and ended with {ran.status}: {_end(ran)}")
        missing = first_missing([line for _, line in command.shown], ran.lines)
        if missing is not None:
            index, text = missing
            number, line = command.shown[index]
            self.wrong(number, f"`{told}` does not print\n        {line}\n{text}")
        return ran

    def exercise(self, command: Command) -> None:
        """Unsolved it must fail, and show why; solved it must pass."""
        ran = self.command(command)
        told = shlex.join(command.words)
        if ran.status == 0:
            self.wrong(command.line, f"the exercise is solved from the start: `{told}` ends with status 0")
        expected = [command.words[at + 1].partition(":") for at, word in enumerate(command.words) if word == "--expect"]
        wanted = [(name, "VIOLATED" if verdict == "holds" else "holds") for name, _, verdict in expected]
        shown = [plain(line) for _, line in command.shown]
        if not shown or (wanted and not any(line.startswith(name) and said in line for name, said in wanted for line in shown)):
            what = " or ".join(f"`{name} ... {said}`" for name, said in wanted) or "why it fails"
            self.wrong(command.line, f"the exercise does not show {what}, so that anything could be what is wrong at first")
        self.solved(command, told)

    def solved(self, command: Command, told: str) -> None:
        lesson = self.document.path.parent
        exercise = exercise_of(lesson)
        solution = lesson.parent / "solutions" / f"{lesson.name.replace('-', '_')}{exercise.suffix}"
        if not solution.exists():
            self.wrong(command.line, f"the exercise has no solution: solutions/{solution.name} is not there")
            return
        shutil.copyfile(solution, self.directory / exercise.name)
        ran = self.run(command.words, self.directory)
        shutil.copyfile(exercise, self.directory / exercise.name)
        if ran.status != 0:
            self.wrong(command.line, f"solutions/{solution.name} does not pass: `{told}` ends with {ran.status}: {_end(ran)}")


def first_missing(shown: Sequence[str], printed: Sequence[str]) -> tuple[int, str] | None:
    """The first line of `shown` that is not contained in one of `printed` behind the one before it, and what is there instead.

    White space does not count. Returns the index of the line and a text of several lines, or None.
    """
    at = 0
    for index, line in enumerate(shown):
        found = next((n for n, candidate in enumerate(printed[at:], at) if plain(line) in plain(candidate)), None)
        if found is None:
            return index, _instead(line, printed, at)
        at = found + 1
    return None


def _instead(line: str, printed: Sequence[str], at: int) -> str:
    near = get_close_matches(plain(line), [plain(text) for text in printed if text.strip()], n=2, cutoff=0.5)
    after = [text for text in printed[at:] if text.strip()][:NEARBY]
    told = [("the nearest it prints:", near), (f"behind `{plain(printed[at - 1])}`:" if at else "it begins:", after)]
    return "\n".join(f"    {title}\n        " + "\n        ".join(lines or ["(nothing)"]) for title, lines in told)


def _end(ran: Ran) -> str:
    return " | ".join(plain(line) for line in ran.lines if line.strip())[-400:] or "(it printed nothing)"


def _there(directory: Path) -> str:
    pictures = sorted(str(path.relative_to(directory)) for path in directory.rglob("*.svg"))
    return f"there is {', '.join(pictures)}" if pictures else "nothing was drawn at all"
