"""Erlang expressions without variables, evaluated by the operators and the library alone, so that these can be tested alone."""

from __future__ import annotations

from groupy_check.checker.erlang.library.table import FUNCTIONS
from groupy_check.checker.erlang.syntax.parser import parse
from groupy_check.checker.erlang.syntax.tree import (
    BinaryOf,
    BinaryOp,
    CallExpr,
    Cons,
    Expr,
    Function,
    FunRef,
    Literal,
    MapOf,
    Nil,
    RemoteName,
    Segment,
    TupleOf,
    UnaryOp,
)
from groupy_check.checker.erlang.terms.operators import BINARY, UNARY
from groupy_check.checker.erlang.terms.ordering import map_of
from groupy_check.checker.erlang.terms.raising import Raised
from groupy_check.checker.erlang.terms.values import Atom, Binary, Float, RemoteFun, Term, Tuple, listed, string
from groupy_check.checker.erlang.terms.writing import written
from tests.erlang.real_erlang import Answer


def our_answer(expression: str) -> Answer:
    """As `real_erlang.answers` gives it."""
    (function,) = parse(f"f() -> {expression}.", "m", "m.erl", lambda _: None)
    assert isinstance(function, Function), function
    try:
        return "value", written(value(function.clauses[0].body[0]), wide=True)
    except Raised as raised:
        return raised.kind.value, written(raised.reason, wide=True)


def value(expr: Expr) -> Term:  # noqa: C901 - one case per kind of expression
    match expr:
        case Literal(_, "atom", str(name)):
            return Atom(name)
        case Literal(_, "string", str(text)):
            return string(text)
        case Literal(_, "float", float(number)):
            return Float(number)
        case Literal(_, _, int(number)):
            return number
        case TupleOf(_, items):
            return Tuple(tuple(map(value, items)))
        case Nil():
            return ()
        case Cons(_, head, tail):
            return listed((value(head),), value(tail))
        case MapOf(_, None, fields):
            return map_of((value(field.key), value(field.value)) for field in fields)
        case BinaryOf(_, segments):
            return Binary(b"".join(map(content, segments)))
        case BinaryOp(_, operator, left, right):
            return BINARY[operator](value(left), value(right))
        case UnaryOp(_, operator, operand):
            return UNARY[operator](value(operand))
        case FunRef(_, Literal(_, _, str(module)), Literal(_, _, str(name)), Literal(_, _, int(arity))):
            return RemoteFun(module, name, arity)
        case CallExpr(_, RemoteName(_, Literal(_, _, str(module)), Literal(_, _, str(name))), arguments):
            return FUNCTIONS[module, name, len(arguments)](*map(value, arguments))
        case CallExpr(_, Literal(_, _, str(name)), arguments):
            return FUNCTIONS["erlang", name, len(arguments)](*map(value, arguments))
    raise AssertionError(expr)


def content(segment: Segment) -> bytes:
    found = value(segment.value)
    assert isinstance(found, int | tuple)
    return bytes((found,) if isinstance(found, int) else [char for char in found if isinstance(char, int)])
