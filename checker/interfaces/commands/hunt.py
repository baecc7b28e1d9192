"""`groupy hunt`: find the smallest scenarios that break a protocol."""

from __future__ import annotations

import argparse

from groupy_check.checker.inputs.scenario_flags import BUDGETS
from groupy_check.checker.interfaces.commands.flags import (
    IMPL,
    Command,
    add_output_flags,
    impl_of,
    limit,
    number,
    pictures_of,
)


def add_flags(parser: argparse.ArgumentParser) -> None:
    """The flags of `groupy hunt`."""
    parser.add_argument("--impl", metavar="PROTOCOL", help=IMPL)
    most = parser.add_argument_group("where: every scenario, smallest first, with at most this many")
    for name in ("nodes", "crashes", "messages", "joins", "drops", "suspicions"):
        most.add_argument(f"--{name}", type=number, metavar="N", help=f"{BUDGETS[name]} (default: no bound)")
    parser.add_argument("--time-limit", type=limit, metavar="SECONDS", help="wall time in all (default 60)")
    add_output_flags(parser)


def run(options: argparse.Namespace) -> int:
    """Hunt, print, write."""
    from groupy_check.checker.comparing.smallest_scenario import SECONDS, Hunt, hunted_status, scenarios
    from groupy_check.checker.counterexamples.output_files import check_directory, write_findings, write_pages
    from groupy_check.checker.inputs.properties import known_properties
    from groupy_check.checker.inputs.protocols import load_protocol
    from groupy_check.checker.interfaces.commands.terminal import console
    from groupy_check.checker.judging.selection import select
    from groupy_check.checker.search.progress_line import ticking
    from groupy_check.groupy_model.scenario import Scenario
    from groupy_check.reports.tables.smallest_scenario import DIMENSIONS, hunted_headline, print_hunted

    impl = impl_of(options)
    protocol = load_protocol(impl)
    known = known_properties(options.property)
    select(options.property, Scenario(), known)
    check_directory(options.out)
    where = scenarios({name: most for name in DIMENSIONS if (most := getattr(options, name)) is not None})
    with ticking(options.quiet) as tick:
        hunted = Hunt(protocol, impl, options.property, where, options.time_limit or SECONDS, tick, known).run()
    if options.quiet:
        print(hunted_headline(hunted))
    else:
        pictures = write_findings(hunted.findings(), options.out, pictures_of(options))
        write_pages(hunted.findings(), options.out, protocol, {}, known)
        print_hunted(console(), hunted, pictures)
    return hunted_status(hunted, known)


COMMAND = Command("hunt", "find the smallest scenarios that break a protocol", add_flags, run)
