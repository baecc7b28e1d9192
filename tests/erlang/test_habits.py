"""gms3 with the habits and the slips of a dozen students; what each must be called was worked out by hand before it was run.

A habit changes no state. The slips have the lengths of the shortest runs of what is violated and claimed.
"""

from __future__ import annotations

import shutil
import subprocess

import pytest

from tests.erlang.messy import GMS3
from tests.support.exploring import explored, violated

SEND = "    lists:foreach(fun(Node) -> Node ! Msg, crash(Id) end, Nodes)."
BEGIN = GMS3.index("slave(Id, Master, Leader, N, Last, Slaves, Group) ->\n")
END = GMS3.index("election(Id, Master, N, Last, Slaves, [_")
SLAVE = GMS3[BEGIN:END]
FOUNDER = "    leader(Id, Master, 0, [], [Master])."
REPEATS = "            bcast(Id, Last, Rest),\n"
TAKES = "            Master ! Msg,\n            slave(Id, Master, Leader, N + 1, {msg, N, Msg}, Slaves, Group);"
CASTS = """            bcast(Id, {msg, N, Msg}, Slaves),
            Master ! Msg,
            leader(Id, Master, N + 1, Slaves, Group);"""
RECORDS = """-record(st, {id, master, leader, n = 0 :: integer(), last, slaves = [], group}).

slave(Id, Master, Leader, N, Last, Slaves, Group) ->
    slave(#st{id = Id, master = Master, leader = Leader, n = N, last = Last, slaves = Slaves, group = Group}).

slave(#st{leader = Leader, n = N, master = Master} = S) ->
    receive
        {mcast, Msg} -> Leader ! {mcast, Msg}, slave(S);
        {join, Wrk, Peer} -> Leader ! {join, Wrk, Peer}, slave(S);
        {msg, I, _} when I < S#st.n -> slave(S);
        {msg, N, Msg} = Last -> Master ! Msg, slave(S#st{n = N + 1, last = Last});
        {view, N, [Leader|Slaves2], Group2} = View ->
            #st{id = Id} = S,
            Next = #st{id = Id, master = Master, leader = Leader, n = N + 1, last = View, slaves = Slaves2, group = Group2},
            Master ! {view, Group2},
            slave(Next);
        {'DOWN', _Ref, process, Leader, _Reason} ->
            #st{id = Id, last = Last, slaves = Slaves, group = Group} = S,
            election(Id, Master, N, Last, Slaves, Group);
        stop -> ok
    end.

"""


def changed(*pairs: tuple[str, str]) -> str:
    text = GMS3
    for old, new in pairs:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


CAST = "-define(CAST(Ps, M), [begin P ! M, crash(Id) end || P <- Ps, P =/= self()])."
ACK = "ack(Node, {msg, N, _}) -> receive {ack, Node, N} -> ok end;\nack(_, _) -> ok."
FLUSH = "flush() -> receive {mcast, _} -> flush() after 0 -> ok end."
ALL = SLAVE.replace("    receive\n", "    receive Any -> case Any of\n").replace(
    "            ok\n    end.",
    "            ok;\n        _ ->\n            slave(Id, Master, Leader, N, Last, Slaves, Group)\n    end end.",
)

HABITS = {
    "tail calls through helpers": changed(
        (CASTS, "            cast(Id, Master, N, Msg, Slaves, Group);"),
        (TAKES, TAKES.replace("slave(", "again(fun(M) -> slave(").replace("N + 1,", "M,").replace(");", ") end, N + 1);")),
        ("election(Id, Master, N, Last, Slaves, [_", """cast(Id, Master, N, Msg, Slaves, Group) ->
    bcast(Id, {msg, N, Msg}, Slaves), Master ! Msg, leader(Id, Master, N + 1, Slaves, Group).

again(F, N) -> F(N).

election(Id, Master, N, Last, Slaves, [_"""),
    ),
    "a record, made before the Master is told": changed((SLAVE, RECORDS)),
    "sends in a fold": changed(
        (SEND, "    K = lists:foldl(fun(P, Sent) -> P ! Msg, crash(Id), Sent + 1 end, 0, Nodes),\n    K = length(Nodes).")
    ),
    "sends in a list comprehension in a macro": changed(
        ("-define(arghh, 100).", f"-define(arghh, 100).\n{CAST}"),
        (SEND, "    ?CAST(Nodes, Msg)."),
    ),
    "try around the sends": changed(
        (SEND, f"    try {SEND.strip()[:-1]} catch error:Reason -> {{lost, Reason}} after sent end.")
    ),
    "the founder tells its Master the first view": changed((FOUNDER, f"    Master ! {{view, [Master]}},\n{FOUNDER}")),
    "and keeps it with the number": changed(
        (FOUNDER, f"    _ = {{st, 0, [Master]}},\n    Master ! {{view, [Master]}},\n{FOUNDER}")
    ),
}  # fmt: skip

SLIPS = {
    "a case that takes everything": (
        changed((SLAVE, ALL)),
        {"agreement": 7, "synchrony": 7, "progress": 5}),
    "a wrong key with a default": (
        changed(("            election(Id, Master, N,", "            election(Id, Master, maps:get(n, #{number => N}, 0),")),
        {"agreement": 5, "monotonic-views": 2, "virtual-synchrony": 5, "synchrony": 5, "progress": 6}),
    "a name that only the first leader has": (
        changed((FOUNDER, f"    register(boss, self()),\n{FOUNDER}"),
                ("        {mcast, Msg} ->\n            Leader !", "        {mcast, Msg} ->\n            boss !")),
        {"synchrony": 1, "progress": 0, "termination": 1}),
    "a new leader that kills the others": (
        changed((REPEATS, f"            [exit(P, kill) || P <- Rest],\n{REPEATS}")),
        {"agreement": 4, "synchrony": 3, "termination": 3}),
    "an acknowledgement that a dead slave owes": (
        changed((SEND, f"{SEND.replace('crash(Id)', 'ack(Node, Msg)')}\n\n{ACK}"),
                (TAKES, TAKES.replace("Master !", "Leader ! {ack, self(), N}, Master !")),
                ("when I < N ->\n", "when I < N ->\n            Leader ! {ack, self(), I},\n")),
        {"agreement": 4, "synchrony": 4, "progress": 1}),
    "a mailbox that is emptied": (  # what is lost is a request, which gms3 may lose, too
        changed((REPEATS, f"            flush(),\n{REPEATS}"),
                ("bcast(Id, Msg, Nodes) ->", f"{FLUSH}\n\nbcast(Id, Msg, Nodes) ->")),
        {}),
}  # fmt: skip


def explored_text(folder, text: str):
    file = folder / "gms3.erl"
    file.write_text(text)
    return explored(str(file), messages=1)


@pytest.mark.parametrize("name", HABITS)
def test_a_habit_changes_nothing(name, tmp_path):
    found = explored_text(tmp_path, HABITS[name])
    assert (found.coverage.distinct, found.coverage.generated, found.coverage.depth) == (169, 261, 9)
    assert set(violated(found)) == {"validity", "completeness", "sending-view-delivery"}


@pytest.mark.parametrize("name", SLIPS)
def test_a_slip_is_found_by_a_shortest_run(name, tmp_path):
    text, lengths = SLIPS[name]
    found = explored_text(tmp_path, text)
    claimed = {finding.name for finding in found.findings if finding.claimed}
    assert {broken: length for broken, length in violated(found).items() if broken in claimed} == lengths


@pytest.mark.skipif(shutil.which("erlc") is None, reason="needs Erlang (Debian's erlang-base)")
def test_erlang_compiles_them_all(tmp_path):
    texts = [*HABITS.values(), *(text for text, _ in SLIPS.values())]
    for number, text in enumerate(texts):
        (tmp_path / f"m{number}.erl").write_text(text.replace("-module(gms3)", f"-module(m{number})"))
    subprocess.run(["erlc", "-o", tmp_path, *sorted(tmp_path.glob("*.erl"))], check=True)
