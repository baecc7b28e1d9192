"""Birman's group membership protocol: exact counts, what majorities and the inquiry are there for, and each planted bug."""

from __future__ import annotations

from functools import cache, reduce
from typing import Any

import pytest

from groupy_check.checker.counterexamples.trace_file import line_matchers, matched
from groupy_check.checker.inputs.protocols import load_protocol
from groupy_check.checker.native.search import NativeExplorer
from groupy_check.checker.search.bfs import Explorer, Limits
from groupy_check.checker.semantics.enabled import Semantics
from groupy_check.groupy_model.effects import View
from groupy_check.groupy_model.events import Multicast, Receive
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.observations import Installed
from groupy_check.groupy_model.payloads import Change
from groupy_check.groupy_model.protocol import Step
from groupy_check.groupy_model.protocols.groupy.gms1 import JoinAsked, Joining
from groupy_check.groupy_model.protocols.membership.gmp2 import Excluded
from groupy_check.groupy_model.protocols.registry import PROTOCOLS
from groupy_check.groupy_model.scenario import Beginning, Detector, Order, Scenario
from groupy_check.groupy_model.verdict import Extent, Result
from groupy_check.specs.registry import PROPERTIES
from tests.support.exploring import MANY, violated

VIEWS = ("view-agreement", "monotonic-views", "self-inclusion", "primary-partition")
P1, P2, P3, P4, P5 = map(Node, range(1, 6))


def explored(name: str, *wanted: str, start: tuple[str, ...] = (), fast: bool = False, **scenario: Any) -> Result:
    return _explored(name, wanted or VIEWS, start, fast, Scenario(**{"messages": 0, **scenario}))


@cache
def _explored(name: str, wanted: tuple[str, ...], start: tuple[str, ...], fast: bool, scenario: Scenario) -> Result:
    protocol = load_protocol(name)
    actions = matched(protocol, scenario, line_matchers(start))
    engine = NativeExplorer if fast else Explorer
    return engine(protocol, scenario, [PROPERTIES[one] for one in wanted], Limits(), start=actions).run()


def ends_in(name: str, lines: tuple[str, ...], **scenario: Any) -> Any:
    protocol, world = load_protocol(name), Scenario(**{"messages": 0, "crashes": 0, **scenario})
    semantics = Semantics(protocol, world, frozenset({Installed}))
    return reduce(semantics.apply, matched(protocol, world, line_matchers(lines)), semantics.initial())


# --- what holds ----------------------------------------------------------------------------------------------------------


def large(*row: Any, mark: Any = pytest.mark.slow) -> Any:
    """A row that takes seconds, or minutes, even of the native engine."""
    return pytest.param(*row, marks=mark, id=" ".join([row[0], *(f"{count} {name}" for name, count in row[1].items())]))


# Protocol, scenario, distinct states, states generated, depth: all that is claimed holds, whatever is suspected.
HOLDS: list[Any] = [
    ("gmp2", {"crashes": 1}, 37, 56, 6),
    ("gmp2", {"crashes": 0, "suspicions": 1}, 29, 33, 6),
    ("gmp2", {"crashes": 0, "suspicions": 2}, 197, 349, 7),
    ("gmp2", {"crashes": 1, "suspicions": 2}, 1417, 3290, 10),
    ("gmp2", {"crashes": 0, "partitions": 1}, 449, 1260, 9),
    ("gmp2", {"crashes": 0, "suspicions": 2, "drops": 1}, 409, 801, 8),
    ("gmp2", {"crashes": 1, "joins": 1}, 3123, 9364, 18),
    ("gmp2", {"crashes": 0, "suspicions": 1, "joins": 1}, 1602, 4064, 18),
    ("gmp2", {"nodes": 4, "crashes": 0, "suspicions": 2}, 3259, 7270, 15),
    ("gmp3", {"crashes": 1}, 55, 86, 8),
    ("gmp3", {"crashes": 0, "suspicions": 1}, 44, 50, 8),
    ("gmp3", {"crashes": 0, "suspicions": 2}, 350, 632, 10),
    ("gmp3", {"crashes": 1, "suspicions": 2}, 2598, 6061, 13),
    ("gmp3", {"crashes": 0, "partitions": 1}, 843, 2403, 11),
    ("gmp3", {"crashes": 0, "suspicions": 2, "drops": 1}, 754, 1528, 10),
    ("gmp3", {"crashes": 0, "suspicions": 2, "duplicates": 1}, 1752, 4132, 12),
    ("gmp3", {"crashes": 0, "suspicions": 2, "order": Order.ANY}, 364, 663, 10),
    ("gmp3", {"crashes": 1, "suspicions": 1, "detector": Detector.OVERTAKING}, 967, 1888, 11),
    ("gmp3", {"crashes": 1, "joins": 1}, 5485, 16258, 25),
    ("gmp3", {"crashes": 0, "suspicions": 1, "joins": 1}, 8132, 27766, 26),
    ("gmp3", {"nodes": 4, "crashes": 2}, 7724, 22965, 22),
    ("gmp3", {"crashes": 1, "beginning": Beginning.JOINING}, 349, 581, 18),
    ("gmp2", {"crashes": 1, "partitions": 1, "suspicions": 1}, 8344, 34641, 12),
    ("gmp3", {"crashes": 1, "partitions": 1, "suspicions": 1}, 15478, 64690, 14),
    ("gmp2", {"crashes": 2, "partitions": 1, "suspicions": 2}, 20280, 108213, 12),
    ("gmp3", {"crashes": 2, "partitions": 1, "suspicions": 2}, 38180, 204935, 15),
    large("gmp3", {"nodes": 4, "crashes": 0, "suspicions": 2}, 9244, 21160, 23),
    large("gmp3", {"nodes": 4, "crashes": 1, "suspicions": 1}, 40219, 117107, 24),
    large("gmp2", {"nodes": 4, "crashes": 0, "partitions": 1}, 54797, 256756, 14),
    large("gmp3", {"nodes": 4, "crashes": 0, "partitions": 1}, 271163, 1422725, 19),
    large("gmp2", {"nodes": 4, "crashes": 2, "suspicions": 2}, 419377, 1836315, 21),
    large("gmp3", {"nodes": 4, "crashes": 2, "suspicions": 2}, 1196901, 5523259, 29),
    large("gmp2", {"nodes": 4, "crashes": 2, "partitions": 1}, 668621, 4018468, 21),
    large("gmp3", {"nodes": 4, "crashes": 2, "partitions": 1}, 1938101, 12728188, 28, mark=pytest.mark.long),
    large("gmp2", {"nodes": 4, "crashes": 0, "suspicions": 1, "partitions": 1}, 1382038, 6734174, 22, mark=pytest.mark.long),
    large("gmp3", {"nodes": 4, "crashes": 0, "suspicions": 1, "partitions": 1}, 6458085, 34185129, 29, mark=pytest.mark.long),
    large("gmp2", {"nodes": 4, "crashes": 1, "suspicions": 1, "partitions": 1}, 5624204, 31816679, 23, mark=pytest.mark.long),
    large("gmp3", {"nodes": 4, "crashes": 1, "suspicions": 1, "partitions": 1}, 20654395, 127479113, 31, mark=pytest.mark.long),
]


@pytest.mark.parametrize(("name", "scenario", "distinct", "generated", "depth"), HOLDS)
def test_views_form_one_sequence(name, scenario, distinct, generated, depth):
    result = explored(name, fast=distinct > MANY, **scenario)
    assert (result.coverage.extent, violated(result)) == (Extent.EXHAUSTED, {})
    assert (result.coverage.distinct, result.coverage.generated, result.coverage.depth) == (distinct, generated, depth)
    assert all(finding.exercised and finding.claimed for finding in result.findings)


def test_who_is_suspected_falsely_is_excluded_alive():
    """Views are agreed on, they are not accurate."""
    assert violated(explored("gmp2", "accuracy", crashes=0, suspicions=1)) == {"accuracy": 3}
    assert violated(explored("gmp3", "accuracy", crashes=0, suspicions=1)) == {"accuracy": 3}
    assert violated(explored("gmp3", "accuracy", crashes=1, joins=1)) == {}


def test_the_third_phase_goes_on_where_the_second_protocol_waits_for_ever():
    assert violated(explored("gmp2", "completeness")) == {"completeness": 3}
    assert violated(explored("gmp3", "completeness")) == {}
    assert violated(explored("gmp3", "completeness", nodes=4)) == {}
    assert violated(explored("gmp3", "completeness", nodes=2)) == {"completeness": 2}


def test_nobody_ends_itself_and_nobody_multicasts():
    assert violated(explored("gmp3", "termination", crashes=1, suspicions=2)) == {}
    local = ends_in("gmp3", ("p1 wrongly suspects p3",), suspicions=1).processes[0].local
    assert load_protocol("gmp3").step(local, Multicast(Change(P1, 1))) is None


def test_joins_and_removals_come_in_one_view_and_the_excluded_learns_it():
    system = ends_in(
        "gmp2",
        (
            "p1 wrongly suspects p3",
            "p4 asks to join through p1",
            "p5 asks to join through p1",
            "p1 receives join p4 from p4",
            "p1 wrongly suspects p2",
            "p1 receives join p5 from p5",
        ),
        suspicions=2,
        joins=2,
    )
    assert system.processes[0].local.view == View(2, (P1, P2, P3))  # it waits for p2, whom it hears no more
    system = ends_in(
        "gmp2",
        (
            "p1 wrongly suspects p3",
            "p4 asks to join through p1",
            "p5 asks to join through p1",
            "p1 receives join p4 from p4",
            "p1 receives join p5 from p5",
            "p2 receives propose v3 {p1,p2} by p1 from p1",
            "p1 receives ok(3) from p2",
            "p3 receives expelled(3) from p1",
            "p2 receives commit [v3 {p1,p2}] from p1",
            "p2 receives propose v4 {p1,p2,p4,p5} by p1 from p1",
            "p1 receives ok(4) from p2",
            "p4 receives commit [v4 {p1,p2,p4,p5}] from p1",
        ),
        suspicions=1,
        joins=2,
    )
    assert [process.local.view.id for process in system.processes if not isinstance(process.local, Excluded | Joining)] == [
        4,
        3,
        4,
    ]
    assert system.processes[2].local == Excluded(P3, P1)


# p3 is excluded alive, learns it, and comes back as p4, which asks p3 and is sent on to p1.
REJOIN = (
    "p1 wrongly suspects p3",
    "p2 receives propose v3 {p1,p2} by p1 from p1",
    "p1 receives ok(3) from p2",
    "p3 receives expelled(3) from p1",
    "p2 receives commit [v3 {p1,p2}] from p1",
    "p4 asks to join through p3",
    "p3 receives join p4 from p4",
    "p4 receives ask_there(p1) from p3",
    "p1 receives join p4 from p4",
    "p2 receives propose v4 {p1,p2,p4} by p1 from p1",
    "p1 receives ok(4) from p2",
    "p4 receives commit [v4 {p1,p2,p4}] from p1",
    "p2 receives commit [v4 {p1,p2,p4}] from p1",
)


@pytest.mark.parametrize("name", ["gmp2", "gmp3"])
def test_who_was_excluded_alive_comes_back_under_a_new_name(name):
    system = ends_in(name, REJOIN, suspicions=1, joins=1)
    assert system.processes[2].local == Excluded(P3, P1)
    assert [system.processes[node - 1].local.view for node in (P1, P2, P4)] == [View(4, (P1, P2, P4))] * 3
    assert not any(system.channels)
    # From there on nothing goes wrong, whoever crashes or is suspected next.
    later = explored(name, *VIEWS, start=REJOIN, crashes=1, suspicions=2, joins=1)
    assert (later.coverage.extent, violated(later)) == (Extent.EXHAUSTED, {})


def test_under_its_old_name_the_excluded_is_not_heard():
    system = ends_in("gmp2", REJOIN[:5], suspicions=1, joins=1)
    leader = system.processes[0].local
    assert leader.cut == {P3}
    assert load_protocol("gmp2").step(leader, Receive(P3, JoinAsked(P3))) == Step(leader)


def test_who_has_missed_a_view_is_brought_up_to_date_view_by_view():
    system = ends_in(
        "gmp2",
        (
            "p1 wrongly suspects p4",
            "p2 receives propose v4 {p1,p2,p3} by p1 from p1",
            "p3 receives propose v4 {p1,p2,p3} by p1 from p1",
            "p1 receives ok(4) from p2",
            "p1 receives ok(4) from p3",
            "the network loses commit [v4 {p1,p2,p3}] from p1 to p3 (position 1 in the queue)",
            "p1 wrongly suspects p2",
            "p3 receives propose v5 {p1,p3} by p1 from p1",
            "p1 receives behind(3) from p3",
            "p3 receives commit [v4 {p1,p2,p3}] from p1",
            "p3 receives propose v5 {p1,p3} by p1 from p1",
            "p1 receives ok(5) from p3",
            "p3 receives commit [v5 {p1,p3}] from p1",
        ),
        nodes=4,
        suspicions=2,
        drops=1,
    )
    views = [entry.view for entry in system.processes[2].log]
    assert views == [View(3, (P1, P2, P3, P4)), View(4, (P1, P2, P3)), View(5, (P1, P3))]


# --- what fails, and why -------------------------------------------------------------------------------------------------


def test_without_majorities_a_partition_makes_two_groups():
    assert violated(explored("gmp-naive", crashes=0, partitions=1)) == {"view-agreement": 6, "primary-partition": 3}
    assert violated(explored("gmp-naive", "view-agreement", crashes=2)) == {}
    assert violated(explored("gmp-naive", "primary-partition", crashes=2)) == {"primary-partition": 4}
    assert violated(explored("gmp-naive", "view-agreement", crashes=0, suspicions=3)) == {"view-agreement": 4}


# The run that tells the youngest proposer from the oldest: p5 alone has accepted what p1 proposed, a majority what p2 did.
TWO_PROPOSERS = (
    "p6 asks to join through p1",
    "p1 receives join p6 from p6",
    "p2 wrongly suspects p1",
    "p3 receives inquire(4) from p2",
    "p4 receives inquire(4) from p2",
    "p2 receives answer 4: nothing from p3",
    "p2 receives answer 4: nothing from p4",
    "p5 receives propose v5 {p1,p2,p3,p4,p5,p6} by p1 from p1",
    "p3 receives propose v5 {p2,p3,p4,p5} by p2 from p2",
    "p4 receives propose v5 {p2,p3,p4,p5} by p2 from p2",
    "p2 receives ok(5) from p3",
    "p2 receives ok(5) from p4",
    "p3 wrongly suspects p2",
    "p4 receives inquire(4) from p3",
    "p5 receives inquire(4) from p3",
    "p3 receives answer 4: v5 {p2,p3,p4,p5} by p2 from p4",
    # What is left over from p1 and p2 is dropped, or changes nothing: out of the way with it.
    "p2 receives propose v5 {p1,p2,p3,p4,p5,p6} by p1 from p1",
    "p3 receives propose v5 {p1,p2,p3,p4,p5,p6} by p1 from p1",
    "p4 receives propose v5 {p1,p2,p3,p4,p5,p6} by p1 from p1",
    "p5 receives inquire(4) from p2",
    "p5 receives propose v5 {p2,p3,p4,p5} by p2 from p2",
    "p1 receives ok(5) from p5",
    "p1 receives expelled(5) from p2",
    "p3 receives commit [v5 {p2,p3,p4,p5}] from p2",
    "p4 receives commit [v5 {p2,p3,p4,p5}] from p2",
    "p5 receives commit [v5 {p2,p3,p4,p5}] from p2",
)
FIVE = {"nodes": 5, "joins": 1, "crashes": 0, "suspicions": 2, "start": TWO_PROPOSERS}

# p1 lets p4 and p5 in with p3's OK, then drops p3 with theirs. p2, which asked p3, commits the first view too, not the second.
TWO_AT_ONCE = (
    "p3 asks to join through p1",
    "p4 asks to join through p1",
    "p5 asks to join through p1",
    "p1 receives join p3 from p3",
    "p1 receives join p4 from p4",
    "p1 receives join p5 from p5",
    "p2 receives propose v2 {p1,p2,p3} by p1 from p1",
    "p1 receives ok(2) from p2",
    "p2 receives commit [v2 {p1,p2,p3}] from p1",
    "p3 receives commit [v2 {p1,p2,p3}] from p1",
    "p3 receives propose v3 {p1,p2,p3,p4,p5} by p1 from p1",
    "p1 receives ok(3) from p3",
    "p2 wrongly suspects p1",
    "p3 receives inquire(2) from p2",
    "p1 wrongly suspects p3",
    "p2 receives answer 2: v3 {p1,p2,p3,p4,p5} by p1 from p3",
    "p3 receives propose v3 {p1,p2,p3,p4,p5} by p2 from p2",
    "p2 receives ok(3) from p3",
    "p4 receives commit [v3 {p1,p2,p3,p4,p5}] from p1",
    "p5 receives commit [v3 {p1,p2,p3,p4,p5}] from p1",
    "p4 receives propose v4 {p1,p2,p4,p5} by p1 from p1",
    "p5 receives propose v4 {p1,p2,p4,p5} by p1 from p1",
)
BOTH_JOIN = {"nodes": 2, "joins": 3, "crashes": 0, "suspicions": 2, "start": TWO_AT_ONCE, "fast": True}

# Each planted bug: scenario, and the shortest run that violates view-agreement (of those that begin with `start`, if any).
MUTANTS: list[tuple[str, dict[str, Any], int]] = [
    ("gmp3~no-inquiry", {"joins": 1, "crashes": 0, "suspicions": 1}, 7),
    ("gmp3~no-inquiry", {"joins": 1}, 8),
    ("gmp3~no-cut", {"joins": 1, "crashes": 0, "suspicions": 1}, 9),
    ("gmp3~forgets-the-answer", {"joins": 1, "crashes": 0, "suspicions": 1}, 9),
    ("gmp3~forgets-the-answer", {"joins": 1}, 10),
    ("gmp3~oldest", FIVE, 31),
    ("gmp3~no-majority", {"crashes": 0, "suspicions": 2}, 3),
    ("gmp3~asks-once", BOTH_JOIN, 30),
]


@pytest.mark.parametrize(("mutant", "scenario", "length"), MUTANTS)
def test_every_planted_bug_lets_two_views_of_one_number_be_installed(mutant, scenario, length):
    assert violated(explored(mutant, "view-agreement", **scenario)) == {"view-agreement": length}
    original = explored("gmp3", "view-agreement", **scenario)
    assert (original.coverage.extent, violated(original)) == (Extent.EXHAUSTED, {})


@pytest.mark.slow
@pytest.mark.parametrize(
    ("scenario", "distinct"),
    [
        ({"nodes": 3, "joins": 1, "crashes": 0, "suspicions": 2}, 233391),
        ({"nodes": 3, "joins": 1, "crashes": 1, "suspicions": 1}, 360088),
        ({"nodes": 2, "joins": 2, "crashes": 0, "suspicions": 2}, 522322),
    ],
)
def test_where_no_view_can_add_two_at_once_asking_once_is_enough(scenario, distinct):
    result = explored("gmp3~asks-once", "view-agreement", fast=True, **scenario)
    assert (result.coverage.extent, result.coverage.distinct, violated(result)) == (Extent.EXHAUSTED, distinct, {})


def test_every_mutant_is_in_the_table():
    assert {row[0] for row in MUTANTS} == {name for name in PROTOCOLS if name.startswith("gmp3~")}
