"""Real processes: what they do replays exactly, is judged as a check judges it, and nothing of them is left."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from groupy_check.checker.errors import ProtocolError
from groupy_check.checker.inputs.protocols import load_protocol
from groupy_check.checker.judging.monitor import Judge
from groupy_check.checker.judging.selection import select
from groupy_check.checker.judging.whole_run import settled
from groupy_check.checker.live.afterwards.conclusion import RunJudging, calmly
from groupy_check.checker.live.afterwards.reading import read_live_run
from groupy_check.checker.live.afterwards.replay import replayed
from groupy_check.checker.semantics.enabled import Semantics
from groupy_check.groupy_model.scenario import Scenario
from groupy_check.groupy_model.system import System
from groupy_check.groupy_model.verdict import Verdict
from tests.support.live_runs import QUICK, chaotic, ran, scripted

GOALS = ("gms1", "gms2", "gms3", "gms3-fixed", "gms4-ack", "heartbeat", "gmp3", "fbcast", "abcast")


@pytest.mark.parametrize(("impl", "seed"), [("gms3-fixed", 1), ("heartbeat", 2), ("abcast", 3)])
def test_a_chaotic_run_replays_exactly(impl: str, seed: int, tmp_path: Path):
    replay = chaotic(impl, tmp_path, seed)
    assert replay.misfit is None
    assert len(replay.trace.steps) > 20


@pytest.mark.long  # ten minutes: python -m pytest -m long tests/live
@pytest.mark.parametrize("impl", GOALS)
@pytest.mark.parametrize("seed", range(1, 24))
def test_chaotic_runs_replay_exactly(impl: str, seed: int, tmp_path: Path):
    assert chaotic(impl, tmp_path, seed, seconds=1.5).misfit is None


def test_the_leader_of_gms2_dies_in_the_middle_of_a_broadcast(tmp_path: Path):
    # The same least run as `groupy-check gms2` finds: 5 steps of 3 processes.
    found = scripted("gms2", tmp_path, "at 0.1s kill p1 after 2\nat 0.2s multicast p1", seconds=0.6)
    agreement = found.result.finding("agreement")
    assert (agreement.length, agreement.trace.scenario.nodes) == (5, 3)
    assert agreement.witness.text == "p3 never delivered a1, which p2 delivered in v2 {p1,p2,p3}"


@pytest.mark.slow
def test_the_orphan_view_of_gms3(tmp_path: Path):
    found = scripted("gms3", tmp_path, "at 0.1s kill p1 after 1\nat 0.3s join", nodes=3)
    # One step more than a check finds: the joiner's worker asks for the colour.
    assert found.result.finding("progress").length == 9


@pytest.mark.slow
def test_a_partition_of_gmp_naive(tmp_path: Path):
    found = scripted("gmp-naive", tmp_path, "at 0.2s part p1 p2\nat 0.6s heal")
    assert found.result.finding("primary-partition").length == 2
    assert found.result.finding("view-agreement").verdict is Verdict.VIOLATED


@pytest.mark.slow
def test_a_cut_link_loses_messages_and_raises_false_suspicions(tmp_path: Path):
    found = scripted("gms3-fixed", tmp_path, "at 0.1s cut p1 p2\nat 0.3s multicast p1\nat 0.5s heal")
    spent = found.replay.trace.scenario
    assert found.replay.misfit is None
    assert (spent.drops >= 1, spent.suspicions) == (True, 1)
    assert found.result.finding("accuracy").verdict is Verdict.VIOLATED


@pytest.mark.slow
def test_what_is_slow_is_not_dead(tmp_path: Path):
    script = "at 0.1s freeze p2\nat 0.2s multicast p1\nat 0.3s slow p1 p3 0.2\nat 0.4s multicast p1\nat 0.7s go on p2"
    found = scripted("gms3-fixed", tmp_path, script)
    assert found.replay.misfit is None
    assert all(finding.verdict is not Verdict.VIOLATED for finding in found.result.findings)
    delivered = [len(life.log) for life in found.replay.trace.states[-1].processes]
    assert delivered == [5, 3, 3, 3, 3]  # the first view and both payloads; p1 has asked for them, too


def test_a_log_that_is_no_run_of_the_model_is_told_up_to_where_it_is(tmp_path: Path):
    scripted("gms1", tmp_path, "at 0.1s multicast p1\nat 0.2s multicast p1", seconds=0.4, nodes=3)
    path = tmp_path / "p2.jsonl"
    lines = path.read_text().splitlines()
    first, second = [number for number, line in enumerate(lines) if '"receive"' in line]
    wrong = {**json.loads(lines[first]), "message": json.loads(lines[second])["message"]}
    path.write_text("\n".join([*lines[:first], json.dumps(wrong), *lines[first + 1 :], ""]))
    replay = replayed(read_live_run(tmp_path), load_protocol("gms1"))
    assert replay.misfit is not None
    assert replay.misfit.event == f"p2.jsonl:{first + 1}: p2 receive p1 msg a2"
    # The second message may be under way already.
    assert replay.misfit.why.partition(", msg a2")[0] in (
        "the queue from p1 to p2 holds msg a1",
        "it is not what p2 takes first from p1: the queue holds msg a1",
    )
    assert replay.misfit.alternatives[0].startswith("receive(p1, msg a1) was possible, with the effects deliver(a1)")


BROKEN = """
from groupy_check import Gms2, Multicast

class Broken(Gms2):
    def step(self, state, event):
        if isinstance(event, Multicast) and str(event.payload)[0] in "bc":
            raise RuntimeError("only p1 multicasts")
        return super().step(state, event)
"""


def groupy(*words: str, folder: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", "from groupy_check.checker.interfaces.cli import main; raise SystemExit(main())"]
    return subprocess.Popen([*command, *words], cwd=folder, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def test_an_exception_of_the_protocol_ends_its_node_and_is_told_with_its_line(tmp_path: Path):
    (tmp_path / "broken.py").write_text(BROKEN)
    (tmp_path / "script").write_text("at 0.1s multicast p3\nat 0.2s kill p1 after 1\nat 0.3s multicast p1\n")
    words = ["--silent", "--headless", "--seconds", "2", "--nodes", "4", "--script", "script"]
    process = groupy("live", "./broken.py", *words, folder=tmp_path)
    out, error = process.communicate(timeout=120)
    said = " ".join(out.split())
    # That p2 would raise, too, if it were asked is no part of the run, and hides nothing of it: the least run is that of gms2.
    assert (process.returncode, error) == (12, "")
    assert re.search(r"agreement VIOLATED 5 ", said)
    assert "p3 ended where its protocol broke a rule" in said
    assert "RuntimeError: only p1 multicasts at broken.py:7" in said


def test_where_a_handler_raises_nothing_is_at_rest():
    def raises(_: System) -> bool:
        raise ProtocolError("no")

    state = Semantics(load_protocol("gms1"), Scenario()).initial()
    assert (calmly(raises, state), calmly(lambda _: True, state)) == (False, True)


def children_of(process: int) -> list[int]:
    return [int(word) for word in Path(f"/proc/{process}/task/{process}/children").read_text().split()]


def descendants(process: int) -> list[int]:
    children = children_of(process)
    return [*children, *(one for child in children for one in descendants(child))]


def gone(processes: list[int]) -> bool:
    """Whether all of them end: the kernel ends them at once, and says so when it gets round to it."""
    until = time.monotonic() + 30
    while any(map(alive, processes)) and time.monotonic() < until:
        time.sleep(0.02)
    return not any(map(alive, processes))


def alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):  # it ends while it is looked at
        return False


SLOW = pytest.mark.slow


@pytest.mark.parametrize(
    "number", [signal.SIGHUP, signal.SIGKILL, pytest.param(signal.SIGINT, marks=SLOW), pytest.param(signal.SIGTERM, marks=SLOW)]
)
def test_no_process_is_left(number: int, tmp_path: Path):
    process = groupy("live", "gms1", "--headless", "--seconds", "60", "--nodes", "4", "--quiet", folder=tmp_path)
    until, logs = time.monotonic() + 60, [tmp_path / "results" / "live-gms1" / f"p{number}.jsonl" for number in range(1, 5)]
    while not all(log.is_file() and log.stat().st_size for log in logs) and time.monotonic() < until:  # all of them have begun
        time.sleep(0.05)
    below = descendants(process.pid)  # the controller and its nodes
    assert [len(list(Path(f"/proc/{one}/task").iterdir())) for one in below] == [1] * 5  # a process with threads is not copied
    os.kill(below[2], signal.SIGSTOP)  # a process that is stopped does not look after itself
    process.send_signal(number)
    process.communicate(timeout=60)
    assert len(below) == 5
    assert gone(below)
    assert process.returncode == (-9 if number == signal.SIGKILL else 3)


@pytest.mark.slow
def test_a_controller_that_is_killed_leaves_no_node_and_what_was_logged_is_judged(tmp_path: Path):
    process = groupy("live", "gms1", "--headless", "--seconds", "600", "--nodes", "3", folder=tmp_path)
    until, log = time.monotonic() + 60, tmp_path / "results" / "live-gms1" / "p3.jsonl"
    while not (log.is_file() and log.stat().st_size) and time.monotonic() < until:
        time.sleep(0.05)
    below = descendants(process.pid)
    os.kill(below[0], signal.SIGKILL)
    out, _ = process.communicate(timeout=120)
    assert (len(below), gone(below)) == (4, True)
    assert "one run replayed, a live run" in out


@pytest.mark.slow
def test_a_file_that_starts_threads_is_refused(tmp_path: Path):
    thread = "import threading\nthreading.Thread(target=threading.Event().wait, daemon=True).start()\n"
    (tmp_path / "busy.py").write_text(thread + BROKEN)
    _, error = (process := groupy("live", "./busy.py", "--headless", folder=tmp_path)).communicate(timeout=120)
    told = "groupy: ./busy.py: loading it starts threads, and a process with threads cannot be copied for the nodes"
    assert (process.returncode, error.partition(";")[0]) == (150, told)


@pytest.mark.slow
@pytest.mark.parametrize(("impl", "seed"), [("gms2", 5), ("fbcast", 6)])
def test_a_long_run_is_judged_as_if_every_state_were(impl: str, seed: int, tmp_path: Path):
    replay = chaotic(impl, tmp_path, seed, nodes=4)
    properties = [wanted for wanted in select((), replay.trace.scenario)[0] if wanted.name != "progress"]
    judging = RunJudging(replay, properties, [])
    found, each = judging.judge(None), Judge(properties)
    for number, system in enumerate(replay.trace.states):
        each.look(judging.history(number, settled(judging.semantics, system)), number)
    assert (found.states, found.witnesses, found.exercised) == (each.states, each.witnesses, each.exercised)


@pytest.mark.slow
def test_twenty_nodes(tmp_path: Path):
    ran("gms3-fixed", tmp_path, [], 1.5, QUICK, nodes=20)
    replay = replayed(read_live_run(tmp_path), load_protocol("gms3-fixed"))
    assert replay.misfit is None
    assert len(replay.trace.steps) > 200
