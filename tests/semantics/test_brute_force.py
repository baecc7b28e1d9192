"""The reference semantics against the referee, state by state: the same reachable states, each at the same distance.

`test_referee.py` compares how many there are; two mistakes that make up for one another would not be seen there.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st

from groupy_check.checker.search.bfs import Explorer, Limits
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.protocol import Protocol
from groupy_check.groupy_model.protocols.groupy.gms1 import Gms1
from groupy_check.groupy_model.protocols.groupy.gms2 import Gms2
from groupy_check.groupy_model.protocols.groupy.gms3 import Gms3
from groupy_check.groupy_model.protocols.membership.gmp_promise import GmpPromise
from groupy_check.groupy_model.scenario import Beginning, CutOff, Detector, Order, PartitionKind, Scenario
from groupy_check.groupy_model.system import Notice, System
from groupy_check.groupy_model.verdict import Verdict
from groupy_check.specs.registry import PROPERTIES
from tests.semantics.referee import BUDGETS, explore, verdicts
from tests.semantics.user_like import case
from tests.semantics.world import KNOWN, NOTICE, World, state_key
from tests.support import tables

pytestmark = pytest.mark.usefixtures("unwatched")

FIELDS = ("status", "log", "local", "watching", "timers", "asked", "stored")  # of a process, as `referee.beginning` has them


def seen(system: System, scenario: Scenario) -> Any:
    """What the referee takes for the key of `system`."""
    nodes = [Node(number + 1) for number in range(scenario.size)]
    procs = {me: {name: getattr(proc, name) for name in FIELDS} for me, proc in zip(nodes, system.processes, strict=True)}
    channels = [
        tuple(NOTICE if entry is Notice.DOWN else ("message", entry) for entry in channel) for channel in system.channels
    ]
    left = {name: getattr(system.budget, name) for name in BUDGETS}
    split = frozenset(link for link in product(nodes, nodes) if system.split is not None and system.split.cuts(*link))
    return state_key(World(procs, dict(zip(product(nodes, nodes), channels, strict=True)), left, split), scenario)


def compare(protocol: Protocol, scenario: Scenario, depth: int | None = None) -> tuple[int, int | None]:
    """How many states there are and how far the nearest violation of prefix-order is; both semantics must say the same."""
    wanted = PROPERTIES["prefix-order"]
    space = explore(protocol, scenario, wanted.needs, depth=depth)
    explorer = Explorer(protocol, scenario, [wanted], Limits(depth=depth))
    [finding] = explorer.run().findings
    distances: list[int] = []
    for parent in explorer.parents:
        distances.append(distances[parent[0]] + 1 if parent else 0)
    ours = {seen(state, scenario): far for state, far in zip(explorer.states, distances, strict=True)}
    theirs = {state_key(world, scenario): far for world, (far, _) in zip(space.worlds, space.runs, strict=True)}
    KNOWN.clear()
    assert ours == theirs
    nearest = verdicts(space, ["prefix-order"])["prefix-order"]
    assert (finding.length, finding.verdict is Verdict.VIOLATED) == (nearest, nearest is not None)
    return len(ours), nearest


JOINING = Beginning.JOINING
PINNED: dict[str, tuple[Scenario, dict[type[Protocol], tuple[int, int | None]]]] = {
    "two": (Scenario(nodes=2, messages=1), {Gms1: (22, None), Gms2: (29, None), Gms3: (29, None)}),
    "two, two multicasts": (Scenario(nodes=2), {Gms1: (89, None), Gms2: (115, None), Gms3: (115, None)}),
    "three": (Scenario(messages=1), {Gms1: (78, None), Gms2: (154, None), Gms3: (166, None)}),
    "three, two crashes": (Scenario(messages=1, crashes=2), {Gms1: (150, None), Gms2: (437, None), Gms3: (500, None)}),
    "three, two multicasts": (Scenario(), {Gms1: (681, None), Gms2: (1298, 5), Gms3: (1331, None)}),
    "a join": (Scenario(nodes=2, messages=1, joins=1, timeouts=0), {Gms1: (354, None), Gms2: (595, None), Gms3: (655, None)}),
    "joining": (
        Scenario(messages=0, timeouts=0, beginning=JOINING),
        {Gms1: (120, None), Gms2: (168, None), Gms3: (180, None)},
    ),
}


@pytest.mark.parametrize("name", PINNED)
def test_both_find_the_same_states_of_the_built_in_protocols(name: str) -> None:
    scenario, expected = PINNED[name]
    assert {kind: compare(kind(), scenario) for kind in expected} == expected


@pytest.mark.parametrize(("crashes", "recoveries", "states"), [(1, 0, 11), (1, 1, 23), (2, 1, 41), (2, 2, 64)])
def test_both_find_the_same_states_where_processes_come_back(crashes: int, recoveries: int, states: int) -> None:
    scenario = Scenario(nodes=2, messages=0, suspicions=1, crashes=crashes, recoveries=recoveries)
    assert compare(GmpPromise(), scenario) == (states, None)


@pytest.mark.parametrize(("seed", "states"), [(2, 35), (9, 66), (10, 196), (11, 63)])
def test_both_find_the_same_states_of_drawn_protocols_that_come_back(seed: int, states: int) -> None:
    _, protocol, scenario, _ = case(seed, 250, "recovering")
    assert compare(protocol, scenario)[0] == states


@st.composite
def any_faults(draw: st.DrawFn) -> Scenario:
    """What the referee knows of: everything but the worker. No timer fires, since few of these systems would stay small."""
    faults: dict[str, Any] = {name: draw(st.integers(0, 1)) for name in tables.BUDGETS}
    scenario = Scenario(
        nodes=draw(st.integers(2, 3)),
        messages=draw(st.integers(1, 2)),
        joins=draw(st.integers(0, 1)),
        timeouts=0,
        detector=draw(st.sampled_from(Detector)),
        order=draw(st.sampled_from(Order)),
        beginning=draw(st.sampled_from(Beginning)),
        partition_kind=draw(st.sampled_from(PartitionKind)),
        cut_off=draw(st.sampled_from(CutOff)),
    )
    return replace(scenario, **faults)


RULES = settings(max_examples=30, derandomize=True, database=None, deadline=None, suppress_health_check=[HealthCheck.too_slow])
WORLDS = tables.worlds(any_faults())


def compared(world: tables.World) -> tuple[int, int | None]:
    return compare(world.protocol, world.scenario, depth=6 - world.scenario.size)


@RULES
@given(WORLDS)
def test_both_find_the_same_states_of_any_protocol(world: tables.World) -> None:
    compared(world)


def test_some_of_these_protocols_contradict_themselves() -> None:
    def late(world: tables.World) -> bool:
        return (compared(world)[1] or 0) > 2

    assert late(find(WORLDS, late, settings=settings(RULES, phases=(Phase.generate,))))
