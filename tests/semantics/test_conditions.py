"""Every kind of condition in words: what failed, whose value it is, and what is only quoted because nobody may evaluate it."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import Any

import pytest

from groupy_check.checker.semantics.source_lines.conditions import ConditionReader, UnknownValueError, failures
from groupy_check.groupy_model.events import Receive
from groupy_check.groupy_model.node import Node

P1, P2, P3 = (Node(i) for i in (1, 2, 3))


@dataclass(frozen=True, slots=True)
class Here:
    me: Node
    n: int
    seen: tuple[int, ...]
    open: bool
    text: str = "words"
    view: Any = None


@dataclass(frozen=True, slots=True)
class Told:
    n: int
    group: tuple[int, ...]


STATE, MESSAGE = Here(P3, 2, (5, 6), open=False), Told(1, (5, 7))
FUNCTION = """
def step(self, state, event):
    match state, event:
        case Here(_, mine, (first, *rest)), Receive(source, Told(number, group=(one, _))):
            n = 9
            copied = state.n
            given, other = event.message.group
            far = self.table.size
"""
VARIABLES = {
    "state": STATE, "post": MESSAGE, "event": Receive(P2, MESSAGE), "mine": 2, "first": 5, "rest": (6,), "source": P2,
    "number": 1, "one": 5, "n": 9, "copied": 2, "given": 5, "other": 7, "far": 4, "empty": None, "pair": (1, 2),
}  # fmt: skip


def reading() -> ConditionReader:
    tree = ast.parse(FUNCTION).body[0]
    assert isinstance(tree, ast.FunctionDef)
    return ConditionReader(P3, STATE, Receive(P2, MESSAGE), VARIABLES, tree)


def expression(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("7", 7),
        ("mine", 2),
        ("state.n", 2),
        ("state.seen[0]", 5),
        ("state.seen[1]", 6),
        ("event.message.group[1]", 7),
    ],
)
def test_what_is_read_is_a_constant_a_variable_a_field_or_an_item(text: str, value: object) -> None:
    assert reading().value(expression(text)) == value


@pytest.mark.parametrize(
    "text", ["nobody", "state.step", "state.seen[2]", "state.text[0]", "state.n[0]", "len(pair)", "-n", "pair[n]"]
)
def test_nothing_else_is_evaluated(text: str) -> None:
    with pytest.raises(UnknownValueError):
        reading().value(expression(text))


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("not state.open", True),
        ("not state.n", False),
        ("not f()", None),
        ("state.n and state.open", False),
        ("state.n and mine", True),
        ("f() and state.open", False),  # whatever f says
        ("f() and state.n", None),
        ("state.open or empty", False),
        ("state.open or state.n", True),
        ("f() or state.n", True),
        ("f() or state.open", None),
        ("state.n < 2", False),
        ("state.n <= 2", True),
        ("state.n > 2", False),
        ("state.n >= 2", True),
        ("state.n != 3", True),
        ("state.view is None", True),
        ("state.view is not None", False),
        ("5 in state.seen", True),
        ("5 not in state.seen", False),
        ("state.n < empty", None),
        ("1 < state.n < 3", None),
    ],
)
def test_whether_a_condition_holds_is_known_where_its_known_parts_decide(text: str, holds: bool | None) -> None:
    assert reading().holds(expression(text)) is holds


@pytest.mark.parametrize(
    ("text", "wanted", "words"),
    [
        ("state.n == 3", True, "p3's n is 2, not 3"),
        ("3 == state.n", True, "p3's n is 2, not 3"),
        ("state.n == 2", False, "p3's n is 2"),
        ("state.n != 2", True, "p3's n is 2"),
        ("state.n != 3", False, "p3's n is 2, not 3"),
        ("state.n < 2", True, "p3's n is 2"),
        ("state.n < post.n", True, "p3's n is 2, its n is 1"),
        ("post.n == state.n", True, "its n is 1, p3's n is 2"),
        ("mine > copied", True, "p3's n is 2, and so is p3's copied"),
        ("post.n == n", True, "its n is 1, n is 9"),
        ("post.n is state.view", True, "its n is 1, p3's view is none"),
        ("state.view is not None", True, "p3's view is none"),
        ("state.view is 1", True, "p3's view is none, not 1"),
        ("1 == 2", True, "1 == 2 does not hold"),
        ("1 < 2", False, "1 < 2"),
        ("post.n in state.seen", True, "its n is 1, not among p3's seen [5, 6]"),
        ("one in state.seen", False, "its one is 5, which is among p3's seen [5, 6]"),
        ("post.n not in pair", True, "its n is 1, which is among pair [1, 2]"),
        ("post.n not in state.seen", False, "its n is 1, not among p3's seen [5, 6]"),
        ("3 in state.seen", True, "3, not among p3's seen [5, 6]"),
        ("f(post.n) == 1", True, "f(post.n) == 1 does not hold"),
        ("state.open", True, "p3's open is False"),
        ("not state.n", True, "p3's n is 2"),
        ("f()", True, "f() does not hold"),
        ("f()", False, "f()"),
        ("state.open and state.n == 3 and post.n", True, "p3's open is False|p3's n is 2, not 3"),
        ("f() and post.n", True, "f() does not hold"),
        ("state.open or state.n == 3", True, "p3's open is False|p3's n is 2, not 3"),
        ("post.n or state.open", False, "its n is 1"),
        ("post.n and state.n", False, "its n is 1|p3's n is 2"),
        ("not (post.n or state.open)", True, "its n is 1"),
        ("f() or state.open", False, "f()"),
    ],
)
def test_what_failed_in_words(text: str, wanted: bool, words: str) -> None:
    assert "|".join(failures(expression(text), wanted, reading(), ast.unparse)) == words


@pytest.mark.parametrize(
    ("text", "owned"),
    [
        ("7", None),
        ("state.n", "p3's n"),
        ("post.n", "its n"),
        ("event.message", "event's message"),
        ("self.size", "self size"),
        ("source", "its sender"),
        ("mine", "p3's n"),
        ("first", "p3's first"),
        ("rest", "p3's rest"),
        ("number", "its n"),
        ("one", "its one"),
        ("copied", "p3's copied"),
        ("given", "its given"),
        ("far", "far"),
        ("elsewhere", "elsewhere"),
        ("state.seen[0]", "state.seen[0]"),
    ],
)
def test_whose_field_a_name_stands_for(text: str, owned: str | None) -> None:
    found = reading().owned(expression(text))
    assert (found and str(found)) == owned
