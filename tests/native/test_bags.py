"""Copies, bags and notices in the native engine: the same counts and verdicts, and what sleeps beside a notice commutes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings

from groupy_check.checker.inputs.protocols import load_protocol
from groupy_check.checker.native.search import NativeExplorer
from groupy_check.checker.search.bfs import Explorer, Limits
from groupy_check.checker.semantics.enabled import Semantics
from groupy_check.checker.semantics.transitions import Transitions
from groupy_check.groupy_model.scenario import Detector, Order, Scenario
from groupy_check.groupy_model.system import Channel
from tests.native.test_conformance import RULES, WAYS, conforms, of_safety
from tests.native.test_sleeping import HEARD, ORDER, SENDS, counts, restless, table
from tests.support.independence import pairs_asleep
from tests.support.tables import Do, Rule, World, scenarios, worlds

pytestmark = pytest.mark.usefixtures("unwatched")

COPIES = scenarios().map(lambda one: replace(one, duplicates=2, drops=1, crashes=min(one.crashes, 1), joins=0, suspicions=0))
BAGS = scenarios().map(lambda one: replace(one, order=Order.ANY, partitions=1, suspicions=0, drops=0))
SPLIT = Scenario(nodes=2, messages=1, crashes=0, partitions=1, order=Order.ANY)


def the_same(world: World, states: int, way: int) -> None:
    """Both engines find the same in whole levels of at most so many states."""
    properties = of_safety(world.scenario)
    reference = Explorer(world.protocol, world.scenario, properties, Limits(states=states))
    reference.run()
    limits = Limits(depth=max(1, len(reference.levels) - 1))
    conforms(world.protocol, world.scenario, properties, limits, [WAYS[way]])


@settings(RULES, max_examples=12)
@given(worlds(COPIES))
def test_copies_are_the_same(world: World) -> None:
    the_same(world, 600, world.picks[0] % 2)


@settings(RULES, max_examples=15)
@given(worlds(BAGS, restless=True))
def test_bags_with_notices_are_the_same_and_what_sleeps_commutes(world: World) -> None:
    restless(world, 400)


@pytest.mark.long
@settings(RULES, max_examples=300, derandomize=False)
@given(worlds(COPIES, restless=True))
def test_copies_are_the_same_in_many_systems(world: World) -> None:
    restless(world, 800)


@pytest.mark.long
@settings(RULES, max_examples=300, derandomize=False)
@given(worlds(BAGS, restless=True))
def test_bags_are_the_same_in_many_systems(world: World) -> None:
    restless(world, 800)


# p1 has a notice of p2, and no rule for it before it is told; when the network has healed, p2 sends it y, twice.
TOLD = table(
    {
        **HEARD,
        (0, "Join"): Rule(0, (Do("monitor", "next"), Do("send", "all", "hi"))),
        (0, "hi"): Rule(0, (Do("monitor", "other"),)),
        (1, "Multicast"): SENDS,
        (0, "y"): Rule(1, ()),
    }
)


def test_a_notice_in_a_bag_may_be_taken_before_or_after_a_message_is_sent() -> None:
    """What is sent stands behind the notice, which it therefore neither holds up nor overtakes for good."""
    assert counts(TOLD, SPLIT, 5, NativeExplorer) == counts(TOLD, SPLIT, 5, Explorer)
    assert pairs_asleep(TOLD, SPLIT, ORDER, Limits(depth=5)) > 0


def test_a_bag_is_sorted_when_a_notice_is_gone_so_that_it_does_not_tell_what_came_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """p2 sends x and y, ends, and x is copied behind the notice: when that is taken, the bag is the same as if copied later."""
    protocol = table(
        {
            **HEARD,
            (0, "Join"): Rule(0, (Do("send", "all", "hi"),)),
            (0, "hi"): Rule(0, (Do("monitor", "other"),)),
            (0, "Multicast"): Rule(0, (Do("send", "all", "y"), Do("send", "all", "x"))),
        }
    )
    scenario = replace(SPLIT, partitions=0, crashes=1, duplicates=1)
    found = counts(protocol, scenario, 5, Explorer)
    assert counts(protocol, scenario, 5, NativeExplorer) == found

    def unsorted(_: Transitions, __: Channel, places: Sequence[int]) -> Sequence[int]:
        return places

    monkeypatch.setattr(Transitions, "sorted_places", unsorted)
    more = counts(protocol, scenario, 5, Explorer)
    assert more[1] > found[1]


@pytest.mark.parametrize("order", list(Order))
@pytest.mark.parametrize("detector", list(Detector))
def test_one_entry_at_a_time_only_where_nothing_overtakes(order: Order, detector: Detector) -> None:
    """What lets the tables look at the first entry of a channel alone."""
    semantics = Semantics(load_protocol("gms2"), Scenario(order=order, detector=detector))
    assert semantics.in_order == (order is Order.FIFO and detector is Detector.PERFECT)
