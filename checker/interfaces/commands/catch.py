"""`groupy catch`: try a property on correct protocols and on mutants."""

from __future__ import annotations

import argparse

from groupy_check.checker.interfaces.commands.flags import (
    Command,
    add_file_flags,
    add_format_flag,
    add_quiet_flag,
    add_scenario_flags,
    add_time_limit,
    add_trial_flags,
    completed,
    limit,
    pictures_of,
    property_name,
    scenario_of,
)

STATUS = "exit status: 0 everything is as expected; 1 something is not; 3 a bound left it open; errors as in groupy check"


def add_flags(parser: argparse.ArgumentParser) -> None:
    """The flags of `groupy catch`."""
    wanted = parser.add_argument(
        "property", type=property_name, metavar="PROPERTY", help="./mine.py, module:Class, or a built-in name (groupy list)"
    )
    completed(wanted, "properties")
    add_trial_flags(parser, required=True)
    add_scenario_flags(parser)
    limits = parser.add_argument_group("limits: of each protocol")
    limits.add_argument("--max-states", type=limit, metavar="N", help="distinct states")
    add_time_limit(limits)
    limits.add_argument("--memory-limit", type=limit, metavar="MB", help="resident memory")
    output = parser.add_argument_group("output")
    add_file_flags(output)
    add_format_flag(output)
    add_quiet_flag(output, "print one line only, and write no files")


def run(options: argparse.Namespace) -> int:
    """Try, print, write."""
    from groupy_check.checker.interfaces.program.output import say
    from groupy_check.checker.interfaces.program.terminal import console
    from groupy_check.checker.search.base import Limits
    from groupy_check.checker.search.progress_line import ticking
    from groupy_check.checker.teaching.mutation_trial import CatchRequest, SubjectNames, attempts, status_of
    from groupy_check.reports.tables.mutation_trial import attempts_json, headline, print_attempts

    request = CatchRequest(
        options.property,
        SubjectNames(tuple(options.correct), tuple(options.mutants), options.hidden),
        scenario_of(options),
        Limits(states=options.max_states, seconds=options.time_limit, megabytes=options.memory_limit),
        options.out,
        pictures_of(options),
        options.quiet,
    )
    with ticking(options.quiet) as tick:
        found = attempts(request, tick)
    if options.format == "json":
        say(attempts_json(found, status_of(found)), end="")
    elif options.quiet:
        say(headline(found))
    else:
        print_attempts(console(), found)
    return status_of(found)


EXAMPLES = (
    ("./mine.py --correct gms3 --mutants 'gms3~*'", "does your property catch them?"),
    ("agreement --correct gms3 --mutants gms2", "a built-in property"),
    ("./mine.py --correct gms3 --mutants 'gms3~*' --hidden", "without their names"),
)
COMMAND = Command(
    "catch",
    "try a property on correct protocols and mutants",
    add_flags,
    run,
    EXAMPLES,
    usage="PROPERTY --correct NAME ... --mutants NAME ... [flags]",
    status=STATUS,
)
