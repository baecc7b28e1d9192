"""Which of many conditions is the reason: not one that let things happen, not a helper's or a library's, and none unread."""

from __future__ import annotations

import typing
from pathlib import Path
from typing import Any

import pytest

from groupy_check.checker.runs.recorder import Recorder
from groupy_check.checker.semantics.source_lines.refusal import refusal
from groupy_check.checker.semantics.source_lines.source_text import inside, parsed
from groupy_check.groupy_model.actions import Crash, Handle
from groupy_check.groupy_model.effects import Send
from groupy_check.groupy_model.events import Event, Multicast, Receive
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.payloads import Change
from groupy_check.groupy_model.protocol import Outcome, Protocol, Step
from groupy_check.groupy_model.scenario import Scenario
from groupy_check.groupy_model.trace import Fate
from tests.semantics.test_refusal import P1, P3, Local, Post, why
from tests.support.endless import Member, Ruled

HERE = Local(P3, P1, 2, (5, 6))


class Winding(Protocol):
    """Refuses everything, after one more turn for each text."""

    name = "winding"

    def step(self, state: Any, event: Event) -> Outcome:
        assert isinstance(event, Receive)
        post: Any = event.message
        if post.n == 0:
            return Step(state)
        if post.text == "held":
            return self.held(state, post)
        match post.text:
            case "helper":
                return self.helped(state, post)
            case "library":
                return self.looked_up(state, post)
        return None

    def held(self, local: Local, post: Post) -> Outcome:
        if post.n < local.n:
            return Step(local)
        if local.seen:
            self.small(post)
        return None

    def helped(self, local: Local, post: Post) -> Outcome:
        if post.n < local.n:
            return Step(local)
        self.small(post)
        return None

    def looked_up(self, local: Local, post: Post) -> Outcome:
        if post.n < local.n:
            return Step(local)
        typing.get_origin(post)  # has conditions, and returns None
        return None

    def small(self, post: Post) -> bool:
        if post.n > 3:
            return False
        return post.n > 2


@pytest.mark.parametrize("text", ["held", "helper", "library"])
def test_the_reason_is_the_last_condition_that_kept_the_message_out(text: str) -> None:
    assert why(Winding(), HERE, Post(5, text)) == "its n is 5, p3's n is 2"


def test_what_cannot_be_read_has_no_reason() -> None:
    names: dict[str, Any] = {}
    text = "class Unread(Protocol):\n    def step(self, state, event):\n        if state.n > 5:\n            return 1\n"
    exec(text, {"Protocol": Protocol, "__name__": "unread"}, names)  # noqa: S102 - the text above
    assert refusal(names["Unread"](), HERE, Receive(P1, Post(1)), Node(3)) is None


def test_a_file_that_is_broken_by_now_says_nothing(tmp_path: Path) -> None:
    place = tmp_path / "mine.py"
    place.write_text("def f(:\n")
    broken = parsed(str(place))
    assert (broken.name, broken.text, broken.tree.body, broken.known) == ("mine.py", "", [], frozenset())
    place = tmp_path / "other.py"
    place.write_text("f = 1\n")
    assert len(parsed(str(place)).tree.body) == 1


@pytest.mark.parametrize(
    ("inner", "within"),
    [
        (((2, 4), (2, 9)), True),
        (((2, 5), (2, 8)), True),
        (((2, 3), (2, 9)), False),
        (((2, 4), (2, 10)), False),
        (((1, 6), (2, 9)), False),
        (((2, 4), (3, 1)), False),
    ],
)
def test_inside_is_from_the_beginning_to_the_end(inner: Any, within: bool) -> None:
    assert inside(inner, ((2, 4), (2, 9))) == within


def test_a_run_tells_why_its_messages_are_left_only_to_who_could_take_them() -> None:
    def deaf(member: Member, event: Event) -> Outcome:
        return Step(member, (Send(P3, "note"),)) if isinstance(event, Multicast) else None

    recorder = Recorder(Ruled("deaf", deaf), Scenario(messages=1, crashes=1))
    ask = Handle(P1, Multicast(Change(P1, 1)))
    left, gone = recorder.record([ask]), recorder.record([ask, Crash(P3)])
    assert [(flight.fate, bool(flight.refusal)) for flight in (*left.flights, *gone.flights)] == [
        (Fate.IN_FLIGHT, True),
        (Fate.UNDELIVERABLE, False),
    ]
