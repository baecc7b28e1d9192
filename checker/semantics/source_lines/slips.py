"""The slips of who writes a protocol, found at their own line: a `return` that was forgotten, effects of the wrong type.

What may drop a value is found in the source: a statement that only calls something, or gives the result a name that is never
used. That alone proves nothing (it may print), so the call of the handler is made once more, and watched: it is a slip if the
statement ran, and what it called gave a Step or effects.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

from groupy_check.checker.semantics.source_lines.tracing import traced
from groupy_check.groupy_model.effects import EFFECT_TYPES
from groupy_check.groupy_model.protocol import Protocol, Step

MADE = (Step, *EFFECT_TYPES)
MAKERS = {kind.__init__.__code__: kind for kind in MADE}  # a dataclass has an __init__ in Python
LENGTH = 60  # of the code that is shown
Lines = Mapping[tuple[str, int], tuple[str, str]]  # a file and a line in it: what the statement there calls, and its code


@dataclass(frozen=True, slots=True)
class Unused:
    """A statement in these `lines` that calls what is `called` and makes nothing of what it gives; `text` is its code."""

    lines: range
    called: str
    text: str


@lru_cache(maxsize=64)
def dropping(kind: type[Protocol]) -> Lines:
    """The statements in the files of a user's class `kind` that call something and make nothing of what it gives.

    What is called is a method, or a function of the file: others, like `sleep`, give no effects.
    """
    files = dict.fromkeys(code.co_filename for base in kind.__mro__ if not _is_ours(base) for code in _codes(base))
    methods = {*dir(kind), *(made.__name__ for made in MADE)}
    return {
        (file, line): (unused.called, unused.text)
        for file in files
        for functions, found in [_unused(file, _changed(file))]
        for unused in found
        if unused.called in methods or unused.called in functions
        for line in unused.lines
    }


def _changed(file: str) -> int:
    try:
        return Path(file).stat().st_mtime_ns
    except OSError:
        return 0


def _is_ours(base: type) -> bool:
    return base is object or base.__module__.partition(".")[0] in ("groupy_check", "abc", "typing")


def _codes(base: type) -> Iterator[CodeType]:
    for value in vars(base).values():
        code = getattr(getattr(value, "__func__", value), "__code__", None)
        if isinstance(code, CodeType):
            yield code


@lru_cache(maxsize=64)
def _unused(file: str, _changed: int) -> tuple[frozenset[str], tuple[Unused, ...]]:
    """The names of the functions in `file`, and the statements there that drop what they call."""
    try:
        tree = ast.parse(Path(file).read_text(encoding="utf-8"))
    except (OSError, ValueError, SyntaxError):
        return frozenset(), ()  # a class from a notebook, or a file that has changed since
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    beginning = Counter(node.lineno for node in ast.walk(tree) if isinstance(node, ast.stmt))
    found = []
    for node, called in (one for function in functions for one in _unused_in(function)):
        lines = range(node.lineno, (node.end_lineno or node.lineno) + 1)
        if sum(beginning[line] for line in lines) == 1:  # of two statements in a line nobody knows which one runs
            text = ast.unparse(node)
            found.append(Unused(lines, called, text if len(text) <= LENGTH else f"{text[: LENGTH - 3]}..."))
    return frozenset(function.name for function in functions), tuple(found)


def _unused_in(function: ast.FunctionDef) -> Iterator[tuple[ast.stmt, str]]:
    """The statements that drop what they call, each with the name of that; not what is called for its arguments."""
    used = {node.id for node in ast.walk(function) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    for node in ast.walk(function):
        match node:
            case ast.Expr(value=ast.Call(func=ast.Name(id=called) | ast.Attribute(attr=called))):
                yield node, called
            case ast.Assign(
                targets=[ast.Name(id=name)], value=ast.Call(func=ast.Name(id=called) | ast.Attribute(attr=called))
            ) if name not in used:
                yield node, called


def dropped(call: Callable[[], object], lines: Lines) -> str:
    """What `call` makes at one of `lines` and drops, `Step(state) at mine.py:31`; "" for nothing."""
    found: list[str] = []

    def look(frame: FrameType, event: str, value: object) -> Callable[..., Any] | None:
        caller = frame.f_back
        place = (caller.f_code.co_filename, caller.f_lineno) if caller else ("", 0)
        if place not in lines:
            return None
        if not found and _gives(frame, event, value, lines[place][0]):
            found.append(f"`{lines[place][1]}` at {Path(place[0]).name}:{place[1]}")
        frame.f_trace_lines = False
        return look

    with traced(look), suppress(Exception, SystemExit):
        call()
    return found[0] if found else ""


def _gives(frame: FrameType, event: str, value: object, called: str) -> bool:
    """Whether the function in `frame` is the one that was `called`, and gives a Step or effects to its caller."""
    if event == "call":
        return frame.f_code in MAKERS and MAKERS[frame.f_code].__name__ == called
    if event != "return" or frame.f_code.co_name != called:
        return False
    parts = value if isinstance(value, tuple | list) else (value,)
    return bool(parts) and all(isinstance(part, MADE) for part in parts)


def made_at(call: Callable[[], object], step: Step) -> str:
    """Where `call` makes a Step like `step`: ` at mine.py:31`; "" if that is not seen."""
    found = ""

    def look(frame: FrameType, event: str, _: object) -> None:
        nonlocal found
        caller = frame.f_back
        if event == "call" and MAKERS.get(frame.f_code) is Step and caller is not None:
            effects = frame.f_locals.get("effects", ())
            if type(effects) is type(step.effects) and repr(effects) == repr(step.effects):
                found = f" at {Path(caller.f_code.co_filename).name}:{caller.f_lineno}"

    with traced(look), suppress(Exception, SystemExit):
        call()
    return found
