"""Every property against hand-made histories: one that violates it, with the exact words, and a near miss that does not."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest

from groupy_check.groupy_model.effects import View
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.observations import (
    Adopted,
    AskedToJoin,
    Delivered,
    Ended,
    History,
    Installed,
    Left,
    Life,
    Observation,
    Sent,
    Status,
)
from groupy_check.groupy_model.payloads import Change, Colour, SetState, StateRequest
from groupy_check.groupy_model.show import show
from groupy_check.groupy_model.verdict import Kind
from groupy_check.specs.registry import LADDER, PROPERTIES, rungs

P1, P2, P3 = Node(1), Node(2), Node(3)
A1, A2, A3, B1, B2, C1 = Change(P1, 1), Change(P1, 2), Change(P1, 3), Change(P2, 1), Change(P2, 2), Change(P3, 1)
V1, V2, V3 = View(1, (P1, P2)), View(2, (P1, P2, P3)), View(3, (P2, P3))
IN_V1, IN_V2, IN_V3 = Installed(V1), Installed(V2), Installed(V3)
CRASHED, HALTED, ABSENT = Status.CRASHED, Status.HALTED, Status.ABSENT


def life(
    node: Node,
    *log: Observation,
    status: Status = Status.UP,
    founder: bool = True,
    colour: Colour | None = None,
    stuck: str = "",
) -> Life:
    return Life(node, status, log, founder, colour, stuck)


def rest(*lives: Life) -> History:
    return History(lives, at_rest=True)


def got(*payloads: Change) -> tuple[Delivered, ...]:
    return tuple(map(Delivered, payloads))


def sent(*payloads: Change) -> tuple[Sent, ...]:
    return tuple(map(Sent, payloads))


def verdict(name: str, history: History) -> str | None:
    witness = PROPERTIES[name].judge(history)
    return witness.text if witness else None


def joins(answer: Colour, *before_the_request: Change) -> History:
    """p2 joins p1, which has delivered `before_the_request`, and gets `answer`."""
    founder = life(P1, *got(*before_the_request, A2), Delivered(StateRequest(P2)), *got(A3))
    joiner = life(P2, Delivered(StateRequest(P2)), *got(A3), Delivered(SetState(P1, P2, answer)), founder=False)
    return rest(founder, joiner)


STUCK = "p2 asks for a multicast and never delivers it"
NO_REPLY = Ended("no reply from the leader")
# name: a history that violates it, why, and one that almost does
CASES: dict[str, tuple[History, str, History]] = {
    "integrity": (
        rest(life(P1, *sent(A1), *got(A1)), life(P2, *got(A1, A1))),
        "p2 delivered a1 twice",
        rest(life(P1, *sent(A1, A2), *got(A1)), life(P2, *got(A1, A2))),
    ),
    "validity": (
        rest(life(P1, *sent(A1), *got(A1)), life(P2, *sent(B1), *got(A1))),
        "p2 never delivered b1, which it multicast itself",
        rest(life(P1, *sent(A1), *got(A1)), life(P2, *sent(B1), *got(A1), Left())),
    ),
    "agreement": (
        rest(life(P1, IN_V2), life(P2, IN_V2, IN_V3, *got(A1)), life(P3, IN_V2)),
        "p3 never delivered a1, which p2 delivered in v3 {p2,p3}",
        rest(life(P1, IN_V2, *got(A1), status=CRASHED), life(P2, IN_V2), life(P3, IN_V2)),
    ),
    "uniform-agreement": (
        rest(life(P1, IN_V2, *got(A1), status=CRASHED), life(P2, IN_V2), life(P3, IN_V2)),
        "p2 never delivered a1, which p1 delivered in v2 {p1,p2,p3} before it crashed",
        rest(life(P1, IN_V1, *got(A1), status=CRASHED), life(P2, IN_V1, *got(A1)), life(P3, IN_V2, founder=False)),
    ),
    "total-order": (
        rest(life(P1, *got(A1)), life(P2, *got(A1, A2, B1)), life(P3, *got(B1, A1))),
        "p2 delivered a1 before b1, but p3 delivered b1 before a1",
        rest(life(P1, *got(A1)), life(P2, *got(A1, A2, B1)), life(P3, *got(B1, A1), status=CRASHED)),
    ),
    "prefix-order": (
        rest(life(P1, IN_V1, *got(A1), IN_V2, *got(A2, A3)), life(P2), life(P3, IN_V2, *got(A2, B1), founder=False)),
        "p1 delivered a3 where p3 delivered b1 (delivery 2 of each since v2 {p1,p2,p3})",
        rest(life(P1, IN_V1, *got(A1), IN_V2, *got(A2, A3)), life(P2), life(P3, IN_V2, *got(A2), founder=False)),
    ),
    "uniform-total-order": (
        rest(life(P1, *got(A1, B1), status=CRASHED), life(P2, *got(B1, A2, A1))),
        "p1 delivered a1 before b1, but p2 delivered b1 before a1",
        rest(life(P1, *got(A1, B1), status=CRASHED), life(P2, *got(A1, A2, B1))),
    ),
    "fifo": (
        rest(life(P1, *sent(A1, A2, A3)), life(P2, *got(A1, A3))),
        "p1 multicast a2 before a3, but p2 delivered a3 without a2",
        rest(life(P1, *sent(A1, A2, A3)), life(P2, *got(A1, B1, A2), status=CRASHED)),
    ),
    "causal": (
        rest(life(P1, *sent(A1), *got(A1)), life(P2, *got(A1), *sent(B1), *got(B1)), life(P3, *got(B1, A1))),
        "p2 delivered a1 before it multicast b1, but p3 delivered b1 before a1",
        rest(life(P1, *sent(A1), *got(A1)), life(P2, *sent(B1), *got(A1, B1)), life(P3, *sent(C1), *got(B1, A1, C1))),
    ),
    "view-agreement": (
        rest(life(P1, IN_V1, IN_V2), life(P2, IN_V1, Installed(View(2, (P1, P2))))),
        "p1 installed v2 {p1,p2,p3}, but p2 installed v2 {p1,p2}",
        rest(life(P1, IN_V1, IN_V2), life(P2, IN_V1, Installed(View(4, (P1, P2))))),
    ),
    "monotonic-views": (
        rest(life(P1, IN_V1, IN_V2), life(P2, IN_V1, IN_V3, IN_V2)),
        "p2 installed v2 {p1,p2,p3} after v3 {p2,p3}",
        rest(life(P1, IN_V1, IN_V2), life(P2, IN_V1, IN_V3)),
    ),
    "self-inclusion": (
        rest(life(P1, IN_V2, IN_V3), life(P2, IN_V2, IN_V3)),
        "p1 installed v3 {p2,p3}, which does not contain it",
        rest(life(P1, IN_V2), life(P2, IN_V2, IN_V3)),
    ),
    "primary-partition": (
        rest(life(P1, IN_V2, status=CRASHED), life(P2, IN_V2, status=CRASHED), life(P3, IN_V2, Installed(View(3, (P3,))))),
        "p3 went from v2 {p1,p2,p3} to v3 {p3}, which keeps 1 of 3 members, not a majority",
        rest(life(P1, IN_V2, status=CRASHED), life(P2, IN_V2, IN_V3, status=CRASHED), life(P3, IN_V2, IN_V3)),
    ),
    "accuracy": (
        rest(life(P1, IN_V2), life(P2, IN_V2, IN_V3), life(P3, IN_V2)),
        "p2 went from v2 {p1,p2,p3} to v3 {p2,p3}, which leaves out p1, but p1 has neither crashed nor left",
        rest(life(P1, IN_V2, Left()), life(P2, IN_V2, IN_V3), life(P3, IN_V2)),
    ),
    "completeness": (
        rest(life(P1, IN_V2, status=CRASHED), life(P2, IN_V2, IN_V3), life(P3, IN_V2)),
        "p1 has crashed, but p3 keeps it in its last view, v2 {p1,p2,p3}",
        rest(life(P1, IN_V2, status=CRASHED), life(P2, IN_V2, IN_V3), life(P3, IN_V2, Left())),
    ),
    "admission": (
        rest(life(P1, IN_V1), life(P2, IN_V1), life(P3, AskedToJoin(P2), founder=False)),
        "p3 asked p2 to let it in, and it is neither let in nor told no",
        rest(life(P1, IN_V1), life(P2, IN_V1, status=CRASHED), life(P3, AskedToJoin(P2), founder=False)),
    ),
    "virtual-synchrony": (
        rest(life(P1, IN_V2), life(P2, IN_V2, *got(A1), IN_V3), life(P3, IN_V2, IN_V3, *got(A1))),
        "p2 and p3 both moved from v2 to v3, but p2 delivered a1 in v2 and p3 did not",
        rest(life(P1, IN_V2), life(P2, IN_V2, *got(A1, B1), IN_V3), life(P3, IN_V2, *got(B1, A1), IN_V3)),
    ),
    "same-view-delivery": (
        rest(life(P1), life(P2, IN_V2, *got(A1)), life(P3, IN_V2, IN_V3, *got(A1))),
        "p2 delivered a1 in v2 {p1,p2,p3}, but p3 delivered it in v3 {p2,p3}",
        rest(life(P1), life(P2, IN_V2, *got(A1), IN_V3), life(P3, IN_V1, IN_V2, *got(A1))),
    ),
    "sending-view-delivery": (
        rest(life(P1, IN_V2, *sent(A1)), life(P2, IN_V2, *got(A1)), life(P3, IN_V2, IN_V3, *got(A1))),
        "p1 multicast a1 in v2 {p1,p2,p3}, but p3 delivered it in v3 {p2,p3}",
        rest(life(P1, IN_V2, *sent(A1)), life(P2, IN_V2, *got(A1), IN_V3), life(P3, IN_V1, IN_V2, *got(A1), IN_V3)),
    ),
    "state-transfer": (
        joins((0, 0, 21), A1),
        "p2 started from the colour 0.0.21, but p1 showed 0.21.22 when state_request(p2) was delivered to it",
        joins((0, 21, 22), A1),
    ),
    "synchrony": (
        rest(life(P1, IN_V1, colour=(0, 0, 21)), life(P2, IN_V1, colour=(0, 21, 22)), life(P3, status=ABSENT)),
        "p1 shows 0.0.21, p2 shows 0.21.22",
        rest(life(P1, IN_V1, colour=(0, 0, 21)), life(P2, IN_V1, colour=(0, 0, 21)), life(P3, founder=False)),
    ),
    "progress": (
        rest(life(P1, IN_V1), life(P2, IN_V1, stuck=STUCK)),
        STUCK,
        rest(life(P1, IN_V1), life(P2, IN_V1, Left(), stuck=STUCK)),
    ),
    "termination": (
        rest(life(P1, IN_V1), life(P2, IN_V1, NO_REPLY, status=HALTED)),
        "p2 ended itself: no reply from the leader",
        rest(life(P1, IN_V1), life(P2, NO_REPLY, status=HALTED, founder=False)),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_violation_is_found_and_worded(name: str) -> None:
    witness = PROPERTIES[name].judge(CASES[name][0])
    assert witness is not None
    assert witness.text == CASES[name][1]
    named = [*map(str, witness.processes), *map(show, witness.payloads), *(f"v{view.id}" for view in witness.views)]
    # The colour is what the sentence on a state transfer needs of the payload.
    assert all(text in witness.text for text in named if name != "state-transfer")


@pytest.mark.parametrize("name", CASES)
def test_near_miss_is_no_violation(name: str) -> None:
    assert PROPERTIES[name].judge(CASES[name][2]) is None


@pytest.mark.parametrize("name", CASES)
def test_goal_is_reached_by_these_cases_and_not_where_nothing_happens(name: str) -> None:
    nothing = History(tuple(life(node, status=ABSENT, founder=False) for node in (P1, P2, P3)), at_rest=True)
    assert not PROPERTIES[name].goal(nothing)
    assert PROPERTIES[name].judge(nothing) is None
    assert PROPERTIES[name].goal(CASES[name][0])


def test_a_formed_group_that_does_nothing_puts_little_to_the_test() -> None:
    idle = rest(life(P1, IN_V1, colour=(0, 0, 0)), life(P2, IN_V1, colour=(0, 0, 0)))
    assert [name for name, entry in PROPERTIES.items() if entry.goal(idle)] == ["progress", "termination"]


@pytest.mark.parametrize("name", [name for name in CASES if PROPERTIES[name].kind is Kind.LIVENESS])
def test_eventual_properties_wait_for_rest(name: str) -> None:
    assert PROPERTIES[name].judge(replace(CASES[name][0], at_rest=False)) is None


# --- what the definitions say at their edges ----------------------------------------------------------------------------


def test_integrity_wants_a_multicast() -> None:
    assert verdict("integrity", rest(life(P1, *got(B1)))) == "p1 delivered b1, which nobody multicast"


def test_who_joined_later_or_is_no_member_owes_nothing() -> None:
    early = life(P1, IN_V1, *got(A1), IN_V2)
    late = life(P3, IN_V2, founder=False)
    assert verdict("agreement", rest(early, life(P2, IN_V1, *got(A1), IN_V2), late)) is None
    assert verdict("agreement", rest(early, life(P2, status=ABSENT), late)) is None


def test_a_member_that_has_not_yet_installed_the_view_owes() -> None:
    sender, joining = life(P1, IN_V1, *got(A1)), life(P2, founder=False)
    assert verdict("agreement", rest(sender, joining)) == "p2 never delivered a1, which p1 delivered in v1 {p1,p2}"


def test_a_process_that_ended_itself_still_owes_and_is_owed() -> None:
    ended = life(P1, IN_V1, *got(A1), Ended("so"), status=HALTED)
    expected = "p2 never delivered a1, which p1 delivered in v1 {p1,p2} before it ended itself"
    assert verdict("agreement", rest(ended, life(P2, IN_V1))) == expected
    expected = "p1 never delivered b1, which p2 delivered in v1 {p1,p2}"
    assert verdict("agreement", rest(ended, life(P2, IN_V1, *got(A1, B1)))) == expected


def test_prefix_order_finds_a_gap_that_total_order_does_not_see() -> None:
    gap = rest(life(P1, IN_V1, *got(A1, A2)), life(P2, IN_V1, *got(A2)))
    assert verdict("total-order", gap) is None
    assert verdict("prefix-order", gap) == "p1 delivered a1 where p2 delivered a2 (delivery 1 of each since v1 {p1,p2})"


def test_prefix_order_compares_nothing_without_a_common_view() -> None:
    assert verdict("prefix-order", rest(life(P1, IN_V1, *got(A1)), life(P2, IN_V2, *got(B1)))) is None


def test_uniform_total_order_needs_a_dead_process_to_say_more() -> None:
    assert verdict("total-order", CASES["uniform-total-order"][0]) is None


@pytest.mark.parametrize(
    ("founder", "order", "expected"),
    [
        (True, (A2,), "p1 multicast a1 before a2, but p2 delivered a2 without a1"),
        (True, (A2, A1), "p1 multicast a1 before a2, but p2 delivered a2 before a1"),
        (False, (A2, A3), None),
        (False, (A2, A1), "p1 multicast a1 before a2, but p2 delivered a2 before a1"),
        (False, (A3, A1), "p1 multicast a1 before a3, but p2 delivered a3 before a1"),
        (False, (A1, A3), "p1 multicast a2 before a3, but p2 delivered a3 without a2"),
        (True, (A1, A2, A1), None),
    ],
)
def test_fifo_starts_at_the_first_payload_for_founders_only(founder: bool, order: tuple[Change, ...], expected: str) -> None:
    assert verdict("fifo", rest(life(P1, *sent(A1, A2, A3)), life(P2, *got(*order), founder=founder))) == expected


def test_causal_order_holds_along_a_chain_when_it_holds_at_every_link() -> None:
    # a1 happened before c1 by way of b1. Who skips a1 breaks the rule at the first link, who delivers it all keeps it.
    chain = (life(P1, *sent(A1), *got(A1)), life(P2, *got(A1), *sent(B1), *got(B1)))
    broken = rest(*chain, life(P3, *got(B1), *sent(C1), *got(C1)))
    assert verdict("causal", broken) == "p2 delivered a1 before it multicast b1, but p3 delivered b1 without a1"
    assert verdict("causal", rest(*chain, life(P3, *got(A1, B1), *sent(C1), *got(C1)))) is None


def test_causal_order_counts_what_the_sender_itself_multicast() -> None:
    history = rest(life(P1, *sent(A1, A2), *got(A2)), life(P2))
    assert verdict("causal", history) == "p1 multicast a1 before it multicast a2, but p1 delivered a2 without a1"


@pytest.mark.parametrize(
    ("founder", "before", "order", "expected"),
    [
        (True, (), (B1,), "p2 delivered a1 before it multicast b1, but p3 delivered b1 without a1"),
        (False, (), (B1,), None),
        (False, (IN_V2,), (B1,), "p2 delivered a1 before it multicast b1, but p3 delivered b1 without a1"),
        (False, (), (B1, A1), "p2 delivered a1 before it multicast b1, but p3 delivered b1 before a1"),
        (False, (IN_V2,), (A1, B1), None),
    ],
)
def test_a_joiner_owes_what_was_delivered_in_a_view_with_it(
    founder: bool, before: tuple[Observation, ...], order: tuple[Change, ...], expected: str
) -> None:
    sender = life(P2, IN_V1, *before, *got(A1), *sent(B1))
    assert verdict("causal", rest(life(P1, *sent(A1)), sender, life(P3, *got(*order), founder=founder))) == expected


def test_a_joiner_has_in_its_state_what_was_delivered_between_two_multicasts_that_come_to_it_later() -> None:
    # p2 asked for both before the view that lets p3 in, and for the second one after it had delivered a1.
    founders = life(P1, *sent(A1)), life(P2, IN_V1, *sent(B1), *got(A1), *sent(B2), IN_V2, *got(B1, B2))
    assert verdict("causal", rest(*founders, life(P3, IN_V2, *got(B1, B2), founder=False))) is None
    expected = "p2 multicast b1 before it multicast b2, but p3 delivered b2 before b1"
    assert verdict("causal", rest(*founders, life(P3, IN_V2, *got(B2, B1), founder=False))) == expected


def test_views_with_members_in_another_order_are_not_the_same() -> None:
    turned = Installed(View(1, (P2, P1)))
    expected = "p1 installed v1 {p1,p2}, but p2 installed v1 {p2,p1}"
    assert verdict("view-agreement", rest(life(P1, IN_V1), life(P2, turned))) == expected


def test_installing_a_view_again_is_no_rise() -> None:
    assert verdict("monotonic-views", rest(life(P1, IN_V1, IN_V1))) == "p1 installed v1 {p1,p2} after v1 {p1,p2}"


def test_accuracy_accepts_a_process_that_ended_itself() -> None:
    lives = CASES["accuracy"][0].lives
    assert verdict("accuracy", rest(replace(lives[0], status=HALTED), *lives[1:])) is None


def test_virtual_synchrony_asks_only_those_who_moved_together() -> None:
    alone = life(P2, IN_V2, *got(A1), Installed(View(4, (P2, P3))))
    assert verdict("virtual-synchrony", rest(life(P1), alone, life(P3, IN_V2, IN_V3))) is None


def test_virtual_synchrony_counts_what_was_delivered_in_the_older_view_only() -> None:
    history = rest(life(P1), life(P2, IN_V1, *got(A1), IN_V2, IN_V3), life(P3, IN_V2, IN_V3, founder=False))
    assert verdict("virtual-synchrony", history) is None


def test_virtual_synchrony_says_who_missed_what() -> None:
    history = rest(life(P1), life(P2, IN_V2, IN_V3), life(P3, IN_V2, *got(A1), IN_V3))
    expected = "p2 and p3 both moved from v2 to v3, but p3 delivered a1 in v2 and p2 did not"
    assert verdict("virtual-synchrony", history) == expected


def test_delivery_before_the_first_view_is_delivery_in_another_view() -> None:
    expected = "p1 delivered a1 in v1 {p1,p2}, but p2 delivered it before its first view"
    assert verdict("same-view-delivery", rest(life(P1, IN_V1, *got(A1)), life(P2, *got(A1), IN_V1))) == expected


def test_state_transfer_takes_the_first_answer_and_asks_founders_only() -> None:
    right, wrong = Delivered(SetState(P1, P2, (0, 0, 0))), Delivered(SetState(P3, P2, (0, 0, 9)))
    asked, foreign = Delivered(StateRequest(P2)), Delivered(SetState(P1, P3, (0, 0, 9)))
    founder, other = life(P1, asked, right, wrong), life(P3, asked, right, wrong, founder=False)
    assert verdict("state-transfer", rest(founder, life(P2, wrong, asked, foreign, right, wrong, founder=False), other)) is None
    late = rest(founder, life(P2, asked, wrong, right, founder=False), other)
    assert verdict("state-transfer", late) == (
        "p2 started from the colour 0.0.9, but p1 showed 0.0.0 when state_request(p2) was delivered to it"
    )
    assert verdict("state-transfer", rest(life(P1), *late.lives[1:])) is None


def test_synchrony_wants_a_colour_of_every_member() -> None:
    shown = life(P1, IN_V1, colour=(0, 0, 0))
    assert verdict("synchrony", rest(shown, life(P2, IN_V1))) == "p1 shows 0.0.0, p2 shows no colour"
    assert verdict("synchrony", rest(shown, life(P2, IN_V1, status=CRASHED))) is None
    assert verdict("synchrony", rest(life(P1, IN_V1), life(P2, IN_V1))) == "p1 shows no colour, p2 shows no colour"


def test_who_is_not_yet_a_member_may_wait_for_ever() -> None:
    assert verdict("progress", rest(life(P1, IN_V1), life(P2, stuck=STUCK, founder=False))) is None


def test_the_reason_for_which_a_process_ends_itself_is_told_in_one_line():
    witness = PROPERTIES["termination"].judge(rest(life(P1, IN_V2, Ended("gave\n  up"), status=HALTED), life(P2, IN_V2)))
    assert witness is not None
    assert witness.text == "p1 ended itself: gave up"


def test_leaving_excuses_a_process_that_ends_itself() -> None:
    assert verdict("termination", rest(life(P1, IN_V1, Left(), Ended("bye"), status=HALTED))) is None


# --- the registry -------------------------------------------------------------------------------------------------------

NAMES = [
    "integrity", "validity", "agreement", "uniform-agreement", "total-order", "prefix-order", "uniform-total-order", "fifo",
    "causal", "view-agreement", "monotonic-views", "self-inclusion", "primary-partition", "accuracy", "completeness",
    "admission", "virtual-synchrony", "same-view-delivery", "sending-view-delivery", "state-transfer", "synchrony",
    "progress", "termination",
]  # fmt: skip
EVENTUAL = {"validity", "agreement", "uniform-agreement", "completeness", "admission", "synchrony", "progress"}


def test_every_property_is_registered_in_order_and_has_its_cases() -> None:
    assert [name for name in PROPERTIES if name in NAMES] == NAMES
    assert set(NAMES) <= set(CASES)


@pytest.mark.parametrize("name", NAMES)
def test_every_property_says_what_it_is(name: str) -> None:
    entry = PROPERTIES[name]
    assert entry.name == name
    assert all((entry.sentence, entry.source, entry.goal_text, entry.needs))
    assert entry.needs <= {Sent, Delivered, Installed, Adopted, AskedToJoin}
    assert (entry.kind is Kind.LIVENESS) == (name in EVENTUAL)
    assert entry.worker == (name in {"state-transfer", "synchrony"})


def test_registry_loads_nothing_heavy() -> None:
    loaded = "import groupy_check.specs.registry, sys; print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    done = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True)
    assert not {"checker", "reports", "networkx", "numpy", "numba", "graphviz", "rich"} & set(done.stdout.split())


RELIABLE = {"integrity", "validity", "agreement"}
SYNCHRONOUS = {
    "integrity", "agreement", "view-agreement", "monotonic-views", "self-inclusion", "virtual-synchrony", "same-view-delivery",
}  # fmt: skip


@pytest.mark.parametrize(
    ("held", "expected"),
    [
        (set(), []),
        ({"integrity", "agreement"}, []),
        ({"integrity", "validity"}, ["best-effort"]),
        (RELIABLE, ["reliable"]),
        (RELIABLE | {"uniform-agreement"}, ["uniform reliable"]),
        (RELIABLE | {"fifo", "total-order"}, ["reliable", "fifo", "total"]),
        (RELIABLE | {"fifo", "causal"}, ["reliable", "causal"]),
        (SYNCHRONOUS | {"total-order"}, ["total", "virtual synchrony"]),
        (SYNCHRONOUS | {"uniform-agreement"}, ["uniform virtual synchrony"]),
        (set(NAMES), ["uniform reliable", "causal", "total", "uniform virtual synchrony"]),
    ],
)
def test_ladder(held: set[str], expected: list[str]) -> None:
    assert [rung.name for rung in rungs(frozenset(held))] == expected


def test_ladder_goes_from_weak_to_strong_and_names_real_properties() -> None:
    assert [rung.name for rung in LADDER] == [
        "best-effort", "reliable", "uniform reliable", "fifo", "causal", "total", "virtual synchrony",
        "uniform virtual synchrony",
    ]  # fmt: skip
    for place, rung in enumerate(LADDER):
        assert rung.properties <= PROPERTIES.keys()
        assert not any(later.properties < rung.properties for later in LADDER[place:])
