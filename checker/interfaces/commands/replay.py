"""`groupy replay`: execute a saved run again, and judge it."""

from __future__ import annotations

import argparse

from groupy_check.checker.interfaces.commands.flags import Command, add_impl, add_verdict_flags, file_path, impl_or_none


def add_flags(parser: argparse.ArgumentParser) -> None:
    """The flags of `groupy replay`."""
    parser.add_argument("replay", metavar="FILE", type=file_path, help="a saved run: .txt or .itf.json")
    parser.add_argument("--minimise", action="store_true", help="show only the part of the run that each violation needs")
    add_impl(parser, "the protocol, if it is not a built-in one")
    add_verdict_flags(parser)


def run(options: argparse.Namespace) -> int:
    """Execute, judge, print, write."""
    from groupy_check.checker.counterexamples.output_files import check_directory
    from groupy_check.checker.counterexamples.trace_file import judge_trace, least_runs, read_run
    from groupy_check.checker.inputs.protocols import load_protocol
    from groupy_check.checker.interfaces.commands.verdicts import conclude, verdict_request

    named = impl_or_none(options)
    impl = None if named is None else load_protocol(named)
    request = verdict_request(options, impl)
    check_directory(options.out)
    trace, recorder = read_run(options.replay, impl, request.judged, request.known)
    result = judge_trace(trace, recorder, request.judged, request.known)
    if options.minimise:
        result = least_runs(result, recorder.protocol, request.known)
    return conclude(request, recorder.protocol, result)


EXAMPLES = (
    ("results/gms2-agreement.txt", "judge a saved run again"),
    ("results/mine-agreement.txt ./mine.py", "a run of your own protocol"),
    ("FILE --minimise", "only the part of the run that the violation needs"),
)
COMMAND = Command("replay", "replay a saved run, and judge it", add_flags, run, EXAMPLES, usage="FILE [PROTOCOL] [flags]")
