"""What properties say of a process that crashes and comes back: of the process, or of each of its incarnations."""

from __future__ import annotations

from dataclasses import replace

import pytest

from groupy_check.checker.errors import UsageError
from groupy_check.checker.judging.selection import select
from groupy_check.groupy_model.effects import View
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.observations import (
    Delivered,
    History,
    Installed,
    Left,
    Life,
    Observation,
    Recovered,
    Sent,
    Status,
)
from groupy_check.groupy_model.payloads import Change
from groupy_check.groupy_model.scenario import Scenario
from groupy_check.specs.registry import PARTITIONABLE, PROPERTIES

P1, P2, P3 = map(Node, (1, 2, 3))
A1, A2 = Change(P1, 1), Change(P1, 2)
V1, V2, V3 = View(1, (P1, P2, P3)), View(2, (P1, P3)), View(3, (P1, P3, P2))
IN_V1, IN_V2, IN_V3, BACK = Installed(V1), Installed(V2), Installed(V3), Recovered()


def life(node: Node, *log: Observation, status: Status = Status.UP, returns: bool = False) -> Life:
    """A founder that was in V1 when the run began."""
    return Life(node, status, (IN_V1, *log), returns=returns)


def told(name: str, *lives: Life) -> str:
    """What is wrong, at rest."""
    witness = {**PROPERTIES, **PARTITIONABLE}[name].judge(History(lives, at_rest=True))
    return "" if witness is None else witness.text


def test_a_life_is_cut_where_the_process_comes_back() -> None:
    whole = life(P2, Delivered(A1), BACK, IN_V3, BACK, Left(), status=Status.CRASHED, returns=True)
    first, second, third = whole.incarnations
    assert [part.log for part in whole.incarnations] == [(IN_V1, Delivered(A1)), (IN_V3,), (Left(),)]
    assert [part.status for part in whole.incarnations] == [Status.CRASHED] * 3
    assert [part.founder for part in whole.incarnations] == [True, False, False]
    assert [part.name for part in whole.incarnations] == [f"p2 (incarnation {number})" for number in (1, 2, 3)]
    assert (first.returns, second.returns, third.returns) == (False, False, True)
    assert whole.current == third
    assert life(P1).incarnations == (life(P1),)
    assert life(P1).name == "p1"


def test_who_came_back_and_stays_up_is_correct_and_a_request_to_leave_dies_with_the_incarnation() -> None:
    assert life(P2, Left(), BACK).correct
    assert life(P2, Left(), BACK).up
    assert not life(P2, BACK, Left()).correct
    assert not life(P2, BACK, status=Status.CRASHED).correct


@pytest.mark.parametrize(
    ("name", "lives", "text"),
    [
        ("integrity", (life(P1, Sent(A1)), life(P2, Delivered(A1), BACK, Delivered(A1))), ""),
        (
            "integrity",
            (life(P1, Sent(A1)), life(P2, BACK, Delivered(A1), Delivered(A1))),
            "p2 (incarnation 2) delivered a1 twice",
        ),
        ("no-duplication", (life(P2, Delivered(A1), BACK, Delivered(A1)),), "p2 delivered a1 twice"),
        ("validity", (life(P1, Sent(A1), BACK),), "p1 never delivered a1, which it multicast itself"),
        ("validity", (life(P1, Sent(A1), Delivered(A1), BACK),), ""),
        ("validity", (life(P1, Sent(A1), BACK, status=Status.CRASHED),), ""),
        (
            "agreement",
            (life(P1, Delivered(A1)), life(P2, BACK, IN_V1)),
            "p2 never delivered a1, which p1 delivered in v1 {p1,p2,p3}",
        ),
        ("agreement", (life(P1, Delivered(A1)), life(P2, Delivered(A1), BACK, IN_V1)), ""),
        ("monotonic-views", (life(P2, BACK, IN_V1),), ""),
        ("monotonic-views", (life(P2, BACK, IN_V1, IN_V1),), "p2 installed v1 {p1,p2,p3} after v1 {p1,p2,p3}"),
        ("monotonic-views", (life(P1, IN_V2, BACK, IN_V1),), "p1 installed v1 {p1,p2,p3} after v2 {p1,p3}"),
        ("monotonic-views", (life(P1, BACK, Installed(View(1, (P1,)))),), "p1 installed v1 {p1} after v1 {p1,p2,p3}"),
        ("accuracy", (life(P1, IN_V2), life(P2, BACK)), ""),
        (
            "accuracy",
            (life(P1, IN_V2), life(P2, BACK, IN_V1)),
            "p1 went from v1 {p1,p2,p3} to v2 {p1,p3}, which leaves out p2, but p2 has neither crashed nor left",
        ),
        ("completeness", (life(P1), life(P2, BACK)), ""),
        (
            "total-order",
            (life(P1, Delivered(A1), Delivered(A2)), life(P2, Delivered(A2), BACK, Delivered(A1), Delivered(A2))),
            "",
        ),
        (
            "uniform-total-order",
            (life(P1, Delivered(A1), Delivered(A2)), life(P2, Delivered(A2), Delivered(A1), BACK)),
            "p1 delivered a1 before a2, but p2 (incarnation 1) delivered a2 before a1",
        ),
        ("fifo", (life(P1, Sent(A1), Sent(A2)), life(P2, Delivered(A1), BACK, IN_V3, Delivered(A2))), ""),
        (
            "fifo",
            (life(P1, Sent(A1), Sent(A2)), life(P2, BACK, IN_V1, Delivered(A2))),
            "p1 multicast a1 before a2, but p2 (incarnation 2) delivered a2 without a1",
        ),
        ("causal", (life(P1, Sent(A1), BACK, Sent(A2)), life(P2, Delivered(A2))), ""),
        ("virtual-synchrony", (life(P1, Delivered(A1), IN_V3), life(P2, BACK, IN_V3), life(P3)), ""),
        ("same-view-delivery", (life(P1, Delivered(A1)), life(P2, BACK, IN_V1, Delivered(A1))), ""),
        ("admission", (life(P1), life(P2, BACK)), "p2 came back, and it is neither let in nor told no"),
        ("admission", (life(P1, BACK), life(P2, BACK)), ""),
        ("admission", (life(P1), life(P2, BACK, IN_V3)), ""),
        ("termination", (life(P1), life(P2, BACK)), ""),
    ],
)
def test_of_what_each_property_is(name: str, lives: tuple[Life, ...], text: str) -> None:
    assert told(name, *lives) == text


def test_a_fork_may_be_closed_by_who_may_come_back() -> None:
    lives = (life(P3, Installed(View(3, (P1, P2, P3)))), life(P1, IN_V2, status=Status.CRASHED))
    assert told("primary-partition", *lives) == "p3 went from v1 {p1,p2,p3} to v3 {p1,p2,p3}, but p1 to v2 {p1,p3}"
    assert told("primary-partition", lives[0], replace(lives[1], returns=True)) == ""


def test_what_is_judged_where_processes_come_back() -> None:
    judged, left_out = select((), Scenario(recoveries=1))
    names = [wanted.name for wanted in judged]
    assert {"no-duplication", "admission"} <= set(names)
    assert not {"synchrony", "state-transfer"} & set(names)
    assert left_out == []
    for name in ("synchrony", "reliable-fifo"):
        with pytest.raises(UsageError, match=f"{name} says nothing of processes that come back"):
            select((name,), Scenario(recoveries=1), {**PROPERTIES, **PARTITIONABLE})
