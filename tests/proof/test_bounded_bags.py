"""Bounded proofs with channels in any order: a notice does not wait for what was queued behind it."""

from __future__ import annotations

from typing import Any

import pytest

from groupy_check.checker.proof.bounded.unrolling import bounded
from groupy_check.groupy_model.scenario import Beginning, Detector, Order, Scenario
from tests.inputs.test_network_faults import Post

SOON: dict[str, Any] = {"nodes": 2, "messages": 1, "crashes": 0, "beginning": Beginning.JOINING}
LATE: dict[str, Any] = {"nodes": 2, "messages": 1, "crashes": 1}


@pytest.mark.parametrize("order", Order)
@pytest.mark.parametrize(
    ("post", "scenario", "lengths"),
    [
        (Post("xg", "Dx", early=True), SOON, {"integrity": 5}),  # p1 has the notice before p2 joins and writes
        (Post("xg", "Dx"), LATE, {}),
        (Post("xg", "Dx"), LATE | {"detector": Detector.OVERTAKING}, {"integrity": 5}),
    ],
)
def test_a_notice_waits_for_what_was_queued_before_it_only(
    post: Post, scenario: dict[str, Any], lengths: dict[str, int], order: Order
) -> None:
    found = bounded(post, Scenario(order=order, **scenario), 5).violations
    assert {name: len(run) for name, run in found.items() if name == "integrity"} == lengths
