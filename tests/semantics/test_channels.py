"""Channels: where a duplicate comes, what can be taken from a bag, and that a bag allows whatever a FIFO channel does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from groupy_check.checker.inputs.protocols import load_protocol
from groupy_check.checker.search.bfs import Explorer
from groupy_check.checker.semantics.enabled import Semantics
from groupy_check.groupy_model.actions import Action, Duplicate, Handle, Heal, Lose, Partition
from groupy_check.groupy_model.effects import Demonitor, Install, View
from groupy_check.groupy_model.events import Down, Join, Receive, Start
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.protocol import Idle, Protocol, Step
from groupy_check.groupy_model.protocols.registry import PROTOCOLS
from groupy_check.groupy_model.scenario import Detector, Order, Scenario
from groupy_check.groupy_model.system import Channel, Notice, System
from groupy_check.specs.registry import PROPERTIES
from tests.native.test_conformance import begun
from tests.support.tables import ALL, World, scenarios, worlds

P1, P2 = Node(1), Node(2)
CASES = Path(__file__).parents[1] / "inputs" / "cases" / "network"
DOWN = Notice.DOWN
BOTH = View(0, (P1, P2))


@dataclass(frozen=True, slots=True)
class Member:
    """p2 has a rule for the letters in `takes`, and for the notice if a D is among them; what it has taken is in `had`."""

    me: Node
    takes: str
    had: str = ""


class Letters(Protocol):
    """p1 sends nothing by itself; p2 takes letters one by one. On `?` it withdraws its monitor of p1."""

    name = "letters"

    def __init__(self, takes: str = "abcxyz?D") -> None:
        self.takes = takes

    def step(self, state: Idle | Member, event: object) -> Step | None:
        match state, event:
            case Idle(me), Start() | Join():
                return Step(Member(me, self.takes), (Install(BOTH),))
            case Member(me=2), Receive(_, letter) if str(letter) in state.takes:
                return Step(replace(state, had=f"{state.had}{letter}"), (Demonitor(P1),) if letter == "?" else ())
            case Member(me=2), Down(_) if "D" in state.takes:
                return Step(replace(state, had=f"{state.had}D"))
        return None


def entries(word: str) -> Channel:
    return tuple(DOWN if letter == "D" else letter for letter in word)


def word(channel: Channel) -> str:
    return "".join("D" if entry is DOWN else str(entry) for entry in channel)


def holding(semantics: Semantics, queued: str) -> System:
    """The first state, with `queued` in the channel from p1 to p2: letters, and D for a notice."""
    start = semantics.initial()
    return replace(start, channels=(start.channels[0], entries(queued), *start.channels[2:]))


def letters(takes: str = "abcxyz?D", **scenario: Any) -> Semantics:
    return Semantics(Letters(takes), Scenario(nodes=2, messages=0, crashes=0, **scenario))


# --- duplicates ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("queued", "after"),
    [
        ("x", ["xx"]),
        ("xy", ["xyx", "xxy", "xyy"]),  # the end, right behind the original; and y
        ("xyz", ["xyzx", "xxyz", "xyxz", "xyzy", "xyyz", "xyzz"]),  # in between, too
        ("xx", ["xxx"]),  # next to an equal entry it is the same in front as behind, and the same whichever is copied
        ("xxy", ["xxyx", "xxxy", "xxyy"]),
        ("xyx", ["xyxx", "xxyx", "xyxy", "xyyx"]),
        ("xD", ["xDx", "xxD"]),  # a retransmission may come behind the notice as well
        ("Dx", ["Dxx"]),
        ("xDy", ["xDyx", "xxDy", "xDxy", "xDyy"]),
        ("D", []),
        ("", []),
    ],
)
def test_a_copy_comes_anywhere_behind_its_original(queued: str, after: list[str]) -> None:
    semantics = letters(duplicates=1)
    system = holding(semantics, queued)
    copies = [action for action in semantics.enabled(system) if isinstance(action, Duplicate)]
    assert [word(semantics.apply(system, action).channels[1]) for action in copies] == after
    assert len(set(after)) == len(after)
    assert [action.place is None for action in copies] == [one[:-1] == queued for one in after]


@pytest.mark.parametrize(
    ("queued", "after"),
    [("xy", ["xxy", "xyy"]), ("xx", ["xxx"]), ("xyD", ["xyDx", "xyDy"]), ("yDx", ["yDxy", "yDxx"]), ("xDx", ["xDxx"])],
)
def test_in_a_bag_a_copy_joins_like_a_message_that_is_sent_now(queued: str, after: list[str]) -> None:
    semantics = letters(duplicates=1, order=Order.ANY)
    system = holding(semantics, queued)
    copies = [action for action in semantics.enabled(system) if isinstance(action, Duplicate)]
    assert all(action.place is None for action in copies)
    assert [word(semantics.apply(system, action).channels[1]) for action in copies] == after


@pytest.mark.parametrize("order", Order)
def test_every_order_in_which_two_copies_can_come(order: Order) -> None:
    """Of x and y, in this order, and two more copies: all that p2 can receive, by enumeration."""
    semantics = letters(duplicates=2, order=order)
    received, todo = set(), [holding(semantics, "xy")]
    while todo:
        system = todo.pop()
        todo += [semantics.apply(system, action) for action in semantics.enabled(system)]
        if not system.channels[1] and not system.budget.duplicates:
            received.add(had(system))
    fifo = {word for word in words("xy", 4) if word.index("x") < word.index("y")}
    assert received == (fifo if order is Order.FIFO else set(words("xy", 4)))


def had(system: System) -> str:
    local = system.processes[1].local
    assert isinstance(local, Member)
    return local.had


def words(alphabet: str, length: int) -> Iterator[str]:
    """All words with each letter of `alphabet`."""
    found = [""]
    for _ in range(length):
        found = [f"{word}{letter}" for word in found for letter in alphabet]
    return (word for word in found if set(word) == set(alphabet))


# --- what can be taken from a bag ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("queued", "takes", "next_ones"),
    [
        ("D", "D", "D"),
        ("xD", "xD", "x"),  # a notice waits for what was queued before it
        ("xD", "D", "D"),  # unless there is no rule for that
        ("Dx", "xD", "Dx"),  # but not for what was queued behind it, which need not wait either
        ("xDy", "xyD", "xy"),
        ("xDy", "yD", "Dy"),
        ("xDyDz", "zD", "Dz"),  # the first of two notices
        ("xDxy", "xyD", "xy"),
        ("Dx", "x", "x"),
        ("xyD", "D", "D"),
    ],
)
def test_a_notice_in_a_bag_waits_for_what_was_queued_before_it_and_for_nothing_else(
    queued: str, takes: str, next_ones: str
) -> None:
    semantics = letters(takes, order=Order.ANY)
    assert taken(semantics, holding(semantics, queued)) == next_ones


def taken(semantics: Semantics, system: System) -> str:
    return "".join(map(word_of, semantics.owed(system)))


@pytest.mark.parametrize(
    ("queued", "takes", "takes_now", "left"),
    [
        ("yDx", "xD", "D", "xy"),  # what stood before and behind the notice is one bag now
        ("yDx", "xD", "x", "yD"),
        ("xDx", "xD", "x", "Dx"),  # of equal messages the first
        ("zDyDx", "xyD", "D", "yzDx"),
        ("yD?", "?xD", "?", "y"),  # Demonitor takes back the notice
        ("yDx?", "?xD", "?", "xy"),
        ("zDyDx?", "?D", "?", "xyz"),
    ],
)
def test_a_bag_is_sorted_between_its_notices(queued: str, takes: str, takes_now: str, left: str) -> None:
    semantics = letters(takes, order=Order.ANY)
    system = holding(semantics, queued)
    move = next(action for action in semantics.owed(system) if word_of(action) == takes_now)
    assert word(semantics.apply(system, move).channels[1]) == left


def word_of(action: Handle) -> str:
    return "D" if isinstance(action.event, Down) else str(getattr(action.event, "message", ""))


def test_a_notice_that_overtakes_has_no_place_in_a_bag() -> None:
    semantics = letters(order=Order.ANY, detector=Detector.OVERTAKING)
    system = holding(semantics, "xyD")
    assert taken(semantics, system) == "xyD"
    assert word(semantics.lengthened(entries("bD"), "a")) == "abD"


# --- what FIFO allows, any order allows too --------------------------------------------------------------------------------


def follows(fifo: Semantics, bags: Semantics, run: Iterator[tuple[System, Action, System]]) -> int:
    """Take the steps of a run with FIFO channels in bags; they lead to the same, but for the order of messages.

    Returns before how many notices taken a message that was queued later was still there.
    """
    system, news, exact = bags.initial(), 0, True
    places = bags.scenario.detector is Detector.PERFECT
    for before, action, after in run:
        assert fifo.at_rest(before) == bags.at_rest(system)
        meant = meaning(system, bags, action)
        assert meant in bags.enabled(system), (before, action, system)
        exact = exact and not isinstance(action, Duplicate | Lose)
        news += (
            isinstance(action, Handle)
            and isinstance(action.event, Down)
            and later(fifo.channel(before, action.event.node, action.process))
        )
        system = bags.apply(system, meant)
        assert agrees(after, system, places=places, exact=exact)
    return news


def later(channel: Channel) -> bool:
    return any(entry is not DOWN for entry in channel[channel.index(DOWN) :])


def meaning(system: System, bags: Semantics, action: Action) -> Action:
    """What `action` stands for in a bag, where it is the first of equal messages that is lost or copied."""
    if not isinstance(action, Lose | Duplicate):
        return action
    index = bags.channel(system, action.source, action.target).index(action.message)
    return type(action)(action.source, action.target, index, action.message)


def agrees(fifo: System, bags: System, *, places: bool, exact: bool) -> bool:
    """`exact`: no message was lost or copied, so notices, if they have `places`, stand behind the same; else behind no more."""
    if replace(fifo, channels=()) != replace(bags, channels=()):
        return False
    for queue, bag in zip(fifo.channels, bags.channels, strict=True):
        one, other = before_notices(queue), before_notices(bag)
        if len(one) != len(other) or Counter(queue) != Counter(bag):
            return False
        if places and not all(more == fewer if exact else fewer <= more for more, fewer in zip(one, other, strict=True)):
            return False
    return True


def before_notices(channel: Channel) -> list[Counter[Hashable]]:
    """For each notice, the messages queued before it."""
    return [Counter(each for each in channel[:place] if each is not DOWN) for place, e in enumerate(channel) if e is DOWN]


def in_bags(world: World) -> int:
    bags = replace(world, scenario=replace(world.scenario, order=Order.ANY))
    return follows(world.semantics(), bags.semantics(), world.walk())


RULES = settings(max_examples=100, derandomize=True, database=None, deadline=None, suppress_health_check=[HealthCheck.too_slow])
FIFO = scenarios().map(lambda scenario: replace(scenario, order=Order.FIFO))
SPLIT = FIFO.map(lambda scenario: replace(scenario, partitions=2, crashes=1, drops=0))


@RULES
@given(worlds(FIFO, 30))
def test_a_run_in_fifo_channels_is_a_run_in_any_order(world: World) -> None:
    in_bags(world)


@RULES
@given(worlds(SPLIT, 40, restless=True))
def test_a_run_with_partitions_in_fifo_channels_is_a_run_in_any_order(world: World) -> None:
    in_bags(world)


def test_a_notice_is_taken_before_a_message_that_was_sent_later() -> None:
    protocol = load_protocol(str(CASES / "any_forbids.py"))
    scenario = Scenario(messages=1, crashes=0, partitions=1)
    trace = Explorer(protocol, scenario, [PROPERTIES["integrity"]]).run().finding("integrity").trace
    assert trace is not None
    assert len(trace.steps) == 8
    fifo, bags = (Semantics(protocol, replace(scenario, order=order), ALL) for order in Order)
    run = zip(trace.states, trace.actions, trace.states[1:], strict=False)
    assert follows(fifo, bags, iter(run)) == 1


def walks(semantics: Semantics, seed: int, longest: int) -> Iterator[tuple[System, Action, System]]:
    """A random run that prefers splits, healing and copies, without which it would say little."""
    random, system = Random(seed), semantics.initial()  # noqa: S311 - no secret
    for _ in range(longest):
        enabled = semantics.enabled(system)
        if not enabled:
            return
        rare = [action for action in enabled if isinstance(action, Partition | Heal | Duplicate)]
        action = random.choice(rare if rare and random.random() < 0.3 else enabled)
        before, system = system, semantics.apply(system, action)
        yield before, action, system


@pytest.mark.parametrize("name", PROTOCOLS)
def test_runs_of_every_protocol_in_fifo_channels_are_runs_in_any_order(name: str) -> None:
    scenario = begun(name, Scenario(messages=2, crashes=1, partitions=2, duplicates=1, drops=1, timeouts=3))
    bags = Semantics(load_protocol(name), replace(scenario, order=Order.ANY))
    fifo = Semantics(load_protocol(name), scenario)
    for seed in range(3):
        follows(fifo, bags, walks(fifo, seed, 30))
