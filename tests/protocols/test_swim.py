"""swim: what pings, refutation and gossip keep, and what they lose: agreement on views, and accuracy where much is lost."""

from __future__ import annotations

from typing import Any

import pytest

from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.protocols.membership.swim import Health, Opinion, Swim
from groupy_check.groupy_model.protocols.registry import PROTOCOLS
from groupy_check.reports.wording.explain import explain
from tests.support.exploring import assert_pinned, explored, violated

CLAIMS = PROTOCOLS["swim"].claims

# Scenario, distinct states, states generated, depth.
HELD: list[tuple[dict[str, Any], tuple[int, int, int]]] = [
    ({"crashes": 1}, (609, 1312, 18)),
    ({"crashes": 0, "drops": 2}, (2932, 4513, 26)),
    ({"nodes": 2, "drops": 2}, (334, 777, 15)),
]


@pytest.mark.parametrize(("scenario", "counts"), HELD)
def test_who_crashes_is_left_out_and_who_is_suspected_refutes(scenario, counts):
    assert_pinned("swim", {"messages": 0, **scenario}, counts, {}, (*CLAIMS, "view-agreement"))


# What is lost, the property, and the length of the shortest run that violates it.
LOST: list[tuple[dict[str, Any], str, int]] = [
    ({"nodes": 2, "crashes": 0, "drops": 3}, "accuracy", 7),  # the ping, the next one, and the one after the suspicion
    ({"drops": 1}, "accuracy", 8),  # a crash takes the other way round
    ({"crashes": 0, "partitions": 1}, "accuracy", 6),
    ({"crashes": 0, "partitions": 1}, "view-agreement", 14),
]


@pytest.mark.parametrize(("scenario", "name", "length"), LOST)
def test_what_it_does_not_promise(scenario, name, length):
    assert violated(explored("swim", name, fast=True, messages=0, **scenario)) == {name: length}


def test_two_processes_leave_out_others_in_different_orders():
    trace = explored("swim", "view-agreement", fast=True, messages=0, crashes=0, partitions=1).finding("view-agreement").trace
    assert trace is not None
    assert "installed v3" in explain(trace, None)


# Mutant, property, what it takes, the length of the shortest run.
MUTANTS: list[tuple[str, str, dict[str, Any], int]] = [
    ("swim~same-number", "accuracy", {"crashes": 0, "drops": 2}, 11),
    ("swim~no-suspicion", "accuracy", {"crashes": 0, "drops": 2}, 5),
    ("swim~death-refuted", "monotonic-views", {"nodes": 2, "crashes": 0, "drops": 3}, 10),
]


@pytest.mark.parametrize("fast", [False, True])
@pytest.mark.parametrize(("mutant", "name", "scenario", "length"), MUTANTS)
def test_every_mutant_is_caught(mutant, name, scenario, length, fast):
    assert violated(explored(mutant, name, fast=fast, messages=0, **scenario)) == {name: length}
    assert violated(explored("swim", name, fast=fast, messages=0, **scenario)) == {}
    assert violated(explored(mutant, *CLAIMS, messages=0)) == {}  # where nothing is lost, it keeps its promises


def test_every_mutant_is_in_the_table():
    assert {row[0] for row in MUTANTS} == {name for name in PROTOCOLS if name.startswith("swim~")}


def test_more_patience_takes_more_losses():
    scenario: dict[str, Any] = {"nodes": 2, "messages": 0, "crashes": 0, "drops": 3}
    assert violated(explored(Swim(patience=3), "accuracy", **scenario)) == {}


def test_which_of_two_opinions_counts():
    alive, suspect, dead = (Opinion(Node(3), 1, health) for health in Health)
    later = Opinion(Node(3), 2)
    swim = Swim()
    assert swim.prefer(alive, suspect) == swim.prefer(suspect, alive) == suspect
    assert swim.prefer(suspect, later) == swim.prefer(later, suspect) == later
    assert swim.prefer(dead, later) == swim.prefer(later, dead) == dead
