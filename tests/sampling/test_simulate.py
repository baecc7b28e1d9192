"""Simulation: runs are those of the reference semantics, equal seeds draw equal ones, what they find is true and small."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.database import InMemoryExampleDatabase

from groupy_check.checker.errors import ProtocolError
from groupy_check.checker.inputs.protocols import load_protocol
from groupy_check.checker.interfaces.cli import main
from groupy_check.checker.judging.monitor import Judge
from groupy_check.checker.judging.whole_run import first_violations
from groupy_check.checker.runs.recorder import Recorder
from groupy_check.checker.sampling.sampler import THOROUGH, Nimble, SampleCoverage, Sampler
from groupy_check.checker.sampling.simulate import Drawn, Plan, Simulation
from groupy_check.checker.sampling.strategies import ENVIRONMENT, Pct, RandomDice, Strategy, Swarm, Uniform, units
from groupy_check.checker.search.bfs import Explorer, Limits
from groupy_check.groupy_model.effects import Send
from groupy_check.groupy_model.events import Multicast
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.protocol import Outcome, Step
from groupy_check.groupy_model.protocols.groupy.gms2 import Gms2
from groupy_check.groupy_model.scenario import Scenario
from groupy_check.groupy_model.system import Budget
from groupy_check.groupy_model.verdict import Extent, Kind, Verdict
from groupy_check.reports.tables.sampling import Sampling, sampling_text
from groupy_check.specs.registry import PROPERTIES
from tests.support.tables import ALL, World, worlds

RULES = settings(max_examples=50, derandomize=True, database=None, deadline=None, suppress_health_check=[HealthCheck.too_slow])
STRATEGIES: dict[str, Strategy] = {"uniform": Uniform(), "swarm": Swarm(), "pct": Pct(2, 30)}
every_strategy = pytest.mark.parametrize("strategy", STRATEGIES)


def simulated(
    impl: str, names: list[str], strategy: str = "uniform", runs: int = 100, seed: int = 1, **given: Any
) -> Drawn:  # fmt: skip
    plan = Plan(strategy, runs, seed, 2, 1_000, given.pop("seconds", None))
    wanted = [PROPERTIES[name] for name in names]
    return Simulation(load_protocol(impl), Scenario(**given), wanted, plan).run()


# --- the runs ------------------------------------------------------------------------------------------------------------


@RULES
@given(worlds())
def test_a_semantics_with_a_memory_is_the_reference_semantics(world: World) -> None:
    nimble = Nimble(world.protocol, world.scenario, ALL)
    reference = world.semantics()
    for before, action, after in world.walk():
        assert nimble.enabled(before) == reference.enabled(before)
        assert nimble.apply(before, action) == after
        # Back and forth: what is remembered of one state must not be used in another.
        assert nimble.enabled(after) == reference.enabled(after)


@RULES
@given(worlds(longest=0), st.sampled_from(sorted(STRATEGIES)), st.integers(0, 5))
def test_a_run_is_possible_and_violates_what_a_replay_says(world: World, strategy: str, seed: int) -> None:
    wanted = [one for one in PROPERTIES.values() if one.name != "progress"]
    sampler = Sampler(world.protocol, world.scenario, wanted, 40)
    run = sampler.draw(STRATEGIES[strategy], RandomDice(str(seed)), Judge(wanted))
    recorder = Recorder(world.protocol, sampler.semantics.scenario, ALL)
    trace = recorder.record(run.actions)
    judge = first_violations(recorder.semantics, trace, wanted)
    assert run.violated.keys() <= judge.witnesses.keys()
    healing = {"integrity", "primary-partition"}
    safety = {name for name in judge.witnesses if PROPERTIES[name].kind is Kind.SAFETY}
    assert safety - healing <= run.violated.keys()
    for name, length in run.violated.items():
        assert judge.states[name] <= length


@every_strategy
@pytest.mark.parametrize("given", [{}, {"joins": 1}, {"drops": 2, "duplicates": 1}, {"suspicions": 1, "partitions": 1}])
def test_all_that_a_budget_allows_comes_about(strategy, given):
    scenario = Scenario(nodes=4, **given)
    sampler = Sampler(load_protocol("gms3"), scenario, [], 300)
    spent: Counter[str] = Counter()
    for seed in range(25):
        run = sampler.draw(STRATEGIES[strategy], RandomDice(str(seed)), Judge([]))
        last = Recorder(load_protocol("gms3"), scenario, ALL).record(run.actions).states[-1]
        spent.update({name for name, count in units(Budget.of(scenario)) if getattr(last.budget, name) < count})
    assert spent.keys() == {name for name, _ in units(Budget.of(scenario))}


def test_a_run_may_end_at_rest_with_budget_left():
    sampler = Sampler(load_protocol("gms2"), Scenario(), [], 300)
    lengths = {len(sampler.draw(Uniform(), RandomDice(str(seed)), Judge([])).actions) for seed in range(30)}
    assert min(lengths) < 4 < max(lengths)


def test_a_run_that_is_cut_off_is_not_judged_as_at_rest():
    sampler = Sampler(load_protocol("gms2"), Scenario(), [PROPERTIES["validity"]], 1)
    runs = [sampler.draw(Uniform(), RandomDice(str(seed)), Judge(sampler.properties)) for seed in range(20)]
    assert {len(run.actions) for run in runs} == {1}
    assert not any(run.violated for run in runs if not run.at_rest)


def test_coverage_counts_handlers_and_abstract_states():
    sampler, coverage = Sampler(load_protocol("gms2"), Scenario(crashes=0, messages=1), [], 100), SampleCoverage()
    run = sampler.draw(Uniform(), RandomDice("3"), Judge([]), coverage)
    assert sum(coverage.pairs.values()) == len(run.actions)
    assert ("Leader", "Multicast") in coverage.pairs or ("Slave", "Multicast") in coverage.pairs
    assert 1 <= len(coverage.shapes) <= len(run.actions)


# --- strategies ----------------------------------------------------------------------------------------------------------

TRACKS = [(Node(number), "channel", "p9") for number in range(1, 5)]


def orders(strategy: Any, draws: int = 2_000) -> Counter[tuple[int, ...]]:
    """How often the three steps of two tracks come in each order."""
    found: Counter[tuple[int, ...]] = Counter()
    for seed in range(draws):
        _, policy = strategy.begin(Sampler(load_protocol("gms1"), Scenario(nodes=1), [], 1).first, RandomDice(str(seed)))
        left = {TRACKS[0]: 2, TRACKS[1]: 1}
        order: list[Any] = []
        while any(left.values()):
            track = policy.choose([track for track, count in left.items() if count], len(order), lambda _: True)
            left[track] -= 1
            order.append(int(track[0]))
        found[tuple(order)] += 1
    return found


def test_uniform_lets_every_track_move_equally_often():
    found = orders(Uniform())
    assert found.keys() == {(1, 1, 2), (1, 2, 1), (2, 1, 1)}
    assert found[2, 1, 1] == pytest.approx(1_000, abs=100)
    assert found[1, 1, 2] == pytest.approx(500, abs=80)


def test_pct_without_change_points_lets_one_track_go_first():
    found = orders(Pct(0, 3))
    assert found.keys() == {(1, 1, 2), (2, 1, 1)}
    assert found[1, 1, 2] == pytest.approx(1_000, abs=100)


def test_pct_keeps_its_bound():
    """In between is a bug of depth 2: probability at least 1/(n k^(d-1)), n = 2 tracks and k = 3 steps."""
    found = orders(Pct(1, 3))
    assert found[1, 2, 1] >= 2_000 / (2 * 3) * 0.9


def test_swarm_leaves_out_what_it_does_not_draw():
    first = Sampler(load_protocol("gms2"), Scenario(messages=2, crashes=1, drops=1), [], 1).first
    mixes = {Swarm().begin(first, RandomDice(str(seed)))[0].budget for seed in range(200)}
    assert len(mixes) == 3 * 2 * 2
    assert {getattr(mix, "messages") for mix in mixes} == {0, 1, 2}  # noqa: B009


def test_units_of_one_budget_go_by_falling_priority():
    sampler = Sampler(load_protocol("gms2"), Scenario(messages=3), [], 1)
    for seed in range(20):
        policy: Any
        _, policy = Pct(0, 10).begin(sampler.first, RandomDice(str(seed)))
        priorities = [policy.priorities[ENVIRONMENT, "messages", str(left)] for left in (3, 2, 1)]
        assert priorities == sorted(priorities, reverse=True)


# --- what is found -------------------------------------------------------------------------------------------------------

FOUND = [
    ("gms2", "agreement", {"nodes": 7}, 5),
    ("gms2", "total-order", {"nodes": 6}, 6),
    ("gms3", "progress", {"nodes": 6, "joins": 1, "messages": 0}, 8),
    ("gms3", "progress", {"nodes": 6, "joins": 1, "messages": 0, "crashes": 2}, 5),
    ("gms3~overtaking", "agreement", {"nodes": 5}, None),
    ("gms3", "integrity", {"nodes": 5, "duplicates": 1, "crashes": 0}, None),
]


@pytest.mark.parametrize(("impl", "name", "given", "length"), FOUND)
def test_what_is_found_is_true_and_as_short_as_the_shortest(impl, name, given, length):
    finding: Any = simulated(impl, [name], runs=400, **given).result.finding(name)
    assert finding.verdict is Verdict.VIOLATED
    protocol, wanted = load_protocol(impl), PROPERTIES[name]
    recorder = Recorder(protocol, finding.trace.scenario, ALL)
    judge = first_violations(recorder.semantics, recorder.record(finding.trace.actions), [wanted])
    assert judge.states == {name: finding.length}
    assert finding.witness == judge.witnesses[name]
    small = Scenario(**{**given, "nodes": finding.trace.scenario.nodes, "joins": finding.trace.scenario.joins})
    shortest = Explorer(protocol, small, [wanted], Limits(all_verdicts=False)).run().finding(name).length
    assert shortest is not None
    assert finding.length <= shortest + 2
    if length is not None:
        assert finding.length == length


def test_nothing_is_found_in_a_sound_protocol():
    drawn = simulated("gms3", ["agreement", "total-order", "progress"], nodes=5, runs=60)
    assert {finding.verdict for finding in drawn.result.findings} == {Verdict.NOT_FOUND}
    assert drawn.result.coverage.extent is Extent.SAMPLED
    assert drawn.sampling.runs == 60


@every_strategy
def test_equal_seeds_draw_equal_runs(strategy):
    names = ["agreement", "virtual-synchrony"]
    one, again, other = (simulated("gms2", names, strategy, 10, seed, nodes=4) for seed in (5, 5, 6))
    assert replace(one.result, coverage=replace(one.result.coverage, seconds=0)) == replace(
        again.result, coverage=replace(again.result.coverage, seconds=0)
    )
    assert one.sampling == again.sampling
    assert one.sampling.pairs != other.sampling.pairs


def test_violations_that_a_small_group_shows_together_are_told_of_one_run():
    result = simulated("gms2", ["agreement", "virtual-synchrony"], nodes=7).result
    assert result.finding("agreement").trace.actions == result.finding("virtual-synchrony").trace.actions


def test_a_failing_run_is_remembered():
    database = InMemoryExampleDatabase()
    wanted = [PROPERTIES["agreement"]]

    def simulation(impl: str, runs: int) -> Drawn:
        plan = Plan("pct", runs, 1, 2, 1_000)
        return Simulation(load_protocol(impl), Scenario(nodes=5), wanted, plan, database).run()

    first = simulation("gms2", 100)
    assert first.sampling.runs > 0
    again = simulation("gms2", 100)
    assert again.sampling.runs == 0
    assert again.result.finding("agreement").trace == first.result.finding("agreement").trace
    assert "these are violated by runs remembered from earlier simulations: agreement" in again.result.warnings
    assert simulation("gms3", 1).result.finding("agreement").verdict is Verdict.NOT_FOUND


def test_time_and_ctrl_c_end_the_drawing():
    def interrupt(runs: int) -> None:
        if runs == 7:
            raise KeyboardInterrupt

    wanted = [PROPERTIES["agreement"], PROPERTIES["progress"]]
    plan = Plan("uniform", 100, 1, 2, 1_000)
    drawn = Simulation(load_protocol("gms2"), Scenario(nodes=5), wanted, plan, report=interrupt).run()
    assert drawn.result.coverage.bound == "7 runs, uniform, seed 1; interrupted"
    assert drawn.result.finding("agreement").verdict is Verdict.VIOLATED
    late = Simulation(load_protocol("gms2"), Scenario(nodes=5), wanted, replace(plan, seconds=0)).run()
    assert late.result.coverage.bound == "0 runs, uniform, seed 1; 0 seconds"


class Stray(Gms2):
    """Sends to a process that does not exist, but only after many multicasts."""

    name = "stray"

    def step(self, state: Any, event: Any) -> Outcome:
        if isinstance(event, Multicast) and event.payload.seq > THOROUGH:  # type: ignore[attr-defined]
            return Step(state, (Send(Node(99), "x"),))
        return super().step(state, event)


def test_a_rule_is_broken_late_and_noticed_all_the_same():
    plan = Plan("uniform", 20, 1, 2, 2_000)
    scenario = Scenario(nodes=1, messages=3 * THOROUGH, crashes=0)
    with pytest.raises(ProtocolError, match=r"send\(p99, x\).* names a process that does not exist; there are p1 to p1"):
        Simulation(Stray(), scenario, [PROPERTIES["integrity"]], plan).run()


# --- what is said --------------------------------------------------------------------------------------------------------


def test_the_estimate_names_its_symbols():
    sampling = Sampling(200, 12, {("Leader", "Mcast"): 3, ("Slave", "Down"): 2}, 10, 1, 50, 50)
    text = sampling_text(sampling)
    assert text.splitlines()[:4] == [
        "Rule coverage: 2 handlers that ran, by state of the process, event and how often:",
        "  leader: mcast 3",
        "  slave: down 2",
        "The last new abstract state or handler appeared in run 12 of 200.",
    ]
    for part in (
        "(1 - p)^R, where R = 200 is the number of runs: less than 0.05 for every p above 0.015.",
        "Let d = 2 be the depth of a bug, the number of ordering constraints that bring it about. With 1 change point one",
        "at least q/(n k^(d-1)), where n = 10 is the maximum number of tracks (channels, timers, workers, single units of a",
        "k = 50 the maximum number of steps, and q the probability that the dice fall as the bug needs",
        "all R runs miss it with probability at most 0.6701 for d = 2. For no other depth is there a bound.",
    ):
        assert part in text
    missed = (1 - 1 / (10 * 50)) ** 200
    assert missed == pytest.approx(0.6701, abs=0.0001)
    assert "the depth of a bug" not in sampling_text(replace(sampling, changes=0, steps=0)).lower()


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (["--impl", "gms2", "--nodes", "5", "--property", "agreement"], 13),
        (["--impl", "gms2", "--nodes", "5", "--property", "virtual-synchrony"], 12),
        (["--impl", "gms1", "--nodes", "5", "--property", "progress", "--messages", "0"], 11),
        (["--impl", "gms3", "--nodes", "5", "--property", "agreement"], 3),
        (["--impl", "gms2", "--nodes", "5", "--expect", "agreement:violated"], 0),
    ],
)
def test_the_exit_status_is_that_of_check(words, status, tmp_path, capsys):
    assert main(["simulate", *words, "--runs", "40", "--seed", "3", "--out", str(tmp_path)]) == status
    printed = capsys.readouterr().out
    assert "(drawn at random: " in printed.splitlines()[0]
    assert "seed 3" in printed.splitlines()[0]
    assert "distinct abstract states" in printed
    assert "(1 - p)^R" in printed
    assert ("Not covered: runs that were not drawn; partitions (--partitions 1), " in printed) == (status == 3)


def test_quiet_prints_a_line_and_writes_nothing(tmp_path, capsys):
    words = ["--impl", "gms2", "--runs", "20", "--seed", "1", "--property", "agreement", "--quiet", "--strategy", "uniform"]
    assert main(["simulate", *words, "--out", str(tmp_path)]) == 13
    assert (
        capsys.readouterr().out
        == "gms2: VIOLATED agreement (drawn at random: 6 runs, uniform, seed 1; every property is violated)\n"
    )
    assert list(tmp_path.iterdir()) == []


def test_json_says_that_runs_were_sampled(tmp_path, capsys):
    words = ["--impl", "gms2", "--runs", "20", "--seed", "1", "--property", "agreement", "--format", "json"]
    assert main(["simulate", *words, "--out", str(tmp_path)]) == 13
    document = json.loads(capsys.readouterr().out)
    assert (document["coverage"]["extent"], document["verdict"], document["exit_code"]) == ("SAMPLED", "VIOLATED", 13)
    assert document["findings"][0]["length"] == 5


def test_without_a_seed_every_simulation_draws_other_runs(tmp_path, capsys):
    heads = set()
    for _ in range(2):
        main(["simulate", "--impl", "gms2", "--runs", "1", "--quiet", "--out", str(tmp_path)])
        heads.add(capsys.readouterr().out)
    assert len(heads) == 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--impl", "gms2", "--strategy", "best"], "invalid choice: 'best'"),
        (["--impl", "gms2", "--runs", "0"], "a limit must be at least 1, not 0"),
        (["--impl", "gms2", "--nodes", "65"], "65 processes are too many; take at most 64"),
        (["--impl", "gsm2"], "did you mean gms2"),
        ([], "which protocol?"),
    ],
)
def test_bad_input_is_refused_in_one_line(words, said, capsys):
    assert main(["simulate", *words]) > 13 or "invalid choice" in said
    complaint = capsys.readouterr().err
    assert said in complaint
    assert complaint.count("\n") == 1


@pytest.mark.long
@pytest.mark.parametrize(
    ("impl", "given", "name", "length", "seeds"),
    [
        ("gms2", {"nodes": 20}, "agreement", 5, 3),
        ("gms3", {"nodes": 10, "joins": 1, "messages": 0}, "progress", 8, 3),
        ("gms3", {"nodes": 10, "joins": 1, "messages": 0, "crashes": 2}, "progress", 5, 3),
        ("gms2", {"nodes": 50}, "agreement", 5, 1),
    ],
)
def test_bugs_of_large_groups_are_found_and_made_small(impl, given, name, length, seeds):
    for seed in range(seeds):
        found = simulated(impl, [name], "pct", runs=500, seed=seed, **given).result.finding(name).length
        assert length <= found <= length + 2
