"""What a value is made of, and where that ends: classes and members of enumerations are not looked into."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any

import pytest

from groupy_check.checker.semantics.canonical import iterated_alike
from groupy_check.checker.semantics.plain import DEEPEST, complaint


class Colour(Enum):
    RED = 1
    BLUE = 2


@dataclass(frozen=True)
class Measured:
    width: float = float("nan")


def nested(levels: int) -> Any:
    value: Any = 0
    for _ in range(levels):
        value = (value,)
    return value


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (Measured, ""),  # the class
        (Measured(1.0), ""),
        (Measured(), "holds nan"),
        ({"a": [float("nan")]}, "holds nan"),
        ({float("nan"): 1}, "holds nan"),
        (nested(DEEPEST), ""),
        (nested(DEEPEST + 1), "is nested more than 100 levels deep"),
        ("a" * 200, ""),
    ],
)
def test_what_speaks_against_a_value(value: object, words: str) -> None:
    assert complaint(value).partition(",")[0].partition(" deep")[0] == words.partition(" deep")[0]


def test_members_of_enumerations_and_classes_hold_no_sets() -> None:
    value = (Colour.RED, Colour, {1, 2}.__class__, frozenset({Colour.RED}), iterated_alike)
    assert iterated_alike(value, (*value[:3], frozenset({Colour.RED}), iterated_alike))
    one, other = frozenset([0, 8]), frozenset([8, 0])  # of equal hashes in a table of eight: in the order of their coming
    assert iterated_alike((one,), (other,)) == (list(one) == list(other))
