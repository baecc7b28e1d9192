"""Servers that keep the membership of others: exact counts, what a client sees, and each planted bug."""

from __future__ import annotations

from functools import cache, reduce
from typing import Any

import pytest

from groupy_check.checker.counterexamples.trace_file import line_matchers, matched
from groupy_check.checker.inputs.protocols import load_protocol
from groupy_check.checker.search.bfs import Explorer, Limits
from groupy_check.checker.semantics.enabled import Semantics
from groupy_check.groupy_model.effects import Install, Send, View
from groupy_check.groupy_model.events import Leave, Receive
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.observations import History, Installed
from groupy_check.groupy_model.protocol import Step
from groupy_check.groupy_model.protocols.groupy.gms1 import JoinAsked
from groupy_check.groupy_model.protocols.membership.gmp2 import AskThere, Excluded, Expelled, Report
from groupy_check.groupy_model.protocols.membership.gms_service import (
    Client,
    Confirm,
    GmsService,
    GroupViews,
    Server,
    clients,
    servers,
)
from groupy_check.groupy_model.protocols.registry import PROTOCOLS
from groupy_check.groupy_model.scenario import Order, Scenario
from groupy_check.groupy_model.verdict import Extent, Kind, Result, Witness
from groupy_check.specs.property import Property
from groupy_check.specs.registry import PROPERTIES
from tests.support.exploring import violated

P1, P2, P3, P4, P5, P6 = map(Node, range(1, 7))


def _skipped(history: History) -> Witness | None:
    """A client begins with a view that it is in, and from there on misses none."""
    for life in history.lives[3:]:
        numbers = [view.id for view in life.views]
        if any(life.node not in view.members for view in life.views) or numbers != list(
            range(numbers[0], numbers[0] + len(numbers)) if numbers else ()
        ):
            return Witness(f"{life.node} installed {numbers}", (life.node,))
    return None


def _many(history: History) -> bool:
    return any(len(life.views) > 1 for life in history.lives[3:])


NO_GAPS = Property(
    "no-gaps",
    Kind.SAFETY,
    "a client misses no view",
    "JGroups",
    frozenset({Installed}),
    _skipped,
    _many,
    "a client saw two views",
)
WANTED = ("view-agreement", "monotonic-views", "self-inclusion", "completeness")


def explored(name: str, *wanted: str, start: tuple[str, ...] = (), **scenario: Any) -> Result:
    return _explored(name, wanted or WANTED, start, Scenario(**{"messages": 0, **scenario}))


@cache
def _explored(name: str, wanted: tuple[str, ...], start: tuple[str, ...], scenario: Scenario) -> Result:
    protocol = load_protocol(name)
    actions = matched(protocol, scenario, line_matchers(start))
    properties = [*(PROPERTIES[one] for one in wanted), NO_GAPS]
    return Explorer(protocol, scenario, properties, Limits(), start=actions).run()


def ends_in(name: str, lines: tuple[str, ...], **scenario: Any) -> Any:
    """The state at rest to which `lines` lead when everything owed happens afterwards, always the first thing first."""
    protocol, world = load_protocol(name), Scenario(**{"messages": 0, "crashes": 0, **scenario})
    semantics = Semantics(protocol, world, frozenset({Installed}))
    system = reduce(semantics.apply, matched(protocol, world, line_matchers(lines)), semantics.initial())
    while owed := semantics.owed(system):
        system = semantics.apply(system, owed[0])
    return system


# --- what holds ----------------------------------------------------------------------------------------------------------

# Scenario, distinct states, states generated, depth: all of WANTED holds, and no client misses a view.
HOLDS: list[Any] = [
    ({"crashes": 0, "joins": 1}, 58, 127, 10),
    ({"crashes": 0, "joins": 2}, 2636, 8972, 22),
    ({"joins": 1}, 3369, 9624, 20),
    ({"crashes": 0, "joins": 1, "drops": 1}, 178, 473, 11),
    ({"nodes": 4}, 303, 807, 10),
    ({"nodes": 4, "crashes": 0, "suspicions": 1}, 186, 347, 10),
    ({"nodes": 4, "leaves": 1}, 2237, 5954, 21),
    ({"nodes": 5}, 1223, 4112, 12),
    ({"nodes": 2, "crashes": 0, "joins": 2}, 169, 351, 16),
    pytest.param({"nodes": 4, "crashes": 0, "partitions": 1}, 59315, 248778, 19, marks=pytest.mark.long, id="parted"),
]


@pytest.mark.parametrize(("scenario", "distinct", "generated", "depth"), HOLDS)
def test_servers_and_clients_agree_on_their_views(scenario, distinct, generated, depth):
    result = explored("gms-service", **scenario)
    assert (result.coverage.extent, violated(result)) == (Extent.EXHAUSTED, {})
    assert (result.coverage.distinct, result.coverage.generated, result.coverage.depth) == (distinct, generated, depth)


def test_what_is_not_promised():
    assert violated(explored("gms-service", "accuracy", nodes=4, crashes=0, suspicions=1)) == {"accuracy": 3}
    # Without a majority of the servers no view comes any more; the group may lose any number at once.
    assert violated(explored("gms-service", "completeness", nodes=4, crashes=2)) == {"completeness": 4}
    # The property knows of one group only, and the servers and their clients are two from the beginning.
    assert violated(explored("gms-service", "primary-partition", nodes=5)) == {"primary-partition": 0}


def test_a_server_installs_who_serves_and_a_client_its_group():
    system = ends_in("gms-service", ("p4 crashes",), nodes=5, crashes=1)
    logs = [[entry.view for entry in process.log] for process in system.processes]
    serving = [View(2, (P1, P2, P3))]
    assert logs == [serving, serving, serving, [View(1002, (P4, P5))], [View(1002, (P4, P5)), View(1003, (P5,))]]
    table = system.processes[0].local.gmp.view
    assert (table.id, servers(table), clients(table), table.group) == (5, (P1, P2, P3), (P5,), View(1003, (P5,)))


def test_a_client_may_leave_and_one_that_was_excluded_comes_back_under_a_new_name():
    system = ends_in("gms-service", ("p4 asks to leave",), nodes=5, leaves=1)
    assert (system.processes[3].local, system.processes[4].local.view) == (Excluded(P4, P1), View(1003, (P5,)))
    lines = (
        "p1 wrongly suspects p4",
        "p2 receives propose t5 {p1,p2,p3} v1003 {p5} by p1 from p1",
        "p1 receives ok(5) from p2",
    )
    system = ends_in("gms-service", (*lines, "p6 asks to join through p4"), nodes=5, joins=1, suspicions=1)
    assert (system.processes[3].local, system.processes[5].local.view) == (Excluded(P4, P1), View(1004, (P5, P6)))


def test_a_client_takes_views_in_order_only():
    protocol, first, second, third = GmsService(), *(View(1001 + k, (P4, P5)) for k in range(3))
    told = protocol.step(Client(P4, first, P1), Receive(P2, GroupViews((first, second, third))))
    assert told == Step(Client(P4, third, P2), (Install(second), Install(third), Send(P2, Confirm(1003))))
    assert protocol.step(Client(P4, first, P1), Receive(P1, GroupViews((third,)))).effects == (Send(P1, Confirm(1001)),)
    assert protocol.step(Client(P4, third, P1), Receive(P1, GroupViews((first,)))).effects == (Send(P1, Confirm(1003)),)


def test_clients_only_ask_and_pass_on_where_to_ask():
    protocol, inside = GmsService(), Client(P4, View(1001, (P4,)), P1)
    assert protocol.step(Client(P4), Receive(P5, JoinAsked(P5))) is None
    assert protocol.step(inside, Receive(P5, JoinAsked(P5))) == Step(inside, (Send(P5, AskThere(P1)),))
    assert protocol.step(Client(P5), Receive(P4, AskThere(P1))) == Step(Client(P5), (Send(P1, JoinAsked(P5)),))
    assert protocol.step(inside, Receive(P1, Expelled(4))) == Step(Excluded(P4, P1))
    assert protocol.step(inside, Leave()) == Step(inside, (Send(P1, Report(frozenset({P4}))),))
    assert protocol.step(Client(P4), Leave()) is None


def test_seniority_is_among_servers_however_late_they_come():
    protocol, older = GmsService(), GmsService().following(None, (P1,))
    table: Any = protocol.following(protocol.following(older, (P1, P4)), (P1, P4, P2))
    assert (table.id, table.members, table.group) == (2, (P1, P2, P4), View(1001, (P4,)))


def test_a_lost_report_is_sent_again():
    lines = (
        "p4 asks to join through p1",
        "p1 receives join p4 from p4",
        "p2 receives propose t3 {p1,p2,p3} v1001 {p4} by p1 from p1",
        "p1 receives ok(3) from p2",
        "the network loses group views [v1001 {p4}] from p1 to p4 (position 1 in the queue)",
    )
    system = ends_in("gms-service", lines, joins=1, drops=1)
    assert system.processes[3].local == Client(P4, View(1001, (P4,)), P1)
    assert system.processes[0].local.confirmed == ((P4, 1001),)
    assert not system.processes[0].timers


# --- what fails without each rule ----------------------------------------------------------------------------------------

WRONG = (
    "p4 asks to join through p1",
    "p5 asks to join through p2",
    "p2 wrongly suspects p1",
    "p1 receives join p4 from p4",
    "p2 receives join p5 from p5",
    "p3 receives inquire(2) from p2",
)
UNTOLD = (
    "p5 crashes",
    "p1 detects that p5 is down",
    "p2 receives propose t5 {p1,p2,p3} v1003 {p4} by p1 from p1",
    "p1 receives ok(5) from p2 and crashes after 2 effects",
)
SAME_PLACE = (
    "p4 asks to join through p1",
    "p1 receives join p4 from p4",
    "p2 receives propose t3 {p1,p2,p3} v1001 {p4} by p1 from p1",
    "p1 receives ok(3) from p2",
    "p4 crashes",
    "p5 asks to join through p1",
)
# Each planted bug: scenario, what its states number, what it violates in how many steps; what the states of gms-service number.
MUTANTS: list[tuple[str, dict[str, Any], int, dict[str, int], int]] = [
    (
        "gms-service~reports-early",
        {"joins": 2, "crashes": 0, "suspicions": 1, "start": WRONG},
        252,
        {"view-agreement": 9},
        60,
    ),
    ("gms-service~no-resend", {"nodes": 5, "crashes": 2, "start": UNTOLD}, 444, {"completeness": 16}, 1076),
    (
        "gms-service~address-reused",
        {"joins": 2, "start": SAME_PLACE},
        3292,
        {"self-inclusion": 8, "no-gaps": 8, "completeness": 22},
        8989,
    ),
]


@pytest.mark.parametrize(("mutant", "scenario", "distinct", "lengths", "original"), MUTANTS)
def test_every_planted_bug_is_found(mutant, scenario, distinct, lengths, original):
    result = explored(mutant, **scenario)
    assert (result.coverage.extent, result.coverage.distinct, violated(result)) == (Extent.EXHAUSTED, distinct, lengths)
    result = explored("gms-service", **scenario)
    assert (result.coverage.extent, result.coverage.distinct, violated(result)) == (Extent.EXHAUSTED, original, {})


def test_what_the_process_before_has_confirmed_counts_for_its_successor():
    lines = (
        *SAME_PLACE[:4],
        "p4 receives group views [v1001 {p4}] from p1",
        "p1 receives confirm(1001) from p4",
        *SAME_PLACE[4:],
    )
    mistaken = ends_in("gms-service~address-reused", (*lines, "p1 receives join p5 from p5"), joins=2, crashes=1)
    assert mistaken.processes[4].local == Client(P5)
    assert not any(process.timers for process in mistaken.processes)
    right = ends_in("gms-service", (*lines, "p1 receives join p5 from p5"), joins=2, crashes=1)
    assert right.processes[4].local.view is not None


def test_every_mutant_is_in_the_table():
    assert {row[0] for row in MUTANTS} == {name for name in PROTOCOLS if name.startswith("gms-service~")}


@pytest.mark.long
def test_five_processes_two_crashes_and_messages_that_overtake():
    result = explored("gms-service", "view-agreement", "self-inclusion", nodes=5, crashes=2, start=("p5 crashes",))
    assert (result.coverage.distinct, violated(result)) == (70646, {})
    result = explored("gms-service", nodes=4, crashes=0, suspicions=1, order=Order.ANY)
    assert (result.coverage.extent, violated(result)) == (Extent.EXHAUSTED, {})


def test_a_message_from_who_is_cut_confirms_nothing():
    system = ends_in("gms-service", ("p1 wrongly suspects p4",), nodes=4, suspicions=1)
    server = system.processes[0].local
    assert isinstance(server, Server)
    assert GmsService().step(server, Receive(P4, Confirm(1009))) == Step(server)
