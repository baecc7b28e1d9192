"""What is observed of a state: who is stuck and why, what the probe cannot find out, and when a run is settled."""

from __future__ import annotations

from dataclasses import replace

import pytest

from groupy_check.checker.judging import observer as observing
from groupy_check.checker.judging.fair_cycles import repeats
from groupy_check.checker.judging.observer import Observer
from groupy_check.checker.judging.whole_run import first_violations, settled
from groupy_check.checker.runs.recorder import Recorder
from groupy_check.checker.semantics.enabled import Semantics
from groupy_check.groupy_model.actions import Action, Crash, Handle
from groupy_check.groupy_model.effects import Deliver, Send, SetTimer
from groupy_check.groupy_model.events import Event, Multicast, Receive, Timeout
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.payloads import Change
from groupy_check.groupy_model.protocol import Outcome, Step
from groupy_check.groupy_model.scenario import Scenario
from groupy_check.groupy_model.show import show
from groupy_check.groupy_model.system import System
from groupy_check.specs.registry import PROPERTIES
from tests.support.endless import NODES, P1, P2, P3, Member, Rule, Ruled
from tests.support.tables import ALL

LOST, DEAF = "{} asks for a multicast and never delivers it", "{} no longer takes multicasts from its application"
FORGOT = "p2 takes a1 from p1 and delivers it"


def begun(rule: Rule, *actions: Action, scenario: Scenario | None = None) -> tuple[Observer, System]:
    """An observer that probes, and the state after `actions`."""
    semantics = Semantics(Ruled("small", rule), scenario or Scenario(messages=3), ALL)
    system = semantics.initial()
    for action in actions:
        system = semantics.apply(system, action)
    return Observer(semantics, probe=True), system


def ask(node: Node, number: int = 1) -> Handle:
    return Handle(node, Multicast(Change(node, number)))


def by_name(member: Member, event: Event) -> Outcome:
    """p1 sends to p2 and forgets; p2 delivers; p3 takes nothing, and what it is sent stays where it is."""
    match member, event:
        case Member(1), Multicast(p):
            return Step(member, (Send(P2, p),))
        case Member(2), Multicast(p):
            return Step(member, (Deliver(p), Send(P3, "note"), Send(P3, "note"), Send(P1, "note")))
        case Member(2), Receive(_, p):
            return Step(member, (Deliver(p),))
        case Member(3), Multicast(p) if member.mode:
            return Step(member, (Send(P2, p),))
    return None


def test_who_is_stuck_and_why() -> None:
    watching, system = begun(by_name)
    assert watching.stuck(system) == {P1: f"{LOST.format(P1)}; {FORGOT}", P2: "", P3: DEAF.format(P3)}
    assert watching.undecided == set()


def test_who_has_crashed_is_not_asked() -> None:
    watching, system = begun(by_name, Crash(P1))
    assert watching.stuck(system) == {P2: "", P3: DEAF.format(P3)}


def test_what_was_unread_before_the_probe_and_stays_so_is_named() -> None:
    watching, system = begun(by_name, ask(P2))
    modes = tuple(replace(process, local=Member(node, 1)) for node, process in zip(NODES, system.processes, strict=True))
    system = replace(system, processes=modes)
    assert watching.stuck(system) == {
        P1: f"{LOST.format(P1)}; unread in its queue forever: note from p2",
        P2: "",
        P3: f"{LOST.format(P3)}; unread in its queue forever: note from p2, note from p2",
    }


def test_of_equal_messages_those_that_are_left_are_named() -> None:
    def one_at_a_time(member: Member, event: Event) -> Outcome:
        match member, event:
            case Member(1), Multicast(p):
                return Step(replace(member, mode=member.mode + 1), (Send(P2, p), Send(P2, p), Send(P2, p)))
            case Member(2, 0), Receive():
                return Step(replace(member, mode=1))
            case Member(2, 1), Multicast():
                return Step(replace(member, mode=0))
        return None

    watching, system = begun(one_at_a_time, ask(P1), Handle(P2, Receive(P1, Change(P1, 1))))
    assert watching.why_stuck(system, P2) == f"{LOST.format(P2)}; unread in its queue forever: a1 from p1"


def losing(way: str) -> Rule:
    """Asks p2 to deliver it, unless it loses it before that."""

    def rule(member: Member, event: Event) -> Outcome:
        match event:
            case Multicast(p) if way == "kept":
                return Step(replace(member, held=p))
            case Multicast() if way == "told to nobody":
                return Step(member)
            case Multicast(p):
                return Step(member, (Send(P2, p),))
            case Receive(_, p) if way == "kept by another":
                return Step(replace(member, held=p))
            case Receive(_, p) if way == "sent back":
                return Step(member, (Send(P1, p),) if member.me == P2 else ())
            case Receive() if way == "forgotten":
                return Step(member)
        return None

    return rule


@pytest.mark.parametrize(
    ("way", "why"),
    [
        ("kept", "it keeps a1"),
        ("told to nobody", "it sends it to nobody"),
        ("kept by another", "p2 takes a1 from p1 and keeps it"),
        ("sent back", "p1 takes a1 from p2 and does not deliver it"),
        ("forgotten", "p2 takes a1 from p1 and passes nothing on"),
        ("unread", "p2 never reads a1 from p1 (isinstance(state, Idle) does not hold; endless.py:"),
    ],
)
def test_where_a_multicast_is_lost(way: str, why: str) -> None:
    watching, system = begun(losing(way))
    assert watching.why_stuck(system, P1).startswith(f"{LOST.format(P1)}; {why}")


def test_who_has_ended_takes_nothing() -> None:
    watching, system = begun(by_name, Crash(P2))
    assert watching.why_stuck(system, P1) == f"{LOST.format(P1)}; a1 from p1 is lost: p2 has crashed"


def in_turn(member: Member, event: Event) -> Outcome:
    """Delivers its payloads by their numbers, none skipped."""
    match event:
        case Multicast(Change(_, number) as p) if number == member.mode + 1:
            return Step(replace(member, mode=number), (Deliver(p),))
    return None


def test_it_is_asked_for_what_comes_next() -> None:
    for actions in ((), (ask(P1),), (ask(P1), ask(P2), ask(P1, 2))):
        watching, system = begun(in_turn, *actions)
        assert watching.stuck(system) == {P1: "", P2: "", P3: ""}


def test_the_bound_on_multicasts_is_no_reason() -> None:
    watching, system = begun(in_turn, ask(P1), scenario=Scenario(messages=1))
    assert watching.stuck(system) == {P1: "", P2: "", P3: ""}


def round_and_round(member: Member, event: Event) -> Outcome:
    """p1 and p2 send themselves a message forever; what p1 keeps of it comes again, p2's counter does not."""
    match member, event:
        case Member(1 | 2), Multicast():
            return Step(member, (Send(member.me, "again"),))
        case Member(1), Receive():
            return Step(replace(member, mode=1 - member.mode), (Send(P1, "again"),))
        case Member(2), Receive():
            return Step(replace(member, mode=member.mode + 1), (Send(P2, "again"),))
        case Member(3), Multicast(p):
            return Step(member, (Send(P3, p),))
        case Member(3), Receive(_, p):
            return Step(member, (Deliver(p),))
    return None


def test_who_goes_round_forever_is_stuck_and_who_goes_on_beyond_the_limit_is_not_decided(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(observing, "PROBE_LIMIT", 20)
    watching, system = begun(round_and_round)
    assert watching.stuck(system) == {P1: f"{LOST.format(P1)}; what follows goes round forever", P2: "", P3: ""}
    assert watching.undecided == {P2}


@pytest.mark.parametrize(("limit", "undecided"), [(6, {P1}), (7, set[Node]())])
def test_how_many_states_may_follow(limit: int, undecided: set[Node], monkeypatch: pytest.MonkeyPatch) -> None:
    """Five times p1 answers itself: six states, and one place for the delivery."""

    def countdown(member: Member, event: Event) -> Outcome:
        match event:
            case Multicast():
                return Step(replace(member, mode=5), (Send(member.me, "again"),))
            case Receive():
                return Step(replace(member, mode=member.mode - 1), (Send(member.me, "again"),) if member.mode > 1 else ())
        return None

    monkeypatch.setattr(observing, "PROBE_LIMIT", limit)
    watching, system = begun(countdown)
    assert watching.why_stuck(system, P1) == ("" if undecided else f"{LOST.format(P1)}; it sends it to nobody")
    assert watching.undecided == undecided


def test_a_history_tells_of_the_stuck_only_at_rest_and_only_when_it_is_asked() -> None:
    watching, system = begun(by_name)
    whys = [f"{LOST.format(P1)}; {FORGOT}", "", DEAF.format(P3)]
    for at_rest, probe, stuck in ((True, True, whys), (True, False, [""] * 3), (False, True, [""] * 3)):
        watching.probe = probe
        history = watching.history(system, at_rest)
        assert (history.at_rest, [life.stuck for life in history.lives]) == (at_rest, stuck)
    ended = watching.in_the_end(system, {P2: "so"})
    assert (ended.at_rest, [life.stuck for life in ended.lives]) == (True, ["", "so", ""])


def again(member: Member, event: Event) -> Outcome:
    match event:
        case Multicast() | Timeout():
            return Step(member, (SetTimer("t"),))
    return None


def test_a_run_is_settled_where_nothing_is_owed_and_no_bound_holds_a_timer() -> None:
    for rule, actions, expected in (
        (by_name, (), True),
        (by_name, (ask(P1),), False),  # p2 has not received it
        (again, (ask(P1),), False),
        (again, (ask(P1), Handle(P1, Timeout("t"))), False),  # it may not fire again, but it would
    ):
        watching, system = begun(rule, *actions, scenario=Scenario(timeouts=1))
        assert settled(watching.semantics, system) == expected


def test_a_whole_run_is_judged_where_it_is_settled() -> None:
    recorder = Recorder(Ruled("small", by_name), Scenario(messages=3), ALL)
    trace = recorder.record([ask(P1), Handle(P2, Receive(P1, Change(P1, 1))), ask(P2)])
    wanted = [PROPERTIES["validity"], PROPERTIES["progress"], PROPERTIES["integrity"]]
    judge = first_violations(recorder.semantics, trace, wanted)
    assert judge.states == {"validity": 2, "progress": 0}
    assert judge.witnesses["progress"].text == f"{LOST.format(P1)}; {FORGOT}; p3 is stuck, too"


def test_what_leads_back_to_where_it_began_and_leaves_nobody_waiting_repeats() -> None:
    recorder = Recorder(Ruled("small", round_and_round), Scenario(messages=3), ALL)
    turn = Handle(P1, Receive(P1, "again"))
    trace = recorder.record([ask(P1), turn, turn])
    assert [repeats(recorder.semantics, trace, loop) for loop in range(4)] == [False, True, False, False]
    other = replace(trace.steps[2], action=Handle(P2, Receive(P2, "again")))  # which is not possible there
    assert not repeats(recorder.semantics, replace(trace, steps=(*trace.steps[:2], other)), 1)
    assert not repeats(recorder.semantics, recorder.record([ask(P3), ask(P1), turn, turn]), 2)  # p3 could always receive


def test_a_process_that_looks_the_same_in_two_states_has_one_life() -> None:
    """What a property has read from its log is then read once; it does not count when lives are compared or written."""
    watching, system = begun(by_name)
    before, after = (watching.history(one, at_rest=False) for one in (system, watching.semantics.apply(system, ask(P1))))
    assert [one is other for one, other in zip(before.lives, after.lives, strict=True)] == [False, True, True]
    asked, fresh = before.life(P2), replace(before.life(P2))
    assert asked.had == asked.delivered == asked.view_changes == ()
    assert (asked, hash(asked), repr(asked), show(asked)) == (fresh, hash(fresh), repr(fresh), show(fresh))
