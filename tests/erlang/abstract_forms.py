"""Forms written as the terms of Erlang's abstract format, so that Erlang itself can compare them with its own.

Erlang run-time system, user's guide, chapter "The Abstract Format".
"""

from __future__ import annotations

from collections.abc import Iterable

from groupy_check.checker.erlang.syntax.parser import UNREAD
from groupy_check.checker.erlang.syntax.places import Place
from groupy_check.checker.erlang.syntax.tree import (
    Attribute,
    BinaryOf,
    BinaryOp,
    BlockExpr,
    Body,
    Broken,
    CallExpr,
    CaseExpr,
    CatchExpr,
    Comprehension,
    Cons,
    ErlangClause,
    Expr,
    Form,
    Function,
    FunExpr,
    FunRef,
    Generator,
    Guards,
    IfExpr,
    Literal,
    MapField,
    MapOf,
    MatchExpr,
    Nil,
    ReceiveExpr,
    Record,
    RecordAccess,
    RecordField,
    RecordOf,
    RemoteName,
    Segment,
    TryExpr,
    TupleOf,
    UnaryOp,
    Variable,
)


def written(forms: Iterable[Form]) -> str:
    """The forms as one term, a list, without what is said about types; what is broken is `{error, Line}`."""
    read = (form for form in forms if not (isinstance(form, Attribute) and form.name in UNREAD))
    return f"[{','.join(map(_form, read))}]."


def _form(form: Form) -> str:
    match form:
        case Function(at, name, clauses):
            return f"{{function,{_at(at)},{_atom(name)},{form.arity},{_list(map(_clause, clauses))}}}"
        case Record(at, name, fields):
            return f"{{attribute,{_at(at)},record,{{{_atom(name)},{_list(_field(*field) for field in fields)}}}}}"
        case Attribute(at, name, values):
            terms = [_term(value) for value in values]
            said = terms[0] if len(terms) == 1 else f"{{{','.join(terms)}}}"
            return f"{{attribute,{_at(at)},{_atom(name)},{said}}}"
        case Broken(at):
            return f"{{error,{at.line}}}"


def _term(value: Expr) -> str:
    """The value of an attribute as a term."""
    match value:
        case Literal(_, "string", text):
            return _list(str(ord(char)) for char in str(text))
        case Literal(_, "atom", text):
            return _atom(str(text))
        case Literal(_, _, number):
            return str(number)
        case Nil():
            return "[]"
        case Cons(_, head, tail):
            return f"[{_term(head)}|{_term(tail)}]"
        case TupleOf(_, items):
            return f"{{{','.join(_term(item) for item in items)}}}"
        case BinaryOp(_, "/", left, right):
            return f"{{{_term(left)},{_term(right)}}}"
    return "unread"


def _field(name: Literal, default: Expr | None) -> str:
    more = "" if default is None else f",{_expr(default)}"
    return f"{{record_field,{_at(name.at)},{_expr(name)}{more}}}"


def _clause(clause: ErlangClause) -> str:
    return f"{{clause,{_at(clause.at)},{_exprs(clause.patterns)},{_guards(clause.guards)},{_exprs(clause.body)}}}"


def _clauses(clauses: Iterable[ErlangClause]) -> str:
    return _list(map(_clause, clauses))


def _guards(guards: Guards) -> str:
    return _list(map(_exprs, guards))


def _exprs(body: Body) -> str:
    return _list(map(_expr, body))


def _expr(expr: Expr) -> str:  # noqa: C901 - one case per kind of expression
    at = _at(expr.at)
    match expr:
        case Literal(_, "atom", name):
            return f"{{atom,{at},{_atom(str(name))}}}"
        case Literal(_, "string", text):
            return f"{{string,{at},{_list(str(ord(char)) for char in str(text))}}}"
        case Literal(_, kind, number):
            return f"{{{kind},{at},{number:.17e}}}" if kind == "float" else f"{{{kind},{at},{number}}}"
        case Variable(_, name):
            return f"{{var,{at},{_atom(name)}}}"
        case TupleOf(_, items):
            return f"{{tuple,{at},{_exprs(items)}}}"
        case Nil():
            return f"{{nil,{at}}}"
        case Cons(_, head, tail):
            return f"{{cons,{at},{_expr(head)},{_expr(tail)}}}"
        case BinaryOf(_, segments):
            return f"{{bin,{at},{_list(map(_segment, segments))}}}"
        case MapOf(_, base, fields):
            return f"{{map,{at},{'' if base is None else _expr(base) + ','}{_list(map(_map_field, fields))}}}"
        case RecordOf(_, base, name, fields):
            before = "" if base is None else f"{_expr(base)},"
            return f"{{record,{at},{before}{_atom(name)},{_list(map(_record_field, fields))}}}"
        case RecordAccess(_, None, name, field):
            return f"{{record_index,{at},{_atom(name)},{_expr(field)}}}"
        case RecordAccess(_, base, name, field):
            assert base is not None
            return f"{{record_field,{at},{_expr(base)},{_atom(name)},{_expr(field)}}}"
        case MatchExpr(_, pattern, value):
            return f"{{match,{at},{_expr(pattern)},{_expr(value)}}}"
        case BinaryOp(_, operator, left, right):
            return f"{{op,{at},{_atom(operator)},{_expr(left)},{_expr(right)}}}"
        case UnaryOp(_, operator, operand):
            return f"{{op,{at},{_atom(operator)},{_expr(operand)}}}"
        case CatchExpr(_, body):
            return f"{{'catch',{at},{_expr(body)}}}"
        case RemoteName(_, module, name):
            return f"{{remote,{at},{_expr(module)},{_expr(name)}}}"
        case CallExpr(_, function, arguments):
            return f"{{call,{at},{_expr(function)},{_exprs(arguments)}}}"
        case BlockExpr(_, body):
            return f"{{block,{at},{_exprs(body)}}}"
        case IfExpr(_, clauses):
            return f"{{'if',{at},{_clauses(clauses)}}}"
        case CaseExpr(_, subject, clauses):
            return f"{{'case',{at},{_expr(subject)},{_clauses(clauses)}}}"
        case ReceiveExpr(_, clauses, None):
            return f"{{'receive',{at},{_clauses(clauses)}}}"
        case ReceiveExpr(_, clauses, timeout, after):
            assert timeout is not None
            return f"{{'receive',{at},{_clauses(clauses)},{_expr(timeout)},{_exprs(after)}}}"
        case TryExpr(_, body, clauses, handlers, after):
            return f"{{'try',{at},{_exprs(body)},{_clauses(clauses)},{_clauses(handlers)},{_exprs(after)}}}"
        case FunExpr(_, "", clauses):
            return f"{{'fun',{at},{{clauses,{_clauses(clauses)}}}}}"
        case FunExpr(_, name, clauses):
            return f"{{named_fun,{at},{_atom(name)},{_clauses(clauses)}}}"
        case FunRef(_, None, Literal(_, _, name), Literal(_, _, arity)):
            return f"{{'fun',{at},{{function,{_atom(str(name))},{arity}}}}}"
        case FunRef(_, module, name, arity):
            assert module is not None
            return f"{{'fun',{at},{{function,{_expr(module)},{_expr(name)},{_expr(arity)}}}}}"
        case Comprehension(_, template, qualifiers, binary):
            return f"{{{'bc' if binary else 'lc'},{at},{_expr(template)},{_list(map(_qualifier, qualifiers))}}}"
    raise AssertionError(expr)


def _qualifier(qualifier: Expr | Generator) -> str:
    if isinstance(qualifier, Expr):
        return _expr(qualifier)
    kind = "b_generate" if qualifier.binary else "generate"
    return f"{{{kind},{_at(qualifier.at)},{_expr(qualifier.pattern)},{_expr(qualifier.source)}}}"


def _segment(segment: Segment) -> str:
    size = "default" if segment.size is None else _expr(segment.size)
    types = _list(_atom(one) if isinstance(one, str) else f"{{{_atom(one[0])},{one[1]}}}" for one in segment.types)
    return f"{{bin_element,{_at(segment.at)},{_expr(segment.value)},{size},{types if segment.types else 'default'}}}"


def _map_field(field: MapField) -> str:
    kind = "map_field_exact" if field.exact else "map_field_assoc"
    return f"{{{kind},{_at(field.at)},{_expr(field.key)},{_expr(field.value)}}}"


def _record_field(field: RecordField) -> str:
    return f"{{record_field,{_at(field.at)},{_expr(field.name)},{_expr(field.value)}}}"


def _at(place: Place) -> str:
    return f"{{{place.line},{place.column}}}"


def _atom(name: str) -> str:
    escaped = "".join(f"\\x{{{ord(char):x}}}" if char in "'\\" or not " " <= char <= "~" else char for char in name)
    return f"'{escaped}'"


def _list(items: Iterable[str]) -> str:
    return f"[{','.join(items)}]"
