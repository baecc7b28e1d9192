"""The proofs: every obligation holds, every clause is needed, and a mistake in a model violates an obligation."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from groupy_check.checker.interfaces.cli import main
from groupy_check.checker.proof.counterexample import counterexample
from groupy_check.checker.proof.language import FormulaError
from groupy_check.checker.proof.model import Model, Transition
from groupy_check.checker.proof.models.gmp import PARSER as GMP
from groupy_check.checker.proof.models.gmp import gmp2, gmp3
from groupy_check.checker.proof.models.gms3 import PARSER as GMS
from groupy_check.checker.proof.models.gms3 import gms3, gms3_fixed
from groupy_check.checker.proof.proving import prove
from groupy_check.checker.proof.registry import at_most
from groupy_check.checker.proof.solving import SAFETY, Obligation, ObligationResult, Prover, obligations
from groupy_check.groupy_model.proof_result import Possibility

MODELS = {
    "gms3-fixed": gms3_fixed,
    "gms3 of 3": lambda: at_most(gms3(), 3),
    "gms3 of 4": lambda: at_most(gms3(), 4),
    "gmp2": gmp2,
    "gmp3": gmp3,
}


@cache
def model(name: str) -> Model:
    return MODELS[name]()


def slow(*values: Any) -> Any:
    return pytest.param(*values, marks=pytest.mark.long)


# --- what is proved ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "count", "seconds"),
    [
        ("gmp2", 107, 60),
        ("gmp3", 222, 60),
        ("gms3 of 3", 322, 60),
        slow("gms3 of 4", 322, 60),
        slow("gms3-fixed", 665, 60),
    ],
)
def test_every_obligation_is_proved_and_every_transition_can_happen(name, count, seconds):
    proof = prove(model(name))
    assert not proof.failed
    assert not proof.unknown
    assert sum(group.obligations for group in proof.groups) == sum(group.proved for group in proof.groups) == count
    assert sum(group.seconds for group in proof.groups) < seconds


def broken(wanted: Model, *groups: str) -> list[str]:
    """`transition: clause` for every obligation of `groups` (default: all) that fails. An unknown result is an error."""
    prover = Prover(wanted)
    answers = [prover.check(one) for one in obligations(wanted) if not groups or one.group in groups]
    assert all(answer.proved is not None for answer in answers)
    return [f"{answer.obligation.group}: {answer.obligation.clause.name}" for answer in answers if not answer.proved]


def first_broken(wanted: Model, hints: list[str]) -> str:
    """An obligation of `wanted` that fails; groups in `hints` are tried first, and its group moves to their front."""
    names = [transition.name for transition in wanted.transitions] + [SAFETY]
    for group in [*hints, *(name for name in names if name not in hints)]:
        prover = Prover(wanted)
        for one in obligations(wanted):
            if one.group == group and prover.check(one).proved is False:
                hints.insert(0, hints.pop(hints.index(group)) if group in hints else group)
                return f"{group}: {one.clause.name}"
    return ""


@pytest.mark.long
@pytest.mark.parametrize("name", ["gmp2", "gmp3", "gms3 of 4", "gms3-fixed"])
def test_every_clause_is_needed(name):
    hints: list[str] = []
    for clause in model(name).invariants:
        assert first_broken(model(name).without(clause.name), hints), f"{name} is proved without '{clause.name}' as well"


@pytest.mark.parametrize(
    ("name", "clause", "group", "fails"),
    [
        ("gmp3", "no older proposal of something else gets a majority", "commit", "one decision per number"),
        ("gms3-fixed", "taken contents are those in queues", "take view", "one content per number taken"),
    ],
)
def test_without_the_clause_that_carries_the_proof_another_fails(name, clause, group, fails):
    weaker = model(name).without(clause)
    asked = Obligation(group, next(each for each in weaker.invariants if each.name == fails))
    assert Prover(weaker).check(asked).proved is False


# --- what is not -------------------------------------------------------------------------------------------------------

DEAF = [
    "follow: everything from a leader's elders is read",
    "take over: one content per number taken",
    "take over: everything from a leader's elders is read",
]


def test_gms3_is_not_proved_for_more_than_four():
    """With five, three crashes and three multicasts really violate prefix-order."""
    assert set(DEAF[1:]) <= set(broken(at_most(gms3(), 5), "take over"))
    assert set(DEAF) <= set(broken(gms3(), "follow", "take over"))


def changed(wanted: Model, name: str, **parts: Any) -> Model:
    """`wanted`, with other `parts` in its transition `name`."""
    return replace(wanted, transitions=tuple(replace(one, **parts) if one.name == name else one for one in wanted.transitions))


def unguarded(wanted: Model, name: str, *texts: str) -> Model:
    """`wanted`, without the parts `texts` in the guard of its transition `name`."""
    transition = wanted.transition(name)
    left = tuple(clause for clause in transition.guard if clause.text not in texts)
    assert len(left) == len(transition.guard) - len(texts)
    return changed(wanted, name, guard=left)


def without_change(wanted: Model, name: str, symbol: str, args: str) -> Model:
    """`wanted`, without the update of `symbol` at `args` in its transition `name`."""
    transition = wanted.transition(name)
    left = tuple(c for c in transition.updates if (c.symbol.name, " ".join(a.name for a in c.args)) != (symbol, args))
    assert len(left) == len(transition.updates) - 1
    return changed(wanted, name, updates=left)


def rewritten(wanted: Model, transition: Transition) -> Model:
    """`wanted`, with `transition` instead of the one of the same name."""
    assert transition.parameters == wanted.transition(transition.name).parameters
    return changed(wanted, transition.name, guard=transition.guard, updates=transition.updates)


def descending() -> Model:
    """The leader sends to the youngest first."""
    text = "+ sent(r, i, x, c) where admitted(i) & list(s, age(i)) & upto(a, age(i))"
    guard = [clause.text for clause in gms3_fixed().transition("multicast cut").guard]
    return rewritten(gms3_fixed(), GMS.transition("multicast cut(s, r, x, c, a)", guard, [text, "- up(s)"]))


def oldest_first() -> Model:
    """A candidate repeats the proposal of the oldest proposer instead of the youngest."""
    old, new = (f"all q, d. of(m, q) & ans(q, a, x, d) -> ~before(v, {pair})" for pair in ("a1, d", "d, a1"))
    transition = gmp3().transition("propose again")
    guard = tuple(GMP.transition("again(a, a1, x, v, m)", [new], []).guard[0] if c.text == old else c for c in transition.guard)
    assert guard != transition.guard
    return changed(gmp3(), "propose again", guard=guard)


ASKED = "all p. of(m, p) -> heard(p, a, x)"
MISTAKES: list[Any] = [
    ("no repeat", lambda: without_change(gms3_fixed(), "take over", "sent", "b j y d"), "take over",
     "a leader has sent what it knows"),
    ("number not advanced", lambda: without_change(gms3_fixed(), "multicast", "n", "s"), "multicast",
     "taken numbers are below n"),
    ("no Down guard", lambda: unguarded(gms3_fixed(), "take over", "all e. ~sent(r, i, n(i), e)"), "take over",
     "one content per number taken"),
    ("descending order", descending, "multicast cut", "elders are sent to first"),
    ("false suspicion", lambda: unguarded(gms3_fixed(), "follow", "~up(s)"), "follow", "the elders of a leader are dead"),
    ("joiner unlisted", lambda: without_change(gms3_fixed(), "admit", "list", "s b"), "admit", "a leader lists all after it"),
    ("no inquiry", lambda: unguarded(gmp3(), "propose freely", ASKED), "propose freely",
     "no older proposal of something else gets a majority"),
    ("oldest instead of youngest", oldest_first, "propose again", "no older proposal of something else gets a majority"),
    ("no cut", lambda: unguarded(gmp3(), "answer", "all b. before(v, b, a) -> cut(p, b)"), "answer",
     "a process that answers has cut the older ones"),
    ("no majority", lambda: unguarded(gmp3(), "commit", "major(m, v)"), "commit", "one decision per number"),
    ("two proposals", lambda: unguarded(gmp2(), "propose", "~proposed(a, y)"), "propose", "one proposal each per number"),
    ("the cut are heard", lambda: unguarded(gmp3(), "accept", "~cut(p, a)"), "accept",
     "no older proposal of something else gets a majority"),
]  # fmt: skip


def assert_broken(wanted: Model, group: str, clause: str) -> None:
    """z3 refutes `clause` after the transition `group`, and the interpreter confirms it on two finite states."""
    asked = Obligation(group, next(each for each in wanted.invariants if each.name == clause))
    assert Prover(wanted).check(asked).proved is False
    shown = counterexample(Prover(wanted), asked)
    assert shown is not None
    assert (shown.transition, shown.clause) == (group, clause)
    assert any(relation.before != relation.after for relation in shown.relations)


@pytest.mark.parametrize(("make", "group", "clause"), [each[1:] for each in MISTAKES], ids=[each[0] for each in MISTAKES])
def test_a_mistake_violates_an_obligation_for_z3_and_for_the_interpreter(make, group, clause):
    assert_broken(make(), group, clause)


def test_a_counterexample_is_small_and_names_processes_by_age():
    wanted = gms3()
    clause = next(each for each in wanted.invariants if each.name == "everything from a leader's elders is read")
    shown = counterexample(Prover(wanted), Obligation("follow", clause))
    assert shown is not None
    facts = {relation.name: relation for relation in shown.relations}
    assert dict(shown.values).keys() == {"i", "a", "r", "y", "c"}
    follower, leader, heir = (dict(shown.given)[name] for name in ("i", "s", "b"))
    assert set(facts["led"].before) - set(facts["led"].after) == {f"{follower}, {leader}"}
    assert set(facts["led"].after) - set(facts["led"].before) == {f"{follower}, {heir}"}
    assert int(heir[1:]) > int(leader[1:])


def test_a_clause_that_fails_in_an_initial_state_is_shown_too():
    wanted = replace(gmp2(), invariants=GMP.clauses({"nothing was decided": "~decided(x, v)"}))
    shown = prove(wanted).counterexample
    assert shown is not None
    assert (shown.transition, shown.clause) == ("initial states", "nothing was decided")


def test_a_transition_that_can_never_happen_fails_the_proof():
    wanted = unguarded(gmp2(), "suspect", "~is(p, a)")
    transition = GMP.transition("suspect(p, a)", ["is(p, a)", "~is(p, a)"], ["+ cut(p, a)"])
    proof = prove(rewritten(wanted, transition))
    assert proof.failed
    assert [group.name for group in proof.groups if group.possible is Possibility.NEVER] == ["suspect"]


# --- the command -------------------------------------------------------------------------------------------------------


def test_the_command_prints_obligations_with_their_times(capsys):
    assert main(["prove", "gmp2"]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("gmp2: PROVED for any number of processes: two processes that install views of one number")
    assert "commit          15           15" in shown


def test_the_command_shows_why_it_fails(capsys):
    assert main(["prove", "gms3"]) == 14
    shown = capsys.readouterr().out
    assert shown.startswith("gms3: NOT PROVED for any number of processes")
    assert "Why 'everything from a leader's elders is read' fails (follow):" in shown
    assert "FAILS  take over: one content per number taken" in shown


def test_a_solver_that_gives_up_is_neither(capsys, monkeypatch):
    monkeypatch.setattr(Prover, "check", lambda _, one: ObligationResult(one, None, 0.0))
    assert main(["prove", "gmp2"]) == 3
    shown = capsys.readouterr().out
    assert "gmp2: UNKNOWN" in shown
    assert "The solver gave up" in shown


def test_a_protocol_without_a_proof_is_refused(capsys):
    assert main(["prove", "gms1"]) == 151
    assert "unknown proof of 'gms1': did you mean gms3?" in capsys.readouterr().err


def test_a_model_that_can_be_misread_is_refused():
    with pytest.raises(FormulaError, match="p is bound, but has a meaning already"):
        GMP.transition("suspect(p, a)", ["all p. ~is(p, a)"], [])
    with pytest.raises(FormulaError, match="b should be a parameter"):
        GMP.transition("suspect(p, a)", ["is(p, b)"], [])
    with pytest.raises(FormulaError, match="b should be bound"):
        GMP.transition("suspect(p, a)", [], ["+ cut(p, a) where is(p, b)"])
