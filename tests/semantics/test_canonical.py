"""Values that Python calls equal and that are not the same: refused, by name, before one is taken for the other."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import Flag, IntEnum, StrEnum, auto
from fractions import Fraction
from functools import cached_property, partial
from itertools import repeat
from pathlib import PurePosixPath
from typing import Any, NamedTuple
from uuid import UUID, SafeUUID

import pytest

from groupy_check.checker.errors import ProtocolError
from groupy_check.checker.search.bfs import Explorer
from groupy_check.checker.semantics.canonical import Canon, apart, form
from groupy_check.groupy_model.effects import Deliver, Demonitor, Monitor, Send, View
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


class Aged:
    """With an attribute on top of a value of Python's own."""

    age: int

    @cached_property
    def length(self) -> int:
        return len(str(self))


class AgedText(Aged, str):
    pass


class AgedNumber(Aged, int):
    pass


class AgedTuple(Aged, tuple[int, ...]):
    pass


class AgedSet(Aged, frozenset[int]):
    pass


class AgedFraction(Aged, Fraction):
    pass


class AgedDecimal(Aged, Decimal):
    pass


def aged(value: Any, age: int) -> Any:
    value.age = age
    return value


@dataclass(eq=False)
class Titled(str):
    """A text by Python's measure, with a field that it does not compare."""

    __slots__ = ("headline",)
    headline: str

    def __new__(cls, *_: str) -> Titled:
        return str.__new__(cls, "text")


@dataclass(frozen=True)
class Sealed:
    """With an attribute that is no field."""

    number: int

    def __init__(self, number: int, extra: int) -> None:
        object.__setattr__(self, "number", number)
        object.__setattr__(self, "extra", extra)


class Slotted:
    """Equal to all of its kind, with slots that are declared as one text."""

    __slots__ = "age"  # noqa: PLC0205 - that is the point

    def __init__(self, age: int) -> None:
        self.age = age

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self)

    def __hash__(self) -> int:
        return 7

    def __repr__(self) -> str:
        return "slotted"


class Private(Slotted):
    __slots__ = ("__secret",)

    def __init__(self, secret: int) -> None:
        super().__init__(1)
        self.__secret = secret


class UsedUp(Slotted):
    __slots__ = iter(("own",))

    def __init__(self, own: int) -> None:
        super().__init__(1)
        self.own = own


NOON = datetime(2000, 1, 1, 12, tzinfo=UTC)


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
    (1, Node(1)),
    (Box((1, 2)), Box((Node(1), Node(2)))),
    (range(0), range(1, 1)),
    (range(0, 3, 2), range(0, 4, 2)),
    (Decimal(1), Decimal("1.0")),
    (Decimal(0), Decimal("-0")),
    (NOON, NOON.astimezone(timezone(timedelta(hours=1)))),
    (time(1), time(1, fold=1)),
    (timezone(timedelta(0)), timezone(timedelta(0), "here")),
    (complex(0.0, 0.0), complex(0.0, -0.0)),
    (UUID(int=1), UUID(int=1, is_safe=SafeUUID.safe)),
    (aged(AgedText("a"), 1), aged(AgedText("a"), 2)),
    (aged(AgedNumber(5), 1), aged(AgedNumber(5), 2)),
    (aged(AgedTuple((5,)), 1), aged(AgedTuple((5,)), 2)),
    (aged(AgedSet({5}), 1), aged(AgedSet({5}), 2)),
    (aged(AgedFraction(1, 2), 1), aged(AgedFraction(1, 2), 2)),
    (AgedDecimal("1"), AgedDecimal("1.0")),
    (Titled("one"), Titled("two")),
    (Sealed(1, 2), Sealed(1, 3)),
    (Slotted(1), Slotted(2)),
    (Private(1), Private(2)),
    (int | str, str | int),
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


def asked(value: Any) -> Any:
    """`value` after it has computed whatever it computes late."""
    return hash(value), str(value), getattr(value, "length", None), getattr(value, "parts", None), value


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (range(4), range(4)),
        (Decimal("1.0"), Decimal("1.0")),
        (Fraction(1, 2), Fraction(2, 4)),
        (NOON, NOON + timedelta(0)),
        (PurePosixPath("a/b"), asked(PurePosixPath("a//b"))[-1]),
        (aged(AgedText("a"), 1), asked(aged(AgedText("a"), 1))[-1]),
        (aged(AgedFraction(1, 2), 1), asked(aged(AgedFraction(1, 2), 1))[-1]),
        (AgedDecimal("1.0"), asked(AgedDecimal("1.0"))[-1]),
        (Box(UUID(int=1)), asked(Box(UUID(int=1)))[-1]),
    ],
    ids=str,
)
def test_what_was_made_twice_is_the_same(one: Any, other: Any) -> None:
    assert one is not other
    assert form(one) == form(other)
    Explorer(Sends(one, other), Scenario(nodes=2, messages=1, crashes=0), [PROPERTIES["integrity"]]).run()


def test_slots_count_however_they_were_declared() -> None:
    assert form(UsedUp(1)) == form(UsedUp(1))
    assert form(UsedUp(1)) != form(UsedUp(2))


def test_what_is_not_equal_has_another_form() -> None:
    """Where a value has attributes, what it is must not get lost over them."""

    class Shade(Flag):
        DARK = auto()
        RED = auto()

    forms = [
        *(form(one) for one in (partial(max, 1), partial(max, 2), repeat(1), repeat(2), slice(1), slice(2))),
        *(form(aged(AgedText(text), 1)) for text in "ab"),
        *(form(one) for one in (Shade.DARK, Shade.RED, Shade.DARK | Shade.RED, Shade(0))),
        *map(form, (b"a", bytearray(b"a"), 1.5, 2.5, 1j, 2j, len, max, int, str)),
    ]
    assert all(one != other for place, one in enumerate(forms) for other in forms[:place])


@pytest.mark.parametrize("kind", [Monitor, Demonitor, lambda node: Send(node, "x")])
def test_an_effect_holds_the_process_however_it_was_named(kind: Any) -> None:
    assert form(kind(2)) == form(kind(Node(2)))
    assert form(kind(True)) != form(kind(Node(1)))


def test_a_view_holds_processes_however_they_were_named() -> None:
    assert form(View(1, (1, Node(2)))) == form(View(1, (Node(1), 2)))  # type: ignore[arg-type]
    assert str(View(1, (1, 2))) == "v1 {p1,p2}"  # type: ignore[arg-type]
    assert form(View(1, (True,))) != form(View(1, (Node(1),)))  # type: ignore[arg-type]


def test_in_a_state_a_process_is_a_process() -> None:
    """A handler can tell 1 and Node(1) apart by their types."""
    with pytest.raises(ProtocolError, match=r"differ in p2 \(Node\) and 2 \(int\).*; write Node\(2\) instead of 2"):
        Explorer(Sends(Box(Node(2)), Box(2)), Scenario(nodes=2, messages=1, crashes=0), [PROPERTIES["integrity"]]).run()


def test_the_innermost_difference_is_told() -> None:
    assert apart(Box((2, Box(Ping(1)))), Box((2, Box(Pong(1))))) == (Ping(1), Pong(1))
    assert repr(apart(Box((2, 1)), Box((2, True)))) == "(1, True)"
    assert repr(apart(Box((2, range(0))), Box((2, range(1, 1))))) == "(range(0, 0), range(1, 1))"
