"""How many small faults the tests notice: `python -m tests.mutation specs checker/semantics --sample 50`.

Each mutant changes one operator of one file, in a copy of the project, and the tests that speak of the file (`speaking`) are
run until one fails, those that run the changed line first. What survives is a gap in the tests, unless `survivors.txt` says why
it makes no difference.

DeMillo, Lipton, Sayward, "Hints on test data selection" (1978). Written here, since the four folders are one package by links
and since only we know which tests speak of which file.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue

from tests.mutation.operators import Mutant, mutants
from tests.mutation.planting import same_program
from tests.mutation.speaking import speaking
from tests.mutation.trial import ROOT, Trial

SURVIVORS = Path(__file__).with_name("survivors.txt")


def main() -> int:
    """Run the command; the exit status is 1 if a mutant survived that is not listed."""
    asked = _arguments().parse_args()
    chosen, known = _chosen(asked.paths, asked.sample, asked.seed), _known()
    print(f"{len(chosen)} mutants", flush=True)
    for mutant in chosen:
        if mutant.name in known:
            print(f"{mutant}\n    no difference: {known[mutant.name]}")
    tried = [mutant for mutant in chosen if mutant.name not in known]
    began, survived = time.monotonic(), 0
    for number, (mutant, noticed) in enumerate(_tried(tried, asked.jobs), start=1):
        survived += not noticed
        print(f"{number}/{len(tried)} {mutant}\n    {f'caught by {noticed}' if noticed else 'SURVIVED'}", flush=True)
    print(
        f"{len(tried) - survived} of {len(tried)} caught, {len(chosen) - len(tried)} that make no difference left out;", end=" "
    )
    print(f"{time.monotonic() - began:.0f} s")
    return int(survived > 0)


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.mutation", description="Plant small faults; see which the tests notice."
    )
    parser.add_argument("paths", nargs="+", help="files or folders, from the root of the project")
    parser.add_argument("--sample", type=int, help="so many mutants, drawn at random (default: all)")
    parser.add_argument("--seed", type=int, default=0, help="of the drawing (default: 0)")
    parser.add_argument("--jobs", type=int, default=1, help="mutants tried at a time (default: 1)")
    return parser


def _chosen(paths: Sequence[str], sample: int | None, seed: int) -> list[Mutant]:
    """The mutants of `paths`, or `sample` of them: the same for the same seed and the same sources."""
    places = sorted(
        {file for path in paths for file in ([ROOT / path] if path.endswith(".py") else (ROOT / path).rglob("*.py"))}
    )
    texts = {place.relative_to(ROOT).as_posix(): place.read_text() for place in places if place.name != "__init__.py"}
    found = [mutant for name, text in texts.items() for mutant in mutants(name, text)]
    drawn = found if sample is None else random.Random(seed).sample(found, len(found))  # noqa: S311 - no secret
    different = (mutant for mutant in drawn if not same_program(texts[mutant.path], mutant.text))
    return [mutant for mutant, _ in zip(different, range(len(found) if sample is None else sample), strict=False)]


def _known() -> dict[str, str]:
    """The mutants that are known to make no difference, each with the reason."""
    lines = [line for line in SURVIVORS.read_text().splitlines() if line and not line.startswith("#")]
    return {mutant: reason.strip() for mutant, reason in zip(lines[::2], lines[1::2], strict=True)}


def _tried(chosen: Sequence[Mutant], jobs: int) -> Iterator[tuple[Mutant, str]]:
    """Each mutant with what noticed it, or "": those of which the same tests speak are tried together."""
    groups = defaultdict[tuple[str, ...], list[Mutant]](list)
    for mutant in chosen:
        groups[speaking(mutant.path)].append(mutant)
    done = SimpleQueue[tuple[Mutant, str] | BaseException]()

    def try_all(tests: tuple[str, ...], share: Sequence[Mutant]) -> None:
        sources = sorted({mutant.path for mutant in share})
        try:
            with tempfile.TemporaryDirectory() as folder, Trial(Path(folder), tests, sources) as trial:
                for mutant in share:
                    done.put((mutant, trial.caught_by(mutant)))
        except BaseException as error:  # noqa: BLE001 - raised again below
            done.put(error)

    with ThreadPoolExecutor(jobs) as pool:
        for tests, group in groups.items():
            for job in range(min(jobs, len(group))):
                pool.submit(try_all, tests, group[job::jobs])
        for _ in chosen:
            if isinstance(answer := done.get(), BaseException):
                pool.shutdown(wait=False, cancel_futures=True)
                raise answer
            yield answer


if __name__ == "__main__":
    sys.exit(main())
