"""SIGKILL, over Ray: of an actor, of a node, of the driver; at moments that chance chooses. Minutes, so `long`.

`python -m pytest -m 'long and cluster' tests/distributed/test_killed.py --rounds 5` kills twenty times.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Timer
from typing import Any

import pytest

from groupy_check.checker.distributed.address import ClusterAddress
from groupy_check.checker.distributed.checkpoint import MANIFEST
from groupy_check.checker.distributed.search import ClusterExplorer
from groupy_check.checker.inputs.protocols import load_protocol
from groupy_check.checker.limits.memory import descendants
from groupy_check.checker.native.search import NativeExplorer
from groupy_check.groupy_model.scenario import Scenario
from groupy_check.specs.registry import PROPERTIES
from tests.native.test_conformance import told

pytestmark = [pytest.mark.long, pytest.mark.cluster, pytest.mark.filterwarnings("default")]

SCENARIO, WANTED = Scenario(nodes=4, messages=2, crashes=2), [PROPERTIES["total-order"]]  # some 60,000 states
CHANCE = random.SystemRandom()
PROGRAM = "import sys; from groupy_check.checker.interfaces.cli import check_main; sys.exit(check_main())"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Each test as often as `--rounds` says: every round strikes at another moment."""
    metafunc.parametrize("_round", range(metafunc.config.getoption("rounds")))


@pytest.fixture(autouse=True)
def _the_round(_round: int) -> None:
    """Its number is in the name of the test."""


@pytest.fixture(autouse=True)
def _same_modules(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))


@pytest.fixture(scope="module")
def alone() -> dict[str, object]:
    return told(NativeExplorer(load_protocol("gms3"), SCENARIO, WANTED).run())


def named(kind: str, among: int) -> list[int]:
    """The actors of this class among the descendants of a process."""
    found = []
    for process in descendants(among):
        try:
            line = Path(f"/proc/{process}/cmdline").read_bytes()
        except OSError:
            continue
        if line.startswith(f"ray::{kind}".encode()):
            found.append(process)
    return found


def striking(monkeypatch: pytest.MonkeyPatch, depth: int, strike: Callable[[], None]) -> None:
    """Let `strike` happen soon after the level at this depth has begun, once."""
    level, struck = ClusterExplorer._level, list[int]()

    def striking_level(search: ClusterExplorer) -> str:
        if search.depth == depth and not struck:
            struck.append(depth)
            Timer(CHANCE.uniform(0, 0.3), strike).start()
        return level(search)

    monkeypatch.setattr(ClusterExplorer, "_level", striking_level)


@pytest.mark.parametrize("victim", ["Seat", "Journal"])
def test_an_actor_is_killed(victim: str, alone: dict[str, object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def strike() -> None:
        os.kill(CHANCE.choice(named(victim, os.getpid())), signal.SIGKILL)

    striking(monkeypatch, CHANCE.randrange(2, 12), strike)
    with ClusterAddress.of("local:2").crew() as crew:
        search = ClusterExplorer(load_protocol("gms3"), SCENARIO, WANTED, crew=crew, checkpoint=tmp_path)
        assert told(search.run()) == alone
    assert search.saving.generation == 2
    assert not named(victim, os.getpid())


@pytest.fixture
def cluster() -> Iterator[Any]:
    """Two nodes of a cluster, each with a processor, on this machine."""
    from ray.cluster_utils import Cluster  # noqa: PLC0415 - not everybody has it

    found = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
    yield found
    found.shutdown()


def test_a_node_is_killed(cluster: Any, alone: dict[str, object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    node = cluster.add_node(num_cpus=1)
    striking(monkeypatch, CHANCE.randrange(2, 12), lambda: cluster.remove_node(node, allow_graceful=False))
    with ClusterAddress.of(cluster.address).crew() as crew:
        search = ClusterExplorer(load_protocol("gms3"), SCENARIO, WANTED, crew=crew, checkpoint=tmp_path)
        assert told(search.run()) == alone
    assert crew.owners == 1
    assert search.saving.generation >= 2


def test_the_driver_is_killed_and_another_number_of_actors_goes_on(alone: dict[str, object], tmp_path: Path) -> None:
    words = ["gms3", "-n", "4", "-m", "2", "-c", "2", "-p", "total-order", "-q", "--cluster"]
    first = subprocess.Popen([sys.executable, "-c", PROGRAM, *words, "local:2", "--checkpoint", tmp_path], cwd=tmp_path)
    depth, wanted = 0, CHANCE.randrange(2, 12)
    while depth < wanted:
        time.sleep(0.2)
        assert first.poll() is None
        if (tmp_path / MANIFEST).exists():
            depth = json.loads((tmp_path / MANIFEST).read_text())["content"]["counters"]["depth"]
    actors = named("Seat", first.pid)
    first.kill()
    first.wait()
    with ClusterAddress.of("local:1").crew() as crew:
        search = ClusterExplorer(load_protocol("gms3"), SCENARIO, WANTED, crew=crew, resume=tmp_path)
        assert told(search.run()) == alone
        assert search.levels[depth][0] > 0
    assert not [process for process in actors if Path(f"/proc/{process}").exists()]
