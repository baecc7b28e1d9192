"""The command line: `groupy` with its subcommands, and `groupy-check`, which is `groupy check`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from importlib import import_module

from groupy_check.checker.errors import GroupyError, nearest, unknown
from groupy_check.checker.inputs.user_classes import is_own
from groupy_check.checker.interfaces import commands as commands_of
from groupy_check.checker.interfaces.commands import check
from groupy_check.checker.interfaces.commands.flags import CommandLineError, CommandParser, described, spelled, style
from groupy_check.checker.interfaces.program.errors_of_users import unexpected
from groupy_check.checker.interfaces.program.output import flushed, give_up, kept_apart, mend_streams, stdout
from groupy_check.checker.interfaces.program.stopping import answer_signals
from groupy_check.checker.limits.deadline import TimeIsUp, time_limit
from groupy_check.groupy_model.protocols.registry import PROTOCOLS

CTRL_C = 130  # exit status, as shells have it
OUT_OF_TIME = 3  # exit status: nothing was found
# As --help lists them, and imported only for `groupy`: `groupy-check` needs one of them.
WELCOME = described(
    "Model checking for group membership and atomic multicast",
    [
        ("groupy check gms2", "find the bug in gms2, and explain it"),
        ("groupy explore gms3", "go through runs in a browser"),
        ("groupy hunt gms3", "find the smallest scenario that breaks it"),
        ("groupy diff gms2 gms3", "see where two protocols part"),
        ("groupy list", "see what else there is"),
    ],
)
SPOKEN = {"listing": "list"}  # commands whose file is called otherwise
MODULES = (
    "check", "replay", "explore", "judge", "live", "hunt", "states", "diff", "matrix", "simulate", "catch", "grade", "prove",
    "record", "listing", "site",
)  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    """`groupy`: run one subcommand; without a word, show what to try. Returns the exit status."""
    return _run("groupy", groupy_parser, arguments)


def groupy_parser() -> CommandParser:
    """The parser of the command line of `groupy`."""
    parser = CommandParser(prog="groupy", usage="groupy COMMAND [flags]", description=WELCOME, **style())
    _add_version(parser)
    commands = parser.add_subparsers(prog="groupy", required=True, metavar="COMMAND", parser_class=CommandParser)
    for command in (import_module(f"{commands_of.__name__}.{name}").COMMAND for name in MODULES):
        command.prepare(commands.add_parser(command.name, help=command.help, **style(command.status)))
    parser.set_defaults(documented=parser)  # for `groupy site`
    return parser


def check_main(arguments: Sequence[str] | None = None) -> int:
    """`groupy-check`: the same as `groupy check`. Returns the exit status."""
    return _run("groupy-check", _check_parser, arguments)


def _check_parser() -> CommandParser:
    parser = CommandParser(prog="groupy-check", **style())
    _add_version(parser)
    check.COMMAND.prepare(parser)
    return parser


class _Version(argparse.Action):
    """--version: found out only when it is asked for."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib.metadata import version  # noqa: PLC0415 - slow, and rarely asked for

        print(f"groupy-check {version('groupy-check')}")
        parser.exit()


def _add_version(parser: CommandParser) -> None:
    parser.add_argument("-V", "--version", action=_Version, nargs=0, help="print the version and exit")


def _known_command(words: Sequence[str]) -> Sequence[str]:
    """`words`, the first of which is a command whatever its case. Raises CommandLineError, with the likeliest one, if not."""
    if not words or words[0].startswith("-"):
        return words
    first, *rest = words
    known = [SPOKEN.get(name, name) for name in MODULES]
    if first.lower() in known:
        return [first.lower(), *rest]
    if is_own(first) or spelled(first, PROTOCOLS) in PROTOCOLS:
        raise CommandLineError(f"{first} is a protocol: type groupy check {first} to check it; see groupy --help")
    raise CommandLineError(f"{unknown('command', first, known)} See groupy --help")


def _run(prog: str, parser: Callable[[], CommandParser], arguments: Sequence[str] | None) -> int:
    """Parse, and carry out: a program that runs a user's code is supervised."""
    program = arguments is None
    mend_streams(program=program)
    words = sys.argv[1:] if arguments is None else arguments
    try:
        with flushed():  # --help, --version
            if not words and prog == "groupy":
                print(f"{WELCOME}\n\nAll commands: groupy --help")
                return 0
            options = _parsed(prog, parser, words)
    except GroupyError as error:
        return _complain(prog, str(error), error.code)
    except KeyboardInterrupt:
        return _complain(prog, "interrupted", CTRL_C)
    except OSError as error:  # into a full disk
        give_up(sys.stdout)
        return _complain(prog, _unwritten(error), GroupyError.code)
    carry_out = partial(_carry_out, prog, options, program=program)
    forks = options.forks or getattr(options, "cluster", None) is not None  # Ray starts its processes as copies
    if forks or not (program and any(map(is_own, _words(options)))):
        return carry_out()
    from groupy_check.checker.interfaces.program.cut_short import conclude_for  # noqa: PLC0415 - what is built in needs no supervisor
    from groupy_check.checker.interfaces.program.supervisor import supervised  # noqa: PLC0415

    return supervised(carry_out, partial(conclude_for, options), getattr(options, "memory_limit", None))


def _parsed(prog: str, parser: Callable[[], CommandParser], words: Sequence[str]) -> argparse.Namespace:
    """What `words` ask for. Raises CommandLineError."""
    if "_ARGCOMPLETE" in os.environ:  # the shell asks how to go on
        from argcomplete import autocomplete  # noqa: PLC0415

        autocomplete(parser())
    asked = _known_command(words) if prog == "groupy" else words
    options, others = parser().parse_known_args(asked)
    assert isinstance(options, argparse.Namespace)
    if others:
        raise CommandLineError(f"{_unrecognized(others, options.known_flags)}; see {options.prog} --help")
    return options


def _unrecognized(words: Sequence[str], known: Sequence[str]) -> str:
    """What is wrong with `words`, and which of the `known` flags was probably meant."""
    flag = next((word.partition("=")[0] for word in words if word.startswith("-")), "")
    near = nearest(flag, known) if flag else ""
    advice = f" (did you mean {near}?)" if near else ""
    return f"unrecognized arguments: {' '.join(words)}{advice}"


def _carry_out(prog: str, options: argparse.Namespace, *, program: bool) -> int:
    """Run the command, and turn every error into one line on stderr and an exit status."""
    own = sys.stdout
    if program:
        answer_signals()
    seconds = getattr(options, "time_limit", None) if options.timed else None
    try:
        with kept_apart(program=program):
            own = stdout()
            with time_limit(seconds):
                status = options.run(options)
    except GroupyError as error:
        return _complain(prog, str(error), error.code)
    except KeyboardInterrupt:
        return _complain(prog, "interrupted", CTRL_C)
    except TimeIsUp as late:
        why = f": {late}" if str(late) else ""
        return _complain(prog, f"the time limit of {seconds} seconds is over before anything could be known{why}", OUT_OF_TIME)
    except BrokenPipeError:  # the reader of our output has closed the pipe
        give_up(own)
        return GroupyError.code
    except OSError as error:
        give_up(own)
        return _complain(prog, _unwritten(error), GroupyError.code)
    except Exception as error:  # noqa: BLE001 - a user's __hash__, __eq__ and __str__ are called everywhere, and may raise anything
        text, code = unexpected(error)
        return _complain(prog, text, code)
    return int(status)


def _words(options: argparse.Namespace) -> Iterator[str]:
    """The texts on the command line, among them the names of files with a user's code."""
    for value in vars(options).values():
        yield from (word for word in (value if isinstance(value, list) else [value]) if isinstance(word, str))


def _unwritten(error: OSError) -> str:
    return f"cannot write the result: {error.strerror or error}"


def _complain(prog: str, text: str, code: int) -> int:
    """Print `text` as one line; text from files and protocols must not control the terminal."""
    line = "".join(letter if letter.isprintable() else "?" for letter in " ".join(text.split()))
    try:
        print(f"{prog}: {line}", file=sys.stderr, flush=True)
    except OSError:
        give_up(sys.stderr)
    except ValueError:  # a user's code has closed it
        with suppress(OSError):
            os.write(2, f"{prog}: {line}\n".encode(errors="backslashreplace"))
    return code
