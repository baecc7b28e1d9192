"""Counterfactuals: each is a run that can happen, differs from the violating one as it says, and violates nothing."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from groupy_check.checker.counterexamples.counterfactual import counterfactuals
from groupy_check.checker.counterexamples.trace_file import line_matchers, matched
from groupy_check.checker.inputs.protocols import load_protocol
from groupy_check.checker.interfaces.cli import check_main, main
from groupy_check.checker.judging.whole_run import first_violations, settled
from groupy_check.checker.runs.recorder import Recorder
from groupy_check.checker.search.bfs import Explorer, Limits
from groupy_check.checker.semantics.enabled import Semantics
from groupy_check.groupy_model.effects import Deliver, Send
from groupy_check.groupy_model.events import Event, Multicast, Receive
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.observations import History
from groupy_check.groupy_model.payloads import Change
from groupy_check.groupy_model.protocol import Outcome, Protocol, Step
from groupy_check.groupy_model.protocols.groupy.gms1 import Gms1, Leader, Msg
from groupy_check.groupy_model.scenario import Detector, Order, Scenario
from groupy_check.groupy_model.trace import Trace
from groupy_check.groupy_model.verdict import Witness
from groupy_check.reports.wording.phrases import action_line
from groupy_check.specs.registry import PROPERTIES
from tests.support.tables import ALL

# Protocol, property, scenario, and what would have prevented the shortest violation, with the step from which it differs.
GOLDENS: list[tuple[str, str, dict[str, Any], list[tuple[str, int]]]] = [
    (
        "gms2",
        "agreement",
        {},
        [
            ("p1 crashes one send later, after 2 of 3 effects", 1),
            ("p1 crashes one send earlier, before it multicasts a1", 1),
            ("p1 does not crash", 1),
        ],
    ),
    (
        "gms3",  # the orphan view
        "progress",
        {"messages": 0, "joins": 1},
        [
            ("p3 receives view v3 [p1, p2, p3, p4] from p2 before it detects that p1 is down", 5),
            ("p1 crashes one send later, after 2 of 4 effects", 2),
            ("p1 crashes one send earlier, before it receives join p4 from p4", 2),
            ("p1 does not crash", 2),
        ],
    ),
    ("gms3", "agreement", {"crashes": 0, "drops": 1}, [("msg 3: a1 from p1 to p3 is not lost", 3)]),
    ("gms3", "integrity", {"crashes": 0, "duplicates": 1}, [("mcast b1 from p2 to p1 is not repeated", 2)]),
    ("gms3", "prefix-order", {"crashes": 0, "suspicions": 1}, [("p2 does not suspect p1", 2)]),
    ("gms3", "prefix-order", {"crashes": 0, "partitions": 1}, [("the network does not cut p1 off from the others", 2)]),
    (
        "gms3",
        "fifo",
        {"crashes": 0, "order": Order.ANY},
        [("p1 receives mcast b1 from p2 before it receives mcast b2 from p2", 3)],
    ),
    (
        "gms3",
        "agreement",
        {"detector": Detector.OVERTAKING},
        [
            ("p2 receives msg 3: a1 from p1 before it detects that p1 is down", 2),
            ("p1 crashes one send earlier, after 1 of 3 effects", 1),
            ("p1 does not crash", 1),
        ],
    ),
    (
        "gms2",
        "total-order",
        {},
        [
            ("p3 receives msg a1 from p1 before it receives msg b1 from p2", 5),
            ("p1 crashes one send earlier, after 1 of 3 effects", 1),
            ("p1 does not crash", 1),
        ],
    ),
    ("gms1", "progress", {"messages": 1}, [("p1 does not crash", 1)]),
    (
        "gms3~deliver-first",
        "uniform-agreement",
        {"messages": 1},
        [
            ("p1 crashes one delivery earlier, before it multicasts a1", 1),
            ("p1 crashes one send later, after 2 of 3 effects", 1),
            ("p1 does not crash", 1),
        ],
    ),
]
MULTICASTS = ["p1 multicasts a1", "p1 multicasts a2"]
every_golden = pytest.mark.parametrize("row", range(len(GOLDENS)), ids=["-".join(row[:2]) for row in GOLDENS])


@cache
def violation(row: int) -> Trace:
    name, wanted, scenario, _ = GOLDENS[row]
    limits = Limits(all_verdicts=False)
    trace = Explorer(load_protocol(name), Scenario(**scenario), [PROPERTIES[wanted]], limits).run().finding(wanted).trace
    assert trace is not None
    return trace


def run(protocol: Protocol, scenario: Scenario, *lines: str) -> Trace:
    """The run that `lines` tell."""
    return Recorder(protocol, scenario, ALL).record(matched(protocol, scenario, line_matchers(lines)))


def told(trace: Trace, name: str, wanted: str) -> list[tuple[str, int]]:
    return [(repair.text, repair.differs_at) for repair in counterfactuals(trace, load_protocol(name), PROPERTIES[wanted])]


@every_golden
def test_what_would_have_prevented_the_violation(row):
    name, wanted, _, expected = GOLDENS[row]
    assert told(violation(row), name, wanted) == expected


@every_golden
def test_each_run_can_happen_comes_to_rest_and_violates_nothing(row):
    name, wanted, _, expected = GOLDENS[row]
    found = counterfactuals(violation(row), load_protocol(name), PROPERTIES[wanted])
    assert len(found) == len(expected)
    for repair in found:
        recorder = Recorder(load_protocol(name), violation(row).scenario, ALL)
        again = recorder.record(repair.trace.actions)
        assert again == repair.trace
        assert not first_violations(recorder.semantics, again, [PROPERTIES[wanted]]).witnesses
        assert settled(recorder.semantics, again.states[-1])


@every_golden
def test_each_run_differs_first_where_it_says(row):
    name, wanted, _, _ = GOLDENS[row]
    before = [*violation(row).actions, None]
    for repair in counterfactuals(violation(row), load_protocol(name), PROPERTIES[wanted]):
        after = [*repair.trace.actions, None]
        differing = [number for number, (one, other) in enumerate(zip(before, after, strict=False), 1) if one != other]
        assert differing[0] == repair.differs_at


def test_the_rest_of_the_run_is_followed_and_then_all_happens_that_is_owed():
    repair = counterfactuals(violation(0), load_protocol("gms2"), PROPERTIES["agreement"])[0]
    assert [action_line(action) for action in repair.trace.actions] == [
        "p1 multicasts a1 and crashes after 2 effects",
        "p2 receives msg a1 from p1",
        "p2 detects that p1 is down",
        "p3 receives msg a1 from p1",
        "p3 detects that p1 is down",
        "p3 receives view v3 [p2, p3] from p2",
    ]


def test_what_stands_in_the_way_of_a_message_is_received_first():
    lost, after = "the network loses msg a1 from p1 to p2 (position 1 in the queue)", ["p2 receives msg a2 from p1"]
    after += ["p2 multicasts b1", "p1 receives mcast b1 from p2", "p2 receives msg b1 from p1"]
    trace = run(load_protocol("gms2"), Scenario(nodes=2, messages=3, drops=1), *MULTICASTS[:1], lost, *MULTICASTS[1:], *after)
    (repair,) = counterfactuals(trace, load_protocol("gms2"), PROPERTIES["agreement"])
    assert (repair.text, repair.differs_at) == ("msg a1 from p1 to p2 is not lost", 2)
    assert list(map(action_line, repair.trace.actions)) == [*MULTICASTS, "p2 receives msg a1 from p1", *after]


def test_a_change_that_repairs_nothing_is_not_told():
    # p1 crashes after both sends, before its own delivery: to live that much longer changes nothing for the others.
    assert violation(8).steps[0].undone == (Deliver(Change(Node(1), 1)),)
    assert not [text for text, _ in told(violation(8), "gms2", "total-order") if "later" in text]


def test_a_crash_that_does_not_matter_is_not_told():
    lines = ("p2 crashes", "p1 multicasts a1 and crashes after 2 effects", "p3 receives msg a1 from p1")
    trace = run(load_protocol("gms1"), Scenario(nodes=4, crashes=2), *lines)
    assert told(trace, "gms1", "agreement") == [
        ("p1 crashes one send later, after 3 of 4 effects", 2),
        ("p1 crashes one send earlier, after 1 of 4 effects", 2),
        ("p1 does not crash", 2),
    ]


def twice_healed(history: History) -> Witness | None:
    """What is asked for only after two healings."""
    lacking = [life.node for life in history.lives if not life.delivered]
    return Witness("it is lacking", tuple(lacking)) if history.healed == 2 and not history.split and lacking else None


def test_each_of_two_partitions_alike_is_a_choice_of_its_own():
    """Neither may be left out, and without either the same is delivered: nothing to p2."""
    cut, heal = "the network cuts p1 off from the others", "the network heals"
    protocol, wanted = load_protocol("gms1"), replace(PROPERTIES["agreement"], judge=twice_healed)
    trace = run(protocol, Scenario(nodes=2, messages=1, crashes=0, partitions=2), *MULTICASTS[:1], cut, heal, cut, heal)
    found = counterfactuals(trace, protocol, wanted)
    text = "the network does not cut p1 off from the others"
    assert [(repair.text, repair.differs_at) for repair in found] == [(text, 2), (text, 4)]


class Babbler(Gms1):
    """gms1 whose leader tells p2 `more` with every multicast, and who is told `more` says so, too, forever."""

    name = "babbler"

    def step(self, state: Any, event: Event) -> Outcome:
        match state, event:
            case _, Receive(source, "more"):
                return Step(state, (Send(source, "more"),))
            case Leader(), Multicast(payload):
                return Step(state, (Send(Node(2), Msg(payload)), Deliver(payload), Send(Node(2), "more")))
        return super().step(state, event)


@pytest.mark.parametrize(("protocol", "babble", "count"), [(Gms1(), [], 1), (Babbler(), ["p2 receives more from p1"], 0)])
def test_a_run_that_never_rests_is_no_repair(protocol, babble, count):
    lost = "the network loses msg a1 from p1 to p2 (position 1 in the queue)"
    trace = run(protocol, Scenario(nodes=2, drops=1), *MULTICASTS, lost, *babble, "p2 receives msg a2 from p1")
    wanted = PROPERTIES["prefix-order"]
    assert first_violations(Semantics(protocol, trace.scenario, ALL), trace, [wanted]).witnesses
    assert len(counterfactuals(trace, protocol, wanted)) == count


def test_a_run_that_repeats_for_ever_has_none():
    assert counterfactuals(replace(violation(0), loop=0), load_protocol("gms2"), PROPERTIES["agreement"]) == ()


def test_the_command_line_tells_it_of_the_violation_that_is_told(tmp_path, capsys):
    words = ["--property", "agreement", "--property", "total-order"]
    assert check_main(["--impl", "gms2", *words, "--continue", "--out", str(tmp_path)]) == 12
    lines = capsys.readouterr().out.splitlines()
    place = lines.index("The violation of agreement would not have happened if:")
    assert lines[place + 1 : place + 4] == [f"  {text} (step {step})" for text, step in GOLDENS[0][3]]
    assert sum("would not have happened" in line for line in lines) == 1
    assert main(["replay", str(tmp_path / "gms2-agreement.txt"), "--property", "agreement", "--out", str(tmp_path)]) == 13
    assert "  p1 crashes one send later, after 2 of 3 effects (step 1)" in capsys.readouterr().out


def test_nothing_is_told_where_nothing_is_violated(tmp_path, capsys):
    assert check_main(["--impl", "gms3", "--nodes", "2", "--out", str(tmp_path)]) == 0
    assert "would not have happened" not in capsys.readouterr().out
