"""What the first call of a handler must give, and how it is told when it does not: the words, the place and the cure."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from groupy_check.checker.errors import ProtocolError
from groupy_check.checker.semantics.step_cache import EQUALITY, Handlers, _cure
from groupy_check.groupy_model.effects import Deliver, Install, Send, View
from groupy_check.groupy_model.events import Event, Multicast
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.protocol import Outcome, Protocol, Step

P1 = Node(1)


@dataclass(frozen=True)
class Local:
    held: Any = 0


class Answering(Protocol):
    """Answers every event with what its test says."""

    name = "answering"

    def step(self, state: Any, event: Event) -> Outcome:
        match event:
            case Multicast("nan"):
                return Step(Local(float("nan")))
            case Multicast("list"):
                return Step(Local([]))
            case Multicast("nobody"):
                return Step(state, (Send(Node(4), "x"),))
            case Multicast("view"):
                return Step(state, (Install(View(0, [P1])),))  # type: ignore[arg-type]
            case Multicast("raises"):
                json.loads("{")
            case Multicast("ours"):
                Handlers(self, 3)(Local([]), event)
            case Multicast("fine"):
                return Step(state, (Send(Node(3), "x"), Deliver("x")))
        return None


HERE = Path(__file__).name
TOLD = {
    "nan": "it returned something that holds nan, which equals nothing, not even itself; use None",
    "list": "it returned something that cannot be hashed (unhashable type: 'list'); use frozen dataclasses and tuples",
    "nobody": "names a process that does not exist; there are p1 to p3",
    "view": "is not a view: View(id, members) takes a whole number and a tuple of processes p1 to p3",
    "raises": "it raised JSONDecodeError: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)",
}


@pytest.mark.parametrize("case", TOLD)
def test_what_is_wrong_with_an_answer_is_told(case: str) -> None:
    for handlers in (Handlers(Answering(), 3), Handlers(Answering(), 3, thorough=1)):
        with pytest.raises(ProtocolError, match=re.escape(TOLD[case])):
            handlers(Local(), Multicast(case))


def test_an_error_in_our_code_is_told_where_the_users_code_calls_it() -> None:
    with pytest.raises(ProtocolError) as refused:
        Handlers(Answering(), 3)(Local(), Multicast("ours"))
    lines = Path(__file__).read_text(encoding="utf-8").splitlines()
    place = next(number for number, line in enumerate(lines, start=1) if "Handlers(self, 3)(" in line)
    assert str(refused.value).endswith(f" at {HERE}:{place}")


def test_a_call_that_is_fine_is_made_once_more_and_then_remembered() -> None:
    handlers = Handlers(Answering(), 3)
    outcomes = handlers(Local(), Multicast("fine"))
    assert outcomes == (Step(Local(), (Send(Node(3), "x"), Deliver("x"))),)
    assert handlers(Local(), Multicast("fine")) is outcomes
    assert handlers.effects == {Send, Deliver}
    assert handlers(Local(), Multicast("unknown")) is None


def test_what_to_write_instead_of_equal_values() -> None:
    assert _cure(Node(2), 2) == _cure(2, Node(2)) == "write Node(2) instead of 2"
    plain = "in place of such a value, keep the plain numbers and texts that tell it from others"
    assert _cure(Decimal("1.0"), Decimal("1.00")) == plain
    assert [_cure(1, True), _cure(True, 1), _cure("a", "a"), _cure((1,), {1})] == [EQUALITY] * 4
