"""Closed process groups of three real daemons of Corosync, recorded while a node is cut off and heals, and one is killed."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from groupy_check import judge
from tests.support.logs import violated
from tests.support.rooms import PATIENCE, Rooms, child, freeze, go_on, signal_to, wait_until, why_not

pytestmark = pytest.mark.slow
RECORD = [sys.executable, "-c", "import sys; from groupy_check.checker.interfaces.cli import main; sys.exit(main())", "record"]
NODES = (1, 2, 3)
CONFIGURATION = """
system {{
    sched_rr: no
    move_to_root_cgroup: no
}}
totem {{
    version: 2
    cluster_name: test
    transport: udpu
    crypto_cipher: none
    crypto_hash: none
    token: 1000
}}
nodelist {{
{nodes}
}}
logging {{
    to_stderr: yes
    to_syslog: no
}}
"""
NODE = "node {{\n nodeid: {0}\n ring0_addr: 10.9.0.{0}\n}}"
PROMISED = {
    "no-duplication", "integrity", "virtual-synchrony", "same-view-delivery", "self-inclusion", "monotonic-views",
    "view-agreement", "causal-in-view", "weak-total-order", "uniform-total-order",
}  # fmt: skip


@dataclass
class Recorder:
    """A recorder on a node, and what it has written by now."""

    started: subprocess.Popen[bytes]
    folder: Path
    node: int

    @property
    def path(self) -> Path:
        return next(self.folder.glob(f"corosync-*-{self.node}-*.jsonl"))

    def lines(self) -> list[dict[str, Any]]:
        """The events so far; the last line may not be whole yet."""
        if not list(self.folder.glob(f"corosync-*-{self.node}-*.jsonl")):
            return []
        return [json.loads(line) for line in self.path.read_bytes().split(b"\n")[1:-1]]

    def in_view_of(self, *nodes: int) -> bool:
        """Whether the last view is that of recorders on `nodes`, and everybody in it has been heard there."""
        assert self.started.poll() is None, self.started.communicate()[0].decode()
        lines = self.lines()
        views = [place for place, line in enumerate(lines) if line["event"] == "view"]
        if not views:
            return False
        members = lines[views[-1]]["members"]
        heard = {line["payload"].partition("#")[0] for line in lines[views[-1] :] if line["event"] == "deliver"}
        return [int(member.partition(":")[0]) for member in members] == [*nodes] and heard >= {*members}


def begun(rooms: Rooms, folder: Path, rate: int) -> tuple[list[subprocess.Popen[bytes]], list[Recorder]]:
    """The daemons and the recorders, when all are in one view."""
    configuration = folder / "corosync.conf"
    configuration.write_text(CONFIGURATION.format(nodes="\n".join(map(NODE.format, NODES))), "utf-8")
    daemons = []
    for node in NODES:
        with (folder / f"daemon{node}").open("wb") as told:
            daemons.append(rooms.start(node, "corosync", "-f", "-c", str(configuration), stderr=told, stdout=told))
    for node in NODES:
        wait_until(partial(_ready, folder / f"daemon{node}"), f"daemon {node} is ready")
    words = [*RECORD, "corosync", "--group", "test", "--rate", str(rate), "--out", str(folder)]
    recorders = [
        Recorder(rooms.start(node, *words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT), folder, node) for node in NODES
    ]
    all_in_view(recorders, *NODES)
    return daemons, recorders


def _ready(told: Path) -> bool:
    return b"ready to provide" in told.read_bytes()


def all_in_view(recorders: list[Recorder], *nodes: int) -> None:
    for recorder in recorders:
        wait_until(partial(recorder.in_view_of, *nodes), f"{recorder.node} is in a view of {nodes}")


def busiest_second(recorders: list[Recorder]) -> int:
    """The most multicasts of all in one second."""
    times: list[float] = sorted(
        line["time"] for recorder in recorders for line in recorder.lines() if line["event"] == "multicast"
    )
    return max(sum(begin <= time < begin + 1 for time in times[place : place + 3000]) for place, begin in enumerate(times))


def snapshot(recorders: list[Recorder], folder: Path) -> list[str]:
    """The logs of one moment: the recorders stand still meanwhile."""
    folder.mkdir()
    for recorder in recorders:
        freeze(recorder.started)
    copies = [shutil.copy(recorder.path, folder) for recorder in recorders]
    for recorder in recorders:
        go_on(recorder.started)
    return list(map(str, copies))


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, list[str]]]:
    """The logs after the partition has healed, and those of the whole run; what the recorders have said."""
    reason = why_not("corosync")
    if reason:
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp("corosync")
    with Rooms(3, "/var/lib/corosync") as rooms:
        daemons, recorders = begun(rooms, folder, 250)
        wait_until(lambda: busiest_second(recorders) >= 500, "there are 500 multicasts a second")
        rooms.cut(1)
        all_in_view(recorders[:1], 1)
        all_in_view(recorders[1:], 2, 3)
        rooms.heal(1)
        all_in_view(recorders, *NODES)
        healed = snapshot(recorders, folder / "healed")
        signal_to(child(daemons[1]), signal.SIGKILL)
        said = [recorders[1].started.communicate(timeout=PATIENCE)[0].decode()]
        all_in_view([recorders[0], recorders[2]], 1, 3)
        for recorder in (recorders[0], recorders[2]):
            signal_to(child(recorder.started), signal.SIGTERM)
            said.append(recorder.started.communicate(timeout=PATIENCE)[0].decode())
        assert [recorder.started.returncode for recorder in recorders] == [0, 0, 0]
        yield {"healed": healed, "whole": [str(recorder.path) for recorder in recorders], "said": said}


def test_what_extended_virtual_synchrony_promises_holds(run: dict[str, list[str]]) -> None:
    result = judge(*run["whole"], claims="evs", silent="correct", at_rest=True)
    claimed = [finding.name for finding in result.findings if finding.claimed and finding.verdict is not None]
    assert {*violated(result)}.isdisjoint(claimed)
    assert {finding.name for finding in result.findings if finding.exercised} >= PROMISED
    assert result.events > 2000


def test_what_it_does_not_promise_across_a_partition_is_violated_and_told_by_line(run: dict[str, list[str]]) -> None:
    result = judge(*run["healed"], claims="evs", silent="correct")
    assert {*violated(result)} >= {"prefix-order", "primary-partition"}
    assert not {*violated(result)} & PROMISED
    finding = result.finding("prefix-order")
    one, other = finding.witness.payloads
    told = {}
    for place in finding.places:
        line = json.loads(Path(place.file).read_bytes().split(b"\n")[place.line - 1])
        if line["event"] == "deliver":
            told[line["process"], line["payload"]] = place.words
    first, second = (str(process) for process in finding.witness.processes)
    assert told[first, one] == f"{first} delivered {one}"
    assert told[second, other] == f"{second} delivered {other}"


def test_whatever_ends_a_recorder_its_log_is_whole(run: dict[str, list[str]]) -> None:
    last = [[json.loads(line)["event"] for line in Path(path).read_bytes().splitlines()[1:]] for path in run["whole"]]
    for events in (last[0], last[2]):  # what was queued for them is still delivered
        assert {*events[events.index("leave") + 1 :]} <= {"deliver", "view"}
    assert last[1][-1] == "crash"
    counts = [f"{len(events):,} events: {path}\n" for events, path in zip(last, run["whole"], strict=True)]
    assert run["said"][0].endswith(f"ended by itself: the daemon of this node has gone\n{counts[1]}")
    assert run["said"][1].endswith(counts[0])
    assert run["said"][2].endswith(counts[2])
