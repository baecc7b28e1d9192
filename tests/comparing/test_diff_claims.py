"""`groupy diff` says "no difference" only where all was compared; verdicts that differ are one, whatever the schedules."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import combinations
from typing import Any

import pytest

from groupy_check.checker.comparing.diff import Diff, DiffResult, diff_status, told
from groupy_check.checker.inputs.protocols import load_protocol
from groupy_check.checker.interfaces.cli import main
from groupy_check.checker.judging.selection import select
from groupy_check.checker.search.bfs import Explorer, Limits
from groupy_check.groupy_model.effects import Deliver, Install, Monitor, Send, SetTimer, View
from groupy_check.groupy_model.events import Event, Join, Multicast, Receive, Start, Timeout
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.protocol import Outcome, Protocol, Step
from groupy_check.groupy_model.protocols.groupy.gms3 import Gms3
from groupy_check.groupy_model.scenario import Scenario
from groupy_check.groupy_model.verdict import Verdict

SMALL = Scenario(nodes=3, messages=1, crashes=1)
NO_LIMITS = Limits()


def differ(one: Protocol, other: Protocol, *names: str, scenario: Scenario = SMALL, limits: Limits = NO_LIMITS) -> DiffResult:
    properties, _ = select(names, scenario)
    return Diff((one, other), scenario, properties, names, limits).run()


def verdicts(protocol: Protocol, scenario: Scenario = SMALL) -> dict[str, Verdict]:
    result = Explorer(protocol, scenario, select((), scenario)[0]).run()
    return {finding.name: finding.verdict for finding in result.findings}


# --- steps without a counterpart -----------------------------------------------------------------------------------------


class Watchful(Gms3):
    """gms3 whose leader first looks after itself: a crash after its first effect is one that gms2 does not have."""

    name = "watchful"

    def announce(self, leader, message):
        return (Monitor(leader.me), *super().announce(leader, message))


class Youngest(Gms3):
    """gms3 whose leader sends to the youngest first."""

    name = "youngest-first"

    def announce(self, leader, message):
        *sends, deliver = super().announce(leader, message)
        return (*reversed(sends), deliver)


class Twice(Gms3):
    """gms3 whose leader sends all messages twice in a row to each."""

    name = "twice"

    def announce(self, leader, message):
        *sends, deliver = super().announce(leader, message)
        return (*(send for one in sends for send in (one, one)), deliver)


class Eager(Gms3):
    """gms3 whose leader delivers before it sends."""

    name = "eager"

    def announce(self, leader, message):
        *sends, deliver = super().announce(leader, message)
        return (deliver, *sends)


class Timed(Gms3):
    """gms3 whose leader sets a timer that it ignores before each broadcast."""

    name = "timed"

    def announce(self, leader, message):
        return (SetTimer("idle"), *super().announce(leader, message))

    def step(self, state: Any, event: Event) -> Outcome:
        return Step(state) if isinstance(event, Timeout) else super().step(state, event)


WATCHFUL = {"agreement", "uniform-agreement", "virtual-synchrony", "same-view-delivery", "synchrony"}


@pytest.mark.parametrize(
    ("other", "unlike", "shared"),
    [
        (Watchful(), WATCHFUL, False),
        (Youngest(), {"virtual-synchrony", "same-view-delivery"}, False),
        (Twice(), WATCHFUL, True),  # a crash after the first copy is one that both have
        (Eager(), WATCHFUL - {"uniform-agreement"}, False),
        (Timed(), WATCHFUL, False),
    ],
    ids=lambda one: getattr(one, "name", ""),
)
def test_verdicts_that_differ_are_a_difference_even_if_no_schedule_shows_it(other, unlike, shared):
    gms2 = load_protocol("gms2")
    mine, theirs = verdicts(gms2), verdicts(other)
    assert {name for name in mine if mine[name] is not theirs[name]} == unlike
    outcome = differ(gms2, other)
    assert outcome.comparison is not None
    assert diff_status(outcome) == 1
    assert outcome.comparison.headline.startswith("Under the same schedule gms2 violates agreement") == shared
    assert {text.partition(":")[0] for text in outcome.disagreements} == (set() if shared else unlike)


def test_a_run_without_a_counterpart_is_shown_beside_what_the_other_does_instead():
    comparison = differ(load_protocol("gms2"), Watchful()).comparison
    mirrored = differ(Watchful(), load_protocol("gms2")).comparison
    assert comparison is not None
    assert mirrored is not None
    assert (mirrored.left, mirrored.right, mirrored.headline) == (comparison.right, comparison.left, comparison.headline)
    assert comparison.headline == (
        "gms2 violates agreement, which it claims, and watchful does so in no run. There is no such step 1 in watchful."
    )
    assert (comparison.common, comparison.parting) == (0, 1)
    assert comparison.left.verdict == "agreement is violated: p3 never delivered a1, which p2 delivered in v2 {p1,p2,p3}"
    assert [step.crashes for step in comparison.left.trace.steps] == [True, False, False, False, False]
    assert comparison.right.verdict == "agreement holds in this run, and in all others"
    assert not any(step.crashes for step in comparison.right.trace.steps)


class Restless(Protocol):
    """Two processes that deliver what is multicast to them, and play ping-pong forever once there is something."""

    name = "restless"
    claims = ("integrity",)
    copies = 1

    def step(self, state: Any, event: Event) -> Outcome:
        match event:
            case Start() | Join():
                return Step(state, (Install(View(1, (Node(1), Node(2)))),))
            case Multicast(payload):
                return Step(state, (*(Deliver(payload),) * self.copies, Send(Node(3 - state.me), "ping")))
            case Receive(source, message):
                return Step(state, (Send(source, message),))
        return None


class Repeating(Restless):
    """The same, but it delivers everything twice."""

    name = "repeating"
    copies = 2


NEVER_RESTING = Scenario(nodes=2, messages=1, crashes=0)


def test_protocols_that_never_rest_are_told_apart_too():
    comparison = differ(Restless(), Repeating(), "integrity", scenario=NEVER_RESTING).comparison
    assert comparison is not None
    assert (
        comparison.headline == "Under the same schedule repeating violates integrity, which it claims, and restless does not."
    )
    assert comparison.right.witness is not None


class Silent(Restless):
    """The same, but it delivers nothing."""

    name = "silent"
    copies = 0


def test_what_is_observed_in_the_end_is_not_compared_where_there_is_none():
    """Either may multicast, and then the ball is on its way to one or to the other: four pairs."""
    outcome = differ(Restless(), Silent(), "integrity", scenario=NEVER_RESTING)
    assert (outcome.comparison, outcome.unmatched, outcome.endless, outcome.judged) == (None, (0, 0), 4, 1)
    assert diff_status(outcome) == 3
    assert told(outcome, ("restless", "silent")).splitlines()[1:] == [
        "Not compared: what is observed in the end of runs that go on forever, in 4 pairs of states.",
        "Explored alone, both have the same 1 verdict.",
    ]


# --- what was not compared -----------------------------------------------------------------------------------------------


class Careful(Watchful):
    """watchful that is watched by nobody else."""

    name = "careful"

    def announce(self, leader, message):
        return (SetTimer("idle"), *Gms3.announce(self, leader, message))

    def step(self, state: Any, event: Event) -> Outcome:
        return Step(state) if isinstance(event, Timeout) else super().step(state, event)


@pytest.mark.parametrize("other", [Watchful(), Youngest(), Twice(), Eager(), Careful()], ids=lambda one: one.name)
def test_steps_without_a_counterpart_leave_it_open(other):
    """gms3 and its variants have the same verdicts on these; what is observed after a crash in between was not compared."""
    outcome = differ(load_protocol("gms3"), other, "integrity", "total-order")
    assert (outcome.comparison, outcome.bound, outcome.disagreements) == (None, "", ())
    assert sum(outcome.unmatched) > 0
    assert diff_status(outcome) == 3
    said = told(outcome, ("gms3", other.name))
    assert said.startswith(f"gms3 and {other.name}: NOT DECIDED, no difference found so far.")
    assert f"of {other.name} that gms3 could not take in the same situation" in said
    assert re.search(r"The first: step \d+, p1 multicasts \w+ and crashes after \d effects?\.", said)
    assert said.endswith("Explored alone, both have the same 2 verdicts.")


@pytest.mark.parametrize("changed", [{"crashes": 0}, {"crashes": 0, "messages": 2}, {"nodes": 1}, {"nodes": 2, "crashes": 0}])
def test_where_every_step_has_a_counterpart_there_is_no_difference(changed):
    outcome = differ(load_protocol("gms1"), load_protocol("gms2"), "integrity", scenario=replace(SMALL, **changed))
    assert (outcome.comparison, outcome.unmatched, outcome.judged) == (None, (0, 0), 1)
    assert diff_status(outcome) == 0


@pytest.mark.parametrize("states", [1, 5, 20, 60, 100])
def test_a_bound_on_states_leaves_it_open_and_finds_what_one_alone_shows_within_it(states):
    outcome = differ(load_protocol("gms2"), Watchful(), "virtual-synchrony", limits=Limits(states=states))
    assert diff_status(outcome) == 3
    assert (outcome.comparison, outcome.bound) == (None, f"{states} pairs of states")


FAMILY = ["gms1", "gms2", "gms3", "gms3-fixed", "gms4-ack"]


@pytest.mark.parametrize(("one", "other"), [*combinations(FAMILY, 2)])
def test_no_two_whose_verdicts_differ_are_called_alike(one, other):
    """Of each pair: what the reference explorer says of either alone against what diff says of both."""
    scenario = Scenario(nodes=2, messages=1, crashes=1)
    first, second = load_protocol(one), load_protocol(other)
    mine, theirs = verdicts(first, scenario), verdicts(second, scenario)
    unlike = [name for name in mine if mine[name] is not theirs[name]]
    outcome = differ(first, second, scenario=scenario)
    assert not unlike or diff_status(outcome) == 1
    assert diff_status(outcome) != 0 or outcome.unmatched == (0, 0)


def test_the_command_ends_as_bounded(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["diff", "gms3", "gms3-fixed", "--messages", "1", "--property", "integrity"]) == 3
    out = capsys.readouterr().out
    assert out.startswith("gms3 and gms3-fixed: NOT DECIDED, no difference found so far.")
    assert "of gms3-fixed that gms3 could not take in the same situation" in out
