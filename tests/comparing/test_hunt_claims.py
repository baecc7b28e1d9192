"""What a hunt says of where it has been: never more than its maxima, its order, and what was really explored."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from rich.console import Console

from groupy_check.checker.checking.search_request import SearchRequest
from groupy_check.checker.comparing.smallest_scenario import DIMENSIONS, Hunt, hunted_status, scenarios, size, within
from groupy_check.checker.inputs.protocols import load_protocol
from groupy_check.groupy_model.scenario import Scenario
from groupy_check.groupy_model.verdict import Result, Verdict
from groupy_check.reports.tables.smallest_scenario import Hunted, hunted_headline, print_hunted

LONG = 1e6
MAXIMA: list[Mapping[str, int]] = [
    {"nodes": 2, "crashes": 0, "messages": 0, "joins": 0, "drops": 0, "suspicions": 0},
    {"nodes": 2, "crashes": 1, "messages": 1, "joins": 0, "drops": 0, "suspicions": 0},
    {"nodes": 3, "crashes": 0, "messages": 1, "joins": 0, "drops": 0, "suspicions": 0},
    {"nodes": 2, "crashes": 0, "messages": 0, "joins": 1, "drops": 0, "suspicions": 1},
    {"nodes": 2, "crashes": 0, "messages": 1, "joins": 0, "drops": 1, "suspicions": 0},
]


def hunted(impl: str, most: Mapping[str, int], *names: str, seconds: float = LONG, **given: Any) -> Hunted:
    return Hunt(load_protocol(impl), impl, names, most, seconds, lambda _: None, **given).run()


def text_of(found: Hunted) -> str:
    stream = io.StringIO()
    print_hunted(Console(file=stream, width=10_000), found, {})
    return stream.getvalue()


@pytest.mark.parametrize("most", MAXIMA, ids=lambda most: "-".join(map(str, most.values())))
def test_a_hunt_that_ends_by_itself_claims_its_maxima_and_no_size(most):
    found = hunted("gms3", most, "integrity", "agreement")
    text = text_of(found)
    (claim,) = re.findall(r"^Tried: every scenario with at most (.*)\.$", text, re.MULTILINE)
    assert [int(amount.split()[0]) for amount in claim.split(", ")] == list(most.values())
    assert "size" not in "".join(line for line in text.splitlines() if line.startswith("Tried"))
    assert f"nothing left to explore with at most {claim}" in hunted_headline(found)
    # And each of them was explored, left or passed over.
    assert len(found.exhausted) + found.left + found.passed_over == len(list(scenarios(most)))
    assert all(getattr(one, name) <= most.get(name, 0) for one in found.exhausted for name in DIMENSIONS)


@pytest.mark.parametrize("most", [{}, {"nodes": 2}, {"crashes": 0}, {"nodes": 1, "joins": 1}, {"drops": 0, "suspicions": 0}])
def test_a_hunt_that_is_ended_claims_a_size_within_the_maxima_that_it_was_given(most):
    found = hunted("gms3-fixed", most, "integrity", seconds=0.4)
    text = text_of(found)
    (claim,) = re.findall(r"^Tried: every scenario of size (\d+) or less(.*) \(size: .*\)\.$", text, re.MULTILINE)
    assert int(claim[0]) == found.complete
    assert claim[1].count(",") + bool(claim[1]) == len(most)
    smaller = [one for one in _up_to(found.complete, most) if one not in found.exhausted]
    assert len(smaller) <= found.left + found.passed_over


def _up_to(largest: int, most: Mapping[str, int]) -> list[Scenario]:
    every = {name: min(most.get(name, largest), largest) for name in DIMENSIONS[:-1]}
    return [one for one in scenarios(every) if size(one) <= largest]


def test_a_scenario_that_was_left_at_a_violation_is_not_called_explored():
    most = {"nodes": 3, "crashes": 1, "messages": 0, "joins": 1, "drops": 0, "suspicions": 0}
    found = hunted("gms3", most, "progress")
    (broken,) = found.breaks["progress"]
    assert (found.left, found.passed_over, broken.scenario in found.exhausted) == (1, 0, False)
    assert hunted_headline(found).startswith("gms3: 1 of 1 property broken in 12 scenarios, 11 of them explored whole;")
    assert "Of these: 11 explored until all states were seen; 1 left when all that was judged there was violated." in text_of(
        found
    )


def test_what_is_passed_over_is_counted():
    most = {"nodes": 4, "crashes": 2, "messages": 0, "joins": 1, "drops": 0, "suspicions": 0}
    found = hunted("gms3", most, "progress")
    assert (len(found.exhausted), found.left, found.passed_over) == (18, 2, 3)
    assert "3 passed over, as smaller ones within them had broken all" in text_of(found)
    assert [one for one in found.largest if any(within(one, other) for other in found.largest if other != one)] == []


@pytest.mark.parametrize("most", MAXIMA[:3])
def test_it_says_what_no_scenario_of_any_hunt_has(most):
    assert (
        "Never tried: leaves, duplicates, spurious notices, partitions, recoveries; all scenarios have: formed group, "
        "perfect detector," in text_of(hunted("gms3", most, "integrity"))
    )


def test_what_was_never_put_to_the_test_is_said():
    found = hunted("gms3", MAXIMA[0], "integrity", "agreement")
    assert found.untested == ("integrity", "agreement")  # nobody multicasts
    assert "Never put to the test in any of these scenarios: integrity, agreement." in text_of(found)
    assert hunted("gms3", MAXIMA[2], "integrity").untested == ()


def test_what_a_whole_exploration_leaves_open_is_no_pass(monkeypatch):
    original = SearchRequest.run

    def undecided(self: SearchRequest, *args: Any) -> Result:
        result = original(self, *args)
        return replace(result, findings=tuple(replace(one, verdict=Verdict.NOT_FOUND) for one in result.findings))

    monkeypatch.setattr(SearchRequest, "run", undecided)
    found = hunted("gms3", MAXIMA[0], "progress")
    assert (found.undecided, found.bound) == (("progress",), "")
    assert hunted_status(found) == 3
    assert "Left open although all states were seen: progress" in text_of(found)


def test_smallest_is_explained_and_no_break_is_dropped_in_silence():
    most = {"nodes": 3, "crashes": 1, "messages": 1, "joins": 1, "drops": 1, "suspicions": 0}
    found = hunted("gms3", most, "progress")
    text = text_of(found)
    assert "Smallest: with less of anything nothing was found, a joiner counted as a process." in text
    breaks = found.breaks["progress"]
    listed = re.findall(r"^(?:progress +VIOLATED|  +also) .*$", text, re.MULTILINE)
    assert len(listed) == len(breaks) == 4
    assert not any(within(one.scenario, other.scenario) for one in breaks for other in breaks if one != other)
