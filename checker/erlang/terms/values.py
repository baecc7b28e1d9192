"""The terms. Two of them are equal in Python if and only if they are equal by `=:=` in Erlang, and then have the same hash.

An integer is an `int`, a proper list a `tuple`; so `[]` is `()`, and a string is a tuple of its characters' numbers.
What Erlang hides, the numbers of pids, references and funs, is given here by the machine, so that states can be compared.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Atom:
    """An atom; booleans are atoms, too."""

    name: str


@dataclass(frozen=True, slots=True)
class Float:
    """A float, which is never an infinity nor NaN, and equals no integer."""

    value: float


@dataclass(frozen=True, slots=True)
class Tuple:
    """`{a, b}`."""

    items: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Improper:
    """`[a, b | tail]`, where the tail is no list; there is at least one item."""

    items: tuple[Term, ...]
    tail: Term


@dataclass(frozen=True, slots=True)
class Map:
    """Its pairs in the order of their keys (`ordering.KEY_ORDER`); `ordering.map_of` makes one."""

    pairs: tuple[tuple[Term, Term], ...]


@dataclass(frozen=True, slots=True)
class Binary:
    """`<<...>>` of whole bytes."""

    content: bytes


@dataclass(frozen=True, slots=True)
class Pid:
    """A process: `node` is where it was started, `number` which one it is there."""

    node: int
    number: int


@dataclass(frozen=True, slots=True)
class Ref:
    """A reference: `node` is where it was made, `number` which one it is there."""

    node: int
    number: int


@dataclass(frozen=True, slots=True)
class Fun:
    """The fun at position `index` of a module, with the values of the variables that it uses, by their names in order."""

    module: str
    index: int
    arity: int
    environment: tuple[tuple[str, Term], ...]


@dataclass(frozen=True, slots=True)
class RemoteFun:
    """`fun module:name/arity`."""

    module: str
    name: str
    arity: int


Term = int | Float | Atom | Ref | Fun | RemoteFun | Pid | Tuple | Map | tuple["Term", ...] | Improper | Binary

TRUE, FALSE = Atom("true"), Atom("false")
OK, ERROR, UNDEFINED = Atom("ok"), Atom("error"), Atom("undefined")


def boolean(value: bool) -> Atom:
    """The atom `true` or `false`."""
    return TRUE if value else FALSE


def string(text: str) -> tuple[Term, ...]:
    """The list of the characters of `text`."""
    return tuple(map(ord, text))


def cells(term: Term) -> tuple[tuple[Term, ...], Term]:
    """The items of a list and what ends it: `()`, or another term for what is no proper list."""
    if isinstance(term, tuple):
        return term, ()
    return (term.items, term.tail) if isinstance(term, Improper) else ((), term)


def listed(items: tuple[Term, ...], tail: Term) -> Term:
    """`[items | tail]`, whatever the tail is."""
    if isinstance(tail, tuple):
        return items + tail
    if isinstance(tail, Improper):
        return Improper(items + tail.items, tail.tail)
    return Improper(items, tail) if items else tail
