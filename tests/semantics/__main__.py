"""The engines against the referee on many random systems: `python -m tests.semantics --systems 10000 --first 1000`.

Systems are numbered, and a number gives the same system everywhere: one that is named here can be tried again.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from multiprocessing import get_context

from tests.semantics.agreement import agree, agree_eventually

KINDS = {
    "endless": "systems in which messages may go round for ever",
    "recovering": "systems in which processes come back after a crash",
    "parted": "systems whose network splits, in every way",
    "repeating": "systems with spurious notices",
}
AT_ONCE = 20  # systems that a worker takes: enough to keep it busy, few enough for a lively line


def main() -> int:
    """Run the command; the exit status is 1 if any system was counted or judged differently."""
    parser = argparse.ArgumentParser(prog="python -m tests.semantics", description="Both engines against the referee.")
    parser.add_argument("--systems", type=int, default=500, help="how many (default: 500)")
    parser.add_argument("--first", type=int, default=0, help="the number of the first (default: 0)")
    parser.add_argument("--limit", type=int, default=1_000, help="states of the largest (default: 1,000)")
    kinds = parser.add_mutually_exclusive_group()
    for kind, text in KINDS.items():
        kinds.add_argument(f"--{kind}", dest="kind", action="store_const", const=kind, default="", help=text)
    kinds.add_argument("--eventually", action="store_true", help="endless ones, and what is judged eventually, by force")
    parser.add_argument("--jobs", type=int, default=1, help="processes (default: 1)")
    asked = parser.parse_args()
    started, counts = time.monotonic(), Counter[str]()
    for number, (answer, words) in _answers(asked):
        counts[answer] += 1
        if answer == "differ":
            print(f"\nsystem {number}: {words}")
        print(f"\r{counts.total():,} systems: {_said(counts)}", end="", flush=True)
    print(f"\n{time.monotonic() - started:.0f} s")
    return int(counts["differ"] > 0)


def _said(counts: Counter[str]) -> str:
    return ", ".join(f"{counts[answer]:,} {answer}" for answer in sorted(counts.keys() | {"differ"}))


def _answers(asked: argparse.Namespace) -> Iterator[tuple[int, tuple[str, str]]]:
    numbers = range(asked.first, asked.first + asked.systems)
    ask = agree_eventually if asked.eventually else partial(agree, kind=asked.kind)
    answer = partial(_answer, limit=asked.limit, ask=ask)
    if asked.jobs == 1:
        yield from zip(numbers, map(answer, numbers), strict=True)
        return
    with get_context("spawn").Pool(asked.jobs) as pool:
        yield from zip(numbers, pool.imap(answer, numbers, AT_ONCE), strict=True)


def _answer(number: int, limit: int, ask: Callable[[int, int], str]) -> tuple[str, str]:
    """How system `number` came out, and what differs."""
    try:
        return ask(number, limit), ""
    except AssertionError as difference:
        return "differ", str(difference) or "counts or verdicts"


if __name__ == "__main__":
    sys.exit(main())
