"""`groupy hunt`: find the smallest scenarios that break a protocol."""

from __future__ import annotations

import argparse

from groupy_check.checker.inputs.scenario_flags import BUDGETS, ScenarioFlags
from groupy_check.checker.interfaces.commands.flags import (
    Command,
    add_impl,
    add_output_flags,
    add_time_limit,
    budget_flags,
    impl_of,
    number,
    pictures_of,
)


def add_flags(parser: argparse.ArgumentParser) -> None:
    """The flags of `groupy hunt`."""
    add_impl(parser)
    most = parser.add_argument_group("where: every scenario, smallest first, with at most this many")
    for name in ("nodes", "crashes", "messages", "joins", "drops", "suspicions"):  # the DIMENSIONS of the search
        most.add_argument(*budget_flags(name), type=number, metavar="N", help=f"{BUDGETS[name]} (default: no bound)")
    most.add_argument(*budget_flags("recoveries"), type=number, metavar="N", help=f"{BUDGETS['recoveries']} (default: 0)")
    add_time_limit(parser, "wall time in all (default 60)")
    add_output_flags(parser)


def run(options: argparse.Namespace) -> int:
    """Hunt, print, write."""
    from groupy_check.checker.comparing.smallest_scenario import DIMENSIONS, SECONDS, Hunt, hunted_status, unbroken
    from groupy_check.checker.counterexamples.output_files import check_directory, older_files, write_findings, write_pages
    from groupy_check.checker.inputs.properties import known_properties
    from groupy_check.checker.inputs.protocols import load_protocol
    from groupy_check.checker.interfaces.program.output import say
    from groupy_check.checker.interfaces.program.terminal import console
    from groupy_check.checker.judging.selection import select
    from groupy_check.checker.limits.deadline import extra_time, unless_time_is_up
    from groupy_check.checker.search.progress_line import noted, ticking
    from groupy_check.groupy_model.scenario import Scenario
    from groupy_check.reports.tables.smallest_scenario import hunted_headline, hunted_json, print_hunted

    impl = impl_of(options)
    protocol = load_protocol(impl)
    known = known_properties(options.property, protocol)
    select(options.property, Scenario(recoveries=options.recoveries or 0), known)
    check_directory(options.out)
    most = {name: number for name in DIMENSIONS if (number := getattr(options, name)) is not None}
    ScenarioFlags(most).scenario()  # refuses what is out of range
    seconds = options.time_limit or SECONDS
    with ticking(options.quiet, begin=f"starting a hunt of {seconds:g} s ...") as tick:
        found = (lambda _: None) if options.quiet else noted
        hunted = Hunt(protocol, impl, options.property, most, seconds, tick, known, found=found).run()
    status, pictures = hunted_status(hunted, known), dict[str, str]()
    with extra_time():
        if not options.quiet:
            pictures = write_findings(hunted.findings(), options.out, pictures_of(options))
            with unless_time_is_up("the pages"):
                write_pages(hunted.findings(), options.out, protocol, {}, known)
        if options.format == "json":
            say(hunted_json(hunted, status, pictures), end="")
        elif options.quiet:
            say(hunted_headline(hunted))
        else:
            print_hunted(console(), hunted, pictures, older_files(protocol.name, unbroken(hunted, known), options.out))
    return status


EXAMPLES = (
    ("gms3", "ever larger scenarios, until something breaks"),
    ("./mine.py -p agreement -t 120", "break this property, within two minutes"),
    ("gms3 -n 3 -c 1", "no more than three processes and one crash"),
    ("gmp-promise~answers-first --recoveries 1", "a process that has crashed may come back"),
)
COMMAND = Command("hunt", "find the smallest scenarios that break a protocol", add_flags, run, EXAMPLES, timed=True)
