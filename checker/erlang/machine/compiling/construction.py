"""What expressions without control make: tuples, lists, maps, records; each from the values of its parts."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from groupy_check.checker.erlang.machine.compiling.records import fields_of
from groupy_check.checker.erlang.syntax import tree
from groupy_check.checker.erlang.terms.ordering import map_of
from groupy_check.checker.erlang.terms.raising import error
from groupy_check.checker.erlang.terms.values import Atom, Map, Term, Tuple, listed

Values = tuple[Term, ...]
Maker = Callable[[Values], Term]


def list_parts(expr: tree.Cons) -> tuple[list[tree.Expr], Maker]:
    """The items and the tail of a list, and what makes the list of their values."""
    parts = list[tree.Expr]()
    rest: tree.Expr = expr
    while isinstance(rest, tree.Cons):
        parts.append(rest.head)
        rest = rest.tail
    return [*parts, rest], lambda values: listed(values[:-1], values[-1])


def map_parts(expr: tree.MapOf) -> tuple[list[tree.Expr], Maker]:
    """The base, if any, then keys and values in turn."""
    parts = [part for field in expr.fields for part in (field.key, field.value)]
    if expr.base is None:
        return parts, lambda values: map_of(_pairs(values))
    exact = [field.exact for field in expr.fields]
    return [expr.base, *parts], lambda values: _updated(values[0], _pairs(values[1:]), exact)


def _pairs(values: Values) -> list[tuple[Term, Term]]:
    return list(zip(values[::2], values[1::2], strict=True))


def _updated(base: Term, pairs: Sequence[tuple[Term, Term]], exact: Sequence[bool]) -> Term:
    if not isinstance(base, Map):
        raise error("badmap", base)
    held = dict(base.pairs)
    for (key, value), must in zip(pairs, exact, strict=True):
        if must and key not in held:
            raise error("badkey", key)
        held[key] = value
    return map_of(held.items())


def new_record(name: str) -> Maker:
    """A record of its values."""
    return lambda values: Tuple((Atom(name), *values))


def updated_record(name: str, size: int, indices: Sequence[int]) -> Maker:
    """The first value, a record, with the others at `indices`."""

    def make(values: Values) -> Term:
        items = list(fields_of(values[0], name, size))
        for index, value in zip(indices, values[1:], strict=True):
            items[index - 1] = value
        return Tuple(tuple(items))

    return make


def record_field(name: str, size: int, index: int) -> Maker:
    """A field of a record."""
    return lambda values: fields_of(values[0], name, size)[index - 1]
