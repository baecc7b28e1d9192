"""Minimised runs: they still violate, nothing in them can go, and no search knows a shorter one."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from groupy_check.checker.counterexamples import minimise
from groupy_check.checker.counterexamples.minimise import minimised
from groupy_check.checker.counterexamples.trace_file import judge_trace, least_runs, line_matchers, matched
from groupy_check.checker.inputs.protocols import load_protocol
from groupy_check.checker.interfaces.cli import main
from groupy_check.checker.judging.selection import with_workers
from groupy_check.checker.judging.whole_run import first_violations
from groupy_check.checker.limits.deadline import time_limit
from groupy_check.checker.runs.recorder import Recorder
from groupy_check.checker.runs.replayer import Follower, Replayer
from groupy_check.checker.runs.schedule import schedule_of, smaller, without
from groupy_check.checker.search.bfs import Explorer, Limits
from groupy_check.checker.semantics.enabled import Semantics
from groupy_check.groupy_model.actions import Action, Handle, Lose, Partition, Suspect
from groupy_check.groupy_model.effects import Deliver, Send
from groupy_check.groupy_model.events import Event, Multicast
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.protocol import Outcome, Protocol, Step
from groupy_check.groupy_model.protocols.groupy.gms1 import Gms1, Msg
from groupy_check.groupy_model.scenario import Beginning, Detector, Order, Scenario
from groupy_check.groupy_model.trace import Trace
from groupy_check.groupy_model.verdict import Verdict
from groupy_check.reports.wording.phrases import action_line
from groupy_check.reports.wording.trace_text import trace_text
from groupy_check.specs.property import Property
from groupy_check.specs.registry import PROPERTIES
from tests.support.planted import Unordered
from tests.support.tables import ALL, World, worlds

# Protocol, property, scenario: every kind of fault, every protocol of the course and some of the planted bugs.
CASES: list[tuple[str, str, dict[str, Any]]] = [
    ("gms1", "agreement", {}),
    ("gms1", "progress", {"messages": 1}),
    ("gms2", "agreement", {}),
    ("gms2", "total-order", {}),
    ("gms2", "virtual-synchrony", {"nodes": 4, "messages": 1}),
    ("gms2", "fifo", {}),
    ("gms2", "synchrony", {}),
    ("gms3", "validity", {}),
    ("gms3", "progress", {"messages": 0, "joins": 1}),
    ("gms3", "agreement", {"crashes": 0, "drops": 1}),
    ("gms3", "integrity", {"crashes": 0, "duplicates": 1}),
    ("gms3", "prefix-order", {"crashes": 0, "suspicions": 1}),
    ("gms3", "agreement", {"crashes": 0, "suspicions": 1}),
    ("gms3", "prefix-order", {"crashes": 0, "partitions": 1}),
    ("gms3", "agreement", {"detector": Detector.OVERTAKING}),
    ("gms3", "fifo", {"crashes": 0, "order": Order.ANY}),
    ("gms3", "sending-view-delivery", {"crashes": 0, "messages": 1, "beginning": Beginning.JOINING}),
    ("gms3~no-repeat", "agreement", {}),
    ("gms3~early-dropped", "agreement", {}),
    ("gms3~last-off-by-one", "integrity", {}),
    ("gms3~catch-all", "termination", {}),
    ("gms3~slave-admits", "view-agreement", {"joins": 1, "messages": 0}),
    ("gms3~deliver-first", "uniform-agreement", {"messages": 1}),
    ("gms3~views-not-last", "self-inclusion", {"joins": 1, "messages": 0}),
    ("gms3~stale-view-counts", "progress", {}),
]
LONGEST, WALKS = 60, 2_000
RUNS = [(case, seed) for case in range(len(CASES)) for seed in range(2)]
every_run = pytest.mark.parametrize(("case", "seed"), RUNS, ids=[f"{CASES[c][0]}-{CASES[c][1]}-{seed}" for c, seed in RUNS])


def random_violation(protocol: Protocol, scenario: Scenario, wanted: Property, seed: int) -> Trace:
    """A run in which every step is drawn from all that are possible; the first one with this seed that violates `wanted`."""
    recorder = Recorder(protocol, with_workers(scenario, [wanted]), ALL)
    dice = random.Random(seed)  # noqa: S311 - a simulation
    for _ in range(WALKS):
        system = recorder.begin()
        while len(recorder.steps) < LONGEST and (possible := recorder.semantics.enabled(system)):
            system = recorder.do(dice.choice(possible))
        trace = recorder.trace()
        if first_violations(recorder.semantics, trace, [wanted]).witnesses:
            return trace
    raise AssertionError("no walk violates the property")


@dataclass(frozen=True, slots=True)
class Minimised:
    protocol: Protocol
    wanted: Property
    before: Trace
    after: Trace


@cache
def found(case: int, seed: int) -> Minimised:
    name, wanted, scenario = CASES[case]
    protocol = load_protocol(name)
    before = random_violation(protocol, Scenario(**scenario), PROPERTIES[wanted], seed)
    return Minimised(protocol, PROPERTIES[wanted], before, minimised(before, protocol, PROPERTIES[wanted]))


@cache
def shortest(case: int) -> int:
    name, wanted, scenario = CASES[case]
    limits = Limits(all_verdicts=False)
    length = Explorer(load_protocol(name), Scenario(**scenario), [PROPERTIES[wanted]], limits).run().finding(wanted).length
    assert length is not None
    return length


def run(name: str | Protocol, scenario: Scenario, *lines: str) -> Trace:
    """The run that `lines` tell."""
    protocol = load_protocol(name) if isinstance(name, str) else name
    return Recorder(protocol, scenario, ALL).record(matched(protocol, scenario, line_matchers(lines)))


def told(trace: Trace) -> list[str]:
    return [action_line(action) for action in trace.actions]


# --- what every minimised run is -----------------------------------------------------------------------------------------


@every_run
def test_it_violates_the_property_in_its_last_state_and_not_before(case, seed):
    this = found(case, seed)
    recorder = Recorder(this.protocol, this.after.scenario, ALL)
    assert recorder.record(this.after.actions) == this.after
    assert first_violations(recorder.semantics, this.after, [this.wanted]).states == {this.wanted.name: len(this.after.steps)}


def left_out(actions: Sequence[Action]) -> Iterator[list[Action]]:
    """`actions` without one, and without one of the crashes that cut a handler short."""
    for index, action in enumerate(actions):
        yield [*actions[:index], *actions[index + 1 :]]
        if isinstance(action, Handle | Suspect) and action.cut is not None:
            yield [*actions[:index], replace(action, cut=None), *actions[index + 1 :]]


def leniently(this: Minimised, actions: Sequence[Action]) -> Trace:
    """What comes of `actions` in plain words: each is done if just that is possible, else skipped."""
    recorder = Recorder(this.protocol, this.after.scenario, ALL)
    system = recorder.begin()
    for action in actions:
        if action in recorder.semantics.enabled(system):
            system = recorder.do(action)
    return recorder.trace()


@every_run
def test_without_any_one_step_or_crash_nothing_is_violated(case, seed):
    this = found(case, seed)
    for actions in left_out(this.after.actions):
        trace = leniently(this, actions)
        assert not first_violations(Semantics(this.protocol, trace.scenario, ALL), trace, [this.wanted]).witnesses


@every_run
def test_without_any_one_thing_and_what_follows_from_it_nothing_is_violated(case, seed):
    this, schedule = found(case, seed), schedule_of(found(case, seed).after)
    replayer, scenario = Replayer(this.protocol, this.wanted), found(case, seed).after.scenario
    attempts = [(scenario, schedule[:index] + schedule[index + 1 :]) for index in range(len(schedule))]
    attempts += [(less, without(this.after, node)) for node in this.after.nodes if (less := smaller(scenario, node))]
    for less, others in attempts:
        replayed = replayer.replay(less, others, LONGEST, to_rest=False)
        assert replayed is None or not replayed.violated


def test_no_search_knows_a_shorter_one():
    """The bound that is asked for is 1.2 times the shortest. The worst of these is as short as the shortest."""
    ratios = {(case, seed): len(found(case, seed).after.steps) / shortest(case) for case, seed in RUNS}
    assert len(ratios) == 50
    assert max(ratios.values()) == 1.0
    # Some are shorter: they need fewer processes than the search was given.
    assert sorted({CASES[case][:2] for (case, _), ratio in ratios.items() if ratio < 1}) == [
        ("gms3", "agreement"),
        ("gms3", "validity"),
        ("gms3~deliver-first", "uniform-agreement"),
    ]


def test_the_walks_are_longer_than_what_is_left_of_them():
    before, after = (sum(len(getattr(found(*pair), which).steps) for pair in RUNS) for which in ("before", "after"))
    assert (before, after) == (345, 204)


@every_run
def test_its_scenario_allows_no_more_than_what_happens(case, seed):
    last = found(case, seed).after.states[-1].budget
    assert (last.messages, last.crashes, last.joins, last.leaves) == (0, 0, 0, 0)
    assert (last.drops, last.duplicates, last.suspicions, last.partitions) == (0, 0, 0, 0)


# --- what goes, and how --------------------------------------------------------------------------------------------------


def test_an_idle_process_goes_and_the_others_move_up():
    before = run(
        "gms3", Scenario(drops=1), "p3 multicasts c1", "the network loses mcast c1 from p3 to p1 (position 1 in the queue)"
    )
    after = minimised(before, load_protocol("gms3"), PROPERTIES["validity"])
    assert told(after) == ["p2 multicasts b1", "the network loses mcast b1 from p2 to p1 (position 1 in the queue)"]
    assert after.scenario == Scenario(nodes=2, messages=1, crashes=0, drops=1)


def test_a_payload_is_renumbered_when_an_earlier_one_goes():
    before = run(
        "gms3", Scenario(nodes=2, messages=3, drops=1), "p2 multicasts b1", "p2 multicasts b2", "p1 receives mcast b1 from p2",
        "the network loses mcast b2 from p2 to p1 (position 1 in the queue)", "p2 receives msg 2: b1 from p1",
    )  # fmt: skip
    after = minimised(before, load_protocol("gms3"), PROPERTIES["validity"])
    assert told(after) == ["p2 multicasts b1", "the network loses mcast b1 from p2 to p1 (position 1 in the queue)"]


def test_a_crash_moves_into_the_broadcast_before_it():
    lines = ["p2 receives msg 3: a1 from p1", "p2 detects that p1 is down"]
    lines += ["p3 receives msg 3: a1 from p1", "p3 receives msg 4: a1 from p2"]
    before = run("gms3~last-off-by-one", Scenario(), "p1 multicasts a1", "p1 crashes", *lines)
    after = minimised(before, load_protocol("gms3~last-off-by-one"), PROPERTIES["integrity"])
    assert told(after) == ["p1 multicasts a1 and crashes after 2 effects", *lines]


def test_a_run_that_is_a_shortest_one_stays():
    trace = Explorer(load_protocol("gms2"), Scenario(), [PROPERTIES["agreement"]]).run().finding("agreement").trace
    assert trace is not None
    after = minimised(trace, load_protocol("gms2"), PROPERTIES["agreement"])
    assert after.actions == trace.actions
    assert after.scenario == Scenario(messages=1)


def test_state_transfer_keeps_what_the_workers_ask_for():
    scenario, wanted = Scenario(nodes=2, joins=1, messages=1, crashes=0, worker=True), PROPERTIES["state-transfer"]
    after = minimised(random_violation(Unordered(), scenario, wanted, 0), Unordered(), wanted)
    assert len(after.steps) == 9
    assert "p3 multicasts state_request(p3)" in told(after)


def test_a_run_that_violates_nothing_is_refused():
    with pytest.raises(ValueError, match="the run does not violate agreement"):
        minimised(run("gms2", Scenario(), "p1 multicasts a1"), load_protocol("gms2"), PROPERTIES["agreement"])


def test_a_run_that_repeats_for_ever_comes_back_as_it_is():
    trace = replace(run("gms2", Scenario(), "p1 multicasts a1"), loop=0)
    assert minimised(trace, load_protocol("gms2"), PROPERTIES["agreement"]) is trace


def interrupted() -> bool:
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("over", "why"), [(lambda: True, "stopped after 1000 seconds"), (interrupted, "interrupted")], ids=["time", "ctrl-c"]
)
def test_when_there_is_no_time_for_more_the_least_run_so_far_is_kept(over, why, monkeypatch):
    protocol, wanted = load_protocol("gms2"), PROPERTIES["prefix-order"]
    before = random_violation(protocol, Scenario(messages=3), wanted, 3)
    recorder = Recorder(protocol, before.scenario, ALL)
    result = judge_trace(recorder.record(before.actions), recorder, [wanted.name])
    steps = []
    for patience in (1, 14, 20, 10_000):
        calls = count()
        monkeypatch.setattr(minimise, "time_is_up", lambda calls=calls, patience=patience: next(calls) >= patience and over())
        with time_limit(1_000):
            found = least_runs(result, protocol)
        trace, said = found.finding(wanted.name).trace, f"runs may be longer than they need be: making them small was {why}"
        assert found.warnings == ((said,) if patience < 10_000 else ())
        assert found.finding(wanted.name).verdict is Verdict.VIOLATED
        assert trace is not None
        steps.append(len(trace.steps))
    assert steps == [8, 6, 5, 5]


class ThreeOnly(Gms1):
    """Sends to p3, whom smaller groups do not have, and nobody else."""

    name = "three-only"

    def step(self, state: Any, event: Event) -> Outcome:
        if isinstance(event, Multicast):
            return Step(state, (Send(Node(3), Msg(event.payload)), Deliver(event.payload)))
        return super().step(state, event)


def test_a_protocol_that_breaks_in_a_smaller_group_keeps_its_processes():
    before = run(ThreeOnly(), Scenario(), "p1 multicasts a1", "p3 receives msg a1 from p1", "p2 multicasts b1")
    after = minimised(before, ThreeOnly(), PROPERTIES["prefix-order"])
    assert told(after) == ["p1 multicasts a1", "p2 multicasts b1"]
    assert after.scenario.size == 3


# --- schedules -----------------------------------------------------------------------------------------------------------


@pytest.mark.slow
@settings(max_examples=100, derandomize=True, database=None, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(worlds())
def test_a_schedule_that_nobody_changed_is_the_run(world: World) -> None:
    trace = world.trace()
    follower = Follower(world.protocol, world.scenario, ALL)
    for patient in (False, True):
        assert len(list(follower.follow(schedule_of(trace), patient))) == len(trace.states)
        assert follower.trace() == trace


def test_a_lost_message_is_told_from_an_equal_one_before_it():
    scenario = Scenario(nodes=2, messages=2, drops=1, duplicates=1, crashes=0)
    lines = [
        f"the network {what} msg a1 from p1 to p2 (position {k} in the queue)" for what, k in (("duplicates", 1), ("loses", 3))
    ]
    trace = run("gms2", scenario, "p1 multicasts a1", "p1 multicasts a2", *lines)
    lost = schedule_of(trace)[3]
    assert isinstance(lost.action, Lose)
    assert lost.copy is not None
    assert (lost.copy.sender, lost.copy.place) == (3, 0)


@pytest.mark.parametrize(
    ("side", "gone", "left"),
    [("p1", 1, None), ("p1 and p2", 1, ["p1"]), ("p1", 2, ["p1"]), ("p1 and p2", 3, None), ("p1 and p3", 1, ["p2"])],
)
def test_a_split_is_named_after_the_side_of_the_new_p1(side, gone, left):
    trace = run("gms2", Scenario(partitions=1), f"the network cuts {side} off from the others")
    schedule = without(trace, Node(gone))
    sides = [[str(node) for node in planned.action.side] for planned in schedule if isinstance(planned.action, Partition)]
    # Of two processes, p1's side is p1 alone, whichever side was named before.
    assert sides == ([["p1"]] if left else [])


def test_a_crash_in_a_broadcast_comes_earlier_without_one_of_its_receivers():
    trace = run("gms2", Scenario(nodes=4), "p1 multicasts a1 and crashes after 2 effects")
    cuts = [
        planned.action.cut for node in (2, 4) for planned in without(trace, Node(node)) if isinstance(planned.action, Handle)
    ]
    assert cuts == [1, 2]


@pytest.mark.parametrize(
    ("scenario", "gone", "left"),
    [
        (Scenario(nodes=3, joins=1), 2, Scenario(nodes=2, joins=1)),
        (Scenario(nodes=3, joins=1), 4, Scenario(nodes=3, joins=0)),
        (Scenario(nodes=1, joins=1), 1, Scenario(nodes=1, joins=0)),
        (Scenario(nodes=1), 1, None),
        (Scenario(nodes=2, joins=1, beginning=Beginning.JOINING), 3, Scenario(nodes=1, joins=1, beginning=Beginning.JOINING)),
    ],
)
def test_a_scenario_without_one_process(scenario, gone, left):
    assert smaller(scenario, Node(gone)) == left


# --- the command ---------------------------------------------------------------------------------------------------------


def test_replay_shows_the_minimised_run_and_writes_it(tmp_path, capsys):
    before = random_violation(load_protocol("gms3"), Scenario(joins=1), PROPERTIES["progress"], 3)
    file = tmp_path / "long.txt"
    file.write_text(trace_text(before, "a walk"), encoding="utf-8")
    arguments = ["replay", "--property", "progress", "--out", str(tmp_path)]
    assert main([*arguments, str(file), "--minimise"]) == 11
    assert "(one run replayed, minimised)" in capsys.readouterr().out
    assert main([*arguments, str(tmp_path / "gms3-m0-j1-progress.txt"), "--quiet"]) == 11
    written = (tmp_path / "gms3-m0-j1-progress.txt").read_text(encoding="utf-8")
    assert "groupy-check --impl gms3 --nodes 3 --messages 0 --crashes 1 --joins 1\n" in written
    assert len(before.steps) > 8
    assert re.findall(r"^[ ~](\d)\. ", written, re.MULTILINE) == list("12345678")
