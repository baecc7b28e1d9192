"""How the verdicts on a log are printed and written, also while it grows."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from groupy_check.checker.counterexamples.log_files import write_log_findings
from groupy_check.checker.counterexamples.output_files import errors_about
from groupy_check.checker.errors import UsageError
from groupy_check.checker.exit_status import log_exit_status
from groupy_check.checker.history.book import Book
from groupy_check.checker.history.following import growing
from groupy_check.checker.history.gathering import LogHistory, gather
from groupy_check.checker.history.judgement import LogQuestion, judge_log
from groupy_check.checker.history.shiviz.export import shiviz_text
from groupy_check.checker.interfaces.program.output import say, stdout
from groupy_check.checker.interfaces.program.terminal import console
from groupy_check.groupy_model.log_verdict import LogFinding, LogResult
from groupy_check.groupy_model.verdict import Verdict
from groupy_check.reports.atomic_write import write_text
from groupy_check.reports.formats.log_json import log_result_to_json
from groupy_check.reports.tables.log_verdicts import log_headline, print_log_result, witness_text


def conclude_log(result: LogResult, log: LogHistory, options: argparse.Namespace, pictures: Sequence[str]) -> int:
    """Print and write what was found in `log`. Returns the exit status."""
    if options.export_shiviz is not None:
        with errors_about(options.export_shiviz):
            write_text(options.export_shiviz, shiviz_text(log))
    status = log_exit_status(result)
    if options.quiet:
        say(log_headline(result))
    else:
        drawn = write_log_findings(result, options.out, pictures)
        if options.format == "json":
            say(log_result_to_json(result, status, drawn), end="")
        else:
            print_log_result(console(), result, drawn)
    stdout().flush()
    for fault in result.faults:
        print(f"{options.prog}: {fault}", file=sys.stderr, flush=True)
    return status


def followed(paths: Sequence[str], question: LogQuestion) -> Book:
    """Read the files as they grow, and tell of each violation of what decides, until Ctrl-C or the end of standard input."""
    if not paths:
        raise UsageError("which log? name its files, or - for standard input")
    book, told = Book(), set[str]()
    try:
        for book in growing(paths):
            for finding in judge_log(gather(book), question).decisive:
                if finding.verdict is Verdict.VIOLATED and finding.name not in told:
                    told.add(finding.name)
                    _tell(finding)
    except KeyboardInterrupt:
        say()
    except OSError as error:
        raise UsageError(f"{error.filename or paths[0]}: {error.strerror}; name the files of a log") from error
    return book


def _tell(finding: LogFinding) -> None:
    say(f"{finding.name} VIOLATED: {witness_text(finding)}")
    for place in finding.places:
        say(f"  {place}")
    stdout().flush()
