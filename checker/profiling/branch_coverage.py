"""Which branches of a protocol's own source were taken: a trace of single instructions, laid over the syntax tree.

Handlers are pure, and their calls are remembered. So after the search they are called once more under the trace, which slows
nothing down. Lines would be too coarse: a conditional expression, or a rule on one line, may be taken or not within a line.
"""

from __future__ import annotations

import ast
import linecache
import os
import sys
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from types import CodeType, FrameType, FunctionType
from typing import Any

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
LONGEST = 100  # characters of a rule's text

Span = tuple[tuple[int, int], tuple[int, int]]  # (line, column) of its beginning, and of its end
Spans = dict[str, set[Span]]  # by file
Methods = dict[str, FunctionType]  # of one class


@dataclass(frozen=True, slots=True)
class Branch:
    """A branch: `text` at `where` (file:line) in the function `inside`; `within`: it lies in a branch that was never taken."""

    where: str
    text: str
    inside: str
    taken: bool
    within: bool


class Source:
    """The source of the protocol of class `kind`: its `step`, what this names in the same folders, and so on."""

    def __init__(self, kind: type[Protocol]) -> None:
        self.functions = _named_from(kind)
        self.folders = set(map(_folder, self.functions))

    def spans(self, run: Callable[[], object]) -> Spans:
        """The parts of the source that `run` executes."""
        executed: dict[CodeType, set[int]] = {}

        def enter(frame: FrameType, _event: str, _value: Any) -> Any:
            code = frame.f_code
            if not self._own(code.co_filename):
                return None
            places = executed.setdefault(code, set())

            def watch(frame: FrameType, _event: str, _value: Any) -> Any:
                places.add(frame.f_lasti)
                return watch

            frame.f_trace = watch
            frame.f_trace_lines, frame.f_trace_opcodes = False, True
            return watch

        before = sys.gettrace()
        sys.settrace(enter)
        try:
            run()
        finally:
            sys.settrace(before)
        spans: Spans = {}
        for code, places in executed.items():
            positions = _positions(code)
            spans.setdefault(code.co_filename, set()).update(span for place in places if (span := positions[place // 2]))
        return spans

    def branches(self, spans: Spans) -> Iterator[Branch]:
        """Every branch and every function, in the order of files and lines, and whether `spans` touch it."""
        for path in self._paths(spans):
            executed = spans.get(path, set())
            for first, name, function in _functions(_parsed(path).tree):
                body = _span(function.body)
                if (path, first) in self._places or any(_inside(span, body) for span in executed):
                    yield from _Reader(_parsed(path), name, executed).read(function)

    def unread(self, spans: Spans) -> list[str]:
        """The files with rules that cannot be read, or whose instructions have no known place."""
        return [file.name for file in map(_parsed, self._paths(spans)) if not file.known]

    def names(self) -> set[str]:
        """All the names that the source uses."""
        return {name for function in self.functions for name in _names(function.__code__)}

    def awaited(self) -> set[str]:
        """The classes of messages that a pattern of the source wants to receive."""
        written = ((path, *unit) for path in self._paths({}) for unit in _functions(_parsed(path).tree))
        nodes = (node for path, first, _, function in written if (path, first) in self._places for node in ast.walk(function))
        return {name for node in nodes if isinstance(node, ast.MatchClass) for name in _received(node)}

    @property
    def _places(self) -> set[tuple[str, int]]:
        return {(_file(function), function.__code__.co_firstlineno) for function in self.functions}

    def _paths(self, spans: Spans) -> list[str]:
        return sorted({*map(_file, self.functions), *spans})

    def _own(self, file: str) -> bool:
        return os.path.dirname(file) in self.folders and file not in VOCABULARY  # noqa: PTH120 - may be no path


# --- what belongs to a protocol ------------------------------------------------------------------------------------------


def _file(function: FunctionType) -> str:
    return function.__code__.co_filename


def _folder(function: FunctionType) -> str:
    return os.path.dirname(_file(function))  # noqa: PTH120 - may be no path


def _named_from(kind: type[Protocol]) -> list[FunctionType]:
    """`step` of `kind`, and the functions and methods that it names, directly or indirectly."""
    classes = [base for base in kind.__mro__ if base not in (Protocol, object)]
    methods = [dict(_methods(base)) for base in classes]
    folders = {_folder(function) for own in methods for function in own.values()}
    modules = {base.__module__ for base in classes}
    found: dict[FunctionType, None] = {}
    names = {"step"}
    while True:
        candidates = [*_inherited(methods, found), *(pair for module in sorted(modules) for pair in _beside(module))]
        new = [
            function
            for name, function in candidates
            if name in names and function not in found and _folder(function) in folders and _file(function) not in VOCABULARY
        ]
        if not new:
            return list(found)
        found.update(dict.fromkeys(new))
        names.update(name for function in new for name in _names(function.__code__))
        modules.update(function.__module__ for function in new)


def _inherited(methods: Sequence[Methods], found: Container[FunctionType]) -> Iterator[tuple[str, FunctionType]]:
    """For each name the method that counts, followed by those that `found` methods call by `super()`."""
    for place, own in enumerate(methods):
        yield from ((name, method) for name, method in own.items() if not any(name in other for other in methods[:place]))
        for function in filter(found.__contains__, own.values()):
            for name in sorted(_of_super(function)):
                yield from [(name, other[name]) for other in methods[place + 1 :] if name in other][:1]


def _beside(module: str) -> Iterator[tuple[str, FunctionType]]:
    """The functions in the namespace of `module`, and the methods of its classes other than protocols."""
    for name, value in list(vars(sys.modules[module]).items()):
        if isinstance(value, FunctionType):
            yield name, value
        elif isinstance(value, type) and not issubclass(value, Protocol):
            yield from _methods(value)


def _methods(kind: type) -> Iterator[tuple[str, FunctionType]]:
    for name, value in vars(kind).items():
        function = getattr(value, "fget", None) or getattr(value, "__func__", value)
        function = getattr(function, "__wrapped__", function)
        if isinstance(function, FunctionType):
            yield name, function


@cache
def _of_super(function: FunctionType) -> set[str]:
    """The methods that `function` calls by `super()`."""
    nodes = [node for unit, _, node in _functions(_parsed(_file(function)).tree) if unit == function.__code__.co_firstlineno]
    return {
        part.attr
        for node in nodes
        for part in ast.walk(node)
        if isinstance(part, ast.Attribute) and isinstance(part.value, ast.Call)
        if isinstance(part.value.func, ast.Name) and part.value.func.id == "super"
    }


def _names(code: CodeType) -> set[str]:
    return {name for part in _codes(code) for name in part.co_names}


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _codes(constant)


# --- what is where -------------------------------------------------------------------------------------------------------


def _positions(code: CodeType) -> list[Span | None]:
    """The place in the source of each instruction of `code`; None where the column is not known."""
    return [
        ((line, column), (end, end_column))
        if line is not None and end is not None and column is not None and end_column is not None
        else None
        for line, end, column, end_column in code.co_positions()
    ]


@dataclass(frozen=True, slots=True)
class _File:
    """A source file: `known` are the places that have instructions, none if the file cannot be read."""

    name: str
    text: str
    tree: ast.Module
    known: frozenset[Span]

    def head(self, node: ast.AST) -> str:
        """The source text of `node`, as one line."""
        return " ".join((ast.get_source_segment(self.text, node) or "").split())


@cache
def _parsed(path: str) -> _File:
    text = "".join(linecache.getlines(path))
    try:
        codes = _codes(compile(text, path, "exec", dont_inherit=True))
        known = frozenset(span for code in codes for span in _positions(code) if span)
        return _File(os.path.basename(path), text, ast.parse(text), known)  # noqa: PTH119 - may be no path
    except SyntaxError:
        return _File(os.path.basename(path), "", ast.Module([], []), frozenset())  # noqa: PTH119 - may be no path


def _functions(node: ast.AST, prefix: str = "") -> Iterator[tuple[int, str, ast.FunctionDef]]:
    """The functions of a module and the methods of its classes: first line, name, tree; what lies within them is theirs."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ClassDef):
            yield from _functions(child, f"{prefix}{child.name}.")
        elif isinstance(child, ast.FunctionDef):
            first = min([child.lineno, *(decorator.lineno for decorator in child.decorator_list)])
            yield first, prefix + child.name, child


def _span(nodes: Sequence[ast.stmt | ast.expr]) -> Span:
    last = nodes[-1]
    assert last.end_lineno is not None
    assert last.end_col_offset is not None
    return (nodes[0].lineno, nodes[0].col_offset), (last.end_lineno, last.end_col_offset)


def _inside(inner: Span, outer: Span) -> bool:
    return outer[0] <= inner[0] and inner[1] <= outer[1]


def _received(pattern: ast.MatchClass) -> Iterator[str]:
    """The classes that `Receive(_, ...)` names for the message."""
    if isinstance(pattern.cls, ast.Name) and pattern.cls.id == "Receive":
        keyed = dict(zip(pattern.kwd_attrs, pattern.kwd_patterns, strict=True))
        message = pattern.patterns[1] if len(pattern.patterns) > 1 else keyed.get("message")
        yield from _classes(message)


def _classes(pattern: ast.pattern | None) -> Iterator[str]:
    match pattern:
        case ast.MatchClass(cls=ast.Name(id=name)):
            yield name
        case ast.MatchAs(pattern=inner):
            yield from _classes(inner)
        case ast.MatchOr(patterns=choices):
            for choice in choices:
                yield from _classes(choice)


Head = tuple[int, str, Sequence[ast.stmt | ast.expr]]  # the line and the text of a branch, and what it consists of


class _Reader:
    """Reads one function, called `name`, of `file`; `executed` are the spans that ran."""

    def __init__(self, file: _File, name: str, executed: Iterable[Span]) -> None:
        self.file, self.name, self.executed = file, name, executed

    def read(self, function: ast.FunctionDef) -> Iterator[Branch]:
        """The function itself, and all its branches."""
        yield from self._branch((function.lineno, f"def {function.name}", function.body), within=False)

    def _branch(self, head: Head, *, within: bool) -> Iterator[Branch]:
        line, text, body = head
        span = _span(body)
        if not any(_inside(known, span) for known in self.file.known):
            return  # the compiler has dropped it, or merged it with something else
        taken = any(_inside(executed, span) for executed in self.executed)
        shown = text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."
        yield Branch(f"{self.file.name}:{line}", shown, self.name, taken, within)
        for node in body:
            yield from self._under(node, within=within or not taken)

    def _under(self, node: ast.AST, *, within: bool) -> Iterator[Branch]:
        heads = list(self._heads(node))
        bodies = {id(part) for _, _, body in heads for part in body}
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.match_case):
                yield from self._under(child.guard, within=within) if child.guard else ()
            elif id(child) not in bodies:
                yield from self._under(child, within=within)
        for head in heads:
            yield from self._branch(head, within=within)

    def _heads(self, node: ast.AST) -> Iterator[Head]:
        """The branches that begin at `node` itself."""
        head = self.file.head
        match node:
            case ast.Match(cases=cases):
                for case in cases:
                    guard = f" if {head(case.guard)}" if case.guard else ""
                    yield case.pattern.lineno, f"case {head(case.pattern)}{guard}", case.body
            case ast.If(test=test, body=body, orelse=orelse):
                yield node.lineno, f"if {head(test)}", body
                if orelse:
                    yield orelse[0].lineno, f"else of: if {head(test)}", orelse
            case ast.IfExp(test=test, body=value, orelse=other):
                yield value.lineno, f"{head(value)}, where {head(test)}", [value]
                yield other.lineno, f"{head(other)}, where not: {head(test)}", [other]
