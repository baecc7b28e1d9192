"""The protocols as they are, faults included: exact state counts, and the shortest length of every violation."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from typing import Any

import pytest

from groupy_check.checker.inputs.protocols import load_protocol
from groupy_check.checker.search.bfs import Explorer
from groupy_check.groupy_model.effects import View
from groupy_check.groupy_model.protocol import USUAL_CLAIMS
from groupy_check.groupy_model.protocols.groupy.gms1 import Leader, Slave, ViewMsg
from groupy_check.groupy_model.protocols.registry import PROTOCOLS
from groupy_check.groupy_model.scenario import Beginning, Detector, Order, Scenario, Timing
from groupy_check.groupy_model.verdict import Extent, Kind, Verdict
from groupy_check.specs.registry import PROPERTIES
from tests.support.exploring import MANY, explored, violated
from tests.support.planted import Unordered, ViewsFromAnyone

JOINING = Beginning.JOINING


# Protocol, scenario, distinct states, states generated, depth, and the length of the shortest run that violates each property.
# Each count was checked by reading the shortest runs; tests/semantics/referees holds independent models of gms2 and gms3.
PINNED: list[tuple[str, dict[str, Any], int, int, int, dict[str, int]]] = [
    ("gms1", {"crashes": 0}, 171, 280, 8, {}),
    (
        "gms1",
        {},
        945,
        1783,
        9,
        {"validity": 2, "agreement": 2, "uniform-agreement": 2, "completeness": 1, "synchrony": 2, "progress": 1},
    ),
    (
        "gms2",
        {},
        1825,
        3111,
        12,
        {
            "validity": 5,
            "agreement": 5,
            "uniform-agreement": 5,
            "total-order": 6,
            "prefix-order": 5,
            "uniform-total-order": 6,
            "fifo": 4,
            "causal": 4,
            "completeness": 1,
            "virtual-synchrony": 5,
            "same-view-delivery": 4,
            "sending-view-delivery": 4,
            "synchrony": 5,
        },
    ),
    ("gms2", {"crashes": 0}, 171, 280, 8, {}),
    (
        "gms2",
        {"joins": 1, "messages": 1},
        5177,
        11637,
        16,
        {
            "validity": 5,
            "agreement": 5,
            "uniform-agreement": 5,
            "completeness": 1,
            "virtual-synchrony": 5,
            "same-view-delivery": 4,
            "sending-view-delivery": 4,
        },
    ),
    ("gms3", {}, 1921, 3431, 13, {"validity": 5, "fifo": 4, "causal": 4, "completeness": 1, "sending-view-delivery": 5}),
    ("gms3", {"messages": 0, "joins": 1}, 281, 539, 11, {"completeness": 1, "progress": 8}),
    (
        "gms3",
        {"messages": 1, "joins": 1},
        7038,
        16175,
        18,
        {"validity": 5, "agreement": 10, "uniform-agreement": 10, "completeness": 1, "sending-view-delivery": 4, "progress": 8},
    ),
    (
        "gms3",
        {"messages": 1, "crashes": 2},
        519,
        966,
        11,
        {"validity": 4, "uniform-agreement": 5, "primary-partition": 4, "completeness": 1, "sending-view-delivery": 5},
    ),
    (
        "gms3",
        {"crashes": 2},
        5647,
        11469,
        15,
        {
            "validity": 4,
            "uniform-agreement": 5,
            "fifo": 4,
            "causal": 4,
            "primary-partition": 4,
            "completeness": 1,
            "sending-view-delivery": 5,
        },
    ),
    (
        "gms3",
        {"crashes": 0, "drops": 1},
        481,
        920,
        8,
        {"validity": 2, "agreement": 3, "uniform-agreement": 3, "fifo": 4, "causal": 4, "synchrony": 3, "progress": 3},
    ),
    (
        "gms3",
        {"crashes": 0, "suspicions": 1},
        702,
        1414,
        10,
        {
            "validity": 4,
            "agreement": 2,
            "uniform-agreement": 2,
            "prefix-order": 3,
            "fifo": 3,
            "causal": 3,
            "accuracy": 1,
            "same-view-delivery": 5,
            "sending-view-delivery": 5,
            "synchrony": 2,
            "progress": 5,
        },
    ),
    ("gms3", {"crashes": 0, "duplicates": 1}, 1792, 3561, 12, {"integrity": 4}),
    ("gms3", {"crashes": 0, "order": Order.ANY}, 197, 322, 8, {"fifo": 3, "causal": 3}),
    (
        "gms3",
        {"detector": Detector.OVERTAKING},
        3637,
        7043,
        13,
        {
            "validity": 5,
            "agreement": 4,
            "uniform-agreement": 4,
            "prefix-order": 4,
            "fifo": 4,
            "causal": 4,
            "completeness": 1,
            "same-view-delivery": 5,
            "sending-view-delivery": 5,
            "synchrony": 4,
            "progress": 6,
        },
    ),
    (
        "gms3",
        {"crashes": 0, "partitions": 1},
        6733,
        12421,
        13,
        {
            "validity": 3,
            "agreement": 3,
            "uniform-agreement": 3,
            "prefix-order": 4,
            "fifo": 4,
            "causal": 4,
            "primary-partition": 3,
            "accuracy": 2,
            "same-view-delivery": 6,
            "sending-view-delivery": 5,
            "synchrony": 3,
            "progress": 5,
        },
    ),
    ("gms2", {"nodes": 2, "crashes": 0, "messages": 1, "beginning": JOINING}, 14, 16, 6, {}),
    ("gms3", {"nodes": 3, "crashes": 0, "messages": 1, "beginning": JOINING}, 196, 326, 11, {"sending-view-delivery": 7}),
    (
        "gms3",
        {"nodes": 2, "joins": 1, "crashes": 0, "messages": 1, "timeouts": 1, "timing": Timing.ANY},
        117,
        220,
        8,
        {"agreement": 6, "uniform-agreement": 6, "completeness": 4, "sending-view-delivery": 4},
    ),
    (
        "gms3",
        {"nodes": 4, "messages": 0, "crashes": 2},
        121,
        218,
        10,
        {"primary-partition": 4, "completeness": 1, "progress": 7},
    ),
    ("gms3", {"nodes": 1, "crashes": 0, "joins": 1, "messages": 1, "worker": True}, 99, 129, 11, {}),
    (
        "gms3",
        {"nodes": 2, "joins": 1, "crashes": 1, "messages": 0, "worker": True},
        836,
        1513,
        20,
        {"validity": 8, "primary-partition": 2, "completeness": 1, "sending-view-delivery": 8, "synchrony": 8},
    ),
]


@pytest.mark.parametrize(("name", "scenario", "distinct", "generated", "depth", "lengths"), PINNED)
def test_every_verdict_of_a_protocol_is_pinned(name, scenario, distinct, generated, depth, lengths):
    result = explored(name, fast=distinct > MANY, **scenario)
    coverage = result.coverage
    assert (coverage.extent, coverage.left) == (Extent.EXHAUSTED, 0)
    assert (coverage.distinct, coverage.generated, coverage.depth) == (distinct, generated, depth)
    assert violated(result) == lengths


def test_gms3_formed_keeps_its_safety_promises_through_one_crash():
    result = explored("gms3", crashes=1)
    for finding in result.findings:
        if finding.kind is Kind.SAFETY and finding.claimed:
            assert (finding.name, finding.verdict, finding.exercised) == (finding.name, Verdict.HOLDS, True)


def test_gms3_with_four_processes_keeps_prefix_order_through_two_crashes():
    result = explored("gms3", "prefix-order", fast=True, nodes=4, crashes=2)
    assert result.finding("prefix-order").verdict is Verdict.HOLDS
    assert result.coverage.distinct == 64_699


def test_the_orphan_view_is_the_run_that_the_documentation_tells():
    finding = explored("gms3", joins=1, messages=1).finding("progress")
    assert finding.trace is not None
    assert finding.length == 8
    assert finding.witness is not None
    assert finding.witness.text == (
        "p3 asks for a multicast and never delivers it; unread in its queue forever: "
        "view v3 [p1, p2, p3, p4] from p2, view v4 [p2, p3, p4] from p2"
    )


# What each planted bug breaks first of all: property, scenario, shortest length; None: gms3 itself does not violate it there.
MUTANTS: list[tuple[str, str, dict[str, Any], int, int | None]] = [
    ("gms3~catch-all", "termination", {}, 3, None),
    ("gms3~overtaking", "prefix-order", {}, 6, None),
    ("gms3~overtaking", "virtual-synchrony", {}, 9, None),
    ("gms3~last-off-by-one", "integrity", {}, 5, None),
    ("gms3~views-not-last", "self-inclusion", {"joins": 1, "messages": 0}, 5, None),
    ("gms3~views-not-last", "progress", {"joins": 1, "messages": 0}, 7, 8),
    ("gms3~no-repeat", "agreement", {}, 4, None),
    ("gms3~early-dropped", "agreement", {}, 6, None),
    ("gms3~stale-view-counts", "progress", {}, 5, None),
    ("gms3~repeat-reversed", "prefix-order", {"nodes": 4, "crashes": 2}, 7, None),
    ("gms3~slave-admits", "view-agreement", {"joins": 1, "messages": 0}, 4, None),
    ("gms3~slave-admits", "agreement", {"joins": 1, "messages": 1, "crashes": 0}, 5, None),
    ("gms3~joiner-forgotten", "agreement", {"nodes": 2, "messages": 1, "crashes": 0, "beginning": JOINING}, 4, None),
    ("gms3~deliver-first", "uniform-agreement", {"messages": 1}, 4, None),
]


@pytest.mark.parametrize(("mutant", "name", "scenario", "length", "original"), MUTANTS)
def test_every_planted_bug_is_caught_by_the_property_that_it_breaks(mutant, name, scenario, length, original):
    fast = scenario.get("nodes", 3) > 3  # many states
    assert explored(mutant, name, fast=fast, **scenario).finding(name).length == length
    assert explored("gms3", name, fast=fast, **scenario).finding(name).length == original


def test_every_mutant_is_in_the_table():
    assert {row[0] for row in MUTANTS} == {name for name in PROTOCOLS if name.startswith("gms3~")}


def test_a_view_from_a_dead_leader_breaks_monotonic_views():
    assert violated(explored(ViewsFromAnyone(), "monotonic-views", joins=1, messages=0)) == {"monotonic-views": 6}


def test_state_transfer_needs_total_order():
    found = explored(Unordered(), "state-transfer", nodes=2, joins=1, messages=1, crashes=0)
    assert violated(found) == {"state-transfer": 9}
    assert found.finding("state-transfer").witness is not None


def test_a_request_to_join_may_die_with_the_leader_and_then_the_joiner_needs_a_timer():
    scenario: dict[str, Any] = {"nodes": 3, "joins": 1, "messages": 0}  # p2 forwards the request to p1, which crashes
    assert violated(explored("gms1", "admission", **scenario)) == {"admission": 3}
    assert violated(explored("gms2", "admission", **scenario)) == {}
    assert explored("gms2", "admission", **scenario).finding("admission").exercised


def test_every_property_is_violated_by_some_protocol_above():
    broken = {name for row in PINNED for name in row[5]} | {row[1] for row in MUTANTS}
    assert broken | {"monotonic-views", "state-transfer", "admission"} == set(PROPERTIES)


def unnumbered(value: Any) -> Any:
    """`value` with every view's number erased."""
    if isinstance(value, tuple):
        return tuple(map(unnumbered, value))
    if not is_dataclass(value) or isinstance(value, type):
        return value
    erased = {"view": 0} if isinstance(value, Leader | Slave) else {"id": 0} if isinstance(value, ViewMsg | View) else {}
    return replace(value, **{f.name: erased.get(f.name, unnumbered(getattr(value, f.name))) for f in fields(value)})


@pytest.mark.parametrize("name", ["gms1", "gms2"])
def test_no_rule_reads_the_number_of_a_view(name):
    """Erlang's gms1 and gms2 have no such number: every rule must do the same without it."""
    protocol, scenario = load_protocol(name), Scenario(joins=1, messages=1)
    explorer = Explorer(protocol, scenario, [PROPERTIES["prefix-order"]])
    explorer.run()
    for (state, event), outcomes in explorer.semantics.handle.memo.items():
        blind = protocol.step(unnumbered(state), unnumbered(event))
        assert unnumbered((blind,) if blind else None) == unnumbered(outcomes)


def test_claims_are_properties():
    assert set(USUAL_CLAIMS) <= set(PROPERTIES)
