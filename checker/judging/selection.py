"""Which properties a check judges, and what their verdicts mean for the exit status."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from groupy_check.checker.errors import UsageError, unknown
from groupy_check.groupy_model.scenario import Scenario
from groupy_check.groupy_model.verdict import Extent, Finding, Kind, Result, Verdict
from groupy_check.specs.property import Property
from groupy_check.specs.registry import PROPERTIES

FINE, UNMET, NOTHING_FOUND, DEADLOCK, SAFETY, LIVENESS = 0, 1, 3, 11, 12, 13


def select(names: Sequence[str], scenario: Scenario) -> tuple[list[Property], list[str]]:
    """The properties to judge, and the names of those left out because they would bring the state transfer into the run.

    Without `names`, all are judged; but where processes may join, the workers' state transfer multiplies the states, so what
    needs the workers is judged only when it is named. The user's own must be loaded. Raises UsageError for an unknown name.
    """
    for name in names:
        _check_name(name)
    if names:
        return [PROPERTIES[name] for name in dict.fromkeys(names)], []
    left_out = [p for p in PROPERTIES.values() if p.worker and scenario.joinable and not scenario.worker]
    # Nobody can adopt a state where nobody can join.
    useless = [PROPERTIES["state-transfer"]] if not scenario.joinable else []
    return [p for p in PROPERTIES.values() if p not in left_out and p not in useless], [p.name for p in left_out]


def with_workers(scenario: Scenario, properties: Sequence[Property]) -> Scenario:
    """`scenario` with the colour worker where one of `properties` looks at colours."""
    return replace(scenario, worker=scenario.worker or any(wanted.worker for wanted in properties))


def decisive(result: Result, names: Sequence[str]) -> list[Finding]:
    """The findings that decide the exit status: those asked for by name, else those that the protocol claims."""
    return [finding for finding in result.findings if finding.name in names or (not names and finding.claimed)]


def first_violation(findings: Sequence[Finding]) -> Finding | None:
    """The first of `findings` that is violated."""
    return next((finding for finding in findings if finding.verdict is Verdict.VIOLATED), None)


def exit_status(result: Result, names: Sequence[str], expected: Mapping[str, Verdict]) -> int:
    """0 fine, 3 nothing found but a bound was hit, 11 a member is stuck, 12 safety, 13 liveness; the smallest that applies.

    With `expected`, 0 when every property named there has its verdict, 3 when only a bound left it open, else 1.
    """
    if expected:
        found = [(result.finding(name).verdict, verdict) for name, verdict in expected.items()]
        if all(verdict is wanted for verdict, wanted in found):
            return FINE
        surprises = [wanted for verdict, wanted in found if verdict not in (wanted, Verdict.NOT_FOUND)]
        return UNMET if surprises else NOTHING_FOUND
    findings = decisive(result, names)
    codes = [_code(finding) for finding in findings if finding.verdict is Verdict.VIOLATED]
    if codes:
        return min(codes)
    open_ones = [finding for finding in findings if finding.verdict is Verdict.NOT_FOUND]
    return NOTHING_FOUND if open_ones or result.coverage.extent is not Extent.EXHAUSTED else FINE


def _code(finding: Finding) -> int:
    if finding.name == "progress":
        return DEADLOCK
    return SAFETY if finding.kind is Kind.SAFETY else LIVENESS


def _check_name(name: str, where: str = "") -> None:
    if name not in PROPERTIES and name not in PROPERTIES.own:
        hint = f"; for the file, write ./{name}.py" if "\0" not in name and Path(f"{name}.py").is_file() else ""
        raise UsageError(f"{where}{unknown('property', name, PROPERTIES)}{hint}")


def split_expectation(text: str) -> tuple[str, str]:
    """`agreement:violated` as the name, which may have a colon of its own unless it is built in, and the verdict."""
    name, _, verdict = text.partition(":")
    if name in PROPERTIES or not verdict:
        return name, verdict
    name, _, verdict = text.rpartition(":")
    return name, verdict


def parse_expectations(texts: Sequence[str]) -> dict[str, Verdict]:
    """`["agreement:violated"]` as a mapping. Raises UsageError for what cannot be expected."""
    meanings = {"holds": Verdict.HOLDS, "violated": Verdict.VIOLATED}
    expected: dict[str, Verdict] = {}
    for text in texts:
        name, verdict = split_expectation(text)
        _check_name(name, f"--expect {text}: ")
        if verdict not in meanings:
            raise UsageError(f"--expect {text}: write PROPERTY:holds or PROPERTY:violated, for example {name}:violated")
        if expected.setdefault(name, meanings[verdict]) is not meanings[verdict]:
            raise UsageError(f"--expect {text}: the opposite is expected as well; drop one of the two")
    return expected
