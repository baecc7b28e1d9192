"""This project's side of the benchmark, in a process of its own."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from .measurement import CASES, Case, Child, Measurement, measured, run

TOOL = "groupy-check"
PROGRAM = Path(__file__).with_name("deliveries.py")
CONFIGURATIONS = {
    "1 worker": ("--workers", "1"),
    "2 workers": ("--workers", "2"),
    "1 worker, whole states": ("--workers", "1", "--exact"),
}
FASTEST = ("1 worker", "2 workers")


def compiling() -> float:
    """Seconds that the first search ever takes longer than later ones: the native engine compiles itself, and keeps that."""
    with tempfile.TemporaryDirectory() as name:
        first, second = (_run(CASES["small"], CONFIGURATIONS["1 worker"], Path(name), XDG_CACHE_HOME=name) for _ in range(2))
    return first.seconds - second.seconds


def warm_up(configuration: str) -> None:
    """See to it that what is measured later compiles nothing any more."""
    with tempfile.TemporaryDirectory() as name:
        _run(CASES["small"], CONFIGURATIONS[configuration], Path(name))


def measure(case: Case, configuration: str, compile_seconds: float) -> Measurement:
    """Check `case` by the native engine.

    Deliveries are all that is kept, so the states are those of the peers, which assert the same of the same processes, those
    that are up. Raises ValueError when the run fails, or counts anything else.
    """
    with tempfile.TemporaryDirectory() as name:
        child = _run(case, CONFIGURATIONS[configuration], Path(name))
    result = json.loads(child.output[child.output.index("{") :])
    if result["coverage"]["extent"] != "EXHAUSTED" or result["findings"][0]["verdict"] != "holds":
        raise ValueError(f"{TOOL}: {result['verdict']}, total-order {result['findings'][0]['verdict']}")
    counts = (result["coverage"]["distinct"], result["coverage"]["generated"] - 1)
    return measured(TOOL, configuration, case, counts, child, compile_seconds)


def _run(case: Case, flags: Sequence[str], folder: Path, **environment: str) -> Child:
    sizes = case.scenario
    budgets = ("--nodes", str(sizes.nodes), "--messages", str(sizes.messages), "--crashes", str(sizes.crashes))
    return run([sys.executable, PROGRAM, *budgets, *flags], folder, **environment)
