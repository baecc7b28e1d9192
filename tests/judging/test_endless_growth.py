"""What grows for ever: a search without a limit stops there, one with a limit says it at the end, and no other is disturbed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pytest

from groupy_check.checker.checking.engine import Choice, Engine, Means
from groupy_check.checker.erlang.adapter.source import erlang_protocol
from groupy_check.checker.inputs.protocols import load_protocol
from groupy_check.checker.search.base import Limits
from groupy_check.checker.search.bfs import Explorer
from groupy_check.checker.search.growth import TURNS, growth_in
from groupy_check.groupy_model.effects import Install, Send, SetTimer, View
from groupy_check.groupy_model.events import Event, Join, Receive, Start, Timeout
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.protocol import Idle, Outcome, Protocol, Step
from groupy_check.groupy_model.scenario import Scenario
from groupy_check.groupy_model.verdict import Extent
from groupy_check.reports.wording.headline import seen


@dataclass(frozen=True, slots=True)
class Counting:
    """`beat` counts the turns, `left` those that are left, `heard` keeps who has beaten."""

    me: Node
    members: tuple[Node, ...]
    beat: int = 0
    left: int = 300
    heard: tuple[Node, ...] = ()


class Beats(Protocol):
    """p1 beats whenever nothing else happens, and counts that."""

    name = "beats"
    claims = ()

    def turn(self, state: Counting) -> Counting:
        return replace(state, beat=state.beat + 1)

    def hear(self, state: Counting, _source: Node) -> Counting:
        return state

    def step(self, state: Any, event: Event) -> Outcome:
        match state, event:
            case Idle(me), Start():
                return Step(Counting(me, (me,)), (Install(View(0, (me,))), SetTimer("beat")))
            case Idle(me), Join(contact):
                return Step(Counting(me, ()), (Send(contact, ("join", me)),))
            case Counting(), Receive(_, ("join", Node() as other)):
                members = (*state.members, other)
                return Step(replace(state, members=members), (Send(other, ("view", members)), Install(View(1, members))))
            case Counting(), Receive(_, ("view", tuple(members))):
                return Step(replace(state, members=members), (Install(View(1, members)),))
            case Counting(), Receive(source, ("beat",)):
                return Step(self.hear(state, source))
            case Counting(), Timeout(_) if state.left:
                beats = tuple(Send(node, ("beat",)) for node in state.members if node != state.me)
                return Step(self.turn(state), (*beats, SetTimer("beat")))
            case Counting(), Timeout(_):
                return Step(state)
        return None


class Remembering(Beats):
    """p1 does not count, and p2 keeps whom it has heard."""

    def turn(self, state: Counting) -> Counting:
        return state

    def hear(self, state: Counting, source: Node) -> Counting:
        return replace(state, heard=(*state.heard, source))


class CountingDown(Beats):
    """Something is used up as the other grows."""

    def turn(self, state: Counting) -> Counting:
        return replace(state, beat=state.beat + 1, left=state.left - 1)


TWO = Scenario(nodes=2, messages=0, crashes=0)


def searched(protocol: Protocol, limits: Limits = Limits(), engine: Choice = Choice.REFERENCE, scenario: Scenario = TWO):
    return Engine(protocol, scenario, (), limits, means=Means(engine)).run()


@pytest.mark.parametrize("engine", [Choice.REFERENCE, Choice.NATIVE])
def test_a_search_without_a_limit_stops_where_something_grows_for_ever(engine):
    found = searched(Beats(), engine=engine)
    assert (found.coverage.extent, found.coverage.bound) == (Extent.BOUNDED, "p1's beat grows for ever")
    assert (found.coverage.distinct, found.coverage.generated, found.coverage.depth) == (257, 257, 256)
    assert seen(found.coverage) == "stopped, as p1's beat grows for ever"
    assert found.warnings[0] == (
        "p1's beat grows in every turn of a loop, at test_endless_growth.py:63: 80 times in 160 steps of a run without another"
        " multicast, join or fault; bound it, or do without it; if it has a bound, set a limit: with --max-states the search"
        " goes on"
    )


def test_a_search_with_a_limit_goes_on_to_that_and_says_what_grows():
    found = searched(Remembering(), Limits(states=600))
    assert (found.coverage.bound, found.coverage.distinct) == ("600 distinct states", 600)
    assert found.warnings[0].startswith("p2's heard grows in every turn of a loop, at test_endless_growth.py:60: ")
    assert found.warnings[0].endswith("; bound it, or do without it")


def test_what_is_used_up_comes_to_its_end():
    found = searched(CountingDown())
    assert (found.coverage.extent, found.coverage.distinct) == (Extent.EXHAUSTED, 602)
    assert not [warning for warning in found.warnings if "grows" in warning]


def test_a_turn_is_one_only_where_nothing_shrinks():
    explorer = Explorer(CountingDown(), TWO, ())
    explorer.run()
    assert growth_in(*explorer.walk(300)) is None


def test_a_few_turns_are_no_growth():
    explorer = Explorer(Beats(), TWO, ())
    explorer.run()
    systems, actions = explorer.walk(256)
    few = 2 * TURNS  # two steps each
    assert growth_in(systems[:few], actions[: few - 1]) is None
    assert growth_in(systems[: few + 1], actions[:few]) is not None


@pytest.mark.parametrize("name", ["gms3", "heartbeat"])
def test_nothing_grows_in_what_has_an_end(name):
    explorer = Explorer(load_protocol(name), Scenario(nodes=2, messages=2), ())
    assert explorer.run().coverage.extent is Extent.EXHAUSTED
    assert {growth_in(*explorer.walk(number)) for number in range(0, len(explorer.states), 7)} == {None}


# --- programs in Erlang --------------------------------------------------------------------------------------------------

LEADER = """-module(mine).
-export([start/1, start/2]).
start(Id) -> M = self(), {{ok, spawn_link(fun() -> leader(Id, M, []) end)}}.
start(Id, _) -> start(Id).
leader(Id, M, Seen) ->
    receive
        {{mcast, Msg}} -> M ! Msg, leader(Id, M, Seen)
    after 100 ->
        {turn}
    end.
"""
GROWING = {
    "leader(Id, M, [tick | Seen])": "p1's Seen grows",
    "erlang:monitor(process, self()), leader(Id, M, Seen)": "p1's number of monitors grows",
    "spawn(fun() -> receive never -> ok end end), leader(Id, M, Seen)": "p1's number of helper processes grows",
    "put(turns, [now | case get(turns) of undefined -> []; L -> L end]), leader(Id, M, Seen)": "p1's process dictionary grows",
    "leader(Id, M, Seen), ok": "p1's stack of calls grows",
    "self() ! late, leader(Id, M, Seen)": "p1's queue of messages to p1 grows",
}


@pytest.mark.parametrize("turn", GROWING)
def test_of_a_program_in_erlang_it_names_the_variable_and_the_line(turn, tmp_path):
    file = tmp_path / "mine.erl"
    file.write_text(LEADER.format(turn=turn))
    found = searched(erlang_protocol(str(file)), scenario=Scenario(nodes=1, messages=0, crashes=0))
    assert found.warnings[0].startswith(f"{GROWING[turn]} in every turn of a loop, at mine.erl:9: ")
