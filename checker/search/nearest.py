"""From a run that somebody has begun to the nearest violation that can follow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from groupy_check.checker.errors import GroupyError
from groupy_check.checker.judging.selection import with_workers
from groupy_check.checker.judging.whole_run import first_violations
from groupy_check.checker.runs.recorder import Recorder
from groupy_check.checker.search.base import Limits
from groupy_check.checker.search.bfs import Explorer
from groupy_check.groupy_model.actions import Action
from groupy_check.groupy_model.observations import OBSERVATION_TYPES
from groupy_check.groupy_model.protocol import Protocol
from groupy_check.groupy_model.scenario import Scenario
from groupy_check.groupy_model.show import counted
from groupy_check.groupy_model.verdict import Finding, Result, Verdict
from groupy_check.specs.property import Property

ALL = frozenset(OBSERVATION_TYPES)


def nearest_violation(
    protocol: Protocol, scenario: Scenario, actions: Sequence[Action], properties: Sequence[Property], limits: Limits
) -> Finding:
    """The first violation that a breadth-first search finds after `actions`; its trace begins with them.

    Properties that `actions` violate already are left out. Raises GroupyError, saying how far the search went, without any.
    """
    recorder = Recorder(protocol, with_workers(scenario, properties), ALL)
    already = first_violations(recorder.semantics, recorder.record(actions), properties).witnesses
    wanted = [candidate for candidate in properties if candidate.name not in already]
    if not wanted:
        raise GroupyError(f"this run violates {', '.join(already)} already; go back some steps, and search from there")
    result = Explorer(protocol, recorder.scenario, wanted, replace(limits, first=True), start=actions).run()
    found = [finding for finding in result.findings if finding.trace]
    if not found:
        raise GroupyError(_nothing(result))
    return min(found, key=lambda finding: finding.length or 0)


def _nothing(result: Result) -> str:
    """How far the search went without finding a violation."""
    names = [finding.name for finding in result.findings]
    what = f"no violation of {names[0]}" if len(names) == 1 else "no violation"
    coverage = result.coverage
    if all(finding.verdict is Verdict.HOLDS for finding in result.findings):
        return f"{what} can be reached from here: all {counted(coverage.distinct, 'state')} behind it were seen"
    bound = coverage.bound or "the timeouts"
    return f"{what} found within the bound of {bound}: {counted(coverage.distinct, 'state')}, depth {coverage.depth}"
