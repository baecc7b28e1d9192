"""A search that comes to the end of what machine, user or disk allow: it spills, or ends with what it has found."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import numpy as np
import pytest

from groupy_check.checker.checking.engine import Choice, Engine, Means
from groupy_check.checker.errors import TooLargeError
from groupy_check.checker.inputs.protocols import load_protocol
from groupy_check.checker.judging.selection import select
from groupy_check.checker.limits import cores, disk, memory
from groupy_check.checker.native.pipeline import ancestors, frontier, visited
from groupy_check.checker.native.tables import transitions
from groupy_check.checker.native.tables.interning import Words
from groupy_check.checker.native.tables.transitions import TransitionTables
from groupy_check.checker.search import base
from groupy_check.checker.search.base import Limits
from groupy_check.checker.semantics.enabled import Semantics
from groupy_check.groupy_model.actions import Partition
from groupy_check.groupy_model.scenario import Scenario
from groupy_check.groupy_model.verdict import Extent, Result, Verdict

SHORT = "the memory of this machine is nearly used up"
STATES = 1_825  # of gms2 by default


def search(means: Means = Means(Choice.NATIVE), limits: Limits = Limits(), name: str = "gms2") -> Result:
    return Engine(load_protocol(name), Scenario(), select([], Scenario())[0], limits, means=means).run()


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """Blocks of a few rows, a look at the memory at every step, and a directory for temporary files, empty in the end."""
    monkeypatch.setattr(frontier, "BLOCK", 32)
    monkeypatch.setattr(frontier, "KEPT", 1)
    monkeypatch.setattr(frontier, "scratch", lambda: tmp_path)
    monkeypatch.setattr(base, "PAUSE", 0.0)
    yield tmp_path
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("workers", [1, 2])
def test_a_search_that_gets_short_of_memory_moves_what_waits_to_files(
    workers: int, small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[Path] = []
    write = frontier.write
    monkeypatch.setattr(frontier, "write", lambda path, parts: (written.append(path), write(path, parts)))
    looks = count()
    monkeypatch.setattr(base, "shortage", lambda more=0: SHORT if next(looks) == 10 else "")  # noqa: ARG005
    result = search(Means(Choice.NATIVE, workers))
    assert (result.coverage.distinct, result.coverage.extent) == (STATES, Extent.EXHAUSTED)
    assert len(written) > 5
    assert all(path.is_relative_to(small) for path in written)


@pytest.mark.usefixtures("small")
def test_a_search_that_stays_short_of_memory_ends_with_what_it_has_found(monkeypatch: pytest.MonkeyPatch) -> None:
    looks = count()
    monkeypatch.setattr(base, "shortage", lambda more=0: str(next(looks))[:0])  # noqa: ARG005
    search()
    most = 2 * next(looks) // 3
    looks = count()
    monkeypatch.setattr(base, "shortage", lambda more=0: SHORT if next(looks) > most else "")  # noqa: ARG005
    result = search()
    assert (result.coverage.bound, result.coverage.extent) == (SHORT, Extent.BOUNDED)
    assert 1 < result.coverage.distinct < STATES
    assert result.finding("agreement").verdict is Verdict.VIOLATED


def test_the_reference_engine_ends_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base, "shortage", lambda more=0: SHORT)  # noqa: ARG005
    assert search(Means(Choice.REFERENCE)).coverage.bound == SHORT


@pytest.mark.usefixtures("small")
def test_the_visited_set_grows_by_less_where_memory_is_short_and_not_at_all_where_there_is_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(visited, "FIRST", 64)
    monkeypatch.setattr("groupy_check.checker.native.search.UNNOTICED", 1)
    asked: list[int] = []

    def scarce(more: int = 0) -> str:
        asked.append(more)
        return SHORT if more > most else ""

    monkeypatch.setattr(base, "shortage", scarce)
    most = 1 << 20
    assert search().coverage.extent is Extent.EXHAUSTED
    largest = most = max(asked)
    asked.clear()
    most = largest - 1
    assert search().coverage.extent is Extent.EXHAUSTED
    assert max(asked) >= largest  # this was refused, and less was taken
    most = largest // 3
    result = search()
    assert (result.coverage.bound, result.coverage.extent) == (SHORT, Extent.BOUNDED)
    assert 1 < result.coverage.distinct < STATES


# --- ancestors ------------------------------------------------------------------------------------------------------------


def test_ways_are_read_from_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    undisturbed = search()
    monkeypatch.setattr(ancestors, "KEPT_BYTES", 100)
    found = search(Means(Choice.NATIVE, workers=2))
    assert [finding.trace for finding in found.findings] == [finding.trace for finding in undisturbed.findings]
    assert found.finding("agreement").length == 5


def test_a_disk_that_is_full_of_ancestors_ends_a_search_with_the_runs_that_it_has_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    undisturbed, pwrite, calls = search(), os.pwrite, count()

    def full(descriptor: int, data: bytes, place: int) -> int:
        if next(calls) > 12:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return pwrite(descriptor, data[:50], place)

    monkeypatch.setattr(ancestors, "KEPT_BYTES", 100)
    monkeypatch.setattr(os, "pwrite", full)
    result = search(limits=Limits(all_verdicts=True))
    assert result.coverage.bound.startswith("the disk is full, or a quota on it is used up: no room is left under ")
    assert result.coverage.extent is Extent.BOUNDED
    for finding in result.findings:
        assert finding.verdict is not Verdict.VIOLATED or finding.trace == undisturbed.finding(finding.name).trace


def test_a_state_that_nobody_found_has_no_way() -> None:
    kept = ancestors.Ancestors()
    kept.add(np.array([(0, 0), (0, 3), (2, 1), (1, 7)], ancestors.RECORD))
    assert (kept.way(0), kept.way(1), kept.way(3)) == ([], [3], [3, 7])
    for number in (2, 4, 10**9):
        with pytest.raises(ValueError, match="there is no"):
            kept.way(number)


# --- what is in use, and what is left ------------------------------------------------------------------------------------

BUSY = "import sys; held = bytearray(100 << 20); print(flush=True); sys.stdin.read()"


def test_what_other_processes_of_the_command_hold_counts() -> None:
    before = memory.megabytes_in_use()
    with subprocess.Popen([sys.executable, "-c", BUSY], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        during, alone = memory.megabytes_in_use(), memory.megabytes_in_use(process.pid)
        process.communicate()
    assert 100 < alone < 130
    assert abs(during - before - alone) < 10
    assert abs(memory.megabytes_in_use() - before) < 10


def files(base: Path, contents: dict[str, str]) -> None:
    for name, text in contents.items():
        (base / name).parent.mkdir(parents=True, exist_ok=True)
        (base / name).write_text(text)


STATM = {"self/statm": "1000 100 10 1 0 100 0\n"}
ROOMY = {**STATM, "meminfo": "MemTotal: 8000000 kB\nMemFree: 100 kB\nMemAvailable: 4000000 kB\n", "self/cgroup": ""}
GIBIBYTE = 1 << 30


@pytest.mark.parametrize(
    ("proc", "groups", "more", "short"),
    [
        (ROOMY, {}, 0, ""),
        (ROOMY, {}, 4 * GIBIBYTE, "the memory of this machine"),
        ({**ROOMY, "meminfo": "MemTotal: 8000000 kB\nMemAvailable: 400000 kB\n"}, {}, 0, "the memory of this machine"),
        ({**ROOMY, "self/cgroup": "0::/a/b\n"}, {"a/b/memory.max": "max\n"}, 0, ""),
        (
            {**ROOMY, "self/cgroup": "0::/a/b\n"},
            {"a/memory.max": f"{GIBIBYTE}\n", "a/memory.current": f"{GIBIBYTE - 1000}\n", "a/memory.stat": "inactive_file 5\n"},
            0,
            "the memory that this process's control group may use",
        ),
        (
            {**ROOMY, "self/cgroup": "0::/a\n"},
            {"a/memory.max": f"{GIBIBYTE}", "a/memory.current": f"{GIBIBYTE}", "a/memory.stat": f"active_file {GIBIBYTE}\n"},
            0,
            "",
        ),
        (
            {**ROOMY, "self/cgroup": "4:memory:/c\n"},
            {"memory/c/memory.limit_in_bytes": f"{GIBIBYTE}", "memory/c/memory.usage_in_bytes": f"{GIBIBYTE}",
             "memory/c/memory.stat": "total_inactive_file 4096\n"},
            0,
            "the memory that this process's control group may use",
        ),
        ({}, {}, 0, ""),  # nobody tells
    ],
)  # fmt: skip
def test_what_is_short_is_named(
    proc: dict[str, str], groups: dict[str, str], more: int, short: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files(tmp_path / "proc", proc)
    files(tmp_path / "groups", groups)
    monkeypatch.setattr(memory, "PROC", tmp_path / "proc")
    monkeypatch.setattr(memory, "CGROUPS", tmp_path / "groups")
    memory._groups.cache_clear()
    assert memory.shortage(more) == (short and f"{short} is nearly used up")
    monkeypatch.undo()
    memory._groups.cache_clear()


def test_temporary_files_do_not_go_to_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mounts").write_text(f"a / ext4 rw 0 0\nb {tmp_path} tmpfs rw 0 0\n")
    monkeypatch.setattr(disk, "MOUNTS", tmp_path / "mounts")
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path))
    assert disk.scratch() != tmp_path
    (tmp_path / "mounts").write_text(f"a / ext4 rw 0 0\nb {tmp_path} tmpfs rw 0 0\nc {tmp_path} ext4 rw 0 0\n")
    assert disk.scratch() == tmp_path


# --- address space, workers, tables --------------------------------------------------------------------------------------

PROGRAM = """
import resource, sys
resource.setrlimit(resource.RLIMIT_AS, (int(sys.argv[1]), int(sys.argv[1])))
from groupy_check.checker.checking import engine
from groupy_check.checker.interfaces.api import check
engine.FEW = 100
coverage = check("gms3", engine=sys.argv[2], properties=["total-order"], workers=2).coverage
print(coverage.engine, coverage.distinct)
"""


@pytest.mark.parametrize(
    ("space", "engine", "told"),
    [
        (3 * GIBIBYTE, "automatic", "reference 1331"),
        (6 * GIBIBYTE, "automatic", "native 1331"),
        (3 * GIBIBYTE, "native", "native 1331"),
    ],
)
def test_an_address_space_that_is_limited_is_enough(space: int, engine: str, told: str) -> None:
    words = [sys.executable, "-c", PROGRAM, str(space), engine]
    run = subprocess.run(words, capture_output=True, text=True, check=False)
    assert (run.stdout, run.stderr) == (f"{told}\n", "")


def test_more_workers_than_cores_do_not_take_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cores, "cores", lambda: 2)
    monkeypatch.setattr("groupy_check.checker.checking.engine.cores", lambda: 2)
    word = "of 64 workers, 2 took part: there are no more cores here"
    assert word in search(Means(Choice.NATIVE, workers=64)).warnings
    assert word not in search(Means(Choice.NATIVE, workers=2)).warnings


def test_partitions_that_the_scenario_does_not_allow_are_never_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    semantics = Semantics(load_protocol("gms3"), Scenario(nodes=26, partitions=1), frozenset())
    with pytest.raises(TooLargeError, match="26 processes can be parted in too many ways; take fewer"):
        TransitionTables(semantics, Words(semantics), every=False)

    def listing(*_: object) -> Iterator[Partition]:
        raise AssertionError("listed")

    monkeypatch.setattr(transitions, "partitions", listing)
    without = Semantics(load_protocol("gms3"), Scenario(nodes=26), frozenset())
    assert TransitionTables(without, Words(without), every=False).size == 26


MEASURED = """
import sys
from groupy_check.checker.interfaces.cli import check_main
status = check_main()
(peak,) = (line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM"))  # getrusage counts the parent's
print(int(peak) >> 10, file=sys.stderr)
sys.exit(status)
"""


def test_twenty_six_processes_stay_within_their_memory() -> None:
    words = [sys.executable, "-c", MEASURED, "gms3", "-n", "26", "-p", "total-order", "--engine", "native"]
    run = subprocess.run([*words, "--memory-limit", "300", "--quiet"], capture_output=True, text=True, check=False)
    assert run.returncode == 3
    assert "(stopped at 300 MB of memory)" in run.stdout
    assert 200 < int(run.stderr) <= 330
