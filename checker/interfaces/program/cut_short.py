"""What is told of a command whose process was ended from outside, or has ended itself without a verdict."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace

from groupy_check.checker.errors import ProtocolError
from groupy_check.checker.exit_status import NOTHING_FOUND, exit_status, parse_expectations, split_expectation
from groupy_check.checker.interfaces.program.output import say, stdout
from groupy_check.checker.interfaces.program.supervisor import CutShort
from groupy_check.groupy_model.verdict import INTERRUPTED, Result
from groupy_check.reports.formats.result_json import JsonExtras, result_to_json
from groupy_check.reports.wording.headline import headline
from groupy_check.specs.registry import PROPERTIES

CTRL_C = 130  # exit status, as shells have it


def conclude_for(options: argparse.Namespace, ended: CutShort) -> int:
    """Print what `ended` holds, as the command with these flags would. Returns the exit status."""
    print(f"{options.prog}: {' '.join(ended.why.split())}; it was ended", file=sys.stderr, flush=True)
    if not ended.bound:
        return ProtocolError.code
    if ended.found is None or not hasattr(options, "graph"):  # other commands search more than once, and tell of all that
        return CTRL_C if ended.bound == INTERRUPTED else NOTHING_FOUND
    coverage = replace(ended.found.coverage, bound=ended.bound)
    return _printed(options, replace(ended.found, coverage=coverage, warnings=(ended.why,)))


def _printed(options: argparse.Namespace, result: Result) -> int:
    """Print the verdicts, without runs: these are gone. Returns the exit status."""
    names = [text for text in options.expect if split_expectation(text)[0] in PROPERTIES]
    status = exit_status(result, options.property, parse_expectations(names))
    if options.format == "json":
        say(result_to_json(result, status, JsonExtras(tuple(options.property))), end="")
    else:
        violated = [] if options.quiet else [one for one in result.findings if one.witness is not None]
        say(headline(result, options.property))
        for finding in violated:
            say(f"{finding.name} VIOLATED: {finding.witness.text if finding.witness else ''}")
    stdout().flush()
    return status
