"""Whole worlds of one protocol, explored once for each test file, and what is violated there."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from typing import Any

from groupy_check.checker.counterexamples.trace_file import line_matchers, matched
from groupy_check.checker.inputs.protocols import load_protocol
from groupy_check.checker.judging.selection import select
from groupy_check.checker.native.search import NativeExplorer
from groupy_check.checker.search.base import Limits
from groupy_check.checker.search.bfs import Explorer
from groupy_check.groupy_model.protocol import Protocol
from groupy_check.groupy_model.protocols.registry import PROTOCOLS
from groupy_check.groupy_model.scenario import Scenario
from groupy_check.groupy_model.verdict import Extent, Result, Verdict

MANY = 4_000  # states from which on tests use the native engine; both count and judge alike, as tests/native asserts


def explored(protocol: str | Protocol, *names: str, start: tuple[str, ...] = (), fast: bool = False, **scenario: Any) -> Result:
    """`names`: the properties, by default those for this scenario; `start`: action lines; `fast`: by the native engine."""
    return _explored(protocol, names, start, fast, Scenario(**scenario))


@cache
def _explored(protocol: str | Protocol, names: tuple[str, ...], start: tuple[str, ...], fast: bool, world: Scenario) -> Result:
    loaded = load_protocol(protocol) if isinstance(protocol, str) else protocol
    properties, _ = select(names, world)
    actions = matched(loaded, world, line_matchers(start))
    engine = NativeExplorer if fast else Explorer
    return engine(loaded, world, properties, Limits(all_verdicts=not names), start=actions).run()


def forget() -> None:
    """What one test file has explored is of no use to the next, and takes memory."""
    _explored.cache_clear()


def violated(result: Result) -> dict[str, int | None]:
    """The violated properties, each with the length of its shortest run."""
    return {finding.name: finding.length for finding in result.findings if finding.verdict is Verdict.VIOLATED}


def assert_pinned(
    name: str, scenario: dict[str, Any], counts: tuple[int, int, int], lengths: dict[str, int], judged: Collection[str]
) -> None:
    """The whole space has these counts of distinct and generated states and this depth, and no claim is violated in it.

    `lengths`: of the shortest runs that violate one of the properties `judged`.
    """
    result = explored(name, fast=counts[0] > MANY, **scenario)
    coverage = result.coverage
    assert (coverage.extent, coverage.left) == (Extent.EXHAUSTED, 0)
    assert (coverage.distinct, coverage.generated, coverage.depth) == counts
    found = violated(result)
    assert {broken: length for broken, length in found.items() if broken in judged} == lengths
    assert not set(found) & set(PROTOCOLS[name].claims)
