"""Groupy in Erlang under every fault model of the manifest: what is expected of the Python twins is found."""

from __future__ import annotations

from dataclasses import replace

import pytest

from groupy_check.checker.comparing.matrix import MODELS, CellTask, solve
from groupy_check.checker.erlang.adapter.node_state import ErlangNode
from groupy_check.checker.inputs.protocols import load_protocol
from groupy_check.checker.judging.selection import select
from groupy_check.checker.native.search import NativeExplorer
from groupy_check.checker.search.base import Limits
from groupy_check.checker.search.bfs import Explorer
from groupy_check.groupy_model.scenario import Scenario
from groupy_check.groupy_model.system import Process, System
from groupy_check.groupy_model.verdict import Verdict
from groupy_check.specs.manifest import Cell, read_manifest
from tests.erlang.support import OURS
from tests.erlang.test_protocols import PAIRS

CELLS = {(name, model): cell for name, row in read_manifest().items() if name in PAIRS for model, cell in row.cells.items()}
SMALL = 450  # states
TWO_MONITORS = "gms3-fixed", "join-crash"


def found(name: str, model: str) -> Cell:
    """What is found of the Erlang twin in the group of the manifest's size."""
    expected = CELLS[name, model]
    return solve(CellTask(str(OURS / f"{PAIRS[name]}.erl"), model, ((expected.nodes, expected.messages),))).cell


def test_the_manifest_has_all_four_under_every_fault_model():
    assert len(CELLS) == len(PAIRS) * sum(not model.stored for model in MODELS.values()) == 48


@pytest.mark.slow
@pytest.mark.parametrize(("name", "model"), [key for key, cell in CELLS.items() if cell.states <= SMALL])
def test_a_small_cell_is_that_of_the_python_twin(name, model):
    assert found(name, model) == CELLS[name, model]


@pytest.mark.long
@pytest.mark.parametrize(("name", "model"), [key for key in CELLS if key != TWO_MONITORS])
def test_every_cell_is_that_of_the_python_twin(name, model):
    assert found(name, model) == CELLS[name, model]


# --- the one that is not state for state the same --------------------------------------------------------------------------


def with_single_monitors(system: System) -> System:
    """The state, in which nobody monitors a process twice."""
    return replace(system, processes=tuple(map(_singly, system.processes)))


def _singly(process: Process) -> Process:
    match process.local:
        case ErlangNode(_, site) as node:
            return replace(process, local=replace(node, site=replace(site, watches=tuple(dict.fromkeys(site.watches)))))
    return process


@pytest.mark.slow
def test_where_one_monitors_another_twice_erlang_has_more_states_and_each_is_one_of_the_python_twin():
    """A slave that turned from p2 back to p1 turns to p2 again: Erlang counts its two monitors of p2, the model has one."""
    expected = CELLS[TWO_MONITORS]
    scenario = MODELS[TWO_MONITORS[1]].scenario(expected.nodes, expected.messages)
    explorer = explored_states(scenario)
    assert (len(explorer.visited), len(set(map(with_single_monitors, explorer.visited)))) == (9559, 9276)
    assert expected.states == 9276


def explored_states(scenario: Scenario) -> Explorer:
    properties, _ = select([], scenario)
    explorer = Explorer(load_protocol(str(OURS / "gms3_fixed.erl")), scenario, properties, Limits())
    explorer.run()
    return explorer


@pytest.mark.long
def test_there_the_verdicts_are_the_same_all_the_same():
    assert found(*TWO_MONITORS) == replace(CELLS[TWO_MONITORS], states=9559)


@pytest.mark.long
@pytest.mark.parametrize("name", ["gms2", "gms3"])
def test_a_large_scenario_has_the_same_states_and_verdicts(name):
    """By the native engine, which asks for each step of the program once, whatever the number of states."""
    large = Scenario(nodes=4, messages=1, joins=1, crashes=2)
    one, other = (searched(impl, large) for impl in (str(OURS / f"{PAIRS[name]}.erl"), name))
    assert one == other
    assert one[0] == {"gms2": (299_748, 867_854, 26), "gms3": (722_345, 2_159_325, 29)}[name]


def searched(impl: str, scenario: Scenario) -> tuple[tuple[int, int, int], dict[str, tuple[Verdict, int | None]]]:
    properties, _ = select([], scenario)
    result = NativeExplorer(load_protocol(impl), scenario, properties, Limits(all_verdicts=True)).run()
    coverage = result.coverage
    lengths = {finding.name: (finding.verdict, finding.length) for finding in result.findings}
    return (coverage.distinct, coverage.generated, coverage.depth), lengths
