"""An interpreter that has collected tests, and plants each mutant in a copy of itself, so that nothing is imported anew.

`python -m tests.mutation.server` reads a `Setup` from stdin and answers with a `Measurement`, then each `Attempt` with its
outcome: one line of JSON each.
"""

from __future__ import annotations

import os
import resource
import select
import signal
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, TextIO

import coverage
import msgspec
import pytest

from tests.mutation.planting import plant

PACKAGE = ".editable/groupy_check"
OPTIONS = ("-q", "--no-header", "-p", "no:cacheprovider", "--hypothesis-seed=0")
AFRESH, ENDLESS = "afresh", "never ended, or crashed: "
STARTS = {"subprocess.Popen", "os.fork", "os.posix_spawn", "os.spawn"}
EPOCH = 1_000_000_000  # of changed files
PATIENCE = 900.0  # seconds of the clock for one mutant: a test may wait for what never comes
MEMORY = 8 << 30  # bytes of data: a mutant that hoards is stopped


@dataclass(frozen=True, slots=True)
class Setup:
    """The tests to collect, the files that mutants change, and a folder for what the tests write."""

    tests: tuple[str, ...]
    sources: tuple[str, ...]
    temporary: str


@dataclass(frozen=True, slots=True)
class Measurement:
    """Without a mutant: the test that `failed`, or ""; the seconds that each took; the lines of each source that it ran.

    The lines under "" were run by import. What tests do in other processes is not seen: who started some is `elsewhere`.
    """

    failed: str = ""
    seconds: dict[str, float] = field(default_factory=dict)
    elsewhere: tuple[str, ...] = ()
    lines: dict[str, dict[str, tuple[int, ...]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Attempt:
    """The file `path` becomes `text`; the tests are run until one fails, each with its limit in seconds of the processor."""

    path: str
    text: str
    limits: dict[str, float]


class Server:
    """A plugin of pytest that answers questions instead of running all tests."""

    def __init__(self, setup: Setup, traced: coverage.Coverage, questions: BinaryIO, answers: BinaryIO) -> None:
        self.setup, self.traced, self.questions, self.answers = setup, traced, questions, answers
        self.items: dict[str, pytest.Item] = {}
        self.failed, self.changes = False, 0

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.failed = self.failed or report.failed

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        self.items = {item.nodeid: item for item in session.items}
        _, measured = _in_a_copy(lambda told: told.write(msgspec.json.encode(self._measure()).decode()), None)
        self._tell(msgspec.json.decode(measured, type=Measurement))
        for line in self.questions:
            self._tell(self._outcome(msgspec.json.decode(line, type=Attempt)))
        return True

    def _tell(self, answer: object) -> None:
        self.answers.write(msgspec.json.encode(answer) + b"\n")
        self.answers.flush()

    def _measure(self) -> Measurement:
        seconds, started = dict[str, float](), list[str]()
        sys.addaudithook(lambda event, _: started.append(name) if event in STARTS else None)
        for name in self.items:
            began = time.monotonic()
            self.traced.switch_context(name)
            if not self._passes(name, None, 0):
                return Measurement(name)
            seconds[name] = time.monotonic() - began
        self.traced.stop()
        return Measurement("", seconds, tuple(dict.fromkeys(started)), _lines(self.traced, self.setup.sources))

    def _passes(self, name: str, following: str | None, limit: float) -> bool:
        signal.setitimer(signal.ITIMER_PROF, limit)
        item = self.items[name]
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=self.items[following] if following else None)
        return not self.failed

    def _outcome(self, attempt: Attempt) -> str:
        """What notices the mutant, "" if nothing does, or `AFRESH`: it changes what is done during import."""

        def attack(told: TextIO) -> None:
            self.traced.stop()
            resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
            if not plant(str(Path(PACKAGE, attempt.path).absolute()), original, attempt.text):
                told.write(AFRESH)
                return
            names = list(attempt.limits)
            for name, following in zip(names, [*names[1:], None], strict=True):
                told.write(f"{name}\n")
                if not self._passes(name, following, attempt.limits[name]):
                    return
            told.write("\n")

        self.changes += 1
        with changed(Path(attempt.path), attempt.text, self.changes) as original:
            regular, told = _in_a_copy(attack, PATIENCE)
        if not told:
            sys.exit(f"{attempt.path} cannot be changed")
        last = told.split("\n")[-2] if "\n" in told else told
        return last if regular else ENDLESS + last


@contextmanager
def changed(file: Path, text: str, number: int) -> Iterator[str]:
    """`file` contains `text` meanwhile; yields what it was. No two `number`s share a compiled file."""
    original, status = file.read_text(), file.stat()
    file.write_text(text)
    os.utime(file, (EPOCH + number, EPOCH + number))
    try:
        yield original
    finally:
        file.write_text(original)
        os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))


def _in_a_copy(action: Callable[[TextIO], object], patience: float | None) -> tuple[bool, str]:
    """Run `action` in a copy of this process: whether it came to its end, and what it wrote."""
    with tempfile.NamedTemporaryFile("r") as told:
        child = os.fork()
        if not child:
            _be_the_copy(action, told.name)
        with suppress(PermissionError):
            os.setpgid(child, child)
        select.select([os.pidfd_open(child)], [], [], patience)
        with suppress(ProcessLookupError):
            os.killpg(child, signal.SIGKILL)
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0, told.read()


def _be_the_copy(action: Callable[[TextIO], object], place: str) -> None:
    status = 1
    try:
        os.setpgid(0, 0)
        with Path(place).open("w", buffering=1) as told:
            action(told)
        status = 0
    finally:
        os._exit(status)


def _lines(traced: coverage.Coverage, sources: tuple[str, ...]) -> dict[str, dict[str, tuple[int, ...]]]:
    found = defaultdict[str, dict[str, tuple[int, ...]]](dict)
    data = traced.get_data()
    for source in sources:
        by_test = defaultdict[str, list[int]](list)
        for line, names in data.contexts_by_lineno(str(Path(source).resolve())).items():
            for name in names:
                by_test[name].append(line)
        found[source] = {name: tuple(lines) for name, lines in by_test.items()}
    return found


def main() -> int:
    """Answer until stdin ends."""
    questions, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what pytest and the tests print
    setup = msgspec.json.decode(questions.readline(), type=Setup)
    traced = coverage.Coverage(data_file=None, include=[f"*/{source}" for source in setup.sources], config_file=False)
    traced.start()
    return int(
        pytest.main([*OPTIONS, f"--basetemp={setup.temporary}", *setup.tests], [Server(setup, traced, questions, answers)])
    )


if __name__ == "__main__":
    sys.exit(main())
