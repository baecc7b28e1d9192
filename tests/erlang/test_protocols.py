"""Groupy in Erlang and in Python: the same states, the same verdicts, the same lengths."""

from __future__ import annotations

from typing import Any

import pytest

from groupy_check.checker.inputs.protocols import load_protocol
from groupy_check.groupy_model.verdict import Extent
from tests.erlang.support import OURS
from tests.support.exploring import explored

PAIRS = {"gms1": "gms1", "gms2": "gms2", "gms3": "gms3", "gms3-fixed": "gms3_fixed"}
QUICK: tuple[dict[str, Any], ...] = ({"messages": 1}, {"nodes": 2, "messages": 0, "joins": 1})
LONGER: tuple[dict[str, Any], ...] = (
    {},
    {"nodes": 2, "drops": 1, "crashes": 0},
    {"messages": 1, "suspicions": 1, "crashes": 0},
    {"messages": 1, "partitions": 1, "crashes": 0},
    {"messages": 1, "crashes": 2},
    {"messages": 1, "joins": 1},
    {"messages": 1, "worker": True},
)


def facts(impl: str, scenario: dict[str, Any]):
    found = explored(impl, fast="joins" in scenario, **scenario)  # of these there are many states
    coverage = found.coverage
    assert coverage.extent is Extent.EXHAUSTED
    lengths = {finding.name: (finding.verdict, finding.length) for finding in found.findings}
    return (coverage.distinct, coverage.generated, coverage.depth), lengths


def assert_twins(name: str, scenario: dict[str, Any]) -> None:
    """One to one: even the transitions are as many."""
    assert facts(str(OURS / f"{PAIRS[name]}.erl"), scenario) == facts(name, scenario)


@pytest.mark.parametrize("name", PAIRS)
@pytest.mark.parametrize("scenario", QUICK, ids=str)
def test_the_erlang_twin_has_the_same_states_and_verdicts(name, scenario):
    assert_twins(name, scenario)


@pytest.mark.slow
@pytest.mark.parametrize("name", PAIRS)
@pytest.mark.parametrize("scenario", LONGER, ids=str)
def test_the_erlang_twin_has_the_same_states_and_verdicts_in_larger_scenarios(name, scenario):
    if name == "gms3-fixed" and scenario.get("joins"):
        # A slave that turns to a leader again monitors it twice; test_manifest_twins says what that makes of the states.
        one, other = facts(str(OURS / "gms3_fixed.erl"), scenario), facts(name, scenario)
        assert one[1] == other[1]
        assert (one[0], other[0]) == ((9559, 21191, 18), (9276, 20778, 18))
    else:
        assert_twins(name, scenario)


def test_the_protocol_is_called_as_it_was_typed():
    assert load_protocol(str(OURS / "gms1.erl")).name == str(OURS / "gms1.erl")
