"""Values as they travel between nodes: JSON that says of what type each value is, and back.

The classes are those that both ends have loaded; nothing is imported or called on behalf of what arrives.
"""

from __future__ import annotations

import sys
from enum import Enum
from typing import Any

from groupy_check.checker.errors import ProtocolError
from groupy_check.groupy_model.node import Node

PLAIN = (bool, int, float, str)
ADVICE = "use frozen dataclasses, tuples, strings and numbers"


def encoded(value: object) -> Any:
    """`value` as what the module json can write. Raises ProtocolError for a value that cannot travel."""
    kind = type(value)
    if value is None or kind in PLAIN:
        return value
    if isinstance(value, Node):
        return ["node", int(value)]
    if isinstance(value, tuple | frozenset) and kind in (tuple, frozenset):
        return [kind.__name__, *map(encoded, value)]
    return _with_class(value, kind)


def _with_class(value: object, kind: type) -> list[Any]:
    """As `encoded`, for a value whose class is not known to everybody."""
    match value:
        case bytes() if kind is bytes:
            return ["bytes", value.hex()]
        case Enum():
            return ["enum", named_class(kind), value.name]
        case type():
            return ["class", named_class(value)]
        case tuple():
            return ["tuple of", named_class(kind), *map(encoded, value)]
        case int() | str() | float():
            return ["plain", named_class(kind), _base(kind)(value)]
    if kind.__module__ == "builtins" or any("__new__" in above.__dict__ for above in kind.__mro__[:-1]):
        raise ProtocolError(f"a {kind.__name__} cannot be sent to another process; {ADVICE}")
    return ["object", named_class(kind), {name: encoded(getattr(value, name)) for name in attributes(value)}]


def decoded(data: Any) -> Any:
    """The value that `encoded` has made `data` of. Raises ValueError for anything else."""
    match data:
        case None | bool() | int() | float() | str():
            return data
        case ["node", int(number)]:
            return Node(number)
        case ["tuple", *items]:
            return tuple(map(decoded, items))
        case ["frozenset", *items]:
            return frozenset(map(decoded, items))
        case ["bytes", str(text)]:
            return bytes.fromhex(text)
        case [str(tag), str(name), *rest]:
            return _of_class(tag, _class(name), rest)
    raise ValueError("this is no value")


def _of_class(tag: str, kind: Any, rest: list[Any]) -> Any:
    """The value of class `kind` that was encoded with `tag`. Raises ValueError."""
    match tag, rest:
        case "enum", [str(member)]:
            return kind[member]
        case "class", []:
            return kind
        case "tuple of", items:
            return tuple.__new__(kind, map(decoded, items))
        case "plain", [value]:
            return _base(kind).__new__(kind, value)
        case "object", [dict(state)]:
            made = object.__new__(kind)
            for attribute, value in state.items():
                object.__setattr__(made, attribute, decoded(value))
            return made
    raise ValueError("this is no value")


def attributes(value: object) -> list[str]:
    """The names of what `value` holds, in its slots and in its dictionary."""
    slots = [name for kind in type(value).__mro__ for name in _slots(kind)]
    return [name for name in dict.fromkeys([*slots, *getattr(value, "__dict__", ())]) if hasattr(value, name)]


def _slots(kind: type) -> list[str]:
    slots = kind.__dict__.get("__slots__", ())
    names = [slots] if isinstance(slots, str) else list(slots)
    return [name for name in names if name not in ("__dict__", "__weakref__")]


def named_class(kind: type) -> str:
    """The name by which every process finds `kind`. Raises ProtocolError when there is none."""
    name = f"{kind.__module__}:{kind.__qualname__}"
    try:
        found: object = _class(name)
    except ValueError:
        found = None
    if found is not kind:
        raise ProtocolError(f"the class {kind.__qualname__} cannot be found by its name; define it at the top of its file")
    return name


def _class(name: str) -> Any:
    module, _, path = name.partition(":")
    found: Any = sys.modules.get(module)
    for part in path.split("."):
        found = getattr(found, part, None)
    if not isinstance(found, type):
        raise ValueError(f"no class {name} is loaded")
    return found


def _base(kind: type) -> Any:
    """The class below `kind` that json knows."""
    return next(base for base in (int, str, float) if issubclass(kind, base))
