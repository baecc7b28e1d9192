"""Who survives which kind of partition, and what only some kinds break: the same counts and lengths by both engines."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pytest

from groupy_check.groupy_model.effects import Deliver, Monitor, Send
from groupy_check.groupy_model.events import Down, Event, Multicast, Receive
from groupy_check.groupy_model.payloads import Change, Payload
from groupy_check.groupy_model.protocol import Outcome, Protocol, Step
from groupy_check.groupy_model.protocols.registry import PROTOCOLS
from groupy_check.groupy_model.scenario import CutOff, PartitionKind
from groupy_check.groupy_model.verdict import Result
from tests.support.endless import P1, P2, P3, Member, Ruled
from tests.support.exploring import explored, violated

COMPLETE, MULTIWAY, PARTIAL, SIMPLEX = PartitionKind
ENGINES = pytest.mark.parametrize("fast", [True, False], ids=["native", "reference"])
# Where what is cut off is lost, and where it is held; the majority makes do without it, so holding it adds no states.
STATES = {
    "gmp2": {COMPLETE: (449, 425), MULTIWAY: (405, 355), PARTIAL: (129, 125), SIMPLEX: (151, 147)},
    "gmp3": {COMPLETE: (843, 757), MULTIWAY: (657, 516), PARTIAL: (229, 223), SIMPLEX: (211, 205)},
}


def parted(name: str, kind: PartitionKind, *names: str, fast: bool, messages: int, cut_off: CutOff = CutOff.LOST) -> Result:
    scenario: dict[str, Any] = {"messages": messages, "crashes": 0, "partitions": 1, "partition_kind": kind, "cut_off": cut_off}
    return explored(name, *names, fast=fast, **scenario)


@ENGINES
@pytest.mark.parametrize("kind", PartitionKind)
@pytest.mark.parametrize("name", STATES)
def test_who_asks_a_majority_survives_each_kind(name: str, kind: PartitionKind, fast: bool) -> None:
    for cut_off, states in zip(CutOff, STATES[name][kind], strict=True):
        result = parted(name, kind, fast=fast, messages=0, cut_off=cut_off)
        assert result.coverage.distinct == states
        assert not {*violated(result)} & {*PROTOCOLS[name].claims}


# Of gms2, complete partitions leave nobody stuck: who is cut off from the leader follows another one, or nobody. In a partial
# one p3, which no longer hears the leader p1, turns to p2; but p2 hears p1, and does not lead. In a simplex one p1 leads all,
# and hears none of them. Of gms3, two complete sides never install two views of one number, since that of p1 goes on in the
# first view; p2 and p3, cut off from it and from one another, both install a second one.
@ENGINES
@pytest.mark.parametrize(
    ("name", "wanted", "lengths"),
    [
        ("gms2", "progress", {COMPLETE: None, MULTIWAY: None, PARTIAL: 2, SIMPLEX: 1}),
        ("gms3", "view-agreement", {COMPLETE: None, MULTIWAY: 4, PARTIAL: None, SIMPLEX: None}),
    ],
)
def test_what_only_some_kinds_break(name: str, wanted: str, lengths: dict[PartitionKind, int | None], fast: bool) -> None:
    assert wanted in PROTOCOLS[name].claims
    results = {kind: parted(name, kind, wanted, fast=fast, messages=1) for kind in lengths}
    assert {kind: violated(result).get(wanted) for kind, result in results.items()} == lengths


# --- what only messages that are held break -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Passed:
    """p2 passes `payload` on, which it has from p1."""

    payload: Payload


def passing_on(*, careless: bool) -> Protocol:
    """p1 multicasts, and when it is down p2 passes on to p3 what it has, which p3 takes once it knows of that, too.

    As what p1 has sent comes before the notice of its end, p3 need not look twice at it; so does not who is `careless`.
    """

    def rule(member: Member, event: Event) -> Outcome:
        known = member.held if isinstance(member.held, tuple) else ()
        match member, event:
            case Member(1), Multicast(p):
                return Step(member, (Deliver(p), Send(P2, p), Send(P3, p)))
            case Member(3, 1), Receive(_, Passed(p)):
                return Step(replace(member, held=(*known, p)), (Deliver(p),) if p not in known else ())
            case Member(), Receive(_, Change() as p):
                twice = p in known and not careless
                return Step(replace(member, held=(*known, p)), () if twice else (Deliver(p),))
            case Member(me), Down():
                return Step(replace(member, mode=1), tuple(Send(P3, Passed(p)) for p in known) if me == P2 else ())
        return None

    watches = (Monitor(P1),)
    return Ruled("careless" if careless else "careful", rule, lambda me: () if me == P1 else watches)


# 1 p1 multicasts, 2 p2 receives, 3 p1 is cut off, 4 p2 and 5 p3 notice that, 6 p3 receives what p2 passes on, 7 the network
# heals, 8 p3 receives what p1 had sent. Where that is lost, or p1 crashes, the carelessness harms nobody.
@ENGINES
@pytest.mark.parametrize(
    ("careless", "scenario", "length", "states"),
    [
        (True, {"crashes": 0, "partitions": 1, "cut_off": CutOff.HELD}, 8, None),
        (True, {"crashes": 0, "partitions": 1}, None, 107),
        (True, {"crashes": 1}, None, 40),
        (False, {"crashes": 0, "partitions": 1, "cut_off": CutOff.HELD}, None, 95),
    ],
)
def test_what_was_held_comes_behind_the_notice(
    careless: bool, scenario: dict[str, Any], length: int | None, states: int | None, fast: bool
) -> None:
    protocol = passing_on(careless=careless)
    result = explored(protocol, "integrity", messages=1, fast=fast, **scenario)
    assert violated(result) == ({} if length is None else {"integrity": length})
    assert states in (None, result.coverage.distinct)  # what is seen until a violation ends the search is the engine's affair
