"""How many random runs the strategies need to a planted bug; `python -m tests.benchmarks.simulate_strategies` has the table."""

from __future__ import annotations

from statistics import median_low

import pytest

from groupy_check.checker.inputs.protocols import load_protocol
from groupy_check.checker.judging.selection import select
from groupy_check.checker.sampling.sampler import Sampler
from groupy_check.checker.sampling.strategies import Pct, Uniform
from groupy_check.groupy_model.scenario import Scenario
from tests.benchmarks.simulate_strategies import runs_to_bug, strategies

SEEDS = range(11)
DEFAULT = 3  # change points


@pytest.mark.long
@pytest.mark.parametrize(
    ("name", "scenario", "uniform", "pct"),
    [
        ("gms3~overtaking", Scenario(nodes=6), 24, 6),
        ("gms3~early-dropped", Scenario(nodes=6), 24, 7),
        ("gms3~no-repeat", Scenario(nodes=6), 4, 2),
        # Not every bug is like that.
        ("gms3~stale-view-counts", Scenario(nodes=6), 9, 17),
    ],
)
def test_pct_needs_fewer_runs_than_uniform_where_one_process_has_to_be_late(name, scenario, uniform, pct):
    protocol = load_protocol(name)
    claimed = [wanted for wanted in select([], scenario)[0] if wanted.name in protocol.claims and not wanted.worker]
    sampler = Sampler(protocol, scenario, claimed, 1_000)
    medians = {
        type(strategy): median_low(runs_to_bug(sampler, strategy, seed) for seed in SEEDS)
        for strategy in strategies(sampler)
        if isinstance(strategy, Uniform) or (isinstance(strategy, Pct) and strategy.changes == DEFAULT)
    }
    assert medians == {Uniform: uniform, Pct: pct}
