"""z3 and the explorer find the same violations within so many steps, of the same shortest lengths."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from groupy_check.checker.errors import ProtocolError, UsageError
from groupy_check.checker.inputs.protocols import load_protocol
from groupy_check.checker.interfaces.cli import main
from groupy_check.checker.proof.bounded.local_transitions import LocalTables, Signal
from groupy_check.checker.proof.bounded.unrolling import bounded, judged_of
from groupy_check.checker.search.bfs import Explorer, Limits
from groupy_check.checker.semantics.enabled import Semantics
from groupy_check.groupy_model.effects import Deliver, Halt, Install, Monitor, Send, SetTimer, View
from groupy_check.groupy_model.events import Down, Event, Join, Multicast, Receive, Start, Timeout
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.observations import OBSERVATION_TYPES
from groupy_check.groupy_model.protocol import Outcome, Protocol, Step
from groupy_check.groupy_model.scenario import Beginning, Detector, Order, Scenario, Timing

CRASHING = Scenario(nodes=3, messages=1, crashes=1)
TALKING = Scenario(nodes=2, messages=2, crashes=1)
SUSPECTING = Scenario(nodes=2, messages=1, crashes=1, suspicions=1)
JOINING = Scenario(nodes=2, messages=1, crashes=0, joins=1)


def explored(protocol: Protocol, scenario: Scenario, depth: int) -> dict[str, int]:
    result = Explorer(protocol, scenario, judged_of(scenario), Limits(depth=depth)).run()
    return {finding.name: finding.length for finding in result.findings if finding.length is not None}


def solved(protocol: Protocol, scenario: Scenario, depth: int) -> dict[str, int]:
    found = bounded(protocol, scenario, depth)
    return {name: found.length(name) for name in found.violations}


def slow(*values: object) -> object:
    return pytest.param(*values, marks=pytest.mark.long)


# --- the built-in protocols --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "scenario", "depth", "found"),
    [
        ("gms1", CRASHING, 4, {}),
        ("gms2", CRASHING, 5, {"same-view-delivery": 4, "sending-view-delivery": 4, "virtual-synchrony": 5}),
        ("gms3", CRASHING, 5, {"sending-view-delivery": 5}),
        ("gms3~catch-all", CRASHING, 3, {"termination": 3}),
        ("gms3~last-off-by-one", CRASHING, 3, {"view-agreement": 3}),
        ("gmp-naive", CRASHING, 4, {}),
        ("gms3", TALKING, 4, {"fifo": 4, "causal": 4}),
        ("leader-queue~unsafe", TALKING, 3, {"fifo": 3, "causal": 3}),
        ("abcast-token", TALKING, 3, {"sending-view-delivery": 3}),
        ("fbcast", TALKING, 4, {"prefix-order": 2, "total-order": 4, "uniform-total-order": 4}),
        ("member-removal", SUSPECTING, 3, {"accuracy": 1, "view-agreement": 3, "sending-view-delivery": 3}),
        ("gmp-naive", SUSPECTING, 4, {"accuracy": 1, "view-agreement": 2}),
        ("gms1", JOINING, 4, {"sending-view-delivery": 4}),
        ("fbcast~no-flush", JOINING, 4, {"virtual-synchrony": 4}),
        slow("gms2", CRASHING, 8, {"same-view-delivery": 4, "sending-view-delivery": 4, "virtual-synchrony": 5}),
        slow("gms3", CRASHING, 8, {"sending-view-delivery": 5}),
        slow("leader-queue", CRASHING, 6, {"sending-view-delivery": 6}),
        slow("leader-queue~unsafe", CRASHING, 7, {"sending-view-delivery": 7, "virtual-synchrony": 7}),
        slow("leader-queue~unsafe", TALKING, 5, {"fifo": 3, "causal": 3, "prefix-order": 5}),
        slow("heartbeat", TALKING, 5, {"fifo": 5, "causal": 5}),
        slow("abcast", CRASHING, 6, {}),
    ],
)  # fmt: skip
def test_z3_and_the_explorer_find_the_same_violations_of_the_same_lengths(name, scenario, depth, found):
    protocol = load_protocol(name)
    assert solved(protocol, scenario, depth) == explored(protocol, scenario, depth) == found


# --- all kinds of scenarios --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Local:
    me: Node
    heard: int = 0


class Gossip(Protocol):
    """Each process sends to all, delivers what arrives, watches p1, and halts when p1 ends; p1 has a timer."""

    name = "gossip"
    claims = ()

    def step(self, state, event: Event) -> Outcome:
        match event:
            case Start() | Join():
                watched = (Monitor(Node(1)),) if state.me != 1 else (SetTimer("t"),)
                return Step(Local(state.me), (*watched, Install(View(1, (Node(1), Node(2))))))
            case Multicast(payload):
                return Step(state, tuple(Send(node, payload) for node in (1, 2)))  # type: ignore[arg-type]
            case Timeout():
                return Step(state, (Deliver("late"), Send(Node(2), "late")))
            case Receive(message=message) if message == "late" and state.heard:
                return None
            case Receive(message=message):
                return Step(Local(state.me, state.heard + 1), (Deliver(message),))
            case Down():
                return Step(state, (Deliver("alone"), Halt("alone")))
        return None


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"crashes": 0},
        {"order": Order.ANY},
        {"detector": Detector.OVERTAKING},
        {"suspicions": 1},
        {"timing": Timing.ANY, "timeouts": 1},
        {"timeouts": 0},
        {"joins": 1, "nodes": 1},
        {"beginning": Beginning.JOINING},
        {"worker": True, "messages": 0},
    ],
    ids=str,
)
def test_every_kind_of_scenario_is_understood(changed):
    scenario = Scenario(**{"nodes": 2, "messages": 1, "crashes": 1, **changed})
    found = explored(Gossip(), scenario, 4)
    assert solved(Gossip(), scenario, 4) == found
    assert found


# --- what is refused, and what is an error -----------------------------------------------------------------------------


def test_network_faults_are_refused():
    with pytest.raises(UsageError, match="does not support drops or partitions; groupy check"):
        bounded(load_protocol("gms1"), Scenario(drops=1, partitions=1), 1)


class Fragile(Gossip):
    """A process fails when it receives a second message."""

    name = "fragile"

    def step(self, state, event: Event) -> Outcome:
        if isinstance(event, Receive) and state.heard == 1:
            raise IndexError("no room")
        return super().step(state, event)


def test_a_handler_that_raises_is_an_error_only_if_a_run_leads_to_it():
    once, twice = (Scenario(nodes=2, messages=messages, crashes=0, timeouts=0) for messages in (1, 2))
    semantics = Semantics(Fragile(), once, frozenset(OBSERVATION_TYPES))
    assert any((Signal.RAISES,) in each.signs for each in LocalTables(semantics, semantics.initial(), 4).transitions)
    assert solved(Fragile(), once, 4) == explored(Fragile(), once, 4)
    with pytest.raises(ProtocolError, match="no room"):
        bounded(Fragile(), twice, 4)


# --- the command -------------------------------------------------------------------------------------------------------


def test_the_command_names_what_is_violated_and_shows_a_run_that_can_be_replayed(capsys, tmp_path):
    assert main(["prove", "gms2", "--bounded", "4", "--messages", "1"]) == 12
    printed = capsys.readouterr().out
    assert printed.startswith("gms2: VIOLATED same-view-delivery within 4 steps, by z3; ")
    assert "  same-view-delivery: VIOLATED in 4 steps\n" in printed
    assert "  sending-view-delivery: VIOLATED in 4 steps (not claimed)\n" in printed
    assert "  integrity: not violated\n" in printed
    (tmp_path / "run.txt").write_text(printed[printed.index("# same-view") :])
    assert main(["replay", str(tmp_path / "run.txt"), "--quiet", "--property", "same-view-delivery"]) == 12


def test_nothing_found_is_no_proof(capsys):
    assert main(["prove", "gms1", "--bounded", "2", "--messages", "1"]) == 3
    assert "VIOLATED" not in capsys.readouterr().out


def test_bounded_excludes_a_proof(capsys):
    assert main(["prove", "gms3", "--bounded", "2", "--processes", "3"]) == 151
    assert "--nodes" in capsys.readouterr().err
