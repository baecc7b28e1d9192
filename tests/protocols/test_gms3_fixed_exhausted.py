"""gms3-fixed, to the end: every run of every formed group of at most four processes, joiner included, with up to two crashes
and two multicasts. Whole states are kept, so no hash can hide one. Budgets are upper bounds: what a row covers includes all
rows with less of anything but `nodes`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from groupy_check.checker.judging.selection import select
from groupy_check.checker.native.search import NativeExplorer
from groupy_check.checker.search.base import Limits
from groupy_check.groupy_model.protocol import Protocol
from groupy_check.groupy_model.protocols.groupy.gms3_fixed import Gms3Fixed
from groupy_check.groupy_model.scenario import Scenario
from groupy_check.groupy_model.verdict import Extent, Result, Verdict

CLAIMED = frozenset(Gms3Fixed.claims)
STATE = ("state-transfer",)  # where processes may join it is judged only when named
ORDERS = frozenset({"total-order", "prefix-order"})  # they speak of two multicasts


@dataclass(frozen=True)
class Row:
    """What comes of all runs of `scenario`: the counts, the shortest violations, and which claims were not put to the test.

    `names` are the properties asked for; none stands for all that can be judged without the workers' state transfer.
    """

    scenario: Scenario
    distinct: int
    generated: int
    depth: int
    violated: dict[str, int] = field(default_factory=dict)
    untested: frozenset[str] = frozenset()
    names: tuple[str, ...] = ()


def scenario(nodes: int, joins: int, messages: int = 2, crashes: int = 2) -> Scenario:
    return Scenario(nodes=nodes, joins=joins, messages=messages, crashes=crashes)


ALONE = {"validity": 5, "fifo": 6, "causal": 6, "primary-partition": 4, "completeness": 2}
TWO_AND_ONE = {
    "validity": 3, "uniform-agreement": 9, "fifo": 4, "causal": 4, "primary-partition": 2, "completeness": 1,
    "sending-view-delivery": 4,
}  # fmt: skip
THREE_AND_ONE = {
    "validity": 4, "uniform-agreement": 5, "fifo": 4, "causal": 4, "view-agreement": 6, "primary-partition": 4,
    "completeness": 1, "sending-view-delivery": 4,
}  # fmt: skip
FOUR = {
    "validity": 5, "uniform-agreement": 6, "fifo": 4, "causal": 4, "primary-partition": 4, "completeness": 1,
    "sending-view-delivery": 5,
}  # fmt: skip
ONE_CRASH = {"validity": 5, "fifo": 4, "causal": 4, "completeness": 1, "sending-view-delivery": 4}
ONE_MULTICAST = {
    "validity": 5, "uniform-agreement": 6, "view-agreement": 6, "primary-partition": 4, "completeness": 1,
    "sending-view-delivery": 4,
}  # fmt: skip

SMALL = [
    Row(scenario(1, 1), 365, 556, 12, ALONE, frozenset({"virtual-synchrony"})),
    Row(scenario(1, 1), 2_596, 4_757, 17, names=STATE),
    Row(scenario(2, 1), 23_186, 47_699, 19, TWO_AND_ONE),
]
LARGE = [
    Row(scenario(4, 0), 199_949, 511_062, 22, FOUR),
    Row(scenario(3, 1), 1_147_670, 2_710_105, 27, THREE_AND_ONE),
    Row(scenario(2, 1), 385_605, 956_915, 30, names=STATE),
    # Five processes: with one multicast or one crash less.
    Row(scenario(4, 1, messages=1), 2_985_574, 7_948_531, 29, ONE_MULTICAST, ORDERS),
    Row(scenario(4, 1, crashes=1), 2_931_793, 9_447_369, 29, ONE_CRASH),
]
ROWS = SMALL + LARGE


def exhausted(wanted: Scenario, names: tuple[str, ...] = (), protocol: Protocol | None = None) -> Result:
    """All runs of `wanted`, by the native engine. Whole states are kept."""
    properties, _ = select(names, wanted)
    limits = Limits(all_verdicts=not names)
    return NativeExplorer(protocol or Gms3Fixed(), wanted, properties, limits, workers=2, exact=True).run()


def judge(row: Row) -> None:
    result = exhausted(row.scenario, row.names)
    coverage = result.coverage
    assert (coverage.extent, coverage.left, coverage.missed) == (Extent.EXHAUSTED, 0, 0)
    assert (coverage.distinct, coverage.generated, coverage.depth) == (row.distinct, row.generated, row.depth)
    found = {finding.name: finding.length for finding in result.findings if finding.verdict is Verdict.VIOLATED}
    assert found == row.violated
    assert not set(found) & CLAIMED
    assert {finding.name for finding in result.findings if finding.claimed and not finding.exercised} == row.untested


def named(row: Row) -> str:
    wanted: dict[str, Any] = {name: getattr(row.scenario, name) for name in ("nodes", "joins", "messages", "crashes")}
    return ", ".join([*(f"{name} {count}" for name, count in wanted.items()), *row.names])


@pytest.mark.parametrize("row", SMALL, ids=named)
def test_no_claim_is_broken_in_any_run(row):
    judge(row)


@pytest.mark.long
@pytest.mark.parametrize("row", LARGE, ids=named)
def test_no_claim_is_broken_in_any_run_of_a_large_scenario(row):
    judge(row)


def test_the_rows_leave_out_no_group_of_at_most_four_and_no_claim():
    whole = [row.scenario for row in ROWS if not row.names and (row.scenario.messages, row.scenario.crashes) == (2, 2)]
    assert {(group.nodes, group.joins) for group in whole} == {(1, 1), (2, 1), (3, 1), (4, 0)}
    judged = {finding.name for finding in exhausted(scenario(1, 1)).findings}
    assert CLAIMED - judged == {name for row in ROWS for name in row.names} == set(STATE)
