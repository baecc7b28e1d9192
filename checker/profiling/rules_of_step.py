"""The rules of a protocol: the cases that tell events apart, in `step` and what it calls; and which of them a call takes."""

from __future__ import annotations

import ast
import io
from collections.abc import Hashable, Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass

from groupy_check.checker.profiling.branch_coverage import Source, classes_in, cut, head_of_case
from groupy_check.checker.semantics.source_lines.source_text import SourceFile, Span, inside, parsed, span_of
from groupy_check.groupy_model.events import EVENT_TYPES, Event, Receive
from groupy_check.groupy_model.protocol import Protocol
from groupy_check.groupy_model.show import words

EVENTS = frozenset(kind.__name__ for kind in EVENT_TYPES)


@dataclass(frozen=True, slots=True)
class RuleOfStep:
    """A case for `event`, at `where` (file:line), as `text`, in the function `inside`.

    `state` is the kind of states that it is for, "" where it does not say. It is taken where something in `span` of the file
    at `path` is executed.
    """

    where: str
    text: str
    state: str
    event: str
    inside: str
    path: str
    span: Span

    def __str__(self) -> str:
        return f"{self.where}: {self.text}"


class RulesOfStep:
    """The rules of `protocol`, in the order of its files and lines."""

    def __init__(self, protocol: Protocol) -> None:
        self.protocol, self.source = protocol, Source(type(protocol))
        self.rules = tuple(
            rule for path, name, tree in self.source.written() for rule in _cases(parsed(path), path, name, tree)
        )

    def taken(self, state: Hashable, event: Event) -> tuple[RuleOfStep, ...]:
        """The rules that answer `event` in `state`, without those that hold others of them."""
        with redirect_stdout(io.StringIO()):  # what a protocol prints was printed the first time
            spans = self.source.spans(lambda: self.protocol.step(state, event))
        found = [rule for rule in self.rules if any(inside(span, rule.span) for span in spans.get(rule.path, ()))]
        return tuple(rule for rule in found if not any(_within(other, rule) for other in found))


def _within(inner: RuleOfStep, outer: RuleOfStep) -> bool:
    return inner is not outer and inner.path == outer.path and inside(inner.span, outer.span)


def _cases(file: SourceFile, path: str, name: str, tree: ast.FunctionDef) -> Iterator[RuleOfStep]:
    for node in ast.walk(tree):
        for case in node.cases if isinstance(node, ast.Match) else ():
            event = _event(case.pattern)
            if event:
                text = cut(head_of_case(file, case))
                yield RuleOfStep(
                    f"{file.name}:{case.pattern.lineno}", text, _state(case.pattern), event, name, path, span_of(case.body)
                )


def _state(pattern: ast.pattern) -> str:
    """The kind of states, as `role_of` tells it, of `case State(...), Event(...)`; "" for none in particular."""
    match pattern:
        case ast.MatchSequence(patterns=[state, _]):
            return words(next(classes_in(state), "")).replace("_", " ")
    return ""


def _event(pattern: ast.pattern) -> str:
    """The event that a pattern asks for, as `event_name` tells it; "" for none in particular."""
    match pattern:
        case ast.MatchSequence(patterns=parts) | ast.MatchOr(patterns=parts):
            return next(filter(None, map(_event, parts)), "")
        case ast.MatchAs(pattern=ast.pattern() as inner):
            return _event(inner)
        case ast.MatchClass(cls=ast.Name(id=name)) if name == Receive.__name__:
            message = next(classes_in(pattern.patterns[1]), "") if len(pattern.patterns) > 1 else ""
            return f"{name} {message}".strip()
        case ast.MatchClass(cls=ast.Name(id=name)) if name in EVENTS:
            return name
    return ""
