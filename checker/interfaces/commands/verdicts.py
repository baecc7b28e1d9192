"""What check, replay and simulate have in common: the verdicts that are asked for, and how they are printed and written."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from groupy_check.checker.counterexamples.counterfactual import repairs
from groupy_check.checker.counterexamples.output_files import write_findings, write_pages, write_test
from groupy_check.checker.counterexamples.timeline import page_data
from groupy_check.checker.errors import UsageError
from groupy_check.checker.exit_status import decisive, exit_status, first_violation, parse_expectations, split_expectation
from groupy_check.checker.inputs.properties import known_properties
from groupy_check.checker.interfaces.commands.flags import pictures_of
from groupy_check.checker.interfaces.commands.terminal import console
from groupy_check.checker.interfaces.stepper import step_through
from groupy_check.groupy_model.protocol import Protocol
from groupy_check.groupy_model.verdict import Finding, Result, Verdict
from groupy_check.reports.formats.profile_data import Profile
from groupy_check.reports.formats.result_json import result_to_json
from groupy_check.reports.tables.profile import print_profile
from groupy_check.reports.wording.summary import headline, print_result
from groupy_check.specs.property import Property


@dataclass(frozen=True, slots=True)
class VerdictRequest:
    """The properties asked for by `names` (none: all that can be judged), which are `known`; what is `expected` of them.

    `out`: where files go; `json`: print that instead of text; `interactive`: then step through the first violation;
    `export_pytest`: where it is written as a test; `quiet`: print one line, and write no other files.
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

    @property
    def judged(self) -> tuple[str, ...]:
        """What to judge, by name; what is only expected does not keep the others from being judged."""
        return (*self.names, *self.expected) if self.names else ()


def verdict_request(options: argparse.Namespace) -> VerdictRequest:
    """What the parsed flags ask for; the properties of the user's own are loaded. Raises UsageError."""
    known = known_properties([*options.property, *(split_expectation(text)[0] for text in options.expect)])
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
    )


def conclude(
    request: VerdictRequest,
    protocol: Protocol,
    result: Result,
    left_out: Sequence[str] = (),
    profile: Profile | None = None,
) -> int:
    """Print and write what was found. Returns the exit status."""
    missing = [name for name in request.expected if name not in {finding.name for finding in result.findings}]
    if missing:
        raise UsageError(f"--expect {missing[0]}: it is not judged here; name it with --property {missing[0]} as well")
    deciding = decisive(result, request.names)
    status = exit_status(result, request.names, request.expected)
    first = first_violation(deciding)
    if request.export_pytest is not None:
        write_test(first, request.export_pytest)
    if request.quiet:
        print(headline(result))
    else:
        pictures = write_findings(deciding, request.out, request.pictures)
        mended = repairs(first, protocol, request.known)
        write_pages(deciding, request.out, protocol, {first.name: mended} if first else {}, request.known)
        if request.json:
            print(result_to_json(result, status, pictures, profile), end="")
        else:
            print_result(console(), result, deciding, pictures, left_out, mended)
            if profile is not None:
                print_profile(console(), profile)
    if request.interactive:
        _step_through(first, protocol, request.known)
    return status


def _step_through(finding: Finding | None, protocol: Protocol, known: Mapping[str, Property]) -> None:
    """Show the run of `finding` on `protocol` step by step."""
    if finding is None or finding.trace is None:
        print("\nNothing is violated: there is no run to step through.")
        return
    trace = finding.trace
    print()
    data = page_data(protocol, trace.scenario, trace.actions, finding.name, trace.loop, known)
    step_through(data, sys.stdin, sys.stdout)
