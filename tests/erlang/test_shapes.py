"""gms3 as others write it: the same states where the difference is one of style, and what follows where it is not."""

from __future__ import annotations

import pytest

from groupy_check.groupy_model.observations import Ended
from groupy_check.groupy_model.verdict import Verdict
from tests.erlang.support import OURS
from tests.support.exploring import explored, violated

GMS3 = (OURS / "gms3.erl").read_text()
SEND = "lists:foreach(fun(Node) -> Node ! Msg, crash(Id) end, Nodes)."
TAKES = """        {msg, N, Msg} ->
            Master ! Msg,
            slave(Id, Master, Leader, N + 1, {msg, N, Msg}, Slaves, Group);"""
LOST = """        {msg, N, Msg} ->
            case rand:uniform(50) of
                1 ->
                    slave(Id, Master, Leader, N, Last, Slaves, Group);
                _ ->
                    Master ! Msg,
                    slave(Id, Master, Leader, N + 1, {msg, N, Msg}, Slaves, Group)
            end;"""
SLAVE = "slave(Id, Master, Leader, N, Last, Slaves, Group) ->\n    receive"
NEW_LEADER = "leader(Id, Master, N + 1, Rest, Group);"
ASKS = "        {mcast, Msg} ->\n            Leader ! {mcast, Msg},\n"
PERHAPS = "        {mcast, Msg} ->\n            rand:uniform(9) == 1 orelse begin Leader ! {mcast, Msg} end,\n"
LAST = "bcast(Id, Msg, Nodes) ->"


def changed(*pairs: tuple[str, str]) -> str:
    text = GMS3
    for old, new in pairs:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


STYLE = {
    "crash lottery": changed(("-define(arghh, 100).", "-define(arghh, 100).\n-define(lottery, true).")),
    "loss lottery": changed((SEND, SEND.replace("Node ! Msg", "case rand:uniform(10) of 1 -> ok; _ -> Node ! Msg end"))),
    "loss of a request": changed((ASKS, PERHAPS)),
    "loss on receipt": changed((TAKES, LOST)),
    "macro with arguments": changed(
        (SEND, SEND.replace("Node ! Msg", "?SEND(Node, Msg)")),
        ("-define(timeout, 1000).", "-define(timeout, 1000).\n-define(SEND(P, M), P ! M)."),
    ),
    "alias pattern": changed((TAKES, TAKES.replace("Msg} ->", "Msg} = T ->").replace("{msg, N, Msg},", "T,"))),
    "after timer:sleep": changed(("    after ?timeout ->", "    after timer:sleep(1000) ->")),
    "registered leader": changed((NEW_LEADER, f"register(leader, self()), {NEW_LEADER}")),
    "seeded by the clock": changed((
        "    rand:seed(exsplus, {Rnd, Rnd, Rnd}),\n    leader",
        "    _ = Rnd, {A, B, C} = now(), random:seed(A, B, C),\n    leader",
    )),
    "seeded by its Id": changed((
        "    rand:seed(exsplus, {Rnd, Rnd, Rnd}),\n    leader", "    _ = Rnd, random:seed(Id, 1, 2),\n    leader",
    )),
    "named by the number that it has": changed((
        "    rand:seed(exsplus, {Rnd, Rnd, Rnd}),\n    leader",
        "    _ = Rnd, register(list_to_atom(integer_to_list(Id)), self()),\n    leader",
    )),
}  # fmt: skip


def explored_text(folder, text: str, *names: str):
    file = folder / "gms3.erl"
    file.write_text(text)
    return explored(str(file), *names, messages=1)


@pytest.mark.parametrize("name", STYLE)
@pytest.mark.parametrize("nodes", [2, pytest.param(3, marks=pytest.mark.slow)])
def test_what_is_a_matter_of_style_changes_no_state(name, nodes, tmp_path):
    file = tmp_path / "gms3.erl"
    file.write_text(STYLE[name])
    coverage = explored(str(file), nodes=nodes, messages=1).coverage
    assert (coverage.distinct, coverage.generated, coverage.depth) == {2: (29, 34, 5), 3: (169, 261, 9)}[nodes]


# Each with the numbers of states, and the lengths of the violations that gms3 does not have in this scenario.
OTHER = {
    # the leader delivers before its helpers have sent: one that crashes leaves them behind
    "a helper for each message": (
        changed((SEND, "crash(Id), lists:foreach(fun(Node) -> spawn(fun() -> Node ! Msg end) end, Nodes).")),
        (458, 826), {"agreement": 7, "uniform-agreement": 6, "synchrony": 7, "validity": 7},
    ),
    "a helper for each broadcast": (
        changed((SEND, "crash(Id), spawn(fun() -> lists:foreach(fun(Node) -> Node ! Msg end, Nodes) end).")),
        (368, 649), {"uniform-agreement": 6, "validity": 7},
    ),
    # the monitors of a slave tell it of one end as often as it has gone round
    "a monitor in every turn": (
        changed((SLAVE, SLAVE.replace("receive", "erlang:monitor(process, Leader),\n    receive"))),
        (305, 407), {"validity": 5},
    ),
    # a request waits for a message to itself, which is one more step
    "a blocking helper": (
        changed((ASKS, "        {mcast, Msg} ->\n            wait(Leader, Msg),\n"),
                (LAST, f"wait(Leader, Msg) -> self() ! go, receive go -> Leader ! {{mcast, Msg}} end.\n\n{LAST}")),
        (183, 282), {"validity": 6},
    ),
    # the look goes on by a step of its own, in which a message may still be missed
    "a look into the mailbox": (
        changed((ASKS, "        {mcast, Msg} ->\n            receive never -> ok after 0 -> ok end, Leader ! {mcast, Msg},\n")),
        (183, 282), {"validity": 6},
    ),
    # what the application does not get has not been lost on the way
    "a delivery that chance forgets": (
        changed((TAKES, TAKES.replace("Master ! Msg", "case rand:uniform(9) of 1 -> no; _ -> Master ! Msg end"))),
        (379, 657),
        {"agreement": 3, "uniform-agreement": 3, "virtual-synchrony": 6, "synchrony": 3, "progress": 0, "validity": 4},
    ),
    # only the founder has registered its log, so that the next leader ends with badarg
    "a log that only the first leader has": (
        changed(("    leader(Id, Master, 0, [], [Master]).",
                 "    register(log, spawn_link(fun() -> log([]) end)), leader(Id, Master, 0, [], [Master])."),
                ("            Master ! Msg,\n            leader(Id, Master, N + 1, Slaves, Group);",
                 "            Master ! Msg, log ! N,\n            leader(Id, Master, N + 1, Slaves, Group);"),
                (LAST, f"log(L) -> receive N -> log([N|L]) end.\n\n{LAST}")),
        (208, 363), {"termination": 3, "primary-partition": 7, "validity": 5},
    ),
}  # fmt: skip


SHORT = ("a delivery that chance forgets", "a helper for each broadcast")


@pytest.mark.parametrize("name", [pytest.param(name, marks=[] if name in SHORT else pytest.mark.slow) for name in OTHER])
def test_what_is_more_than_style(name, tmp_path):
    text, counts, lengths = OTHER[name]
    found = explored_text(tmp_path, text)
    assert (found.coverage.distinct, found.coverage.generated) == counts
    assert {broken: length for broken, length in violated(found).items() if broken not in HERE} == lengths


HERE = ("completeness", "sending-view-delivery")  # gms3 itself violates them in this scenario


def test_a_receive_inside_a_foreach_callback_waits_there():
    found = explored(str(OURS / "gms4.erl"), messages=1)
    assert not {"agreement", "view-agreement", "total-order", "termination"} & set(violated(found))
    assert (found.coverage.distinct, found.coverage.generated) == (278, 451)


def test_the_reason_of_an_end_names_the_line_and_the_error(tmp_path):
    text = changed((TAKES, TAKES.replace("Master ! Msg", "{ok, _} = Msg")))
    finding = explored_text(tmp_path, text, "termination").finding("termination")
    assert (finding.verdict, finding.length) == (Verdict.VIOLATED, 2)
    end = finding.trace.states[-1].processes[1].log[-1]
    assert end == Ended("gms3.erl:63:13: error {badmatch,a1}")


@pytest.mark.parametrize(("monitors", "ended"), [(1, False), (2, True)])
def test_each_monitor_of_a_process_brings_its_own_notice(monitors, ended, tmp_path):
    """A leader that ends at a notice gets none if it monitored its predecessor once, and the second if twice."""
    watch = "            erlang:monitor(process, Leader),\n            Master !"
    leader = "leader(Id, Master, N, Slaves, Group) ->\n    receive\n"
    text = changed(
        (watch, watch.replace("erlang", "erlang:monitor(process, Leader), " * (monitors - 1) + "erlang")),
        (leader, leader + "        {'DOWN', _, process, _, _} ->\n            ok;\n"),
    )
    file = tmp_path / "gms3.erl"
    file.write_text(text)
    assert ("termination" in violated(explored(str(file), nodes=2, messages=0))) is ended
