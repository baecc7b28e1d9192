"""Why a process leaves a message in its queue: the condition of the protocol's own source that decided it.

The handler is called once more under a trace. It says None, and the last condition that was decided on the way there, the guard
of a `case` or the test of an `if`, is the reason: a guard is only reached where the pattern in front of it has matched. The
values in the condition are read from the variables of that moment; nothing is evaluated but names, fields and comparisons.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from types import FrameType
from typing import Any

from groupy_check.checker.limits.deadline import FAILURES, calling
from groupy_check.checker.limits.user_output import marked_prints
from groupy_check.checker.semantics.source_lines.conditions import ConditionReader, failures
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
from groupy_check.groupy_model.events import Down, Event, Receive
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.protocol import Explaining, Protocol, Step
from groupy_check.groupy_model.show import is_noun, role_of
from groupy_check.groupy_model.trace import Refusal

Handler = Callable[[Hashable, Event], Sequence[Step] | None]


@dataclass(frozen=True, slots=True)
class Condition:
    """The test of a branch: `test` decides over what stands in `body`."""

    test: ast.expr
    span: Span
    body: Span


@dataclass(frozen=True, slots=True)
class Decision:
    """A condition that was decided in the call `frame`, and the variables at that time."""

    frame: int
    condition: Condition
    variables: dict[str, Any]


class TracedCall:
    """One call of `step` under the trace: what its own functions decided, and which of them returned None, and where."""

    def __init__(self, protocol: Protocol) -> None:
        self.folders = folders_of(protocol)
        self.protocol = protocol
        self.decisions: list[Decision] = []
        self.ran: dict[int, set[Span]] = {}
        self.files: dict[int, str] = {}
        self.units: dict[int, ast.FunctionDef] = {}
        self.silent: dict[int, Span | None] = {}  # calls that returned None, and the place of the return
        self.place = 0  # the last instruction of a condition: going back means to decide it again

    def run(self, state: Hashable, event: Receive) -> object:
        """What `step` answers. It has answered before, so what a user's code raises now is left to those who check that."""
        with (
            calling(lambda: f"step(state={short(state)}, event={short(event)})"),
            marked_prints(),
            traced(self._enter),
        ):
            return self.protocol.step(state, event)

    def _enter(self, frame: FrameType, _event: str, _value: Any) -> Any:
        code = frame.f_code
        if folder_of_file(code.co_filename) not in self.folders or code.co_filename in VOCABULARY:
            return None
        known = _known(parsed(code.co_filename)).get(code.co_firstlineno)
        if known is None:
            return None
        unit, conditions = known
        number, places = len(self.ran), positions(code)
        ran = self.ran[number] = set()
        self.files[number], self.units[number] = code.co_filename, unit
        frame.f_trace_lines, frame.f_trace_opcodes = False, True

        def watch(frame: FrameType, event: str, value: Any) -> Any:
            span = places[frame.f_lasti // 2]
            if event == "return" and value is None:
                self.silent[number] = span
            if event == "opcode" and span is not None:
                ran.add(span)
                self._note(number, span, conditions, frame)
            return watch

        return watch

    def _note(self, number: int, span: Span, conditions: tuple[Condition, ...], frame: FrameType) -> None:
        for condition in conditions:
            if inside(span, condition.span):
                last = self.decisions[-1] if self.decisions else None
                if last is None or (last.frame, last.condition) != (number, condition) or frame.f_lasti <= self.place:
                    self.decisions.append(Decision(number, condition, dict(frame.f_locals)))
                self.place = frame.f_lasti
                return


HELD = Refusal(("held back until the network heals",), "")


def refusal(protocol: Protocol, state: Hashable, event: Receive, me: Node) -> Refusal | None:
    """Why `me` does not take the message of `event` in `state`, or None: it does, or its source cannot be read."""
    call = TracedCall(protocol)
    try:
        answer = call.run(state, event)
    except FAILURES:  # a user's code may raise anything
        return None
    if answer is not None or not call.ran:
        return None
    for decision in reversed(call.decisions):
        if decision.frame in call.silent:
            test, body = decision.condition.test, decision.condition.body
            reader = ConditionReader(me, state, event, decision.variables, call.units[decision.frame])
            held = reader.holds(test)
            if held is None:
                held = any(inside(span, body) for span in call.ran[decision.frame])
            place = call.silent[decision.frame]
            if held and (place is None or not inside(place, body)):
                continue  # what it let happen was not to refuse
            file = parsed(call.files[decision.frame])
            return Refusal(tuple(failures(test, not held, reader, file.head)), f"{file.name}:{test.lineno}")
    return Refusal((f"{_role(state)} has no rule for it",), "")


def why_unread(protocol: Protocol, handle: Handler, local: Hashable, event: Receive | Down, me: Node) -> Refusal | None:
    """Why `me` does not take what `event` brings in the state `local`; None if it does, or where nothing can be said."""
    if isinstance(protocol, Explaining):
        obstacle = protocol.obstacle(local, event)
        return Refusal((obstacle,), "") if obstacle else None
    if isinstance(event, Down) or handle(local, event) is not None:
        return None
    return refusal(protocol, local, event, me)


def _role(state: Hashable) -> str:
    role = role_of(state)
    article = "an" if role.startswith(tuple("aeiou")) else "a"
    if is_noun(role):
        return f"{article} {role}"
    return f"{article} {role} process" if role.endswith("ing") else f"a process in {type(state).__name__}"


@cache
def _known(file: SourceFile) -> dict[int, tuple[ast.FunctionDef, tuple[Condition, ...]]]:
    """The functions and methods of `file` and their conditions, by the first line."""
    return {first: (unit, tuple(_conditions(unit))) for first, _, unit in functions(file.tree)}


def _conditions(unit: ast.FunctionDef) -> Iterator[Condition]:
    for node in ast.walk(unit):
        match node:
            case ast.If(test=test, body=body):
                yield Condition(test, span_of([test]), span_of(body))
            case ast.match_case(guard=ast.expr() as guard, body=body):
                yield Condition(guard, span_of([guard]), span_of(body))
