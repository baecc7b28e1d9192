"""Patterns: each becomes a function that matches a term and binds variables.

A variable that has a value matches only what is the same by `=:=`. Erlang reference manual, "Expressions", section "Patterns".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from groupy_check.checker.erlang.machine.code import Env, Matcher, Pure
from groupy_check.checker.erlang.machine.compiling.binaries import SegmentPattern, binary_matcher, layout_of
from groupy_check.checker.erlang.machine.compiling.records import RecordTypes
from groupy_check.checker.erlang.machine.processes import located
from groupy_check.checker.erlang.syntax import tree
from groupy_check.checker.erlang.terms.values import Atom, Float, Improper, Map, Term, Tuple, listed, string

if TYPE_CHECKING:
    from groupy_check.checker.erlang.machine.running import Run


class Patterns:
    """Compiles the patterns of `file`; `pure` compiles the expressions in them, which are constants or keys of maps."""

    def __init__(self, file: str, records: RecordTypes, pure: Callable[[tree.Expr], Pure]) -> None:
        self.file, self.records, self.pure = file, records, pure

    def compiled(self, pattern: tree.Expr) -> Matcher:  # noqa: C901 - one arm per kind of pattern
        """The function that matches `pattern`."""
        match pattern:
            case tree.Variable(_, name):
                return _variable(name)
            case tree.Literal():
                return _constant(literal(pattern))
            case tree.Nil():
                return _constant(())
            case tree.TupleOf(_, items):
                return _tuple(tuple(map(self.compiled, items)))
            case tree.Cons():
                return self._list(pattern)
            case tree.MatchExpr(_, left, right):
                return _both(self.compiled(left), self.compiled(right))
            case tree.MapOf(_, None, fields):
                return _map(tuple((self.pure(field.key), self.compiled(field.value)) for field in fields))
            case tree.RecordOf(at, None, name, fields):
                return _tuple((_constant(Atom(name)), *map(self.compiled, self.records.patterns(at, name, fields))))
            case tree.RecordAccess(_, None, _, _) | tree.UnaryOp():
                return _evaluated(self.pure(pattern))
            case tree.BinaryOp(_, "++", left, right):
                return self._prefixed(left, right)
            case tree.BinaryOp(_, operator) if operator != "!":
                return _evaluated(self.pure(pattern))
            case tree.BinaryOf(_, segments):
                return binary_matcher([part for segment in segments for part in self._segment(segment)])
        raise located(self.file, pattern.at, "illegal pattern")

    def _segment(self, segment: tree.Segment) -> list[SegmentPattern]:
        """The segment; of a string, one for each character."""
        layout, size = layout_of(self.file, segment), None if segment.size is None else self.pure(segment.size)
        match segment.value:
            case tree.Literal(_, "string", str(text)):
                return [SegmentPattern(layout, size, _constant(ord(char))) for char in text]
        return [SegmentPattern(layout, size, self.compiled(segment.value))]

    def _list(self, pattern: tree.Cons) -> Matcher:
        items = list[Matcher]()
        rest: tree.Expr = pattern
        while isinstance(rest, tree.Cons):
            items.append(self.compiled(rest.head))
            rest = rest.tail
        return _list(tuple(items), self.compiled(rest))

    def _prefixed(self, left: tree.Expr, right: tree.Expr) -> Matcher:
        """`"abc" ++ Rest`, where the left side may also be a list of patterns."""
        if isinstance(left, tree.Literal) and left.kind == "string":
            return _list(tuple(_constant(ord(char)) for char in str(left.value)), self.compiled(right))
        if isinstance(left, tree.Nil):
            return self.compiled(right)
        if isinstance(left, tree.Cons):
            return _list((self.compiled(left.head),), self._prefixed(left.tail, right))
        raise located(self.file, left.at, "illegal pattern: the left side of ++ must be a string or a list")


def literal(expr: tree.Literal) -> Term:
    """The term that a literal stands for."""
    match expr.kind:
        case "atom":
            return Atom(str(expr.value))
        case "string":
            return string(str(expr.value))
        case "float":
            return Float(float(expr.value))
    return ord(expr.value) if isinstance(expr.value, str) else int(expr.value)


def _variable(name: str) -> Matcher:
    if name == "_":
        return lambda _value, _env, _run: True

    def match(value: Term, env: Env, _run: Run) -> bool:
        if name in env:
            return env[name] == value
        env[name] = value
        return True

    return match


def _constant(term: Term) -> Matcher:
    return lambda value, _env, _run: value == term


def _evaluated(pure: Pure) -> Matcher:
    return lambda value, env, run: value == pure(env, run)


def _both(one: Matcher, other: Matcher) -> Matcher:
    return lambda value, env, run: one(value, env, run) and other(value, env, run)


def _tuple(items: tuple[Matcher, ...]) -> Matcher:
    def match(value: Term, env: Env, run: Run) -> bool:
        if not isinstance(value, Tuple) or len(value.items) != len(items):
            return False
        return all(item(part, env, run) for item, part in zip(items, value.items, strict=True))

    return match


def _list(items: tuple[Matcher, ...], tail: Matcher) -> Matcher:
    count = len(items)

    def match(value: Term, env: Env, run: Run) -> bool:
        found = value.items if isinstance(value, Improper) else value
        if not isinstance(found, tuple) or len(found) < count:
            return False
        if not all(item(part, env, run) for item, part in zip(items, found, strict=False)):
            return False
        rest = listed(found[count:], value.tail) if isinstance(value, Improper) else found[count:]
        return tail(rest, env, run)

    return match


def _map(fields: tuple[tuple[Pure, Matcher], ...]) -> Matcher:
    def match(value: Term, env: Env, run: Run) -> bool:
        if not isinstance(value, Map):
            return False
        held = dict(value.pairs)
        for key, pattern in fields:
            found = held.get(key(env, run))
            if found is None or not pattern(found, env, run):
                return False
        return True

    return match
