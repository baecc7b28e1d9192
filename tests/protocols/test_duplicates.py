"""Counts with duplicates, which can come anywhere behind their originals.

Where each handler sends one message to a process, that leads to no new states: a copy between two messages is one that came
last before the second was sent. It does where a handler sends several, or a notice is behind: those protocols are here.
"""

from __future__ import annotations

import pytest

from groupy_check.groupy_model.verdict import Extent
from tests.support.exploring import explored, violated


@pytest.mark.parametrize(
    ("name", "messages", "distinct", "depth", "lengths"),
    [
        # (with copies only behind all others: 6482, 4022, 3298, 11304, and 1792 as here)
        ("abcast", 2, 7058, 12, {}),
        ("abcast-token", 2, 4060, 19, {"prefix-order": 8}),
        ("safe", 1, 3804, 13, {}),
        ("replicated-queue", 2, 12168, 30, {"integrity": 16}),
        ("gms3", 2, 1792, 12, {"integrity": 4}),
    ],
)
def test_a_copy_between_two_messages_of_one_handler(
    name: str, messages: int, distinct: int, depth: int, lengths: dict[str, int]
) -> None:
    result = explored(name, fast=True, messages=messages, crashes=0, duplicates=1)
    assert (result.coverage.extent, result.coverage.distinct, result.coverage.depth) == (Extent.EXHAUSTED, distinct, depth)
    assert lengths.items() <= violated(result).items()
