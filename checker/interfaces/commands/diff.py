"""`groupy diff`: show two protocols under the shortest schedule that tells them apart."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING

from groupy_check.checker.interfaces.commands.flags import (
    IMPL,
    Command,
    add_output_flags,
    add_scenario_flags,
    add_time_limit,
    completed,
    limit,
    pictures_of,
    protocol_name,
    scenario_of,
)

if TYPE_CHECKING:
    from groupy_check.checker.comparing.diff import DiffResult

STATUS = """exit status: 0 no difference; 1 they differ; 3 no difference found, but a bound was hit, or one of the two can take
steps that the other cannot; errors as in groupy check"""


def add_flags(parser: argparse.ArgumentParser) -> None:
    """The flags of `groupy diff`."""
    for name in ("one", "other"):
        completed(parser.add_argument(name, type=protocol_name, metavar="PROTOCOL", help=IMPL), "protocols")
    add_scenario_flags(parser)
    limits = parser.add_argument_group("limits")
    limits.add_argument("--max-states", type=limit, metavar="N", help="pairs of states")
    add_time_limit(limits)
    add_output_flags(parser)


def run(options: argparse.Namespace) -> int:
    """Compare, print, write."""
    from groupy_check.checker.comparing.diff import Diff, compared, diff_status, told
    from groupy_check.checker.counterexamples.comparison_files import older_comparison, write_comparison
    from groupy_check.checker.counterexamples.output_files import check_directory
    from groupy_check.checker.inputs.properties import known_properties
    from groupy_check.checker.inputs.protocols import load_protocol
    from groupy_check.checker.interfaces.program.output import say
    from groupy_check.checker.judging.selection import select, with_workers
    from groupy_check.checker.limits.deadline import extra_time
    from groupy_check.checker.search.base import Limits
    from groupy_check.checker.search.progress_line import reporting
    from groupy_check.reports.tables.comparison import comparison_json

    one, other, scenario = load_protocol(options.one), load_protocol(options.other), scenario_of(options)
    properties, _ = select(options.property, scenario, known_properties(options.property, one, other))
    check_directory(options.out)
    limits = Limits(states=options.max_states, seconds=options.time_limit)
    with reporting(limits, options.quiet) as report:
        outcome = compared(
            Diff((one, other), scenario, properties, options.property, limits, report), options.one, options.other
        )
    names, status = (one.name, other.name), diff_status(outcome)
    with extra_time():
        files = list[str]()
        if outcome.comparison is not None and not options.quiet:
            files = [*map(str, write_comparison(outcome.comparison, options.out, pictures_of(options)))]
        if options.format == "json":
            say(comparison_json(outcome.comparison, status, {"told": told(outcome, names), "files": [*files]}), end="")
        elif options.quiet:
            say(told(outcome, names))
        else:
            older = () if files else older_comparison(names, with_workers(scenario, properties), options.out)
            _print(outcome, [*files, told(outcome, names)], older)
    return status


def _print(outcome: DiffResult, below: Sequence[str], older: Sequence[str]) -> None:
    from groupy_check.checker.interfaces.program.terminal import console
    from groupy_check.reports.tables.comparison import print_comparison
    from groupy_check.reports.wording.lines import tell
    from groupy_check.reports.wording.summary import older_lines

    if outcome.comparison is not None:
        print_comparison(console(), outcome.comparison)
    tell(console(), "\n".join([*below, *older_lines(older, "this one finds no difference")]))


EXAMPLES = (
    ("gms2 gms3", "where the two part, under one schedule"),
    ("gms2 ./mine.py -m 1", "your own protocol, one multicast"),
    ("gms3 gms3-fixed -j 1 -p progress", "tell them apart by this property"),
)
COMMAND = Command(
    "diff",
    "show two protocols under the schedule that tells them apart",
    add_flags,
    run,
    EXAMPLES,
    usage="PROTOCOL PROTOCOL [flags]",
    status=STATUS,
    timed=True,
)
