"""The machine of one process: what is drawn is what `step` does in the runs of a scenario."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from groupy_check.checker.errors import UsageError
from groupy_check.checker.inputs.protocols import load_protocol
from groupy_check.checker.interfaces.cli import main
from groupy_check.checker.profiling.local_machine import MachineRequest
from groupy_check.checker.search.base import Limits
from groupy_check.groupy_model.protocols import erlang
from groupy_check.groupy_model.scenario import Scenario
from groupy_check.reports.formats.machine_data import Machine
from groupy_check.reports.machine.drawing import machine_graph
from groupy_check.reports.machine.page import machine_page
from groupy_check.reports.machine.table import machine_headline

ERLANG = Path(erlang.__path__[0])


def machine(protocol: str, *fields: str, **budgets: Any) -> Machine:
    return MachineRequest(load_protocol(protocol), Scenario(**budgets), fields).run()


def shape(found: Machine) -> set[tuple[str, ...]]:
    """Which event leads where, in one language: `init` is where a slave of the Erlang program waits to be let in."""
    names = {"init": "joining", "Receive join": "Receive JoinAsked", "Receive view": "Receive ViewMsg"}
    names |= {"Receive msg": "Receive Msg", "Receive mcast": "Receive Mcast"}
    return {tuple(names.get(name, name) for name in (a.source, a.event, a.target)) for a in found.arrows}


def test_gms3_has_its_four_kinds_of_states() -> None:
    """Idle, one of each; joining p2 and p3; nobody else asks to join, and no joiner's timer runs out."""
    found = machine("gms3")
    assert [(kind.name, kind.states, kind.first) for kind in found.kinds] == [
        ("idle", 3, True), ("joining", 2, False), ("leader", 8, False), ("slave", 38, False),
    ]  # fmt: skip
    assert [(rule.source, rule.event) for rule in found.untaken] == [("slave", "Receive JoinAsked"), ("joining", "Timeout")]
    assert machine_headline(found) == (
        "gms3: 4 kinds of local states, 14 arrows, 9 of 11 rules taken (all reachable states seen)"
    )
    (down,) = (arrow for arrow in found.arrows if arrow.event == "Down" and "Send Msg" in arrow.effects)
    assert (down.source, down.target, down.effects, down.calls) == (
        "slave",
        "leader",
        ("Send Msg", "Send ViewMsg", "Install"),
        9,
    )
    assert [rule.partition(": ")[2] for rule in down.rules] == ["case Down(node) if node == state.leader"]


def test_every_call_is_in_one_arrow() -> None:
    """Without a crash nothing detects one, so nobody becomes a leader but p1; a joiner takes every rule."""
    assert {arrow.event for arrow in machine("gms3", crashes=0).arrows} == {
        "Start", "Join", "Multicast", "Receive Msg", "Receive Mcast", "Receive ViewMsg", "Receive JoinAsked",
    }  # fmt: skip
    assert machine("gms3", joins=1, messages=1).untaken == ()


def test_the_program_in_erlang_is_the_same_machine() -> None:
    assert shape(machine(str(ERLANG / "gms3.erl"))) == shape(machine("gms3"))


def test_states_are_told_apart_by_a_field() -> None:
    by_leader = machine("gms3", "leader", joins=1, messages=0)
    assert [kind.name for kind in by_leader.kinds if kind.name.startswith("slave")] == [
        "slave\nleader: p1", "slave\nleader: p2",  # with one crash p3 never leads
    ]  # fmt: skip
    with pytest.raises(UsageError, match="unknown field 'ledaer': did you mean leader"):
        machine("gms3", "ledaer")


def test_what_ends_itself_ends_in_a_box_of_its_own() -> None:
    """A joiner that gives up when its timer runs out halts: with a join, the leader may be gone."""
    found = machine("gms3", joins=1, messages=0)
    assert {(arrow.source, arrow.event) for arrow in found.arrows if arrow.target == "ended"} == {("joining", "Timeout join")}


def test_a_rule_of_states_never_entered_is_dashed() -> None:
    graph = machine_graph(machine("gmp3")).source
    assert "excluded\nnever entered" in graph
    assert graph.count("style=dashed") == 1
    assert graph == machine_graph(machine("gmp3")).source


def test_a_bound_is_told() -> None:
    found = MachineRequest(load_protocol("gms3"), Scenario(), (), Limits(states=50)).run()
    assert machine_headline(found).endswith("(not all states seen)")


def test_the_page_has_each_rule_and_an_example() -> None:
    page = machine_page(machine("gms2"), "groupy states './a <b>.py'")
    assert "<svg" in page
    assert "&#x27;./a &lt;b&gt;.py&#x27;" in page
    assert (
        "gms2.py:34: case Joining(), Timeout(timer) if timer == JOIN_TIMER</code></li>" in page
    )  # never taken: nobody gives up


def test_the_command_writes_its_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["states", "gms2", "--out", str(tmp_path), "-j", "1"]) == 0
    told = capsys.readouterr().out
    assert told.splitlines()[0].startswith("gms2: ")
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"gms2-j1-states.{kind}" for kind in ("dot", "html", "svg")]
    assert main(["states", "gms2", "--format", "json", "--quiet"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["command"], found["protocol"], found["whole"]) == ("states", "gms2", True)
    assert len(found["arrows"]) == len(machine("gms2").arrows)
