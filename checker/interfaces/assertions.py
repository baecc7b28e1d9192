"""What the pytest fixture `groupy` gives to a test: the result of a check, with assertions."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ParamSpec

from groupy_check.checker.counterexamples.log_files import write_log_findings
from groupy_check.checker.counterexamples.output_files import write_findings
from groupy_check.checker.errors import UsageError
from groupy_check.checker.interfaces.api import CheckResult, JudgedLog, judge
from groupy_check.groupy_model.log_verdict import LogFinding
from groupy_check.groupy_model.show import counted
from groupy_check.groupy_model.verdict import Finding, Verdict
from groupy_check.reports.tables.log_verdicts import log_headline, log_verdict_word, witness_text
from groupy_check.reports.wording.headline import headline
from groupy_check.reports.wording.lines import PARAGRAPH
from groupy_check.reports.wording.summary import NO_RUN, counts, run_text, story, verdict_word
from groupy_check.specs.registry import PROPERTIES

Arguments = ParamSpec("Arguments")


@dataclass(frozen=True, slots=True)
class Checked:
    """A `result`, and the `directory` for the files of a failure."""

    result: CheckResult
    directory: Path

    def assert_holds(self, *names: str) -> None:
        """Fail unless each property named holds in all reachable states; without names, all that the protocol claims.

        A property that was never put to the test holds of anything, so it does not count: by name it fails, and of the claims
        at least one must have been put to the test. Raises UsageError for a property that was not judged, and where the
        protocol claims none.
        """
        __tracebackhide__ = True
        findings = [self.result.judged(name) for name in names] or self.result.decisive
        if not findings:
            raise UsageError(f"{self.result.protocol} claims nothing: name the properties that should hold")
        vacuous = [finding for finding in findings if not finding.exercised]
        untested = vacuous if names or len(vacuous) == len(findings) else []
        broken = [finding for finding in findings if finding.verdict is not Verdict.HOLDS or finding in untested]
        self._fail(broken, "hold")

    def assert_violated(self, name: str, *others: str, steps: int | None = None) -> None:
        """Fail unless each property named is violated; `steps`: after exactly this many. Raises as `assert_holds`."""
        __tracebackhide__ = True
        findings = [self.result.judged(each) for each in (name, *others)]
        met = [finding.verdict is Verdict.VIOLATED and steps in (None, finding.length) for finding in findings]
        expected = "be violated" if steps is None else f"be violated after {counted(steps, 'step')}"
        self._fail([finding for finding, fine in zip(findings, met, strict=True) if not fine], expected)

    def _fail(self, surprises: Sequence[Finding], expected: str) -> None:
        __tracebackhide__ = True
        if surprises:
            told = [self._told(finding, expected) for finding in surprises]
            raise AssertionError(
                "\n\n".join([*told, f"{headline(self.result, self.result.asked)}\n{counts(self.result.coverage)}"])
            )

    def _told(self, finding: Finding, expected: str) -> str:
        """What was found and what was expected; for a violation, with its run."""
        begin, end = f"{self.result.protocol}: {finding.name}", f"and should {expected}"
        if finding.verdict is not Verdict.VIOLATED:
            return f"{begin}: {verdict_word(finding)}, {end}{_advice(finding, expected)}"
        pictures = write_findings([finding], self.directory, ["svg"])
        picture = f"the picture: {pictures[finding.name]}" if pictures else NO_RUN
        return (
            f"{begin} is violated after {counted(finding.length or 0, 'step')}, {end}\n\n"
            f"{textwrap.fill(story(finding), PARAGRAPH)}\n\n{run_text(finding)}\n{picture}"
        )


def _advice(finding: Finding, expected: str) -> str:
    """What a scenario lacks in which nothing of what the property is about ever happened."""
    if finding.exercised or expected != "hold" or finding.name not in PROPERTIES:
        return ""
    return f"; it needs a scenario in which this can be said: {PROPERTIES[finding.name].goal_text}"


@dataclass(frozen=True, slots=True)
class CheckedLog:
    """The `result` of judging a log, and the `directory` for the files of a failure."""

    result: JudgedLog
    directory: Path

    def assert_holds(self, *names: str) -> None:
        """Fail unless each property named holds of the log; without names, all that is claimed. What is not judged fails.

        What was never put to the test does not count: by name it fails, and of the claims at least one must have been put to
        it. Raises UsageError for a property that was not asked for.
        """
        __tracebackhide__ = True
        findings = [self.result.judged(name) for name in names] or list(self.result.decisive)
        vacuous = [finding for finding in findings if not finding.exercised]
        untested = vacuous if names or len(vacuous) == len(findings) else []
        self._fail([each for each in findings if each.verdict is not Verdict.HOLDS or each in untested], "hold")

    def assert_violated(self, *names: str) -> None:
        """Fail unless each property named is violated. Raises as `assert_holds`."""
        __tracebackhide__ = True
        findings = [self.result.judged(name) for name in names]
        self._fail([finding for finding in findings if finding.verdict is not Verdict.VIOLATED], "be violated")

    def _fail(self, surprises: Sequence[LogFinding], expected: str) -> None:
        __tracebackhide__ = True
        if surprises:
            pictures = write_log_findings(self.result, self.directory, ["svg"])
            told = [self._told(finding, expected, pictures.get(finding.name, "")) for finding in surprises]
            raise AssertionError("\n\n".join([*told, log_headline(self.result), *self.result.faults]))

    def _told(self, finding: LogFinding, expected: str, picture: str) -> str:
        begin = f"{finding.name}: {log_verdict_word(finding)}, and should {expected}"
        if finding.verdict is not Verdict.VIOLATED:
            return f"{begin}; {finding.unjudged}" if finding.unjudged else begin
        places = "\n".join(f"  {place}" for place in finding.places)
        return f"{begin}\n{witness_text(finding)}\n{places}\n{picture}"


@dataclass(frozen=True, slots=True)
class Groupy:
    """What the fixture gives to a test: called, it checks a protocol as `check` does; its `judge` judges a log."""

    check: Callable[..., Checked]
    directory: Path

    def __call__(self, *args: Any, **kwargs: Any) -> Checked:
        """As `check`, with assertions."""
        return self.check(*args, **kwargs)

    def judge(self, *args: Any, **kwargs: Any) -> CheckedLog:
        """As `groupy_check.judge`, with assertions."""
        return CheckedLog(judge(*args, **kwargs), self.directory)


def asserting(function: Callable[Arguments, CheckResult], directory: Path) -> Callable[Arguments, Checked]:
    """`function`, `check` as a rule, with what it returns ready for assertions. Files of failures go to `directory`."""

    def run(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Checked:
        result = function(*args, **kwargs)
        if result.coverage.interrupted:
            raise KeyboardInterrupt  # Ctrl-C stops all tests, not just this one
        return Checked(result, directory)

    return run
