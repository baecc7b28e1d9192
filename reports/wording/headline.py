"""The first line of a check, which says pass or fail, and the last one, which says whether it is what was expected."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

from groupy_check.groupy_model.effects import Halt
from groupy_check.groupy_model.show import counted
from groupy_check.groupy_model.verdict import INTERRUPTED, Conclusion, Coverage, Extent, Finding, Result, Verdict
from groupy_check.specs.views import ADMISSION_UNLESS_SOMEBODY_ENDS

_STOPS = (  # how a search says what ended it, and how that reads behind the verdict
    (r"(depth .*|[\d,]+ distinct states)", r"stopped at \1"),
    (r"([\d.]+ seconds)", r"stopped after \1"),
    (r"(\d+ MB of memory)", r"stopped at \1"),
    (r"(.* grows? for ever)", r"stopped, as \1"),
    (r"(a|every) property( asked for)? is violated", "stopped there, not all states seen"),
    (INTERRUPTED, INTERRUPTED),
)


def headline(result: Result, names: Collection[str] = ()) -> str:
    """Return the first line: `gms2: VIOLATED 6 of 13 claimed properties (all reachable states seen)`.

    `names` are those of the properties asked for; without, what the protocol claims counts.
    """
    return f"{result.protocol}: {_verdict(result, names)} ({seen(result.coverage)})"


def seen(coverage: Coverage) -> str:
    """Return how much the verdicts cover: `all reachable states seen`, `stopped at 1,000,000 distinct states`."""
    match coverage.extent:
        case Extent.EXHAUSTED if coverage.missed:
            return f"all reachable states seen, except with probability {coverage.missed:.1g}"
        case Extent.EXHAUSTED:
            return "all reachable states seen"
        case Extent.SAMPLED:
            return f"drawn at random: {coverage.bound}"
        case Extent.REPLAYED:
            return "one run replayed" + (f", {coverage.bound}" if coverage.bound else "")
    for pattern, words in _STOPS:
        if re.match(pattern, coverage.bound):
            return re.sub(r"\d{4,}", lambda number: f"{int(number[0]):,}", re.sub(f"^{pattern}", words, coverage.bound))
    return f"not all states seen: {coverage.bound}"


def _verdict(result: Result, names: Collection[str]) -> str:
    conclusion, findings = result.conclusion(names), result.deciding(names)
    word, which = conclusion.value, "properties asked for" if names else "claimed properties"
    if not findings:
        return f"{word}, no claimed property was judged"
    if len(findings) == 1:
        return f"{word} {_alone(findings[0], conclusion)}".replace(" ,", ",")
    counts = {verdict: sum(finding.verdict is verdict for finding in findings) for verdict in Verdict}
    some, still = counts[Verdict.VIOLATED], counts[Verdict.NOT_FOUND]
    if conclusion is Conclusion.VIOLATED:
        left_open = f", {still} left open" if still and result.coverage.extent is not Extent.REPLAYED else ""
        return f"{word} {some} of {len(findings)} {which}{left_open}"
    if conclusion is Conclusion.NOT_DECIDED:
        return (
            f"{word}, no violation found" if still == len(findings) else f"{word}, {still} of {len(findings)} {which} left open"
        )
    untested = sum(not finding.exercised for finding in findings)
    vacuous = f", {untested} not put to the test" if untested else ""
    some_runs = in_part(result)
    partly = sum(finding.name in some_runs and finding.exercised for finding in findings)
    return f"{word}, {len(findings)} of {len(findings)} {which} hold{vacuous}{f', {partly} in part' if partly else ''}"


def in_part(result: Result) -> tuple[str, ...]:
    """Return the names of the properties that were judged in some runs only: admission, which by default is not asked where
    somebody ends or leaves.
    """
    ending = result.scenario.crashes or result.scenario.leaves or Halt in result.effects
    spared = [finding for finding in result.findings if finding.sentence == ADMISSION_UNLESS_SOMEBODY_ENDS.sentence]
    return tuple(finding.name for finding in spared if ending and finding.verdict is not Verdict.VIOLATED)


def _alone(finding: Finding, conclusion: Conclusion) -> str:
    """Return what is said of the only property that counts, behind the verdict."""
    if conclusion is Conclusion.OK:
        return f", {finding.called} holds" + ("" if finding.exercised else ", not put to the test")
    return finding.called if conclusion is Conclusion.VIOLATED else f", no violation of {finding.called} found"


# --- expectations --------------------------------------------------------------------------------------------------------


def met(result: Result, expected: Mapping[str, Verdict]) -> int:
    """Return how many of the `expected` verdicts were found."""
    return sum(result.finding(name).meets(verdict) for name, verdict in expected.items())


def expectation_lines(result: Result, expected: Mapping[str, Verdict]) -> Iterator[str]:
    """Yield a line for each of the `expected` verdicts: `met: agreement is violated, as expected`."""
    for name, wanted in expected.items():
        found = result.finding(name)
        if found.meets(wanted):
            yield f"met:     {found.called} {_is(found.verdict)}, as expected"
        else:
            but = "was never put to the test" if found.vacuous else _is(found.verdict)
            yield f"NOT MET: {found.called} was expected to {_TO_BE[wanted]}, but {but}"


def expectation_summary(result: Result, expected: Mapping[str, Verdict]) -> str:
    """Return the last line: `2 of 2 expectations met`."""
    return f"{met(result, expected)} of {counted(len(expected), 'expectation')} met"


_TO_BE = {Verdict.HOLDS: "hold", Verdict.VIOLATED: "be violated"}


def _is(verdict: Verdict) -> str:
    return {Verdict.HOLDS: "holds", Verdict.VIOLATED: "is violated", Verdict.NOT_FOUND: "was left open"}[verdict]
