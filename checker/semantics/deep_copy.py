"""Fast copies of plain data: what protocols keep and send is small, mostly tuples and frozen dataclasses."""

from __future__ import annotations

import copy
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any

from groupy_check.groupy_model.node import Node

ATOMS = frozenset({Node, int, str, bytes, bool, float, type(None)})  # nothing can change these
_known: dict[type, tuple[str, ...] | None] = {}
WAYS = ("__deepcopy__", "__copy__", "__reduce__", "__reduce_ex__", "__new__")


def copied(value: Any) -> Any:
    """An equal value that shares nothing mutable with `value`. Raises what a user's __deepcopy__ raises."""
    kind = type(value)
    if kind in ATOMS or isinstance(value, Enum):
        return value
    if kind is tuple:
        return tuple(map(copied, value))
    if kind is frozenset:
        # Reversed: where hashes collide, the copy is then iterated in another order, and a handler that depends on it is found.
        return frozenset(map(copied, [*value][::-1]))
    if kind not in _known:
        _known[kind] = _fields(kind)
    names = _known[kind]
    if names is None:
        return copy.deepcopy(value)
    double = object.__new__(kind)
    for name in vars(value) if kind.__dictoffset__ else names:
        object.__setattr__(double, name, copied(getattr(value, name)))
    return double


def _fields(kind: type) -> tuple[str, ...] | None:
    """The fields of a slotted dataclass, of another one (); None for a class that may define how it is copied."""
    if not is_dataclass(kind) or any(getattr(kind, way, None) is not getattr(object, way, None) for way in WAYS):
        return None
    names = tuple(field.name for field in fields(kind))
    slots = [name for base in kind.__mro__ for name in getattr(base, "__slots__", ())]
    if kind.__dictoffset__:
        return None if slots else ()
    return names if sorted(slots) == sorted(names) else None
