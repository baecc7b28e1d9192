"""Whole worlds of one protocol, explored once for each test file, and what is violated there."""

from __future__ import annotations

from functools import cache
from typing import Any

from groupy_check.checker.counterexamples.trace_file import line_matchers, matched
from groupy_check.checker.inputs.protocols import load_protocol
from groupy_check.checker.judging.selection import select
from groupy_check.checker.native.search import NativeExplorer
from groupy_check.checker.search.base import Limits
from groupy_check.checker.search.bfs import Explorer
from groupy_check.groupy_model.protocol import Protocol
from groupy_check.groupy_model.scenario import Scenario
from groupy_check.groupy_model.verdict import Result, Verdict


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


def violated(result: Result) -> dict[str, int | None]:
    """The violated properties, each with the length of its shortest run."""
    return {finding.name: finding.length for finding in result.findings if finding.verdict is Verdict.VIOLATED}
