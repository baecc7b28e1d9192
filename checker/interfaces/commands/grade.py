"""`groupy grade`: judge the submissions of a class, each in a process of its own."""

from __future__ import annotations

import argparse

from groupy_check.checker.interfaces.commands.flags import (
    Command,
    add_file_flags,
    add_format_flag,
    add_property_flag,
    add_quiet_flag,
    add_scenario_flags,
    add_time_limit,
    add_trial_flags,
    expectation,
    file_path,
    limit,
    pictures_of,
    scenario_of,
)

STATUS = "exit status: 0 each submission has its row, whatever is in it; 3 interrupted; errors as in groupy check"


def add_flags(parser: argparse.ArgumentParser) -> None:
    """The flags of `groupy grade`."""
    parser.add_argument(
        "directory", metavar="DIR", type=file_path, help="submissions: NAME.py or NAME.erl, or NAME/ with one of them in it"
    )
    parser.add_argument("--file", default="", metavar="FILE", help="the one to judge where NAME/ has several: gms3.erl, say")
    add_scenario_flags(parser)
    protocols = parser.add_argument_group("submissions that are protocols")
    protocols.add_argument(
        "-e",
        "--expect",
        action="append",
        type=expectation,
        default=[],
        metavar="PROPERTY:VERDICT",
        help="holds or violated; repeatable",
    )
    add_property_flag(protocols, "judge this as well; repeatable")
    add_trial_flags(parser, required=False)
    limits = parser.add_argument_group("limits: of each submission")
    limits.add_argument("--max-states", type=limit, metavar="N", help="distinct states")
    add_time_limit(limits, "wall time (default 60)", 60)
    limits.add_argument("--memory-limit", type=limit, default=2048, metavar="MB", help="memory (default 2048)")
    output = parser.add_argument_group("output")
    add_file_flags(output)
    add_format_flag(output)
    add_quiet_flag(output, "print the summary only")


def run(options: argparse.Namespace) -> int:
    """Judge, print, write."""
    from groupy_check.checker.interfaces.program.output import say
    from groupy_check.checker.interfaces.program.terminal import console
    from groupy_check.checker.search.progress_line import ticking
    from groupy_check.checker.teaching.assignment import GradeRequest
    from groupy_check.checker.teaching.grading import graded
    from groupy_check.checker.teaching.mutation_trial import SubjectNames
    from groupy_check.reports.tables.grades import grades_json, print_grades, summary

    request = GradeRequest(
        options.directory,
        options.file,
        scenario_of(options),
        tuple(options.property),
        tuple(options.expect),
        SubjectNames(tuple(options.correct), tuple(options.mutants), options.hidden),
        options.max_states,
        options.time_limit,
        options.memory_limit,
        options.out,
        pictures_of(options),
        options.quiet,
    )
    with ticking(options.quiet) as tick:
        found = graded(request, tick)
    if options.format == "json":
        say(grades_json(found.table, found.status), end="")
    elif options.quiet:
        say(summary(found.table))
    else:
        print_grades(console(), found.table)
        say("".join(f"{path}\n" for path in found.files), end="")
    return found.status


EXAMPLES = (
    ("submissions/ --expect agreement:holds", "a folder of protocols"),
    ("submissions/ -e progress:holds -j 1 -o grades", "with a joiner; write the table there"),
    ("submissions/ --correct gms3 --mutants 'gms3~*'", "a folder of properties"),
)
COMMAND = Command(
    "grade",
    "judge the submissions of a class, and write one table",
    add_flags,
    run,
    EXAMPLES,
    usage="DIR [flags]",
    status=STATUS,
)
