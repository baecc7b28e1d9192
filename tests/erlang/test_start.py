"""What `start` may do before it returns, and what the Master has got by then. The answers of real Erlang are the same."""

from __future__ import annotations

import re

import pytest

from groupy_check.checker.erlang.adapter.source import erlang_protocol
from groupy_check.checker.errors import ProtocolError
from groupy_check.groupy_model.effects import Deliver, Halt, Install
from groupy_check.groupy_model.events import Event, Join, Start
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.protocol import Idle
from groupy_check.groupy_model.show import show
from tests.erlang.real_erlang import NEEDS_ERLANG, answers

MODULE = """-module(mine).
-export([start/1, start/2]).
start(_) -> S = self(), {start}.
start(_, Grp) -> S = self(), {join}.
loop(M) -> receive {{mcast, X}} -> M ! X, loop(M) end.
"""
OPENS = "spawn_link(fun() -> S ! {view, [S]}, S ! one, loop(S) end)"
JOINS = "spawn_link(fun() -> Grp ! {join, S, self()}, receive {view, _} -> S ! joined, loop(S) end end)"
GETS = {
    f"P = {OPENS}, {{ok, P}}": ["view", "one"],
    f"S ! zero, P = {OPENS}, {{ok, P}}": ["zero", "view", "one"],
    f"P = {OPENS}, receive one -> {{ok, P}} end": ["view"],
    f"P = {OPENS}, receive one -> {{ok, P}} after 1000 -> {{error, late}} end": ["view"],
    f"P = {OPENS}, receive two -> {{error, two}} after 50 -> {{ok, P}} end": ["view", "one"],
    f"P = {OPENS}, timer:sleep(50), {{ok, P}}": ["view", "one"],
    f"register(gms, {OPENS}), {{ok, whereis(gms)}}": ["view", "one"],
    "P = spawn_link(fun() -> receive go -> S ! {view, [S]}, loop(S) end end), P ! go, {ok, P}": ["view"],
}


def handed(folder, event: Event, start: str, join: str = f"{{ok, {JOINS}}}") -> list[str]:
    """What the application gets in the first step, and whether the process has ended in it."""
    file = folder / "mine.erl"
    file.write_text(MODULE.format(start=start, join=join))
    outcome = erlang_protocol(str(file)).step(Idle(Node(2)), event)
    assert isinstance(outcome, list)
    (step,) = outcome
    words = {Install: lambda _: "view", Deliver: lambda effect: show(effect.payload), Halt: lambda _: "end"}
    return [words[type(effect)](effect) for effect in step.effects if type(effect) in words]


@pytest.mark.parametrize("start", GETS)
def test_the_master_gets_what_was_sent_before_start_returned(start, tmp_path):
    assert handed(tmp_path, Start(), start) == GETS[start]


@NEEDS_ERLANG
def test_erlangs_master_gets_it_too():
    """In a process of its own, which looks at its mailbox a while after start has returned."""
    wait = "timer:sleep(80), (fun F() -> receive {view, [_]} -> [view | F()]; X -> [X | F()] after 0 -> [] end end)()"
    asked = [
        f"begin W = self(), spawn(fun() -> {{ok, _}} = m{number}:start(p1), L = begin {wait} end, W ! {{mailbox, L}} end),"
        " receive {mailbox, L} -> L end end"
        for number in range(len(GETS))
    ]
    modules = {
        f"m{number}": MODULE.format(start=start, join="Grp").replace("(mine)", f"(m{number})")
        for number, start in enumerate(GETS)
    }
    assert answers(asked, modules) == [("value", f"[{','.join(words)}]") for words in GETS.values()]


def test_a_joiner_may_sleep_but_not_wait_for_an_answer_before_it_returns(tmp_path):
    assert handed(tmp_path, Join(Node(1)), "S", f"P = {JOINS}, timer:sleep(50), {{ok, P}}") == []
    says = "start waits at mine.erl:4:130 for a message; let the process wait that it starts, and return at once"
    with pytest.raises(ProtocolError, match=re.escape(says)):
        handed(tmp_path, Join(Node(1)), "S", f"P = {JOINS}, receive joined -> {{ok, P}} after 1000 -> {{error, late}} end")
