"""`groupy explore`: go through runs in a browser."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from groupy_check.checker.interfaces.commands.flags import Command, add_scenario_flags, file_path, number, scenario_of

if TYPE_CHECKING:
    from groupy_check.checker.interfaces.web.session import ExploreRequest


def add_flags(parser: argparse.ArgumentParser) -> None:
    """The flags of `groupy explore`."""
    parser.add_argument("--impl", metavar="PROTOCOL", help="the protocol to start with (default gms2)")
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
        return ExploreRequest(options.port, options.impl, replay=options.replay)
    return ExploreRequest(options.port, options.impl, scenario_of(options))


COMMAND = Command("explore", "go through runs in a browser, step by step", add_flags, run)
