"""What is measured, on which scenarios, and how a child process is timed."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from groupy_check.groupy_model.scenario import Scenario


@dataclass(frozen=True, slots=True)
class Case:
    """A formed group under gms3 in which deliveries are observed, and what every exact tool counts there."""

    name: str
    scenario: Scenario
    distinct: int
    transitions: int


CASES = {
    case.name: case
    for case in (
        Case("small", Scenario(nodes=4, messages=2, crashes=2), 55_902, 166_949),
        Case("medium", Scenario(nodes=4, messages=3, crashes=2), 475_056, 1_498_560),
        Case("large", Scenario(nodes=5, messages=3, crashes=2), 10_075_937, 39_973_566),
        Case("huge", Scenario(nodes=5, messages=3, crashes=3), 22_604_810, 100_047_817),
        Case("six", Scenario(nodes=6, messages=2, crashes=3), 48_489_225, 244_042_526),
    )
}
# One family, from 10**5 to 10**8 states: what a state costs should not depend on how many there are.
FAMILY = (
    CASES["medium"],
    Case("five", Scenario(nodes=5, messages=2, crashes=3), 2_011_294, 8_663_689),
    CASES["large"],
    CASES["six"],
    Case("enormous", Scenario(nodes=5, messages=4, crashes=2), 96_733_769, 393_998_665),
)


@dataclass(frozen=True, slots=True)
class Measurement:
    """One run. `seconds` is wall time, `processor_seconds` that of all threads together, both without `compile_seconds`."""

    tool: str
    configuration: str
    scenario: str
    distinct: int
    transitions: int
    seconds: float
    processor_seconds: float
    compile_seconds: float
    peak_bytes: int


@dataclass(frozen=True, slots=True)
class Child:
    """What a command printed to its standard output, and what it cost."""

    output: str
    seconds: float
    processor_seconds: float
    peak_bytes: int


def run(command: Sequence[str | Path], folder: Path, **environment: str) -> Child:
    """Run `command` in `folder` under GNU time. Raises ValueError, with the end of its output, when its status is not 0."""
    # A child's own account of its peak begins with what this process has in memory: a small one in between starts it.
    watched = ["/usr/bin/time", "--quiet", "--format=%M", "--output=peak.txt", *command]
    with tempfile.TemporaryFile("w+") as output:
        began = time.monotonic()
        settings = os.environ | environment
        with subprocess.Popen(watched, cwd=folder, env=settings, stdout=output, stderr=subprocess.STDOUT) as process:
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.monotonic() - began
        output.seek(0)
        text = output.read()
    if process.returncode:
        raise ValueError(f"{' '.join(map(str, command))}: exit status {process.returncode}: {text[-400:]}")
    peak = int((folder / "peak.txt").read_text(encoding="utf-8"))
    return Child(text, seconds, usage.ru_utime + usage.ru_stime, peak * 1024)


def measured(
    tool: str, configuration: str, case: Case, counts: tuple[int, int], child: Child, compile_seconds: float = 0.0
) -> Measurement:
    """The measurement, if `counts` (distinct, transitions) are those of the case: else ValueError."""
    if counts != (case.distinct, case.transitions):
        raise ValueError(
            f"{tool} ({configuration}) counts {counts[0]} states and {counts[1]} transitions in the {case.name} scenario,"
            f" not {case.distinct} and {case.transitions}: its speed says nothing"
        )
    return Measurement(
        tool, configuration, case.name, *counts, child.seconds, child.processor_seconds, compile_seconds, child.peak_bytes
    )
