"""Equality is not sameness: `1 == True`, and two NamedTuples with equal fields are equal whatever their types.

A search takes equal values for one: in its visited set, in the memo of handlers, in channels. So of all states and messages of
a protocol, those that Python calls equal must be the same down to the leaves: of one type, with the same parts.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from typing import Any

from groupy_check.groupy_model.node import Node

LEAVES = (int, str, bytes, type, type(None))


class Canon:
    """The values seen so far, each in the form in which it was seen first."""

    def __init__(self) -> None:
        self.known: dict[Hashable, tuple[Hashable, Hashable]] = {}  # by what Python calls equal: a value, and its form

    def clash(self, value: Hashable) -> tuple[object, object] | None:
        """The parts in which `value` differs from one seen before that is equal to it, None if there is no such."""
        seen = self.known.get(value)
        if seen is not None and seen[0] is value:
            return None
        own = form(value)
        other, known = self.known.setdefault(value, (value, own))
        return None if known == own else apart(other, value)


def form(value: Any) -> Hashable:
    """`value` with the types of all its parts written out. A Node counts as its number: users write `2` for p2."""
    if isinstance(value, Enum):
        return type(value), value.name
    if isinstance(value, Node):
        return int, int(value)
    if isinstance(value, float):
        return type(value), value.hex()  # tells 0.0 from -0.0
    if isinstance(value, frozenset):
        return type(value), frozenset(map(form, value))
    parts = _parts(value)
    return (type(value), value) if parts is None else (type(value), *map(form, parts))


def apart(one: Any, other: Any) -> tuple[object, object]:
    """The innermost parts, at one place of two equal values, that are not the same."""
    mine, others = _parts(one), _parts(other)
    if type(one) is type(other) and mine is not None and others is not None and len(mine) == len(others):
        for left, right in zip(mine, others, strict=True):
            if form(left) != form(right):
                return apart(left, right)
    return one, other


def _parts(value: Any) -> tuple[Any, ...] | None:
    """What `value` is made of, also what its own `__eq__` leaves out; None if it is a leaf."""
    if isinstance(value, tuple):
        return value
    if isinstance(value, LEAVES):
        return None
    kind: Any = type(value)
    names = _fields(kind)
    if names is not None:
        return tuple([getattr(value, name) for name in names])
    return tuple(part for pair in sorted(_attributes(value), key=lambda pair: pair[0]) for part in pair) or None


@cache
def _fields(kind: Any) -> tuple[str, ...] | None:
    """The fields of a dataclass, None for any other class."""
    return tuple(field.name for field in fields(kind)) if is_dataclass(kind) else None


def _attributes(value: Any) -> Iterator[tuple[str, Any]]:
    yield from getattr(value, "__dict__", {}).items()
    for kind in type(value).__mro__:
        for name in getattr(kind, "__slots__", ()):
            if hasattr(value, name) and not name.startswith("__"):
                yield name, getattr(value, name)
