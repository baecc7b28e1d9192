"""Searches over Ray: what the owners do there is what they do in threads (see `test_same_states`)."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from groupy_check.checker.distributed import address as addresses
from groupy_check.checker.distributed.address import ClusterAddress
from groupy_check.checker.distributed.crew import Crew
from groupy_check.checker.distributed.search import ClusterExplorer
from groupy_check.checker.errors import UsageError
from groupy_check.checker.inputs.protocols import load_protocol
from groupy_check.checker.interfaces.cli import check_main
from groupy_check.checker.native.search import NativeExplorer
from groupy_check.checker.search.base import Limits
from groupy_check.groupy_model.protocols.registry import PROTOCOLS
from groupy_check.groupy_model.scenario import Scenario
from tests.distributed.test_same_states import FEW, SAFETY
from tests.native.test_conformance import SCENARIOS, begun, of_everything, of_safety, told


@pytest.fixture(scope="module")
def crew(request: pytest.FixtureRequest) -> Iterator[Crew]:
    """Actors on this machine, as many as the parameter says; they and all of Ray end with the fixture."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join(sys.path))  # the actors are to find the same modules
        with ClusterAddress.of(f"local:{request.param}").crew() as found:
            yield found


@pytest.mark.slow
@pytest.mark.cluster
@pytest.mark.filterwarnings("default")  # Ray's own
@pytest.mark.parametrize("crew", [2], indirect=True)
@pytest.mark.parametrize("properties", [FEW, SAFETY], ids=["few", "safety"])
def test_a_whole_space_is_the_same(crew: Crew, properties: list[object]) -> None:
    alone = NativeExplorer(load_protocol("gms2"), Scenario(), properties).run()  # type: ignore[arg-type]
    together = ClusterExplorer(load_protocol("gms2"), Scenario(), properties, crew=crew).run()  # type: ignore[arg-type]
    assert told(together) == told(alone)


@pytest.mark.long
@pytest.mark.cluster
@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("crew", [1, 2, 4], indirect=True)
@pytest.mark.parametrize("number", range(len(PROTOCOLS)))
def test_every_protocol_has_the_same_states_and_verdicts(crew: Crew, number: int) -> None:
    name = list(PROTOCOLS)[number]
    scenario = begun(name, SCENARIOS[number % len(SCENARIOS)])
    for properties in (of_everything(scenario), of_safety(scenario)):
        alone = NativeExplorer(load_protocol(name), scenario, properties, Limits(depth=8)).run()
        together = ClusterExplorer(load_protocol(name), scenario, properties, Limits(depth=8), crew=crew).run()
        assert told(together) == told(alone)


# --- the flag ------------------------------------------------------------------------------------------------------------


def test_without_ray_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(addresses, "find_spec", lambda _: None)
    assert check_main(["gms2", "--cluster", "local:2"]) == UsageError.code
    assert capsys.readouterr().err == (
        "groupy-check: --cluster needs Ray, which is not installed; pip install 'groupy-check[cluster]'\n"
    )


@pytest.mark.parametrize("text", ["local", "local:0", "local:two", "nowhere", "", "a b:1"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="take local:2 for two actors on this machine, HOST:6379, or auto"):
        ClusterAddress.of(text)


@pytest.mark.parametrize("text", ["auto", "10.0.0.1:6379", "ray://head.example.org:10001", "[::1]:6379"])
def test_addresses_of_clusters(text: str) -> None:
    assert ClusterAddress.of(text) == ClusterAddress(0, text)


@pytest.mark.parametrize(
    "flags",
    [["--exact"], ["--workers", "2"], ["--fingerprint-bits", "80"], ["--spill", "x"], ["--engine", "reference"], ["--profile"]],
)
def test_what_a_cluster_cannot_do_is_refused(flags: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert check_main(["gms2", "--cluster", "local:2", *flags]) == UsageError.code
    assert (
        f"leave out either {' '.join(flags[:2] if flags[0] == '--engine' else flags[:1])} or --cluster"
        in capsys.readouterr().err
    )


def test_no_search_imports_ray_that_does_not_ask_for_it() -> None:
    program = "import sys; from groupy_check import check; check('gms2', messages=1); print('ray' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=Path.home())
    assert run.stdout == "False\n"
