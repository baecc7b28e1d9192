"""The link for fbcast: every step of the executed protocol is a step of its model, and seeded differences are found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from groupy_check.checker.proof.finite_structures import Structure, TableStore
from groupy_check.checker.proof.language import Symbol
from groupy_check.checker.proof.links.refinement import LOGS, Linker, LinkResult
from groupy_check.checker.proof.model import Model
from groupy_check.checker.proof.models.gmp import PARSER as GMP
from groupy_check.checker.proof.registry import PROOFS, linked
from groupy_check.checker.semantics.enabled import Semantics
from groupy_check.groupy_model.effects import Deliver, Send
from groupy_check.groupy_model.events import Multicast
from groupy_check.groupy_model.protocol import Protocol, Step
from groupy_check.groupy_model.protocols.groupy.gms1 import Gms1
from groupy_check.groupy_model.protocols.multicast.fbcast import Fbcast
from groupy_check.groupy_model.protocols.multicast.fbcast_mutants import (
    EarlySnapshot,
    EchoOfTheDead,
    EchoOfTheDeadOnlyOnce,
    NoCut,
    NoFlush,
    NoRetain,
    OldFlush,
)
from groupy_check.groupy_model.protocols.multicast.fbcast_state import Flush
from groupy_check.groupy_model.protocols.multicast.view_reports import NOBODY
from groupy_check.groupy_model.protocols.registry import PROTOCOLS
from groupy_check.groupy_model.scenario import Beginning, Detector, Order, Scenario
from groupy_check.groupy_model.system import System


def link(protocol: Protocol | None = None, limit: int | None = None, **scenario: Any) -> LinkResult:
    return linked("fbcast", protocol or Fbcast(), Scenario(**scenario), limit)


# --- what is linked ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scenario", "pairs", "structures", "steps"),
    [
        ({"messages": 1, "crashes": 1}, 301, 229, 459),
        ({"messages": 1, "crashes": 2}, 1222, 580, 2120),
        ({"messages": 1, "crashes": 0, "suspicions": 2}, 1407, 1309, 2781),
        ({"messages": 1, "crashes": 2, "detector": Detector.OVERTAKING}, 2583, 954, 4565),
        ({"nodes": 1, "messages": 0, "crashes": 2, "joins": 2}, 3305, 1357, 6892),
        ({"nodes": 2, "messages": 1, "crashes": 1, "joins": 1}, 3748, 2090, 6918),
    ],
)
def test_every_step_is_a_step_of_the_model_and_every_clause_holds(scenario, pairs, structures, steps):
    assert link(**scenario) == LinkResult(pairs, structures, steps, whole=True)


@pytest.mark.long
@pytest.mark.parametrize(
    "scenario",
    [
        {"nodes": 4, "messages": 1, "crashes": 2},
        {"messages": 2, "crashes": 2},
        {"nodes": 2, "messages": 2, "crashes": 1, "joins": 1},
        {"nodes": 2, "messages": 1, "crashes": 2, "joins": 1},
        {"nodes": 1, "messages": 1, "crashes": 2, "joins": 2},
    ],
)
def test_the_link_holds_on_large_scenarios(scenario):
    found = link(limit=100_000, **scenario)
    assert found.difference == ""
    assert found.whole or found.pairs >= 100_000


def test_a_group_that_is_joined_from_one_process_on_is_linked_too():
    assert link(beginning=Beginning.JOINING, nodes=2, messages=1, crashes=1).whole


# --- what is not -------------------------------------------------------------------------------------------------------


class NoEcho(Fbcast):
    """A member echoes nothing."""

    def echoed(self, state, copy):  # noqa: ARG002 - the override is the bug
        return NOBODY


class FlushFirst(Fbcast):
    """A member sends FLUSH ahead of its echoes."""

    def flush(self, state):
        step = super().flush(state)
        return replace(step, effects=tuple(sorted(step.effects, key=is_no_flush)))


def is_no_flush(effect):
    return not (isinstance(effect, Send) and isinstance(effect.message, Flush))


class NotWedged(Fbcast):
    """A member keeps multicasting while a view is reported."""

    def ask(self, state, event):
        match event:
            case Multicast(payload) if state.view:
                return self.multicast(state, state.view, payload)
        return None


class OneFlush(Fbcast):
    """A member installs a view without the dead as soon as one other has flushed for it."""

    def complete(self, state):
        smaller = state.view and len(state.group.latest.members) < len(state.view.members)
        return super().complete(state) or bool(smaller and state.flushed)


class Silent(Fbcast):
    """A member does not deliver messages that arrive as echoes."""

    def hand_over(self, state, data):
        step = super().hand_over(state, data)
        kept = any(copy.data == data and not copy.missing for copy in state.copies)
        effects = () if kept and data.label.sender != state.group.me else step.effects
        return replace(step, effects=effects)


class Twice(Fbcast):
    """A member delivers every message twice."""

    def hand_over(self, state, data):
        step = super().hand_over(state, data)
        return replace(step, effects=(*step.effects, Deliver(data.payload)))


class Forges(Fbcast):
    """An echo differs from the multicast."""

    def flush(self, state):
        forged = [replace(copy, data=replace(copy.data, payload="z")) for copy in state.copies]
        step = super().flush(replace(state, copies=tuple(forged)))
        return Step(step.state, step.effects)


class Skips(Fbcast):
    """A member goes straight to the latest view, whatever others have installed."""

    def advance(self, state):
        return super().advance(replace(state, superseded=()))


class EverythingReported(Fbcast):
    """A member installs all views reported, whether or not anybody else has installed them."""

    def advance(self, state):
        if not state.wedged or state.view is None or not self.complete(state):
            return Step(state)
        return self.install(state, state.superseded)


ONE: dict[str, Any] = {"messages": 1, "crashes": 1}
FOUR: dict[str, Any] = {"nodes": 4, "messages": 1, "crashes": 2}
SUSPECTED: dict[str, Any] = {"messages": 1, "crashes": 0, "suspicions": 1}
AHEAD = "demands that all m. had(q, w, m) & sent(q, p, m) -> has(p, m) | gone(p, of(m))"
DIFFERENT: list[Any] = [
    (NoFlush(), ONE, "demands that complete(p, u)"),
    (NoCut(), SUSPECTED, "demands that all w. flushed(p, w) & ~(w < v) -> member(q, w)"),
    (OldFlush(), FOUR, "demands that complete(p, u)"),
    (EchoOfTheDead(), FOUR, AHEAD),
    (EchoOfTheDeadOnlyOnce(), FOUR, AHEAD),
    (EarlySnapshot(), {"nodes": 2, "messages": 1, "crashes": 1, "joins": 1}, "nobody has told it of that"),
    (NoEcho(), {"nodes": 4, "messages": 1, "crashes": 1}, AHEAD),
    (FlushFirst(), {"nodes": 4, "messages": 1, "crashes": 1}, AHEAD),
    (NotWedged(), ONE, "demands that latest(p, v)"),
    (OneFlush(), {"nodes": 4, "messages": 1, "crashes": 1}, "demands that complete(p, u)"),
    (Silent(), ONE, "has delivered"),
    (Twice(), ONE, "has delivered"),
    (Forges(), {"nodes": 4, "messages": 1, "crashes": 1}, ""),
    (EverythingReported(), {"nodes": 4, "messages": 0, "crashes": 2}, "nobody has told it of that"),
    (Skips(), {"nodes": 4, "messages": 0, "crashes": 2}, "demands that all q, w. member(q, u) -> ~told(q, u, v, w)"),
    (PROTOCOLS["abcast"](), ONE, ""),
    (Gms1(), ONE, "which is not a state of a member of fbcast"),
    (Fbcast(), {**ONE, "drops": 1}, AHEAD),
    (Fbcast(), {**ONE, "order": Order.ANY}, AHEAD),
]


@pytest.mark.parametrize(("protocol", "scenario", "text"), DIFFERENT)
def test_differences_are_found_and_reported(protocol, scenario, text):
    found = link(protocol, 20_000, **scenario)
    assert text in found.difference
    assert found.difference
    assert not found.whole


@pytest.mark.long
def test_copies_that_are_thrown_away_are_missed_by_the_fourth():
    found = link(NoRetain(), 120_000, nodes=4, messages=1, crashes=1, suspicions=1)
    assert AHEAD in found.difference


# --- the initial states and the axioms of all proofs -------------------------------------------------------------------


def linker(name: str, model: Model) -> Linker:
    """A linker for the protocol `name`, with `model` instead of its own."""
    scenario, store = Scenario(messages=0), TableStore()
    protocol = PROTOCOLS[name]()
    return Linker(PROOFS[name].relation(model, Semantics(protocol, scenario, LOGS), store), store, protocol, scenario)


def forgetting(begin: Callable[[System], Structure], symbol: Symbol) -> Callable[[System], Structure]:
    """`begin`, with an empty relation `symbol`."""

    def forgotten(system: System) -> Structure:
        first = begin(system)
        return replace(first, tables={**first.tables, symbol: TableStore().table(symbol.name, ())})

    return forgotten


@pytest.mark.parametrize(
    ("name", "relation"),
    [
        ("gms3", "led"),
        ("gms3-fixed", "list"),
        ("gms3-relay", "used"),
        ("gmp2", "cur"),
        ("gmp3", "decided"),
        ("fbcast", "flushed"),
    ],
)
def test_an_initial_state_that_the_model_lacks_is_reported(name, relation, monkeypatch):
    asked = linker(name, PROOFS[name].model())
    assert not asked.run(2).difference
    symbol = asked.relation.model.vocabulary.symbols[relation]
    monkeypatch.setattr(asked.relation, "begin", forgetting(asked.relation.begin, symbol))
    found = asked.run(2)
    assert found.difference.startswith("in the initial state, the model does not begin like this: it demands that ")
    assert relation in found.difference


def test_an_initial_condition_that_is_too_strict_is_reported():
    """The initial condition is stricter than the executed protocol."""
    model = PROOFS["gmp3"].model()
    strict = replace(model.init, guard=(*model.init.guard, *GMP.transition("begin(x, v)", ["all p. ~cur(p, x, v)"], []).guard))
    found = linker("gmp3", replace(model, init=strict)).run(2)
    assert found.difference.endswith("it demands that all p. ~cur(p, x, v)")


def test_a_false_axiom_is_reported():
    """If an axiom is false, everything proved holds vacuously."""
    model = PROOFS["gmp3"].model()
    wrong = replace(model, axioms=(*model.axioms, *GMP.clauses({"all are members": "has(v, a)"})))
    assert not linker("gmp3", model).run().difference
    assert "axiom 'all are members' does not hold" in linker("gmp3", wrong).run().difference
