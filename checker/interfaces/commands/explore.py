"""`groupy explore`: go through runs in a browser."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from groupy_check.checker.interfaces.commands.flags import (
    Command,
    add_impl,
    add_scenario_flags,
    file_path,
    impl_or_none,
    number,
    scenario_of,
)

if TYPE_CHECKING:
    from groupy_check.checker.interfaces.web.session import ExploreRequest


def add_flags(parser: argparse.ArgumentParser) -> None:
    """The flags of `groupy explore`."""
    add_impl(parser, "the protocol to start with (default gms2)")
    parser.add_argument("--replay", metavar="FILE", type=file_path, help="start with this saved run: .txt or .itf.json")
    parser.add_argument("--port", type=number, default=0, metavar="N", help="port on this machine (default: any free one)")
    parser.add_argument("--no-browser", dest="browser", action="store_false", help="only print the address")
    add_scenario_flags(parser)


def run(options: argparse.Namespace) -> int:
    """Serve the interactive page until Ctrl-C."""
    from groupy_check.checker.interfaces.web.session import explore

    return explore(request_of(options), browser=options.browser)


def request_of(options: argparse.Namespace) -> ExploreRequest:
    """What the parsed flags ask for. Raises UsageError."""
    from groupy_check.checker.interfaces.web.session import ExploreRequest

    if options.replay is not None:
        return ExploreRequest(options.port, impl_or_none(options), replay=options.replay)
    return ExploreRequest(options.port, impl_or_none(options), scenario_of(options))


EXAMPLES = (
    ("gms2", "choose in a browser what happens next"),
    ("gms3 -j 1", "in a scenario of your own"),
    ("--replay results/gms2-agreement.txt", "go through a saved run"),
)
COMMAND = Command("explore", "go through runs in a browser, step by step", add_flags, run, EXAMPLES, usage="[PROTOCOL] [flags]")
