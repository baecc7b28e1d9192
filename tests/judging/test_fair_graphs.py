"""Fair cycles of graphs that can be drawn on a napkin: which there are, and the tour of each."""

from __future__ import annotations

import pytest

from groupy_check.checker.judging.fair_cycles import Demands, OwedGraph, fair_components, fairness_class, served_alone, tour
from groupy_check.groupy_model.actions import Handle
from groupy_check.groupy_model.events import Down, Multicast, Receive, Timeout
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.payloads import Change
from groupy_check.groupy_model.scenario import Fairness

P1, P2 = Node(1), Node(2)
BOTH = list(Fairness)
A, B, C = (Handle(P1, Receive(P2, letter)) for letter in "abc")
NOTICE, TICK, ASK = Handle(P1, Down(P2)), Handle(P1, Timeout("t")), Handle(P2, Multicast(Change(P2, 1)))
MAILBOX, WEAK = Fairness.MAILBOX, Fairness.WEAK


def fair(edges: OwedGraph, fairness: Fairness) -> list[set[int]]:
    return [set(component) for component in fair_components(Demands(edges, fairness))]


@pytest.mark.parametrize("fairness", BOTH)
@pytest.mark.parametrize(
    ("edges", "components"),
    [
        ([[(A, 0)]], [{0}]),
        ([[(A, 1)], []], []),  # it comes to rest
        ([[(A, 1)], [(A, 2)], []], []),
        ([[(A, 1)], [(A, 0)]], [{0, 1}]),
        ([[(A, 1)], [(A, 2)], [(A, 1)]], [{1, 2}]),  # the way there is not part of it
        ([[(A, 0), (A, 1)], [(A, 1)]], [{0}, {1}]),  # of several outcomes any may come again and again
        ([[(A, 1), (A, 2)], [(A, 1)], [(A, 2)]], [{1}, {2}]),
        ([[(A, 1), (B, 2)], [(A, 0), (B, 2)], []], []),  # b could always be taken
        ([[(A, 1), (TICK, 2)], [(A, 0)], []], []),  # a timer waits for its moment
        ([[(A, 1), (TICK, 1)], [(A, 0)]], [{0, 1}]),
        ([[(A, 1), (NOTICE, 2)], [(A, 0), (NOTICE, 2)], []], []),
        ([[(A, 1), (ASK, 2)], [(A, 0), (ASK, 2)], []], []),
    ],
)
def test_whatever_is_meant_by_fair(edges: OwedGraph, components: list[set[int]], fairness: Fairness) -> None:
    assert fair(edges, fairness) == components


@pytest.mark.parametrize(
    ("edges", "mailbox", "weak"),
    [
        ([[(A, 1), (B, 2)], [(A, 0)], []], [], [{0, 1}]),  # b can be taken at every other turn
        ([[(A, 1), (NOTICE, 2)], [(A, 0)], []], [], [{0, 1}]),
        ([[(A, 1), (ASK, 2)], [(A, 0)], []], [], [{0, 1}]),
        ([[(A, 1), (B, 2)], [(A, 0)], [(A, 2)]], [{2}], [{0, 1}, {2}]),
        # Among 0, 1, 2 the state 2 demands c in vain; without it, 1 demands b in vain, and 0 and 3 are left.
        ([[(A, 1), (A, 3)], [(A, 0), (B, 2)], [(A, 0), (C, 4)], [(A, 0)], []], [{0, 3}], [{0, 1, 2, 3}]),
    ],
)
def test_what_may_be_missed_now_and_then(edges: OwedGraph, mailbox: list[set[int]], weak: list[set[int]]) -> None:
    assert (fair(edges, MAILBOX), fair(edges, WEAK)) == (mailbox, weak)


@pytest.mark.parametrize(
    ("edges", "component", "steps"),
    [
        ([[(A, 0)]], {0}, [A]),
        ([[(A, 1)], [(B, 0)]], {0, 1}, [A, B]),
        ([[(A, 2)], [(B, 2)], [(A, 1)]], {1, 2}, [B, A]),  # from the lowest state
        ([[(A, 1)], [(B, 2)], [(C, 3)], [(A, 0)]], {0, 1, 2, 3}, [A, B, C, A]),
        ([[(A, 0), (B, 0)]], {0}, [B, A]),  # b, which the shortest walk demands in vain, and then a
        ([[(A, 0), (B, 1)], [(A, 0)]], {0, 1}, [B, A]),
        ([[(A, 1)], [(A, 0), (B, 2)], [(C, 0)]], {0, 1, 2}, [A, B, C]),
        ([[(TICK, 0), (A, 1)], [(A, 0)]], {0, 1}, [A, A, TICK]),
    ],
)
def test_a_tour_is_short_and_serves_what_it_demands(edges: OwedGraph, component: set[int], steps: list[Handle]) -> None:
    demands = Demands(edges)
    assert tour(demands, frozenset(component)) == steps


def test_under_weak_fairness_a_tour_may_pass_by_what_lapses() -> None:
    edges = [[(A, 1)], [(A, 0), (B, 2)], [(C, 0)]]
    assert tour(Demands(edges, WEAK), frozenset({0, 1, 2})) == [A, A]
    always = [[(A, 1), (B, 2)], [(A, 0), (B, 2)], [(C, 0)]]  # b waits in 0 and in 1, so the tour goes where it does not
    assert tour(Demands(always, WEAK), frozenset({0, 1, 2})) == [B, C]


def test_an_action_serves_its_channel_and_the_message_a_timer_or_the_worker() -> None:
    assert [fairness_class(action) for action in (A, NOTICE, TICK, ASK)] == [
        (P1, "channel", "p2"), (P1, "channel", "p2"), (P1, "timer", "t"), (P2, "worker", ""),
    ]  # fmt: skip
    assert served_alone(A) == ((P1, "channel", "p2"), (P1, "entry", Receive(P2, "a")))
    assert served_alone(TICK) == ((P1, "timer", "t"),)
