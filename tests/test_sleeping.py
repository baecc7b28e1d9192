"""Steps that commute are done in one order only: what is left out leads nowhere new, and each exception is needed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from checker.explorer import Explorer, Limits
from checker.loading import load_protocol
from checker.native import records, sleeping
from checker.native.batches import Batch
from checker.native.engine import NativeExplorer
from checker.native.records import SILENT, Delta, Records
from groupy_model.events import Event, Join, Timeout
from groupy_model.node import Node
from groupy_model.protocol import Protocol
from groupy_model.scenario import Beginning, Scenario
from groupy_model.system import Process
from specs.registry import PROPERTIES
from tests.tables import Do, Rule, TableProtocol

ORDER = [PROPERTIES["total-order"]]
Manner = Callable[[Records, Node, Process, Event, int, Delta, Sequence[tuple[int, int]]], int]


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


def otherwise(change: Callable[[int, Event, int, Delta, Sequence[tuple[int, int]]], int]) -> Manner:
    """`Records._manner`, changed."""
    right = Records._manner

    def manner(
        self: Records,
        node: Node,
        before: Process,
        event: Event,
        noted: int,
        delta: Delta,
        operations: Sequence[tuple[int, int]],
    ) -> int:
        return change(right(self, node, before, event, noted, delta, operations), event, noted, delta, operations)

    return manner


def like_others(manner: int) -> int:
    return manner & 3 | sleeping.OTHERS << 2


def everybody(size: int, who: int, node: int) -> list[int]:
    return sorted({group for other in {node, (node + 1) % size} for group in right_after(size, who, other)})


right_after = sleeping._after
GMS3, TWO = load_protocol("gms3"), Scenario(nodes=2, messages=1, crashes=0)
SENDS = Rule(0, (Do("send", "all", "y"),))

# What is done carelessly, how, and where states are lost by it.
CARELESS = {
    "own steps": ("after", everybody, GMS3, Scenario(messages=1, crashes=1), 8),
    "monitored twice": (
        "fresh",
        lambda _process, _operations: True,
        table({(0, "Multicast"): SENDS, (0, "Leave"): SENDS, (0, "y"): Rule(0, (Do("monitor", "next"),))}),
        replace(TWO, crashes=1, leaves=1),
        8,
    ),
    "joining": (
        "manner",
        otherwise(lambda manner, event, *_: like_others(manner) if isinstance(event, Join) else manner),
        table({(0, "Multicast"): SENDS}),
        replace(TWO, beginning=Beginning.JOINING),
        5,
    ),
    "timers": (
        "manner",
        otherwise(lambda manner, event, *_: like_others(manner) if isinstance(event, Timeout) else manner),
        load_protocol("heartbeat"),
        Scenario(messages=1),
        8,
    ),
    "suspicions": (
        "manner",
        otherwise(lambda manner, _event, _noted, delta, _: like_others(manner) if "suspicions" in delta.spent else manner),
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
        otherwise(lambda manner, _event, noted, delta, _: manner | SILENT if not noted and delta == Delta() else manner),
        GMS3,
        Scenario(nodes=2, messages=1, crashes=1, joins=1),
        8,
    ),
    "deliveries taken for silent": (
        "manner",
        otherwise(lambda manner, _event, _noted, delta, done: manner | SILENT if not done and delta == Delta() else manner),
        GMS3,
        Scenario(messages=1, crashes=1),
        8,
    ),
    "budgets taken for silent": (
        "manner",
        otherwise(lambda manner, _event, noted, _delta, done: manner | SILENT if not done and not noted else manner),
        load_protocol("gms4-ack"),
        Scenario(nodes=2, messages=1, crashes=1, joins=1),
        8,
    ),
}
PLACES = {"after": (sleeping, "_after"), "fresh": (records, "_fresh"), "manner": (Records, "_manner")}


@pytest.mark.parametrize("name", CARELESS)
def test_each_exception_is_needed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    place, careless, protocol, scenario, depth = CARELESS[name]
    right = counts(protocol, scenario, depth, Explorer)
    assert counts(protocol, scenario, depth, NativeExplorer) == right
    monkeypatch.setattr(*PLACES[place], careless)
    assert counts(protocol, scenario, depth, NativeExplorer) < right


def test_most_steps_sleep_that_lead_nowhere_new(monkeypatch: pytest.MonkeyPatch) -> None:
    successors = 0
    sift = NativeExplorer._sift

    def counting(self: NativeExplorer, batch: Batch) -> None:
        nonlocal successors
        successors += sum(box.successors for box in batch.boxes)
        sift(self, batch)

    monkeypatch.setattr(NativeExplorer, "_sift", counting)
    coverage = NativeExplorer(GMS3, Scenario(nodes=4, messages=2, crashes=2), ORDER).run().coverage
    assert (coverage.distinct, coverage.generated) == (55_902, 166_950)
    assert successors == 82_184


def test_groups_without_a_bit_never_sleep() -> None:
    first, *_, last = sleeping.groups(9)
    assert first == 0
    assert last > sleeping.BITS
    assert all(mask < 1 << sleeping.BITS for mask in map(int, sleeping.asleep_after(9)))
    assert counts(GMS3, Scenario(nodes=9, messages=1), 4, NativeExplorer) == counts(
        GMS3, Scenario(nodes=9, messages=1), 4, Explorer
    )
