"""How many random runs each strategy needs to a planted bug: `python tests/benchmarks/simulate_strategies.py [SEEDS]`.

For each case the median over several seeds of the number of the first run that violates what the protocol claims. A seed that
finds nothing in MOST runs counts as more than MOST.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from statistics import median_low

from rich.console import Console
from rich.table import Table

from groupy_check.checker.inputs.protocols import load_protocol
from groupy_check.checker.judging.monitor import Judge
from groupy_check.checker.judging.selection import select
from groupy_check.checker.sampling.sampler import Sampler
from groupy_check.checker.sampling.strategies import Pct, RandomDice, Strategy, Swarm, Uniform
from groupy_check.groupy_model.scenario import Scenario
from groupy_check.groupy_model.scenario_text import flags

SEEDS = 11
MOST = 1_000
LONGEST = 1_000
PILOTS = 10
CHANGES = (0, 1, 2, 3)
COLUMNS = ("uniform", "swarm", *(f"pct, change points: {changes}" for changes in CHANGES))
CASES = (
    ("gms2", Scenario(nodes=20)),
    ("gms3", Scenario(nodes=10, messages=0, joins=1)),
    ("gms3", Scenario(nodes=10, messages=0, crashes=2, joins=1)),
    ("gms3~overtaking", Scenario(nodes=6)),
    ("gms3~last-off-by-one", Scenario(nodes=6)),
    ("gms3~views-not-last", Scenario(nodes=6, joins=1)),
    ("gms3~no-repeat", Scenario(nodes=6)),
    ("gms3~early-dropped", Scenario(nodes=6)),
    ("gms3~stale-view-counts", Scenario(nodes=6)),
    ("gms3~repeat-reversed", Scenario(nodes=6, crashes=2)),
    ("gms4-ack~skip", Scenario(nodes=4, drops=2)),
    ("replicated-queue~no-epoch", Scenario(nodes=5, crashes=2)),
)


def strategies(sampler: Sampler) -> Iterator[Strategy]:
    """What the columns stand for."""
    pilots = (sampler.draw(Uniform(), RandomDice(f"pilot {number}"), Judge([])) for number in range(PILOTS))
    steps = max(1, *(len(pilot.actions) for pilot in pilots))
    yield Uniform()
    yield Swarm()
    yield from (Pct(changes, steps) for changes in CHANGES)


def runs_to_bug(sampler: Sampler, strategy: Strategy, seed: int) -> int:
    """The number of the first run that violates anything; MOST + 1 where none does."""
    for number in range(MOST):
        if sampler.draw(strategy, RandomDice(f"{seed} {number}"), Judge(sampler.properties)).violated:
            return number + 1
    return MOST + 1


def main(seeds: int) -> None:
    """Print each row as soon as it is known, and at the end the table."""
    table = Table("protocol", "scenario", *COLUMNS)
    for name, scenario in CASES:
        protocol = load_protocol(name)
        claimed = [wanted for wanted in select([], scenario)[0] if wanted.name in protocol.claims and not wanted.worker]
        sampler = Sampler(protocol, scenario, claimed, LONGEST)
        medians = []
        for strategy in strategies(sampler):
            middle = median_low(runs_to_bug(sampler, strategy, seed) for seed in range(seeds))
            medians.append(f"> {MOST}" if middle > MOST else str(middle))
        table.add_row(name, " ".join(flags(scenario)), *medians)
        print(name, *medians, flush=True)
    Console().print(table)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else SEEDS)
