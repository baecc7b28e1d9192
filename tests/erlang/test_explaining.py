"""A run of a program in Erlang says which clause took each message, and what was in the way of those that nobody took."""

from __future__ import annotations

from typing import Any

from groupy_check.checker.inputs.protocols import load_protocol
from groupy_check.groupy_model.events import Down, Join, Multicast, Receive, Start
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.payloads import Change
from groupy_check.reports.wording.trace_text import trace_text
from tests.erlang.support import OURS
from tests.support.exploring import explored

GMS3 = (OURS / "gms3.erl").read_text().splitlines()
VIEW = 1 + GMS3.index("        {view, N, [Leader|Slaves2], Group2} ->")
OLD = 1 + GMS3.index("        {msg, I, _} when I < N ->")
MESSAGE = 1 + GMS3.index("        {msg, N, Msg} ->")
SLAVE = 2 + GMS3.index("slave(Id, Master, Leader, N, Last, Slaves, Group) ->")
DOWN = 1 + GMS3.index("        {'DOWN', _Ref, process, Leader, _Reason} ->")


def test_the_orphan_view_names_the_clause_and_the_variables():
    trace = explored(str(OURS / "gms3.erl"), "progress", joins=1, messages=0).finding("progress").trace
    assert trace is not None
    text = trace_text(trace, "the orphan view")
    assert text.endswith(
        "    still queued for p3: {view,2,[p1,p2,p3,p4],[w1,w2,w3,w4]} from p2\n"
        f"        gms3.erl:{VIEW}: Leader is p2 here, not p1\n"
        "    still queued for p3: {view,3,[p2,p3,p4],[w2,w3,w4]} from p2\n"
        f"        gms3.erl:{VIEW}: N is 2 here, not 3\n"
    )
    assert f" 5. p3 detects that p1 is down\n      at:    gms3.erl:{DOWN}\n      done:  monitors p2; now follows p2\n" in text
    assert "p4 asks to join through p1\n      done:" in text  # it waits nowhere yet


def test_what_is_in_the_way_of_a_message():
    protocol: Any = load_protocol(str(OURS / "gms3.erl"))
    leader = protocol.step(protocol.initial(Node(1)), Start())[0].state
    joiner = protocol.step(protocol.initial(Node(2)), Join(Node(1)))[0]
    admitted = protocol.step(leader, Receive(Node(2), joiner.effects[0].message))[0]
    slave = protocol.step(joiner.state, Receive(Node(1), admitted.effects[0].message))[0].state
    sent = protocol.step(admitted.state, Multicast(Change(Node(1), 1)))[0]
    message = sent.effects[0].message
    early = protocol.step(sent.state, Multicast(Change(Node(1), 2)))[0].effects[0].message
    assert protocol.place(slave, Receive(Node(1), message)) == f"gms3.erl:{MESSAGE}"
    assert protocol.obstacle(slave, Receive(Node(1), message)) == ""
    assert protocol.step(slave, Receive(Node(1), early)) is None
    assert protocol.obstacle(slave, Receive(Node(1), early)) == (
        f"gms3.erl:{OLD}: the guard is false; gms3.erl:{MESSAGE}: N is 1 here, not 2"
    )
    assert protocol.obstacle(leader, Receive(Node(1), message)).endswith("no clause of this receive is for such a message")
    assert protocol.obstacle(leader, Down(Node(2))) == ""  # it monitors nobody
    assert protocol.place(slave, Down(Node(1))) == f"gms3.erl:{DOWN}"
    assert str(slave).startswith("slave(")
    assert SLAVE < OLD
