"""Links between processes of different nodes, names of nodes, and what start leaves to the processes that it starts."""

from __future__ import annotations

from typing import Any

import pytest

from groupy_check.checker.errors import ProtocolError
from groupy_check.checker.inputs.protocols import load_protocol
from groupy_check.groupy_model.effects import Deliver, Demonitor, Halt, Install, Monitor, Send, View
from groupy_check.groupy_model.events import Down, Join, Multicast, Receive, Start
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.payloads import Change
from groupy_check.groupy_model.protocol import Step

P1, P2 = Node(1), Node(2)
TWO = """-module(two).
-export([start/1, start/2]).
start(_) -> M = self(), spawn_link(fun() -> first(M) end).
start(_, Grp) -> M = self(), spawn_link(fun() -> TRAP second(M, Grp) end).
first(M) -> receive {join, W, P} -> P ! {view, [M, W], self()}, M ! {view, [M, W]}, loop(M, P) end.
second(M, Grp) -> Grp ! {join, M, self()}, receive {view, G, L} -> link(L), M ! {view, G}, loop(M, L) end.
loop(M, P) ->
    receive
        {mcast, unlink} -> unlink(P), loop(M, P);
        {mcast, die} -> exit(no_luck);
        {mcast, kill} -> exit(P, bad), loop(M, P);
        {mcast, return} -> ok;
        {mcast, name} -> M ! {deliver, {node(P), node(), node(self()) == node()}}, loop(M, P);
        {'EXIT', P, Why} -> M ! {deliver, {gone, Why}}, loop(M, P)
    end.
"""


class Pair:
    """p1, and p2 that is linked to it: what each does at an event, and what then is under way between them."""

    def __init__(self, folder, *, trapping: bool) -> None:
        file = folder / "two.erl"
        file.write_text(TWO.replace("TRAP", "process_flag(trap_exit, true)," if trapping else ""))
        self.protocol: Any = load_protocol(str(file))
        self.states: dict[Node, Any] = {node: self.protocol.initial(node) for node in (P1, P2)}
        self.queues: dict[Node, list[Receive]] = {P1: [], P2: []}
        self.do(P1, Start())
        self.do(P2, Join(P1))
        for node in (P1, P1, P2, P1):
            self.take(node)

    def do(self, node: Node, event) -> list[str]:
        outcome = self.protocol.step(self.states[node], event)
        assert outcome is not None
        (step,) = [outcome] if isinstance(outcome, Step) else outcome
        self.states[node] = step.state
        for effect in step.effects:
            if isinstance(effect, Send):
                self.queues[effect.to].append(Receive(node, effect.message))
        return [said(effect) for effect in step.effects]

    def take(self, node: Node) -> list[str]:
        return self.do(node, self.queues[node].pop(0)) if self.queues[node] else []

    def asked(self, node: Node, what: str) -> list[str]:
        receive = self.protocol.step(self.states[node], Multicast(what))
        assert receive is not None
        return self.do(node, Multicast(what))


def said(effect) -> str:
    match effect:
        case Send(to, message):
            return f"{message} to {to}"
        case Monitor(node):
            return f"watches {node}"
        case Demonitor(node):
            return f"watches {node} no more"
        case Deliver(payload):
            return f"delivers {payload}"
        case Halt(reason):
            return f"ends: {reason}"
    return type(effect).__name__


# What p1 does of its own accord, what p1 then does, and what comes of it at p2 if that traps exits, and if not.
ENDS = {
    "die": ("exit signal of p1: no_luck", "delivers {gone,no_luck}", "ends: ended by no_luck"),
    "return": ("exit signal of p1: normal", "delivers {gone,normal}", None),
    "kill": ("exit signal of p1: bad", "delivers {gone,bad}", "ends: ended by bad"),
}


@pytest.mark.parametrize("how", ENDS)
def test_an_exit_signal_is_a_message_to_who_traps_exits_and_the_end_of_who_does_not(how, tmp_path):
    sent, told, ended = ENDS[how]
    for trapping, expected in ((True, told), (False, ended)):
        pair = Pair(tmp_path, trapping=trapping)
        assert pair.asked(P1, how)[0] == f"[{sent}] to p2"
        found = pair.take(P2)
        assert [line for line in found if line.startswith(("delivers", "ends"))] == ([expected] if expected else [])
        assert ("[exit signal of p2: bad] to p1" in found) is (how == "kill" and not trapping)


def test_a_crash_reaches_those_that_are_linked(tmp_path):
    assert Pair(tmp_path, trapping=True).do(P2, Down(P1)) == ["delivers {gone,killed}"]
    assert Pair(tmp_path, trapping=False).do(P2, Down(P1)) == ["ends: ended by killed"]


def test_unlink_ends_it_on_both_sides(tmp_path):
    pair = Pair(tmp_path, trapping=True)
    assert pair.asked(P2, "unlink") == ["[unlink of p2] to p1", "watches p1 no more"]
    assert pair.take(P1) == ["watches p2 no more"]
    assert pair.protocol.step(pair.states[P2], Down(P1)) is None


def test_each_process_of_the_group_is_on_a_node_of_its_own(tmp_path):
    assert Pair(tmp_path, trapping=True).asked(P2, "name") == ["delivers {p1@groupy,p2@groupy,true}"]


HEAD = "-module(one).\n-export([start/1, start/2]).\nstart(_, _) -> no.\n"
REFUSED = {
    "start(_) -> spawn(fun() -> {gms, 'b@host'} ! hi end).": "one.erl:4:44: a message to b@host, which is no node of the group",
    "start(_) -> spawn('b@host', fun() -> ok end).": "one.erl:4:13: no process can be started on another node here",
    "start(_) -> spawn(fun() -> monitor(process, {gms, 'b@host'}) end).": "one.erl:4:28: a process of another node cannot be",
}


@pytest.mark.parametrize("start", REFUSED)
def test_other_nodes_than_those_of_the_group_are_refused(start, tmp_path):
    file = tmp_path / "one.erl"
    file.write_text(f"{HEAD}{start}\n")
    protocol: Any = load_protocol(str(file))
    with pytest.raises(ProtocolError) as refused:
        protocol.step(protocol.initial(P1), Start())
    assert str(refused.value).startswith(REFUSED[start])


STARTS = {
    # what comes before the process that start waits for is ready stays for the application; as these let nobody in, nothing
    # tells the number of their view
    "start(_) -> M = self(), P = spawn(fun() -> M ! {view, [M]}, M ! ready, wait() end), receive ready -> {ok, P} end.":
    [Install(View(-1, (P1,)))],
    "start(_) -> gen_server:start(one, self(), []).\n"
    "init(M) -> M ! {view, [M]}, {ok, M}.\nhandle_info({mcast, Msg}, M) -> M ! Msg, {noreply, M}.":
    [Install(View(-1, (P1,)))],
    "start(_) -> M = self(), spawn(fun() -> M ! {view, [M]}, wait() end).": [Install(View(-1, (P1,)))],
    "start(_) -> spawn(fun() -> wait() end).": [Install(View(-1, (P1,)))],
}  # fmt: skip


@pytest.mark.parametrize("start", STARTS)
def test_what_is_sent_to_the_application_during_start_is_not_lost(start, tmp_path):
    file = tmp_path / "one.erl"
    file.write_text(f"{HEAD}-compile(export_all).\n{start}\nwait() -> receive {{mcast, Msg}} -> Msg end.\n")
    protocol: Any = load_protocol(str(file))
    (step,) = protocol.step(protocol.initial(P1), Start())
    assert list(step.effects) == STARTS[start]
    assert protocol.step(step.state, Multicast(Change(P1, 1))) is not None
