"""The command line: `groupy check|list|replay`, and `groupy-check`, which is `groupy check`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich_argparse import RawDescriptionRichHelpFormatter

from checker.errors import GroupyError
from checker.options import Parser, add_scenario_flags, limit

INTERRUPTED = 130
EXIT_STATUS = """exit status: 0 fine; 3 nothing found, but a bound was hit; 11 a member is stuck for ever; 12 a safety property,
13 an eventual property is violated; 1 an expectation is not met; 2 usage; 150 the protocol cannot be used;
151 bad configuration; 152 too large; 153 system error. With several findings the smallest of 11, 12, 13 counts."""
STYLE: dict[str, Any] = {"formatter_class": RawDescriptionRichHelpFormatter, "epilog": EXIT_STATUS}


def main(arguments: Sequence[str] | None = None) -> int:
    """`groupy`: run one subcommand. Returns the exit status."""
    parser = Parser(prog="groupy", description="Model checking for group membership and atomic multicast.", **STYLE)
    commands = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=Parser)
    _add_check_flags(commands.add_parser("check", help="explore every run of a protocol in a scenario", **STYLE))
    _add_replay_flags(commands.add_parser("replay", help="execute a saved trace again, and judge it", **STYLE))
    listing = commands.add_parser("list", help="the protocols and what each claims; the properties", **STYLE)
    listing.set_defaults(command="listing")
    return _run(parser, arguments)


def check_main(arguments: Sequence[str] | None = None) -> int:
    """`groupy-check`: the same as `groupy check`. Returns the exit status."""
    parser = Parser(prog="groupy-check", description="Explore every run of a protocol in a scenario.", **STYLE)
    _add_check_flags(parser)
    return _run(parser, arguments)


def _add_check_flags(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(command="check")
    parser.add_argument("--impl", metavar="PROTOCOL", help="built-in name (groupy list), ./mine.py, or module:Class")
    parser.add_argument("--replay", metavar="FILE", type=Path, help="execute this trace (.txt or .itf.json) instead")
    add_scenario_flags(parser)
    limits = parser.add_argument_group("limits: a search that hits one ends as BOUNDED")
    limits.add_argument("--depth", type=limit, metavar="STEPS", help="length of the runs")
    limits.add_argument("--max-states", type=limit, metavar="N", help="distinct states")
    limits.add_argument("--time-limit", type=limit, metavar="SECONDS", help="wall time")
    limits.add_argument("--memory-limit", type=limit, metavar="MB", help="resident memory")
    _add_verdict_flags(parser)
    parser.add_argument(
        "--continue", dest="go_on", action="store_true", help="with --property: explore on when all of them are violated"
    )
    parser.add_argument("--graph", metavar="FILE", type=Path, help="write the state graph (.dot, .graphml, .aut), if small")


def _add_replay_flags(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(command="replay")
    parser.add_argument("replay", metavar="FILE", type=Path, help="a trace: .txt or .itf.json")
    parser.add_argument("--impl", metavar="PROTOCOL", help="the protocol, where it is no built-in one")
    _add_verdict_flags(parser)


def _add_verdict_flags(parser: argparse.ArgumentParser) -> None:
    verdicts = parser.add_argument_group("verdicts and output")
    verdicts.add_argument("--property", action="append", default=[], metavar="NAME", help="judge only this; repeatable")
    verdicts.add_argument(
        "--expect", action="append", default=[], metavar="PROPERTY:VERDICT", help="holds or violated: exit 0 if so; repeatable"
    )
    verdicts.add_argument("--out", type=Path, default=Path("reports"), metavar="DIR", help="where files go (default ./reports)")
    verdicts.add_argument("--picture", action="append", choices=("svg", "png", "pdf"), help="default svg; repeatable")
    verdicts.add_argument("--format", choices=("text", "json"), default="text", help="of what is printed (default text)")
    verdicts.add_argument("--quiet", action="store_true", help="print the first line only, and write no files")


def _run(parser: Parser, arguments: Sequence[str] | None) -> int:
    """Parse, run, and turn every error into one line on stderr and an exit status."""
    try:
        options = parser.parse_args(arguments)
        # Everything heavy hangs on the commands: `--help` has to answer at once.
        from checker import commands  # noqa: PLC0415

        status = getattr(commands, options.command)(options)
        sys.stdout.flush()
    except GroupyError as error:
        print(f"{parser.prog}: {' '.join(str(error).split())}", file=sys.stderr)
        return error.code
    except KeyboardInterrupt:
        print(f"{parser.prog}: interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has had enough; Python must not complain when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return GroupyError.code
    return int(status)
