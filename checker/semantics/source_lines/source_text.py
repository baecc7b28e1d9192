"""The source text that a function was compiled from: which instruction is where, and what stands there."""

from __future__ import annotations

import ast
import linecache
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from types import CodeType, FunctionType

from groupy_check.groupy_model.effects import Send
from groupy_check.groupy_model.events import Start
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.observations import Sent
from groupy_check.groupy_model.payloads import Change
from groupy_check.groupy_model.protocol import Protocol
from groupy_check.groupy_model.show import show
from groupy_check.groupy_model.worker import Worker

VOCABULARY = frozenset(
    sys.modules[item.__module__].__file__ for item in (Send, Start, Node, Sent, Change, Protocol, show, Worker)
)  # the vocabulary that protocols are written in, not rules of theirs
Span = tuple[tuple[int, int], tuple[int, int]]  # (line, column) of its beginning, and of its end


def file_of(function: FunctionType) -> str:
    """The file in which `function` is written."""
    return function.__code__.co_filename


def folder_of(function: FunctionType) -> str:
    """The folder of that file."""
    return folder_of_file(file_of(function))


def folder_of_file(path: str) -> str:
    """The folder of the file at `path`."""
    return os.path.dirname(path)  # noqa: PTH120 - may be no path


def methods_of(kind: type) -> Iterator[tuple[str, FunctionType]]:
    """The functions that the class `kind` itself defines, by name."""
    for name, value in vars(kind).items():
        function = getattr(value, "fget", None) or getattr(value, "__func__", value)
        function = getattr(function, "__wrapped__", function)
        if isinstance(function, FunctionType):
            yield name, function


def code_units(code: CodeType) -> Iterator[CodeType]:
    """`code` itself, and all that is compiled within it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from code_units(constant)


@lru_cache(maxsize=1_024)  # of units of code, which are equal only if their places are; one step may call a function often
def positions(code: CodeType) -> tuple[Span | None, ...]:
    """The place in the source of each instruction of `code`; None where the column is not known."""
    return tuple(
        ((line, column), (end, end_column))
        if line is not None and end is not None and column is not None and end_column is not None
        else None
        for line, end, column, end_column in code.co_positions()
    )


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A source file: `known` are the places that have instructions, none if the file cannot be read."""

    name: str
    text: str
    tree: ast.Module
    known: frozenset[Span]

    def head(self, node: ast.AST) -> str:
        """The source text of `node`, as one line."""
        return " ".join((ast.get_source_segment(self.text, node) or "").split())


def parsed(path: str) -> SourceFile:
    """The file at `path`, as linecache knows it."""
    return _parsed(path, "".join(linecache.getlines(path)))


@cache
def _parsed(path: str, text: str) -> SourceFile:
    try:
        units = code_units(compile(text, path, "exec", dont_inherit=True))
        known = frozenset(span for code in units for span in positions(code) if span)
        return SourceFile(os.path.basename(path), text, ast.parse(text), known)  # noqa: PTH119 - may be no path
    except SyntaxError:
        return SourceFile(os.path.basename(path), "", ast.Module([], []), frozenset())  # noqa: PTH119 - may be no path


def functions(node: ast.AST, prefix: str = "") -> Iterator[tuple[int, str, ast.FunctionDef]]:
    """The functions of a module and the methods of its classes: first line, name, tree; what lies within them is theirs."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ClassDef):
            yield from functions(child, f"{prefix}{child.name}.")
        elif isinstance(child, ast.FunctionDef):
            first = min([child.lineno, *(decorator.lineno for decorator in child.decorator_list)])
            yield first, prefix + child.name, child


def span_of(nodes: Sequence[ast.stmt | ast.expr]) -> Span:
    """From the first of `nodes` to the end of the last."""
    last = nodes[-1]
    assert last.end_lineno is not None
    assert last.end_col_offset is not None
    return (nodes[0].lineno, nodes[0].col_offset), (last.end_lineno, last.end_col_offset)


def inside(inner: Span, outer: Span) -> bool:
    """Whether `inner` lies within `outer`."""
    return outer[0] <= inner[0] and inner[1] <= outer[1]
