"""One operator at a time: every way in which a file of Python can be changed in one place.

What is only words stays: strings, annotations, and what is raised or asserted. A mutant is the text of the file with one
expression or statement replaced, so that everything else stays as it is.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass

COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Add,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
}
TWINS = {"any": "all", "all": "any", "min": "max", "max": "min"}
SKIPPED = (ast.JoinedStr, ast.Raise, ast.Assert, ast.arguments, ast.ImportFrom, ast.Import)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a node stands: in which function or class, and in which line its statement begins."""

    scope: str = "import"
    first: int = 1

    def inside(self, node: ast.AST) -> Place:
        match node:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                return Place(name if self.scope == "import" else f"{self.scope}.{name}", node.lineno)
            case ast.stmt():
                return Place(self.scope, node.lineno)
            case ast.Lambda():
                return Place(self.scope, sys.maxsize)  # its line is run by import, which tells nothing
            case _:
                return self


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change: in `line` of `path`, inside `scope`, `before` became `after`; `text` is the whole file with it.

    `lines` are those of the statement, up to the change: one of them is run with it. None are known of a lambda.
    """

    path: str
    line: int
    lines: range
    scope: str
    before: str
    after: str
    text: str

    @property
    def name(self) -> str:
        """What it is called as long as its function keeps its name."""
        return f"{self.path}: {self.scope}: {self.before} -> {self.after}"

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.scope}: {self.before} -> {self.after}"


def mutants(path: str, text: str) -> list[Mutant]:
    """All mutants of the file `path`, which contains `text`, in the order of the file."""
    found = []
    for node, place in _nodes(ast.parse(text), Place()):
        for after in _changes(node):
            start, end = (_offset(text, line, column) for line, column in _span(node))
            brackets = "()" if isinstance(node, ast.expr) and not isinstance(node, ast.Constant | ast.Name) else ("", "")
            changed = f"{text[:start]}{brackets[0]}{after}{brackets[1]}{text[end:]}"
            before, lines = " ".join(text[start:end].split()), range(place.first, node.lineno + 1)
            found.append(Mutant(path, node.lineno, lines, place.scope, before, after, changed))
    return found


def _span(node: ast.expr | ast.stmt) -> tuple[tuple[int, int], tuple[int, int]]:
    assert node.end_lineno is not None
    assert node.end_col_offset is not None
    return (node.lineno, node.col_offset), (node.end_lineno, node.end_col_offset)


def _offset(text: str, line: int, column: int) -> int:
    """The place in `text` of what ast calls `line` (from 1) and `column` (in bytes)."""
    lines = text.splitlines(keepends=True)
    return sum(map(len, lines[: line - 1])) + len(lines[line - 1].encode()[:column].decode())


def _nodes(node: ast.AST, place: Place) -> Iterator[tuple[ast.expr | ast.stmt, Place]]:
    """The expressions and statements that may be changed, from top to bottom."""
    place = place.inside(node)
    if isinstance(node, ast.expr | ast.stmt):
        yield node, place
    for name, value in ast.iter_fields(node):
        if name in {"annotation", "returns", "decorator_list", "type_params"}:
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and not isinstance(child, SKIPPED):
                yield from _nodes(child, place)


def _changes(node: ast.expr | ast.stmt) -> Iterator[str]:  # noqa: C901 - one case per kind of node
    """What `node` may become, as text."""
    match node:
        case ast.Compare(left, [op], [right]):
            for other in COMPARISONS[type(op)]:
                yield ast.unparse(ast.Compare(left, [other()], [right]))
        case ast.BoolOp(op, values):
            yield ast.unparse(ast.BoolOp(ast.Or() if isinstance(op, ast.And) else ast.And(), values))
            for left_out in values:
                yield ast.unparse(ast.BoolOp(op, [value for value in values if value is not left_out]))
        case ast.UnaryOp(ast.Not() | ast.USub(), operand):
            yield ast.unparse(operand)
        case ast.BinOp(left, op, right) if type(op) in ARITHMETIC:
            yield ast.unparse(ast.BinOp(left, ARITHMETIC[type(op)](), right))
        case ast.Constant(bool(value)):
            yield str(not value)
        case ast.Constant(int(value)):
            yield str(value + 1)
        case ast.IfExp(test, body, orelse):
            yield ast.unparse(ast.IfExp(test, orelse, body))
        case ast.Call(ast.Name(name)) if name in TWINS:
            yield ast.unparse(ast.Call(ast.Name(TWINS[name]), node.args, node.keywords))
        case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
            yield from _unfiltered(node)
        case ast.Return(ast.expr() as value) if not (isinstance(value, ast.Constant) and not value.value):
            yield "return None"
        case ast.Expr(ast.Call() | ast.Yield() | ast.YieldFrom()) | ast.AugAssign():
            yield "pass"
        case ast.Continue():
            yield "break"
        case ast.Break():
            yield "pass"


def _unfiltered(node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp) -> Iterator[str]:
    """`node` without one of its conditions."""
    for place, generator in enumerate(node.generators):
        for condition in generator.ifs:
            free = copy(generator)
            free.ifs = [other for other in generator.ifs if other is not condition]
            other = copy(node)
            other.generators = [*node.generators[:place], free, *node.generators[place + 1 :]]
            yield ast.unparse(other)
