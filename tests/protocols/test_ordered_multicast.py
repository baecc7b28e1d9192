"""Causal, total and safe multicast over fbcast: exact counts, what each order promises and no other does, each planted bug."""

from __future__ import annotations

from typing import Any

import pytest

from groupy_check.groupy_model.effects import View
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.protocol import Step
from groupy_check.groupy_model.protocols.multicast.fbcast import Fbcast
from groupy_check.groupy_model.protocols.multicast.gbcast import Gbcast
from groupy_check.groupy_model.protocols.registry import PROTOCOLS
from groupy_check.groupy_model.scenario import Detector
from groupy_check.groupy_model.verdict import Extent, Verdict
from groupy_check.reports.wording.phrases import action_line
from groupy_check.specs.registry import rungs
from tests.support.exploring import MANY, explored, violated

ORDERED = ("cbcast", "abcast", "abcast-token", "gbcast", "safe")
UNIFORM = ("uniform-agreement", "uniform-total-order")
JOIN: dict[str, Any] = {"nodes": 2, "joins": 1, "messages": 1}
OVERTAKING: dict[str, Any] = {"detector": Detector.OVERTAKING}


# --- whole worlds --------------------------------------------------------------------------------------------------------

# Of two concurrent multicasts each member delivers its own first.
CONCURRENT = {"total-order": 4, "prefix-order": 2, "uniform-total-order": 4, "synchrony": 6}

# Protocol, scenario, distinct states, states generated, depth, and the length of the shortest run that violates each property.
PINNED: list[Any] = [
    ("cbcast", {"crashes": 0}, 148, 268, 6, {"total-order": 4, "prefix-order": 2, "uniform-total-order": 4, "synchrony": 6}),
    ("cbcast", {}, 2843, 5528, 12, {"total-order": 4, "prefix-order": 2, "uniform-total-order": 4, "synchrony": 6}),
    ("cbcast", {"messages": 1, "crashes": 2}, 946, 1806, 10, {"uniform-agreement": 5, "primary-partition": 4}),
    ("cbcast", JOIN, 2411, 4777, 18, {"uniform-agreement": 17, "primary-partition": 2}),
    ("abcast", {"crashes": 0}, 631, 1453, 10, {}),
    ("abcast", {}, 8555, 19927, 18, {}),
    ("abcast", {"messages": 1, "crashes": 2}, 1555, 3476, 13, {"uniform-agreement": 6, "primary-partition": 4}),
    ("abcast", JOIN, 3553, 7482, 21, {"uniform-agreement": 21, "primary-partition": 2}),
    ("abcast-token", {"crashes": 0}, 426, 848, 14, {}),
    ("abcast-token", {}, 6354, 13012, 19, {"sending-view-delivery": 6}),
    (
        "abcast-token",
        {"messages": 1, "crashes": 2},
        1374,
        2805,
        14,
        {"uniform-agreement": 5, "primary-partition": 4, "sending-view-delivery": 5},
    ),
    ("abcast-token", JOIN, 3651, 7175, 22, {"uniform-agreement": 18, "primary-partition": 2, "sending-view-delivery": 3}),
    ("gbcast", {"crashes": 0}, 594, 1060, 20, {}),
    ("gbcast", {}, 15232, 30955, 24, {"sending-view-delivery": 7}),
    ("gbcast", {"messages": 1, "crashes": 2}, 3812, 10064, 14, {"primary-partition": 4, "sending-view-delivery": 5}),
    ("gbcast", JOIN, 5170, 10347, 25, {"primary-partition": 2, "sending-view-delivery": 3}),
    ("safe", {"crashes": 0}, 20801, 77278, 22, {}),
    ("safe", {"messages": 1}, 2595, 6605, 21, {}),
    ("safe", {"messages": 1, "crashes": 2}, 5782, 17638, 21, {"primary-partition": 4}),
]
SLOW: list[Any] = [
    (
        "cbcast",
        OVERTAKING,
        5129,
        11094,
        12,
        {"uniform-agreement": 7, "total-order": 4, "prefix-order": 2, "uniform-total-order": 4, "synchrony": 6},
    ),
    ("safe", JOIN, 15118, 40390, 42, {"primary-partition": 2}),
    (
        "cbcast",
        {"messages": 3},
        29359,
        63042,
        16,
        {"total-order": 4, "prefix-order": 2, "uniform-total-order": 4, "synchrony": 6},
    ),
    (
        "cbcast",
        {**JOIN, "messages": 2},
        13290,
        27623,
        22,
        {"uniform-agreement": 17, "total-order": 4, "prefix-order": 2, "uniform-total-order": 4, "primary-partition": 2},
    ),
    ("abcast", {"messages": 3}, 133988, 360035, 25, {}),
    ("abcast", OVERTAKING, 24165, 66856, 17, {"uniform-agreement": 9, "uniform-total-order": 8}),
    ("abcast", {**JOIN, "messages": 2}, 30387, 70814, 28, {"uniform-agreement": 21, "primary-partition": 2}),
    ("abcast-token", {"messages": 3}, 76492, 172768, 26, {"sending-view-delivery": 6}),
    ("abcast-token", OVERTAKING, 12113, 28219, 19, {"uniform-agreement": 7, "sending-view-delivery": 6}),
    (
        "abcast-token",
        {**JOIN, "messages": 2},
        33048,
        68870,
        28,
        {"uniform-agreement": 18, "primary-partition": 2, "sending-view-delivery": 3},
    ),
    ("gbcast", {"messages": 3}, 139268, 287064, 34, {"sending-view-delivery": 7}),
    ("gbcast", OVERTAKING, 20600, 46162, 24, {"sending-view-delivery": 7}),
    ("gbcast", {**JOIN, "messages": 2}, 47676, 97289, 35, {"primary-partition": 2, "sending-view-delivery": 3}),
    ("gbcast", {**JOIN, "crashes": 2}, 12945, 34443, 25, {"primary-partition": 2, "sending-view-delivery": 3}),
    ("safe", {}, 121128, 410667, 34, {}),
    ("safe", OVERTAKING, 426269, 1445313, 34, {}),
    ("safe", {**JOIN, "messages": 2}, 214009, 694613, 55, {"primary-partition": 2}),
    ("safe", {**JOIN, "crashes": 2}, 29062, 101572, 42, {"primary-partition": 2}),
]


def judge(name: str, scenario: dict[str, Any], counts: tuple[int, int, int], lengths: dict[str, int]) -> None:
    result = explored(name, fast=counts[0] > MANY, **scenario)
    coverage = result.coverage
    assert (coverage.extent, coverage.left) == (Extent.EXHAUSTED, 0)
    assert (coverage.distinct, coverage.generated, coverage.depth) == counts
    assert violated(result) == lengths
    assert not set(lengths) & set(PROTOCOLS[name].claims)


@pytest.mark.parametrize(("name", "scenario", "distinct", "generated", "depth", "lengths"), PINNED)
def test_every_verdict_is_pinned_and_no_claim_is_broken(name, scenario, distinct, generated, depth, lengths):
    judge(name, scenario, (distinct, generated, depth), lengths)


@pytest.mark.long
@pytest.mark.parametrize(("name", "scenario", "distinct", "generated", "depth", "lengths"), SLOW)
def test_every_verdict_in_a_larger_world_is_pinned_and_no_claim_is_broken(name, scenario, distinct, generated, depth, lengths):
    judge(name, scenario, (distinct, generated, depth), lengths)


# Where processes join, with all that is claimed, state-transfer and synchrony too: name, scenario, states, generated, depth.
TWO_JOINS: dict[str, Any] = {**JOIN, "joins": 2}
THREE: dict[str, Any] = {"nodes": 3, "joins": 1, "messages": 1}
EXHAUSTED: list[Any] = [
    ("gbcast", {**JOIN, "messages": 2, "crashes": 2}, 133_873, 348_781, 35),
    ("gbcast", TWO_JOINS, 4_174_838, 15_889_066, 55),
    ("abcast", TWO_JOINS, 5_697_436, 23_848_689, 48),
    ("abcast-token", {**JOIN, "messages": 2, "crashes": 2}, 100_578, 249_491, 30),
    ("abcast-token", TWO_JOINS, 3_858_771, 14_920_719, 48),
    ("safe", JOIN, 15_301, 40_691, 42),
    ("safe", {**JOIN, "messages": 2, "crashes": 2}, 392_528, 1_529_116, 55),
    ("safe", {**TWO_JOINS, "messages": 0}, 3_914_346, 18_937_241, 75),
    ("safe", {**TWO_JOINS, "crashes": 0}, 3_559_785, 23_070_307, 79),
    ("abcast", {**THREE, "crashes": 0}, 5_000, 16_477, 22),
    ("abcast", THREE, 495_646, 2_004_359, 37),
    ("abcast", {**THREE, "crashes": 2}, 2_723_204, 11_342_555, 41),
    ("abcast", {**THREE, "messages": 2}, 16_203_594, 71_365_094, 50),
    ("abcast-token", {**THREE, "crashes": 0}, 3_824, 11_202, 26),
    ("abcast-token", THREE, 378_685, 1_459_148, 38),
    ("abcast-token", {**THREE, "crashes": 2}, 2_355_669, 9_184_147, 42),
    ("abcast-token", {**THREE, "messages": 2}, 7_744_140, 30_421_807, 48),
    ("safe", {**THREE, "crashes": 0}, 347_219, 2_213_168, 58),
    ("safe", {**THREE, "messages": 0, "crashes": 2}, 1_610_815, 7_254_152, 59),
    ("safe", THREE, 6_644_465, 34_192_160, 84),
    ("safe", {**THREE, "crashes": 2}, 25_180_674, 131_183_222, 89),
]


@pytest.mark.long
@pytest.mark.parametrize(("name", "scenario", "distinct", "generated", "depth"), EXHAUSTED)
def test_no_claim_is_broken_where_processes_join(name, scenario, distinct, generated, depth):
    result = explored(name, *PROTOCOLS[name].claims, fast=True, **scenario)
    coverage = result.coverage
    assert (coverage.extent, violated(result)) == (Extent.EXHAUSTED, {})
    assert (coverage.distinct, coverage.generated, coverage.depth) == (distinct, generated, depth)


@pytest.mark.parametrize("name", ["cbcast", "abcast", "abcast-token", "gbcast"])
def test_every_claim_is_put_to_the_test(name):
    findings = explored(name, fast=True).findings
    assert [finding.name for finding in findings if finding.claimed and not finding.exercised] == []


@pytest.mark.parametrize(
    ("name", "reached"),
    [
        ("fbcast", ["uniform reliable", "fifo", "uniform virtual synchrony"]),
        ("cbcast", ["uniform reliable", "causal", "uniform virtual synchrony"]),
        ("abcast", ["uniform reliable", "causal", "total", "uniform virtual synchrony"]),
    ],
)
def test_the_ladder_says_what_one_crash_leaves(name, reached):
    held = frozenset(f.name for f in explored(name, fast=True).findings if f.verdict is Verdict.HOLDS and f.exercised)
    assert [rung.name for rung in rungs(held)] == reached


# --- what one order has and another has not ------------------------------------------------------------------------------


def test_fbcast_delivers_an_answer_before_the_question_and_cbcast_does_not():
    finding = explored("fbcast", "causal", crashes=0).finding("causal")
    assert finding.witness is not None
    assert finding.witness.text == "p2 delivered a1 before it multicast b1, but p3 delivered b1 without a1"
    assert finding.length == 4
    assert violated(explored("fbcast", "causal", nodes=2)) == {}
    assert violated(explored("cbcast", "causal", crashes=0, messages=3)) == {}


def test_cbcast_delivers_two_concurrent_multicasts_in_two_orders():
    finding = explored("cbcast", "total-order", crashes=0).finding("total-order")
    assert finding.witness is not None
    assert finding.trace is not None
    assert finding.witness.text == "p1 delivered a1 before b1, but p2 delivered b1 before a1"
    assert [action_line(step.action) for step in finding.trace.steps] == [
        "p1 multicasts a1",
        "p2 multicasts b1",
        "p2 receives data p1.1 in v2 vt 1.0.0: a1 from p1",
        "p1 receives data p2.1 in v2 vt 0.1.0: b1 from p2",
    ]


@pytest.mark.parametrize(("name", "length"), [("abcast", 6), ("abcast-token", 5), ("cbcast", 5)])
def test_what_only_the_dead_had_is_lost_although_it_was_delivered(name, length):
    assert violated(explored(name, "uniform-agreement", messages=1, crashes=2)) == {"uniform-agreement": length}


def test_who_is_cut_off_has_delivered_in_another_order_than_the_others():
    assert violated(explored("abcast", "uniform-total-order", fast=True, **OVERTAKING)) == {"uniform-total-order": 8}


@pytest.mark.parametrize("name", ["gbcast", "safe"])
def test_what_anybody_delivers_everybody_delivers(name):
    result = explored(name, *UNIFORM, messages=1, crashes=2, fast=True, **OVERTAKING)
    assert (result.coverage.extent, violated(result)) == (Extent.EXHAUSTED, {})


def test_a_group_that_is_asked_for_nothing_is_at_rest_though_it_has_a_token():
    result = explored("abcast-token", messages=0, crashes=0)
    assert (result.coverage.distinct, result.coverage.at_rest) == (1, 1)


class OneByFbcast(Gbcast):
    """p1 multicasts by fbcast, the others by gbcast."""

    def multicast(self, state: Any, view: View, payload: Any) -> Step:
        way = Fbcast if state.group.me == Node(1) else Gbcast
        return way.multicast(self, state, view, payload)


@pytest.mark.slow
def test_a_gbcast_is_ordered_with_respect_to_other_multicasts_as_well():
    result = explored(OneByFbcast(), "total-order", "virtual-synchrony", "agreement", "fifo", fast=True)
    assert (result.coverage.extent, violated(result)) == (Extent.EXHAUSTED, {})
    assert all(finding.exercised for finding in result.findings)


# --- planted bugs --------------------------------------------------------------------------------------------------------

# p2 alone has what p4 has sent; it echoes that to p1, which then is to flush with p3, and dies.
ECHOED_TO_ONE = (
    "p4 multicasts d1",
    "p4 crashes",
    "p2 receives data p4.1 in v3: d1 from p4",
    "p1 detects that p4 is down",
    "p2 receives flush v4 {p1,p2,p3} from v3 from p1 and crashes after 2 effects",
)
FOUR: dict[str, Any] = {"nodes": 4, "messages": 1, "crashes": 3, "start": ECHOED_TO_ONE, **OVERTAKING}

# What each planted bug breaks: property, scenario, shortest length (of the runs that begin with `start`, if any).
MUTANTS: list[Any] = [
    ("cbcast~sender-only", "causal", {"crashes": 0}, 4),
    ("cbcast~carried-over", "agreement", {**JOIN, "messages": 2, "crashes": 0}, 14),
    ("abcast~arrival-order", "total-order", {}, 8),
    ("abcast~orders-not-echoed", "virtual-synchrony", {}, 10),
    ("abcast-token~impatient", "prefix-order", {"crashes": 0}, 7),
    ("abcast-token~impatient", "agreement", {"crashes": 0}, 10),
    ("abcast-token~two-tokens", "prefix-order", {**JOIN, "messages": 3, "crashes": 0}, 13),
    ("gbcast~forgets", "uniform-agreement", {"messages": 1, "crashes": 2}, 8),
    ("gbcast~without-here", "same-view-delivery", JOIN, 18),
    ("safe~early", "uniform-agreement", {"messages": 1, "crashes": 2}, 7),
    pytest.param("safe~early", "uniform-total-order", OVERTAKING, 11, marks=pytest.mark.long, id="safe~early-in-another-order"),
    ("safe~without-ready", "uniform-agreement", FOUR, 12),
    pytest.param(
        "safe~without-here", "uniform-agreement", {**JOIN, "crashes": 2}, 20, marks=pytest.mark.long, id="without-here"
    ),
]


@pytest.mark.parametrize(("mutant", "name", "scenario", "length"), MUTANTS)
def test_every_planted_bug_is_caught_by_the_property_that_it_breaks(mutant, name, scenario, length):
    assert violated(explored(mutant, name, fast=True, **scenario)) == {name: length}
    original = explored(mutant.partition("~")[0], name, fast=True, **scenario)
    assert (original.coverage.extent, violated(original)) == (Extent.EXHAUSTED, {})


def test_every_mutant_is_in_the_table():
    found = {name for name in PROTOCOLS if name.partition("~")[0] in ORDERED and "~" in name}
    assert {getattr(row, "values", row)[0] for row in MUTANTS} == found
