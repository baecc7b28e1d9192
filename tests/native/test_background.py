"""Nobody waits for the compiler: the reference engine goes on while another process compiles."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from groupy_check.checker.checking import engine
from groupy_check.checker.checking.engine import Choice, Engine, Means
from groupy_check.checker.inputs.protocols import load_protocol
from groupy_check.checker.native.compiled import background
from groupy_check.checker.native.compiled.background import NOTE, Compiler
from groupy_check.checker.search import base
from groupy_check.checker.search.base import Limits, Progress
from groupy_check.checker.search.progress_line import line
from groupy_check.groupy_model.scenario import Scenario
from groupy_check.groupy_model.verdict import Result
from groupy_check.specs.registry import PROPERTIES

GMS3, LARGE = load_protocol("gms3"), Scenario(nodes=3, messages=2, crashes=2)
STATES = 3_769
SLEEPING = "import time; time.sleep(600)"


class Double:
    """Stands for the process that compiles: it sleeps, and code is ready after so many looks, or never."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, looks: float) -> None:
        self.looks, self.processes = looks, list[subprocess.Popen[bytes]]()
        monkeypatch.setattr(engine, "FEW", 200)
        monkeypatch.setattr(background, "PAUSE", 0.0)
        monkeypatch.setattr(base, "PAUSE", 0.0)
        monkeypatch.setattr(background, "ready", self.ready)
        monkeypatch.setattr(background, "_start", self.start)

    def ready(self) -> bool:
        self.looks -= 1
        return self.looks < 0

    def start(self) -> subprocess.Popen[bytes]:
        self.processes.append(subprocess.Popen([sys.executable, "-c", SLEEPING]))
        return self.processes[-1]

    @property
    def ended(self) -> bool:
        """There was one process, and it is no more."""
        return [process.poll() for process in self.processes] == [-signal.SIGKILL]


def searched(found: list[Progress], limits: Limits = Limits(), means: Means = Means()) -> Result:
    wanted = [PROPERTIES["total-order"], PROPERTIES["agreement"]]
    return Engine(GMS3, LARGE, wanted, limits, found.append, means=means).run()


def test_the_reference_engine_goes_on_until_the_code_is_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    double, found = Double(monkeypatch, looks=1_500), list[Progress]()
    result = searched(found)
    assert double.ended
    assert (result.coverage.distinct, result.coverage.engine) == (STATES, "native")
    meanwhile = [progress.distinct for progress in found if progress.note == NOTE]
    assert len(meanwhile) >= 4
    assert meanwhile == sorted(meanwhile)
    assert meanwhile[-1] > 1_000
    assert found[-1].note == ""
    alone = searched([], means=Means(Choice.REFERENCE))
    assert alone.findings == result.findings
    told = replace(result.coverage, seconds=0, engine="reference", missed=0, fingerprint_bits=0, bytes_per_state=0)
    assert told == replace(alone.coverage, seconds=0)


def test_code_that_is_never_ready_is_never_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    double, found = Double(monkeypatch, looks=float("inf")), list[Progress]()
    result = searched(found)
    assert double.ended
    assert (result.coverage.distinct, result.coverage.engine) == (STATES, "reference")
    assert any(progress.note for progress in found)


def test_code_that_is_there_is_used_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    double, found = Double(monkeypatch, looks=0), list[Progress]()
    assert searched(found).coverage.engine == "native"
    assert not double.processes
    assert not any(progress.note for progress in found)


def test_a_compiler_that_fails_leaves_the_reference_engine_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules[__name__], "SLEEPING", "raise SystemExit(1)")
    double, found = Double(monkeypatch, looks=float("inf")), list[Progress]()
    assert searched(found).coverage.distinct == STATES
    assert [process.poll() for process in double.processes] == [1]
    assert found[-1].note == ""


@pytest.mark.parametrize(
    ("limits", "bound"),
    [(Limits(states=600), "600 distinct states"), (Limits(seconds=60), "60 seconds"), (Limits(megabytes=1), "1 MB of memory")],
)
def test_limits_hold_while_something_is_compiled(limits: Limits, bound: str, monkeypatch: pytest.MonkeyPatch) -> None:
    double = Double(monkeypatch, looks=float("inf"))
    monkeypatch.setattr(base, "megabytes_in_use", lambda: len(double.processes))
    monkeypatch.setattr(base, "time_is_up", lambda: limits.seconds is not None and bool(double.processes))
    assert searched([], limits).coverage.bound == bound
    assert double.ended


def test_an_interrupted_search_ends_the_compiler(monkeypatch: pytest.MonkeyPatch) -> None:
    double = Double(monkeypatch, looks=float("inf"))

    def interrupting(progress: Progress) -> None:
        if progress.note:
            raise KeyboardInterrupt

    result = Engine(GMS3, LARGE, [PROPERTIES["total-order"]], report=interrupting).run()
    assert result.coverage.bound == "interrupted"
    assert double.ended


def test_the_progress_line_says_what_else_goes_on() -> None:
    progress = Progress(2_000, 1_000, 10, 5, 2.0, 80, NOTE)
    assert line(progress, Limits()).endswith("500 states/s, 80 MB (compiling the fast engine in the background)")


# --- with numba ----------------------------------------------------------------------------------------------------------

PARENT = """
import sys, time
from groupy_check.checker.native.compiled.background import Compiler
compiler = Compiler()
assert not compiler.ready()
print(compiler.process.pid, flush=True)
time.sleep(600)
"""


def gone(pid: int) -> bool:
    """Whether the process ends within seconds."""
    for _ in range(100):
        try:
            state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
        except FileNotFoundError:
            return True
        if state == "Z":
            return True
        time.sleep(0.1)
    return False


@pytest.mark.skipif(sys.platform != "linux", reason="it looks into /proc")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_the_compiler_ends_with_its_parent_however_that_ends(number: signal.Signals, tmp_path: Path) -> None:
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path)}
    with subprocess.Popen(
        [sys.executable, "-c", PARENT], env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        os.kill(pid, 0)  # it is there
        parent.send_signal(number)
        parent.wait()
    assert gone(pid)


SEARCH = """
import json, sys
from groupy_check.checker.checking.engine import Engine
from groupy_check.checker.inputs.protocols import load_protocol
from groupy_check.groupy_model.scenario import Scenario
from groupy_check.specs.registry import PROPERTIES
found = []
scenario = Scenario(nodes=4, messages=2, crashes=2)
coverage = Engine(load_protocol("gms3"), scenario, [PROPERTIES["total-order"]], report=found.append).run().coverage
print(json.dumps([coverage.distinct, coverage.generated, [(one.distinct, one.seconds) for one in found if one.note]]))
"""


@pytest.mark.slow
def test_two_first_searches_at_once_wait_for_nothing_and_find_the_same(tmp_path: Path) -> None:
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path)}
    command = [sys.executable, "-c", SEARCH]
    searches = [subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    for search in searches:
        distinct, generated, meanwhile = json.loads(search.communicate()[0])
        assert (distinct, generated) == (64_699, 185_817)
        assert meanwhile[-1][0] > 20_000
        pauses = [later[1] - sooner[1] for sooner, later in pairwise(meanwhile)]
        assert max(pauses) < 5
    assert all(search.returncode == 0 for search in searches)


@pytest.mark.usefixtures("compiled")
def test_who_asks_for_the_compiled_engine_is_told_of_the_wait(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("groupy_check.checker.native.compiled.signatures.ready", lambda: False)
    assert searched([], means=Means(Choice.NATIVE)).coverage.engine == "native"
    assert capsys.readouterr().err == (
        "compiling the fast engine, for the first and only time: this takes a quarter of a minute\n"
    )


def test_nothing_is_started_for_few_states() -> None:
    search = Engine(GMS3, Scenario(nodes=3, messages=1), [PROPERTIES["total-order"]])
    search.run()
    assert search.compiler is None


def test_a_compiler_that_was_never_needed_stops_at_once() -> None:
    Compiler().stop()
