"""Why a message stays unread: derived from the conditions in the protocol's source, for protocols of every style."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from groupy_check.checker.semantics.source_lines.refusal import refusal
from groupy_check.groupy_model.effects import Deliver
from groupy_check.groupy_model.events import Event, Receive
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.protocol import Outcome, Protocol, Step
from groupy_check.groupy_model.protocols.groupy.gms1 import Gms1, JoinAsked, Joining
from groupy_check.groupy_model.protocols.groupy.gms3 import Gms3, Msg, Slave, ViewMsg
from groupy_check.groupy_model.trace import Fate, Refusal
from tests.support.exploring import explored

P1, P2, P3 = (Node(i) for i in (1, 2, 3))
GROUP = (P1, P2, P3)


def why(protocol: Protocol, state: Any, message: Any, source: Node = P2) -> str:
    found = refusal(protocol, state, Receive(source, message), P3)
    return "; ".join(found.conditions) if found else "taken"


def test_the_orphan_view_says_which_condition_failed_and_where() -> None:
    """gms3 with a joiner: p3 has turned to p2, but the view that p2 repeats names p1."""
    trace = explored("gms3", "progress", joins=1, messages=1).finding("progress").trace
    queued = [flight for flight in trace.flights if flight.fate is Fate.IN_FLIGHT]
    assert [(str(flight.message), flight.target) for flight in queued] == [
        ("view v3 [p1, p2, p3, p4]", P3),
        ("view v4 [p2, p3, p4]", P3),
    ]
    assert queued[0].refusal == Refusal(("its leader is p1, p3's leader is p2",), "gms3.py:137")
    assert queued[1].refusal == Refusal(("its n is 4, p3's n is 3",), "gms3.py:137")


def test_what_can_be_received_is_not_refused() -> None:
    state = Slave(P3, P2, 3, ViewMsg(2, GROUP, GROUP), (P3,), (P2, P3))
    assert why(Gms3(), state, Msg(3, "a")) == "taken"
    assert why(Gms3(), state, Msg(5, "a")) == "its n is 5, p3's n is 3"
    assert why(Gms3(), state, ViewMsg(4, GROUP, GROUP)) == "its n is 4, p3's n is 3; its leader is p1, p3's leader is p2"


def test_where_no_condition_is_reached_there_is_no_rule() -> None:
    assert why(Gms1(), Joining(P3), JoinAsked(P1)) == "a joining process has no rule for it"


@dataclass(frozen=True, slots=True)
class Local:
    me: Node
    leader: Node
    n: int
    seen: tuple[int, ...] = ()
    open: bool = False


@dataclass(frozen=True, slots=True)
class Post:
    n: int
    text: str = ""


class Guarded(Protocol):
    """Has each kind of condition, chosen by the text of the message."""

    name = "guarded"

    def step(self, state: Any, event: Event) -> Outcome:
        match state, event:
            case Local(leader=leader), Receive(source, Post(text="sender")) if source != leader:
                return None
            case Local(me, _, mine), Receive(_, Post(number, "captured")) if number == mine:
                return Step(state, (Deliver(me),))
            case Local(), Receive(_, Post(text="seen") as post) if post.n not in state.seen:
                return Step(state)
            case Local(), Receive(_, Post(text="method") as post):
                return self.by_hand(state, post)
            case Local(), Receive(_, Post(text="loop") as post):
                return self.search(state, post)
            case Local(), Receive(_, Post(text="early") as post):
                return Step(state) if post.n < 3 else self.never(state)
        return None

    def by_hand(self, local: Local, post: Post) -> Outcome:
        known = len(local.seen)
        if known > 100:
            return Step(local)
        if not local.open and self.fits(post):
            return None
        return Step(local)

    def fits(self, post: Post) -> bool:
        return post.n > 0

    def search(self, local: Local, post: Post) -> Outcome:
        for known in local.seen:
            if known > post.n:
                return None
        return Step(local)

    def never(self, local: Local) -> Outcome:
        if local.n == 7 or local.leader == local.me:
            return Step(local)
        return None


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (Post(1, "sender"), "its sender is p2, p3's leader is p1"),
        (Post(1, "captured"), "its n is 1, p3's n is 2"),
        (Post(5, "seen"), "its n is 5, which is among p3's seen [5, 6]"),
        (Post(1, "method"), "p3's open is False; self.fits(post)"),
        (Post(1, "early"), "taken"),
        (Post(5, "loop"), "known is 6, its n is 5"),  # the second time round
        (Post(4, "early"), "p3's n is 2, not 7; p3's leader is p1, p3's me is p3"),
        (Post(4, "unknown"), "a process in Local has no rule for it"),
    ],
)
def test_conditions_in_words(message: Post, reason: str) -> None:
    assert why(Guarded(), Local(P3, P1, 2, (5, 6)), message) == reason


class Moody(Protocol):
    """Prints, and fails when it is asked again."""

    name = "moody"
    times = 0

    def step(self, state: Any, event: Event) -> Outcome:  # noqa: ARG002 - whatever comes
        print("thinking")
        Moody.times += 1
        if Moody.times > 1:
            raise RuntimeError("not again")
        return None


def test_what_a_users_code_prints_or_raises_reaches_nobody(capsys: pytest.CaptureFixture[str]) -> None:
    assert why(Moody(), Local(P3, P1, 2), Post(1)) == "Moody.times > 1 does not hold"
    assert why(Moody(), Local(P3, P1, 2), Post(1)) == "taken"  # that is, nothing is said
    assert capsys.readouterr().out == ""


def test_a_run_is_traced_without_disturbing_another_trace() -> None:
    import sys  # noqa: PLC0415

    before = sys.gettrace()
    why(Gms3(), Joining(P3), Msg(2, "a"))
    assert sys.gettrace() is before
