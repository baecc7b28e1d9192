"""The judges for long histories say what the definitions say, verdict and witness, on random histories and on all examples."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from groupy_check.groupy_model.effects import View
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.observations import (
    Adopted,
    Delivered,
    Ended,
    History,
    IndicatedSafe,
    Installed,
    Left,
    Life,
    MovedWith,
    Observation,
    Sent,
    Status,
)
from groupy_check.groupy_model.payloads import Change
from groupy_check.specs.near_linear import order, registry
from groupy_check.specs.near_linear.arrays import Arrays
from groupy_check.specs.near_linear.registry import exercised, judged
from groupy_check.specs.registry import PARTITIONABLE, PROPERTIES
from tests.specs.notation import examples

NODES = tuple(map(Node, (1, 2, 3, 4)))
PAYLOADS = [Change(node, number) for node in NODES[:3] for number in (1, 2, 3)]
VIEWS = [View(1, NODES[:3]), View(2, NODES[:2]), View(2, NODES), View(3, NODES[1:3]), View(4, NODES[:3]), View(5, NODES[2:])]
HARD = [example.history for example in examples()]


@st.composite
def scripts(draw: st.DrawFn) -> History:
    """Runs that are nearly right: everybody follows one script of multicasts and views, but for some slips."""
    script: list[Observation] = []
    for _ in range(draw(st.integers(1, 9))):
        view = draw(st.sampled_from([None, None, *VIEWS]))
        script.append(Installed(view) if view else Delivered(draw(st.sampled_from(PAYLOADS))))
    if draw(st.booleans()):
        script.insert(0, Installed(VIEWS[0]))
    return History(tuple(draw(lives(node, script)) for node in NODES[: draw(st.integers(1, 4))]), at_rest=draw(st.booleans()))


@st.composite
def lives(draw: st.DrawFn, node: Node, script: list[Observation]) -> Life:
    log: list[Observation] = []
    for entry in script:
        if isinstance(entry, Delivered) and getattr(entry.payload, "origin", None) == node and draw(st.integers(0, 7)):
            log.append(Sent(entry.payload))
        log.append(entry)
    for _ in range(draw(st.integers(0, 3))):
        slip(draw, log)
    status = draw(st.sampled_from([Status.UP, Status.UP, Status.UP, Status.CRASHED, Status.HALTED, Status.ABSENT]))
    if status is Status.HALTED:
        log.append(Ended("so"))
    return Life(node, status, tuple(log), founder=draw(st.booleans()))


def slip(draw: st.DrawFn, log: list[Observation]) -> None:
    """Change one entry of `log`, or drop, double, swap or add one."""
    place = draw(st.integers(0, len(log)))
    match draw(st.sampled_from(["drop", "double", "swap", "add", "add"])):
        case "drop":
            del log[place : place + 1]
        case "double":
            log[place:place] = log[place : place + 1]
        case "swap":
            log[place : place + 2] = log[place : place + 2][::-1]
        case "add":
            payload, view = draw(st.sampled_from(PAYLOADS)), draw(st.sampled_from(VIEWS))
            state = Adopted(tuple(draw(st.lists(st.sampled_from(PAYLOADS), max_size=3))))
            told: list[Observation] = [IndicatedSafe(payload), MovedWith(view.members[: draw(st.integers(1, 3))])]
            entries: list[Observation] = [Delivered(payload), Sent(payload), Installed(view), state, Left(), *told]
            log.insert(place, draw(st.sampled_from(entries)))


ALL = [View(1, NODES), View(2, NODES), View(3, NODES)]


@st.composite
def shuffles(draw: st.DrawFn) -> History:
    """Runs of a group in views of all, where each delivers in an order of its own: that of the others, but for some swaps."""
    nodes = NODES[: draw(st.integers(2, 4))]
    payloads = draw(st.permutations(PAYLOADS))
    orders = [payloads[0:3], payloads[3:6], payloads[6:9]][: draw(st.integers(1, 3))]
    late = draw(st.sampled_from([None, None, nodes[-1]]))
    found = [draw(member(node, orders, late=node == late)) for node in nodes]
    return History(tuple(found), at_rest=draw(st.booleans()))


@st.composite
def member(draw: st.DrawFn, node: Node, orders: list[list[Change]], *, late: bool) -> Life:
    """One that delivers in about these orders, a view each; a late one starts from a state instead of the first view."""
    log: list[Observation] = []
    for view, common in zip(ALL, orders, strict=False):
        mine = list(common)
        for _ in range(draw(st.integers(0, 2))):
            at = draw(st.integers(0, len(mine) - 1))
            mine[at : at + 2] = mine[at : at + 2][::-1]
        if late and view is ALL[0]:
            log.append(Adopted(tuple(mine[: draw(st.integers(2, 3))])))
            continue
        log.append(Installed(view))
        events: list[Observation] = [Sent(payload) for payload in common if payload.origin == node]
        events += map(Delivered, mine[: draw(st.integers(1, 3))])
        log += draw(st.permutations(events)) if draw(st.booleans()) else events
    status = draw(st.sampled_from([Status.UP, Status.UP, Status.UP, Status.CRASHED]))
    return Life(node, status, tuple(log), founder=not late)


def same(history: History) -> None:
    """Fail unless both ways of judging agree on `history`."""
    arrays = Arrays(history)
    for name, wanted in {**PROPERTIES, **PARTITIONABLE}.items():
        assert judged(wanted, arrays) == wanted.judge(history), name
        assert exercised(wanted, arrays) == wanted.goal(history), name


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.one_of(scripts(), shuffles()))
def test_random_histories_are_judged_as_by_the_definitions(history: History) -> None:
    same(history)


@pytest.mark.slow
@settings(max_examples=500, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.one_of(scripts(), shuffles()))
def test_many_random_histories_are_judged_as_by_the_definitions(history: History) -> None:
    same(history)


def circle(length: int) -> History:
    """So many processes, each of which has had two of as many payloads, in a circle, and one more in between."""
    payloads = [Change(Node(1), number) for number in range(2 * length)]
    pairs = [(payloads[2 * at], payloads[2 * at + 1], payloads[(2 * at + 2) % (2 * length)]) for at in range(length)]
    return History(tuple(Life(Node(at), Status.UP, tuple(map(Delivered, three))) for at, three in enumerate(pairs, start=1)))


@pytest.mark.parametrize("length", [3, 4, 7])
@pytest.mark.parametrize("largest", [0, 4, 400])
def test_a_circle_is_found_and_shown_also_in_a_large_knot(length: int, largest: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(order, "LARGEST_KNOT", largest)
    history = circle(length)
    wanted = PROPERTIES["total-order"]
    found, defined = judged(wanted, Arrays(history)), wanted.judge(history)
    assert found
    assert defined
    assert len(found.payloads) == len(defined.payloads) == length
    assert largest < 400 or found == defined


@pytest.mark.parametrize("at_rest", [True, False])
def test_the_examples_are_judged_as_by_the_definitions(at_rest: bool) -> None:
    for history in HARD:
        same(replace(history, at_rest=at_rest))


@pytest.mark.parametrize("shortest", [0, 10**6])
def test_a_property_for_long_histories_is_the_same_property(shortest: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "SHORT", shortest)
    plain = [*PROPERTIES.values(), *PARTITIONABLE.values()]
    quick = registry.near_linear(plain)
    for history in HARD[::7]:
        assert [wanted.judge(history) for wanted in quick] == [wanted.judge(history) for wanted in plain]
        assert [wanted.goal(history) for wanted in quick] == [wanted.goal(history) for wanted in plain]
