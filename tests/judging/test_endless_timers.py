"""Timers beside traffic that goes round for ever: when they fire, in every engine and in all that follows a run."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from groupy_check.checker.comparing.diff import Diff
from groupy_check.checker.counterexamples.timeline import page_data
from groupy_check.checker.counterexamples.trace_file import line_matchers, matched
from groupy_check.checker.inputs.protocols import load_protocol
from groupy_check.checker.interfaces.cli import check_main, main
from groupy_check.checker.interfaces.graph_export import state_graph
from groupy_check.checker.native.search import NativeExplorer
from groupy_check.checker.runs.recorder import Recorder
from groupy_check.checker.sampling.simulate import Plan, Simulation
from groupy_check.checker.search.bfs import Explorer, Limits
from groupy_check.checker.semantics import traffic
from groupy_check.checker.semantics.enabled import Semantics
from groupy_check.checker.semantics.traffic import armed_timers, bare, may_go_round
from groupy_check.groupy_model.actions import Handle
from groupy_check.groupy_model.events import Event, Multicast, Receive, Timeout
from groupy_check.groupy_model.observations import OBSERVATION_TYPES
from groupy_check.groupy_model.payloads import Change
from groupy_check.groupy_model.protocol import Outcome, Step
from groupy_check.groupy_model.scenario import Order, Scenario, Timing
from groupy_check.groupy_model.system import System
from groupy_check.groupy_model.verdict import Extent, Result, Verdict
from groupy_check.reports.wording.phrases import action_line
from groupy_check.specs.registry import PROPERTIES
from tests.support.endless import ACKNOWLEDGED, ALONE, BY_TURNS, LATE, P1, P2, P3, PATIENT, TWICE, WATCHED, Member, Ruled
from tests.support.tables import World, worlds

pytestmark = pytest.mark.usefixtures("unwatched")

CASES = Path(__file__).parents[1] / "inputs" / "cases" / "timers"
NAMES = ("integrity", "agreement", "validity")
FIFO, BAG = Scenario(messages=1, crashes=0), Scenario(messages=1, crashes=0, order=Order.ANY)
ENGINES = (Explorer, NativeExplorer)


def searched(protocol: Ruled, scenario: Scenario, *names: str) -> Result:
    """What both engines find, which is the same."""
    wanted = [PROPERTIES[name] for name in names or NAMES]
    one, other = (engine(protocol, scenario, wanted).run() for engine in ENGINES)
    assert told(one) == told(other)
    return one


def told(result: Result) -> list[object]:
    coverage = result.coverage
    counts = (
        coverage.extent,
        coverage.generated,
        coverage.distinct,
        coverage.left,
        coverage.depth,
        coverage.at_rest,
        coverage.bound,
    )
    return [counts, result.warnings, *((f.name, f.verdict, f.length, f.witness, f.trace) for f in result.findings)]


def verdicts(result: Result) -> list[int | str | None]:
    """The length of the shortest violation, or else the verdict, of each property."""
    return [found.length if found.verdict is Verdict.VIOLATED else found.verdict.value for found in result.findings]


HOLD = ["holds"] * 3
BOTH = [
    ("bad", ["integrity VIOLATED 5", "agreement holds"]),
    ("good", ["integrity holds", "agreement holds", "validity holds"]),
]


@pytest.mark.parametrize(
    ("protocol", "scenario", "states", "found"),
    [
        # multicast, pong, two receptions, then the timer: what will be received is received first
        (TWICE, FIFO, 13, [5, "holds", "holds"]),
        (TWICE, BAG, 15, [5, "holds", "holds"]),
        (LATE, FIFO, 12, HOLD),
        (LATE, BAG, 12, HOLD),
        # traffic of others does not make a timer fire before the answer that cancels it
        (ACKNOWLEDGED, FIFO, 16, HOLD),
        (ACKNOWLEDGED, BAG, 19, HOLD),
        # a watchdog that is set anew each time round does not fire
        (WATCHED, FIFO, 15, HOLD),
        (WATCHED, BAG, 17, HOLD),
        # multicast, the others' receptions, then the timer of the process that talks to itself
        (ALONE, FIFO, 6, [4, "holds", "holds"]),
        (ALONE, BAG, 6, [4, "holds", "holds"]),
        (PATIENT, FIFO, 12, HOLD),
    ],
)
def test_a_timer_fires_beside_traffic_without_end_and_not_before_what_comes_to_an_end(
    protocol: Ruled, scenario: Scenario, states: int, found: list[int | str]
) -> None:
    result = searched(protocol, scenario)
    assert (result.coverage.extent, result.coverage.distinct) == (Extent.EXHAUSTED, states)
    assert verdicts(result) == found
    assert result.warnings == ()


@pytest.mark.parametrize("protocol", [ACKNOWLEDGED, BY_TURNS, WATCHED])
def test_traffic_of_others_changes_no_verdict(protocol: Ruled) -> None:
    """Without the first pong p1 and p2 are silent, and the timers wait for rest."""

    def silent(state: Member, event: Event) -> Outcome:
        return None if event == Receive(P3, "pong") else protocol.rule(state, event)

    assert verdicts(searched(Ruled("silent", silent), FIFO)) == verdicts(searched(protocol, FIFO)) == HOLD


def test_safety_alone_is_judged_with_these_timers_too() -> None:
    assert verdicts(searched(TWICE, FIFO, "integrity")) == [5]
    assert verdicts(searched(BY_TURNS, FIFO, "integrity")) == ["holds"]  # the answer that cancels the timer takes its turns
    assert verdicts(searched(ALONE, FIFO, "integrity")) == [4]


def test_a_watchdog_fires_when_the_traffic_ends() -> None:
    """p3 multicasts, p1 and p2 hear of it, p1 is heard, p1 crashes: silence. "alarm" was multicast by nobody."""
    assert verdicts(searched(WATCHED, Scenario(messages=1, crashes=1), "integrity")) == [6]


@pytest.mark.parametrize(
    ("scenario", "found"),
    [
        (Scenario(messages=1, crashes=0, timeouts=1), [5, "holds", "holds"]),
        (Scenario(messages=1, crashes=0, timing=Timing.ANY, timeouts=1), [2, "holds", "holds"]),
    ],
)
def test_a_bound_that_leaves_room_for_it_changes_nothing(scenario: Scenario, found: list[int | str]) -> None:
    assert verdicts(searched(TWICE, scenario)) == found
    assert verdicts(searched(LATE, scenario)) == HOLD


@pytest.mark.parametrize("timing", Timing)
def test_where_the_bound_keeps_the_timer_from_firing_nothing_is_said_of_what_comes_eventually(timing: Timing) -> None:
    result = searched(LATE, Scenario(messages=1, crashes=0, timing=timing, timeouts=0))
    assert verdicts(result) == ["holds", "no violation found", "no violation found"]
    assert result.warnings == (
        "not judged as at rest: 2 states in which the bound on timeouts keeps an armed timer from firing",
    )


# --- where it cannot be told ----------------------------------------------------------------------------------------------


def test_traffic_too_large_to_follow_is_never_a_silent_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(traffic, "LIMIT", 1)
    words = "timers of p3 never fired beside traffic that goes round for ever"
    for protocol in (TWICE, LATE):
        result = searched(protocol, FIFO)
        assert (result.coverage.extent, result.coverage.bound) == (Extent.BOUNDED, words)
        assert verdicts(result) == ["no violation found"] * 3
        assert result.warnings == (f"not covered: {words}",)


def test_it_is_said_in_the_first_line_and_in_the_json(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(traffic, "LIMIT", 1)
    command = ["--impl", str(CASES / "chatter.py"), "--messages", "1", "--crashes", "0", "--property", "integrity"]
    words = "timers of p3 never fired beside traffic that goes round for ever"
    assert check_main(command) == 3
    out = capsys.readouterr().out
    assert f"(not all states seen: {words})" in out
    assert f"Warning: not covered: {words}." in out
    assert check_main([*command, "--format", "json"]) == 3
    found = json.loads(capsys.readouterr().out)
    assert (found["coverage"]["extent"], found["coverage"]["bound"]) == ("BOUNDED", words)
    assert f"not covered: {words}" in found["warnings"]


def test_a_fresh_interpreter_replays_a_run_in_which_it_fires(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    command = ["--impl", str(CASES / "chatter.py"), "--messages", "1", "--crashes", "0", "--property", "integrity"]
    assert check_main(command) == 12
    assert "integrity  VIOLATED      5" in capsys.readouterr().out


def test_out_of_time_is_never_a_silent_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    """The time is up when everything is to be searched again with the timers that fire."""
    search = Explorer(TWICE, FIFO, [PROPERTIES["integrity"]])
    explore, explored = search.explore, list[str]()
    monkeypatch.setattr(search, "explore", lambda: explored.append(explore()) or explored[-1])
    monkeypatch.setattr(search, "_looked_at_the_clock", lambda: "3600 seconds" if explored else "")
    result = search.run()
    assert result.coverage.extent is Extent.BOUNDED
    assert "timers of p3 never fired" in result.coverage.bound


# --- all that follows a run ----------------------------------------------------------------------------------------------


def lines(protocol: Ruled) -> list[str]:
    trace = Explorer(protocol, FIFO, [PROPERTIES["integrity"]]).run().finding("integrity").trace
    assert trace is not None
    return [action_line(action) for action in trace.actions]


@pytest.mark.parametrize("protocol", [TWICE, ALONE])
def test_the_run_is_replayed_from_its_lines_and_recorded(protocol: Ruled) -> None:
    actions = matched(protocol, FIFO, line_matchers(lines(protocol)))
    assert len(Recorder(protocol, FIFO).record(actions).steps) == len(actions)


def test_the_page_offers_the_timer_where_the_run_comes_back_to() -> None:
    multicast = [Handle(P3, Multicast(Change(P3, 1))), Handle(P1, Receive(P3, "pong"))]
    received = [Handle(node, Receive(P3, Change(P3, 1))) for node in (P1, P2)]
    round_once = [Handle(P2, Receive(P1, "ping")), Handle(P1, Receive(P2, "pong"))]
    page = page_data(TWICE, FIFO, [*multicast, *received, *round_once])
    offered = ["p3 times out (t)" in [choice.line for choice in moment.choices] for moment in page.moments]
    assert offered == [False] * 6 + [True]


def test_a_simulation_fires_it_and_judges_what_comes_of_it() -> None:
    plan = Plan("uniform", runs=5, seed=1, changes=0, longest=60)
    result = Simulation(TWICE, FIFO, [PROPERTIES["integrity"]], plan).run().result
    assert verdicts(result) == [5]


def test_the_graph_has_the_states_that_the_search_counts() -> None:
    graph = state_graph(LATE, FIFO, [])
    assert len(graph.labels) == Explorer(LATE, FIFO, []).run().coverage.distinct == 12


def test_two_protocols_are_compared_behind_it_too() -> None:
    late = Ruled("late", lambda member, event: Step(member) if isinstance(event, Timeout) else TWICE.rule(member, event))
    found = Diff((TWICE, late), FIFO, [PROPERTIES["integrity"]], ["integrity"], Limits()).run()
    assert found.pairs == Explorer(TWICE, FIFO, []).run().coverage.distinct == 13


@pytest.mark.parametrize(
    ("mode", "rows"),
    BOTH,
)
@pytest.mark.parametrize("engine", ["reference", "native"])
def test_the_right_answer_and_its_replay(
    mode: str, rows: list[str], engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MODE", mode)
    impl = str(CASES / "chatter.py")
    check_main(["--impl", impl, "--messages", "1", "--crashes", "0", "--continue", "--engine", engine, "--all"])
    out = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    for row in rows:
        assert any(line.startswith(row) for line in out), (row, out)
    for file in Path("results").glob("*integrity.txt"):
        main(["replay", str(file), "--impl", impl])
        assert "integrity VIOLATED 5" in " ".join(capsys.readouterr().out.split())


# --- the rule, read literally --------------------------------------------------------------------------------------------

FEW = 9  # states of a component whose subsets are all tried


def lasting_literally(semantics: Semantics, start: System) -> dict[System, set[tuple[int, str]]] | None:
    """Of each state behind `start` the timers that fire there, by trying all sets of states; None if there are many."""
    states, steps = [bare(start)], list[list[tuple[Handle, int, frozenset[tuple[int, str]]]]]()
    for system in states:
        if len(states) > FEW:
            return None
        steps.append([])
        for action in semantics.untimed(system):
            after = bare(semantics.apply(system, action))
            if after not in states:
                states.append(after)
            steps[-1].append((action, states.index(after), traffic.touched(semantics, system, action)))
    found: dict[System, set[tuple[int, str]]] = {system: set() for system in states}
    for size in range(1, len(states) + 1):
        for chosen in combinations(range(len(states)), size):
            for timer in set[tuple[int, str]]().union(*(armed_timers(states[number]) for number in chosen)):
                if all(timer in armed_timers(states[number]) for number in chosen) and _goes_round(steps, chosen, timer):
                    for number in chosen:
                        found[states[number]].add(timer)
    return found


def _goes_round(
    steps: Sequence[Sequence[tuple[Handle, int, frozenset[tuple[int, str]]]]], chosen: tuple[int, ...], timer: tuple[int, str]
) -> bool:
    """Whether a run can go round in all of the `chosen` states without `timer`, and receive whatever it could receive."""
    kept = {number: [step for step in steps[number] if step[1] in chosen and timer not in step[2]] for number in chosen}
    reach = {number: {target for _, target, _ in kept[number]} for number in chosen}
    for _ in chosen:
        reach = {number: those.union(*(reach[other] for other in those)) for number, those in reach.items()}
    could = {(action.process, action.event) for number in chosen for action, _, _ in steps[number]}
    does = {(action.process, action.event) for number in chosen for action, _, _ in kept[number]}
    return all(set(chosen) <= those for those in reach.values()) and could <= does


def some_systems(world: World) -> Iterator[System]:
    semantics = world.semantics()
    yield semantics.initial()
    for _, _, system in world.walk():
        yield system


RULES = settings(max_examples=150, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.mark.slow
@RULES
@given(worlds(restless=True))
def test_the_rule_is_what_it_says(world: World) -> None:
    semantics = world.semantics()
    for system in some_systems(world):
        found = lasting_literally(semantics, system) if armed_timers(system) else None
        for state, timers in (found or {}).items():
            assert sorted(semantics.traffic.lasting(state)) == sorted(timers)


PAIRS = st.builds(
    Scenario,
    nodes=st.just(2),
    messages=st.integers(1, 2),
    crashes=st.integers(0, 1),
    order=st.sampled_from(Order),
    timing=st.just(Timing.AT_REST),
    timeouts=st.sampled_from([None, 1, 2]),
)


@settings(RULES, max_examples=60)
@given(worlds(PAIRS, restless=True), st.integers(5, 7))
def test_engines_agree_on_any_restless_system(world: World, depth: int) -> None:
    properties = [PROPERTIES[name] for name in NAMES]
    one, other = (engine(world.protocol, world.scenario, properties, Limits(depth=depth)).run() for engine in ENGINES)
    assert told(one) == told(other)


# --- what it costs -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("protocol", [TWICE, LATE, ALONE, PATIENT, WATCHED])
def test_systems_that_need_it_are_told_from_those_that_do_not(protocol: Ruled) -> None:
    search = Explorer(protocol, FIFO, [])
    search.run()
    assert may_go_round(search.semantics.handle.memo, search.local_states(), worker=False)


@pytest.mark.parametrize("name", ["gms2", "gms3", "heartbeat", "gms4-ack"])
def test_what_sends_no_answer_to_its_answers_is_not_even_looked_at(name: str) -> None:
    search = Explorer(load_protocol(name), Scenario(messages=1, crashes=1, joins=1), [], Limits(states=1_500))
    search.run()
    assert any(process.timers for state in search.states for process in state.processes)
    assert not may_go_round(search.semantics.handle.memo, search.local_states(), worker=False)


@pytest.mark.parametrize("name", ["gms2", "gms3", "heartbeat", "gms4-ack", "history-nack"])
def test_what_comes_to_rest_is_searched_once(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    search = Explorer(load_protocol(name), Scenario(messages=1, crashes=1), [PROPERTIES["agreement"]])
    monkeypatch.setattr(search, "with_all_timers", lambda *_: pytest.fail("it was searched again"))
    search.run()


def test_what_is_remembered_does_not_depend_on_where_one_begins_to_ask() -> None:
    explorer = Explorer(TWICE, FIFO, [PROPERTIES[name] for name in NAMES])
    explorer.run()
    forwards, backwards = (Semantics(TWICE, FIFO, frozenset(OBSERVATION_TYPES)) for _ in range(2))
    one = [forwards.traffic.lasting(state) for state in explorer.states]
    assert one == [backwards.traffic.lasting(state) for state in explorer.states[::-1]][::-1]
    assert any(one)
    fired = [state for state in explorer.states if any(isinstance(action.event, Timeout) for action in forwards.overdue(state))]
    assert len(fired) == 2  # the ping, or the pong, is all that is under way
