"""The proof of fbcast's flush: every obligation holds, every clause is needed, and mistakes violate obligations."""

from __future__ import annotations

from functools import cache
from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from groupy_check.checker.interfaces.cli import main
from groupy_check.checker.proof.model import Model
from groupy_check.checker.proof.models.fbcast import PARSER, fbcast
from groupy_check.checker.proof.proving import prove
from groupy_check.checker.proof.registry import at_most
from groupy_check.groupy_model.proof_result import Counterexample, Possibility, RelationChange
from groupy_check.reports.tables.proof import print_counterexample
from tests.proof.test_proof import assert_broken, changed, first_broken, unguarded, without_change

flush = cache(fbcast)


def test_every_obligation_is_proved_and_every_transition_can_happen():
    proof = prove(flush())
    assert not proof.failed
    assert not proof.unknown
    assert all(group.possible is Possibility.YES for group in proof.groups)
    assert sum(group.obligations for group in proof.groups) == sum(group.proved for group in proof.groups) == 173
    assert sum(group.seconds for group in proof.groups) < 20


def test_it_is_proved_for_small_groups_as_well():
    assert not prove(at_most(flush(), 3)).failed


@pytest.mark.parametrize("clause", [clause.name for clause in flush().invariants])
def test_every_clause_is_needed(clause):
    assert first_broken(flush().without(clause), [])


def with_guard(name: str, *texts: str) -> Model:
    """fbcast, with `texts` as the guard of its transition `name`."""
    head = f"{name}({', '.join(each.name for each in flush().transition(name).parameters)})"
    return changed(flush(), name, guard=PARSER.transition(head, list(texts), []).guard)


def with_changes(name: str, *texts: str) -> Model:
    """fbcast, with `texts` as the updates of its transition `name`."""
    head = f"{name}({', '.join(each.name for each in flush().transition(name).parameters)})"
    return changed(flush(), name, updates=PARSER.transition(head, [], list(texts)).updates)


AHEAD = "all m. had(q, w, m) & sent(q, p, m) -> has(p, m) | gone(p, of(m))"
UNCUT = "all w. flushed(p, w) & ~(w < v) -> member(q, w)"
STAYS_OUT = "all q, u, v. flushed(p, u) & flushed(p, v) & u < v & member(q, u) & ~member(q, v) -> ~member(q, w)"
DEMANDED = "all m. of(m) = v & held(u, m) -> has(p, m)"
ALL_HELD = "a process that went on has everything held"
SENT = "whatever is held is sent ahead of some FLUSH"
MISTAKES: list[Any] = [
    ("no echo", lambda: without_change(flush(), "flush", "sent", "p q m"), "flush", "copies are sent ahead of FLUSH"),
    ("flush before echo", lambda: unguarded(flush(), "hear", AHEAD), "hear",
     "whoever has read FLUSH has read the copies ahead of it"),
    ("hears the cut", lambda: unguarded(flush(), "receive", UNCUT), "receive", SENT),
    ("not all flushes", lambda: with_guard("install", "latest(p, u)", "stays(p, v)", "v < u"), "install", ALL_HELD),
    ("one flush", lambda: with_guard("install", "latest(p, u)", "exists q. heard(p, q, u)", "stays(p, v)", "v < u"), "install",
     ALL_HELD),
    ("not wedged", lambda: unguarded(flush(), "multicast", "latest(p, v)"), "multicast",
     "whatever a process has after its flush is held"),
    ("a dead view", lambda: with_guard("install", "all q. member(q, u) & q != p -> heard(p, q, u)", "stays(p, v)", "v < u"),
     "install", "a process that went on has flushed for both views"),
    ("lets in again", lambda: unguarded(flush(), "flush", STAYS_OUT), "flush", "processes that are cut stay out"),
    ("delivers too late", lambda: with_changes("receive", "+ knows(p, q, m)", "+ has(p, m)"), "receive",
     "whatever a process has after its flush is held"),
    ("follows nobody", lambda: unguarded(flush(), "follow", "told(q, w, v, u)"), "follow", ALL_HELD),
    ("follows before the flush is over", lambda: unguarded(flush(), "follow", "complete(p, w)"), "follow", ALL_HELD),
    ("believes joiners", lambda: unguarded(flush(), "follow a joiner", DEMANDED), "follow a joiner", ALL_HELD),
    ("skips", lambda: unguarded(flush(), "install", "all q, w. member(q, u) -> ~told(q, u, v, w)"), "install",
     "a path skips nothing that was told"),
    ("goes on from where it never was", lambda: unguarded(flush(), "install", "stays(p, v)"), "install",
     "a process that went on has flushed for both views"),
]  # fmt: skip


@pytest.mark.parametrize(("make", "group", "clause"), [each[1:] for each in MISTAKES], ids=[each[0] for each in MISTAKES])
def test_a_mistake_violates_an_obligation_for_z3_and_for_the_interpreter(make, group, clause):
    assert_broken(make(), group, clause)


def test_both_states_are_drawn_with_a_lane_for_each_process():
    shown = Counterexample(
        "flush", (("p", "p1"),), "a clause", "its text", (("p", "p1"),),
        (
            RelationChange("up", ("p1", "p2"), ("p1", "p2")),
            RelationChange("n", ("p1: 0", "p2: 0"), ("p1: 1", "p2: 0")),
            RelationChange("list", ("p1, p2", "p1, p3"), ("p1, p3",)),
            RelationChange("sent", (), ("p1, p2, m1", "p1, p2, m2")),
            RelationChange("names", ("m1, p1", "m1, p2", "m2, p1"), ("m1, p1", "m1, p2", "m2, p1")),
            RelationChange("used", ("v1", "v2"), ("v1", "v2", "v3")),
        ),
        ("p1", "p2", "p3"),
    )  # fmt: skip
    out = StringIO()
    print_counterexample(Console(file=out, width=100), shown, {})
    lines = [line.rstrip() for line in out.getvalue().splitlines()]
    assert lines[6:21] == [
        "         p1              p2",
        "before   up              up",
        "         n 0             n 0",
        "         list p2 p3",
        "         |               |",
        "flush    *               |",
        "         |               |",
        "after    - n 0           unchanged",
        "         - list p2",
        "         + n 1",
        "         + sent p2, m1",
        "         + sent p2, m2",
        "also: names m1: p1 p2; names m2: p1; used v1 v2",
        "also gained: used v3",
        "",
    ]


def test_the_command_knows_the_proof_and_the_link(capsys):
    assert main(["prove", "fbcast"]) == 0
    assert capsys.readouterr().out.startswith(
        "fbcast: PROVED for any number of processes: two processes that go on from one view"
    )
    assert main(["prove", "fbcast", "--link", "--messages", "1", "--crashes", "1"]) == 0
    assert "fbcast: LINKED to the model of fbcast" in capsys.readouterr().out
