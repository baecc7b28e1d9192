"""`groupy diff`: show two protocols under the shortest schedule that tells them apart."""

from __future__ import annotations

import argparse

from groupy_check.checker.interfaces.commands.flags import (
    IMPL,
    Command,
    add_output_flags,
    add_scenario_flags,
    limit,
    pictures_of,
    scenario_of,
)

STATUS = "exit status: 0 no difference; 1 they differ; 3 no difference found, but a bound was hit; errors as in groupy check"


def add_flags(parser: argparse.ArgumentParser) -> None:
    """The flags of `groupy diff`."""
    for name in ("one", "other"):
        parser.add_argument(name, metavar="PROTOCOL", help=IMPL)
    add_scenario_flags(parser)
    limits = parser.add_argument_group("limits")
    limits.add_argument("--max-states", type=limit, metavar="N", help="pairs of states")
    limits.add_argument("--time-limit", type=limit, metavar="SECONDS", help="wall time")
    add_output_flags(parser)


def run(options: argparse.Namespace) -> int:
    """Compare, print, write."""
    from groupy_check.checker.comparing.diff import Diff, diff_status, told
    from groupy_check.checker.counterexamples.output_files import check_directory, write_comparison
    from groupy_check.checker.inputs.properties import known_properties
    from groupy_check.checker.inputs.protocols import load_protocol
    from groupy_check.checker.interfaces.commands.terminal import console
    from groupy_check.checker.judging.selection import select
    from groupy_check.checker.search.base import Limits
    from groupy_check.checker.search.progress_line import reporting
    from groupy_check.reports.tables.comparison import print_comparison

    one, other, scenario = load_protocol(options.one), load_protocol(options.other), scenario_of(options)
    properties, _ = select(options.property, scenario, known_properties(options.property))
    check_directory(options.out)
    limits = Limits(states=options.max_states, seconds=options.time_limit)
    with reporting(limits, options.quiet) as report:
        outcome = Diff((one, other), scenario, properties, options.property, limits, report).run()
    if outcome.comparison is not None and not options.quiet:
        print_comparison(console(), outcome.comparison)
        print("\n".join(map(str, write_comparison(outcome.comparison, options.out, pictures_of(options)))))
    print(told(outcome, (one.name, other.name)))
    return diff_status(outcome)


COMMAND = Command("diff", "show two protocols under the schedule that tells them apart", add_flags, run, STATUS)
