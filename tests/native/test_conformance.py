"""The native engine is held to the reference explorer: the same counts, verdicts and lengths; with one worker the same runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from groupy_check.checker.errors import ProtocolError
from groupy_check.checker.inputs.protocols import load_protocol
from groupy_check.checker.judging.observer import Observer
from groupy_check.checker.judging.selection import select
from groupy_check.checker.native.compiled import calling
from groupy_check.checker.native.memory import layout
from groupy_check.checker.native.memory.arenas import GrowingTable, PairMap
from groupy_check.checker.native.memory.layout import Array, Tables
from groupy_check.checker.native.search import NativeExplorer
from groupy_check.checker.native.tables.transitions import TransitionTables
from groupy_check.checker.search.bfs import Explorer, Limits
from groupy_check.checker.semantics.enabled import Semantics
from groupy_check.groupy_model.effects import Effect, Store
from groupy_check.groupy_model.events import Event
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.observations import History, Status
from groupy_check.groupy_model.protocol import Protocol
from groupy_check.groupy_model.protocols.registry import MUTANTS, PROTOCOLS
from groupy_check.groupy_model.scenario import Beginning, Detector, Order, Scenario, Timing
from groupy_check.groupy_model.show import show
from groupy_check.groupy_model.verdict import Kind, Result
from groupy_check.specs.property import Property
from groupy_check.specs.registry import PROPERTIES
from tests.support.tables import Rule, TableProtocol, World, worlds

pytestmark = pytest.mark.usefixtures("unwatched")


@dataclass(frozen=True)
class Way:
    """How the native engine is called, and how many rows for each worker are a batch: of few, several are in work at once."""

    workers: int = 1
    exact: bool = False
    rows: int = layout.BATCH
    bits: int = 64


MANY = ("safe", "abcast", "fbcast", "cbcast", "gbcast", "history-nack", "replicated-queue")  # protocols of many states
WAYS = (
    Way(),
    Way(workers=2, rows=20, bits=96),
    Way(exact=True, rows=7),
    Way(workers=2, exact=True, rows=3),
    Way(workers=2, rows=11),
    Way(rows=13, bits=80),
)

# Between them they have every kind of fault, detector, order, timing and beginning.
SCENARIOS = (
    Scenario(messages=1),
    Scenario(messages=1, crashes=1, drops=1),
    Scenario(nodes=2, messages=1, crashes=1, joins=1),
    Scenario(messages=1, crashes=0, duplicates=1, suspicions=1),
    Scenario(messages=1, crashes=1, partitions=1),
    Scenario(messages=1, crashes=1, order=Order.ANY, detector=Detector.OVERTAKING),
    Scenario(nodes=2, messages=1, leaves=1, timing=Timing.ANY, timeouts=2),
    Scenario(messages=1, crashes=1, timeouts=1, worker=True),
    Scenario(messages=0, crashes=1, beginning=Beginning.JOINING),
)


def told(result: Result) -> dict[str, object]:
    """All that a result says, but for time and memory."""
    coverage = result.coverage
    return {
        "counts": (coverage.generated, coverage.distinct, coverage.left, coverage.depth, coverage.at_rest, coverage.bound),
        "warnings": result.warnings,
        **{
            finding.name: (finding.verdict, finding.exercised, finding.length, finding.witness, finding.trace)
            for finding in result.findings
        },
    }


def conforms(
    protocol: Protocol, scenario: Scenario, properties: Sequence[Property], limits: Limits, ways: Sequence[Way] = WAYS
) -> int:
    """Search with every engine and compare. Returns the number of states."""
    reference = Explorer(protocol, scenario, properties, limits).run()
    for way in ways:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(layout, "BATCH", way.rows)
            means: dict[str, Any] = {"workers": way.workers, "exact": way.exact, "bits": way.bits}
            native = NativeExplorer(protocol, scenario, properties, limits, **means).run()
        assert told(native) == told(reference), way
    return reference.coverage.distinct


def begun(name: str, scenario: Scenario) -> Scenario:
    """`scenario`, with processes that join where the protocol cannot form a group first."""
    try:
        Semantics(load_protocol(name), scenario).initial()
    except ProtocolError:
        return replace(scenario, beginning=Beginning.JOINING)
    return scenario


def first_levels(name: str) -> Limits:
    """Some hundred to four thousand states of the protocol."""
    return Limits(depth=5 if name.startswith(MANY) else 6)


def of_everything(scenario: Scenario) -> list[Property]:
    return select([], scenario)[0]


def of_safety(scenario: Scenario) -> list[Property]:
    """Where nothing eventual is asked, no edges are wanted, and steps that commute are done in one order only."""
    return [wanted for wanted in of_everything(scenario) if wanted.kind is Kind.SAFETY]


def numbered(name: str, first: int) -> tuple[Scenario, list[Way]]:
    """A scenario and a way for the protocol, from which others have others."""
    number = list(PROTOCOLS).index(name) + first
    return begun(name, SCENARIOS[number % len(SCENARIOS)]), [WAYS[number % len(WAYS)]]


# Mutants are in the slow suite: on them engines differ no more than on their originals; what they break is pinned elsewhere.
ORIGINALS_FIRST = [pytest.param(name, marks=[pytest.mark.slow] * (name in MUTANTS)) for name in PROTOCOLS]


@pytest.mark.parametrize("name", ORIGINALS_FIRST)
def test_every_protocol_has_the_same_states_and_verdicts(name: str) -> None:
    scenario, ways = numbered(name, 0)
    conforms(load_protocol(name), scenario, of_everything(scenario), first_levels(name), ways)


@pytest.mark.parametrize("name", ORIGINALS_FIRST)
def test_every_protocol_has_the_same_states_where_steps_sleep(name: str) -> None:
    scenario, ways = numbered(name, 4)
    conforms(load_protocol(name), scenario, of_safety(scenario), first_levels(name), ways)


@pytest.mark.long
@pytest.mark.parametrize("scenario", SCENARIOS)
@pytest.mark.parametrize("name", PROTOCOLS)
def test_every_protocol_has_the_same_states_and_verdicts_in_every_scenario(name: str, scenario: Scenario) -> None:
    scenario = begun(name, scenario)
    conforms(load_protocol(name), scenario, of_everything(scenario), Limits(depth=9))
    conforms(load_protocol(name), scenario, of_safety(scenario), Limits(depth=9), WAYS[:2])


def test_whole_spaces_of_the_famous_ones() -> None:
    everything = of_everything(Scenario())
    assert conforms(load_protocol("gms2"), Scenario(), everything, Limits()) == 1825
    assert conforms(load_protocol("gms3"), Scenario(), everything, Limits()) == 1921
    assert conforms(load_protocol("gms3"), Scenario(), of_safety(Scenario()), Limits(), WAYS[:2]) == 1921


def test_runs_that_never_end_are_the_same() -> None:
    scenario = Scenario(messages=1)
    conforms(load_protocol("gms4-ack-blocking"), scenario, of_everything(scenario), Limits())
    conforms(load_protocol("heartbeat"), scenario, of_everything(scenario), Limits())


RULES = settings(max_examples=25, derandomize=True, database=None, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def any_way(world: World, depth: int) -> None:
    # Random protocols never rest, and asking them for progress takes the reference explorer forever.
    properties = [wanted for wanted in of_everything(world.scenario) if wanted.name != "progress"]
    way = [WAYS[world.picks[0] % len(WAYS)]]
    conforms(world.protocol, world.scenario, properties, Limits(depth=depth), way)
    conforms(world.protocol, world.scenario, of_safety(world.scenario), Limits(depth=depth), way)


@RULES
@given(worlds())
def test_any_protocol_has_the_same_states_and_verdicts(world: World) -> None:
    any_way(world, 6 - world.scenario.size)


class Storing(TableProtocol):
    """A table whose processes also store what they handle, behind the first thing that they do."""

    def _effects(self, me: Node, event: Event, rule: Rule) -> tuple[Effect, ...]:
        effects = super()._effects(me, event, rule)
        return (*effects[:1], Store(show(event)), *effects[1:])


Storing.__module__ = TableProtocol.__module__


@settings(RULES, max_examples=20)
@given(worlds())
def test_what_is_stored_is_in_no_state_where_nobody_comes_back(world: World) -> None:
    any_way(replace(world, protocol=Storing(world.protocol.size, world.protocol.table)), 5 - world.scenario.size)


@pytest.mark.long
@settings(RULES, max_examples=200)
@given(worlds())
def test_any_protocol_has_the_same_states_and_verdicts_far_from_the_beginning(world: World) -> None:
    any_way(world, 4)


@pytest.mark.parametrize("narrow", [50, 100, 200])
def test_numbers_that_need_more_than_16_bits_change_nothing(narrow: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("groupy_check.checker.native.search.NARROW", narrow)
    assert conforms(load_protocol("gms3"), Scenario(), of_everything(Scenario()), Limits(), WAYS[:2]) == 1921


def test_a_table_and_an_outbox_that_grow_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("groupy_check.checker.native.pipeline.stages.SUCCESSORS", 16)
    monkeypatch.setattr("groupy_check.checker.native.pipeline.frontier.BLOCK", 100)
    monkeypatch.setattr("groupy_check.checker.native.pipeline.visited.FIRST", 32)
    assert conforms(load_protocol("gms3"), Scenario(), of_everything(Scenario()), Limits(), WAYS[:2]) == 1921


FEW_BITS = np.uint64(0x3FF << 54)


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize(("bits", "all_of_them"), [(64, False), (80, True), (96, True)])
def test_wider_fingerprints_tell_states_apart_whose_hashes_are_equal(
    bits: int, all_of_them: bool, workers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def few(slots: Array, first: int, found: Array) -> None:
        calling.terms(slots, first, found)
        found &= FEW_BITS

    monkeypatch.setattr("groupy_check.checker.native.tables.transitions.terms", few)
    monkeypatch.setattr("groupy_check.checker.native.search.hash_of", lambda *row: np.uint64(calling.hash_of(*row)) & FEW_BITS)
    explorer = NativeExplorer(load_protocol("gms3"), Scenario(), of_safety(Scenario()), workers=workers, bits=bits)
    coverage = explorer.run().coverage
    assert (coverage.distinct == 1921) == all_of_them
    assert (coverage.fingerprint_bits, coverage.missed) == (bits, coverage.distinct**2 / 2 ** (bits + 1))


def test_tables_that_are_being_read_do_not_change(monkeypatch: pytest.MonkeyPatch) -> None:
    """Python fills in what is missing for one batch while the next one is expanded."""
    handed_over: list[tuple[Array, Array]] = []
    tables, fill = TransitionTables.tables, TransitionTables.fill

    def handing_over(rules: TransitionTables) -> Tables:
        found = tables(rules)
        handed_over.clear()
        for table in (part for holder in (rules, rules.records) for part in vars(holder).values()):
            if isinstance(table, GrowingTable) and table.arena is not None:
                handed_over.append((table.array[: table.length], table.array[: table.length].copy()))
            if isinstance(table, PairMap):
                handed_over.append((table.pairs, table.pairs.copy()))
        return found

    def filling(rules: TransitionTables, table: int, first: int, second: int) -> None:
        fill(rules, table, first, second)
        assert all(np.array_equal(now, then) for now, then in handed_over)

    monkeypatch.setattr(TransitionTables, "tables", handing_over)
    monkeypatch.setattr(TransitionTables, "fill", filling)
    scenario = replace(Scenario(nodes=2, messages=1), leaves=1, timing=Timing.ANY, timeouts=1, drops=1, partitions=1, joins=1)
    assert conforms(load_protocol("gms3"), scenario, of_everything(scenario), Limits(depth=5), WAYS[:1]) > 1000
    assert len(handed_over) > 20


# --- judging two processes at a time --------------------------------------------------------------------------------------


def in_two_ways(wanted: Property, history: History) -> None:
    """What `pairwise` promises, for one history; who has ended itself may be excused by a third process."""
    nodes = frozenset(life.node for life in history.lives)
    excused = any(life.status is Status.HALTED for life in history.lives)
    pairs = [
        History(pair, history.at_rest, nodes - {life.node for life in pair})
        for pair in (combinations(history.lives, 2) if len(nodes) > 1 else [history.lives])
    ]
    assert wanted.goal(history) == any(map(wanted.goal, pairs)) or excused, (wanted.name, history)
    if history.at_rest or wanted.kind is Kind.SAFETY:
        found, by_two = wanted.judge(history) is not None, any(wanted.judge(pair) is not None for pair in pairs)
        assert found or not by_two or excused, (wanted.name, history)
        assert by_two or not found or (wanted.suspect is not None and any(map(wanted.suspect, pairs))), (wanted.name, history)


@pytest.mark.parametrize(
    "name", ["gms1", "gms2", "gms3~early-dropped", "gms4-ack~skip", "gmp-naive", "heartbeat", "history-nack"]
)
def test_what_is_said_to_be_pairwise_is(name: str) -> None:
    scenario = Scenario(nodes=3, messages=1, crashes=1, suspicions=1, worker=True)
    properties = [wanted for wanted in PROPERTIES.values() if wanted.pairwise]
    explorer = Explorer(load_protocol(name), scenario, properties, Limits(states=1500))
    explorer.run()
    observer = Observer(explorer.semantics, probe=True)
    histories = {
        observer.history(state, rests) for state in explorer.states for rests in (False, explorer.semantics.at_rest(state))
    }
    for history in histories:
        for wanted in properties:
            in_two_ways(wanted, history)


@RULES
@given(worlds())
def test_what_is_said_to_be_pairwise_is_so_for_any_protocol(world: World) -> None:
    observer = Observer(world.semantics(), probe=False)
    scenario = replace(world.scenario, worker=True)
    for _, _, system in replace(world, scenario=scenario).walk():
        for rests in (False, True):
            for wanted in PROPERTIES.values():
                if wanted.pairwise:
                    in_two_ways(wanted, observer.history(system, rests))
