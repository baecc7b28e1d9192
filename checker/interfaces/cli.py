"""The command line: `groupy` with its subcommands, and `groupy-check`, which is `groupy check`."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from groupy_check.checker.errors import GroupyError
from groupy_check.checker.interfaces import commands as commands_of
from groupy_check.checker.interfaces.commands import check
from groupy_check.checker.interfaces.commands.flags import CommandLineError, CommandParser, style

CTRL_C = 130  # exit status, as shells have it
# As --help lists them, and imported only for `groupy`: `groupy-check` needs one of them.
MODULES = ("check", "replay", "explore", "hunt", "diff", "matrix", "simulate", "catch", "grade", "prove", "listing", "site")


def main(arguments: Sequence[str] | None = None) -> int:
    """`groupy`: run one subcommand. Returns the exit status."""
    return _run(groupy_parser(), arguments)


def groupy_parser() -> CommandParser:
    """The parser of the command line of `groupy`."""
    parser = CommandParser(prog="groupy", description="Model checking for group membership and atomic multicast.", **style())
    commands = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=CommandParser)
    for command in (import_module(f"{commands_of.__name__}.{name}").COMMAND for name in MODULES):
        command.prepare(commands.add_parser(command.name, help=command.help, **style(command.status)))
    parser.set_defaults(documented=parser)  # for `groupy site`
    return parser


def check_main(arguments: Sequence[str] | None = None) -> int:
    """`groupy-check`: the same as `groupy check`. Returns the exit status."""
    parser = CommandParser(prog="groupy-check", description="Explore every run of a protocol in a scenario.", **style())
    check.COMMAND.prepare(parser)
    return _run(parser, arguments)


def _run(parser: CommandParser, arguments: Sequence[str] | None) -> int:
    """Parse, run, and turn every error into one line on stderr and an exit status."""
    _mend_streams()
    try:
        options, unknown = parser.parse_known_args(arguments)
        if unknown:
            raise CommandLineError(f"unrecognized arguments: {' '.join(unknown)}; see {options.prog} --help")
        status = options.run(options)
        sys.stdout.flush()
    except GroupyError as error:
        return _complain(parser, str(error), error.code)
    except KeyboardInterrupt:
        print(f"{parser.prog}: interrupted", file=sys.stderr)
        return CTRL_C
    except BrokenPipeError:
        # The reader of our output has closed the pipe; Python must not complain when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return GroupyError.code
    except OSError as error:
        return _complain(parser, f"cannot write the result: {error.strerror or error}", GroupyError.code)
    return int(status)


def _complain(parser: CommandParser, text: str, code: int) -> int:
    """Print `text` as one line; text from files and protocols must not control the terminal."""
    line = "".join(letter if letter.isprintable() else "?" for letter in " ".join(text.split()))
    print(f"{parser.prog}: {line}", file=sys.stderr)
    return code


def _mend_streams() -> None:
    """Make a closed stream swallow what is printed, and escape what an encoding lacks."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115 - open until the program ends
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
