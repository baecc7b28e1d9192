"""Where in a user's own source a handler has decided what it answered: the line of the rule that acted.

`step` often only passes an event on. So from there the answer is followed to the function that made it: what returned it
unchanged, or, where nothing was decided, what was given the event. In that function the rule is the `case` that ran, or the
`if` that asks for a kind of events; where there is none, or where it has several ways out, it is the `return`.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from functools import cache
from types import FrameType
from typing import Any

from groupy_check.checker.limits.deadline import FAILURES, calling
from groupy_check.checker.limits.user_output import marked_prints
from groupy_check.checker.semantics.source_lines.source_text import (
    VOCABULARY,
    SourceFile,
    Span,
    folder_of_file,
    functions,
    inside,
    parsed,
    positions,
    span_of,
)
from groupy_check.checker.semantics.source_lines.tracing import folders_of, traced
from groupy_check.checker.semantics.step_cache import short
from groupy_check.groupy_model.events import EVENT_TYPES, Event
from groupy_check.groupy_model.protocol import Protocol

EVENTS = frozenset(kind.__name__ for kind in EVENT_TYPES)
MOST = 300_000  # instructions that are watched: a handler that computes for long is not made to take minutes


@dataclass(slots=True)
class _Call:
    """A call of the function `unit` in the file at `path`: what ran in it, in order, and the calls that it made itself.

    `given`: the event was among its arguments. `left` is the place of the return by which it gave its `answer`.
    """

    path: str
    unit: ast.FunctionDef
    given: bool
    ran: dict[Span, None] = field(default_factory=dict)
    calls: list[_Call] = field(default_factory=list)
    left: Span | None = None
    answer: object = None

    def returns(self) -> list[ast.Return]:
        return [node for node in _within(self.unit) if isinstance(node, ast.Return)]

    def rule(self) -> _Rule | None:
        """The innermost rule that holds the return, or else the one that ran last."""
        rules = list(_rules(self.unit))
        for span in (self.left, *reversed(self.ran)):
            holding = [rule for rule in rules if span is not None and inside(span, rule.body)]
            if holding:
                return max(holding, key=lambda rule: rule.line)
        return None

    def decided(self) -> bool:
        """Whether it could have answered otherwise."""
        return self.rule() is not None or len(self.returns()) > 1

    def line(self) -> int:
        rule = self.rule()
        ways_out = [node for node in self.returns() if rule is None or inside(span_of([node]), rule.body)]
        left = [node.lineno for node in ways_out if self.left is not None and inside(self.left, span_of([node]))]
        if rule is not None and (len(ways_out) <= 1 or not left):
            return rule.line
        return left[0] if left else self.unit.lineno


@dataclass(frozen=True, slots=True)
class _Rule:
    line: int
    body: Span


class _Tracer:
    """Follows one call of `step` through the functions of the protocol's own files."""

    def __init__(self, protocol: Protocol, event: Event) -> None:
        self.folders = folders_of(protocol)
        self.event, self.first = event, list[_Call]()
        self.open: list[_Call] = []
        self.watched = 0

    def enter(self, frame: FrameType, _event: str, _value: Any) -> Any:
        code = frame.f_code
        if folder_of_file(code.co_filename) not in self.folders or code.co_filename in VOCABULARY:
            return None
        unit = _units(parsed(code.co_filename)).get(code.co_firstlineno)
        if unit is None:
            return None
        call = _Call(code.co_filename, unit, any(value is self.event for value in frame.f_locals.values()))
        (self.open[-1].calls if self.open else self.first).append(call)
        self.open.append(call)
        places = positions(code)
        frame.f_trace_lines, frame.f_trace_opcodes = False, True

        def watch(frame: FrameType, event: str, value: Any) -> Any:
            span = places[frame.f_lasti // 2]
            if event == "return":
                call.left, call.answer = span, value
                self.open.pop()
            elif event == "opcode" and span is not None:
                call.ran.pop(span, None)
                call.ran[span] = None
                self.watched += 1
                if self.watched > MOST:
                    sys.settrace(None)
            return watch

        return watch


def acting_line(protocol: Protocol, state: Hashable, event: Event) -> str:
    """The line of the rule by which `step` answers `event` in `state`, as `mine.py:31`.

    The handler is called once more. "" if that raises something or computes for long, or where the source cannot be read.
    """
    return (ways(protocol, state, event) or ("",))[-1]


def ways(protocol: Protocol, state: Hashable, event: Event) -> tuple[str, ...]:
    """The lines by which `step` passes the event on, and then the acting line; nothing where that is unknown."""
    tracer = _Tracer(protocol, event)
    with calling(lambda: f"step(state={short(state)}, event={short(event)})"), marked_prints():
        try:
            with traced(tracer.enter):
                protocol.step(state, event)
        except FAILURES:  # a user's code may raise anything
            return ()
    if not tracer.first or tracer.watched > MOST:
        return ()
    return tuple(f"{parsed(call.path).name}:{call.line()}" for call in _followed(tracer.first[-1]))


def _followed(call: _Call) -> Iterator[_Call]:
    """`call`, and those within it to which it leaves the answer, down to the one that made it.

    A function that is called at several places is no rule of its own: it puts together what its callers have decided.
    """
    while True:
        yield call
        passed_on = [made for made in call.calls if made.answer is call.answer is not None and _is_handler(made, call)]
        asked = [made for made in call.calls if made.given] if not passed_on and not call.decided() else []
        if not (passed_on or asked):
            return
        call = (passed_on or asked)[-1]


def _is_handler(call: _Call, caller: _Call) -> bool:
    name = call.unit.name
    return sum(_called(parsed(path)).count(name) for path in {call.path, caller.path}) <= 1 or name == caller.unit.name


@cache
def _called(file: SourceFile) -> tuple[str, ...]:
    """The names of what `file` calls, as often as it does, other than by `super()`."""
    return tuple(_names_called(file.tree))


def _names_called(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Call(func=ast.Name(id="super")))):
                pass
            case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name)):
                yield name


def _rules(unit: ast.FunctionDef) -> Iterator[_Rule]:
    """Its cases, and its conditions that name a kind of events."""
    for node in _within(unit):
        match node:
            case ast.match_case(pattern=pattern, body=body):
                yield _Rule(pattern.lineno, span_of(body))
            case ast.If(test=test, body=body) if any(isinstance(n, ast.Name) and n.id in EVENTS for n in ast.walk(test)):
                yield _Rule(node.lineno, span_of(body))


def _within(unit: ast.FunctionDef) -> Iterator[ast.AST]:
    """What stands in `unit`, without the functions within it."""
    waiting: list[ast.AST] = list(unit.body)
    while waiting:
        node = waiting.pop(0)
        yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            waiting.extend(ast.iter_child_nodes(node))


@cache
def _units(file: SourceFile) -> dict[int, ast.FunctionDef]:
    """The functions and methods of `file`, by their first line."""
    return {first: unit for first, _, unit in functions(file.tree)}
