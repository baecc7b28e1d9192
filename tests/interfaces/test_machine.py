"""The state machine of a protocol: what it finds, how it tells it, and what a test suite can add to it."""

from __future__ import annotations

import doctest
from dataclasses import replace

import pytest
from hypothesis import settings
from hypothesis.stateful import invariant, rule, run_state_machine_as_test

from groupy_check import machine
from groupy_check.checker.errors import ProtocolError, UsageError
from groupy_check.checker.interfaces import hypothesis_machine as state_machine
from groupy_check.checker.interfaces.hypothesis_machine import GroupMachine
from groupy_check.groupy_model.actions import Handle
from groupy_check.groupy_model.effects import Deliver
from groupy_check.groupy_model.events import Multicast
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.protocol import Step
from groupy_check.groupy_model.protocols.groupy.gms1 import Gms1, Leader
from groupy_check.groupy_model.protocols.groupy.gms3 import Gms3
from groupy_check.groupy_model.scenario import Order

RULES = settings(max_examples=60, stateful_step_count=20, derandomize=True, database=None, deadline=None)


class Mine(Gms3):
    """gms3, but a new leader forgets to repeat the last message."""

    def repeat(self, slave, others):  # noqa: ARG002 - the override is the bug
        return ()


class Twice(Gms1):
    """The leader delivers everything twice."""

    def step(self, state, event):
        outcome = super().step(state, event)
        if isinstance(event, Multicast) and isinstance(outcome, Step) and isinstance(state, Leader):
            return replace(outcome, effects=(*outcome.effects, Deliver(event.payload)))
        return outcome


def failure(kind: type[GroupMachine]) -> str:
    with pytest.raises(AssertionError) as caught:
        run_state_machine_as_test(kind, settings=RULES)
    return str(caught.value)


def test_the_example_in_the_documentation_runs():
    assert doctest.testmod(state_machine) == (0, 11)


def test_a_sound_protocol_passes():
    run_state_machine_as_test(machine("gms3", nodes=3), settings=RULES)


def test_a_bug_is_found_shrunk_and_told():
    text = failure(machine(Mine, nodes=3))
    assert "test_machine:Mine:\n# " in text
    assert "# agreement is violated: p3 never delivered a1, which p2 delivered" in text
    assert "p1 multicasts a1 and crashes after 1 effect" in text
    assert text.count("crashes") == 2  # in its step and at the end


def test_safety_is_judged_after_every_step():
    text = failure(machine(Twice, nodes=2))
    assert "integrity is violated: p1 delivered a1 twice" in text
    assert " 1. p1 multicasts a1" in text
    assert " 2. " not in text


def test_a_member_that_is_stuck_is_found():
    assert "progress is violated" in failure(machine("gms1", nodes=2, properties=["progress"], messages=0))


class Busy(machine("gms2", nodes=2, messages=2, crashes=0)):  # type: ignore[misc]
    """Both ask for a multicast in one rule."""

    seen = 0

    @rule()
    def everybody_multicasts(self):
        for node in (Node(1), Node(2)):
            asked = [a for a in self.free if isinstance(a, Handle) and isinstance(a.event, Multicast) and a.process == node]
            for action in asked[:1]:
                self.do(action)

    @invariant()
    def nobody_delivers_three(self):
        Busy.seen = max(Busy.seen, *(len(life.delivered) for life in self.history().lives))
        assert Busy.seen < 3


def test_own_rules_and_invariants_are_used():
    run_state_machine_as_test(Busy, settings=RULES)
    assert Busy.seen == 2


class Wrong(machine("gms2", nodes=2)):  # type: ignore[misc]
    @invariant()
    def nobody_delivers(self):
        assert not any(life.delivered for life in self.history().lives), "somebody delivers"


def test_an_own_invariant_that_fails_fails_the_test():
    assert failure(Wrong).startswith("somebody delivers")


TestGms3 = machine("gms3", nodes=2).TestCase
TestGms3.settings = RULES


def test_only_what_is_possible_can_be_done():
    group = machine("gms2", nodes=2, crashes=0)()
    action = group.free[0]
    group.do(action)
    group.do(group.free[0])
    with pytest.raises(AssertionError, match="p1 multicasts a1: this is not possible now"):
        group.do(action)


def test_enums_are_given_as_such_or_as_words():
    for order in (Order.ANY, "any"):
        assert machine("gms2", order=order).semantics.scenario.order is Order.ANY


@pytest.mark.parametrize(
    ("error", "given", "said"),
    [
        (ProtocolError, {"impl": "gsm2"}, "did you mean gms2"),
        (UsageError, {"impl": "gms2", "crash": 1}, "unknown field of a scenario 'crash': did you mean crashes?"),
        (UsageError, {"impl": "gms2", "nodes": 0}, "a group needs at least one process"),
        (UsageError, {"impl": "gms2", "order": "none"}, "'none' is not a valid Order"),
        (UsageError, {"impl": "gms2", "properties": ["agreemnt"]}, "did you mean agreement"),
    ],
)
def test_what_cannot_be_used_is_refused(error, given, said):
    with pytest.raises(error, match=said.replace("?", r"\?")):
        machine(given.pop("impl"), **given)
