"""Partitions of every kind: which there are, what each does to a group of three, and what is said of it."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations, permutations, product
from typing import Any

import pytest

from groupy_check.checker.errors import TooLargeError, UsageError
from groupy_check.checker.inputs.scenario_flags import ScenarioFlags, scenario_of_words
from groupy_check.checker.judging.observer import Observer
from groupy_check.checker.judging.selection import select
from groupy_check.checker.runs.recorder import Recorder
from groupy_check.checker.semantics.enabled import Semantics
from groupy_check.checker.semantics.partitions import is_named, partitions
from groupy_check.groupy_model.actions import Crash, Duplicate, Handle, Heal, Lose, Partition
from groupy_check.groupy_model.effects import Demonitor, Monitor
from groupy_check.groupy_model.events import Down, Multicast, Receive
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.payloads import Change
from groupy_check.groupy_model.protocols.groupy.gms1 import Gms1
from groupy_check.groupy_model.renaming import renamed
from groupy_check.groupy_model.scenario import CutOff, Detector, Order, PartitionKind, Scenario
from groupy_check.groupy_model.scenario_text import flags, short_name
from groupy_check.reports.formats.itf import encode_system
from groupy_check.reports.wording.phrases import action_line, split_phrase
from groupy_check.reports.wording.summary import scenario_phrase
from groupy_check.specs.registry import BUILT_IN
from tests.semantics.agreement import agree
from tests.semantics.referee import splits
from tests.semantics.test_steps_by_hand import ASK, DOWN, Steps, sends
from tests.support.endless import P1, P2, P3

pytestmark = pytest.mark.usefixtures("unwatched")

COMPLETE, MULTIWAY, PARTIAL, SIMPLEX = PartitionKind
P4 = Node(4)
NODES = (P1, P2, P3, P4)
# Of n processes: 2^(n-1) - 1 complete ones; as many multiway ones as there are divisions into three sides or more (Stirling
# numbers of the second kind); of each division into three sides three partial ones; 2^n - 2 simplex ones.
HOW_MANY = {
    COMPLETE: (0, 1, 3, 7),
    MULTIWAY: (0, 0, 1, 6 + 1),
    PARTIAL: (0, 0, 3, 18),
    SIMPLEX: (0, 2, 6, 14),
}


def links(partition: Partition, nodes: tuple[Node, ...]) -> frozenset[tuple[Node, Node]]:
    return frozenset(link for link in permutations(nodes, 2) if partition.cuts(*link))


@pytest.mark.parametrize("kind", PartitionKind)
def test_each_partition_is_there_once(kind: PartitionKind) -> None:
    for size, count in enumerate(HOW_MANY[kind], start=1):
        nodes = NODES[:size]
        found = list(partitions(kind, nodes))
        assert len(found) == len(set(found)) == count
        assert {links(partition, nodes) for partition in found} == set(splits(kind, nodes))


@pytest.mark.parametrize("kind", PartitionKind)
def test_only_a_partition_that_there_is_has_a_name(kind: PartitionKind) -> None:
    nodes = NODES[:3]
    sides = [(P1, P1), (P1, P4), *(some for count in range(4) for some in permutations(nodes, count))]
    others = [(), *((side,) for side in sides), *permutations(((P2,), (P3,), (P2, P3)), 2)]
    named = {Partition(side, rest, kind) for side, rest in product(sides, others)}
    assert {partition for partition in named if is_named(partition, nodes)} == set(partitions(kind, nodes))


def test_only_partitions_of_the_scenario_are_possible() -> None:
    steps = Steps(partition_kind=SIMPLEX)
    possible = {action for action in steps.semantics.enabled(steps.system) if isinstance(action, Partition)}
    everyone = [partition for kind in PartitionKind for partition in partitions(kind, (P1, P2, P3))]
    assert {one for one in everyone if steps.semantics.permits(steps.system, one)} == possible == {*everyone[-6:]}


def test_who_no_longer_hears_is_told_and_who_is_no_longer_heard_is_not() -> None:
    steps = Steps(*sends("x"), Monitor(P2), Monitor(P3), partition_kind=SIMPLEX)
    steps.after(ASK)
    assert steps.watching() == [{P2, P3}, {P1}, {P1}]
    steps.after(Partition((P1, P2), kind=SIMPLEX))  # p1 and p2 do not hear p3
    assert steps.queued() == {"p1 p2": ("x",), "p1 p3": ("x",), "p3 p1": (DOWN,)}
    assert steps.watching() == [{P2}, {P1}, {P1}]
    steps.after(Handle(P1, Down(P3)), Handle(P1, Multicast(Change(P1, 2))))
    assert steps.queued() == {"p1 p2": ("x", "x"), "p1 p3": ("x", "x"), "p3 p1": (DOWN,)}  # to watch it again is to be told


def test_what_is_sent_to_who_does_not_hear_is_lost() -> None:
    steps = Steps(*sends("x"), partition_kind=SIMPLEX)
    steps.after(ASK, Partition((P3,), kind=SIMPLEX))
    assert steps.queued() == {"p1 p2": ("x",), "p1 p3": (DOWN,)}
    steps.after(Handle(P1, Multicast(Change(P1, 2))))
    assert steps.queued() == {"p1 p2": ("x", "x"), "p1 p3": (DOWN,)}
    steps.after(Heal(), Handle(P1, Multicast(Change(P1, 3))))
    assert steps.queued() == {"p1 p2": ("x", "x", "x"), "p1 p3": (DOWN, "x")}


def test_of_a_partial_partition_the_rest_notices_nothing() -> None:
    steps = Steps(*sends("x"), Monitor(P2), Monitor(P3), partition_kind=PARTIAL)
    steps.after(ASK, Partition((P1,), ((P3,),), PARTIAL))
    assert steps.queued() == {"p1 p2": ("x",), "p1 p3": (DOWN,), "p3 p1": (DOWN,)}
    assert steps.watching() == [{P2}, {P1}, set()]


def test_of_a_multiway_partition_no_side_hears_another() -> None:
    steps = Steps(*sends("x"), Monitor(P2), Demonitor(P3), partition_kind=MULTIWAY)
    steps.after(ASK, Partition((P1,), ((P2,), (P3,)), MULTIWAY))
    assert steps.queued() == {"p1 p2": (DOWN,), "p1 p3": (DOWN,), "p2 p1": (DOWN,)}
    assert steps.watching() == [set(), set(), set()]


def test_a_history_says_who_hears_whom() -> None:
    steps = Steps(partition_kind=SIMPLEX)
    observer = Observer(steps.semantics, probe=False)
    assert observer.history(steps.system, at_rest=False).cut == frozenset()
    steps.after(Partition((P3,), kind=SIMPLEX))
    history = observer.history(steps.system, at_rest=False)
    assert (history.split, history.cut, history.healed) == (frozenset({P3}), frozenset({(P1, P3), (P2, P3)}), 0)
    steps.after(Heal())
    history = observer.history(steps.system, at_rest=False)
    assert (history.split, history.cut, history.healed, history.whole_again) == (frozenset(), frozenset(), 1, True)


# --- messages that are held -----------------------------------------------------------------------------------------------

HELD: dict[str, Any] = {"cut_off": CutOff.HELD}


def receivable(steps: Steps) -> list[str]:
    return [action_line(action) for action in steps.semantics.owed(steps.system)]


def test_what_is_under_way_and_what_is_sent_meanwhile_waits_until_the_network_heals() -> None:
    steps = Steps(*sends("x"), **HELD)
    steps.after(ASK, Partition((P1, P2)), Handle(P1, Multicast(Change(P1, 2))))
    assert steps.queued() == {"p1 p2": ("x", "x"), "p1 p3": (DOWN, "x", "x")}
    assert receivable(steps) == ["p2 receives x from p1", "p3 detects that p1 is down"]
    steps.after(Handle(P3, Down(P1)), Handle(P2, Receive(P1, "x")), Handle(P2, Receive(P1, "x")))
    assert steps.semantics.at_rest(steps.system)
    assert steps.queued() == {"p1 p3": ("x", "x")}
    steps.after(Heal(), Handle(P1, Multicast(Change(P1, 3))), Handle(P3, Receive(P1, "x")))
    assert steps.queued() == {"p1 p2": ("x",), "p1 p3": ("x", "x")}


def test_after_healing_a_notice_comes_before_what_was_held() -> None:
    steps = Steps(*sends("x"), **HELD)
    steps.after(ASK, Partition((P1, P2)), Heal(), Handle(P1, Multicast(Change(P1, 2))))
    assert steps.queued() == {"p1 p2": ("x", "x"), "p1 p3": (DOWN, "x", "x")}
    assert receivable(steps) == ["p2 receives x from p1", "p3 detects that p1 is down"]


def test_of_a_bag_any_notice_is_at_hand_and_after_healing_any_message() -> None:
    steps = Steps(*sends("y", "x"), order=Order.ANY, **HELD)
    steps.after(ASK, Crash(P1), Partition((P1, P2)))
    assert steps.queued() == {"p1 p2": ("x", "y", DOWN), "p1 p3": (DOWN, "x", "y")}  # the notice of the crash as well
    assert receivable(steps)[2:] == ["p3 detects that p1 is down"]
    steps.after(Heal())
    assert receivable(steps)[2:] == ["p3 detects that p1 is down", "p3 receives x from p1", "p3 receives y from p1"]


def test_a_notice_that_overtakes_messages_stands_where_it_came() -> None:
    steps = Steps(*sends("x"), detector=Detector.OVERTAKING, **HELD)
    steps.after(ASK, Partition((P1, P2)), Handle(P1, Multicast(Change(P1, 2))))
    assert steps.queued()["p1 p3"] == ("x", DOWN, "x")
    assert receivable(steps) == ["p2 receives x from p1", "p3 detects that p1 is down"]
    steps.after(Heal())
    assert receivable(steps)[1:] == ["p3 receives x from p1", "p3 detects that p1 is down"]


def test_who_is_told_at_once_is_told_before_what_is_held() -> None:
    steps = Steps(Monitor(P3), **HELD)
    held = replace(steps.system, channels=(*steps.system.channels[:6], ("x",), *steps.system.channels[7:]))  # from p3 to p1
    steps.system = held
    steps.after(Partition((P1, P2)), ASK)
    assert steps.queued() == {"p1 p3": (DOWN,), "p3 p1": (DOWN, "x")}


def test_what_is_held_may_be_lost_and_copied_and_is_gone_when_its_receiver_ends() -> None:
    steps = Steps(*sends("x"), **HELD)
    steps.after(ASK, Partition((P1, P2)), Duplicate(P1, P3, 1, "x"))
    assert steps.queued()["p1 p3"] == (DOWN, "x", "x")
    steps.after(Lose(P1, P3, 2, "x"))
    assert steps.queued()["p1 p3"] == (DOWN, "x")
    steps.after(Crash(P3))
    assert steps.queued() == {"p1 p2": ("x",)}


def test_a_message_that_is_held_says_so() -> None:
    steps = Steps(*sends("x"), **HELD)
    recorder = Recorder(steps.semantics.protocol, steps.semantics.scenario)
    trace = recorder.record([ASK, Partition((P1, P2))])
    held = [flight for flight in trace.flights if flight.target == P3 and not flight.notice]
    assert [str(flight.refusal) for flight in held] == ["held back until the network heals"]
    healed = recorder.record([ASK, Partition((P1, P2)), Heal()])
    assert [flight.refusal for flight in healed.flights] == [None] * 3


# --- other names ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", PartitionKind)
def test_names_may_be_exchanged_and_then_each_partition_is_there_once_again(kind: PartitionKind) -> None:
    found = list(partitions(kind, NODES))
    assert {renamed(one, lambda node: Node(5 - node), 4) for one in found} == set(found)


@pytest.mark.parametrize(
    ("partition", "smaller"),
    [
        (Partition((P1, P4)), Partition((P1,))),
        (Partition((P1, P2, P3)), None),
        (Partition((P4,), kind=SIMPLEX), None),
        (Partition((P2, P4), kind=SIMPLEX), Partition((P2,), kind=SIMPLEX)),
        (Partition((P1,), ((P2,),), PARTIAL), Partition((P1,), ((P2,),), PARTIAL)),
        (Partition((P1, P2), ((P3,),), PARTIAL), None),
        (Partition((P1,), ((P2,), (P3, P4)), MULTIWAY), Partition((P1,), ((P2,), (P3,)), MULTIWAY)),
        (Partition((P1,), ((P2, P3), (P4,)), MULTIWAY), None),
    ],
)
def test_without_p4_some_partitions_are_none(partition: Partition, smaller: Partition | None) -> None:
    assert renamed(partition, lambda node: None if node == P4 else node, 3) == smaller


# --- words ----------------------------------------------------------------------------------------------------------------

WORDS: list[tuple[Partition, str, str]] = [
    (Partition((P1, P4)), "cuts p1 and p4 off from the others", "cut off from the others: p1, p4"),
    (
        Partition((P1,), ((P2, P4), (P3,)), MULTIWAY),
        "splits into p1 | p2 and p4 | p3",
        "cut off from one another: p1 | p2 and p4 | p3",
    ),
    (Partition((P1,), ((P3,),), PARTIAL), "cuts p1 off from p3 only", "cut off from each other only: p1 | p3"),
    (
        Partition((P2, P3), kind=SIMPLEX),
        "cuts the links from the others to p2 and p3",
        "cut: the links from p1 and p4 to p2 and p3",
    ),
]


@pytest.mark.parametrize(("partition", "line", "item"), WORDS)
def test_the_words(partition: Partition, line: str, item: str) -> None:
    assert action_line(partition) == f"the network {line}"
    assert split_phrase(partition, NODES) == item


def test_no_two_partitions_are_called_the_same() -> None:
    every = [partition for kind in PartitionKind for partition in partitions(kind, NODES)]
    for one, other in combinations(every, 2):
        assert action_line(one) != action_line(other)


def test_what_is_cut_off_is_part_of_the_scenario() -> None:
    scenario = Scenario(partitions=1, **HELD)
    assert flags(scenario)[6:] == ["--partitions", "1", "--cut-off", "held"]
    assert short_name(scenario) == "partitions1-held"
    assert scenario_phrase(scenario).endswith("FIFO channels, messages held back while cut off")
    for one in (scenario, Scenario(**HELD), Scenario(partitions=2, partition_kind=PARTIAL, **HELD)):
        assert scenario_of_words(flags(one)) == one
    assert ScenarioFlags(cut_off="held").scenario() == scenario


def test_the_kind_is_part_of_the_scenario() -> None:
    scenario = Scenario(partitions=2, partition_kind=PARTIAL)
    assert flags(scenario)[6:] == ["--partitions", "2", "--partition-kind", "partial"]
    assert short_name(scenario) == "partitions2-partial"
    assert "2 partial partitions;" in scenario_phrase(scenario)
    for one in (scenario, Scenario(partition_kind=SIMPLEX), Scenario(partitions=1)):
        assert scenario_of_words(flags(one)) == one
    assert ScenarioFlags(partition_kind="multiway").scenario() == Scenario(partitions=1, partition_kind=MULTIWAY)
    with pytest.raises(UsageError, match="--partition-kind oneway: choose one of complete, multiway, partial, simplex"):
        ScenarioFlags(partition_kind="oneway").scenario()


def test_in_a_file_a_complete_partition_is_known_by_the_side_of_p1() -> None:
    def said(kind: PartitionKind, partition: Partition) -> Any:
        steps = Steps(partition_kind=kind)
        steps.after(partition)
        return encode_system(steps.system)["split"]

    assert said(COMPLETE, Partition((P1, P3))) == {"#set": ["p1", "p3"]}
    partial = {"tag": "Partition", "side": {"#tup": ["p1"]}, "others": {"#tup": [{"#tup": ["p3"]}]}}
    kind = {"kind": {"tag": "PartitionKind", "value": "PARTIAL"}}
    assert said(PARTIAL, Partition((P1,), ((P3,),), PARTIAL)) == partial | kind


@pytest.mark.parametrize("kind", PartitionKind)
def test_precision_is_judged_only_where_there_are_components(kind: PartitionKind) -> None:
    scenario = Scenario(partitions=1, partition_kind=kind)
    if kind in (COMPLETE, MULTIWAY):
        assert [wanted.name for wanted in select(["precision"], scenario, BUILT_IN)[0]] == ["precision"]
        return
    with pytest.raises(UsageError, match=f"a {kind.value} partition makes none; drop --partition-kind {kind.value}"):
        select(["precision"], scenario, BUILT_IN)


def test_what_could_be_listed_in_no_time_is_refused() -> None:
    Semantics(Gms1(), Scenario(nodes=11, partitions=1))
    with pytest.raises(TooLargeError, match="a simplex partition can part 11 processes in too many ways; take at most 10"):
        Semantics(Gms1(), Scenario(nodes=11, partitions=1, partition_kind=SIMPLEX))


# --- both engines and the referee -----------------------------------------------------------------------------------------


SEEDS = (4, 9, 17, 22, 31, 44, 45)  # every kind, lost and held; in most of them, messages are held


def test_the_engines_agree_with_the_referee_where_the_network_splits_in_any_way() -> None:
    assert {agree(seed, 250, "parted") for seed in SEEDS} == {"agree"}
