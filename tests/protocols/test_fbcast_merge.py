"""fbcast-merge: both sides of a partition go on, and merge when it has healed. Its mutants break only where that happens."""

from __future__ import annotations

from typing import Any

import pytest

from groupy_check.checker.inputs.protocols import load_protocol
from groupy_check.checker.native.search import NativeExplorer
from groupy_check.checker.search.bfs import Explorer
from groupy_check.groupy_model.observations import Adopted, Delivered, History, Installed
from groupy_check.groupy_model.protocols.registry import PROTOCOLS
from groupy_check.groupy_model.scenario import Scenario
from groupy_check.groupy_model.verdict import Extent, Kind, Verdict, Witness
from groupy_check.specs.logs import correct, eventually
from groupy_check.specs.partitionable.precision import PRECISION
from groupy_check.specs.property import Property
from tests.support.exploring import assert_pinned, explored, violated

NAME = "fbcast-merge"
SPLIT: dict[str, Any] = {"crashes": 0, "partitions": 1}


@eventually
def _one_state(history: History) -> Witness | None:
    """Once the network is whole again, all correct processes end in one view and have had the same."""
    lives = correct(history)
    if not history.whole_again or len({(life.views[-1], frozenset(life.had)) for life in lives}) == 1:
        return None
    return Witness("they end apart", tuple(life.node for life in lives))


ONE_STATE = Property(
    name="one-state",
    kind=Kind.LIVENESS,
    sentence="after a healed partition all have had the same",
    source="",
    needs=frozenset({Installed, Delivered, Adopted}),
    judge=_one_state,
    goal=lambda history: history.at_rest and history.whole_again,
    goal_text="a partition healed",
)


SLOW = pytest.mark.slow  # more states than a quick test should have


@pytest.mark.parametrize(
    ("engine", "scenario"),
    [
        (Explorer, Scenario(nodes=2, **SPLIT)),
        (NativeExplorer, Scenario(nodes=2, **SPLIT)),
        (NativeExplorer, Scenario(messages=0, **SPLIT)),
        pytest.param(NativeExplorer, Scenario(messages=1, **SPLIT), marks=SLOW),
    ],
)
def test_after_a_healed_partition_all_are_in_one_view_and_have_had_the_same(engine, scenario):
    result = engine(load_protocol(NAME), scenario, [ONE_STATE, PRECISION]).run()
    assert result.coverage.extent is Extent.EXHAUSTED
    assert {(finding.name, finding.verdict, finding.exercised) for finding in result.findings} == {
        ("one-state", Verdict.HOLDS, True),
        ("precision", Verdict.HOLDS, True),
    }


# Scenario, distinct states, states generated, depth, and what a protocol for a primary partition would promise in addition.
PINNED: list[Any] = [
    ({"messages": 1}, (292, 514, 7), {}),
    ({"nodes": 2, **SPLIT}, (491, 874, 12), {"agreement": 6, "view-agreement": 3, "primary-partition": 2, "accuracy": 2}),
    pytest.param(
        {"messages": 1, **SPLIT},
        (8464, 22402, 19),
        {"agreement": 9, "view-agreement": 5, "primary-partition": 3, "accuracy": 3},
        marks=SLOW,
    ),
    pytest.param(
        {"messages": 0, "crashes": 1, "partitions": 1},
        (4873, 12940, 24),
        {"view-agreement": 5, "primary-partition": 3, "accuracy": 3},
        marks=SLOW,
    ),
]


@pytest.mark.parametrize(("scenario", "counts", "lengths"), PINNED)
def test_its_promises_hold_and_no_others(scenario, counts, lengths):
    judged = ("agreement", "view-agreement", "primary-partition", "accuracy")
    assert_pinned(NAME, scenario, counts, lengths, judged)


# Mutant, the claim that it breaks, multicasts, and the length of the shortest run that violates it, in a group of two.
MUTANTS: list[tuple[str, str, int, int]] = [
    ("fbcast-merge~no-transfer", "fifo", 2, 11),
    ("fbcast-merge~both-install", "fifo", 2, 11),
    ("fbcast-merge~both-install", "state-transfer", 2, 9),
    ("fbcast-merge~not-wedged", "sending-view-delivery", 1, 9),
]


@pytest.mark.parametrize("fast", [False, True])
@pytest.mark.parametrize(("mutant", "name", "messages", "length"), MUTANTS)
def test_every_mutant_breaks_only_where_sides_merge(mutant, name, messages, length, fast):
    for protocol, world, expected in ((mutant, {"crashes": 1}, {}), (mutant, SPLIT, {name: length}), (NAME, SPLIT, {})):
        assert violated(explored(protocol, name, fast=fast, nodes=2, messages=messages, **world)) == expected


@pytest.mark.parametrize("mutant", sorted({row[0] for row in MUTANTS}))
def test_every_mutant_keeps_its_promises_while_the_network_is_whole(mutant):
    assert not set(violated(explored(mutant, messages=1))) & set(PROTOCOLS[mutant].claims)


def test_every_mutant_is_in_the_table():
    assert {row[0] for row in MUTANTS} == {name for name in PROTOCOLS if name.startswith(f"{NAME}~")}
