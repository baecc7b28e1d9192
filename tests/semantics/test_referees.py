"""gms2 and gms3 as independent tools see them: models written by hand from the message tables, for Rumur and for SPIN.

`tests/semantics/referees/counts.json` holds what both tools counted; here our explorer must count the same, state for state and
transition for transition. The slow test runs the tools again.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from groupy_check.checker.inputs.protocols import load_protocol
from groupy_check.checker.native.search import NativeExplorer
from groupy_check.checker.search.bfs import Explorer
from groupy_check.groupy_model.observations import Delivered
from groupy_check.groupy_model.scenario import Scenario
from groupy_check.groupy_model.verdict import Extent, Verdict
from groupy_check.specs.registry import PROPERTIES
from tests.semantics.referees import run

REFEREES = Path(__file__).parent / "referees"
ROWS = json.loads((REFEREES / "counts.json").read_text(encoding="utf-8"))
QUICK = 6_000  # states


def name(row: dict[str, object]) -> str:
    return "-".join(str(row[key]) for key in ("protocol", "version", "nodes", "messages", "crashes"))


def engine(row):
    return NativeExplorer if row["rumur"] > QUICK else Explorer


def marked(row):
    return pytest.param(row, id=name(row), marks=[pytest.mark.slow] if row["rumur"] > QUICK else [])


@pytest.mark.parametrize("row", [marked(row) for row in ROWS])
def test_we_count_what_the_referees_count(row):
    scenario = Scenario(nodes=row["nodes"], messages=row["messages"], crashes=row["crashes"])
    # Version A keeps no history, version B the sequence that each process has delivered.
    watched = [replace(PROPERTIES["total-order"], needs=frozenset({Delivered}))] if row["version"] == "B" else []
    coverage = engine(row)(load_protocol(row["protocol"]), scenario, watched).run().coverage
    assert coverage.extent is Extent.EXHAUSTED
    assert coverage.distinct == row["rumur"] == row["spin"]
    assert coverage.generated - 1 == row["rumur_transitions"] == row["spin_transitions"]


@pytest.mark.parametrize("row", [marked(row) for row in ROWS if row["version"] == "B"])
def test_we_judge_as_the_referees_judge(row):
    scenario = Scenario(nodes=row["nodes"], messages=row["messages"], crashes=row["crashes"])
    result = engine(row)(load_protocol(row["protocol"]), scenario, [PROPERTIES["prefix-order"]]).run()
    expected = {"holds": Verdict.HOLDS, "violated": Verdict.VIOLATED}[row["prefix_order"]]
    assert result.finding("prefix-order").verdict is expected


def test_the_referees_saw_enough():
    assert len(ROWS) == 108
    assert {row["prefix_order"] for row in ROWS} == {"holds", "violated"}


@pytest.mark.slow
@pytest.mark.parametrize("protocol", ["gms2", "gms3"])
def test_the_referees_still_count_what_is_written_down(protocol):
    if not run.available():
        pytest.skip("rumur and spin are not installed: apt-get install rumur spin")
    row = next(row for row in ROWS if name(row) == f"{protocol}-B-3-2-1")
    for tool in (run.rumur, run.spin):
        counted = tool(protocol, 3, 2, 1, history=True)
        assert (counted.states, counted.transitions) == (row["rumur"], row["rumur_transitions"])
