"""What check, replay and simulate have in common: the verdicts that are asked for, and how they are printed and written."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from groupy_check.checker.counterexamples.counterfactual import repairs
from groupy_check.checker.counterexamples.output_files import older_files, write_findings, write_pages, write_test
from groupy_check.checker.counterexamples.timeline import page_data
from groupy_check.checker.errors import ProtocolError, UsageError
from groupy_check.checker.exit_status import exit_status, parse_expectations, split_expectation
from groupy_check.checker.inputs.properties import known_properties
from groupy_check.checker.interfaces.commands.flags import pictures_of
from groupy_check.checker.interfaces.program.output import say, stdout
from groupy_check.checker.interfaces.program.terminal import console
from groupy_check.checker.interfaces.stepper import step_through
from groupy_check.checker.limits.deadline import extra_time, unless_time_is_up
from groupy_check.groupy_model.protocol import Protocol
from groupy_check.groupy_model.verdict import Extent, Finding, Result, Verdict, simplest_violation
from groupy_check.reports.wording.headline import expectation_summary, headline
from groupy_check.reports.wording.summary import Told, print_result
from groupy_check.specs.property import Property

if TYPE_CHECKING:
    from groupy_check.reports.formats.profile_data import Profile


@dataclass(frozen=True, slots=True)
class VerdictRequest:
    """The properties asked for by `names` (none: all that can be judged), which are `known`; what is `expected` of them.

    `out`: where files go; `json`: print that instead of text; `interactive`: then step through the run that is told;
    `export_pytest`: where it is written as a test; `quiet`: print the verdict alone, and write no other files; `whole`: print
    every run.
    """

    names: tuple[str, ...]
    known: Mapping[str, Property]
    expected: Mapping[str, Verdict]
    out: Path
    pictures: tuple[str, ...]
    json: bool
    interactive: bool
    export_pytest: Path | None
    quiet: bool
    whole: bool

    @property
    def judged(self) -> tuple[str, ...]:
        """What to judge, by name; what is only expected does not keep the others from being judged."""
        return (*self.names, *self.expected) if self.names else ()


def verdict_request(options: argparse.Namespace, protocol: Protocol | None) -> VerdictRequest:
    """What the parsed flags ask about `protocol`; the properties of the user's own are loaded. Raises UsageError."""
    known = known_properties(
        [*options.property, *(split_expectation(text)[0] for text in options.expect)], *([protocol] if protocol else [])
    )
    return VerdictRequest(
        tuple(options.property),
        known,
        parse_expectations(options.expect, known),
        options.out,
        pictures_of(options),
        options.format == "json",
        options.interactive,
        options.export_pytest,
        options.quiet,
        options.whole,
    )


def conclude(
    request: VerdictRequest,
    protocol: Protocol,
    result: Result,
    left_out: Sequence[str] = (),
    profile: Profile | None = None,
    *,
    raises: bool = False,
) -> int:
    """Print and write what was found; of a `protocol` that `raises` errors, pages only where these allow it.

    Returns the exit status.
    """
    with extra_time():
        return _concluded(request, protocol, result, left_out, profile, raises=raises)


def _concluded(
    request: VerdictRequest,
    protocol: Protocol,
    result: Result,
    left_out: Sequence[str],
    profile: Profile | None,
    *,
    raises: bool,
) -> int:
    missing = [name for name in request.expected if name not in {finding.name for finding in result.findings}]
    if missing:
        raise UsageError(f"--expect {missing[0]}: it is not judged here; name it with --property {missing[0]} as well")
    status = exit_status(result, request.names, request.expected)
    first = simplest_violation(result.deciding(request.names), request.expected)
    if request.export_pytest is not None:
        write_test(first, request.export_pytest)
    if request.quiet:
        _say_briefly(request, result, status)
    else:
        _say_and_write(request, protocol, result, left_out, profile, raises=raises)
    if request.interactive:
        _step_through(first, protocol, request.known)
    return status


def _say_briefly(request: VerdictRequest, result: Result, status: int) -> None:
    """Print the verdict, and whether it is what was expected."""
    if request.json:
        from groupy_check.reports.formats.result_json import JsonExtras, result_to_json

        say(result_to_json(result, status, JsonExtras(request.names, expected=request.expected)), end="")
        return
    say(headline(result, request.names))
    if request.expected:
        say(expectation_summary(result, request.expected))


def _say_and_write(
    request: VerdictRequest,
    protocol: Protocol,
    result: Result,
    left_out: Sequence[str],
    profile: Profile | None,
    *,
    raises: bool,
) -> None:
    """Write the files, and print everything."""
    deciding = result.deciding(request.names)
    first = simplest_violation(deciding, request.expected)
    pictures = write_findings(deciding, request.out, request.pictures)
    mended: list[tuple[str, int]] = []
    pages: dict[str, str] = {}
    bearing = suppress(ProtocolError) if raises else nullcontext()  # a page shows what could happen in each state
    with bearing, unless_time_is_up("the pages, and what would have prevented the violation"):
        mended = repairs(first, protocol, request.known)
        pages = write_pages(deciding, request.out, protocol, {first.name: mended} if first else {}, request.known)
    if request.json:
        from groupy_check.reports.formats.result_json import JsonExtras, result_to_json

        status = exit_status(result, request.names, request.expected)
        say(result_to_json(result, status, JsonExtras(request.names, pictures, request.expected, profile)), end="")
        return
    older = () if result.coverage.extent is Extent.REPLAYED else _older(result, request.out)  # one run says nothing of others
    page = pages.get(first.name, "") if first else ""
    told = Told(request.names, pictures, left_out, mended, request.expected, request.whole, page, older)
    print_result(console(), result, told)
    if profile is not None:
        from groupy_check.reports.tables.profile import print_profile

        print_profile(console(), profile, whole=result.coverage.extent is Extent.EXHAUSTED)


def _older(result: Result, directory: Path) -> tuple[str, ...]:
    unbroken = [(finding.name, result.scenario) for finding in result.findings if finding.verdict is not Verdict.VIOLATED]
    return older_files(result.protocol, unbroken, directory)


def _step_through(finding: Finding | None, protocol: Protocol, known: Mapping[str, Property]) -> None:
    """Show the run of `finding` on `protocol` step by step."""
    if finding is None or finding.trace is None:
        say("\nNothing is violated: there is no run to step through.")
        return
    trace = finding.trace
    say()
    data = page_data(protocol, trace.scenario, trace.actions, finding.name, trace.loop, known)
    step_through(data, sys.stdin, stdout())
