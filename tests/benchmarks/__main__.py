"""`python -m tests.benchmarks --scenario large --repeat 3`: this project, SPIN and Rumur on the same states, in a table.

`--scenario family` measures this project alone, on one family of scenarios from 10**5 to 10**8 states: what does a state cost?
Wall time means something only on a machine that does nothing else; where it does, compare processor time.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from . import ours, peers
from .measurement import CASES, FAMILY, Case, Measurement
from .table import growth, markdown


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print. Returns 0, or 1 with one line on standard error when a tool fails or miscounts."""
    options = _parser().parse_args(arguments)
    everything, of_family = options.configurations == "all", options.scenario == "family"
    try:
        with ExitStack() as folders:
            if of_family:
                ours.warm_up(ours.FASTEST[0])
                runs: list[Callable[[], Measurement]] = [partial(ours.measure, case, ours.FASTEST[0], 0.0) for case in FAMILY]
            else:
                case = CASES[options.scenario]
                runs = [*_ours(case, everything), *_peers(case, everything, folders)]
            # Interleaved, so that what else the machine does strikes all alike.
            measurements = [_told(run()) for _ in range(options.repeat) for run in runs]
    except FileNotFoundError as error:
        print(f"benchmarks: {error.filename} is not installed: apt-get install time", file=sys.stderr)
        return 1
    except ValueError as error:
        print(f"benchmarks: {error}", file=sys.stderr)
        return 1
    print(growth(measurements) if of_family else markdown(measurements))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--scenario", choices=[*CASES, "family"], default="small")
    parser.add_argument("--repeat", type=_positive, default=3, metavar="TIMES", help="runs of each, interleaved (default 3)")
    parser.add_argument("--configurations", choices=["fastest", "all"], default="fastest", help="of the other tools")
    return parser


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{number} runs have no median; type 1 or more")
    return number


def _ours(case: Case, everything: bool) -> Iterator[Callable[[], Measurement]]:
    compile_seconds = ours.compiling()
    for configuration in ours.CONFIGURATIONS if everything else ours.FASTEST:
        ours.warm_up(configuration)
        yield partial(ours.measure, case, configuration, compile_seconds)


def _peers(case: Case, everything: bool, folders: ExitStack) -> Iterator[Callable[[], Measurement]]:
    for configuration in peers.CONFIGURATIONS:
        if not (everything or configuration.fastest):
            continue
        if not peers.available(configuration.tool):
            tool = configuration.tool
            print(f"left out: {tool}, {configuration.name}: apt-get install {tool.lower()} gcc", file=sys.stderr)
            continue
        folder = Path(folders.enter_context(tempfile.TemporaryDirectory()))
        yield partial(peers.measure, peers.prepare(configuration, case, folder))


def _told(measurement: Measurement) -> Measurement:
    told = f"{measurement.tool}, {measurement.configuration}, {measurement.scenario}: {measurement.seconds:.2f} s"
    print(told, file=sys.stderr)
    return measurement


if __name__ == "__main__":
    sys.exit(main())
