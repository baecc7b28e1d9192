"""Progress: what a member is asked, from which states, and what is said when the answer does not come."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from groupy_check.checker.counterexamples.trace_file import judge_trace, line_matchers, matched
from groupy_check.checker.interfaces.cli import check_main
from groupy_check.checker.judging import observer
from groupy_check.checker.judging.observer import Observer
from groupy_check.checker.judging.whole_run import first_violations
from groupy_check.checker.native.search import NativeExplorer
from groupy_check.checker.runs.recorder import Recorder
from groupy_check.checker.search.bfs import Explorer
from groupy_check.checker.semantics.enabled import Semantics
from groupy_check.groupy_model.actions import Handle
from groupy_check.groupy_model.effects import Deliver, Effect, Install, Send, SetTimer, View
from groupy_check.groupy_model.events import Event, Join, Multicast, Receive, Start, Timeout
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.observations import OBSERVATION_TYPES
from groupy_check.groupy_model.payloads import Change
from groupy_check.groupy_model.protocol import Idle, Outcome, Protocol, Step
from groupy_check.groupy_model.scenario import Scenario
from groupy_check.groupy_model.verdict import Extent, Result, Verdict
from groupy_check.specs.registry import PROPERTIES
from tests.support.endless import Member, Rule, Ruled

CASES = Path(__file__).parents[1] / "inputs" / "cases" / "progress"
P1, P2 = Node(1), Node(2)
ALONE, TWO = Scenario(nodes=1, messages=2, crashes=0), Scenario(nodes=2, messages=2, crashes=0)


class Small(Ruled):
    """A group of one or two."""

    def __init__(self, name: str, rule: Rule, *first: Effect, size: int = 2) -> None:
        super().__init__(name, rule, lambda _: first)
        self.size = size

    def step(self, state: object, event: Event) -> Outcome:
        if isinstance(state, Idle):
            view = View(0, (P1, P2)[: self.size])
            return Step(Member(state.me), (Install(view), *self.first(state.me))) if isinstance(event, Start | Join) else None
        assert isinstance(state, Member)
        return self.rule(state, event)


def searched(protocol: Protocol, scenario: Scenario) -> Result:
    """What both engines find, which is the same."""
    one, other = (engine(protocol, scenario, [PROPERTIES["progress"]]).run() for engine in (Explorer, NativeExplorer))
    assert (one.findings, one.warnings, one.coverage.distinct) == (other.findings, other.warnings, other.coverage.distinct)
    return one


def verdict(protocol: Protocol, scenario: Scenario) -> int | str | None:
    found = searched(protocol, scenario).finding("progress")
    return found.length if found.verdict is Verdict.VIOLATED else found.verdict.value


# --- what is asked: the next multicast -----------------------------------------------------------------------------------


def in_turn(member: Member, event: Event) -> Outcome:
    """Delivers its payloads by their numbers, none skipped: 1, 2, 3, ..."""
    match event:
        case Multicast(Change(_, seq) as p) if seq == member.mode + 1:
            return Step(replace(member, mode=seq), (Deliver(p),))
        case Multicast():
            return Step(member)
    return None


def never_old(member: Member, event: Event) -> Outcome:
    """Takes no payload whose number it has had."""
    match event:
        case Multicast(Change(_, seq) as p) if seq > member.mode:
            return Step(replace(member, mode=seq), (Deliver(p),))
    return None


def two_at_most(member: Member, event: Event) -> Outcome:
    """Takes two, and no more."""
    match event:
        case Multicast(Change(_, seq) as p) if seq <= 2:
            return Step(member, (Deliver(p),))
    return None


def drops_the_third(member: Member, event: Event) -> Outcome:
    """Takes them all, and drops the third."""
    match event:
        case Multicast(Change(_, seq) as p):
            return Step(member, (Deliver(p),) if seq != 3 else ())
    return None


def once_each(member: Member, event: Event) -> Outcome:
    """Remembers what it has had."""
    had = member.held if isinstance(member.held, tuple) else ()
    match event:
        case Multicast(p):
            return Step(replace(member, held=(*had, p)), () if p in had else (Deliver(p),))
    return None


@pytest.mark.parametrize(
    ("rule", "found"),
    [(in_turn, "holds"), (never_old, "holds"), (once_each, "holds"), (two_at_most, 2), (drops_the_third, 2)],
)
def test_the_next_multicast_is_what_an_application_would_send_next(rule: Rule, found: int | str) -> None:
    assert verdict(Small(rule.__name__, rule, size=1), ALONE) == found


def test_one_that_was_asked_for_elsewhere_is_not_taken_for_the_probe() -> None:
    """p2 asks for b1 in one run; in the other it is the probe, behind a run in which p2 delivers whatever p1 sends."""

    def rule(member: Member, event: Event) -> Outcome:
        match member, event:
            case Member(1), Multicast(p):
                return Step(member, (Send(P2, Change(P2, 1)), Deliver(p)))
            case Member(2), Multicast():
                return Step(member)
            case Member(2), Receive(_, p):
                return Step(member, (Deliver(p),))
        return None

    assert verdict(Small("forger", rule), TWO) == 0
    semantics = Semantics(Small("forger", rule), TWO, frozenset(OBSERVATION_TYPES))
    system = semantics.initial()
    for action in (Handle(P1, Multicast(Change(P1, 1))), Handle(P2, Receive(P1, Change(P2, 1)))):
        system = semantics.apply(system, action)
    assert Observer(semantics, probe=True).stuck(system) == {
        P1: "",
        P2: "p2 asks for a multicast and never delivers it; it sends it to nobody",
    }


# --- from which states: all of a cycle -----------------------------------------------------------------------------------


def by_turns(first: int) -> Rule:
    def rule(member: Member, event: Event) -> Outcome:
        match member, event:
            case Member(), Timeout(t):
                return Step(replace(member, mode=1 - member.mode), (SetTimer(t),))
            case Member(_, mode), Multicast(p) if mode == first:
                return Step(member, (Deliver(p),))
        return None

    return rule


def free_by_chance(member: Member, event: Event) -> Outcome:
    """Each time its timer fires it may become free, or stay busy: for ever, in some fair runs."""
    match member, event:
        case Member(_, 0), Timeout(t):
            return (Step(member, (SetTimer(t),)), Step(replace(member, mode=1), (SetTimer(t),)))
        case Member(_, 1), Timeout(t):
            return Step(replace(member, mode=0), (SetTimer(t),))
        case Member(_, 1), Multicast(p):
            return Step(member, (Deliver(p),))
    return None


def always_busy(member: Member, event: Event) -> Outcome:
    match member, event:
        case Member(), Timeout(t):
            return Step(replace(member, mode=1 - member.mode), (SetTimer(t),))
    return None


def by_messages(member: Member, event: Event) -> Outcome:
    """Busy and free by turns, driven by messages to itself instead of a timer."""
    match member, event:
        case Member(me), Receive(_, "turn"):
            return Step(replace(member, mode=1 - member.mode), (Send(me, "turn"),))
        case Member(_, 1), Multicast(p):
            return Step(member, (Deliver(p),))
        case Member(me), Timeout("t"):
            return Step(member, (Send(me, "turn"),))
    return None


def hands_over(member: Member, event: Event) -> Outcome:
    """Takes a multicast at once and delivers it when it is free."""
    match member, event:
        case Member(), Timeout(t):
            return Step(replace(member, mode=1 - member.mode), (SetTimer(t),))
        case Member(me), Multicast(p):
            return Step(member, (Send(me, p),))
        case Member(_, 1), Receive(_, p):
            return Step(member, (Deliver(p),))
    return None


T = SetTimer("t")


@pytest.mark.parametrize(
    ("rule", "found"),
    [
        (by_turns(0), "holds"),
        (by_turns(1), "holds"),
        (by_messages, "holds"),
        (hands_over, "holds"),
        (always_busy, 2),  # the cycle of two timeouts
        (free_by_chance, 1),  # the cycle of one timeout that leaves it busy
    ],
)
def test_a_member_is_stuck_if_it_is_in_all_states_of_some_cycle(rule: Rule, found: int | str) -> None:
    assert verdict(Small("alone", rule, T, size=1), ALONE) == found


@pytest.mark.parametrize("rule", [by_turns(0), by_turns(1), hands_over])
def test_the_same_with_two_members_each_with_turns_of_its_own(rule: Rule) -> None:
    assert verdict(Small("two", rule, T), TWO) == "holds"


@pytest.mark.parametrize("rule", [always_busy, free_by_chance])
def test_the_run_that_shows_it_is_judged_so_when_it_is_replayed(rule: Rule) -> None:
    protocol = Small("alone", rule, T, size=1)
    trace = searched(protocol, ALONE).finding("progress").trace
    assert trace is not None
    recorder = Recorder(protocol, ALONE, frozenset(OBSERVATION_TYPES))
    again = replace(recorder.record(trace.actions), loop=trace.loop)
    judge = first_violations(recorder.semantics, again, [PROPERTIES["progress"]])
    assert judge.witnesses["progress"].text == "p1 no longer takes multicasts from its application"


def test_a_cycle_with_a_free_state_in_it_is_no_violation_when_it_is_replayed() -> None:
    protocol = Small("alone", by_turns(1), T, size=1)
    actions = matched(protocol, ALONE, line_matchers(["p1 times out (t)"] * 2))
    recorder = Recorder(protocol, ALONE, frozenset(OBSERVATION_TYPES))
    result = judge_trace(replace(recorder.record(actions), loop=0), recorder, ["progress"])
    assert result.finding("progress").verdict is Verdict.NOT_FOUND


def test_a_probe_fires_the_timer_beside_traffic_without_end() -> None:
    """The members send to themselves for ever; what is multicast is delivered when a timer fires."""

    def rule(member: Member, event: Event) -> Outcome:
        match member, event:
            case Member(me), Receive(_, "on"):
                return Step(member, (Send(me, "on"),))
            case Member(me, _, None), Multicast(p):
                return Step(replace(member, held=p), (SetTimer("later"),))
            case Member(me), Timeout("begin"):
                return Step(member, (Send(me, "on"),))
            case Member(), Timeout("later"):
                return Step(replace(member, held=None), (Deliver(member.held),))
        return None

    assert verdict(Small("batches", rule, SetTimer("begin"), size=1), ALONE) == "holds"
    assert verdict(Small("batches", rule, SetTimer("begin")), replace(TWO, messages=1)) == "holds"


# --- an answer that does not come ----------------------------------------------------------------------------------------


def counts_for_ever(member: Member, event: Event) -> Outcome:
    """From its second multicast on, a member only counts."""
    match member, event:
        case Member(me), Multicast(Change(_, seq) as p):
            return Step(member, (Deliver(p),) if seq == 1 else (Send(me, 0),))
        case Member(me), Receive(_, int(count)):
            return Step(member, (Send(me, count + 1),))
    return None


def goes_round_for_ever(member: Member, event: Event) -> Outcome:
    match member, event:
        case Member(me), Multicast(p):
            return Step(member, (Send(me, p),))
        case Member(me), Receive(_, p):
            return Step(member, (Send(me, p),))
    return None


def test_a_probe_that_does_not_end_decides_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(observer, "PROBE_LIMIT", 100)
    monkeypatch.setattr("groupy_check.checker.search.base.PROBE_LIMIT", 100)
    result = searched(Small("counter", counts_for_ever, size=1), replace(ALONE, messages=1))
    assert result.coverage.extent is Extent.EXHAUSTED
    assert result.finding("progress").verdict is Verdict.NOT_FOUND
    assert result.warnings == ("progress is not decided: more than 100 states follow a multicast of p1",)


def test_a_probe_that_repeats_itself_decides() -> None:
    result = searched(Small("rounds", goes_round_for_ever, size=1), replace(ALONE, messages=0))
    witness = result.finding("progress").witness
    assert witness is not None
    # Its queue holds what the probe sent, which is no part of the run.
    assert witness.text == "p1 asks for a multicast and never delivers it; what follows goes round forever"


def test_who_counts_and_who_is_stuck_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(observer, "PROBE_LIMIT", 100)

    def rule(member: Member, event: Event) -> Outcome:
        return counts_for_ever(member, event) if member.me == P1 else Step(member) if isinstance(event, Multicast) else None

    assert verdict(Small("both", rule), replace(TWO, messages=1)) == 0


def test_not_decided_is_said_on_the_terminal_in_the_json_and_in_the_status(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(observer, "PROBE_LIMIT", 100)
    monkeypatch.setattr("groupy_check.checker.search.base.PROBE_LIMIT", 100)
    command = ["--impl", str(CASES / "counter.py"), "--nodes", "1", "--messages", "0", "--crashes", "0"]
    command += ["--property", "progress"]
    words = "progress is not decided: more than 100 states follow a multicast of p1"
    assert check_main(command) == 3
    out = capsys.readouterr().out
    assert "no violation found" in out
    assert f"Warning: {words}." in out
    assert check_main([*command, "--format", "json"]) == 3
    found = json.loads(capsys.readouterr().out)
    assert found["findings"][0]["verdict"] == "not_found"
    assert words in found["warnings"]


@pytest.mark.parametrize("first", ["busy", "free"])
@pytest.mark.parametrize("engine", ["reference", "native"])
def test_busy_and_free_by_turns(
    first: str, engine: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FIRST", first)
    command = ["--impl", str(CASES / "busy_timer.py"), "--nodes", "2", "--messages", "1", "--crashes", "0"]
    assert check_main([*command, "--property", "progress", "--engine", engine]) == 0
    assert "progress holds" in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize("engine", ["reference", "native"])
def test_payloads_by_their_own_numbers(engine: str, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["--impl", str(CASES / "probe_seq.py"), "--nodes", "2", "--messages", "3", "--duplicates", "1", "--crashes", "0"]
    assert check_main([*command, "--property", "progress", "--engine", engine]) == 0
    assert "progress holds" in " ".join(capsys.readouterr().out.split())
