"""What the verdicts of a check mean for the exit status, and what a user expects of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar

from groupy_check.checker.errors import UsageError
from groupy_check.checker.judging.selection import check_name
from groupy_check.groupy_model.verdict import Conclusion, Finding, Kind, Result, Verdict
from groupy_check.specs.property import Property
from groupy_check.specs.registry import PROPERTIES

if TYPE_CHECKING:
    from groupy_check.groupy_model.log_verdict import LogFinding, LogResult

T = TypeVar("T")
FINE, UNMET, NOTHING_FOUND, DEADLOCK, SAFETY, LIVENESS = 0, 1, 3, 11, 12, 13


@dataclass(frozen=True, slots=True)
class Report(Generic[T]):
    """The `table` that a command has found, the files that were written, and the exit status."""

    table: T
    files: tuple[Path, ...]
    status: int


def exit_status(result: Result, names: Sequence[str], expected: Mapping[str, Verdict]) -> int:
    """0 fine, 3 nothing found but a bound was hit, 11 a member is stuck, 12 safety, 13 liveness; the smallest that applies.

    With `expected`, 0 when every property named there has its verdict, 3 when only a bound left it open, else 1. A property
    that was never put to the test holds of anything, so that does not count as what was expected.
    """
    if expected:
        found = [(result.finding(name), verdict) for name, verdict in expected.items()]
        unmet = [finding for finding, wanted in found if not finding.meets(wanted)]
        surprises = [finding for finding in unmet if finding.verdict is not Verdict.NOT_FOUND]
        return UNMET if surprises else NOTHING_FOUND if unmet else FINE
    codes = [_code(finding) for finding in result.deciding(names) if finding.verdict is Verdict.VIOLATED]
    if codes:
        return min(codes)
    return NOTHING_FOUND if result.conclusion(names) is Conclusion.NOT_DECIDED else FINE


def log_exit_status(result: LogResult) -> int:
    """As `exit_status`, of what was asked for or is claimed: 3 if there is no verdict on some of it."""
    codes = [_code(finding) for finding in result.decisive if finding.verdict is Verdict.VIOLATED]
    if codes:
        return min(codes)
    if result.faults:
        return UsageError.code
    return FINE if all(finding.verdict is Verdict.HOLDS for finding in result.decisive) else NOTHING_FOUND


def _code(finding: Finding | LogFinding) -> int:
    if finding.name == "progress":
        return DEADLOCK
    return SAFETY if finding.kind is Kind.SAFETY else LIVENESS


def split_expectation(text: str) -> tuple[str, str]:
    """`agreement:violated` as the name, which may have a colon of its own unless it is built in, and the verdict."""
    name, _, verdict = text.partition(":")
    if name in PROPERTIES or not verdict:
        return name, verdict
    name, _, verdict = text.rpartition(":")
    return name, verdict


def parse_expectations(texts: Sequence[str], known: Mapping[str, Property] = PROPERTIES) -> dict[str, Verdict]:
    """`["agreement:violated"]` as a mapping, of properties that are `known`. Raises UsageError for what cannot be expected."""
    meanings = {"holds": Verdict.HOLDS, "violated": Verdict.VIOLATED}
    expected: dict[str, Verdict] = {}
    for text in texts:
        name, verdict = split_expectation(text)
        check_name(name, known, f"--expect {text}: ")
        if verdict not in meanings:
            raise UsageError(f"--expect {text}: write PROPERTY:holds or PROPERTY:violated, for example {name}:violated")
        if expected.setdefault(name, meanings[verdict]) is not meanings[verdict]:
            raise UsageError(f"--expect {text}: the opposite is expected as well; drop one of the two")
    return expected
