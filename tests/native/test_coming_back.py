"""Processes that crash and come back, in the native engine: the same states, verdicts and runs; what sleeps commutes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from groupy_check.checker.checking import engine
from groupy_check.checker.checking.engine import Choice, Engine, Means
from groupy_check.checker.distributed.search import ClusterExplorer
from groupy_check.checker.inputs.protocols import load_protocol
from groupy_check.checker.judging.observer import Observer
from groupy_check.checker.native.compiled import background
from groupy_check.checker.native.search import NativeExplorer
from groupy_check.checker.native.tables import sleep_sets as sleeping
from groupy_check.checker.native.tables.handler_records import Records
from groupy_check.checker.native.tables.sleep_sets import Access
from groupy_check.checker.search.bfs import Explorer, Limits
from groupy_check.groupy_model.events import Event, Leave, Recover
from groupy_check.groupy_model.protocol import Idle, Step
from groupy_check.groupy_model.scenario import Detector, Order, Scenario
from groupy_check.groupy_model.show import show
from groupy_check.groupy_model.verdict import Result
from groupy_check.specs.partitionable.no_duplication import NO_DUPLICATION
from groupy_check.specs.registry import PROPERTIES
from tests.native.test_conformance import (
    RULES,
    WAYS,
    Storing,
    any_way,
    conforms,
    in_two_ways,
    of_everything,
    of_safety,
    told,
)
from tests.native.test_saving import content, set_small
from tests.support.crews import ThreadCrew
from tests.support.independence import pairs_asleep
from tests.support.tables import Local, TableProtocol, World, worlds


class Returning(Storing):
    """A table whose processes come back by the rules of the other mode for Start, or for Join if they have stored something."""

    def outcomes(self, state: Idle | Local, event: Event) -> list[Step]:
        """As of any table; it may be that what is stored is of no use."""
        if not isinstance(event, Recover):
            return super().outcomes(state, event)
        rules = self.table[1, "Start" if event.stored is None else "Join"] or ()
        if not isinstance(state, Idle) or (event.stored == show(Leave()) and self.table[1, "Leave"] is None):
            return []
        return [Step(Local(state.me, rule.mode), self._effects(state.me, event, rule)) for rule in rules]


Returning.__module__ = TableProtocol.__module__


def returning(world: World) -> World:
    """`world`, whose processes crash and come back."""
    crashes, recoveries = ((1, 1), (2, 1), (2, 2))[world.picks[1] % 3]
    scenario = replace(world.scenario, crashes=crashes, recoveries=recoveries, worker=False)
    return replace(world, protocol=Returning(world.protocol.size, world.protocol.table), scenario=scenario)


# --- the same states and verdicts -----------------------------------------------------------------------------------------


@settings(RULES, max_examples=6)
@given(worlds())
def test_any_protocol_has_the_same_states_and_verdicts(world: World) -> None:
    any_way(returning(world), 5 - world.scenario.size)


@pytest.mark.long
@settings(RULES, max_examples=60)
@given(worlds())
def test_any_protocol_has_the_same_states_and_verdicts_far_from_the_beginning(world: World) -> None:
    any_way(returning(world), 4)


@pytest.mark.parametrize(
    ("name", "scenario"),
    [
        ("gmp-promise", Scenario(nodes=2, messages=0, suspicions=1, crashes=2, recoveries=2)),
        ("gmp-promise~answers-first", Scenario(nodes=2, messages=0, recoveries=1, partitions=1, detector=Detector.OVERTAKING)),
        ("gmp-promise", Scenario(nodes=2, messages=0, crashes=2, recoveries=1, order=Order.ANY, drops=1, duplicates=1)),
        ("gms3", Scenario(nodes=2, messages=1, crashes=2, recoveries=1)),  # it has no rule for it
    ],
)
def test_famous_ones_have_the_same_states_and_verdicts(name: str, scenario: Scenario) -> None:
    limits = Limits(depth=8)
    conforms(load_protocol(name), scenario, of_everything(scenario), limits, WAYS[1:4])
    conforms(load_protocol(name), scenario, of_safety(scenario), limits, WAYS[:2])


@RULES
@given(worlds())
def test_what_is_said_to_be_pairwise_is_so_where_processes_come_back(world: World) -> None:
    observer = Observer(returning(world).semantics(), probe=False)
    for _, _, system in returning(world).walk():
        for rests in (False, True):
            for wanted in (*PROPERTIES.values(), NO_DUPLICATION):
                if wanted.pairwise:
                    in_two_ways(wanted, observer.history(system, rests))


# --- what sleeps ----------------------------------------------------------------------------------------------------------

PROMISE, VIEWS = load_protocol("gmp-promise"), [PROPERTIES["view-agreement"]]
JOINING, ALL_OF_IT = Scenario(nodes=2, joins=1, messages=0, recoveries=1), Limits()


def counts(kind: type[Explorer | NativeExplorer]) -> tuple[int, int]:
    coverage = kind(PROMISE, JOINING, VIEWS, Limits(depth=6)).run().coverage
    return coverage.generated, coverage.distinct


def test_a_crash_from_which_a_process_may_come_back_lets_nobody_sleep(monkeypatch: pytest.MonkeyPatch) -> None:
    """A message that is sent before it may arrive after it, and one that is sent after it never does."""
    assert counts(NativeExplorer) == counts(Explorer) == (351, 233)
    monkeypatch.setattr(sleeping, "COMMUTE", sleeping.COMMUTE | {Access.FALLS})
    assert counts(NativeExplorer) == (341, 227)
    with pytest.raises(AssertionError):
        pairs_asleep(PROMISE, JOINING, VIEWS, Limits(depth=6))


def test_where_processes_come_back_no_step_is_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    """What it takes from a channel would have waited there for the next incarnation."""
    scenario = Scenario(messages=0, suspicions=1, recoveries=1)
    assert pairs_asleep(PROMISE, scenario, VIEWS, Limits(depth=5)) == 894
    right = Records._manner

    def manner(self: Records, *found: Any) -> int:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(self, "recovering", False)
            return right(self, *found)

    monkeypatch.setattr(Records, "_manner", manner)
    with pytest.raises(AssertionError):
        pairs_asleep(PROMISE, scenario, VIEWS, Limits(depth=5))


@settings(RULES, max_examples=6)
@given(worlds(restless=True))
def test_what_sleeps_commutes(world: World) -> None:
    world = returning(world)
    pairs_asleep(world.protocol, world.scenario, of_safety(world.scenario), Limits(depth=5 - world.scenario.size))


@pytest.mark.long
@settings(RULES, max_examples=60)
@given(worlds(restless=True))
def test_what_sleeps_commutes_in_more_systems(world: World) -> None:
    world = returning(world)
    pairs_asleep(world.protocol, world.scenario, of_safety(world.scenario), Limits(depth=4))


# --- every way to search --------------------------------------------------------------------------------------------------


def searched(means: Means, limits: Limits = ALL_OF_IT) -> Result:
    return Engine(PROMISE, JOINING, of_everything(JOINING), limits, means=means).run()


def test_the_native_engine_takes_over(monkeypatch: pytest.MonkeyPatch) -> None:
    alone = searched(Means(Choice.REFERENCE))
    monkeypatch.setattr(engine, "FEW", 500)
    monkeypatch.setattr(background, "ready", lambda: True)
    together = searched(Means())
    assert (together.coverage.engine, together.recovered, together.coverage.distinct) == ("native", True, 2_967)
    assert told(together) == told(alone)


def test_a_search_goes_on_from_a_checkpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    set_small(monkeypatch, pause=0.2)
    means = Means(Choice.NATIVE, workers=2)
    saved = replace(means, checkpoint=tmp_path / "saved", spill=tmp_path / "spilled")
    assert searched(saved, Limits(states=500)).coverage.bound == "500 distinct states"
    assert content(searched(replace(means, resume=tmp_path / "saved"))) == content(searched(means))


def test_several_owners_find_the_same() -> None:
    properties, limits = of_safety(JOINING), Limits(depth=5)
    alone = NativeExplorer(PROMISE, JOINING, properties, limits).run()
    assert told(ClusterExplorer(PROMISE, JOINING, properties, limits, crew=ThreadCrew(2)).run()) == told(alone)
