"""A condition in the source of a protocol, in words: which part of it failed, and with which values."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from groupy_check.groupy_model.events import Receive
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.show import printable, show

OPERATORS: Mapping[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt,
    ast.GtE: operator.ge, ast.Is: operator.is_, ast.IsNot: operator.is_not,
    ast.In: lambda one, many: one in many, ast.NotIn: lambda one, many: one not in many,
}  # fmt: skip
EQUALITIES = (ast.Eq, ast.Is)
DIFFERENCES = (ast.NotEq, ast.IsNot)


class UnknownValueError(Exception):
    """The value of this expression could only be had by running it."""


@dataclass(frozen=True, slots=True)
class Owned:
    """What the sentence calls a part of the condition: the field `name` of the process, of the message or of nobody."""

    owner: str
    name: str

    def __str__(self) -> str:
        return f"{self.owner} {self.name}" if self.owner else self.name


@dataclass(frozen=True, slots=True)
class ConditionReader:
    """What the names of a condition stand for, in the call that gave `event` to the process `me` in `state`."""

    me: Node
    state: Hashable
    event: Receive
    variables: Mapping[str, Any]
    function: ast.FunctionDef

    def value(self, node: ast.expr) -> Any:
        """The value of `node`. Raises UnknownValueError."""
        match node:
            case ast.Constant(value=value):
                return value
            case ast.Name(id=name) if name in self.variables:
                return self.variables[name]
            case ast.Attribute(value=whole, attr=name):
                owner = self.value(whole)
                if name in getattr(type(owner), "__dataclass_fields__", ()):
                    return getattr(owner, name)
            case ast.Subscript(value=whole, slice=ast.Constant(value=int() as place)):
                items = self.value(whole)
                if isinstance(items, tuple) and -len(items) <= place < len(items):
                    return items[place]
        raise UnknownValueError

    def holds(self, node: ast.expr) -> bool | None:
        """Whether the condition `node` is true; None where that is unknown."""
        try:
            match node:
                case ast.UnaryOp(op=ast.Not(), operand=inner):
                    inner_holds = self.holds(inner)
                    return None if inner_holds is None else not inner_holds
                case ast.BoolOp(op=op, values=parts):
                    known = [self.holds(part) for part in parts]
                    decides = isinstance(op, ast.Or)
                    return decides if decides in known else None if None in known else not decides
                case ast.Compare(left=left, ops=[op], comparators=[right]):
                    return bool(OPERATORS[type(op)](self.value(left), self.value(right)))
            return bool(self.value(node))
        except (UnknownValueError, TypeError):
            return None

    def owned(self, node: ast.expr) -> Owned | None:
        """Whose field `node` is; None if it is a constant."""
        match node:
            case ast.Constant():
                return None
            case ast.Attribute(value=whole, attr=name):
                return Owned(self._owner(whole), name)
            case ast.Name(id=name):
                return self._captured(name)
        return Owned("", ast.unparse(node))

    def _owner(self, whole: ast.expr) -> str:
        try:
            value = self.value(whole)
        except UnknownValueError:
            return ast.unparse(whole)
        if value is self.state:
            return f"{self.me}'s"
        return "its" if value is self.event.message else f"{ast.unparse(whole)}'s"

    def _captured(self, name: str) -> Owned:
        """The field that a variable holds, as the patterns and assignments of the function say."""
        for node in ast.walk(self.function):
            match node:
                case ast.MatchClass(cls=ast.Name(id="Receive"), patterns=[ast.MatchAs(pattern=None, name=source), *_]):
                    if source == name:
                        return Owned("its", "sender")
                case ast.MatchClass(cls=cls) if owner := self._matched(cls):
                    for field, pattern in self._fields(node, owner):
                        if name in _names(pattern):
                            return Owned(owner, field if isinstance(pattern, ast.MatchAs) else name)
                case ast.Assign(targets=[target], value=ast.Attribute(value=whole)):
                    if any(isinstance(part, ast.Name) and part.id == name for part in ast.walk(target)):
                        owner = self._owner(whole)
                        return Owned(owner if owner in ("its", f"{self.me}'s") else "", name)
        return Owned("", name)

    def _matched(self, cls: ast.expr) -> str:
        """Whose class `cls` is: the process's, the message's or nobody's."""
        written = cls.id if isinstance(cls, ast.Name) else cls.attr if isinstance(cls, ast.Attribute) else ""
        if written in {kind.__name__ for kind in type(self.state).__mro__}:
            return f"{self.me}'s"
        return "its" if written in {kind.__name__ for kind in type(self.event.message).__mro__} else ""

    def _fields(self, node: ast.MatchClass, owner: str) -> Iterator[tuple[str, ast.pattern]]:
        value = self.event.message if owner == "its" else self.state
        places = getattr(type(value), "__match_args__", ())
        yield from zip(places, node.patterns, strict=False)
        yield from zip(node.kwd_attrs, node.kwd_patterns, strict=True)


def _names(pattern: ast.pattern) -> set[str]:
    return {part.name for part in ast.walk(pattern) if isinstance(part, ast.MatchAs | ast.MatchStar) and part.name}


def failures(test: ast.expr, wanted: bool, reading: ConditionReader, head: Callable[[ast.AST], str]) -> list[str]:
    """What keeps `test` from being as `wanted`, a text for each of its parts that does; `head` is the source text of a part."""
    match test:
        case ast.UnaryOp(op=ast.Not(), operand=inner):
            return failures(inner, not wanted, reading, head)
        case ast.BoolOp(op=op, values=parts) if isinstance(op, ast.And) == wanted:
            wrong = [part for part in parts if reading.holds(part) is (not wanted)]
            wrong = wrong or [part for part in parts if reading.holds(part) is None]
            return [text for part in wrong for text in failures(part, wanted, reading, head)]
        case ast.BoolOp(values=parts):
            return [text for part in parts for text in failures(part, wanted, reading, head)]
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            return [_compared(left, op, right, wanted, reading) or _opaque(test, wanted, head)]
    try:
        return [f"{reading.owned(test)} is {_text(reading.value(test))}"]
    except UnknownValueError:
        return [_opaque(test, wanted, head)]


def _opaque(test: ast.expr, wanted: bool, head: Callable[[ast.AST], str]) -> str:
    return f"{head(test)}{' does not hold' if wanted else ''}"


def _compared(left: ast.expr, op: ast.cmpop, right: ast.expr, wanted: bool, reading: ConditionReader) -> str:
    """The values on both sides, so that one sees why the comparison is not as `wanted`; "" where they are unknown."""
    try:
        mine, theirs = reading.value(left), reading.value(right)
    except UnknownValueError:
        return ""
    one, other = reading.owned(left), reading.owned(right)
    if isinstance(op, ast.In | ast.NotIn):
        relation = "not among" if isinstance(op, ast.In) == wanted else "which is among"
        return f"{f'{one} is ' if one else ''}{_text(mine)}, {relation} {other or ''} {_text(theirs)}"
    if one is None:
        one, other, mine, theirs = other, one, theirs, mine
    if one is None:
        return ""
    differ = isinstance(op, EQUALITIES) == wanted if isinstance(op, EQUALITIES + DIFFERENCES) else bool(mine != theirs)
    if other is None:
        return (
            f"{one} is {_text(mine)}{f', not {_text(theirs)}' if differ and isinstance(op, EQUALITIES + DIFFERENCES) else ''}"
        )
    return f"{one} is {_text(mine)}, {f'{other} is {_text(theirs)}' if differ else f'and so is {other}'}"


def _text(value: object) -> str:
    return "none" if value is None else printable(show(value))
