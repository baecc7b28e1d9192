"""Mutants and the tests that have to notice them: those that run the changed line first, the quickest of these before all."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Self, TypeVar

import msgspec

from tests.mutation.operators import Mutant
from tests.mutation.server import AFRESH, ENDLESS, OPTIONS, PATIENCE, Attempt, Measurement, Setup, changed

ROOT = Path(__file__).parents[2]
TIMES, AT_LEAST = 4, 4.0  # times as long as without a mutant, and seconds of the processor; one that never ends is noticed
T = TypeVar("T")


class Trial:
    """A copy of the project in `folder`, in which mutants of `sources` have to pass `tests`."""

    def __init__(self, folder: Path, tests: Sequence[str], sources: Sequence[str]) -> None:
        self.folder, self.tries = folder, 0
        _copy(folder)
        command = [sys.executable, "-m", "tests.mutation.server"]
        pipe, env = subprocess.PIPE, _environment(folder)
        self.server = subprocess.Popen(command, cwd=folder, env=env, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL)
        self.measured = self._ask(Setup(tuple(tests), tuple(sources), str(folder / ".tmp")), Measurement)
        if self.measured.failed:
            sys.exit(f"{self.measured.failed} fails without any mutant; mend that first")
        for source in sources:
            if not self.measured.lines[source]:
                sys.exit(f"none of {' '.join(tests)} runs a line of {source}: say in speaking.py which tests do")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.server.communicate()

    def caught_by(self, mutant: Mutant) -> str:
        """What notices `mutant`, or ""."""
        self.tries += 1
        limits = {test: TIMES * self.measured.seconds[test] + AT_LEAST for test in self._nearest_first(mutant)}
        attempt = Attempt(mutant.path, mutant.text, limits)
        outcome = AFRESH if self._imported(mutant) else self._ask(attempt, str)
        return self._afresh(attempt) if outcome == AFRESH else outcome

    def _imported(self, mutant: Mutant) -> bool:
        return not set(mutant.lines).isdisjoint(self.measured.lines[mutant.path].get("", ()))

    def _nearest_first(self, mutant: Mutant) -> list[str]:
        """The tests that run the changed line, the quickest first, then those of which that is not known.

        That is all of them where nobody is seen to run it: what runs under a trace of its own is not seen.
        """
        ran, seconds = self.measured.lines[mutant.path], self.measured.seconds
        near = {test for test, lines in ran.items() if test and not set(mutant.lines).isdisjoint(lines)}
        unknown = seconds if self._imported(mutant) or not near else self.measured.elsewhere
        return sorted({*near, *unknown}, key=lambda test: (test not in near, seconds[test], test))

    def _ask(self, question: Setup | Attempt, kind: type[T]) -> T:
        assert self.server.stdin is not None
        assert self.server.stdout is not None
        self.server.stdin.write(msgspec.json.encode(question) + b"\n")
        self.server.stdin.flush()
        if not (answer := self.server.stdout.readline()):
            sys.exit("the server of the tests has ended: try `python -m tests.mutation.server` by itself")
        return msgspec.json.decode(answer, type=kind)

    def _afresh(self, attempt: Attempt) -> str:
        """What notices the mutant, or "": by a new interpreter, since it changes what is done during import."""
        command = [sys.executable, "-m", "pytest", "-x", *OPTIONS, f"--basetemp={self.folder / '.tmp'}", *attempt.limits]
        with changed(self.folder / attempt.path, attempt.text, -self.tries):
            try:
                answer = subprocess.run(
                    command,
                    cwd=self.folder,
                    env=_environment(self.folder),
                    capture_output=True,
                    text=True,
                    timeout=max(PATIENCE, sum(attempt.limits.values())),
                    check=False,
                )
            except subprocess.TimeoutExpired:
                return ENDLESS + "some"
        return _first_failure(answer) if answer.returncode else ""


def _environment(folder: Path) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": f"{folder}/.editable", "PYTHONHASHSEED": "0"}


def _copy(folder: Path) -> None:
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    files = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, files.split("\0")):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).exists():
            shutil.copy2(ROOT / name, folder / name, follow_symlinks=False)


def _first_failure(answer: subprocess.CompletedProcess[str]) -> str:
    lines = answer.stdout.splitlines() or answer.stderr.splitlines() or ["?"]
    failures = (line.partition(" ")[2].split(" - ")[0] for line in lines if line.startswith(("FAILED", "ERROR")))
    return next(failures, lines[-1])
