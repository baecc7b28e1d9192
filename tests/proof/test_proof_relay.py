"""The proof of gms3-relay: every obligation holds, every clause is needed, and mistakes violate obligations."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from groupy_check.checker.interfaces.cli import main
from groupy_check.checker.proof.language import And
from groupy_check.checker.proof.model import Model
from groupy_check.checker.proof.models.gms3 import PARSER
from groupy_check.checker.proof.models.relay import gms3_relay
from groupy_check.checker.proof.proving import prove
from groupy_check.checker.proof.solving import SAFETY, Prover, obligations
from tests.proof.test_proof import assert_broken, changed, first_broken, unguarded, without_change

relay = cache(gms3_relay)


@pytest.mark.long
def test_every_obligation_is_proved_and_every_transition_can_happen():
    proof = prove(relay())
    assert not proof.failed
    assert not proof.unknown
    assert sum(group.obligations for group in proof.groups) == sum(group.proved for group in proof.groups) == 731
    assert sum(group.seconds for group in proof.groups) < 120


def test_what_is_proved_is_uniform_and_follows_from_the_clauses():
    """No safety clause requires that a process that has taken something is up."""
    prover = Prover(relay())
    asked = [one for one in obligations(relay()) if one.group == SAFETY]
    assert [prover.check(one).proved for one in asked] == [True, True, True]
    assert [one.clause.text for one in asked] == [
        "log(i, x, c) & log(j, x, d) -> c = d",
        "log(i, x, c) & x < y & y < n(i) -> exists d. log(i, y, d)",
        "log(j, x, c) & here(i) & ~(x < n(i)) -> exists r. sent(r, i, x, c)",
    ]


@pytest.mark.long
def test_every_clause_is_needed():
    hints: list[str] = []
    for clause in relay().invariants:
        assert first_broken(relay().without(clause.name), hints), f"it is proved without '{clause.name}' as well"


def test_the_command_knows_the_proof(capsys):
    assert main(["prove", "gms3-relay", "--link", "--messages", "1", "--crashes", "1"]) == 0
    assert "gms3-relay: LINKED to the model of gms3-relay" in capsys.readouterr().out


# --- mistakes ----------------------------------------------------------------------------------------------------------


def with_changes(name: str, *texts: str) -> Model:
    """gms3-relay, with `texts` as the updates of its transition `name`."""
    head = f"{name}({', '.join(each.name for each in relay().transition(name).parameters)})"
    return changed(relay(), name, updates=PARSER.transition(head, [], list(texts)).updates)


RELAY = "+ sent(q, j, x, c) where age(i) = q & admitted(j) & j != i & list(i, age(j))"
TAKEN = ("+ log(i, x, c)", "n(i) := m")
UNSENT = "whatever is taken was sent to the younger"
MISTAKES: list[Any] = [
    ("relay after delivery", lambda: with_changes("take message cut", f"{RELAY} & upto(age(j), u)", *TAKEN, "- up(i)"),
     "take message cut", UNSENT),
    ("no relay", lambda: with_changes("take message", *TAKEN), "take message",
     "a process that is behind has been sent the rest"),
    ("relay to the elders only", lambda: with_changes("take message", f"{RELAY} & age(j) < q", *TAKEN), "take message",
     "a process that is behind has been sent the rest"),
    ("a view goes to the old list", lambda: with_changes("take view", RELAY, *TAKEN, "- led(i, q)", "+ led(i, a)",
     "- list(i, q)", "+ list(i, q) where names(c, q) & q != a"), "take view", UNSENT),
    ("relay in descending order", lambda: with_changes("take message cut", f"{RELAY} & upto(u, age(j))", "- up(i)"),
     "take message cut", "elders are sent to first"),
    ("broadcast in descending order", lambda: with_changes("multicast cut",
     "+ sent(r, i, x, c) where admitted(i) & list(s, age(i)) & upto(a, age(i))", "- up(s)"),
     "multicast cut", "elders are sent to first"),
    ("delivery before the broadcast", lambda: with_changes("multicast cut", "+ log(s, x, c)",
     "+ sent(r, i, x, c) where admitted(i) & list(s, age(i)) & upto(age(i), a)", "- up(s)"), "multicast cut", UNSENT),
    ("number not advanced", lambda: without_change(relay(), "take message", "n", "i"), "take message",
     "taken numbers are below n"),
    ("any number will do", lambda: unguarded(relay(), "take message", "n(i) = x"), "take message",
     "no number below n is skipped"),
    ("no Down guard", lambda: unguarded(relay(), "take over", "all e. ~sent(r, i, n(i), e)"), "take over",
     "one content per number taken"),
    ("false suspicion", lambda: unguarded(relay(), "take over", "~up(s)"), "take over", "the elders of a leader are dead"),
    ("joiner unlisted", lambda: without_change(relay(), "admit", "list", "s b"), "admit", "a leader lists all after it"),
]  # fmt: skip


@pytest.mark.parametrize(("make", "group", "clause"), [each[1:] for each in MISTAKES], ids=[each[0] for each in MISTAKES])
def test_a_mistake_violates_an_obligation_for_z3_and_for_the_interpreter(make, group, clause):
    assert_broken(make(), group, clause)


def to_the_younger(wanted: Model, name: str) -> Model:
    """`wanted`, in which a slave relays only to those after it what it takes by the transition `name`."""
    younger = PARSER.transition("take(i)", [], ["+ sent(q, j, x, c) where age(i) = q & q < age(j)"]).updates[0].where
    old = wanted.transition(name).updates
    new = tuple(replace(one, where=And((one.where, younger))) if one.symbol.name == "sent" else one for one in old)
    assert new != old
    return changed(wanted, name, updates=new)


@pytest.mark.parametrize("name", ["take message", "take view"])
def test_relaying_to_the_younger_is_enough(name):
    """A slave's elders get what it takes from elders of their own, so half of the relay is not needed for safety."""
    groups = (name, f"{name} cut")
    wanted = to_the_younger(to_the_younger(relay(), name), f"{name} cut")
    prover = Prover(wanted)
    answers = [prover.check(one) for one in obligations(wanted) if one.group in groups]
    assert len(answers) == 2 * len(wanted.invariants)
    assert all(answer.proved for answer in answers)
