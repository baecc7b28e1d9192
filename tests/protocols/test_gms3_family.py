"""gms3 mended, made uniform, and with crashed slaves removed: exact counts, and what every part of the repair is there for."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from groupy_check.groupy_model.effects import Monitor
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.protocol import USUAL_CLAIMS, Outcome, Step, broadcast
from groupy_check.groupy_model.protocols.groupy.gms3 import Leader, Slave, ViewMsg, installed
from groupy_check.groupy_model.protocols.groupy.gms3_fixed import Gms3Fixed, Welcome
from groupy_check.groupy_model.protocols.groupy.member_removal import MemberRemoval
from groupy_check.groupy_model.protocols.registry import PROTOCOLS
from groupy_check.groupy_model.scenario import Beginning
from groupy_check.groupy_model.verdict import Verdict
from tests.support.exploring import assert_pinned, explored, violated

JOINING = Beginning.JOINING
# What the tables pin. Properties about quorums say nothing of protocols that have none.
JUDGED = {
    *USUAL_CLAIMS, "validity", "uniform-agreement", "uniform-total-order", "fifo", "completeness", "sending-view-delivery",
}  # fmt: skip


# Protocol, scenario, distinct states, states generated, depth, and the length of the shortest run that violates each property.
Row = tuple[str, dict[str, Any], int, int, int, dict[str, int]]
PINNED: list[Row] = [
    ("gms3-fixed", {}, 2145, 3767, 13, {"validity": 4, "fifo": 4, "completeness": 1, "sending-view-delivery": 5}),
    ("gms3-fixed", {"messages": 0, "joins": 1}, 387, 743, 11, {"completeness": 1}),
    (
        "gms3-fixed",
        {"messages": 1, "joins": 1},
        9276,
        20778,
        18,
        {"validity": 4, "completeness": 1, "sending-view-delivery": 4},
    ),
    ("gms3-fixed", {"messages": 0, "joins": 1, "crashes": 2}, 3431, 6682, 15, {"view-agreement": 6, "completeness": 1}),
    (
        "gms3-fixed",
        {"messages": 1, "crashes": 2},
        617,
        1139,
        11,
        {"validity": 4, "uniform-agreement": 5, "completeness": 1, "sending-view-delivery": 5},
    ),
    (
        "gms3-fixed",
        {"messages": 1, "beginning": JOINING},
        1979,
        3479,
        16,
        {"validity": 5, "completeness": 2, "sending-view-delivery": 7},
    ),
    ("gms3-relay", {}, 7590, 18974, 16, {"validity": 4, "fifo": 4, "completeness": 1, "sending-view-delivery": 5}),
    ("gms3-relay", {"messages": 0, "joins": 1}, 1820, 5779, 17, {"completeness": 1}),
    (
        "gms3-relay",
        {"nodes": 2, "messages": 1, "joins": 1},
        1429,
        3195,
        15,
        {"validity": 3, "completeness": 1, "sending-view-delivery": 4},
    ),
    (
        "gms3-relay",
        {"messages": 1, "crashes": 2},
        841,
        2065,
        11,
        {"validity": 4, "completeness": 1, "sending-view-delivery": 5},
    ),
    (
        "gms3-relay",
        {"messages": 1, "beginning": JOINING},
        3205,
        7131,
        18,
        {"validity": 5, "completeness": 2, "sending-view-delivery": 7},
    ),
    ("member-removal", {}, 2859, 4785, 13, {"validity": 4, "fifo": 4, "sending-view-delivery": 4}),
    ("member-removal", {"messages": 0, "joins": 1}, 473, 896, 10, {}),
    ("member-removal", {"messages": 0, "joins": 1, "crashes": 2}, 4640, 9589, 14, {"view-agreement": 6}),
    (
        "member-removal",
        {"messages": 1, "crashes": 2},
        1023,
        1718,
        10,
        {"validity": 4, "uniform-agreement": 5, "sending-view-delivery": 4},
    ),
    ("member-removal", {"nodes": 4, "messages": 0, "crashes": 3}, 1494, 3023, 10, {"view-agreement": 6}),
    ("member-removal", {"messages": 1, "beginning": JOINING}, 2579, 4343, 16, {"validity": 5, "sending-view-delivery": 7}),
]
LARGE: list[Row] = [
    (
        "gms3-fixed",
        {"crashes": 2},
        6721,
        13427,
        15,
        {"validity": 4, "uniform-agreement": 5, "fifo": 4, "completeness": 1, "sending-view-delivery": 5},
    ),
    (
        "gms3-fixed",
        {"nodes": 2, "joins": 1},
        7709,
        14122,
        17,
        {"validity": 3, "fifo": 4, "completeness": 1, "sending-view-delivery": 4},
    ),
    (
        "gms3-fixed",
        {"nodes": 4, "messages": 1, "crashes": 2},
        10755,
        25747,
        17,
        {"validity": 5, "uniform-agreement": 6, "completeness": 1, "sending-view-delivery": 5},
    ),
    ("gms3-relay", {"messages": 0, "joins": 1, "crashes": 2}, 7201, 27188, 20, {"completeness": 1}),
    ("gms3-relay", {"crashes": 2}, 14709, 46749, 16, {"validity": 4, "fifo": 4, "completeness": 1, "sending-view-delivery": 5}),
    ("member-removal", {"messages": 1, "joins": 1}, 11628, 25406, 18, {"validity": 4, "sending-view-delivery": 4}),
    (
        "member-removal",
        {"crashes": 2},
        11295,
        20162,
        14,
        {"validity": 4, "uniform-agreement": 5, "fifo": 4, "sending-view-delivery": 4},
    ),
    (
        "gms3-fixed",
        {"messages": 1, "joins": 1, "crashes": 2},
        74578,
        163131,
        22,
        {"validity": 4, "uniform-agreement": 5, "view-agreement": 6, "completeness": 1, "sending-view-delivery": 4},
    ),
    (
        "gms3-fixed",
        {"nodes": 2, "messages": 1, "joins": 2},
        33485,
        77302,
        22,
        {"validity": 3, "completeness": 1, "sending-view-delivery": 4},
    ),
    ("member-removal", {"nodes": 2, "joins": 1}, 10123, 17698, 17, {"validity": 3, "fifo": 4, "sending-view-delivery": 4}),
    (
        "member-removal",
        {"nodes": 4, "messages": 1, "crashes": 2},
        18075,
        40271,
        16,
        {"validity": 5, "uniform-agreement": 6, "sending-view-delivery": 4},
    ),
    (
        "member-removal",
        {"messages": 1, "joins": 1, "crashes": 2},
        109688,
        243820,
        21,
        {"validity": 4, "uniform-agreement": 5, "view-agreement": 6, "sending-view-delivery": 4},
    ),
]


@pytest.mark.parametrize(("name", "scenario", "distinct", "generated", "depth", "lengths"), PINNED)
def test_every_verdict_is_pinned_and_no_claim_is_broken(name, scenario, distinct, generated, depth, lengths):
    assert_pinned(name, scenario, (distinct, generated, depth), lengths, JUDGED)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "scenario", "distinct", "generated", "depth", "lengths"), LARGE)
def test_every_verdict_in_a_large_scenario_is_pinned_and_no_claim_is_broken(
    name, scenario, distinct, generated, depth, lengths
):
    assert_pinned(name, scenario, (distinct, generated, depth), lengths, JUDGED)


def test_what_is_claimed_differs_from_the_usual_as_the_documentation_says():
    usual = set(USUAL_CLAIMS)
    assert usual - set(PROTOCOLS["gms3-fixed"].claims) == {"view-agreement", "synchrony"}
    assert usual - set(PROTOCOLS["gms3-relay"].claims) == {"synchrony"}
    assert set(PROTOCOLS["gms3-relay"].claims) - usual == {"uniform-agreement", "uniform-total-order"}
    assert set(PROTOCOLS["member-removal"].claims) - set(PROTOCOLS["gms3-fixed"].claims) == {"completeness"}


@pytest.mark.parametrize("scenario", [{"joins": 1, "messages": 0}, {"nodes": 4, "messages": 0, "crashes": 2}])
def test_the_orphan_view_makes_nobody_deaf_any_more(scenario):
    assert violated(explored("gms3", "progress", **scenario))
    finding = explored("gms3-fixed", "progress", **scenario).finding("progress")
    assert (finding.verdict, finding.exercised) == (Verdict.HOLDS, True)


class Unwatched(Gms3Fixed):
    """Whoever takes a repeated view follows the dead leader that it names, and does not hear of its end again."""

    def on_view(self, slave: Slave, view: ViewMsg) -> Outcome:
        taken = super().on_view(slave, view)
        if not isinstance(taken, Step):
            return taken
        return replace(taken, effects=tuple(effect for effect in taken.effects if not isinstance(effect, Monitor)))


class GoesOn(Gms3Fixed):
    """Whoever takes a view goes on following whom it followed."""

    def on_view(self, slave: Slave, view: ViewMsg) -> Outcome:
        taken = super().on_view(slave, view)
        if not isinstance(taken, Step):
            return taken
        assert isinstance(taken.state, Slave)
        return replace(taken, state=replace(taken.state, leader=slave.leader))


class EntersByAnyView(Gms3Fixed):
    """A joiner enters by the first view that it receives, as in gms3."""

    def lets_in(self, view: ViewMsg, node: Node) -> bool:  # noqa: ARG002 - the override is the bug
        return True


@pytest.mark.parametrize(
    ("without", "name", "length", "scenario"),
    [
        (Unwatched(), "progress", 3, {"crashes": 2, "messages": 1}),
        (GoesOn(), "accuracy", 4, {"messages": 1}),
        (EntersByAnyView(), "agreement", 8, {"nodes": 2, "joins": 1, "messages": 1}),
    ],
)
def test_every_part_of_the_repair_is_needed(without, name, length, scenario):
    assert violated(explored(without, name, **scenario)) == {name: length}
    assert violated(explored("gms3-fixed", name, **scenario)) == {}


def test_a_view_that_only_the_dead_have_seen_binds_nobody_without_the_relay():
    scenario: dict[str, Any] = {"joins": 1, "crashes": 2, "messages": 0}
    finding = explored("gms3-fixed", "view-agreement", **scenario).finding("view-agreement")
    assert finding.witness is not None
    assert finding.witness.text == "p2 installed v3 {p1,p2,p3,p4}, but p3 installed v3 {p3}"
    assert violated(explored("gms3", "view-agreement", **scenario)) == {"view-agreement": 6}
    assert violated(explored("gms3-relay", "view-agreement", **scenario)) == {}


@pytest.mark.parametrize("name", ["gms3-fixed", "gms3-relay", "member-removal"])
def test_a_request_that_dies_with_the_leader_leaves_the_worker_of_a_joiner_without_a_colour(name):
    scenario: dict[str, Any] = {"nodes": 2, "joins": 1, "messages": 0}
    finding = explored(name, "synchrony", **scenario).finding("synchrony")
    assert (finding.length, finding.claimed) == (7, False)
    assert finding.witness is not None
    assert finding.witness.text == "p2 shows 0.0.0, p3 shows no colour"
    assert violated(explored(name, "synchrony", **scenario, crashes=0)) == {}
    assert violated(explored(name, "synchrony", messages=1, crashes=2)) == {}


def test_the_relay_is_uniform_where_gms3_fixed_is_not():
    names = ("uniform-agreement", "uniform-total-order")
    assert violated(explored("gms3-fixed", *names, crashes=2, messages=1)) == {"uniform-agreement": 5}
    for name in names:
        finding = explored("gms3-relay", *names, crashes=2).finding(name)
        assert (finding.verdict, finding.exercised) == (Verdict.HOLDS, True)


class ListsJoinersFirst(MemberRemoval):
    """A joiner stands before the other slaves in the list."""

    def lets_in(self, view: ViewMsg, node: Node) -> bool:
        return isinstance(view, Welcome) and node in view.processes

    def admit(self, leader: Leader, node: Node) -> Step:
        slaves, (first, *rest) = (node, *leader.slaves), leader.group
        view = Welcome(leader.n, (leader.me, *slaves), (first, node, *rest))
        after = Leader(leader.me, leader.n + 1, slaves, view.group)
        return Step(after, (*broadcast(view, slaves), installed(leader.n, view.group), Monitor(node)))


@pytest.mark.slow
def test_whoever_joins_must_come_last_in_the_list():
    scenario: dict[str, Any] = {"joins": 1, "messages": 1}
    assert violated(explored(ListsJoinersFirst(), "agreement", **scenario)) == {"agreement": 9}
    assert violated(explored("member-removal", "agreement", **scenario)) == {}


# What each planted bug breaks: property, scenario, shortest length. gms3-relay itself breaks none of them there.
MUTANTS: list[tuple[str, str, dict[str, Any], int]] = [
    ("gms3-relay~deliver-first", "uniform-agreement", {"crashes": 2, "messages": 1}, 4),
    ("gms3-relay~reversed", "prefix-order", {}, 4),
    ("gms3-relay~reversed", "agreement", {"messages": 1}, 5),
]


@pytest.mark.parametrize(("mutant", "name", "scenario", "length"), MUTANTS)
def test_every_planted_bug_is_caught_by_the_property_that_it_breaks(mutant, name, scenario, length):
    assert violated(explored(mutant, name, **scenario)) == {name: length}
    assert violated(explored("gms3-relay", name, **scenario)) == {}


def test_every_mutant_of_the_relay_is_in_the_table():
    assert {row[0] for row in MUTANTS} == {name for name in PROTOCOLS if name.startswith("gms3-relay~")}
