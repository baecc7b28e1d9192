"""Which branches of a protocol's own source were taken: a trace of single instructions, laid over the syntax tree.

Handlers are pure, and their calls are remembered. So after the search they are called once more under the trace, which slows
nothing down. Lines would be too coarse: a conditional expression, or a rule on one line, may be taken or not within a line.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from types import CodeType, FrameType, FunctionType
from typing import Any

from groupy_check.checker.semantics.source_lines.source_text import (
    VOCABULARY,
    SourceFile,
    Span,
    code_units,
    file_of,
    folder_of,
    folder_of_file,
    functions,
    inside,
    methods_of,
    parsed,
    positions,
    span_of,
)
from groupy_check.checker.semantics.source_lines.tracing import traced
from groupy_check.groupy_model.protocol import Protocol

LONGEST = 100  # characters of a rule's text

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
        self.folders = set(map(folder_of, self.functions))

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

        with traced(enter):
            run()
        spans: Spans = {}
        for code, places in executed.items():
            known = positions(code)
            spans.setdefault(code.co_filename, set()).update(span for place in places if (span := known[place // 2]))
        return spans

    def branches(self, spans: Spans) -> Iterator[Branch]:
        """Every branch and every function, in the order of files and lines, and whether `spans` touch it."""
        for path in self._paths(spans):
            executed = spans.get(path, set())
            for first, name, function in functions(parsed(path).tree):
                body = span_of(function.body)
                if (path, first) in self._places or any(inside(span, body) for span in executed):
                    yield from _Reader(parsed(path), name, executed).read(function)

    def unread(self, spans: Spans) -> list[str]:
        """The files with rules that cannot be read, or whose instructions have no known place."""
        return [file.name for file in map(parsed, self._paths(spans)) if not file.known]

    def names(self) -> set[str]:
        """All the names that the source uses."""
        return {name for function in self.functions for name in _names(function.__code__)}

    def awaited(self) -> set[str]:
        """The classes of messages that a pattern of the source wants to receive."""
        nodes = (node for _, _, function in self.written() for node in ast.walk(function))
        return {name for node in nodes if isinstance(node, ast.MatchClass) for name in _received(node)}

    def written(self) -> Iterator[tuple[str, str, ast.FunctionDef]]:
        """Its functions, in the order of files and lines: file, name, tree."""
        for path in self._paths({}):
            units = functions(parsed(path).tree)
            yield from ((path, name, function) for first, name, function in units if (path, first) in self._places)

    @property
    def _places(self) -> set[tuple[str, int]]:
        return {(file_of(function), function.__code__.co_firstlineno) for function in self.functions}

    def _paths(self, spans: Spans) -> list[str]:
        return sorted({*map(file_of, self.functions), *spans})

    def _own(self, file: str) -> bool:
        return folder_of_file(file) in self.folders and file not in VOCABULARY


# --- what belongs to a protocol ------------------------------------------------------------------------------------------


def _named_from(kind: type[Protocol]) -> list[FunctionType]:
    """`step` of `kind`, and the functions and methods that it names, directly or indirectly."""
    classes = [base for base in kind.__mro__ if base not in (Protocol, object)]
    methods = [dict(methods_of(base)) for base in classes]
    folders = {folder_of(function) for own in methods for function in own.values()}
    modules = {base.__module__ for base in classes}
    found: dict[FunctionType, None] = {}
    names = {"step"}
    while True:
        candidates = [*_inherited(methods, found), *(pair for module in sorted(modules) for pair in _beside(module))]
        new = [
            function
            for name, function in candidates
            if name in names
            and function not in found
            and folder_of(function) in folders
            and file_of(function) not in VOCABULARY
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
            yield from methods_of(value)


@cache
def _of_super(function: FunctionType) -> set[str]:
    """The methods that `function` calls by `super()`."""
    nodes = [node for unit, _, node in functions(parsed(file_of(function)).tree) if unit == function.__code__.co_firstlineno]
    return {
        part.attr
        for node in nodes
        for part in ast.walk(node)
        if isinstance(part, ast.Attribute) and isinstance(part.value, ast.Call)
        if isinstance(part.value.func, ast.Name) and part.value.func.id == "super"
    }


def _names(code: CodeType) -> set[str]:
    return {name for part in code_units(code) for name in part.co_names}


def _received(pattern: ast.MatchClass) -> Iterator[str]:
    """The classes that `Receive(_, ...)` names for the message."""
    if isinstance(pattern.cls, ast.Name) and pattern.cls.id == "Receive":
        keyed = dict(zip(pattern.kwd_attrs, pattern.kwd_patterns, strict=True))
        message = pattern.patterns[1] if len(pattern.patterns) > 1 else keyed.get("message")
        yield from classes_in(message)


def classes_in(pattern: ast.pattern | None) -> Iterator[str]:
    """The classes that `pattern` asks for: one of them, where there are several."""
    match pattern:
        case ast.MatchClass(cls=ast.Name(id=name)):
            yield name
        case ast.MatchAs(pattern=inner):
            yield from classes_in(inner)
        case ast.MatchOr(patterns=choices):
            for choice in choices:
                yield from classes_in(choice)


Head = tuple[int, str, Sequence[ast.stmt | ast.expr]]  # the line and the text of a branch, and what it consists of


def head_of_case(file: SourceFile, case: ast.match_case) -> str:
    """`case Leader(), Down(node) if node in state.slaves`."""
    return f"case {file.head(case.pattern)}" + (f" if {file.head(case.guard)}" if case.guard else "")


def cut(text: str) -> str:
    """`text`, but no longer than LONGEST."""
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."


class _Reader:
    """Reads one function, called `name`, of `file`; `executed` are the spans that ran."""

    def __init__(self, file: SourceFile, name: str, executed: Iterable[Span]) -> None:
        self.file, self.name, self.executed = file, name, executed

    def read(self, function: ast.FunctionDef) -> Iterator[Branch]:
        """The function itself, and all its branches."""
        yield from self._branch((function.lineno, f"def {function.name}", function.body), within=False)

    def _branch(self, head: Head, *, within: bool) -> Iterator[Branch]:
        line, text, body = head
        span = span_of(body)
        if not any(inside(known, span) for known in self.file.known):
            return  # the compiler has dropped it, or merged it with something else
        taken = any(inside(executed, span) for executed in self.executed)
        yield Branch(f"{self.file.name}:{line}", cut(text), self.name, taken, within)
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
                    yield case.pattern.lineno, head_of_case(self.file, case), case.body
            case ast.If(test=test, body=body, orelse=orelse):
                yield node.lineno, f"if {head(test)}", body
                if orelse:
                    yield orelse[0].lineno, f"else of: if {head(test)}", orelse
            case ast.IfExp(test=test, body=value, orelse=other):
                yield value.lineno, f"{head(value)}, where {head(test)}", [value]
                yield other.lineno, f"{head(other)}, where not: {head(test)}", [other]
