"""Multicast in views: what is lost without a flush, what fbcast and its state transfer promise, and each planted bug."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from groupy_check.checker.errors import ProtocolError
from groupy_check.checker.semantics.step_cache import Handlers
from groupy_check.groupy_model.effects import Adopt, View
from groupy_check.groupy_model.events import Start
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.observations import Adopted, Delivered, History, Installed, Life, Observation, Status
from groupy_check.groupy_model.payloads import Change
from groupy_check.groupy_model.protocol import Idle, Protocol, Step
from groupy_check.groupy_model.protocols.multicast.fbcast import Fbcast
from groupy_check.groupy_model.protocols.multicast.fbcast_state import Member
from groupy_check.groupy_model.protocols.registry import PROTOCOLS
from groupy_check.groupy_model.scenario import Beginning, Detector
from groupy_check.groupy_model.verdict import Extent, Verdict
from groupy_check.groupy_model.worker import first_worker, joining_worker, on_adoption, on_delivery
from groupy_check.reports.wording.phrases import Form, effect_phrase
from groupy_check.specs.registry import PROPERTIES
from tests.support.exploring import assert_pinned, explored, violated

P1, P2, P3 = map(Node, (1, 2, 3))
A1, B1 = Change(P1, 1), Change(P2, 1)
SYNCHRONY = ("virtual-synchrony", "agreement")
# Whole worlds are pinned by these: those that speak of order between senders, quorums and colours are not promised.
JUDGED = {*Fbcast.claims, "uniform-agreement", "total-order"}


# --- whole worlds --------------------------------------------------------------------------------------------------------

# Protocol, scenario, distinct states, states generated, depth, and the length of the shortest run that violates each property.
Row = tuple[str, dict[str, Any], int, int, int, dict[str, int]]
PINNED: list[Row] = [
    (
        "unreliable-multicast",
        {},
        3204,
        5649,
        9,
        {
            "agreement": 4,
            "uniform-agreement": 4,
            "total-order": 4,
            "virtual-synchrony": 4,
            "same-view-delivery": 4,
            "sending-view-delivery": 4,
        },
    ),
    ("unreliable-multicast", {"messages": 0, "joins": 1}, 361, 799, 8, {}),
    ("fbcast", {"messages": 1}, 257, 420, 8, {}),
    ("fbcast", {}, 3225, 6040, 12, {"total-order": 4}),
    ("fbcast", {"messages": 1, "crashes": 2}, 946, 1806, 10, {"uniform-agreement": 5}),
    ("fbcast", {"messages": 0, "joins": 1, "crashes": 0}, 145, 380, 15, {}),
    ("fbcast", {"messages": 1, "joins": 1, "crashes": 0}, 2537, 7778, 19, {}),
    ("fbcast", {"nodes": 2, "messages": 1, "joins": 1}, 2411, 4777, 18, {"uniform-agreement": 17}),
]
LARGE: list[Row] = [
    ("fbcast", {"detector": Detector.OVERTAKING}, 5567, 11726, 12, {"uniform-agreement": 7, "total-order": 4}),
    ("fbcast", {"nodes": 2, "messages": 1, "joins": 1, "crashes": 2}, 6664, 16404, 20, {"uniform-agreement": 11}),
    ("fbcast", {"messages": 1, "beginning": Beginning.JOINING}, 5657, 11232, 23, {"uniform-agreement": 22}),
    ("fbcast", {"crashes": 2}, 11793, 24501, 14, {"uniform-agreement": 5, "total-order": 4}),
    ("fbcast", {"messages": 0, "joins": 1}, 12364, 44970, 24, {}),
    ("fbcast", {"nodes": 2, "joins": 1}, 13687, 28166, 22, {"uniform-agreement": 17, "total-order": 4}),
    ("fbcast", {"nodes": 4, "messages": 1, "crashes": 2}, 49336, 138207, 19, {"uniform-agreement": 7}),
]


@pytest.mark.parametrize(("name", "scenario", "distinct", "generated", "depth", "lengths"), PINNED)
def test_every_verdict_is_pinned_and_no_claim_is_broken(name, scenario, distinct, generated, depth, lengths):
    assert_pinned(name, scenario, (distinct, generated, depth), lengths, JUDGED)


@pytest.mark.long
@pytest.mark.parametrize(("name", "scenario", "distinct", "generated", "depth", "lengths"), LARGE)
def test_every_verdict_in_a_large_scenario_is_pinned_and_no_claim_is_broken(
    name, scenario, distinct, generated, depth, lengths
):
    assert_pinned(name, scenario, (distinct, generated, depth), lengths, JUDGED)


# What the flush and the transfer promise, where somebody joins: scenario, distinct states, states generated, depth.
EXHAUSTED: list[tuple[dict[str, Any], int, int, int]] = [
    ({"nodes": 2, "messages": 1, "joins": 2}, 2_597_877, 10_299_757, 42),
    ({"nodes": 3, "messages": 2, "joins": 1, "crashes": 2}, 22_626_303, 91_795_468, 42),
]


@pytest.mark.long
@pytest.mark.parametrize(("scenario", "distinct", "generated", "depth"), EXHAUSTED)
def test_what_joiners_and_crashes_cannot_break(scenario, distinct, generated, depth):
    names = ("virtual-synchrony", "fifo", "state-transfer")
    result = explored("fbcast", *names, fast=True, **scenario)
    coverage = result.coverage
    assert (coverage.extent, coverage.distinct, coverage.generated, coverage.depth) == (
        Extent.EXHAUSTED,
        distinct,
        generated,
        depth,
    )
    assert {finding.name: finding.verdict for finding in result.findings} == dict.fromkeys(names, Verdict.HOLDS)
    untested = {finding.name for finding in result.findings if not finding.exercised}
    assert untested == ({"fifo"} if scenario["messages"] == 1 else set())


def test_what_a_crash_cuts_in_two_stays_in_two_without_a_flush():
    finding = explored("unreliable-multicast", "virtual-synchrony", messages=1).finding("virtual-synchrony")
    assert finding.witness is not None
    assert finding.witness.text == "p1 and p2 both moved from v2 to v3, but p2 delivered b1 in v2 and p1 did not"
    assert violated(explored("unreliable-multicast", "agreement", messages=1)) == {"agreement": 4}
    assert violated(explored("unreliable-multicast", "agreement", messages=1, crashes=0)) == {}


def test_without_a_flush_views_do_not_agree_either():
    scenario: Any = {"messages": 0, "joins": 1, "crashes": 2}
    finding = explored("unreliable-multicast", "view-agreement", **scenario).finding("view-agreement")
    assert finding.length == 5
    assert finding.witness is not None
    assert finding.witness.text == "p2 installed v3 {p1,p2,p3,p4}, but p3 installed v3 {p3}"


def test_the_state_that_a_joiner_starts_from_is_that_of_the_view_boundary():
    finding = explored("fbcast", "state-transfer", nodes=2, joins=1, messages=1).finding("state-transfer")
    assert (finding.verdict, finding.exercised) == (Verdict.HOLDS, True)


# p3 hears of p2's end before it receives p2's report, by which it is the oldest member left.
OVERTAKEN = (
    "p1 multicasts a1 and crashes after 3 effects",
    "p4 receives data p1.1 in v3: a1 from p1",
    "p2 detects that p1 is down and crashes after 1 effect",
    "p3 detects that p2 is down",
)


def test_a_reporter_whose_end_is_known_before_its_report_has_a_successor():
    scenario: Any = {"nodes": 4, "messages": 1, "crashes": 2, "detector": Detector.OVERTAKING, "start": OVERTAKEN}
    result = explored("fbcast", "agreement", "completeness", "progress", **scenario)
    assert (result.coverage.extent, violated(result)) == (Extent.EXHAUSTED, {})


# --- false suspicion -----------------------------------------------------------------------------------------------------

SUSPICIONS: list[Any] = [
    {"crashes": 0, "suspicions": 1},
    {"crashes": 0, "suspicions": 2, "messages": 1},
    {"crashes": 1, "suspicions": 1, "messages": 1},
    pytest.param({"nodes": 4, "crashes": 0, "suspicions": 2, "messages": 1}, marks=pytest.mark.long),
]


@pytest.mark.parametrize("scenario", SUSPICIONS)
def test_false_suspicion_breaks_no_virtual_synchrony_not_even_with_the_excluded(scenario):
    finding = explored("fbcast", "virtual-synchrony", **scenario).finding("virtual-synchrony")
    assert (finding.verdict, finding.exercised) == (Verdict.HOLDS, True)


def test_who_is_excluded_falsely_agrees_with_nobody():
    assert violated(explored("fbcast", "agreement", crashes=0, suspicions=1, messages=1)) == {"agreement": 6}
    assert violated(explored("fbcast", "accuracy", crashes=0, suspicions=1, messages=1)) == {"accuracy": 2}


# --- planted bugs --------------------------------------------------------------------------------------------------------

OVERTAKING = {"messages": 1, "detector": Detector.OVERTAKING}
JOIN = {"nodes": 2, "messages": 1, "joins": 1}
# p2's multicast is on its way, p1 has it and has excluded p3, which is down: now p2 may die while it echoes nothing.
AT_ONE = (
    "p2 multicasts b1",
    "p3 crashes",
    "p1 detects that p3 is down",
    "p1 receives data p2.1 in v3: b1 from p2",
)
# Nobody but p3 has both reports: that of p2, which dies while it reports, and its own.
TWO_REPORTS = (
    "p1 crashes",
    "p2 detects that p1 is down and crashes after 2 effects",
    "p3 receives flush v4 {p2,p3,p4} from v3 from p2",
    "p3 detects that p2 is down",
)
FOUR: dict[str, Any] = {"nodes": 4, "messages": 1, "crashes": 2}
# p1 alone has installed the second view, with its own multicast in it; p2 is two views behind when p4 comes in.
BEHIND_BY_TWO = (
    "p3 asks to join through p1",
    "p1 receives join p3 from p3",
    "p2 receives flush v2 {p1,p2,p3} from v1 from p1",
    "p1 receives flush v2 {p1,p2,p3} from v1 from p2",
    "p3 receives flush v2 {p1,p2,p3} from v1 from p1",
    "p1 receives flush v2 {p1,p2,p3} from outside from p3",
    "p1 multicasts a1",
    "p2 receives data p1.1 in v2: a1 from p1",
    "p3 receives data p1.1 in v2: a1 from p1",
    "p4 asks to join through p1",
    "p1 receives join p4 from p4",
    "p2 receives flush v3 {p1,p2,p3,p4} from v2 from p1",
    "p2 receives flush v2 {p1,p2,p3} from outside from p3",
    "p1 receives flush v3 {p1,p2,p3,p4} from v1 from p2",
    "p3 receives flush v3 {p1,p2,p3,p4} from v2 from p1",
)
TWO_JOINS = {**JOIN, "joins": 2}

# What each planted bug breaks: property, scenario, shortest length (of the runs that begin with `start`, if any).
MUTANTS: list[Any] = [
    ("fbcast~no-flush", "virtual-synchrony", {"messages": 1}, 4),
    ("fbcast~no-flush", "virtual-synchrony", {**JOIN, "crashes": 0}, 4),
    ("fbcast~no-cut", "virtual-synchrony", OVERTAKING, 5),
    ("fbcast~no-cut", "virtual-synchrony", {"messages": 1, "crashes": 0, "suspicions": 1}, 5),
    ("fbcast~no-retain", "virtual-synchrony", {**FOUR, "start": AT_ONE}, 10),
    ("fbcast~no-retain", "agreement", {**FOUR, "start": AT_ONE}, 12),
    ("fbcast~old-flush", "agreement", {**FOUR, "start": TWO_REPORTS}, 11),
    ("fbcast~echo-of-the-dead-only-once", "virtual-synchrony", {**FOUR, "start": AT_ONE}, 10),
    ("fbcast~late-snapshot", "state-transfer", {**JOIN, "crashes": 0}, 11),
    ("fbcast~early-snapshot", "state-transfer", {**JOIN, "crashes": 0}, 8),
    ("fbcast~only-the-sender-snapshots", "state-transfer", JOIN, 12),
    ("fbcast~path-forgotten", "state-transfer", {**TWO_JOINS, "start": BEHIND_BY_TWO, "fast": True}, 33),
    pytest.param("fbcast~path-forgotten", "state-transfer", {**TWO_JOINS, "fast": True}, 33, marks=pytest.mark.long, id="path"),
]


@pytest.mark.parametrize(("mutant", "name", "scenario", "length"), MUTANTS)
def test_every_planted_bug_is_caught_by_the_property_that_it_breaks(mutant, name, scenario, length):
    assert violated(explored(mutant, name, **scenario)) == {name: length}
    original = explored("fbcast", name, **scenario)
    assert (original.coverage.extent, violated(original)) == (Extent.EXHAUSTED, {})


def test_every_mutant_is_in_the_table_but_the_one_that_holds():
    found = {getattr(row, "values", row)[0] for row in MUTANTS} | {"fbcast~echo-of-the-dead"}
    assert found == {name for name in PROTOCOLS if name.startswith("fbcast~")}


@pytest.mark.parametrize("scenario", [{}, {"messages": 1, "crashes": 2}, {**JOIN, "messages": 2}, {**FOUR, "start": AT_ONE}])
def test_an_echo_of_what_the_dead_have_sent_is_enough(scenario):
    assert violated(explored("fbcast~echo-of-the-dead", *SYNCHRONY, **scenario)) == {}


@pytest.mark.long
def test_an_echo_of_what_the_dead_have_sent_is_enough_among_four():
    result = explored("fbcast~echo-of-the-dead", *SYNCHRONY, **FOUR)
    assert (result.coverage.extent, result.coverage.distinct, violated(result)) == (Extent.EXHAUSTED, 39297, {})


# p4 has told p2 alone that it has flushed: p2 installs the view, p3 does not, and p4 is dead.
BEHIND = (
    "p1 crashes",
    "p2 detects that p1 is down",
    "p3 receives flush v4 {p2,p3,p4} from v3 from p2",
    "p2 receives flush v4 {p2,p3,p4} from v3 from p3",
    "p4 receives flush v4 {p2,p3,p4} from v3 from p2 and crashes after 1 effect",
)
# p2 has installed the view with its own multicast, which nobody has received, and the news of its end may overtake that.
AHEAD = (
    "p2 multicasts b1",
    "p3 crashes",
    "p1 detects that p3 is down",
    "p2 receives flush v4 {p1,p2,p4} from v3 from p1",
    "p4 receives flush v4 {p1,p2,p4} from v3 from p1",
)


class SkipsWhatOthersHaveInstalled(Fbcast):
    """Goes straight to the latest view."""

    def advance(self, state: Member) -> Step:
        return super().advance(replace(state, superseded=()))


class InstallsWhatOnlyTheDeadMayHaveInstalled(Fbcast):
    """Goes through every view that was reported."""

    def advance(self, state: Member) -> Step:
        every = tuple(view.id for view in state.superseded)
        flushed = tuple((node, (*path, *every) if path else ()) for node, path in state.flushed)
        return super().advance(replace(state, flushed=flushed) if self.complete(state) else state)


class TakesBackTheCut(Fbcast):
    """Hears of a view that lets somebody in again whom it has cut."""

    def awaits(self, state: Member, view: View) -> bool:
        return state.group.follows(view)


# The parts of fbcast that the lecture is silent about: property, scenario, length.
NEEDED: list[Any] = [
    (SkipsWhatOthersHaveInstalled(), "agreement", {**FOUR, "start": BEHIND}, 11),
    (InstallsWhatOnlyTheDeadMayHaveInstalled(), "virtual-synchrony", {**FOUR, **OVERTAKING, "start": AHEAD}, 9),
    pytest.param(
        TakesBackTheCut(),
        "virtual-synchrony",
        {"nodes": 4, "messages": 1, "crashes": 0, "suspicions": 2},
        9,
        marks=pytest.mark.long,
    ),
]


@pytest.mark.parametrize(("without", "name", "scenario", "length"), NEEDED)
def test_the_path_and_the_cut_are_needed(without, name, scenario, length):
    assert violated(explored(without, name, **scenario)) == {name: length}
    assert violated(explored("fbcast", name, **scenario)) == {}


# --- how a state transfer is observed --------------------------------------------------------------------------------------


def life(node: Node, *log: Observation, founder: bool = True) -> Life:
    return Life(node, Status.UP, log, founder)


V1, V2 = View(1, (P1, P2)), View(2, (P1, P2, P3))
FOUNDER = life(P1, Installed(V1), Delivered(A1), Delivered(B1), Installed(V2))


def verdict(*log: Observation, other: Life = FOUNDER) -> str | None:
    witness = PROPERTIES["state-transfer"].judge(History((other, life(P3, *log, founder=False))))
    return witness.text if witness else None


def test_a_joiner_starts_from_what_the_others_had_before_the_view():
    assert verdict(Adopted((B1, A1)), Installed(V2)) is None  # in the order of whoever sent it
    assert verdict(Adopted((A1,))) is None  # not yet in the view
    expected = "p3 started from the state {}, but p1 had [a1, b1] when it installed v2 {{p1,p2,p3}}"
    assert verdict(Adopted((A1,)), Installed(V2)) == expected.format("[a1]")
    assert verdict(Adopted((A1, B1, B1)), Installed(V2)) == expected.format("[a1, b1, b1]")
    assert verdict(Adopted(()), Installed(V2), other=life(P1, Installed(V1))) is None
    later = life(P1, Installed(V2), Delivered(A1))
    assert verdict(Adopted(()), Installed(V2), other=later) is None


def test_who_has_joined_before_counts_with_the_state_that_it_started_from():
    earlier = life(P2, Adopted((A1,)), Installed(V1), Delivered(B1), Installed(V2), founder=False)
    assert verdict(Adopted((A1, B1)), Installed(V2), other=earlier) is None
    assert verdict(Adopted((B1,)), Installed(V2), other=earlier) == (
        "p3 started from the state [b1], but p2 had [a1, b1] when it installed v2 {p1,p2,p3}"
    )
    unknown = life(P2, Delivered(B1), Installed(V2), founder=False)
    assert verdict(Adopted(()), Installed(V2), other=unknown) is None


def test_a_worker_shows_what_the_state_makes_of_black():
    worker = first_worker(P1)
    for payload in (A1, B1):
        worker, _ = on_delivery(worker, payload)
    assert on_adoption(joining_worker(P3), (A1, B1)).colour == worker.colour == (0, 21, 41)


def test_the_state_is_a_tuple_and_has_its_phrase():
    assert effect_phrase(Adopt((A1, B1))) == "adopts the state [a1, b1]"
    assert effect_phrase(Adopt(()), Form.PAST) == "adopted the state []"

    class Text(Protocol):
        name = "text"

        def step(self, state: Any, event: object) -> Step:  # noqa: ARG002 - the same whatever happens
            return Step(state, (Adopt("a1"),))  # type: ignore[arg-type]

    with pytest.raises(ProtocolError, match=r"adopt\(a1\) at test_fbcast.py:\d+ must hold a tuple of payloads"):
        Handlers(Text(), 1)(Idle(P1), Start())
