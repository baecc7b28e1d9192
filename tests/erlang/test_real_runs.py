"""Runs on real Erlang: what the recorder writes down, and that each is step by step a run of the models."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Iterable
from functools import cache
from itertools import product
from pathlib import Path

import pytest

from groupy_check.checker.erlang.recorder.real_runs import RealEvent, RealRun, RealRunError, record
from groupy_check.checker.erlang.recorder.script import FORMS, ScriptError, erlang_deeds
from groupy_check.checker.inputs.protocols import load_protocol
from groupy_check.groupy_model.effects import View
from groupy_check.groupy_model.observations import Delivered, History, Installed, Life, Observation, Sent, Status
from groupy_check.groupy_model.protocol import Protocol
from groupy_check.specs.registry import PROPERTIES
from tests.erlang.real_steps import node, nodes, steps_checked
from tests.erlang.test_teaching_files import FILES, TABLE
from tests.erlang.twins import TWINS

needs_erlang = pytest.mark.skipif(not (shutil.which("erl") and shutil.which("erlc")), reason="needs Erlang (erlang-base)")

FORMED = ("start p1", "settle", "join p2 at p1", "settle", "join p3 at p2", "settle")
PROTOCOLS = ("gms1", "gms2", "gms3", "gms3_fixed", "gms4")
ALL_SENDS = range(1, 10)  # of the leader: for each of a1, c1 and b1 to p2, to p3 and to its own worker
SENDS = (1, 2, 4, 7)  # those in the middle of a broadcast, and one behind


def cut(sends: int) -> tuple[str, ...]:
    """The leader dies behind that many sends of three multicasts, two of them at once."""
    crash = f"crash p1 after {sends} sends"
    return (*FORMED, crash, "multicast p1 a1", "multicast p3 c1", "settle", "multicast p2 b1", "settle")


@cache
def recorded() -> dict[tuple[str, int], RealRun]:
    wanted = [(name, sends) for name in PROTOCOLS for sends in SENDS]
    return dict(zip(wanted, record((FILES[name], cut(sends)) for name, sends in wanted), strict=True))


def history_of(run: RealRun) -> History:
    """What the log says, at rest. A view is the same as another if it has the same members and follows the same view."""
    lives: dict[str, list[Observation]] = {}
    crashed = set[str]()
    numbers: dict[tuple[int, tuple[str, ...]], int] = {}
    for line in map(json.loads, run.log.splitlines()[1:]):
        log = lives.setdefault(line["process"], [])
        match line["event"]:
            case "multicast":
                log.append(Sent(line["payload"]))
            case "deliver":
                log.append(Delivered(line["payload"]))
            case "view":
                members = tuple(line["members"])
                last = next((entry.view.id for entry in reversed(log) if isinstance(entry, Installed)), 0)
                number = numbers.setdefault((last if line["process"] in crashed else 0, members), len(numbers) + 1)
                log.append(Installed(View(number, nodes(members))))
            case "crash":
                crashed.add(line["process"])
    status = {name: Status.CRASHED if name in crashed else Status.UP for name in lives}
    return History(tuple(Life(node(name), status[name], tuple(log)) for name, log in sorted(lives.items())), at_rest=True)


def witness(run: RealRun, name: str) -> str:
    found = PROPERTIES[name].judge(history_of(run))
    return found.text if found else ""


# --- the protocols, the leader dying after each of its sends -----------------------------------------------------------------


@needs_erlang
def test_gms2_loses_a_message_when_the_leader_dies_in_the_middle_of_a_broadcast():
    """After the first of the three sends of a multicast p2 has it and p3 has not."""
    lost = {sends: witness(recorded()["gms2", sends], "agreement") for sends in SENDS}
    said = {sends: text.partition(",")[0] for sends, text in lost.items() if text}
    assert said == {1: "p3 never delivered a1", 4: "p3 never delivered c1", 7: "p3 never delivered b1"}


@needs_erlang
@pytest.mark.parametrize("name", ["gms3", "gms3_fixed", "gms4"])
@pytest.mark.parametrize("sends", SENDS)
def test_the_next_leader_repeats_what_was_lost(name, sends):
    run = recorded()[name, sends]
    assert [witness(run, name) for name in ("agreement", "prefix-order", "integrity")] == ["", "", ""]


@needs_erlang
def test_gms1_is_stuck_without_its_leader():
    assert witness(recorded()["gms1", 1], "validity") == "p2 never delivered b1, which it multicast itself"


@needs_erlang
@pytest.mark.parametrize("name", PROTOCOLS)
@pytest.mark.parametrize("sends", SENDS)
def test_a_real_run_is_step_by_step_one_of_the_interpreter_and_of_the_twin(name, sends):
    run = recorded()[name, sends]
    steps = sum(event.event == "take" for event in run.order)
    assert [steps_checked(run, model) for model in models(name)] == [steps] * (1 if name == "gms4" else 2)
    assert steps >= 10


def models(name: str) -> list[Protocol]:
    """The program in our interpreter, and its Python twin if it has one."""
    known: str | None = TABLE[name]["twin"]
    twins = [TWINS[name]() if known == "own" else load_protocol(known)] if known else []
    return [load_protocol(str(FILES[name])), *twins]


# --- the mistakes ------------------------------------------------------------------------------------------------------------


MISTAKES = [name for name, row in TABLE.items() if "base" in row]
RESTLESS = "gms1_view_without_leader"


@cache
def recorded_mistakes() -> dict[str, RealRun]:
    return dict(zip(MISTAKES, record((FILES[name], cut(1)) for name in MISTAKES), strict=True))


@needs_erlang
@pytest.mark.parametrize("name", [name for name in MISTAKES if name != RESTLESS])
def test_a_real_run_of_a_mistake_is_one_of_the_interpreter_and_of_the_twin(name):
    assert all(steps_checked(recorded_mistakes()[name], model) > 0 for model in models(name))


def assert_models_agree(names: Iterable[str]) -> None:
    wanted = list(product(names, ALL_SENDS))
    for (name, _), run in zip(wanted, record((FILES[name], cut(sends)) for name, sends in wanted), strict=True):
        assert all(steps_checked(run, model) > 0 for model in models(name)), name


@needs_erlang
@pytest.mark.slow
def test_wherever_the_leader_dies_a_real_run_is_one_of_the_interpreter_and_of_the_twin():
    assert_models_agree(PROTOCOLS)


@needs_erlang
@pytest.mark.long
def test_wherever_the_leader_dies_a_mistake_is_the_same_in_reality_and_in_the_interpreter():
    assert_models_agree(name for name in MISTAKES if name != RESTLESS)


@needs_erlang
def test_a_run_that_never_rests_is_cut_off():
    """p2 takes itself for the leader and sends the request of p3 to itself for ever."""
    run = recorded_mistakes()[RESTLESS]
    assert json.loads(run.log.splitlines()[0])["restless"] is True
    assert len(run.order) > 1000
    assert {event.message for event in run.order[-100:]} == {"{join,w3,p3}"}


# --- what is written down ----------------------------------------------------------------------------------------------------


@needs_erlang
@pytest.mark.parametrize("name", PROTOCOLS)
def test_what_arrives_was_sent_in_this_order_and_what_is_taken_has_arrived(name):
    for run, process in product((recorded()[name, sends] for sends in SENDS), ("p1", "p2", "p3")):
        sent = [event.message for event in run.order if (event.event, event.to) == ("send", process)]
        arrived = [event.message for event in run.order if (event.event, event.process) == ("arrive", process)]
        taken = [event.message for event in run.order if (event.event, event.process) == ("take", process)]
        from_others = [message for message in arrived if not message.startswith("{'DOWN'")]
        assert from_others == sent[: len(from_others)]
        assert Counter(taken) <= Counter(arrived)


@needs_erlang
@pytest.mark.parametrize(("name", "sends"), list(product(PROTOCOLS, SENDS)))
def test_the_leader_dies_behind_the_send_that_the_script_says(name, sends):
    order = recorded()[name, sends].order
    armed = next(event.number for event in order if event.event == "multicast")
    crash = next(event.number for event in order if event.event == "crash")
    assert sum(event.event == "send" and event.process == "p1" for event in order[armed:crash]) == sends
    assert not any(event.event in {"send", "take"} and event.process == "p1" for event in order[crash:])


@needs_erlang
def test_the_log_and_the_order_of_a_run():
    run = recorded()["gms2", 1]
    assert [json.loads(line) for line in run.log.splitlines()][:4] == [
        {"groupy-log": 1, "ordered": True, "program": "gms2.erl"},
        {"process": "p1", "event": "start", "time": 1},
        {"process": "p2", "event": "start", "contact": "p1", "time": 3},
        {"process": "p1", "event": "view", "members": ["p1", "p2"], "time": 9},
    ]
    assert [event.number for event in run.order] == list(range(1, len(run.order) + 1))
    line = FILES["gms2"].read_text().splitlines().index("        {join, Wrk, Peer} ->") + 1
    assert run.order[4:9] == (
        RealEvent(5, "send", "p2", to="p1", message="{join,w2,p2}"),
        RealEvent(6, "arrive", "p1", message="{join,w2,p2}"),
        RealEvent(7, "take", "p1", message="{join,w2,p2}", line=line),
        RealEvent(8, "send", "p1", to="p2", message="{view,[p1,p2],[w1,w2]}"),
        RealEvent(9, "send", "p1", to="w1", message="{view,[w1,w2]}"),
    )


def ran(folder: Path, text: str, *script: str) -> RealRun:
    """A program of one function start/1, with `text`, does the script."""
    file = folder / "mine.erl"
    file.write_text(f"-module(mine).\n-export([start/1, start/2]).\nstart(_, Peer) -> {{ok, Peer}}.\n{text}\n")
    (run,) = record([(file, script)])
    return run


def said(run: RealRun, *events: str) -> list[tuple[str, ...]]:
    """What each of these events says, without its name."""
    fields = ("process", "child", "to", "message", "value", "reason")
    return [tuple(filter(None, (getattr(event, field) for field in fields))) for event in run.order if event.event in events]


@needs_erlang
def test_helpers_references_and_registered_names(tmp_path):
    text = """
start(_) -> {ok, spawn_link(fun() -> register(boss, self()), ask(), boss ! x, receive x -> x end, io:format("~s", [1]) end)}.
ask() -> S = self(), spawn(fun() -> S ! {hello, make_ref()} end), receive {hello, R} -> S ! {R, R} end."""
    run = ran(tmp_path, text, "start p1")
    assert said(run, "spawn", "send", "exit") == [
        ("p1", "p1_2"), ("p1_2", "p1", "{hello,r1}"), ("p1_2", "normal"), ("p1", "p1", "{r1,r1}"), ("p1", "boss", "x"),
        ("p1", "badarg"), ("w1", "badarg"),
    ]  # fmt: skip
    assert json.loads(run.log.splitlines()[-1])["reason"] == "badarg"


@needs_erlang
def test_time_chance_errors_and_what_a_worker_is_told(tmp_path):
    text = """
start(Id) -> S = self(), spawn_link(fun() -> loop(Id, S, rand:uniform(1)) end).
loop(Id, S, N) ->
  receive {mcast, M} -> S ! {deliver, M}, S ! joined, loop(Id, S, N)
  after 30 -> S ! {error, "slow"}, X = list_to_integer(Id), X
  end."""
    run = ran(tmp_path, text, "start p1", "multicast p1 7", "settle", "wait 60 ms")
    assert said(run, "draw", "timeout") == [("p1", "1"), ("p1",)]
    assert [json.loads(line) for line in run.log.splitlines()[2:]] == [
        {"process": "p1", "event": "multicast", "payload": 7, "time": 3},
        {"process": "p1", "event": "deliver", "payload": 7, "time": 7},
        {"process": "p1", "event": "note", "text": "joined", "time": 8},
        {"process": "p1", "event": "note", "text": '{error,"slow"}', "time": 10},
        {"process": "p1", "event": "end", "reason": "badarg", "line": 8, "time": 11},
    ]


@needs_erlang
def test_the_lottery_of_a_program_is_its_own_end_and_no_crash_of_ours(tmp_path):
    text = FILES["gms3"].read_text().replace("-ifdef(lottery)", "-ifndef(lottery)")
    file = tmp_path / "gms3.erl"
    file.write_text(text.replace("(arghh, 100)", "(arghh, 1)"))
    (run,) = record([(file, (*FORMED[:3], "settle"))])
    ends = [json.loads(line) for line in run.log.splitlines() if '"end"' in line]
    assert [(end["process"], end["reason"]) for end in ends] == [("p1", "no_luck")]
    assert not any(event.event == "crash" for event in run.order)


@needs_erlang
def test_a_process_may_die_between_two_steps_and_a_joiner_may_get_no_answer():
    (run,) = record([(FILES["gms2"], ("start p1", "settle", "crash p1", "settle", "join p2 at p1", "wait 1100 ms"))])
    assert said(run, "crash", "timeout", "exit") == [("p1",), ("p1", "killed"), ("w1", "killed"), ("p2",), ("p2", "normal")]


# --- what cannot be done -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        (["start p1", "jion p2"], f"line 2 of the script: 'jion p2' is none of: {FORMS}"),
        (["start p1", "start p1"], "line 2 of the script: p1 has been started before; give the process another name"),
        (["start p1", "join p2 at p3"], "line 2 of the script: nobody has started p3; write 'start p3' before"),
        (["multicast p1 a1"], "line 1 of the script: nobody has started p1; write 'start p1' before"),
    ],
)
def test_a_script_that_cannot_be_done_is_refused(lines, problem):
    with pytest.raises(ScriptError) as raised:
        erlang_deeds(lines)
    assert str(raised.value) == problem


@needs_erlang
@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("start(X) -> [X.", "mine.erl:4:15: syntax error before: '.'"),
        ("start(X) ->\n g(X).", "mine.erl:5:2: function g/1 undefined"),
        ("start(_) -> halt().", "mine.erl: the program ended Erlang itself; take its calls of halt and init:stop out"),
    ],
)
def test_a_program_that_cannot_run_is_refused_in_one_line(text, problem, tmp_path):
    with pytest.raises(RealRunError) as raised:
        ran(tmp_path, text, "start p1")
    assert str(raised.value) == problem


def test_without_erlang_it_says_what_to_install(monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(RealRunError) as raised:
        record([(FILES["gms1"], ["start p1"])])
    assert (
        str(raised.value)
        == "this needs Erlang, and no erl and erlc are found; install it (Debian and Ubuntu: apt install erlang-base)"
    )
