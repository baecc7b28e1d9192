"""The link for gms3-relay: every step of the executed protocol is a step of its model; seeded differences are found."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from groupy_check.checker.proof.links.refinement import LinkResult
from groupy_check.checker.proof.registry import linked
from groupy_check.groupy_model.protocol import Protocol, Step, broadcast
from groupy_check.groupy_model.protocols.groupy.gms3 import Slave
from groupy_check.groupy_model.protocols.groupy.gms3_fixed import Gms3Fixed
from groupy_check.groupy_model.protocols.groupy.gms3_mutants import DeliverFirst as LeaderDeliversFirst
from groupy_check.groupy_model.protocols.groupy.gms3_mutants import (
    EarlyDropped,
    Overtaking,
    SlaveAdmits,
    StaleViewCounts,
    ViewsNotLast,
)
from groupy_check.groupy_model.protocols.groupy.gms3_relay import DeliverFirst, Gms3Relay, Reversed
from groupy_check.groupy_model.scenario import Beginning, Detector, Scenario


def link(protocol: Protocol | None = None, limit: int | None = None, **scenario: Any) -> LinkResult:
    return linked("gms3-relay", protocol or Gms3Relay(), Scenario(**scenario), limit)


# --- what is linked ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scenario", "pairs", "structures", "steps"),
    [
        ({"messages": 1, "crashes": 1}, 408, 165, 750),
        ({"messages": 1, "crashes": 2}, 1119, 600, 2382),
        ({"nodes": 2, "messages": 1, "crashes": 1, "joins": 1}, 1283, 481, 2731),
    ],
)
def test_every_step_is_a_step_of_the_model_and_every_clause_holds(scenario, pairs, structures, steps):
    assert link(**scenario) == LinkResult(pairs, structures, steps, whole=True)


@pytest.mark.long
@pytest.mark.parametrize(
    "scenario",
    [
        {"nodes": 4, "messages": 2, "crashes": 3},
        {"messages": 1, "crashes": 2, "joins": 1},
        {"nodes": 2, "messages": 0, "crashes": 2, "joins": 2},
    ],
)
def test_the_link_holds_on_large_scenarios(scenario):
    found = link(limit=100_000, **scenario)
    assert found.difference == ""
    assert found.whole or found.pairs >= 100_000


def test_a_group_that_is_joined_from_one_process_on_is_linked_too():
    assert link(beginning=Beginning.JOINING, nodes=2, messages=1, crashes=1).whole


# --- what is not -------------------------------------------------------------------------------------------------------


def mended(mutant: type[Protocol]) -> Any:
    """The same mistake in gms3-relay."""
    return type(f"Relay{mutant.__name__}", (mutant, Gms3Relay), {"name": f"gms3-relay~{mutant.__name__}"})()


class RelayReversed(Gms3Relay):
    """A slave relays to the youngest first."""

    def in_order(self, relay, taking):
        return (*relay[::-1], *taking)


class RelayToNext(Gms3Relay):
    """A slave relays only to the one after it."""

    def in_order(self, relay, taking):
        return (*relay[:1], *taking)


class OldListRelay(Gms3Relay):
    """A slave relays a view to the processes in its old list."""

    def relayed(self, before, message, outcome):
        match outcome:
            case Step(Slave() as after, effects) if after.n > before.n:
                others = tuple(node for node in before.slaves if node != before.me)
                return Step(after, (*broadcast(message, others), *effects))
        return outcome


class RelaysAgain(Gms3Relay):
    """A slave relays even what it drops, to the first in its list."""

    def on_message(self, slave, message):
        step: Any = super().on_message(slave, message)
        late = step is not None and message.n < slave.n
        return replace(step, effects=broadcast(replace(message, payload="z"), slave.slaves[:1])) if late else step


class Repeats(Gms3Relay):
    """A new leader repeats its last message, as in gms3-fixed."""

    def repeat(self, slave, others):
        return broadcast(slave.last, others)


DIFFERENT: list[Any] = [
    (DeliverFirst(), {}, "has delivered and installed"),
    (Reversed(), {}, "it sends"),
    (RelayReversed(), {"nodes": 4}, "it sends"),
    (RelayToNext(), {"nodes": 4}, "it sends"),
    (OldListRelay(), {"joins": 1, "crashes": 0}, "it sends"),
    (RelaysAgain(), {"nodes": 4}, "it sends"),
    (Repeats(), {}, "it sends"),
    (Gms3Fixed(), {}, "it sends"),
    (mended(LeaderDeliversFirst), {}, "has delivered and installed"),
    (mended(StaleViewCounts), {}, "the model does not begin like this"),
    (mended(ViewsNotLast), {}, "would repeat"),
    (mended(SlaveAdmits), {"joins": 1}, "lists applications that do not match its processes"),
    (Gms3Relay(), {"crashes": 0, "suspicions": 1}, "demands that ~up(s)"),
    (Gms3Relay(), {"drops": 1}, "differ from the model"),
    (Gms3Relay(), {"detector": Detector.OVERTAKING}, "demands that all e. ~sent(r, i, n(i), e)"),
]


def test_nothing_arrives_early_so_mistakes_about_early_messages_do_not_matter():
    """Each sender has relayed all earlier messages, so unlike in gms3-fixed these two mistakes make no difference."""
    same = LinkResult(1119, 600, 2382, whole=True)
    assert [link(mended(mutant), messages=1, crashes=2) for mutant in (Overtaking, EarlyDropped)] == [same, same]


@pytest.mark.parametrize(("protocol", "scenario", "text"), DIFFERENT)
def test_differences_are_found_and_reported(protocol, scenario, text):
    found = link(protocol, 40_000, **{"messages": 1, "crashes": 1, **scenario})
    assert text in found.difference
    assert found.difference
    assert not found.whole
