"""Files by other conventions: start returns a pid, {join, Peer} names no application, and the Master gets no views."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from groupy_check.checker.errors import ProtocolError
from groupy_check.checker.inputs.protocols import load_protocol
from groupy_check.checker.native.checkpoint.identity import difference, identity
from groupy_check.checker.native.checkpoint.search_state import Question
from groupy_check.groupy_model.scenario import Scenario
from tests.erlang.support import OURS
from tests.support.exploring import explored, violated

PEERS = Path(__file__).parent / "cases/peers.erl"
CATCH_ALL = re.compile(r";\n        Error ->\n            io:format\(\"\w+ ~s: strange message ~w~n\", \[Name, Error\]\)")
OLD_VIEWS = "        {view, _, _, I} when I < N ->\n            slave(Name, Master, Leader, Slaves, N, Last);\n"


def test_a_catch_all_ends_a_slave_that_gets_the_next_leaders_view_first():
    found = explored(str(PEERS), messages=1)
    assert (found.coverage.distinct, found.coverage.generated) == (189, 297)
    assert violated(found) == {
        "agreement": 5, "uniform-agreement": 5, "validity": 5, "synchrony": 4, "termination": 4, "completeness": 1,
        "sending-view-delivery": 5,
    }  # fmt: skip
    assert found.finding("termination").witness.text == "p3 ended itself: its function returned at peers.erl:66:13"


def test_without_the_catch_all_it_is_gms3(tmp_path):
    text = CATCH_ALL.sub("", PEERS.read_text()).replace(OLD_VIEWS, "")
    file = tmp_path / "peers.erl"
    file.write_text(text)
    found, wanted = explored(str(file), messages=1), explored("gms3", messages=1)
    assert (found.coverage.distinct, found.coverage.generated) == (wanted.coverage.distinct, wanted.coverage.generated)
    assert violated(found) == violated(wanted)


REFUSED = {
    "-module(gms3).\n-export([start/3]).\nstart(A, B, C) -> {A, B, C}.\n": "the module exports start/3",
    "-module(gms3).\n-export([stop/0]).\nstop() -> ok.\n": "the module exports no function start",
    "-module(gms3).\n-export([start/1, start/2]).\nstart(A) -> {ok, A}.\nstart(A, _) -> {ok, A}.\n": "start returned {ok,p1}",
    "-module(gms3).\n-export([start/1, start/2]).\nstart(A) -> A + 1.\nstart(A, _) -> A.\n":
    "start ends with badarith at gms3.erl:3:15",
    "-module(gms3).\n-export([start/1, start/2]).\nstart(_) -> receive x -> y end.\nstart(A, _) -> A.\n": "start waits",
    "-module(gms3).\n-export([start/1, start/2]).\nstart(_) -> M = self(), spawn(fun() -> M ! x, f(M) end).\n"
    "f(M) -> M ! {view, [a]}, f(M).\nstart(A, _) -> A.\n": "it goes on for ever without coming to a receive",
}  # fmt: skip


@pytest.mark.parametrize("text", REFUSED)
def test_a_file_that_is_no_group_process_is_refused_in_one_line(text, tmp_path):
    file = tmp_path / "gms3.erl"
    file.write_text(text)
    with pytest.raises(ProtocolError, match=re.escape(REFUSED[text])) as refused:
        explored(str(file), messages=0)
    assert "\n" not in str(refused.value)


def test_a_missing_file_is_named():
    with pytest.raises(ProtocolError, match=r"there is no file './gms9\.erl'"):
        explored("./gms9.erl")


def test_a_state_says_what_its_process_waits_for():
    trace = explored(str(OURS / "gms2.erl"), "agreement", messages=1).finding("agreement").trace
    local = trace.states[0].processes[1].local
    assert str(local) == ("slave(Group = [w1,w2,w3], Id = p2, Leader = p1, Master = w2, Slaves = [p2,p3])")


def test_a_checkpoint_belongs_to_the_text_of_the_program(tmp_path):
    file = tmp_path / "gms3.erl"
    file.write_bytes((OURS / "gms3.erl").read_bytes())
    question = Question(load_protocol(str(file)), Scenario(), (), exact=False, bits=64, depth=None, start=())
    before = identity(question)
    assert difference(before, identity(question)) == ""
    file.write_text(file.read_text() + "% more\n")
    assert difference(before, identity(question)) == "the source of the protocol has changed since it was written"
