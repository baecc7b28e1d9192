"""The recorder: what it is told of the channels is what the states hold, and the copy that a step names has the step's fate."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from groupy_check.checker.runs.recorder import Recorder
from groupy_check.groupy_model.actions import Action, Duplicate, Handle, Lose
from groupy_check.groupy_model.events import Multicast
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.payloads import Change
from groupy_check.groupy_model.protocols.groupy.gms1 import Gms1, Msg
from groupy_check.groupy_model.scenario import Scenario
from groupy_check.groupy_model.system import Notice
from groupy_check.groupy_model.trace import Fate
from tests.support.tables import World, worlds

P1, P2 = Node(1), Node(2)
CHANGE = Change(P1, 1)
MESSAGE = Msg(CHANGE)


@settings(deadline=None)
@given(worlds())
def test_the_numbers_in_every_channel_are_those_of_its_entries_in_order(world: World) -> None:
    recorder = world.recorder()
    recorder.begin()
    for _, action, system in world.walk():
        assert recorder.do(action) == system
        for (source, target), numbers in recorder.queued.items():
            channel = recorder.semantics.channel(system, source, target)
            assert [recorder.flights[number].message for number in numbers] == [
                None if entry is Notice.DOWN else entry for entry in channel
            ]


@pytest.mark.parametrize("place", [0, 1])
def test_of_two_equal_copies_the_one_that_the_step_names_is_lost(place: int) -> None:
    recorder = Recorder(Gms1(), Scenario(nodes=2, messages=1, drops=1, duplicates=1))
    actions: list[Action] = [Handle(P1, Multicast(CHANGE)), Duplicate(P1, P2, 0, MESSAGE), Lose(P1, P2, place, MESSAGE)]
    trace = recorder.record(actions)
    assert [flight.copy for flight in trace.flights] == [False, True]
    assert [flight.fate for flight in trace.flights].index(Fate.LOST) == place
    assert trace.steps[2].received == place


def test_the_semantics_outside_a_run_tells_the_recorder_nothing() -> None:
    recorder = Recorder(Gms1(), Scenario(nodes=2, messages=1))
    recorder.semantics.apply(recorder.begin(), Handle(P1, Multicast(CHANGE)))
    assert recorder.trace().flights == ()
