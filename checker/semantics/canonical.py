"""Equality is not sameness: `1 == True`, `range(0, 0) == range(1, 1)`, and NamedTuples with equal fields are equal.

A search takes equal values for one: in its visited set, in the memo of handlers, in channels. So of all states and messages of
a protocol, those that Python calls equal must be the same down to the leaves: of one type, with the same parts, and where no
attribute shows what a value is made of, the same as they would be pickled.
"""

from __future__ import annotations

import sys
import warnings
from collections import deque
from collections.abc import Hashable, Iterator
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache, cached_property
from types import FunctionType, MappingProxyType, MemberDescriptorType, UnionType
from typing import Any

from groupy_check.groupy_model.node import Node

LEAVES = frozenset({Node, int, str, bytes, bool, type(None)})  # those of one type that are equal are the same
CONTAINERS = (tuple, list, deque, dict, set, frozenset, bytearray, MappingProxyType)


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

    def changed(self, value: Hashable) -> bool:
        """Whether `value`, which has been seen, or something in it is no longer what it was."""
        return value not in self.known or self.known[value][1] != form(value)


def form(value: Any) -> Hashable:
    """`value` with the types of all its parts written out."""
    kind: Any = type(value)
    if kind in LEAVES or isinstance(value, type | FunctionType):
        return kind, value
    if isinstance(value, Enum):
        return kind, value.name or value.value
    if kind is float:
        return kind, value.hex()  # tells 0.0 from -0.0
    if kind is tuple:
        return kind, *map(form, value)
    if isinstance(value, frozenset | set):
        return kind, frozenset(map(form, value)), *map(form, _attributes(value))
    parts = (*_parts(value), *_hidden(value))
    return (kind, *map(form, parts)) if parts else (kind, value)


def apart(one: Any, other: Any) -> tuple[object, object]:
    """The innermost parts, at one place of two equal values, that are not the same, or not even equal."""
    mine, others = _parts(one), _parts(other)
    if type(one) is type(other) and len(mine) == len(others):
        for left, right in zip(mine, others, strict=True):
            if form(left) != form(right) or left != right:
                return apart(left, right)
    return one, other


def iterated_alike(one: Any, other: Any) -> bool:
    """Whether the sets in two equal values are iterated in the same order: with members of equal hashes, they need not be."""
    if isinstance(one, frozenset):
        return list(map(form, one)) == list(map(form, other))
    return all(map(iterated_alike, _parts(one), _parts(other)))


def slots(kind: type) -> Iterator[str]:
    """The names of the slots of a class, by which its objects have them as attributes."""
    for base in kind.__mro__:
        if "__slots__" in vars(base):  # what that says, one text or an iterator that is used up, is not asked
            yield from (name for name, slot in vars(base).items() if isinstance(slot, MemberDescriptorType))


def _parts(value: Any) -> tuple[Any, ...]:
    """What `value` is made of as far as it shows it, also what its own `__eq__` leaves out."""
    kind = type(value)
    if kind is tuple:
        return value  # type: ignore[no-any-return]
    if kind in LEAVES or kind is float or isinstance(value, type | Enum | FunctionType):
        return ()
    return (*_items(value), *_attributes(value))


def _items(value: Any) -> tuple[Any, ...]:
    match value:
        case tuple() | list():
            return tuple(value)
        case deque():
            return (value.maxlen, *value)
        case dict() | MappingProxyType():
            return tuple(value.items())
        case bytearray():
            return (bytes(value),)
    return ()


def _attributes(value: Any) -> tuple[Any, ...]:
    """The fields of a dataclass in their order, and all other attributes with their names."""
    kind: Any = type(value)
    names, slotted, frozen = _layout(kind)
    held = getattr(value, "__dict__", None) or {}
    own = tuple([getattr(value, name) for name in names])
    if not slotted and len(held) <= len(names) and all(name in held for name in names):
        return own
    others = {name: getattr(value, name) for name in slotted if hasattr(value, name)}
    for name, part in held.items():
        # What is computed late may have been asked for already, or not: a frozen value can keep it as an attribute only.
        late = isinstance(getattr(kind, name, None), cached_property) or (frozen and name.startswith("_"))
        if name not in names and not late:
            others[name] = part
    return own + tuple(part for name in sorted(others) for part in (name, others[name]))


@cache
def _layout(kind: Any) -> tuple[tuple[str, ...], tuple[str, ...], bool]:
    """The fields of a class if it is a dataclass, its other slots, and whether it is a frozen one."""
    names = tuple(field.name for field in fields(kind)) if is_dataclass(kind) else ()
    frozen = bool(names) and kind.__dataclass_params__.frozen
    hides = _pickler(kind) is not object
    told = set(names).union(*[slots(base) for base in kind.__mro__ if hides and _is_pythons(base)])
    return names, tuple(dict.fromkeys(name for name in slots(kind) if name not in told)), frozen


def _hidden(value: Any) -> tuple[Any, ...]:
    """What `value` keeps out of sight, as it would be pickled: what is in a number, a text, a range, a date."""
    kind: Any = type(value)
    base = _pickler(kind)
    if kind is UnionType:  # pickled by `copyreg`
        return (value.__args__,)
    if base is object or isinstance(value, CONTAINERS):
        return ()
    if "__getnewargs__" in vars(base):
        return tuple(base.__getnewargs__(value))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # some iterators will not be pickled for ever
            pickled = base.__reduce_ex__(value, 4) if "__reduce_ex__" in vars(base) else base.__reduce__(value)
    except Exception:  # noqa: BLE001 - it cannot be pickled: what is equal is taken for the same
        return ()
    held = getattr(value, "__dict__", None)
    return () if isinstance(pickled, str) else tuple(part for part in pickled[1:] if held is None or part != held)


@cache
def _pickler(kind: Any) -> Any:
    """The first class that tells how a `kind` is pickled and is no user's; `object` if there is none."""
    for base in kind.__mro__:
        ways = [vars(base).get(way) for way in ("__getnewargs__", "__reduce_ex__", "__reduce__")]
        if any(way is not None and (_is_pythons(base) or not isinstance(way, FunctionType)) for way in ways):
            return base
    return object


def _is_pythons(kind: type) -> bool:
    return kind.__module__.partition(".")[0] in sys.stdlib_module_names
