"""Acknowledgements, queues and histories: exact state counts, and the shortest length of every violation."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from groupy_check.checker.native.search import NativeExplorer
from groupy_check.checker.search.base import Limits
from groupy_check.checker.search.bfs import Explorer
from groupy_check.groupy_model.actions import Handle
from groupy_check.groupy_model.events import Multicast
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.payloads import Change
from groupy_check.groupy_model.protocol import USUAL_CLAIMS, Protocol
from groupy_check.groupy_model.protocols.groupy.gms4_ack import Gms4Ack
from groupy_check.groupy_model.protocols.groupy.gms4_mutants import (
    AtAdd,
    Blocking,
    Early,
    LeaderOnly,
    NoEpoch,
    NoQuery,
    OutOfOrder,
    PurgeEarly,
    Skip,
    Unsafe,
)  # fmt: skip
from groupy_check.groupy_model.protocols.groupy.history_nack import HistoryNack
from groupy_check.groupy_model.protocols.groupy.leader_queue import LeaderQueue
from groupy_check.groupy_model.protocols.groupy.replicated_queue import ReplicatedQueue
from groupy_check.groupy_model.protocols.registry import PROTOCOLS
from groupy_check.groupy_model.scenario import Scenario, Timing
from groupy_check.groupy_model.verdict import Extent, Result
from groupy_check.specs.registry import PROPERTIES
from tests.support.exploring import MANY, violated

SAFE = (
    "integrity", "agreement", "total-order", "prefix-order", "view-agreement", "monotonic-views", "self-inclusion",
    "virtual-synchrony", "same-view-delivery", "termination",
)  # fmt: skip
JUDGED = (*SAFE, "validity", "uniform-agreement", "uniform-total-order", "fifo")
EARLY_TIMER = {"timeouts": 1, "timing": Timing.ANY}


@cache
def explored(protocol: type[Protocol], scenario: Scenario, names: tuple[str, ...] = JUDGED, fast: bool = False) -> Result:
    engine = NativeExplorer if fast else Explorer
    return engine(protocol(), scenario, [PROPERTIES[name] for name in names], Limits(all_verdicts=len(names) > 1)).run()


# Protocol, scenario, distinct states, states generated, depth, and the length of the shortest run that violates each property.
PINNED: list[tuple[type[Protocol], dict[str, Any], int, int, int, dict[str, int]]] = [
    (Gms4Ack, {"crashes": 0, "drops": 1}, 1316, 2460, 14, {"validity": 2, "fifo": 5}),
    (Gms4Ack, {}, 3659, 7117, 19, {"validity": 8, "fifo": 10}),
    (
        Gms4Ack,
        {"messages": 1, "drops": 1},
        917,
        1789,
        15,
        {"agreement": 9, "validity": 2, "uniform-agreement": 9},
    ),
    (Gms4Ack, {"nodes": 2}, 232, 347, 10, {"validity": 3, "fifo": 4}),
    (Gms4Ack, {"nodes": 2, "crashes": 0, "drops": 1}, 169, 236, 10, {"validity": 2, "fifo": 5}),
    (Gms4Ack, {"nodes": 2, "drops": 1}, 595, 1093, 12, {"validity": 2, "fifo": 4}),
    (Gms4Ack, {"messages": 1, "crashes": 2}, 789, 1921, 15, {"validity": 5, "uniform-agreement": 4}),
    (Gms4Ack, {"nodes": 2, "crashes": 0, "messages": 1, "drops": 1, **EARLY_TIMER}, 33, 55, 7, {"validity": 2}),
    (
        Gms4Ack,
        {"nodes": 2, "crashes": 0, "suspicions": 1},
        194,
        306,
        9,
        {"agreement": 2, "validity": 3, "uniform-agreement": 2, "fifo": 3},
    ),
    (
        Gms4Ack,
        {"messages": 1, "crashes": 0, "suspicions": 1},
        324,
        657,
        10,
        {"agreement": 4, "validity": 5, "uniform-agreement": 4},
    ),
    (Gms4Ack, {"messages": 1, "joins": 1, "nodes": 2}, 1304, 2594, 19, {"validity": 3}),
    (Gms4Ack, {"crashes": 0, "messages": 1, "duplicates": 1}, 157, 304, 8, {}),
    (Blocking, {"messages": 1}, 293, 513, 13, {"agreement": 5, "validity": 8, "uniform-agreement": 5}),
    (Blocking, {"nodes": 2, "messages": 1}, 33, 48, 6, {"validity": 3, "uniform-agreement": 3}),
    (Skip, {"messages": 1, "drops": 1}, 953, 1718, 13, {"agreement": 5, "validity": 2, "uniform-agreement": 5}),
    (Skip, {"drops": 1, "crashes": 0}, 1394, 2460, 13, {"agreement": 5, "validity": 2, "uniform-agreement": 5, "fifo": 5}),
    (Early, {"messages": 1, "drops": 1}, 1027, 1975, 13, {"agreement": 9, "validity": 2, "uniform-agreement": 9}),
    (LeaderQueue, {"nodes": 2}, 373, 491, 12, {"validity": 5, "fifo": 7}),
    (LeaderQueue, {}, 4427, 8833, 19, {"validity": 7, "fifo": 7}),
    (
        LeaderQueue,
        {"crashes": 0, "messages": 1, "drops": 1},
        41,
        56,
        6,
        {"agreement": 5, "validity": 2, "uniform-agreement": 5},
    ),
    (LeaderQueue, {"messages": 1, "drops": 1}, 688, 1306, 13, {"agreement": 5, "validity": 2, "uniform-agreement": 5}),
    (
        LeaderQueue,
        {"crashes": 0, "messages": 1, "suspicions": 1},
        146,
        260,
        10,
        {"agreement": 5, "validity": 8, "uniform-agreement": 5},
    ),
    (ReplicatedQueue, {"nodes": 2}, 362, 575, 13, {"validity": 3, "fifo": 4}),
    (ReplicatedQueue, {}, 10445, 20537, 26, {"validity": 8, "fifo": 9}),
    (
        ReplicatedQueue,
        {"crashes": 0, "messages": 1, "drops": 1},
        164,
        278,
        10,
        {"agreement": 9, "validity": 2, "uniform-agreement": 9},
    ),
    (ReplicatedQueue, {"messages": 1, "drops": 1}, 2463, 4832, 18, {"agreement": 7, "validity": 2, "uniform-agreement": 7}),
    (
        ReplicatedQueue,
        {"crashes": 0, "messages": 1, "suspicions": 1},
        719,
        1328,
        17,
        {"agreement": 6, "validity": 6, "uniform-agreement": 6},
    ),
    (ReplicatedQueue, {"messages": 1}, 706, 1248, 16, {"validity": 8}),
    (ReplicatedQueue, {"messages": 1, "crashes": 2}, 1704, 4010, 17, {"validity": 5}),
    (ReplicatedQueue, {"messages": 1, "nodes": 2, "joins": 1}, 2706, 5241, 24, {"validity": 3}),
    (HistoryNack, {"nodes": 2}, 699, 1535, 13, {"validity": 3, "fifo": 4}),
    (HistoryNack, {"nodes": 2, "drops": 1}, 2230, 5870, 16, {"validity": 3, "uniform-agreement": 3, "fifo": 4}),
    (HistoryNack, {"crashes": 0}, 2455, 5403, 21, {}),
    (HistoryNack, {"messages": 1}, 1656, 3422, 24, {"validity": 11}),
    (HistoryNack, {"messages": 1, "drops": 1}, 5639, 13421, 25, {"validity": 8}),
    (HistoryNack, {"messages": 1, "crashes": 0, "drops": 1}, 828, 1775, 18, {"validity": 9}),
    (
        HistoryNack,
        {"nodes": 2, "crashes": 0, "suspicions": 1},
        954,
        1783,
        14,
        {"agreement": 2, "prefix-order": 3, "validity": 3, "uniform-agreement": 2, "fifo": 3},
    ),
    (
        HistoryNack,
        {"messages": 1, "crashes": 0, "suspicions": 1},
        1914,
        4493,
        20,
        {"agreement": 7, "validity": 8, "uniform-agreement": 7},
    ),
    (HistoryNack, {"nodes": 2, "messages": 1, "joins": 1, "crashes": 0}, 840, 1643, 21, {}),
]


@pytest.mark.parametrize(("protocol", "scenario", "distinct", "generated", "depth", "lengths"), PINNED)
def test_every_verdict_of_the_family_is_pinned(protocol, scenario, distinct, generated, depth, lengths):
    result = explored(protocol, Scenario(**scenario), fast=distinct > MANY)
    coverage = result.coverage
    assert (coverage.extent, coverage.left) == (Extent.EXHAUSTED, 0)
    assert (coverage.distinct, coverage.generated, coverage.depth) == (distinct, generated, depth)
    assert violated(result) == lengths


# What each planted bug breaks: property, scenario, shortest length. The protocol that it was planted in keeps it there.
MUTANTS: list[tuple[type[Protocol], type[Protocol], str, dict[str, Any], int]] = [
    (Blocking, Gms4Ack, "agreement", {"messages": 1}, 5),
    (Skip, Gms4Ack, "agreement", {"nodes": 2, "crashes": 0, "drops": 1}, 3),
    (Early, Gms4Ack, "uniform-agreement", {"nodes": 2, "drops": 1, "messages": 1}, 3),
    (Unsafe, LeaderQueue, "prefix-order", {"crashes": 0}, 6),
    (Unsafe, LeaderQueue, "total-order", {"crashes": 0}, 8),
    (AtAdd, ReplicatedQueue, "agreement", {"messages": 1}, 8),
    (LeaderOnly, HistoryNack, "agreement", {"messages": 1, "drops": 1}, 12),
    (NoQuery, HistoryNack, "agreement", {"messages": 1, "drops": 1}, 10),
    (PurgeEarly, HistoryNack, "agreement", {"messages": 1, "crashes": 0, "drops": 1}, 12),
    (OutOfOrder, HistoryNack, "virtual-synchrony", {"messages": 1, "drops": 1}, 7),
    (OutOfOrder, HistoryNack, "prefix-order", {"nodes": 2, "crashes": 0, "drops": 1}, 4),
]


@pytest.mark.parametrize(("mutant", "original", "name", "scenario", "length"), MUTANTS)
def test_every_planted_bug_is_caught_by_the_property_that_it_breaks(mutant, original, name, scenario, length):
    assert violated(explored(mutant, Scenario(**scenario), (name,))) == {name: length}
    assert violated(explored(original, Scenario(**scenario), (name,))) == {}


@pytest.mark.parametrize("protocol", [Gms4Ack, LeaderQueue, ReplicatedQueue, HistoryNack])
def test_nobody_is_stuck_after_a_crash(protocol):
    assert violated(explored(protocol, Scenario(messages=1), ("progress",))) == {}


@pytest.mark.parametrize(
    ("protocol", "length"), [(Gms4Ack, 10), (Blocking, 10), (LeaderQueue, 11), (ReplicatedQueue, 13), (HistoryNack, 14)]
)
def test_a_request_that_dies_with_the_leader_leaves_the_worker_of_a_joiner_without_a_colour(protocol, length):
    small: Any = {"nodes": 2, "joins": 1}
    for messages in (0, 1):
        finding = explored(protocol, Scenario(**small, messages=messages), ("synchrony",)).finding("synchrony")
        assert (finding.length, finding.claimed) == (length, False)
        assert finding.witness is not None
        assert finding.witness.text == "p2 shows 0.0.0, p3 shows no colour"
    assert violated(explored(protocol, Scenario(**small, messages=0, crashes=0), ("synchrony",))) == {}
    if protocol is not Blocking:
        assert violated(explored(protocol, Scenario(messages=1, crashes=2), ("synchrony",))) == {}


@pytest.mark.parametrize("name", ["gms4-ack", "gms4-ack-blocking", "leader-queue", "replicated-queue", "history-nack"])
def test_what_is_claimed_differs_from_the_usual_as_the_documentation_says(name):
    more = {"uniform-agreement", "uniform-total-order"} if name == "replicated-queue" else set()
    assert set(PROTOCOLS[name].claims) == set(USUAL_CLAIMS) - {"synchrony"} | more


def test_the_orphan_view_of_gms3_is_in_the_queue_of_a_leader_too():
    """It claims agreement for a formed group; a joiner that enters by a later view drops what the others deliver in between."""
    scenario = Scenario(nodes=2, messages=1, joins=1)
    assert violated(explored(LeaderQueue, scenario, ("agreement",))) == {"agreement": 13}


def test_acknowledgements_do_not_survive_one_loss_and_one_crash():
    finding = explored(Gms4Ack, Scenario(messages=1, drops=1)).finding("agreement")
    assert finding.witness is not None
    assert finding.witness.text == "p2 never delivered a1, which p3 delivered in v2 {p1,p2,p3}"


@pytest.mark.parametrize(
    ("protocol", "scenario", "length"),
    [
        (Gms4Ack, {"drops": 1}, 11),
        (Skip, {"drops": 1}, 11),
        (Gms4Ack, {"crashes": 0, "suspicions": 1}, 10),
        (HistoryNack, {"nodes": 2, "crashes": 0, "suspicions": 1}, 3),
    ],
)
def test_what_breaks_the_order(protocol, scenario, length):
    assert violated(explored(protocol, Scenario(**scenario), ("prefix-order",))) == {"prefix-order": length}


def test_a_lost_view_and_two_crashes_make_two_views_of_one_number():
    finding = explored(HistoryNack, Scenario(messages=0, drops=1, crashes=2), ("view-agreement",)).finding("view-agreement")
    assert finding.witness is not None
    assert (finding.length, finding.witness.text) == (7, "p2 installed v3 {p2,p3}, but p3 installed v3 {p3}")


def test_every_mutant_is_in_a_table():
    tried = {row[0].name for row in MUTANTS} | {NoEpoch.name}
    assert tried == {name for name in PROTOCOLS if PROTOCOLS[name].__module__ == NoEpoch.__module__}


def test_the_blocked_leader_sends_again_for_ever():
    trace = explored(Blocking, Scenario(messages=1), ("agreement",)).finding("agreement").trace
    assert trace is not None
    assert trace.loop == 4


def test_without_epochs_two_take_overs_repeat_what_the_first_leader_gave_up():
    """Begun where p1 dies with its message added at p4 and p3, but not at p2, who takes over."""
    start = [Handle(Node(1), Multicast(Change(Node(1), 1)), cut=2)]
    for protocol, expected in [(NoEpoch, {"agreement": 21}), (ReplicatedQueue, {})]:
        scenario = Scenario(nodes=4, crashes=2, messages=1)
        explorer = Explorer(protocol(), scenario, [PROPERTIES["agreement"]], Limits(all_verdicts=False), start=start)
        assert violated(explorer.run()) == expected


def test_progress_sees_a_leader_that_sends_again_for_ever():
    scenario = Scenario(messages=0)
    lengths = {
        protocol: Explorer(PROTOCOLS[protocol](), scenario, [PROPERTIES["progress"]]).run().finding("progress").length
        for protocol in ("gms4-ack-blocking", "gms4-ack")
    }
    assert lengths == {"gms4-ack-blocking": 1, "gms4-ack": None}
