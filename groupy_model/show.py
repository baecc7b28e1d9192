"""How values are written: the same text for messages, states and payloads in traces, diagrams and errors.

The text never depends on hash seeds or memory addresses: members of sets and keys of maps are sorted.
"""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass
from enum import Enum

NOUNS = frozenset(
    {"slave", "backup", "primary", "candidate", "client", "replica", "peer", "node", "process", "witness", "orphan"}
)
_CAPITAL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def words(name: str) -> str:
    """`JoinAsked` as `join_asked`."""
    return _CAPITAL.sub("_", name).lower()


def printable(text: str) -> str:
    """`text` with escapes for everything unprintable: line breaks, control characters, lone surrogates."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def show(value: object) -> str:
    """`value` as a person writes it: `msg(2, a1)`, `[p2, p3]`, `{x, y}`."""
    if is_dataclass(value) and not isinstance(value, type):
        if "__str__" in type(value).__dict__:
            return str(value)
        inner = ", ".join(show(getattr(value, field.name)) for field in fields(value) if field.repr)
        return f"{words(type(value).__name__)}({inner})" if inner else words(type(value).__name__)
    match value:
        case type():
            return value.__qualname__  # a user's module has another name each time it is loaded
        case Enum():
            return (value.name or str(value.value)).lower()
        case str():
            return value
        case tuple() | list():
            return f"[{', '.join(map(show, value))}]"
        case frozenset() | set():
            return f"{{{', '.join(sorted(map(show, value)))}}}"
        case dict():
            return f"{{{', '.join(sorted(f'{show(key)}: {show(item)}' for key, item in value.items()))}}}"
    return repr(value)


class Described:
    """A local state whose fields are not what a person wants to read: it says itself what its role and its parts are."""

    __slots__ = ()

    def role(self) -> str:
        """Its role, as the name of a class says it elsewhere: `leader`."""
        raise NotImplementedError

    def parts(self) -> dict[str, object]:
        """What it holds, by name."""
        raise NotImplementedError

    def holdings(self) -> dict[str, object]:
        """All that it holds, by name, as it is: what a search asks that wants to know what grows."""
        raise NotImplementedError

    def turn(self, article: str) -> str:
        """What has happened where it comes to this role: `became the leader`."""
        return f"became {article} {self.role()}"


def role_of(local: object) -> str:
    """The role that a local state plays: the name of its class, in words."""
    return local.role() if isinstance(local, Described) else words(type(local).__name__).replace("_", " ")


def is_noun(role: str) -> bool:
    """Whether one is a `role`, as one is a leader; in others one is, as in Waiting: classes are called by any words."""
    last = role.split()[-1:]
    return any(word in NOUNS or word.endswith(("er", "or")) for word in last)


def parts_of(value: object) -> dict[str, object]:
    """What a person reads of a value that has parts, by name: the fields of a dataclass."""
    if isinstance(value, Described):
        return value.parts()
    if not is_dataclass(value):
        return {}
    return {field.name: getattr(value, field.name) for field in fields(value) if field.repr}


def looks_like(one: object, other: object) -> bool:
    """Whether a person who reads two local states finds no difference."""
    return one == other or (isinstance(one, Described) and role_of(one) == role_of(other) and parts_of(one) == parts_of(other))


def counted(count: int, noun: str) -> str:
    """`1 crash`, `2 crashes`, `1,024 properties`."""
    plural = f"{noun[:-1]}ies" if noun.endswith(("ty", "ry")) else noun + ("es" if noun.endswith(("s", "sh")) else "s")
    return f"{count:,} {noun if count == 1 else plural}"
