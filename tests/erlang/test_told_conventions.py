"""A program with conventions of its own, which a module beside it translates."""

from __future__ import annotations

import re
import shutil
import subprocess
from typing import Any

import pytest

from groupy_check.checker.errors import ProtocolError
from tests.erlang.messy import GMS3, TEACHING
from tests.support.exploring import explored, violated

OWN = (
    GMS3.replace("Master ! Msg,", "Master ! {app, Id, Msg}, Master ! tick,")
    .replace("Master ! {view, Group", "Master ! {members, length(Group2), Group")
    .replace("length(Group2), Group}", "length(Group), Group}")
    .replace("{mcast, Msg} ->", "{send, [Msg]} ->")
    .replace("Leader ! {mcast, Msg}", "Leader ! {send, [Msg]}")
)
TOLD = """-module(groupy_conventions).
-export([multicast/1, master/1]).
multicast(Msg) -> {send, [Msg]}.
master({app, _From, Msg}) -> {deliver, Msg};
master({members, _, Group}) -> {view, Group};
master({error, _} = Error) -> Error;
master(tick) -> ignore.
"""


def file_of(folder, told: str) -> str:
    (folder / "gms3.erl").write_text(OWN)
    if told:
        (folder / "groupy_conventions.erl").write_text(told)
    return str(folder / "gms3.erl")


def test_with_its_conventions_told_it_is_gms3(tmp_path):
    scenario: dict[str, Any] = {"messages": 1, "joins": 1, "nodes": 2}
    found, wanted = explored(file_of(tmp_path, TOLD), **scenario), explored("gms3", **scenario)
    assert (found.coverage.distinct, found.coverage.generated) == (wanted.coverage.distinct, wanted.coverage.generated)
    assert violated(found) == violated(wanted)


def test_a_message_of_which_nothing_is_told_is_named(tmp_path):
    says = (
        "groupy_conventions.erl: master(tick) has no value (function_clause); write one more clause in groupy_conventions.erl"
        " beside it: master(tick) -> ignore (lesson 14)"
    )
    with pytest.raises(ProtocolError, match=re.escape(says)):
        explored(file_of(tmp_path, TOLD.replace(";\nmaster(tick) -> ignore", "")), messages=1)


def test_without_them_the_group_has_no_views(tmp_path):
    says = (
        "p2 installs no view after join(p1); p1's application gets {members,2,[w1,w2]}, not {view, Group}; write in"
        " groupy_conventions.erl beside it: master({members, _, Group}) -> {view, Group} (lesson 14)"
    )
    with pytest.raises(ProtocolError, match=re.escape(says)):
        explored(file_of(tmp_path, ""), messages=1)


def test_what_is_told_by_functions_of_other_names_or_arities_is_refused(tmp_path):
    file = file_of(tmp_path, "-module(groupy_conventions).\n-export([master/2]).\nmaster(M, _) -> M.\n")
    says = "groupy_conventions.erl exports master/2; export multicast/1, or master/1, or both (lesson 14)"
    with pytest.raises(ProtocolError, match=re.escape(says)):
        explored(file, messages=1)


def test_a_join_in_a_word_of_their_own_is_named(tmp_path):
    (tmp_path / "gms3.erl").write_text(GMS3.replace("{join,", "{hello,"))
    says = "p1's application gets {hello,w2,p2} from one who joins; it hands on {join, Wrk, Peer}: call it join, not hello"
    with pytest.raises(ProtocolError, match=re.escape(says)):
        explored(str(tmp_path / "gms3.erl"), messages=1)


def test_a_worker_is_told_from_the_group_process_beside_it(tmp_path):
    (tmp_path / "gms3.erl").write_text(GMS3)
    (tmp_path / "gui.erl").write_text("-module(gui).\n-export([start/1]).\nstart(Id) -> wx:new(Id).\n")
    worker = tmp_path / "worker.erl"
    worker.write_bytes((TEACHING / "worker.erl").read_bytes())
    with pytest.raises(ProtocolError, match=r"exports start/3, start/4; .* \(Id, Group\)\. Is it in \./gms3\.erl\?$"):
        explored(str(worker))


@pytest.mark.skipif(shutil.which("erlc") is None, reason="needs Erlang (Debian's erlang-base)")
def test_erlang_compiles_the_program(tmp_path):
    subprocess.run(["erlc", "-o", tmp_path, file_of(tmp_path, TOLD), tmp_path / "groupy_conventions.erl"], check=True)


WORKER = """-module(worker).
-export([start/3]).
start(Id, Module, Sleep) -> spawn(fun() -> {ok, Cast} = Module:start(Id), worker(Cast, Sleep) end).
worker(Cast, Sleep) ->
    receive
        {app, _From, _Msg} -> worker(Cast, Sleep);
        {view, _} -> worker(Cast, Sleep)
    after Sleep ->
        Cast ! {send, change}, worker(Cast, Sleep)
    end.
"""
APP = GMS3.replace("Master ! Msg,", "Master ! {app, Id, Msg},")


def test_a_word_that_the_students_own_worker_takes_is_no_delivery_of_nothing(tmp_path):
    (tmp_path / "worker.erl").write_text(WORKER)
    (tmp_path / "gms2.erl").write_text(GMS3.replace("(gms3)", "(gms2)").replace("{msg, N, Msg} ->", "{app, N, Msg} ->"))
    (tmp_path / "gms3.erl").write_text(APP)
    says = (
        "the Master gets {app,p1,a1}, for which worker.erl has a clause; write in groupy_conventions.erl beside it:"
        " master({app, _, Msg}) -> {deliver, Msg} (lesson 14)"
    )
    with pytest.raises(ProtocolError, match=re.escape(says)):
        explored(str(tmp_path / "gms3.erl"), nodes=2, messages=1)
    (tmp_path / "groupy_conventions.erl").write_text(
        "-module(groupy_conventions).\n-export([master/1]).\nmaster({app, _, M}) -> {deliver, M};\nmaster(M) -> M.\n"
    )
    assert explored(str(tmp_path / "gms3.erl"), nodes=2, messages=1).coverage.distinct == 29


def test_a_worker_that_starts_as_a_group_process_does_is_one_all_the_same(tmp_path):
    """It calls the start of the one beside it, so what it takes are the words of an application."""
    starts = "start(Id) -> gms3:start(Id).\nstart(Id, Peer) -> gms3:start(Id, Peer).\n"
    text = WORKER.replace("start/3", "start/1, start/2").replace(
        "start(Id, Module, Sleep)", f"{starts}start(Id, Module, Sleep)"
    )
    (tmp_path / "worker.erl").write_text(text)
    (tmp_path / "gms3.erl").write_text(APP)
    with pytest.raises(ProtocolError, match=r"for which worker\.erl has a clause"):
        explored(str(tmp_path / "gms3.erl"), nodes=2, messages=1)


def test_a_word_that_nobody_takes_is_a_delivery_of_what_nobody_has_multicast(tmp_path):
    (tmp_path / "gms2.erl").write_text(GMS3.replace("(gms3)", "(gms2)").replace("{msg, N, Msg} ->", "{app, N, Msg} ->"))
    (tmp_path / "gms3.erl").write_text(APP)
    assert violated(explored(str(tmp_path / "gms3.erl"), nodes=2, messages=1))["integrity"] == 1


def test_a_program_that_takes_no_request_as_in_the_assignment_is_refused(tmp_path):
    file = tmp_path / "gms3.erl"
    file.write_text(GMS3.replace("{mcast, Msg}", "{send, Msg}"))
    with pytest.raises(ProtocolError, match=re.escape("gms3.erl: no clause takes {mcast, Msg}, by which the application asks")):
        explored(str(file), nodes=2, messages=1)
