"""`--profile`: its counts against brute force, the rules that were never taken, and what it prints."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import fields, replace
from functools import cache, partial
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from groupy_check.checker.checking import engine
from groupy_check.checker.checking.engine import Choice, Engine, Means
from groupy_check.checker.checking.search_request import SearchRequest
from groupy_check.checker.inputs.protocols import load_protocol
from groupy_check.checker.interfaces.cli import check_main
from groupy_check.checker.judging.selection import select
from groupy_check.checker.profiling.profile import ProfiledEngine
from groupy_check.checker.search.base import Limits
from groupy_check.checker.search.bfs import Explorer
from groupy_check.groupy_model.observations import Status
from groupy_check.groupy_model.scenario import Scenario, Timing
from groupy_check.groupy_model.system import Budget, System
from groupy_check.reports.formats.profile_data import Call, Level, Profile, Rule
from groupy_check.reports.tables.profile import print_profile

JOINS = Scenario(nodes=2, joins=1, messages=1)
RUNS = [("gms2", Scenario(messages=1)), ("gms3", Scenario(messages=1)), ("gms3", JOINS)]
ONE_LINE = '''"""Rules on one line each, and messages that are no classes."""

from groupy_check.groupy_model.effects import Deliver, Install, Monitor, Send, SetTimer, View
from groupy_check.groupy_model.events import Join, Multicast, Receive, Start
from groupy_check.groupy_model.protocol import Protocol, Step


def unused(state):
    return state


def never(state):
    return helped(state)


def helped(state):
    return Step(state, (SetTimer("t"),))


class OneLine(Protocol):
    def step(self, state, event):
        match event:
            case Start(): return Step("up", (Install(View(0, (1,))),))
            case Join(node): return Step("up", (Install(View(1, (1, 2))), Monitor(node)))
            case Multicast(payload):
                if payload.seq > 5: return never(state)
                return Step(state, (Send(1, ("cast", payload)),) if state == "up" else ())
            case Receive(_, ("cast", payload)): return Step(state, (Deliver(payload),)) if payload.seq < 9 else None
        return None
'''


@cache
def searched(impl: str, scenario: Scenario, choice: Choice = Choice.REFERENCE, workers: int = 1) -> ProfiledEngine:
    properties, _ = select([], scenario)
    search = ProfiledEngine(SearchRequest(load_protocol(impl), scenario, properties, means=Means(choice, workers)))
    search.run()
    return search


@cache
def profile(impl: str, scenario: Scenario, choice: Choice = Choice.REFERENCE, workers: int = 1) -> Profile:
    return searched(impl, scenario, choice, workers).profile()


def explorer(impl: str, scenario: Scenario) -> Explorer:
    found = searched(impl, scenario).search
    assert isinstance(found, Explorer)
    return found


def changed(states: Iterable[System], change: Callable[[Any], Any]) -> set[System]:
    return {replace(system, processes=tuple(map(change, system.processes))) for system in states}


def emptied(process: Any, part: str) -> Any:
    return replace(process, **{part: None})


def blank(process: Any, kind: type, name: str) -> Any:
    return replace(process, local=emptied(process.local, name)) if type(process.local) is kind else process


def texts(found: Profile, *, forming: bool) -> list[str]:
    return [rule.text for rule in found.untaken if rule.forming == forming]


# --- the counts ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("impl", "scenario"), RUNS)
def test_the_states_without_a_part_are_those_that_brute_force_counts(impl: str, scenario: Scenario) -> None:
    states, found = explorer(impl, scenario).states, profile(impl, scenario)
    processes = [process for system in states for process in system.processes]
    alive: list[Any] = [process.local for process in processes if process.status in (Status.UP, Status.ABSENT)]
    values: dict[str, set[Any]] = {"logs": {p.log for p in processes}, "local states": set(alive)}
    values["budgets"] = {state.budget for state in states}
    values["channels"] = {channel for system in states for channel in system.channels}
    left = {
        "channels": {replace(system, channels=()) for system in states},
        "budgets": {replace(system, budget=Budget.of(scenario)) for system in states},
    }
    for part in ("log", "local", "watching", "timers", "asked", "worker", "asks"):
        name = {"log": "logs", "local": "local states"}.get(part, part)
        values.setdefault(name, {getattr(process, part) for process in processes})
        left[name] = changed(states, partial(emptied, part=part))
    for kind in {type(state) for state in alive}:
        for field in fields(kind):
            name = f"{kind.__name__}.{field.name}"
            values[name] = {getattr(state, field.name) for state in alive if type(state) is kind}
            left[name] = changed(states, partial(blank, kind=kind, name=field.name))
    assert found.states == len(states)
    expected = {name: (len(values[name]), len(left[name])) for name in values if len(values[name]) > 1}
    assert {part.name: (part.values, part.without) for part in found.parts} == expected
    assert [part.without for part in found.parts] == sorted(part.without for part in found.parts)


@pytest.mark.parametrize(("impl", "scenario"), RUNS)
def test_processes_channels_and_budgets_are_those_that_brute_force_counts(impl: str, scenario: Scenario) -> None:
    states, found = explorer(impl, scenario).states, profile(impl, scenario)
    for place, one in enumerate(found.processes):
        mine = [system.processes[place] for system in states]
        assert one.process == f"p{place + 1}"
        assert one.whole == len(set(mine))
        assert one.fields["log"] == len({process.log for process in mine})
        assert one.fields["local state"] == len({p.local for p in mine if p.status in (Status.UP, Status.ABSENT)})
    channels = {
        (f"p{slot // scenario.size + 1}", f"p{slot % scenario.size + 1}"): {system.channels[slot] for system in states}
        for slot in range(scenario.size**2)
    }
    expected = {pair: (len(kinds), max(map(len, kinds))) for pair, kinds in channels.items() if max(map(len, kinds))}
    assert {(c.source, c.target): (c.contents, c.longest) for c in found.channels} == expected
    contents = [content for kinds in channels.values() for content in kinds]
    for message in found.messages:
        kind = "Notice" if message.kind == "Down" else message.kind
        times = [Counter(type(entry).__name__ for entry in content)[kind] for content in contents]
        assert message.most == max(times)
        assert message.contents == sum(map(bool, times))
        assert message.distinct == len({e for content in contents for e in content if type(e).__name__ == kind})
    assert found.budgets["crashes"] == 2
    assert found.budgets["messages"] == scenario.messages + 1


@pytest.mark.parametrize(("impl", "scenario"), RUNS)
def test_the_levels_are_those_that_brute_force_counts(impl: str, scenario: Scenario) -> None:
    search, found = explorer(impl, scenario), profile(impl, scenario)
    depths: list[int] = []
    for parent in search.parents:
        depths.append(0 if parent is None else depths[parent[0]] + 1)
    resting = [depth for depth, system in zip(depths, search.states, strict=True) if search.semantics.at_rest(system)]
    states, rests = Counter(depths), Counter(resting)
    assert found.levels == tuple(Level(states[depth], rests[depth]) for depth in range(max(depths) + 1))


def test_of_a_bounded_search_every_state_that_was_found_is_counted() -> None:
    properties, _ = select([], JOINS)
    for choice, limits in [(Choice.REFERENCE, Limits(states=700)), (Choice.NATIVE, Limits(depth=3))]:
        search = ProfiledEngine(SearchRequest(load_protocol("gms3"), JOINS, properties, limits, Means(choice)))
        coverage = search.run().coverage
        levels = search.profile().levels
        assert sum(level.states for level in levels) == coverage.distinct == search.profile().states
        assert sum(level.at_rest for level in levels) == coverage.at_rest
        assert [level.states for level in levels[:4]] == [1, 9, 29, 59]


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize(("impl", "scenario"), [RUNS[0], RUNS[2]])
def test_the_native_engine_gives_the_same_profile(impl: str, scenario: Scenario, workers: int) -> None:
    assert profile(impl, scenario, Choice.NATIVE, workers) == profile(impl, scenario)


@pytest.mark.usefixtures("compiled")
def test_a_search_that_moves_over_to_the_native_engine_gives_the_same_profile(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "FEW", 200)
    assert profile("gms3", JOINS, Choice.AUTOMATIC) == profile("gms3", JOINS)
    assert not isinstance(searched("gms3", JOINS, Choice.AUTOMATIC).search, Explorer)


def test_profiling_changes_nothing_in_the_verdicts() -> None:
    properties, _ = select([], JOINS)
    plain = Engine(load_protocol("gms3"), JOINS, properties).run()
    profiled = ProfiledEngine(SearchRequest(load_protocol("gms3"), JOINS, properties)).run()
    assert profiled.findings == plain.findings
    assert replace(profiled.coverage, seconds=0) == replace(plain.coverage, seconds=0)


def test_pinned_what_gms3_spends_its_states_on() -> None:
    found = profile("gms3", Scenario())
    assert found.states == 1921
    assert [(part.name, part.values, part.without) for part in found.parts[:3]] == [
        ("logs", 160, 839),
        ("channels", 91, 1449),
        ("budgets", 6, 1921),
    ]


# --- the rules -----------------------------------------------------------------------------------------------------------


def test_without_joins_gms3_never_takes_the_rules_of_joining() -> None:
    found = profile("gms3", Scenario())
    formed = ["case Receive(_, JoinAsked(node))", "case Idle()", "case Joining()"]
    assert [text for text in texts(found, forming=True) if text.startswith("case")] == formed
    assert texts(found, forming=False) == ["case Receive(_, JoinAsked() as request)"]
    assert (found.taken, found.rules) == (20, 35)
    assert found.never.events == ("Start", "Join", "Leave", "Timeout")
    assert found.never.effects == ("SetTimer", "CancelTimer", "Halt")
    assert found.never.messages == ("JoinAsked",)
    request = next(rule for rule in found.untaken if not rule.forming)
    source = Path("groupy_model/protocols/groupy/gms3.py").read_text(encoding="utf-8").splitlines()
    file, line = request.where.split(":")
    assert (file, request.inside) == ("gms3.py", "Gms3.slave")
    assert source[int(line) - 1].strip() == f"{request.text}:"


def test_with_joins_gms3_takes_every_rule_but_that_of_the_first_process() -> None:
    found = profile("gms3", JOINS)
    founding = [("def founder", "Gms3.founder", True), ("case Start()", "ByRole.idle", True)]
    assert [(rule.text, rule.inside, rule.forming) for rule in found.untaken] == founding
    assert (found.taken, found.rules) == (33, 35)
    assert found.never.messages == found.never.effects == ()


def test_a_pattern_is_told_as_it_is_written() -> None:
    assert texts(profile("gms2", JOINS), forming=True) == ["case Idle(me), Start()"]
    assert "case Joining(me), Receive(_, ViewMsg(_, _, _) as view)" in texts(profile("gms2", Scenario()), forming=True)


def test_what_is_overridden_is_no_rule_of_the_protocol_unless_it_is_called() -> None:
    scenario = Scenario(messages=1)
    mutant = searched("gms3~no-repeat", scenario).profile()
    assert mutant.rules == profile("gms3", scenario).rules
    assert not any("repeat" in rule.text for rule in mutant.untaken)
    assert "if message.n < slave.n" in texts(mutant, forming=False)  # nothing comes twice where nothing is repeated
    assert profile("gms3~catch-all", scenario).rules > profile("gms3", scenario).rules


def test_what_only_the_probe_of_progress_asks_for_is_not_taken() -> None:
    found = profile("gms3", Scenario(messages=0))
    assert "case Multicast(payload) | Receive(_, Mcast(payload))" in texts(found, forming=True) + texts(found, forming=False)
    assert "Multicast" in found.never.events
    assert "Deliver" not in found.effects
    assert profile("gms3", Scenario(messages=0), Choice.NATIVE) == found


@pytest.mark.parametrize(("timeouts", "never"), [(0, True), (1, False)])
def test_a_timer_that_may_not_run_out_takes_no_rule(timeouts: int, never: bool) -> None:
    found = profile("gms3", replace(JOINS, timeouts=timeouts, timing=Timing.AT_REST))
    assert ("Timeout" in found.never.events) == never
    assert ("case Timeout(timer) if timer == JOIN_TIMER" in texts(found, forming=False)) == never


def test_what_was_offered_and_refused() -> None:
    calls = profile("gms3", JOINS).calls
    assert Call("Joining", "Multicast", 0, 1) in calls
    assert Call("Slave", "Receive ViewMsg", 8, 22) in calls
    assert all(call.handled + call.refused for call in calls)
    assert sum(call.handled + call.refused for call in calls) == len(searched("gms3", JOINS).handle.memo)


def test_rules_on_one_line_are_told_apart(tmp_path: Path) -> None:
    (tmp_path / "oneline.py").write_text(ONE_LINE, encoding="utf-8")
    path = str(tmp_path / "oneline.py")
    found = profile(path, Scenario(nodes=2, messages=1, crashes=0))
    line = {text: number for number, text in enumerate(ONE_LINE.splitlines(), start=1)}

    def rule(text: str, source: str, inside: str = "OneLine.step", *, forming: bool = False) -> Rule:
        return Rule(f"oneline.py:{next(n for t, n in line.items() if source in t)}", text, inside, forming)

    assert found.untaken == (
        rule("def never", "def never", "never"),
        rule("def helped", "def helped", "helped"),
        rule("case Start()", "case Start", forming=True),
        rule("case Join(node)", "case Join", forming=True),
        rule("if payload.seq > 5", "if payload.seq > 5"),
        rule("(), where not: state == \"up\"", "(Send(1"),
        rule("None, where not: payload.seq < 9", "case Receive"),
    )  # fmt: skip
    assert found.effects == {"Deliver": 2, "Send cast": 2}
    assert found.never.effects == ("Install", "Monitor", "SetTimer")
    assert [message.kind for message in found.messages] == ["cast"]


def test_the_trace_of_somebody_else_is_kept() -> None:
    def mine(*_: object) -> None:
        return None

    before = sys.gettrace()
    sys.settrace(mine)
    try:
        searched("gms2", Scenario(messages=1)).profile()
        assert sys.gettrace() is mine
    finally:
        sys.settrace(before)


# --- the command line ----------------------------------------------------------------------------------------------------


def test_the_command_prints_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("--impl", "gms3", "--profile", "--out", str(tmp_path))
    assert check_main(words) == 0
    text = capsys.readouterr().out
    expected = io.StringIO()
    print_profile(Console(file=expected, width=160), profile("gms3", Scenario()), whole=True)
    assert text.endswith(expected.getvalue())
    for line in (
        "1,921 distinct states, by what distinguishes them",
        "logs              160                839                   2.3x",
        "Slave   Receive ViewMsg       10       22",
        "Rules: 20 of 35 branches and functions of the protocol were taken.",
        "Messages that a rule expects but nobody sent: JoinAsked.",
    ):
        assert line in text
    assert check_main([*words, "--quiet"]) == 0
    assert capsys.readouterr().out == "gms3: OK, 13 of 13 claimed properties hold (all reachable states seen)\n"


def test_json_has_it_all(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check_main(["--impl", "gms2", "--profile", "--format", "json", "--out", str(tmp_path)]) == 12
    document = json.loads(capsys.readouterr().out)
    found = profile("gms2", Scenario())
    assert document["profile"]["states"] == document["coverage"]["distinct"] == found.states
    assert document["profile"]["levels"] == [{"states": level.states, "at_rest": level.at_rest} for level in found.levels]
    assert document["profile"]["effects"] == found.effects
    assert [rule["text"] for rule in document["profile"]["untaken"]] == [rule.text for rule in found.untaken]


def test_a_saved_run_has_no_profile(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check_main(["--replay", str(tmp_path / "x.txt"), "--profile"]) == 151
    assert "--profile is about a search" in capsys.readouterr().err


def test_a_check_without_it_loads_nothing_of_it() -> None:
    program = (
        "import sys; from groupy_check.checker.interfaces.cli import check_main\n"
        "check_main(['--impl', 'gms2', '--messages', '0', '--quiet'])\n"
        "sys.exit(bool({'groupy_check.checker.profiling', 'numba', 'numpy'} & sys.modules.keys()))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False, capture_output=True).returncode == 0
