"""This project's side of the benchmark: the seam at which engines are measured.

`measure` knows the reference engine only, which has one worker and is meant to be read: it takes the small scenario.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from tests.benchmarks.measurement import Case, Measurement, measured, run

TOOL = "groupy-check"


def measure(case: Case, workers: int, exact: bool) -> Measurement:
    """Check `case` with `workers` workers; `exact`: whole states are kept, not fingerprints.

    The states are those of the peers when deliveries are all that is kept, which is so with total-order; what the peers
    assert is a little stronger, and in gms3 both hold. Raises ValueError where the reference engine is not the tool, and
    when the run fails or counts anything but what it should.
    """
    if case.name != "small" or workers != 1 or not exact:
        raise ValueError(f"the reference engine takes the small scenario with one worker only, not {case.name} with {workers}")
    sizes = case.scenario
    budgets = ("--nodes", str(sizes.nodes), "--messages", str(sizes.messages), "--crashes", str(sizes.crashes))
    program = Path(sys.executable).with_name(TOOL)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        verdict = ("--property", "total-order", "--format", "json", "--out", "reports")
        child = run([program, "--impl", "gms3", *budgets, *verdict], folder)
    result = json.loads(child.output[child.output.index("{") :])
    if result["verdict"] != "EXHAUSTED" or result["findings"][0]["verdict"] != "holds":
        raise ValueError(f"{TOOL}: {result['verdict']}, total-order {result['findings'][0]['verdict']}")
    counts = (result["coverage"]["distinct"], result["coverage"]["generated"] - 1)
    return measured(TOOL, "reference engine", case, counts, child)
