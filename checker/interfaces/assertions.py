"""What the pytest fixture `groupy` gives to a test: the result of a check, with assertions."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ParamSpec

from groupy_check.checker.counterexamples.output_files import write_findings
from groupy_check.checker.errors import UsageError
from groupy_check.checker.interfaces.api import CheckResult
from groupy_check.groupy_model.show import counted
from groupy_check.groupy_model.verdict import Finding, Verdict
from groupy_check.reports.wording.summary import PARAGRAPH, counts, headline, run_text, story, verdict_word

Arguments = ParamSpec("Arguments")


@dataclass(frozen=True, slots=True)
class Checked:
    """A `result`, and the `directory` for the files of a failure."""

    result: CheckResult
    directory: Path

    def assert_holds(self, *names: str) -> None:
        """Fail unless each property named holds in all reachable states; without names, all that the protocol claims.

        Raises UsageError for a property that was not judged, and where the protocol claims none.
        """
        __tracebackhide__ = True
        findings = [self.result.judged(name) for name in names] or self.result.decisive
        if not findings:
            raise UsageError(f"{self.result.protocol} claims nothing: name the properties that should hold")
        self._fail([finding for finding in findings if finding.verdict is not Verdict.HOLDS], "hold")

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
            raise AssertionError("\n\n".join([*told, f"{headline(self.result)}\n{counts(self.result.coverage)}"]))

    def _told(self, finding: Finding, expected: str) -> str:
        """What was found and what was expected; for a violation, with its run."""
        begin, end = f"{self.result.protocol}: {finding.name}", f"and should {expected}"
        if finding.verdict is not Verdict.VIOLATED:
            return f"{begin}: {verdict_word(finding)}, {end}"
        picture = write_findings([finding], self.directory, ["svg"])[finding.name]
        return (
            f"{begin} is violated after {counted(finding.length or 0, 'step')}, {end}\n\n"
            f"{textwrap.fill(story(finding), PARAGRAPH)}\n\n{run_text(finding)}\nthe picture: {picture}"
        )


def asserting(function: Callable[Arguments, CheckResult], directory: Path) -> Callable[Arguments, Checked]:
    """`function`, `check` as a rule, with what it returns ready for assertions. Files of failures go to `directory`."""

    def run(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Checked:
        result = function(*args, **kwargs)
        if result.coverage.interrupted:
            raise KeyboardInterrupt  # Ctrl-C stops all tests, not just this one
        return Checked(result, directory)

    return run
