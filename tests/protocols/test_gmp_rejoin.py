"""gmp-rejoin: what telling incarnations apart is for. Its mutants take a process that comes back for the one that crashed."""

from __future__ import annotations

from typing import Any

import pytest

from groupy_check.groupy_model.protocols.registry import PROTOCOLS
from groupy_check.reports.wording.explain import explain
from tests.support.exploring import assert_pinned, explored, violated

CLAIMS = PROTOCOLS["gmp-rejoin"].claims

# Scenario, distinct states, states generated, depth. With two crashes, no majority may be left.
HELD: list[tuple[dict[str, Any], tuple[int, int, int], dict[str, int]]] = [
    ({"recoveries": 1}, (259, 532, 14), {}),
    ({"crashes": 2, "recoveries": 1}, (1990, 4794, 19), {"primary-partition": 4}),
    ({"nodes": 2, "crashes": 2, "recoveries": 2}, (250, 347, 14), {"primary-partition": 2}),
]


@pytest.mark.parametrize(("scenario", "counts", "lengths"), HELD)
def test_a_process_that_comes_back_is_let_in_anew(scenario, counts, lengths):
    assert_pinned("gmp-rejoin", {"messages": 0, **scenario}, counts, lengths, (*CLAIMS, "primary-partition"))


@pytest.mark.parametrize("fast", [False, True])
@pytest.mark.parametrize("scenario", [scenario for scenario, _, _ in HELD])
def test_it_is_let_in_also_where_others_have_crashed(scenario, fast):
    found = explored("gmp-rejoin", "admission", fast=fast, messages=0, **scenario)
    assert violated(found) == {}
    assert found.finding("admission").exercised


# Mutant, scenario, the recoveries that it takes, and the lengths of the shortest runs that violate a claim then.
MUTANTS: list[tuple[str, dict[str, Any], int, dict[str, int]]] = [
    ("gmp-rejoin~resumes", {}, 1, {"accuracy": 8}),
    ("gmp-rejoin~late-notice", {"crashes": 2}, 1, {"accuracy": 16, "completeness": 18, "admission": 17}),
    ("gmp-rejoin~old-mail", {"crashes": 2}, 1, {"accuracy": 8}),
    ("gmp-rejoin~number-in-memory", {"nodes": 2, "crashes": 2}, 2, {"admission": 8}),
]


@pytest.mark.parametrize("fast", [False, True])
@pytest.mark.parametrize(("mutant", "scenario", "recoveries", "lengths"), MUTANTS)
def test_every_mutant_breaks_only_with_a_recovery(mutant, scenario, recoveries, lengths, fast):
    for name, most, expected in ((mutant, recoveries - 1, {}), (mutant, recoveries, lengths), ("gmp-rejoin", recoveries, {})):
        # Whoever is named is judged in all runs, `admission` in those with a crash, too.
        found = explored(name, *CLAIMS, fast=fast, messages=0, **scenario, recoveries=most)
        assert violated(found) == expected


def test_every_mutant_is_in_the_table():
    assert {row[0] for row in MUTANTS} == {name for name in PROTOCOLS if name.startswith("gmp-rejoin~")}


def test_the_run_says_which_incarnation_is_meant():
    trace = explored("gmp-rejoin~resumes", "accuracy", messages=0, recoveries=1).finding("accuracy").trace
    assert trace is not None
    assert "came back with [incarnation 1, knew p2,p3] stored" in explain(trace, None)
    assert "admit p1#2" in explain(trace, None)
