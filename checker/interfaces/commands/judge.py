"""`groupy judge`: judge the log of a real system."""

from __future__ import annotations

import argparse

from groupy_check.checker.interfaces.commands.flags import Command, add_output_flags, file_path, pictures_of

STATUS = """exit status: 0 fine; 3 no verdict on something that decides; 12 a safety property, 13 an eventual property is
violated; 2 usage; 151 a file or a line cannot be read, and nothing is violated in what could be read; 153 system error."""


def add_flags(parser: argparse.ArgumentParser) -> None:
    """The flags of `groupy judge`."""
    parser.add_argument("logs", nargs="*", metavar="LOG", help="files in the format groupy-log 1, or of ShiViz; - for stdin")
    parser.add_argument("--schema", action="store_true", help="print the format as a JSON Schema, and end")
    parser.add_argument(
        "--claims", default="primary", metavar="KIND", help="primary (default), evs, weak, atomic, or a built-in protocol"
    )
    parser.add_argument(
        "--silent", choices=("crashed", "correct", "unknown"), default="unknown",
        help="a process whose lines stop without end, leave or crash (default unknown: no verdict where that decides)",
    )  # fmt: skip
    parser.add_argument("--at-rest", action="store_true", help="the log ends when nothing more happens: judge what is eventual")
    parser.add_argument("--settle", type=float, metavar="SECONDS", help="judge what is eventual and older than this")
    parser.add_argument("--follow", action="store_true", help="go on as the files grow, until Ctrl-C")
    parser.add_argument("--export-shiviz", type=file_path, metavar="FILE", help="write the log for ShiViz, with vector clocks")
    add_output_flags(parser)


def run(options: argparse.Namespace) -> int:
    """Read, judge, print, write."""
    from groupy_check.checker.counterexamples.output_files import check_directory
    from groupy_check.checker.errors import UsageError
    from groupy_check.checker.history.gathering import Silence, gather
    from groupy_check.checker.history.judgement import judge_log
    from groupy_check.checker.history.log_format import schema
    from groupy_check.checker.interfaces.api import log_question, opened_logs
    from groupy_check.checker.interfaces.commands.log_verdicts import conclude_log, followed
    from groupy_check.checker.interfaces.program.output import say

    if options.schema:
        say(schema(), end="")
        return 0
    if options.settle is not None and not 0 <= options.settle < float("inf"):
        raise UsageError(f"--settle {options.settle}: name a number of seconds, such as 5")
    asked, silence = options.property, Silence(options.silent)
    question = log_question(options.claims, asked, silence, options.at_rest, options.settle, options.follow)
    check_directory(options.out)
    book = followed(options.logs, question) if options.follow else opened_logs(options.logs)
    log = gather(book)
    result = judge_log(log, question)
    return conclude_log(result, log, options, pictures_of(options))


EXAMPLES = (
    ("system.jsonl", "judge what the log of a system can show"),
    ("p1.jsonl p2.jsonl --claims evs", "by what extended virtual synchrony promises"),
    ("--schema", "print the format that it reads"),
)

COMMAND = Command("judge", "judge the log of a real system", add_flags, run, EXAMPLES, usage="LOG... [flags]", status=STATUS)
