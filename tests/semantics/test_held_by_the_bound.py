"""Which states are on cycles that only the bound on timeouts keeps going: no eventual property is judged there."""

from __future__ import annotations

from functools import reduce

import pytest

from groupy_check.checker.semantics import traffic
from groupy_check.checker.semantics.enabled import Semantics
from groupy_check.groupy_model.actions import Handle
from groupy_check.groupy_model.events import Multicast, Receive
from groupy_check.groupy_model.payloads import Change
from groupy_check.groupy_model.protocol import Protocol
from groupy_check.groupy_model.scenario import Scenario
from groupy_check.groupy_model.system import System
from tests.support.endless import P1, P2, P3, TWICE, WATCHED, Ruled

C1 = Change(P3, 1)
BOTH = Ruled("both", lambda member, event: (WATCHED if member.me == P2 else TWICE).rule(member, event))


def playing(protocol: Protocol, timeouts: int | None) -> tuple[Semantics, System]:
    """Where p3 has multicast, and the ball has been to and fro once. Of timers, p3's only waits; p2's is set with each ping."""
    semantics = Semantics(protocol, Scenario(nodes=3, messages=1, crashes=0, timeouts=timeouts))
    told = Receive(P3, C1)
    actions = [
        Handle(P3, Multicast(C1)),
        Handle(P1, Receive(P3, "pong")),
        Handle(P1, told),
        Handle(P2, told),
        Handle(P2, Receive(P1, "ping")),
    ]
    return semantics, reduce(semantics.apply, actions, semantics.initial())


@pytest.mark.parametrize(
    ("protocol", "timeouts", "armed", "held"),
    [
        (TWICE, 0, [P3], True),  # it would fire beside the ping-pong
        (WATCHED, 0, [P2], False),  # it never comes to fire
        (BOTH, 0, [P2, P3], True),  # one of the two is enough
        (TWICE, 1, [P3], False),  # it may fire
        (TWICE, None, [P3], False),
    ],
)
def test_a_timer_is_held_by_the_bound_where_it_would_fire_without(
    protocol: Protocol, timeouts: int | None, armed: list[int], held: bool
) -> None:
    semantics, system = playing(protocol, timeouts)
    assert [action.process for action in semantics.armed(system)] == armed
    assert semantics.held_by_the_bound(system) == held


@pytest.mark.parametrize(("timeouts", "held"), [(0, True), (1, False), (None, False)])
def test_where_the_traffic_cannot_be_followed_it_may_be(
    timeouts: int | None, held: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(traffic, "LIMIT", 1)
    semantics, system = playing(WATCHED, timeouts)
    assert semantics.traffic.is_open(system)
    assert semantics.held_by_the_bound(system) == held


@pytest.mark.parametrize(("timeouts", "out"), [(0, True), (1, False), (None, False)])
def test_a_rest_is_the_doing_of_the_bound_where_a_timer_is_armed(timeouts: int | None, out: bool) -> None:
    semantics, system = playing(TWICE, timeouts)
    assert not semantics.out_of_timeouts(semantics.initial())  # no timer is set
    assert semantics.out_of_timeouts(system) == out
