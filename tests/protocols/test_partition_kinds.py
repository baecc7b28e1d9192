"""Who survives which kind of partition, and what only some kinds break: the same counts and lengths by both engines."""

from __future__ import annotations

import pytest

from groupy_check.groupy_model.protocols.registry import PROTOCOLS
from groupy_check.groupy_model.scenario import PartitionKind
from groupy_check.groupy_model.verdict import Result
from tests.support.exploring import explored, violated

COMPLETE, MULTIWAY, PARTIAL, SIMPLEX = PartitionKind
ENGINES = pytest.mark.parametrize("fast", [True, False], ids=["native", "reference"])
STATES = {
    "gmp2": {COMPLETE: 449, MULTIWAY: 405, PARTIAL: 129, SIMPLEX: 151},
    "gmp3": {COMPLETE: 843, MULTIWAY: 657, PARTIAL: 229, SIMPLEX: 211},
    "gms-service": {COMPLETE: 843, MULTIWAY: 657, PARTIAL: 229, SIMPLEX: 211},
}


def parted(name: str, kind: PartitionKind, *names: str, fast: bool, messages: int) -> Result:
    return explored(name, *names, messages=messages, crashes=0, partitions=1, partition_kind=kind, fast=fast)


@ENGINES
@pytest.mark.parametrize("kind", PartitionKind)
@pytest.mark.parametrize("name", STATES)
def test_who_asks_a_majority_survives_each_kind(name: str, kind: PartitionKind, fast: bool) -> None:
    result = parted(name, kind, fast=fast, messages=0)
    assert result.coverage.distinct == STATES[name][kind]
    assert not {*violated(result)} & {*PROTOCOLS[name].claims}


# Of gms2, complete partitions leave nobody stuck: who is cut off from the leader follows another one, or nobody. In a partial
# one p3, which no longer hears the leader p1, turns to p2; but p2 hears p1, and does not lead. In a simplex one p1 leads all,
# and hears none of them. Of gms3, two complete sides never install two views of one number, since that of p1 goes on in the
# first view; p2 and p3, cut off from it and from one another, both install a second one.
@ENGINES
@pytest.mark.parametrize(
    ("name", "wanted", "lengths"),
    [
        ("gms2", "progress", {COMPLETE: None, MULTIWAY: None, PARTIAL: 2, SIMPLEX: 1}),
        ("gms3", "view-agreement", {COMPLETE: None, MULTIWAY: 4, PARTIAL: None, SIMPLEX: None}),
    ],
)
def test_what_only_some_kinds_break(name: str, wanted: str, lengths: dict[PartitionKind, int | None], fast: bool) -> None:
    assert wanted in PROTOCOLS[name].claims
    results = {kind: parted(name, kind, wanted, fast=fast, messages=1) for kind in lengths}
    assert {kind: violated(result).get(wanted) for kind, result in results.items()} == lengths
