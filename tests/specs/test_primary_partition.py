"""The finer points of `primary-partition`, against hand-made histories: forks, gaps, late-comers and halves."""

from __future__ import annotations

from groupy_check.groupy_model.effects import View
from groupy_check.groupy_model.observations import Installed
from tests.specs.test_specs import CRASHED, IN_V1, IN_V2, IN_V3, P1, P2, P3, life, rest, verdict


def test_primary_partition_wants_one_sequence() -> None:
    two = View(3, (P1, P2))
    assert verdict("primary-partition", rest(life(P1, IN_V2, Installed(two)), life(P2, IN_V2), life(P3, IN_V2, IN_V3))) == (
        "p1 installed v3 {p1,p2}, but p3 installed v3 {p2,p3}"
    )
    four = Installed(View(4, (P1, P2)))
    assert verdict("primary-partition", rest(life(P1, IN_V2, four), life(P2, IN_V2), life(P3, IN_V2, IN_V3))) == (
        "p1 went from v2 {p1,p2,p3} to v4 {p1,p2}, but p3 to v3 {p2,p3}"
    )


def test_primary_partition_lets_a_process_skip_a_view() -> None:
    last = Installed(View(4, (P2, P3)))
    skipping, other = life(P3, IN_V2, last), life(P2, IN_V2, Installed(View(3, (P1, P2, P3))), last)
    assert verdict("primary-partition", rest(life(P1, IN_V2), other, skipping)) is None


def test_primary_partition_takes_as_consecutive_only_what_some_process_saw_so() -> None:
    late = Installed(View(9, (P3,)))
    assert verdict("primary-partition", rest(life(P1, IN_V2), life(P2, IN_V2), life(P3, late, founder=False))) is None
    grown = Installed(View(7, (P1, P2, P3)))
    assert verdict("primary-partition", rest(life(P1, IN_V1, grown), life(P2, IN_V1), life(P3, grown, founder=False))) is None


def test_primary_partition_asks_for_more_than_half() -> None:
    alone = Installed(View(2, (P1,)))
    assert verdict("primary-partition", rest(life(P1, IN_V1, alone), life(P2, IN_V1, status=CRASHED))) == (
        "p1 went from v1 {p1,p2} to v2 {p1}, which keeps 1 of 2 members, not a majority"
    )
