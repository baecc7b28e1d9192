"""What is true of the properties whatever the run: how they imply one another, and that they only read what they ask for."""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

from groupy_check import specs
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
from groupy_check.groupy_model.payloads import Change, SetState, StateRequest
from groupy_check.groupy_model.verdict import Kind
from groupy_check.specs.logs import gained, split_at
from groupy_check.specs.registry import PROPERTIES

NODES = (Node(1), Node(2), Node(3))
CHANGES = A1, A2, B1 = Change(NODES[0], 1), Change(NODES[0], 2), Change(NODES[1], 1)
VIEWS = (View(1, NODES[:2]), View(2, NODES), View(3, NODES))
RULES = settings(max_examples=100, derandomize=True, database=None, deadline=None)
SEARCH = settings(RULES, max_examples=2000, phases=(Phase.generate,))

# --- histories of every kind: nonsense, so that no judge relies on what a decent system would do -------------------------

colours = st.sampled_from([None, (0, 0, 0), (0, 0, 21)])
payloads = st.one_of(
    st.sampled_from(CHANGES),
    st.builds(StateRequest, st.sampled_from(NODES)),
    st.builds(SetState, st.sampled_from(NODES), st.sampled_from(NODES), colours.filter(bool)),
)
any_view = st.builds(View, st.integers(0, 3), st.lists(st.sampled_from(NODES), unique=True).map(tuple))
anything = st.one_of(
    st.builds(Sent, payloads),
    st.builds(Delivered, payloads),
    st.builds(Installed, st.sampled_from(VIEWS) | any_view),
    st.sampled_from([Left(), Ended("so")]),
    st.builds(Adopted, st.lists(payloads, max_size=3).map(tuple)),
    st.builds(AskedToJoin, st.sampled_from(NODES)),
)


def lives(node: Node) -> st.SearchStrategy[Life]:
    log = st.lists(anything, max_size=8).map(tuple)
    return st.builds(Life, st.just(node), st.sampled_from(Status), log, st.booleans(), colours, st.sampled_from(["", "stuck"]))


random_histories = st.builds(History, st.tuples(*map(lives, NODES)), st.booleans())

# --- histories that are nearly right: everybody has the same log, but for one or two slips -------------------------------


@st.composite
def slips(draw: st.DrawFn, node: Node) -> Life:
    common: list[Observation] = [Sent(A1), Sent(B1), Delivered(A1), Delivered(B1), Installed(VIEWS[2]), Sent(A2), Delivered(A2)]
    others = [Sent(change) for change in CHANGES if change.origin != node]
    log = [Installed(VIEWS[1]), *(entry for entry in common if entry not in others)]
    for _ in range(draw(st.integers(0, 2))):
        place = draw(st.integers(0, len(log) - 1))
        entry = log.pop(place)
        if draw(st.booleans()):
            log.insert(draw(st.integers(0, len(log))), entry)
    kept = tuple(log[: draw(st.integers(3, len(log)))])
    return Life(node, draw(st.sampled_from([Status.UP, Status.UP, Status.CRASHED])), kept)


slipped_histories = st.builds(History, st.tuples(*map(slips, NODES)), st.just(True))
histories = slipped_histories | random_histories


def holds(name: str, history: History) -> bool:
    return PROPERTIES[name].judge(history) is None


def always(_: History) -> bool:
    return True


def compared_from_the_start(history: History) -> bool:
    """Every two correct processes that have delivered anything had a view in common before: prefix-order sees it all."""
    alive = [life for life in history.lives if life.correct and life.delivered]
    return all(_first_common(one, other) for one in alive for other in alive)


def _first_common(one: Life, other: Life) -> bool:
    shared = [view for view in one.views if view in other.views]
    return bool(shared) and all(not any(map(gained, split_at(life, shared[0])[0])) for life in (one, other))


def integrity(history: History) -> bool:
    return holds("integrity", history)


# stronger, weaker, the premise without which it is not true
LAWS: list[tuple[str, str, Callable[[History], bool]]] = [
    ("uniform-agreement", "agreement", always),
    ("uniform-total-order", "total-order", always),
    ("prefix-order", "total-order", compared_from_the_start),
    ("sending-view-delivery", "same-view-delivery", integrity),
    ("causal", "fifo", always),
    ("primary-partition", "view-agreement", always),
]


@pytest.mark.parametrize(("stronger", "weaker", "premise"), LAWS)
def test_stronger_implies_weaker(stronger: str, weaker: str, premise: Callable[[History], bool]) -> None:
    @RULES
    @given(histories)
    def law(history: History) -> None:
        assert not (premise(history) and holds(stronger, history)) or holds(weaker, history)

    law()


@pytest.mark.parametrize(("stronger", "weaker", "premise"), LAWS)
def test_laws_are_not_vacuous(stronger: str, weaker: str, premise: Callable[[History], bool]) -> None:
    def useful(history: History) -> bool:
        return premise(history) and holds(stronger, history) and PROPERTIES[weaker].goal(history)

    def strict(history: History) -> bool:
        return premise(history) and holds(weaker, history) and not holds(stronger, history)

    assert useful(find(histories, useful, settings=SEARCH))
    assert strict(find(histories, strict, settings=SEARCH))


def test_prefix_order_alone_does_not_imply_total_order() -> None:
    # p1 delivered a1 before p3 joined, p3 delivers it later again out of place: prefix-order looks only at what came since.
    old = Life(NODES[0], Status.UP, (Installed(VIEWS[0]), Delivered(A1), Installed(VIEWS[1]), Delivered(A2)))
    new = Life(NODES[2], Status.UP, (Installed(VIEWS[1]), Delivered(A2), Delivered(A1)), founder=False)
    history = History((old, Life(NODES[1], Status.CRASHED, ()), new))
    assert holds("prefix-order", history)
    assert not holds("total-order", history)


def test_sending_view_delivery_alone_does_not_imply_same_view_delivery() -> None:
    # Nobody multicast a1, so there is no sending view; only integrity sees that.
    one = Life(NODES[0], Status.UP, (Installed(VIEWS[0]), Delivered(A1)))
    other = Life(NODES[1], Status.UP, (Installed(VIEWS[1]), Delivered(A1)))
    history = History((one, other, Life(NODES[2], Status.CRASHED, ())))
    assert holds("sending-view-delivery", history)
    assert not holds("same-view-delivery", history)
    assert not integrity(history)


# --- what a judge may look at -------------------------------------------------------------------------------------------


@RULES
@given(histories)
def test_judges_never_raise_and_depend_on_the_history_alone(history: History) -> None:
    again = copy.deepcopy(history)
    for entry in PROPERTIES.values():
        witness = entry.judge(history)
        assert witness == entry.judge(again)
        assert isinstance(entry.goal(history), bool)
        assert witness is None or (witness.text and witness.processes)
        assert witness is None or history.at_rest or entry.kind is Kind.SAFETY
    assert history == again


@RULES
@given(histories)
def test_needs_name_all_that_a_property_reads(history: History) -> None:
    for entry in PROPERTIES.values():
        keep = entry.needs | {Left, Ended}
        logs = (tuple(seen for seen in life.log if type(seen) in keep) for life in history.lives)
        pruned = replace(history, lives=tuple(replace(life, log=log) for life, log in zip(history.lives, logs, strict=True)))
        assert entry.judge(pruned) == entry.judge(history)
        assert entry.goal(pruned) == entry.goal(history)


def test_specs_import_nothing_that_knows_more_than_observations() -> None:
    allowed = {
        f"groupy_check.groupy_model.{name}"
        for name in ("effects", "node", "observations", "payloads", "show", "verdict", "worker")
    }
    # The manifest says in which scenarios verdicts are expected; no property reads it.
    sources = [path for path in sorted(Path(specs.__path__[0]).glob("*.py")) if path.name != "manifest.py"]
    trees = [ast.parse(path.read_text("utf-8")) for path in sources]
    imported = {node.module or "" for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {
        name for name in imported if name.startswith("groupy_check") and not name.startswith("groupy_check.specs")
    } <= allowed
