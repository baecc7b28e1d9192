"""`groupy grade`: judge the submissions of a class, each in a process of its own."""

from __future__ import annotations

import argparse

from groupy_check.checker.interfaces.commands.flags import (
    Command,
    add_file_flags,
    add_scenario_flags,
    add_trial_flags,
    file_path,
    limit,
    pictures_of,
    scenario_of,
)

STATUS = "exit status: 0 all submissions were judged, whatever the verdicts; 3 interrupted; errors as in groupy check"


def add_flags(parser: argparse.ArgumentParser) -> None:
    """The flags of `groupy grade`."""
    parser.add_argument("directory", metavar="DIR", type=file_path, help="submissions: NAME.py, or NAME/ with one .py in it")
    add_scenario_flags(parser)
    protocols = parser.add_argument_group("submissions that are protocols")
    protocols.add_argument(
        "--expect", action="append", default=[], metavar="PROPERTY:VERDICT", help="holds or violated; repeatable"
    )
    protocols.add_argument("--property", action="append", default=[], metavar="NAME", help="judge this as well; repeatable")
    add_trial_flags(parser, required=False)
    limits = parser.add_argument_group("limits: of each submission")
    limits.add_argument("--max-states", type=limit, metavar="N", help="distinct states")
    limits.add_argument("--time-limit", type=limit, default=60, metavar="SECONDS", help="wall time (default 60)")
    limits.add_argument("--memory-limit", type=limit, default=2048, metavar="MB", help="memory (default 2048)")
    output = parser.add_argument_group("output")
    add_file_flags(output)
    output.add_argument("--quiet", action="store_true", help="print the summary only")


def run(options: argparse.Namespace) -> int:
    """Judge, print, write."""
    from groupy_check.checker.interfaces.commands.terminal import console
    from groupy_check.checker.search.progress_line import ticking
    from groupy_check.checker.teaching.grading import graded
    from groupy_check.checker.teaching.mutation_trial import SubjectNames
    from groupy_check.checker.teaching.submission import GradeRequest
    from groupy_check.reports.tables.grades import print_grades, summary

    request = GradeRequest(
        options.directory,
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
    if options.quiet:
        print(summary(found.table))
    else:
        print_grades(console(), found.table)
        print("".join(f"{path}\n" for path in found.files), end="")
    return found.status


COMMAND = Command("grade", "judge the submissions of a class, and write one table", add_flags, run, STATUS)
