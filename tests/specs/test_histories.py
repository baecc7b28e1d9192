"""Every property against hand-made histories: at least six that break it, each in its own way, and six that almost do."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from groupy_check.groupy_model.verdict import Kind
from groupy_check.specs.registry import PROPERTIES
from tests.specs.notation import Example, examples

EXAMPLES = list(examples())
JUDGED = [example for example in EXAMPLES if example.verdict in ("broken", "kept")]
TRIED = [example for example in EXAMPLES if example.verdict in ("tried", "untried")]


def named(example: Example) -> str:
    return f"{example.name}-{example.place}"


@pytest.mark.parametrize("example", JUDGED, ids=named)
def test_it_is_judged_as_it_says(example: Example) -> None:
    witness = PROPERTIES[example.name].judge(example.history)
    assert (witness.text if witness else "") == (example.words if example.verdict == "broken" else "")
    assert witness is None or all(str(node) in witness.text for node in witness.processes)


@pytest.mark.parametrize("example", TRIED, ids=named)
def test_it_is_put_to_the_test_or_not(example: Example) -> None:
    assert PROPERTIES[example.name].goal(example.history) == (example.verdict == "tried")


def test_there_are_six_of_each_and_none_is_there_twice() -> None:
    counts = Counter((example.name, example.verdict) for example in EXAMPLES)
    assert [name for name in PROPERTIES if min(counts[name, "broken"], counts[name, "kept"]) < 6] == []
    assert [name for name in PROPERTIES if not counts[name, "tried"] or not counts[name, "untried"]] == []
    assert len({(example.name, example.history) for example in JUDGED}) == len(JUDGED)


@pytest.mark.parametrize("name", [name for name, entry in PROPERTIES.items() if entry.kind is Kind.LIVENESS])
def test_what_is_eventual_is_not_missed_before_the_end(name: str) -> None:
    running = [replace(example.history, at_rest=False) for example in JUDGED if example.name == name]
    assert [PROPERTIES[name].judge(history) for history in running] == [None] * len(running)
