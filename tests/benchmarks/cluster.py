"""`python -m tests.benchmarks.cluster`: what a search costs with 1, 2 and 4 actors here, and would cost on many machines.

Measured are processor time of the owners, bytes from one to another, memory, and how long a level takes that has hardly any
states; and wall time beside that of `--workers 2`, interleaved. It is predicted that with p owners a state costs a + b p of
processor time, since for every piece there is a message to every owner, and that each owner fills the same tables: a and b are
those of 1 and 2 actors, and 4 actors show how good that is. All wait for one another once in each level. What the network
carries goes on beside the work, or is what it waits for.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from groupy_check.checker.distributed.address import ClusterAddress
from groupy_check.checker.distributed.search import ClusterExplorer
from groupy_check.checker.inputs.protocols import load_protocol
from groupy_check.checker.native.search import NativeExplorer
from groupy_check.groupy_model.scenario import Scenario
from groupy_check.specs.registry import PROPERTIES

CASES = {
    "small": Scenario(nodes=4, messages=2, crashes=2),
    "medium": Scenario(nodes=4, messages=3, crashes=2),
    "large": Scenario(nodes=5, messages=3, crashes=2),
}
WANTED = [PROPERTIES["total-order"]]
ACTORS = (1, 2, 4)
MACHINES = (4, 16, 64)
STATES = (10**9, 10**11)
NETWORK = 1.25e9  # bytes a second that a machine sends: 10 Gbit/s
LEVELS = 100  # of a search so large
IDLE = 100  # states of a level that has hardly any


@dataclass(frozen=True, slots=True)
class Run:
    """One search by so many actors: seconds of wall time without and with the start of Ray, and what a state costs.

    `processor`: seconds of all owners; `wire`: bytes between owners; `memory`: bytes held; each of a state. `filling`: seconds
    in which an owner begins and fills its tables. `level`: seconds of a level that has hardly any states. `evenness`: the
    largest share of an owner, as a multiple of the mean.
    """

    actors: int
    states: int
    seconds: float
    whole: float
    processor: float
    wire: float
    memory: float
    filling: float
    level: float
    evenness: float


class Watched(ClusterExplorer):
    """A search that notes how long each level took."""

    def _level(self) -> str:
        waiting, began = sum(find.count for find in self.finds), time.monotonic()
        bound = super()._level()
        if waiting < IDLE:
            self.idle.append(time.monotonic() - began)
        return bound

    def _begin_levels(self) -> None:
        super()._begin_levels()
        self.idle: list[float] = []


def alone(scenario: Scenario) -> tuple[float, int]:
    """Seconds of a search by two threads in this process, and the states that it finds."""
    began = time.monotonic()
    coverage = NativeExplorer(load_protocol("gms3"), scenario, WANTED, workers=2).run().coverage
    return time.monotonic() - began, coverage.distinct


def together(scenario: Scenario, actors: int) -> Run:
    """A search by actors on this machine."""
    began = time.monotonic()
    with ClusterAddress.of(f"local:{actors}").crew() as crew:
        first = time.monotonic()
        search = Watched(load_protocol("gms3"), scenario, WANTED, crew=crew)
        coverage = search.run().coverage
        seconds = time.monotonic() - first
    states, mean = coverage.distinct, coverage.distinct / actors
    processor, filling = (search.seconds - search.filling) / states, search.filling / actors
    return Run(
        actors, states, seconds, time.monotonic() - began, processor, search.sent / states,
        coverage.bytes_per_state, filling, median(search.idle), max(search.shares.values()) / mean,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class CostModel:
    """Of a state, seconds of processor time: `fixed`, and for each owner `shared`; `wire` bytes if all went to others.

    `memory` bytes of a state; `filling` seconds of an owner beside that; `level` seconds of waiting in a level.
    """

    fixed: float
    shared: float
    wire: float
    memory: float
    filling: float
    level: float

    @classmethod
    def of(cls, one: Run, two: Run) -> CostModel:
        """The model that is true of one actor and of two."""
        shared = max(0.0, two.processor - one.processor)
        fixed = max(0.0, one.processor - shared)
        return cls(fixed, shared, 2 * two.wire, two.memory, two.filling, two.level)

    def processor(self, owners: int) -> float:
        """Seconds of all owners for a state."""
        return self.fixed + self.shared * owners

    def sent(self, owners: int) -> float:
        """Bytes for a state between so many owners."""
        return self.wire * (owners - 1) / owners

    def seconds(self, states: int, machines: int, processors: int) -> float:
        """Wall time of a search on so many machines, each with so many processors and an owner for each."""
        owners = machines * processors
        working = states * self.processor(owners) / owners
        sending = states * self.sent(owners) * (machines - 1) / machines / machines / NETWORK
        return self.filling + LEVELS * self.level + max(working, sending)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, predict, print."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.cluster", description=__doc__)
    parser.add_argument("--scenario", choices=CASES, default="medium")
    parser.add_argument("--repeat", type=int, default=1, metavar="TIMES", help="runs of each, interleaved (default 1)")
    parser.add_argument("--processors", type=int, default=8, metavar="N", help="of a machine that is predicted (default 8)")
    options = parser.parse_args(arguments)
    scenario, runs, threads = CASES[options.scenario], list[Run](), list[float]()
    for _ in range(options.repeat):
        seconds, states = alone(scenario)
        threads.append(seconds)
        for actors in ACTORS:
            run = together(scenario, actors)
            if run.states != states:
                print(f"benchmarks: {actors} actors find {run.states:,} states, one process {states:,}", file=sys.stderr)
                return 1
            runs.append(run)
    _print_measured(runs, median(threads))
    _print_predicted(runs, options.processors)
    return 0


def _print_measured(runs: Sequence[Run], threads: float) -> None:
    print(f"measured: {runs[0].states:,} states; --workers 2 takes {threads:.1f} s; load {os.getloadavg()[0]:.1f}\n")
    columns = "actors|s|with Ray's start|to --workers 2|us/state|s of tables|sent B/state|memory B/state|s/level|largest share"
    print(f"|{columns}|\n|{'|'.join('-' for _ in columns.split('|'))}|")
    for actors in ACTORS:
        mine = [run for run in runs if run.actors == actors]
        seconds, whole = median(run.seconds for run in mine), median(run.whole for run in mine)
        processor, level = median(run.processor for run in mine), median(run.level for run in mine)
        print(
            f"| {actors} | {seconds:.1f} | {whole:.1f} | {seconds / threads:.2f} | {1e6 * processor:.2f} "
            f"| {mine[0].filling:.1f} | {mine[0].wire:.1f} | {mine[0].memory:.1f} | {level:.3f} | {mine[0].evenness:.2f} |"
        )


def _print_predicted(runs: Sequence[Run], processors: int) -> None:
    one, two, four = (min((run for run in runs if run.actors == actors), key=lambda run: run.processor) for actors in ACTORS)
    model = CostModel.of(one, two)
    print(f"\npredicted for 4 actors: {1e6 * model.processor(4):.2f} us/state, {model.sent(4):.1f} B/state sent; ", end="")
    print(f"measured {1e6 * four.processor:.2f} and {four.wire:.1f}")
    print(f"\npredicted for machines with {processors} processors, 10 Gbit/s, {LEVELS} levels:\n")
    print("| machines | states | wall | memory of each |\n|---|---|---|---|")
    for states in STATES:
        for machines in MACHINES:
            hours, memory = model.seconds(states, machines, processors) / 3600, states * model.memory / machines / 2**30
            print(f"| {machines} | {states:.0e} | {hours:.2f} h | {memory:.1f} GiB |")


if __name__ == "__main__":
    sys.exit(main())
