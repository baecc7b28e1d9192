"""Which line of a protocol's source has acted, for protocols of every style."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import pytest

from groupy_check.checker.errors import ProtocolError
from groupy_check.checker.semantics.source_lines.acting_line import acting_line
from groupy_check.checker.semantics.step_cache import Handlers
from groupy_check.groupy_model.effects import Deliver, Send
from groupy_check.groupy_model.events import Event, Leave, Multicast, Receive, Start
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.protocol import Outcome, Protocol, Step
from groupy_check.groupy_model.protocols.groupy import gms3
from groupy_check.groupy_model.protocols.groupy.gms3 import Gms3, Msg, Slave, ViewMsg
from tests.support.exploring import explored

P1, P2, P3 = (Node(i) for i in (1, 2, 3))
HERE = Path(__file__)


@dataclass(frozen=True, slots=True)
class Counting:
    me: Node
    n: int = 0


class Cases(Protocol):
    """Answers within its cases."""

    def step(self, state: Any, event: Event) -> Outcome:
        match event:
            case Multicast(payload):  # cases: multicast
                after = replace(state, n=state.n + 1)
                return Step(after, (Deliver(payload),))
            case Receive(_, str() as word):
                if state.n:
                    return Step(state, (Deliver(word),))  # cases: receive
                return Step(state)
        return None


class Together(Protocol):
    """Has one way out for all its cases, behind them."""

    def step(self, state: Any, event: Event) -> Outcome:
        effects: list[Any] = []
        match event:
            case Multicast(payload):  # together: multicast
                effects.append(Deliver(payload))
            case Receive(source, word):  # together: receive
                if word:
                    effects.append(Send(source, word))
        return Step(state, tuple(effects))


class Ifs(Protocol):
    """Asks for the event by `if`, and has one way out."""

    def step(self, state: Any, event: Event) -> Outcome:
        effects: list[Any] = []
        if isinstance(event, Multicast):  # ifs: multicast
            effects.append(Deliver(event.payload))
        elif isinstance(event, Receive):  # ifs: receive
            effects.append(Send(event.source, event.message))
        if effects:
            state = replace(state, n=state.n + 1)
        return Step(state, tuple(effects))


class Dispatching(Protocol):
    """Passes each event to a method; `done` only puts together what these have decided."""

    def step(self, state: Any, event: Event) -> Outcome:
        if isinstance(event, Multicast):
            return self.on_multicast(state, event.payload)
        if isinstance(event, Receive):
            answer: Step = TABLE[type(event.message)](state, event)
            return answer
        return None

    def on_multicast(self, state: Any, payload: Any) -> Step:
        return done(  # dispatching: multicast
            state, Deliver(payload)
        )


def on_word(state: Any, event: Any) -> Step:
    if event.message == "twice":
        return done(state, *2 * (Send(event.source, event.message),))
    return done(state, Send(event.source, event.message))  # dispatching: receive


def done(state: Any, *effects: Any) -> Step:
    return Step(state, effects)


TABLE: dict[type, Any] = {str: on_word}


class Wrapping(Protocol):
    """Makes a Step of what a method gives, the same for all."""

    def step(self, state: Any, event: Event) -> Outcome:
        after, effects = self.handle(state, event)
        return Step(after, tuple(effects))

    def handle(self, state: Any, event: Event) -> tuple[Any, list[Any]]:
        match event:
            case Multicast(payload):  # wrapping: multicast
                return state, [Deliver(payload)]
            case Receive(source, word):  # wrapping: receive
                return state, [Send(source, word)]
        return state, []


class Inheriting(Cases):
    """Adds nothing to some events."""

    def step(self, state: Any, event: Event) -> Outcome:
        match event:
            case Leave():
                return Step(state)
        return super().step(state, event)


def marked(what: str) -> str:
    lines = HERE.read_text(encoding="utf-8").splitlines()
    return f"{HERE.name}:{next(number for number, line in enumerate(lines, 1) if line.endswith(f'  # {what}'))}"


@pytest.mark.parametrize("kind", [Cases, Together, Ifs, Dispatching, Wrapping])
def test_the_rule_that_answers_is_named_and_not_the_dispatcher(kind: type[Protocol]) -> None:
    style = kind.__name__.lower()
    assert acting_line(kind(), Counting(P1, 1), Multicast("a")) == marked(f"{style}: multicast")
    assert acting_line(kind(), Counting(P1, 1), Receive(P2, "word")) == marked(f"{style}: receive")


def test_a_rule_that_is_inherited_is_named_where_it_stands() -> None:
    assert acting_line(Inheriting(), Counting(P1), Multicast("a")) == marked("cases: multicast")
    slave = Slave(P3, P1, 3, ViewMsg(2, (P1, P2, P3), (P1, P2, P3)), (P2, P3), (P1, P2, P3))
    assert acting_line(Mine(), slave, Receive(P1, Msg(2, "a"))) == marked("older")
    assert written(acting_line(Mine(), slave, Receive(P1, Msg(3, "a")))).startswith(
        "return Step(replace(slave, n=message.n + 1"
    )


class Mine(Gms3):
    """gms3 that answers messages itself."""

    name = "mine"

    def on_message(self, slave: Slave, message: Msg) -> Outcome:
        if message.n < slave.n:
            return Step(slave)  # older
        return super().on_message(slave, message)


class Computing(Protocol):
    """Counts to a number."""

    def step(self, state: Any, event: Event) -> Outcome:
        match event:
            case Multicast(str() as payload):  # computing
                total = 0
                while total < len(payload) * 20_000:
                    total += 1
                return Step(state)
        return None


def test_a_handler_is_not_watched_for_long() -> None:
    """A turn of the loop is about ten instructions: 200,000 turns would be watched for seconds."""
    assert acting_line(Computing(), Counting(P1), Multicast("a")) == marked("computing")
    assert acting_line(Computing(), Counting(P1), Multicast("ten of them")) == ""


def test_what_raises_or_has_no_source_has_no_line() -> None:
    there: dict[str, Any] = {"Protocol": Protocol, "Step": Step, "__name__": "prompt"}
    exec(  # noqa: S102 - as in a notebook or at a prompt
        "class Bare(Protocol):\n    def step(self, state, event):\n        return Step(state)\n",
        there,
    )
    assert acting_line(there["Bare"](), Counting(P1), Start()) == ""
    assert acting_line(Dispatching(), Counting(P1), Receive(P2, 7)) == ""


def test_every_step_of_a_run_of_ones_own_protocol_has_its_line_and_those_of_ours_have_none() -> None:
    """The orphan view: p1 lets p4 in and crashes, p2 leads, p3 follows it. What Mine inherits stands in other files."""
    trace = explored(Mine(), "progress", joins=1, messages=1).finding("progress").trace
    assert [written(step.place) for step in trace.steps[:5]] == [
        "case Join(contact):",
        "return Step(after, (*broadcast(view, slaves), installed(leader.n, group)))",
        "return Step(after, (installed(view.n, view.group),))",
        "return Step(Leader(slave.me, slave.n + 1, others, group), effects)",
        "return Step(Slave(slave.me, head, slave.n, slave.last, others, group), (Monitor(head),))",
    ]
    ours = explored("gms3", "progress", joins=1, messages=1).finding("progress").trace
    assert ours.actions == trace.actions
    assert {step.place for step in ours.steps} == {""}


def written(place: str) -> str:
    name, _, line = place.partition(":")
    return (Path(gms3.__file__).parent / name).read_text(encoding="utf-8").splitlines()[int(line) - 1].strip()


class Changing(Protocol):
    """Answers, to one event, with what is no effect."""

    name = "changing"

    def step(self, state: Any, event: Event) -> Outcome:
        match event:
            case Start():
                return Step(state)
            case Multicast("list"):  # changing
                return [Step(Counting(P1, []))]  # type: ignore[arg-type]
        return None


class Passing(Gms3):
    """gms3 that keeps what it receives."""

    name = "passing"
    kept: ClassVar[list[Msg]] = []

    def on_message(self, slave: Slave, message: Msg) -> Outcome:
        self.kept.append(message)
        return super().on_message(slave, message)  # passing


def test_a_refusal_names_the_line_that_acted() -> None:
    with pytest.raises(ProtocolError, match=re.escape(f"[{marked('changing')}]")):
        Handlers(Changing(), 3)(Counting(P1), Multicast("list"))


def test_a_refusal_names_the_last_line_of_ones_own_file() -> None:
    slave = Slave(P3, P1, 3, ViewMsg(2, (P1, P2, P3), (P1, P2, P3)), (P2, P3), (P1, P2, P3))
    with pytest.raises(ProtocolError, match=re.escape(f"[{marked('passing')}]")):
        Handlers(Passing(), 3)(slave, Receive(P1, Msg(3, "a")))
