"""The mode in which the kernel checks every index: what is too small by a little is noticed, and named."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

SEARCH = """
from dataclasses import replace
from groupy_check.checker.inputs.protocols import load_protocol
from groupy_check.checker.native import search
from groupy_check.checker.native.memory import layout as abi
from groupy_check.checker.native.pipeline import stages
from groupy_check.checker.native.tables.transitions import TransitionTables
from groupy_check.groupy_model.scenario import Scenario
from groupy_check.specs.registry import PROPERTIES

outbox, tables = stages.outbox, TransitionTables.tables
{change}
explorer = search.NativeExplorer(load_protocol("gms3"), Scenario(), [PROPERTIES["total-order"]])
print(explorer.run().coverage.distinct)
"""
SMALLER_PAPER = """
def smaller(*room):
    box = outbox(*room)
    return box._replace(paper=box.paper[:abi.RESTED])
stages.outbox = smaller
"""
ONE_SUCCESSOR_LESS = """
def smaller(successors, owners):
    box = outbox(16, owners)
    return box._replace(found=box.found[:-1])
stages.outbox = smaller
"""
NO_CRASHES_IN_THE_TABLE = """
def smaller(rules):
    found = tables(rules)
    return found._replace(small=found.small[:found.at[abi.AT_CRASH] + 2])
TransitionTables.tables = smaller
"""
SHORTER_DIRECTORY = """
TransitionTables.tables = lambda rules: (found := tables(rules))._replace(at=found.at[:abi.GROUPS])
"""


def searched(change: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "GROUPY_BOUNDS_CHECK": "1"}
    command = [sys.executable, "-c", SEARCH.format(change=change)]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (SMALLER_PAPER, "successors.expand failed: an index beyond an array in successors.py, line "),
        (ONE_SUCCESSOR_LESS, "successors.expand failed: an index beyond an array in emit.py, line "),
        (NO_CRASHES_IN_THE_TABLE, "successors.expand failed: an index beyond an array in "),
        (SHORTER_DIRECTORY, "successors.expand failed"),
    ],
)
def test_what_is_too_small_is_noticed(change: str, place: str) -> None:
    run = searched(change)
    assert run.returncode == 1
    assert place in run.stderr


def test_nothing_is_too_small() -> None:
    run = searched("")
    assert (run.stdout, run.stderr) == ("1331\n", "")
