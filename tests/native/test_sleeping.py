"""Steps that commute are done in one order only: what is left out leads nowhere new, and each exception is needed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings

from groupy_check.checker.inputs.protocols import load_protocol
from groupy_check.checker.native.memory.layout import GROUP_BITS, SILENT
from groupy_check.checker.native.pipeline.batches import Batch
from groupy_check.checker.native.pipeline.stages import Stages
from groupy_check.checker.native.search import NativeExplorer
from groupy_check.checker.native.tables import handler_records as records
from groupy_check.checker.native.tables import sleep_sets as sleeping
from groupy_check.checker.native.tables.handler_records import Delta, Records
from groupy_check.checker.native.tables.sleep_sets import Access
from groupy_check.checker.search.bfs import Explorer, Limits
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.protocol import Protocol
from groupy_check.groupy_model.protocols.registry import MUTANTS, PROTOCOLS
from groupy_check.groupy_model.scenario import Beginning, Order, Scenario
from groupy_check.specs.registry import PROPERTIES
from tests.native.test_conformance import RULES, SCENARIOS, WAYS, begun, conforms, of_safety
from tests.support.independence import pairs_asleep
from tests.support.tables import Do, Rule, TableProtocol, World, worlds

pytestmark = pytest.mark.usefixtures("unwatched")

ORDER = [PROPERTIES["total-order"]]
Accesses = Callable[..., frozenset[Access]]


def counts(protocol: Protocol, scenario: Scenario, depth: int, engine: type[Explorer | NativeExplorer]) -> tuple[int, ...]:
    coverage = engine(protocol, scenario, ORDER, Limits(depth=depth, all_verdicts=True)).run().coverage
    return coverage.generated, coverage.distinct, coverage.at_rest


def table(rules: dict[tuple[int, str], Rule]) -> TableProtocol:
    """Two processes, which do nothing but what the rules say."""
    nothing = {(mode, name): (Rule(0, ()),) for mode in (0, 1) for name in ("Start", "Join")}
    refused = {
        (mode, name): None for mode in (0, 1) for name in ("hi", "hello", "Multicast", "Leave", "Timeout", "Down", "x", "y")
    }
    return TableProtocol(2, {**refused, **nothing, **{key: (rule,) for key, rule in rules.items()}})


def taken_for(careless: Access, steady: Access) -> Accesses:
    """`accesses`, which takes one kind for another."""

    def found(*args: Any, **named: Any) -> frozenset[Access]:
        return frozenset(steady if access is careless else access for access in sleeping.accesses(*args, **named))

    return found


def silent(careless: Callable[[int, Delta, Sequence[tuple[int, int]]], bool]) -> Callable[..., int]:
    """`Records._manner`, which takes more steps for silent ones."""
    right = Records._manner

    def manner(
        self: Records, node: Node, found: frozenset[Access], noted: int, delta: Delta, operations: Sequence[tuple[int, int]]
    ) -> int:
        return right(self, node, found, noted, delta, operations) | (SILENT if careless(noted, delta, operations) else 0)

    return manner


def everybody(size: int, who: int, node: int) -> list[int]:
    return sorted({group for other in {node, (node + 1) % size} for group in right_after(size, who, other)})


right_after = sleeping._after
GMS3, TWO = load_protocol("gms3"), Scenario(nodes=2, messages=1, crashes=0)
SENDS = Rule(0, (Do("send", "all", "y"),))

HEARD = {(0, "Down"): Rule(1, ()), (1, "Down"): Rule(0, ())}

# What is done carelessly, how, and where states are lost by it.
CARELESS = {
    "own steps": ("after", everybody, GMS3, Scenario(messages=1, crashes=1), 8),
    "monitored twice, a crash": (
        "accesses",
        taken_for(Access.MONITORS_AGAIN, Access.MONITORS),
        table({(0, "Multicast"): SENDS, (0, "Leave"): SENDS, (0, "y"): Rule(0, (Do("monitor", "next"),))}),
        replace(TWO, crashes=1, leaves=1),
        8,
    ),
    "monitored twice, an end in a handler": (
        "accesses",
        taken_for(Access.MONITORS_AGAIN, Access.MONITORS),
        table(
            {
                **HEARD,
                (0, "Join"): Rule(0, (Do("monitor", "next"),)),
                (0, "Start"): Rule(1, ()),
                (0, "Multicast"): Rule(0, (Do("monitor", "next"),)),
                (1, "Multicast"): Rule(1, (Do("halt"),)),
            }
        ),
        replace(TWO, messages=2),
        5,
    ),
    "joining": (
        "accesses",
        taken_for(Access.DEPENDS, Access.TAKES),
        table({(0, "Multicast"): SENDS}),
        replace(TWO, beginning=Beginning.JOINING),
        5,
    ),
    "timers": ("accesses", taken_for(Access.DEPENDS, Access.TAKES), load_protocol("heartbeat"), Scenario(messages=1), 8),
    "suspicions": (
        "accesses",
        taken_for(Access.DEPENDS, Access.TAKES),
        table(
            {
                (0, "Start"): Rule(1, ()),
                (0, "Join"): Rule(1, (Do("send", "all", "hi"),)),
                (1, "hi"): Rule(1, (Do("monitor", "other"),)),
                (1, "Leave"): SENDS,
                (0, "Down"): Rule(0, ()),
                (1, "y"): Rule(0, (Do("halt"),)),
            }
        ),
        replace(TWO, leaves=1, suspicions=1, beginning=Beginning.JOINING),
        8,
    ),
    "sends taken for silent": (
        "manner",
        silent(lambda noted, delta, _done: not noted and delta == Delta()),
        GMS3,
        Scenario(nodes=2, messages=1, crashes=1, joins=1),
        8,
    ),
    "deliveries taken for silent": (
        "manner",
        silent(lambda _noted, delta, done: not done and delta == Delta()),
        GMS3,
        Scenario(messages=1, crashes=1),
        8,
    ),
    "budgets taken for silent": (
        "manner",
        silent(lambda noted, _delta, done: not done and not noted),
        load_protocol("gms4-ack"),
        Scenario(nodes=2, messages=1, crashes=1, joins=1),
        8,
    ),
}
PLACES = {"after": (sleeping, "_after"), "accesses": (records, "accesses"), "manner": (Records, "_manner")}


@pytest.mark.parametrize("name", CARELESS)
def test_each_exception_is_needed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    place, careless, protocol, scenario, depth = CARELESS[name]
    right = counts(protocol, scenario, depth, Explorer)
    assert counts(protocol, scenario, depth, NativeExplorer) == right
    monkeypatch.setattr(*PLACES[place], careless)
    assert counts(protocol, scenario, depth, NativeExplorer) < right


@pytest.mark.parametrize("name", CARELESS)
def test_a_careless_pair_is_noticed_when_both_orders_are_executed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    place, careless, protocol, scenario, depth = CARELESS[name]
    pairs_asleep(protocol, scenario, ORDER, Limits(depth=depth))
    monkeypatch.setattr(*PLACES[place], careless)
    with pytest.raises(AssertionError):
        pairs_asleep(protocol, scenario, ORDER, Limits(depth=depth))


def test_most_steps_sleep_that_lead_nowhere_new(monkeypatch: pytest.MonkeyPatch) -> None:
    successors = 0
    sift = Stages.sift

    def counting(self: Stages, batch: Batch) -> None:
        nonlocal successors
        successors += sum(box.successors for box in batch.boxes)
        sift(self, batch)

    monkeypatch.setattr(Stages, "sift", counting)
    coverage = NativeExplorer(GMS3, Scenario(nodes=4, messages=2, crashes=2), ORDER).run().coverage
    assert (coverage.distinct, coverage.generated) == (64_699, 185_817)
    assert successors == 86_018


def test_groups_without_a_bit_never_sleep() -> None:
    first, *_, last = sleeping.groups(9)
    assert first == 0
    assert last > GROUP_BITS
    assert all(mask < 1 << GROUP_BITS for mask in map(int, sleeping.asleep_after(9)))
    assert counts(GMS3, Scenario(nodes=9, messages=1), 4, NativeExplorer) == counts(
        GMS3, Scenario(nodes=9, messages=1), 4, Explorer
    )


# --- everything else that sleeps ------------------------------------------------------------------------------------------


def both_orders_lead_to_one_state(name: str, scenario: Scenario, depth: int) -> int:
    scenario = begun(name, scenario)
    return pairs_asleep(load_protocol(name), scenario, of_safety(scenario), Limits(depth=depth))


@pytest.mark.parametrize("name", [pytest.param(name, marks=[pytest.mark.slow] * (name in MUTANTS)) for name in PROTOCOLS])
def test_what_sleeps_commutes(name: str) -> None:
    def pairs(scenario: Scenario) -> int:
        faulty = replace(scenario, crashes=1, partitions=1, order=Order.ANY)
        return both_orders_lead_to_one_state(name, scenario, 4) + both_orders_lead_to_one_state(name, faulty, 3)

    turn = list(PROTOCOLS).index(name)
    # In one scenario it may be that nothing sleeps so early.
    assert any(pairs(SCENARIOS[(turn + next_one) % len(SCENARIOS)]) for next_one in (0, 1))


@pytest.mark.long
@pytest.mark.parametrize("name", PROTOCOLS)
def test_what_sleeps_commutes_in_every_scenario(name: str) -> None:
    for scenario in SCENARIOS:
        for order in Order:
            both_orders_lead_to_one_state(name, replace(scenario, order=order), 6)


def restless(world: World, states: int) -> None:
    """Explore whole levels of at most so many states: the reference, and natively with what sleeps, which must commute."""
    properties = of_safety(world.scenario)
    reference = Explorer(world.protocol, world.scenario, properties, Limits(states=states))
    reference.run()
    limits = Limits(depth=max(1, len(reference.levels) - 1))
    conforms(world.protocol, world.scenario, properties, limits, WAYS[:1])
    pairs_asleep(world.protocol, world.scenario, properties, limits)


@pytest.mark.slow
@settings(RULES, max_examples=60)
@given(worlds(restless=True))
def test_what_sleeps_commutes_where_processes_end_and_watch_one_another_again(world: World) -> None:
    restless(world, 400)


@pytest.mark.long
@settings(RULES, max_examples=600, derandomize=False)
@given(worlds(restless=True))
def test_what_sleeps_commutes_in_a_thousand_systems(world: World) -> None:
    restless(world, 1000)
