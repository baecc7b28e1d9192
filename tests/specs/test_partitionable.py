"""The properties of partitionable systems against hand-made histories, and what they have to do with the others."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from groupy_check import UsageError, check
from groupy_check.groupy_model.verdict import Kind
from groupy_check.specs.registry import PARTITIONABLE, PROPERTIES
from tests.specs.notation import Example, examples_in
from tests.specs.test_near_linear import same
from tests.specs.test_pairs import by_two

EXAMPLES = list(examples_in(Path(__file__).parent / "partitionable.txt"))


def named(example: Example) -> str:
    return f"{example.name}-{example.place}"


@pytest.mark.parametrize("example", EXAMPLES, ids=named)
def test_it_is_judged_as_it_says(example: Example) -> None:
    entry = PARTITIONABLE[example.name]
    witness = entry.judge(example.history)
    if example.verdict in ("tried", "untried"):
        assert entry.goal(example.history) == (example.verdict == "tried")
    else:
        assert (witness.text if witness else "") == (example.words if example.verdict == "broken" else "")
    assert witness is None or all(str(node) in witness.text for node in witness.processes)
    same(example.history)


@pytest.mark.parametrize("example", [each for each in EXAMPLES if each.verdict in ("broken", "kept")], ids=named)
def test_two_at_a_time_say_the_same_where_that_is_promised(example: Example) -> None:
    wanted = PARTITIONABLE[example.name]
    assert not wanted.pairwise or by_two(wanted, example.history) == (example.verdict == "broken")


def test_there_are_two_of_each_at_least() -> None:
    counts = Counter((example.name, example.verdict) for example in EXAMPLES)
    for name in PARTITIONABLE:
        assert min(counts[name, "broken"], counts[name, "kept"]) >= 2
        assert min(counts[name, "tried"], counts[name, "untried"]) >= 1
    assert not PARTITIONABLE.keys() & PROPERTIES.keys()


@pytest.mark.parametrize("name", [name for name, entry in PARTITIONABLE.items() if entry.kind is Kind.LIVENESS])
def test_what_is_eventual_is_not_missed_before_the_end(name: str) -> None:
    running = [replace(example.history, at_rest=False) for example in EXAMPLES if example.name == name]
    assert [PARTITIONABLE[name].judge(history) for history in running] == [None] * len(running)


@pytest.mark.parametrize("name", ["transitional-set", "safe-indication"])
def test_what_only_logs_have_is_not_judged_in_a_model(name: str) -> None:
    with pytest.raises(UsageError, match=f"{name}: no model has what it is about, only logs may; groupy judge LOG --property"):
        check("gms1", properties=[name])


# c1 dies with the leader that was to order it, and c2 does not; the orphan view leaves a member behind
@pytest.mark.parametrize(
    ("protocol", "name", "scenario", "length"),
    [
        ("gms2", "reliable-fifo", {}, 6),
        ("gms2", "no-duplication", {}, None),
        ("gms2", "weak-total-order", {}, None),
        ("gms3", "precision", {"joins": 1, "messages": 1}, 8),
    ],
)
def test_a_model_check_judges_them_when_they_are_named(protocol, name, scenario, length) -> None:
    assert check(protocol, properties=[name], **scenario).finding(name).length == length
