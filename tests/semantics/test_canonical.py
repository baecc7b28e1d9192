"""Values that Python calls equal and that are not the same: refused, by name, before one is taken for the other."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import Any, NamedTuple

import pytest

from groupy_check.checker.errors import ProtocolError
from groupy_check.checker.search.bfs import Explorer
from groupy_check.checker.semantics.canonical import Canon, apart, form
from groupy_check.groupy_model.effects import Deliver, Send
from groupy_check.groupy_model.events import Event, Multicast
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.protocol import Outcome, Step
from groupy_check.groupy_model.protocols.groupy.gms1 import Gms1, Leader
from groupy_check.groupy_model.scenario import Scenario
from groupy_check.specs.registry import PROPERTIES


class Ping(NamedTuple):
    number: int


class Pong(NamedTuple):
    number: int


class Colour(IntEnum):
    RED = 1


class Size(IntEnum):
    BIG = 1


class Word(StrEnum):
    HI = "hi"


class Text(str):
    __slots__ = ()


@dataclass(frozen=True)
class Hidden:
    shown: int
    noise: int = field(default=0, compare=False)


class Loose:
    """Equal to all of its kind."""

    def __init__(self, number: int) -> None:
        self.number = number

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Loose)

    def __hash__(self) -> int:
        return 7

    def __repr__(self) -> str:
        return f"loose {self.number}"


@dataclass(frozen=True)
class Box:
    inside: Any


EQUAL = [
    (1, True),
    (1, 1.0),
    (0.0, -0.0),
    (Ping(1), Pong(1)),
    (Ping(1), (1,)),
    (Colour.RED, Size.BIG),
    (Colour.RED, 1),
    (Word.HI, "hi"),
    (Text("hi"), "hi"),
    (Hidden(1, noise=2), Hidden(1, noise=3)),
    (Loose(1), Loose(2)),
    (Box(1), Box(True)),
    (Box((2, Box(Ping(1)))), Box((2, Box(Pong(1))))),
    (frozenset({1}), frozenset({True})),
    (("flag", 1), ("flag", True)),
]


class Sends(Gms1):
    """gms1 whose leader sends two messages first, each to the same slave."""

    def __init__(self, one: Any, other: Any) -> None:
        self.one, self.other = one, other

    def step(self, state: Any, event: Event) -> Outcome:
        match state, event:
            case Leader(), Multicast(payload):
                return Step(state, (Send(Node(2), self.one), Send(Node(2), self.other), Deliver(payload)))
        return super().step(state, event)


@pytest.mark.parametrize(("one", "other"), EQUAL, ids=str)
def test_equal_values_that_are_not_the_same_are_refused(one: Any, other: Any) -> None:
    assert one == other
    canon = Canon()
    assert canon.clash(one) is None
    assert canon.clash(one) is None
    assert canon.clash(other) is not None
    with pytest.raises(ProtocolError, match="and one would be taken for the other"):
        Explorer(Sends(one, other), Scenario(nodes=2, messages=1, crashes=0), [PROPERTIES["integrity"]]).run()


@pytest.mark.parametrize("value", [one for one, _ in EQUAL] + [other for _, other in EQUAL], ids=str)
def test_what_is_the_same_is_not_refused(value: Any) -> None:
    Explorer(Sends(value, value), Scenario(nodes=2, messages=1, crashes=0), [PROPERTIES["integrity"]]).run()


def test_a_process_may_be_named_by_its_number() -> None:
    assert form((Node(2), 1)) == form((2, Node(1)))
    assert form(Node(1)) != form(True)


def test_the_innermost_difference_is_told() -> None:
    assert apart(Box((2, Box(Ping(1)))), Box((2, Box(Pong(1))))) == (Ping(1), Pong(1))
    assert repr(apart(Box((2, 1)), Box((2, True)))) == "(1, True)"
