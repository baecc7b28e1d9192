"""A detector made of pings and timers: what it gives when timers are long enough, and what slowness alone breaks."""

from __future__ import annotations

from functools import cache, reduce
from typing import Any

import pytest

from groupy_check.checker.counterexamples.trace_file import line_matchers, matched
from groupy_check.checker.inputs.protocols import load_protocol
from groupy_check.checker.search.bfs import Explorer, Limits
from groupy_check.checker.semantics.enabled import Semantics
from groupy_check.groupy_model.actions import Handle
from groupy_check.groupy_model.effects import Deliver, Send, SetTimer
from groupy_check.groupy_model.events import Down, Multicast, Receive, Timeout
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.payloads import Change
from groupy_check.groupy_model.protocol import Step
from groupy_check.groupy_model.protocols.groupy.gms3 import Leader, Msg, Slave
from groupy_check.groupy_model.protocols.groupy.heartbeat import (
    Heartbeat,
    HeartbeatPatient,
    Ping,
    Pong,
    Watch,
    Watching,
    timer_of,
)
from groupy_check.groupy_model.protocols.groupy.member_removal import MemberRemoval
from groupy_check.groupy_model.scenario import Scenario, Timing
from groupy_check.groupy_model.verdict import Extent, Result
from groupy_check.specs.registry import PROPERTIES
from tests.support.exploring import violated

P1, P2, P3 = map(Node, range(1, 4))
BOTH = ("heartbeat", "heartbeat-patient")
EVENTUAL = ("agreement", "synchrony", "progress", "completeness")
SAFE = tuple(name for name in MemberRemoval.claims if name not in EVENTUAL)
SLOW = ("total-order", "prefix-order", "view-agreement", "accuracy", "agreement")


def explored(name: str, wanted: tuple[str, ...], start: tuple[str, ...] = (), **scenario: Any) -> Result:
    return _explored(name, wanted, start, Scenario(**scenario))


@cache
def _explored(name: str, wanted: tuple[str, ...], start: tuple[str, ...], scenario: Scenario) -> Result:
    protocol = load_protocol(name)
    actions = matched(protocol, scenario, line_matchers(start))
    properties = [PROPERTIES[one] for one in wanted]
    return Explorer(protocol, scenario, properties, Limits(all_verdicts=len(wanted) > 1), start=actions).run()


# --- timers that run longer than every delay -------------------------------------------------------------------------------

# Protocol, scenario, distinct states, states generated, depth.
IN_TIME: list[Any] = [
    ("heartbeat", {"nodes": 2}, 497, 987, 9),
    ("heartbeat", {"messages": 1}, 1268, 2404, 17),
    ("heartbeat", {"messages": 1, "crashes": 2}, 3016, 7162, 18),
    ("heartbeat-patient", {"messages": 1}, 1268, 2494, 17),
    ("heartbeat-patient", {"messages": 1, "crashes": 2}, 2972, 8091, 18),
    pytest.param("heartbeat", {}, 12677, 26240, 21, marks=pytest.mark.long, id="heartbeat-two-messages"),
    pytest.param("heartbeat-patient", {}, 12677, 26982, 21, marks=pytest.mark.long, id="patient-two-messages"),
]


@pytest.mark.parametrize(("name", "scenario", "distinct", "generated", "depth"), IN_TIME)
def test_in_time_only_the_dead_are_suspected(name, scenario, distinct, generated, depth):
    result = explored(name, SAFE, **scenario)
    assert (result.coverage.extent, violated(result)) == (Extent.EXHAUSTED, {})
    assert (result.coverage.distinct, result.coverage.generated, result.coverage.depth) == (distinct, generated, depth)


@pytest.mark.parametrize("name", BOTH)
def test_of_two_the_one_that_is_left_finds_out_and_goes_on(name):
    result = explored(name, EVENTUAL, nodes=2)
    assert (result.coverage.extent, violated(result)) == (Extent.EXHAUSTED, {})
    assert result.finding("completeness").exercised


@pytest.mark.parametrize("name", BOTH)
def test_of_three_those_that_are_left_find_out_and_go_on(name):
    assert violated(explored(name, EVENTUAL, messages=1, crashes=2)) == {}


def test_a_joiner_may_give_up_before_the_members_know_that_the_leader_is_dead():
    run: Any = {"nodes": 2, "joins": 1, "messages": 1}
    assert violated(explored("heartbeat", ("agreement",), **run)) == {"agreement": 8}
    assert violated(explored("heartbeat", ("prefix-order",), nodes=2, joins=1, messages=0)) == {}


# --- slowness, and no crash ------------------------------------------------------------------------------------------------

# Protocol, scenario, distinct states, and the length of the shortest run that violates each property of SLOW.
TOO_SLOW: list[tuple[str, dict[str, Any], int, dict[str, int]]] = [
    ("heartbeat", {"messages": 2, "timeouts": 2}, 954, {"prefix-order": 4, "accuracy": 2}),
    ("heartbeat", {"messages": 1, "timeouts": 4}, 1098, {"view-agreement": 4, "accuracy": 2, "agreement": 8}),
    ("heartbeat-patient", {"messages": 2, "timeouts": 2}, 1089, {"prefix-order": 4, "accuracy": 2}),
    ("heartbeat-patient", {"messages": 1, "timeouts": 4}, 3568, {"view-agreement": 4, "accuracy": 2}),
]


@pytest.mark.parametrize(("name", "scenario", "distinct", "lengths"), TOO_SLOW)
def test_slowness_alone_makes_two_leaders(name, scenario, distinct, lengths):
    result = explored(name, SLOW, nodes=2, crashes=0, timing=Timing.ANY, **scenario)
    assert (result.coverage.extent, result.coverage.distinct) == (Extent.EXHAUSTED, distinct)
    assert violated(result) == lengths


@pytest.mark.parametrize("name", BOTH)
def test_three_lose_the_same(name):
    slow: Any = {"crashes": 0, "timeouts": 2, "timing": Timing.ANY}
    assert violated(explored(name, ("prefix-order",), **slow)) == {"prefix-order": 4}


def test_the_run_in_which_slowness_breaks_the_order():
    result = explored("heartbeat", ("prefix-order",), nodes=2, crashes=0, timeouts=2, timing=Timing.ANY)
    trace = result.finding("prefix-order").trace
    assert trace is not None
    asked, suspected = (Handle(P2, Timeout(timer_of(P1))),) * 2
    multicasts = (Handle(P1, Multicast(Change(P1, 1))), Handle(P2, Multicast(Change(P2, 1))))
    assert sorted(trace.actions, key=str) == sorted((asked, suspected, *multicasts), key=str)


# --- what taking a suspicion back is good for --------------------------------------------------------------------------------

# p3 is wrong about p1, and turns to p2, which follows p1.
WRONG = (
    "p3 times out (heartbeat of p1)",
    "p1 receives ping from p3",
    "the network loses pong from p1 to p3 (position 1 in the queue)",
    "p3 times out (heartbeat of p1)",
)
LOST: dict[str, Any] = {"messages": 1, "crashes": 0, "drops": 1}


def test_who_is_cut_off_by_mistake_is_lost_for_ever():
    result = explored("heartbeat", (*MemberRemoval.claims, "synchrony"), WRONG, **LOST)
    found = violated(result)
    assert (result.coverage.distinct, set(found)) == (324, {"agreement", "accuracy", "synchrony", "progress"})
    assert found["accuracy"] == 9  # p1, which gets no answers any more, removes p3


def test_who_takes_a_suspicion_back_in_time_has_lost_nothing():
    result = explored("heartbeat-patient", (*MemberRemoval.claims, "synchrony"), WRONG, **LOST)
    assert (result.coverage.extent, result.coverage.distinct, violated(result)) == (Extent.EXHAUSTED, 268, {})


def after(name: str, *lines: str) -> Any:
    protocol, scenario = load_protocol(name), Scenario(**LOST)
    semantics = Semantics(protocol, scenario)
    return reduce(semantics.apply, matched(protocol, scenario, line_matchers((*WRONG, *lines))), semantics.initial())


def test_a_late_answer_turns_the_slave_back_and_doubles_its_patience():
    local = after("heartbeat-patient").processes[2].local
    assert (local.group.leader, local.group.slaves, local.suspected, local.left) == (P2, (P3,), {P1}, (P1,))
    turned = after("heartbeat-patient", "p1 receives ping from p3", "p3 receives pong from p1").processes[2].local
    assert (turned.group.leader, turned.group.slaves, turned.group.group) == (P1, (P2, P3), (P1, P2, P3))
    assert (turned.suspected, turned.left, turned.watches[0]) == (frozenset(), (), Watch(P1, 0, 2))


def test_patience_counts_unanswered_pings():
    protocol, slave = HeartbeatPatient(), Slave(P3, P1, 1, Msg(0, "a"), (P2, P3), (P1, P2, P3))
    state = Watching(slave, (Watch(P1, 0, 2),))
    asked = (Send(P1, Ping()), SetTimer(timer_of(P1)))
    for unanswered in (1, 2):
        step: Any = protocol.step(state, Timeout(timer_of(P1)))
        assert step == Step(Watching(slave, (Watch(P1, unanswered, 2),)), asked)
        state = step.state
    assert protocol.step(state, Timeout(timer_of(P1))).state.suspected == {P1}


def test_of_several_leaders_that_were_left_the_one_that_answers_leads_again():
    protocol, slave = HeartbeatPatient(), Slave(Node(4), P3, 1, Msg(0, "a"), (Node(4),), (P3, Node(4)))
    state = Watching(slave, (Watch(P1), Watch(P2), Watch(P3, 0)), frozenset({P1, P2}), (P1, P2))
    again = protocol.step(state, Receive(P1, Pong())).state
    assert (again.group.leader, again.group.slaves, again.left, again.suspected) == (P1, (P2, P3, Node(4)), (), {P2})
    again = protocol.step(state, Receive(P2, Pong())).state
    assert (again.group.leader, again.group.slaves, again.left, again.suspected) == (P2, (P3, Node(4)), (P1,), {P1})


def test_a_view_that_has_come_cannot_be_taken_back():
    leads = Watching(Leader(P2, 3, (P3,), (P2, P3)), (Watch(P1, 1),), frozenset({P1}))
    back = HeartbeatPatient().step(leads, Receive(P1, Pong())).state
    assert (back.group, back.suspected) == (leads.group, frozenset())


def test_from_a_suspect_nothing_is_taken_any_more():
    state = Watching(Slave(P3, P2, 1, Msg(0, "a"), (P3,), (P2, P3)), (Watch(P2),), frozenset({P1}))
    for message in (Ping(), Pong(), Msg(1, "b")):
        assert Heartbeat().step(state, Receive(P1, message)) == Step(state)
    assert HeartbeatPatient().step(state, Receive(P1, Msg(1, "b"))).effects == (Deliver("b"),)


def test_what_the_rules_of_the_group_do_not_take_stays_queued():
    state = Watching(Slave(P3, P1, 1, Msg(0, "a"), (P2, P3), (P1, P2, P3)), (Watch(P1),))
    for event in (Receive(P1, Msg(2, "c")), Down(P2)):
        assert Heartbeat().step(state, event) is None
    assert Heartbeat().step(state, Multicast(Change(P3, 1))).state == state
