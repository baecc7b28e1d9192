"""`[E || P <- L, F]` as the funs that Erlang's own compiler makes of it, so that a receive in one needs nothing of its own.

A generator is a fun that goes down its list; what the comprehension has yet to find is what the fun returns for the rest.
"""

from __future__ import annotations

from groupy_check.checker.erlang.syntax import tree
from groupy_check.checker.erlang.syntax.places import Place


def as_funs(found: tree.Comprehension) -> tree.Expr:
    """An expression with the same value."""
    return _rest(found, 0, tree.Nil(found.at))


def _rest(found: tree.Comprehension, index: int, tail: tree.Expr) -> tree.Expr:
    """The list that the qualifiers from `index` on give, `tail` at its end."""
    if index == len(found.qualifiers):
        return tree.Cons(found.at, found.template, tail)
    qualifier = found.qualifiers[index]
    if isinstance(qualifier, tree.Generator):
        return _generated(found, index, qualifier, tail)
    kept = _rest(found, index + 1, tail)
    if is_test(qualifier):
        anything = tree.Literal(qualifier.at, "atom", "true")
        return tree.IfExpr(
            qualifier.at, (_clause(qualifier.at, (), kept, ((qualifier,),)), _clause(qualifier.at, (), tail, ((anything,),)))
        )
    at, other = qualifier.at, tree.Variable(qualifier.at, f"@f{index}")
    clauses = (
        _clause(at, (tree.Literal(at, "atom", "true"),), kept),
        _clause(at, (tree.Literal(at, "atom", "false"),), tail),
        _clause(at, (other,), _error(at, "bad_filter", other)),
    )
    return tree.CaseExpr(at, qualifier, clauses)


def _generated(found: tree.Comprehension, index: int, generator: tree.Generator, tail: tree.Expr) -> tree.Expr:
    at, name = generator.at, f"@g{index}"
    items, itself = tree.Variable(at, f"@l{index}"), tree.Variable(at, name)
    onwards = tree.CallExpr(at, itself, (items,))
    clauses = (
        _clause(at, (tree.Cons(at, generator.pattern, items),), _rest(found, index + 1, onwards)),
        _clause(at, (tree.Cons(at, tree.Variable(at, "_"), items),), onwards),
        _clause(at, (tree.Nil(at),), tail),
        _clause(at, (items,), _error(at, "bad_generator", items)),
    )
    return tree.CallExpr(at, tree.FunExpr(at, name, clauses), (generator.source,))


def _clause(at: Place, patterns: tree.Body, body: tree.Expr, guards: tree.Guards = ()) -> tree.ErlangClause:
    return tree.ErlangClause(at, patterns, guards, (body,))


def _error(at: Place, name: str, detail: tree.Expr) -> tree.Expr:
    reason = tree.TupleOf(at, (tree.Literal(at, "atom", name), detail))
    function = tree.RemoteName(at, tree.Literal(at, "atom", "erlang"), tree.Literal(at, "atom", "error"))
    return tree.CallExpr(at, function, (reason,))


def is_test(expr: tree.Expr) -> bool:
    """Whether a filter is an expression as in guards, where an error is false, and so is all that is not `true`.

    Of calls, those of the program's own functions are not, whatever they are called. This is what compiled programs do; the
    shell says bad_filter more often.
    """
    match expr:
        case tree.Literal() | tree.Variable() | tree.Nil():
            return True
        case tree.TupleOf(_, items):
            return all(map(is_test, items))
        case tree.Cons(_, head, tail):
            return is_test(head) and is_test(tail)
        case tree.MapOf(_, base, fields):
            return (base is None or is_test(base)) and all(is_test(field.key) and is_test(field.value) for field in fields)
        case tree.BinaryOp(_, operator, left, right) if operator not in {"!", "++", "--"}:
            return is_test(left) and is_test(right)
        case tree.UnaryOp(_, _, operand):
            return is_test(operand)
        case tree.RecordAccess(_, base):
            return base is None or is_test(base)
        case tree.CallExpr(_, called, arguments):
            return _name(called) in GUARD_FUNCTIONS and all(map(is_test, arguments))
    return False


def _name(called: tree.Expr) -> str:
    """The name of a function that may be one of the module erlang, or ""."""
    match called:
        case tree.RemoteName(_, tree.Literal(_, "atom", "erlang"), tree.Literal(_, "atom", str(name))):
            return name
        case tree.Literal(_, "atom", str(name)):
            return name
    return ""


GUARD_FUNCTIONS = frozenset({
    "abs", "binary_part", "bit_size", "byte_size", "ceil", "element", "float", "floor", "hd", "is_atom", "is_binary",
    "is_bitstring", "is_boolean", "is_float", "is_function", "is_integer", "is_list", "is_map", "is_map_key", "is_number",
    "is_pid", "is_port", "is_record", "is_reference", "is_tuple", "length", "map_get", "map_size", "node", "round", "self",
    "size", "tl", "trunc", "tuple_size",
})  # fmt: skip
