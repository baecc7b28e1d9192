"""Members of a Serf cluster, as three real agents see them while a node is cut off and heals: gossip agrees only in the end."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from groupy_check import judge
from tests.support.rooms import PATIENCE, Rooms, child, signal_to, wait_until, why_not

pytestmark = pytest.mark.slow
RECORD = [sys.executable, "-c", "import sys; from groupy_check.checker.interfaces.cli import main; sys.exit(main())", "record"]
NODES = (1, 2, 3)
SETTINGS = {"profile": "local", "reconnect_interval": "1s", "retry_join": ["10.9.0.1"], "retry_interval": "1s"}


def events(folder: Path, node: int) -> list[dict[str, Any]]:
    path = folder / f"serf-n{node}.jsonl"
    return [json.loads(line) for line in path.read_bytes().split(b"\n")[1:-1]] if path.exists() else []


def sees(folder: Path, node: int, *nodes: int) -> bool:
    """Whether these are the members of the last view that `node` has logged."""
    views = [line["members"] for line in events(folder, node) if line["event"] == "view"]
    return bool(views) and views[-1] == [f"n{each}" for each in nodes]


def all_see(folder: Path, nodes: tuple[int, ...], members: tuple[int, ...]) -> None:
    for node in nodes:
        wait_until(partial(sees, folder, node, *members), f"n{node} sees {members}")


def begun(rooms: Rooms, folder: Path) -> tuple[list[subprocess.Popen[bytes]], list[subprocess.Popen[bytes]]]:
    """The agents and the recorders, when everybody sees all."""
    settings = folder / "settings.json"
    settings.write_text(json.dumps(SETTINGS), "utf-8")
    agents = []
    for node in NODES:
        words = ["serf", "agent", f"-node=n{node}", f"-bind=10.9.0.{node}", f"-config-file={settings}"]
        agents.append(rooms.start(node, *words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
    for node in NODES:
        wait_until(partial(_answers, rooms, node), f"the agent of n{node} answers")
    words = [*RECORD, "serf", "--out", str(folder)]
    recorders = [rooms.start(node, *words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) for node in NODES]
    all_see(folder, NODES, NODES)
    return agents, recorders


def _answers(rooms: Rooms, node: int) -> bool:
    return rooms.start(node, "serf", "info", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).wait() == 0


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, list[str]]]:
    """The folder with the logs, and what the recorders have said."""
    reason = why_not("serf")
    if reason:
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp("serf")
    with Rooms(3) as rooms:
        agents, recorders = begun(rooms, folder)
        rooms.cut(1)
        all_see(folder, (2, 3), (2, 3))
        rooms.heal(1)
        all_see(folder, NODES, NODES)
        signal_to(child(agents[2]), signal.SIGKILL)
        said = {3: recorders[2].communicate(timeout=PATIENCE)[0].decode()}
        all_see(folder, (1, 2), (1, 2))
        rooms.start(2, "serf", "leave", stdout=subprocess.DEVNULL).wait()
        said[2] = recorders[1].communicate(timeout=PATIENCE)[0].decode()
        all_see(folder, (1,), (1,))
        signal_to(child(recorders[0]), signal.SIGTERM)
        said[1] = recorders[0].communicate(timeout=PATIENCE)[0].decode()
        assert [recorder.returncode for recorder in recorders] == [0, 0, 0]
        yield folder, [said[node] for node in NODES]


def until_the_first_change(folder: Path, copies: Path) -> list[Path]:
    """The logs up to the moment in which somebody first left somebody out."""
    apart = []
    for node in NODES:
        views = [line for line in events(folder, node) if line["event"] == "view"]
        begun = next(place for place, line in enumerate(views) if len(line["members"]) == len(NODES))
        apart += [line["time"] for line in views[begun:] if len(line["members"]) < len(NODES)][:1]
    for node in NODES:
        lines = [json.dumps(line) for line in events(folder, node) if line["time"] <= min(apart)]
        (copies / f"n{node}.jsonl").write_text("\n".join(lines) + "\n", "utf-8")
    return sorted(copies.iterdir())


def test_meanwhile_they_do_not_agree(run: tuple[Path, list[str]], tmp_path: Path) -> None:
    """The first that leaves somebody out is alone with that."""
    result = judge(*until_the_first_change(run[0], tmp_path), claims="weak", silent="correct", at_rest=True)
    witness = result.finding("precision").witness
    assert witness
    assert max(len(view.members) for view in witness.views) == len(NODES)
    assert len(set(witness.views)) == 2


def test_in_the_end_they_agree(run: tuple[Path, list[str]]) -> None:
    result = judge(*sorted(run[0].glob("*.jsonl")), claims="weak", silent="correct", at_rest=True)
    for name in ("self-inclusion", "completeness", "precision"):
        finding = result.finding(name)
        assert finding.witness is None
        assert finding.exercised


def test_how_each_log_ends(run: tuple[Path, list[str]]) -> None:
    folder, said = run
    assert [events(folder, node)[-1]["event"] for node in NODES] == ["view", "leave", "crash"]
    assert "ended by itself: the agent has left the cluster\n" in said[1]
    assert "ended by itself: the agent has gone\n" in said[2]
    assert said[0].endswith(f"{len(events(folder, 1))} events: {folder / 'serf-n1.jsonl'}\n")
