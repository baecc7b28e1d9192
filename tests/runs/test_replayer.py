"""Replays judge a run only where something may excuse a violation, and find the state in which it first shows all the same."""

from __future__ import annotations

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from groupy_check.checker.errors import ProtocolError
from groupy_check.checker.inputs.protocols import load_protocol
from groupy_check.checker.judging.observer import Observer
from groupy_check.checker.judging.whole_run import distinct, for_long_runs, is_steady
from groupy_check.checker.runs.recorder import Recorder
from groupy_check.checker.runs.replayer import Replayer
from groupy_check.checker.runs.schedule import schedule_of
from groupy_check.groupy_model.actions import Handle
from groupy_check.groupy_model.effects import Deliver
from groupy_check.groupy_model.events import Event, Multicast
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.payloads import Change
from groupy_check.groupy_model.protocol import Outcome, Protocol, Step
from groupy_check.groupy_model.protocols.groupy.gms1 import Gms1
from groupy_check.groupy_model.scenario import Scenario
from groupy_check.groupy_model.trace import Trace
from groupy_check.specs.registry import PROPERTIES
from tests.support.tables import ALL, World, worlds

STEADY = [wanted for wanted in PROPERTIES.values() if is_steady(wanted) and not wanted.worker]


def walk(protocol: Protocol, scenario: Scenario, seed: int, longest: int) -> Trace:
    """A run in which every step is drawn."""
    recorder, dice = Recorder(protocol, scenario, ALL), random.Random(seed)  # noqa: S311 - a simulation
    system = recorder.begin()
    while len(recorder.steps) < longest and (possible := recorder.semantics.enabled(system)):
        system = recorder.do(dice.choice(possible))
    return recorder.trace()


def first_seen(trace: Trace, protocol: Protocol) -> dict[str, int]:
    """The first state that violates each steady property, once both ways of looking agree on it."""
    observer = Observer(Recorder(protocol, trace.scenario, ALL).semantics, probe=False)
    seen = {}
    for wanted in STEADY:
        replayer = Replayer(protocol, wanted)
        everywhere = replayer._look_everywhere(trace.states, observer)
        assert replayer._look_steadily(trace.states, observer) == everywhere, wanted.name
        (replayer.quick,) = for_long_runs([wanted])
        assert replayer._look_steadily(trace.states, observer) == everywhere, wanted.name
        if everywhere is not None:
            seen[wanted.name] = everywhere
    return seen


def test_looking_where_a_violation_may_be_excused_finds_where_it_began() -> None:
    scenario = Scenario(messages=4, crashes=1, joins=1, suspicions=1, partitions=1, duplicates=1, drops=1)
    seen = dict[str, int]()
    for seed in range(16):
        protocol = load_protocol(("gms1", "gms2", "gms3", "gmp-naive")[seed % 4])
        trace = walk(protocol, scenario, seed, 60)
        assert distinct(trace.states) == len(set(trace.states))
        seen |= first_seen(trace, protocol)
    assert {"integrity", "prefix-order", "same-view-delivery", "view-agreement", "accuracy"} <= seen.keys()


@settings(max_examples=15, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck))
@given(worlds(), st.integers(0, 1_000))
def test_so_it_does_in_any_run_of_any_protocol(world: World, seed: int) -> None:
    try:
        trace = walk(world.protocol, world.scenario, seed, 40)
    except ProtocolError:
        return
    first_seen(trace, world.protocol)


class Guesses(Gms1):
    """p1 delivers b1 when it multicasts a1: before p2 has asked for it."""

    def step(self, state: object, event: Event) -> Outcome:
        done = super().step(state, event)
        if event == Multicast(Change(Node(1), 1)) and isinstance(done, Step):
            return Step(done.state, (Deliver(Change(Node(2), 1)), *done.effects))
        return done


@pytest.mark.parametrize("steps", [0, 1_000])
def test_what_is_multicast_later_excuses_who_has_had_it_before(steps: int) -> None:
    asked = [Handle(Node(number), Multicast(Change(Node(number), 1))) for number in (1, 2)]
    trace = Recorder(Guesses(), Scenario(nodes=2, crashes=0), ALL).record(asked)
    replayed = Replayer(Guesses(), PROPERTIES["integrity"], steps).replay(trace.scenario, schedule_of(trace), 9, to_rest=False)
    assert replayed is not None
    assert replayed.violated
    assert len(replayed.trace.steps) == 1
