"""What subcommands share: the parser, the types of values, and the flags that several of them have.

Nothing slow is imported here, nor at the top of any subcommand: `--help` has to answer at once.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from rich_argparse import RawDescriptionRichHelpFormatter

from groupy_check.checker.errors import UsageError
from groupy_check.checker.inputs.scenario_flags import BUDGETS, DETECTORS, WORDS, ScenarioFlags
from groupy_check.groupy_model.scenario import Scenario

IMPL = "built-in name (groupy list), ./mine.py, or module:Class"
EXIT_STATUS = """exit status: 0 fine; 3 nothing found, but a bound was hit; 11 a member is stuck forever; 12 a safety property,
13 an eventual property is violated; 1 an expectation is not met; 2 usage; 150 the protocol cannot be used;
151 bad configuration; 152 too large; 153 system error. With several findings, the smallest of 11, 12 and 13 counts."""


class Formatter(RawDescriptionRichHelpFormatter):
    """Headings as they are written."""

    group_name_formatter = str


class CommandLineError(UsageError):
    """The words on the command line make no sense together (argparse's own exit status)."""

    code = 2


class CommandParser(argparse.ArgumentParser):
    """An argument parser whose errors are exceptions, so that all errors are shown in one way."""

    def error(self, message: str) -> NoReturn:
        raise CommandLineError(f"{message}; see {self.prog} --help")


@dataclass(frozen=True, slots=True)
class Command:
    """A subcommand: `help` is its line in the list of commands, `status` says what its exit statuses mean.

    `run` does what the parsed flags say, and returns the exit status. Raises GroupyError.
    """

    name: str
    help: str
    add_flags: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], int]
    status: str = EXIT_STATUS

    def prepare(self, parser: argparse.ArgumentParser) -> None:
        """Make `parser` the one that reads the words of this command."""
        self.add_flags(parser)
        parser.set_defaults(run=self.run, prog=parser.prog)


def style(status: str = EXIT_STATUS) -> dict[str, Any]:
    """The arguments that all parsers are made with."""
    return {"formatter_class": Formatter, "epilog": status}


# --- types of values ---------------------------------------------------------------------------------------------------


def file_path(text: str) -> Path:
    """The name of a file or a directory."""
    if not text or "\0" in text:
        raise argparse.ArgumentTypeError(f"{text!r} is not the name of a file or directory")
    return Path(text)


def number(text: str) -> int:
    """A whole number; out of range is decided by Scenario, which says why."""
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}' is not a whole number") from None


def limit(text: str) -> int:
    """A whole number above zero."""
    value = number(text)
    if value < 1:
        raise UsageError(f"a limit must be at least 1, not {value}; leave it out for no limit")
    return value


# --- flags of several subcommands --------------------------------------------------------------------------------------


def add_scenario_flags(
    parser: argparse.ArgumentParser, promise: str = "every run with at most this many of each is covered"
) -> None:
    """The flags that make a Scenario; their defaults are those of Scenario. `promise` says what the command makes of it."""
    group = parser.add_argument_group(f"scenario: {promise}")
    for name, meaning in BUDGETS.items():
        group.add_argument(f"--{name}", type=number, metavar="N", help=f"{meaning} (default {getattr(Scenario(), name)})")
    group.add_argument("--detector", metavar="KIND", help=f"failure detector: {', '.join(DETECTORS)} (default perfect)")
    group.add_argument("--order", metavar="KIND", help="channels keep their order (fifo, the default) or not (any)")
    group.add_argument("--timeouts", metavar="WHEN[:N]", help="timers fire at-rest (default) or at any time, N times in all")
    group.add_argument("--start", metavar="HOW", help="the group is formed (default), or its processes are joining p1")
    group.add_argument("--worker", action="store_true", help="run the colour worker with its state transfer")


def scenario_of(options: argparse.Namespace) -> Scenario:
    """The Scenario of the parsed flags. Raises UsageError, with the reason, when a value is out of range or unknown."""
    budgets = {name: value for name in BUDGETS if (value := getattr(options, name)) is not None}
    words = {name: getattr(options, name) for name in WORDS}
    return ScenarioFlags(budgets, **words, worker=options.worker).scenario()


def impl_of(options: argparse.Namespace) -> str:
    """What --impl names. Raises UsageError where it is missing."""
    if options.impl is None:
        raise UsageError("which protocol? --impl gms2, for example; groupy list shows them all")
    return str(options.impl)


def add_trial_flags(parser: argparse.ArgumentParser, *, required: bool) -> None:
    """What a property is tried on."""
    group = parser.add_argument_group("what a property is tried on: names, ./mine.py, module:Class, or 'gms3~*' for several")
    group.add_argument("--correct", nargs="+", default=[], required=required, metavar="PROTOCOL", help="it must hold on these")
    group.add_argument("--mutants", nargs="+", default=[], required=required, metavar="PROTOCOL", help="it must catch these")
    group.add_argument("--hidden", action="store_true", help="number the mutants instead of naming them, and draw none")


def add_output_flags(parser: argparse.ArgumentParser) -> None:
    """What is judged, and where it is written."""
    output = parser.add_argument_group("output")
    output.add_argument(
        "--property", action="append", default=[], metavar="NAME", help="judge only this, or ./mine.py; repeatable"
    )
    add_file_flags(output)
    output.add_argument("--quiet", action="store_true", help="print one line only, and write no files")


def add_file_flags(group: argparse._ArgumentGroup) -> None:
    """Where files are written, and in which formats."""
    group.add_argument(
        "--out", type=file_path, default=Path("results"), metavar="DIR", help="where files go (default ./results)"
    )
    group.add_argument("--picture", action="append", choices=("svg", "png", "pdf"), help="default svg; repeatable")


def pictures_of(options: argparse.Namespace) -> tuple[str, ...]:
    """The formats of pictures."""
    return tuple(options.picture or ["svg"])


def add_verdict_flags(parser: argparse.ArgumentParser) -> None:
    """What is judged, what is expected of it, and how it is printed and written."""
    verdicts = parser.add_argument_group("verdicts and output")
    verdicts.add_argument(
        "--property", action="append", default=[], metavar="NAME", help="judge only this, or ./mine.py; repeatable"
    )
    verdicts.add_argument(
        "--expect",
        action="append",
        default=[],
        metavar="PROPERTY:VERDICT",
        help="holds or violated; exit 0 if so; repeatable",
    )
    add_file_flags(verdicts)
    printed = verdicts.add_mutually_exclusive_group()
    printed.add_argument("--format", choices=("text", "json"), default="text", help="output format (default text)")
    printed.add_argument("--interactive", action="store_true", help="then step through the run of the first violation")
    verdicts.add_argument(
        "--export-pytest", metavar="FILE", type=file_path, help="write that run as a regression test for pytest"
    )
    verdicts.add_argument("--quiet", action="store_true", help="print the first line only, and write no files")
