"""What a teacher is told of a submission that is a protocol: which expectation is not met, and why, in a few words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from groupy_check.groupy_model.verdict import Finding, Result, Verdict
from groupy_check.reports.wording.headline import seen
from groupy_check.reports.wording.summary import NO_RUN
from groupy_check.specs.property import Property


def explained(
    result: Result, told: Finding | None, expected: Mapping[str, Verdict], known: Mapping[str, Property], where: str = ""
) -> str:
    """What is wrong with the run that is `told`, and `where`; then each other expectation that is not met.

    Where nothing is violated, what was not seen, and what the search warns of.
    """
    words = [] if told is None else [_named(told, expected) + what_is_wrong(told) + (where and f" ({where})")]
    words += _others(result, told, expected)
    if told is not None:
        return "; ".join(words)
    words += filter(None, [_undecided(result, expected) or _untested(result, expected, known)])
    return "; ".join([*words, *(warning for warning in result.warnings if warning not in words)])


def what_is_wrong(violated: Finding) -> str:
    """The witness, and why there is no picture of it where there is none."""
    text = violated.witness.text if violated.witness else ""
    return text if violated.has_run else f"{text}; {NO_RUN}"


def _named(told: Finding, expected: Mapping[str, Verdict]) -> str:
    """`agreement:holds is not met: `, or only which property it is about."""
    return f"{_expectation(told, expected)} is not met: " if _misses(told, expected) else f"{told.called}: "


def _others(result: Result, told: Finding | None, expected: Mapping[str, Verdict]) -> Iterator[str]:
    for finding in result.findings:
        if finding is not told and _misses(finding, expected) and not finding.vacuous:
            if finding.verdict is Verdict.HOLDS:
                yield f"{_expectation(finding, expected)} is not met: it holds"
            elif finding.verdict is Verdict.VIOLATED:
                yield f"nor is {_expectation(finding, expected)}"


def _misses(finding: Finding, expected: Mapping[str, Verdict]) -> bool:
    return finding.name in expected and not finding.meets(expected[finding.name])


def _expectation(finding: Finding, expected: Mapping[str, Verdict]) -> str:
    return f"{finding.called}:{expected[finding.name].value}"


def _undecided(result: Result, expected: Mapping[str, Verdict]) -> str:
    """What ended the search, where that leaves a verdict open, and the expectations that are open then."""
    left_open = [finding for finding in result.findings if finding.verdict is Verdict.NOT_FOUND]
    names = ", ".join(_expectation(finding, expected) for finding in left_open if finding.name in expected)
    return f"{names and f'{names} not decided: '}{seen(result.coverage)}" if left_open else ""


def _untested(result: Result, expected: Mapping[str, Verdict], known: Mapping[str, Property]) -> str:
    """Why a property that holds, as it should, does not count; "" where all do."""
    name = next((finding.name for finding in result.findings if finding.name in expected and finding.vacuous), None)
    return f"{known[name].called} was not put to the test: in no state that was seen, {known[name].goal_text}" if name else ""
