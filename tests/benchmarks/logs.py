"""How long it takes to judge a long log on all properties, and how much memory: `python -m tests.benchmarks.logs --help`.

Each log violates nothing, but for `disorder`. It is written and judged by a process of its own; a tenth of it as well, so that
one sees how the cost grows: `growth` is what an event costs in the whole log against what one costs in the tenth, 1 when it is
the same. The time is that of the processor, so the figures say something also where the machine does other things.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from groupy_check import judge
from groupy_check.groupy_model.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Shape:
    """A kind of log: how many processes, how many events for a change of view, and how many times a process comes back.

    `disorder`: everybody delivers in another order, and here and there not at all.
    """

    processes: int = 5
    per_view: int = 10_000
    joins: int = 0
    disorder: bool = False


SHAPES = {
    "plain": Shape(),
    "views": Shape(per_view=100),
    "more views": Shape(per_view=10),
    "50 processes": Shape(processes=50),
    "200 processes": Shape(processes=200),
    "payloads": Shape(processes=1),
    "joins": Shape(joins=10),
    "disorder": Shape(disorder=True, per_view=1000),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, and print a line for each shape. Returns 0, or 1 when a verdict is not as it should be."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.logs", description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000, metavar="N", help="default 1,000,000")
    parser.add_argument("--shape", choices=SHAPES, help="one shape alone (default: all)")
    parser.add_argument("--alone", action="store_true", help="without the tenth, in this process")
    options = parser.parse_args(arguments)
    if options.alone:
        print(json.dumps(measured(options.events, options.shape or "plain")))
        return 0
    print(f"{'shape':15}{'events':>12}{'MiB read':>10}{'seconds':>9}{'us/event':>10}{'growth':>8}{'MiB used':>10}", flush=True)
    fine = True
    for shape in [options.shape] if options.shape else SHAPES:
        tenth, whole = (_in_a_process(events, shape) for events in (options.events // 10, options.events))
        cost, before = (1e6 * each["seconds"] / each["events"] for each in (whole, tenth))
        figures = f"{whole['read']:>10,.0f}{whole['seconds']:>9.1f}{cost:>10.1f}{cost / before:>8.2f}{whole['used']:>10,.0f}"
        print(f"{shape:15}{whole['events']:>12,}{figures}", flush=True)
        fine = fine and (whole["violated"] > 0) == SHAPES[shape].disorder
    return int(not fine)


def _in_a_process(events: int, shape: str) -> dict[str, float]:
    command = [sys.executable, "-m", "tests.benchmarks.logs", "--alone", "--events", str(events), "--shape", shape]
    found: dict[str, float] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return found


def measured(events: int, shape: str) -> dict[str, float]:
    """What a log of so many events takes: `events` read, MiB `read` and `used`, `seconds`, and how much is `violated`."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "log.jsonl"
        with path.open("w", encoding="utf-8") as file:
            file.writelines(lines(events, SHAPES[shape]))
        size = path.stat().st_size
        began = time.process_time()
        result = judge(path, silent="correct", at_rest=True)
        seconds = time.process_time() - began
    assert not result.faults, result.faults
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    violated = sum(finding.verdict is Verdict.VIOLATED for finding in result.findings)
    return {"events": result.events, "read": size / 2**20, "seconds": seconds, "used": used, "violated": violated}


def lines(events: int, shape: Shape) -> Iterator[str]:
    """The log of a group in which everybody delivers everything in one order, unless the shape says otherwise."""
    return (json.dumps(line) + "\n" for line in _Group(shape).run(events))


class _Group:
    """A group that runs, and the events that it logs."""

    def __init__(self, shape: Shape) -> None:
        self.shape, self.chance = shape, random.Random(1)  # noqa: S311 - no secrets
        self.names = [f"p{number}" for number in range(1, shape.processes + 1)]
        self.written, self.view, self.payloads = 0, 0, list[str]()

    def run(self, events: int) -> Iterator[dict[str, object]]:
        """About so many events."""
        yield from self._view(self.names)
        next_view, next_join = self.shape.per_view, events // (self.shape.joins + 1)
        while self.written < events:
            yield from self._multicast()
            if self.written >= next_view:
                next_view += self.shape.per_view
                yield from self._view(self.names)
            if self.shape.joins and self.written >= next_join < events:
                next_join += events // (self.shape.joins + 1)
                yield from self._crash_and_join()

    def _event(self, process: str, event: str, **more: object) -> dict[str, object]:
        self.written += 1
        return {"process": process, "event": event, **more, "time": self.written / 1000}

    def _view(self, members: list[str]) -> Iterator[dict[str, object]]:
        self.view += 1
        yield from (self._event(name, "view", view=self.view, members=members) for name in members)

    def _multicast(self) -> Iterator[dict[str, object]]:
        """One payload; in disorder a few at once."""
        new = [f"m{len(self.payloads) + number}" for number in range(4 if self.shape.disorder else 1)]
        self.payloads += new
        senders = [self.chance.choice(self.names) for _ in new]
        yield from (self._event(sender, "multicast", payload=each) for sender, each in zip(senders, new, strict=True))
        for name in self.names:
            if self.shape.disorder:
                self.chance.shuffle(new)
            some = new[1:] if self.shape.disorder and self.chance.random() < 0.01 else new
            yield from (self._event(name, "deliver", payload=each) for each in some)

    def _crash_and_join(self) -> Iterator[dict[str, object]]:
        """The last process crashes, and comes back with the state."""
        last = self.names[-1]
        yield self._event(last, "crash")
        yield from self._view(self.names[:-1])
        yield self._event(last, "start")
        yield self._event(last, "state", payload=self.payloads)
        yield from self._view(self.names)


if __name__ == "__main__":
    raise SystemExit(main())
