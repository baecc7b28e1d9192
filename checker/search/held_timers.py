"""Whether a search that let timers wait for all traffic has left runs out, and what is said where it cannot be made good.

Most systems come to rest, or have no timer armed when they do not: then what it has seen is everything. Where a timer waits for
traffic that goes round for ever (see `semantics.traffic`), everything is searched again with the timers that fire there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from groupy_check.checker.judging.cycle_verdicts import EndlessRuns
from groupy_check.checker.semantics.enabled import Semantics
from groupy_check.checker.semantics.traffic import cycles
from groupy_check.groupy_model.events import Timeout
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.verdict import Extent, Finding, Kind, Result, Verdict


@dataclass(frozen=True, slots=True)
class HeldTimers:
    """The processes whose timers were left `waiting` for traffic that goes on without them; `held`: some would fire there."""

    waiting: tuple[Node, ...]
    held: bool


def held_timers(semantics: Semantics, runs: EndlessRuns) -> HeldTimers:
    """What a search has left out that has found the owed steps of `runs`."""
    untimed = {
        number: [target for action, target in steps if not isinstance(action.event, Timeout)]
        for number, steps in enumerate(runs.edges)
    }
    waiting, held = set[Node](), False
    for component in cycles(untimed):
        for system in map(runs.state, sorted(component)):
            late = semantics.armed(system)
            waiting |= {action.process for action in late}
            held = held or (bool(late) and (bool(semantics.overdue(system)) or semantics.traffic.is_open(system)))
    return HeldTimers(tuple(sorted(waiting)), held)


def not_covered(result: Result, waiting: Sequence[Node]) -> Result:
    """`result` of a search that left out what the timers of those `waiting` do beside traffic that goes round for ever.

    Without names, some timer may have waited there. What never happens on a cycle may yet happen when they fire.
    """
    whose = f" of {', '.join(map(str, waiting))}" if waiting else ""
    words = f"timers{whose} never fired beside traffic that goes round for ever"
    findings = tuple(map(_open, result.findings))
    bound = f"{result.coverage.bound}; {words}" if result.coverage.bound else words
    coverage = replace(result.coverage, extent=Extent.BOUNDED, bound=bound)
    return replace(result, coverage=coverage, findings=findings, warnings=(*result.warnings, f"not covered: {words}"))


def _open(finding: Finding) -> Finding:
    if finding.verdict is Verdict.HOLDS or (finding.trace is not None and finding.trace.loop is not None):
        return replace(finding, verdict=Verdict.NOT_FOUND, witness=None, trace=None)
    return finding


def with_what_was_found(before: Result, after: Result) -> Result:
    """`after`, with the violations of safety that a search of fewer runs had found and it has not, as a limit ended it."""
    findings = tuple(
        one if one.kind is Kind.SAFETY and one.trace is not None and other.trace is None else other
        for one, other in zip(before.findings, after.findings, strict=True)
    )
    return replace(after, findings=findings)
