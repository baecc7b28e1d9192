"""What subcommands share: the parser, the types of values, and the flags that several of them have.

Nothing slow is imported here, nor at the top of any subcommand: `--help` has to answer at once.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from rich_argparse import RawDescriptionRichHelpFormatter

from groupy_check.checker.errors import UsageError
from groupy_check.checker.inputs.parameters import with_settings
from groupy_check.checker.inputs.scenario_flags import BUDGETS, DETECTORS, WORDS, ScenarioFlags
from groupy_check.groupy_model.scenario import PartitionKind, Scenario
from groupy_check.groupy_model.scenario_text import LETTERS

IMPL = "built-in name (groupy list), ./mine.py, module:Class, or ./gms3.erl"
SAME = "the same, as a flag"
EXIT_STATUS = """exit status: 0 fine; 3 nothing found, but not all was seen; 11 a member is stuck forever; 12 a safety property,
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

    def _print_message(self, message: str, file: Any = None) -> None:
        # argparse's own hides that the help cannot be written.
        (file or sys.stderr).write(message)

    def flags(self) -> tuple[str, ...]:
        """All flags that it knows."""
        return tuple(self._option_string_actions)

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """As argparse does, but `-nodes` is not taken for `-n odes`. Raises CommandLineError."""
        for word in args or ():
            flag = f"-{word}" if re.fullmatch(r"-[a-z][a-z-]+", word) else ""
            if flag in self._option_string_actions:
                raise CommandLineError(f"{word}: did you mean {flag}? see {self.prog} --help")
        return super().parse_known_args(args, namespace)


@dataclass(frozen=True, slots=True)
class Command:
    """A subcommand: `help` is its line in the list of commands, `status` says what its exit statuses mean.

    `examples`: what to type behind the name of the program, and what that does; `usage`: what may be typed there.
    `run` does what the parsed flags say, and returns the exit status. Raises GroupyError. `timed`: --time-limit holds
    for all of it. `forks`: it starts copies of its process, which no supervisor may watch over.
    """

    name: str
    help: str
    add_flags: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], int]
    examples: tuple[tuple[str, str], ...]
    usage: str = "PROTOCOL [flags]"
    status: str = EXIT_STATUS
    timed: bool = False
    forks: bool = False

    def prepare(self, parser: CommandParser) -> None:
        """Make `parser` the one that reads the words of this command."""
        self.add_flags(parser)
        parser.usage = f"{parser.prog} {self.usage}"
        parser.description = f"{described(self.help, [(f'{parser.prog} {words}', told) for words, told in self.examples])}"
        parser.set_defaults(run=self.run, prog=parser.prog, timed=self.timed, forks=self.forks, known_flags=parser.flags())


def described(meaning: str, examples: Sequence[tuple[str, str]]) -> str:
    """The top of --help: examples, each with what it does, and what the command is for."""
    width = max(len(words) for words, _ in examples)
    lines = [f"  {words:<{width}}  {told}" for words, told in examples]
    return "\n".join([f"{meaning[:1].upper()}{meaning[1:]}. For example:", "", *lines])


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


def protocol_name(text: str) -> str:
    """What names a protocol; of a built-in one the case does not matter."""
    from groupy_check.groupy_model.protocols.registry import PROTOCOLS

    return spelled(text, PROTOCOLS)


def property_name(text: str) -> str:
    """What names a property; of a built-in one the case does not matter."""
    from groupy_check.specs.registry import PROPERTIES

    return spelled(text, PROPERTIES)


def expectation(text: str) -> str:
    """`agreement:violated`, whatever its case."""
    name, colon, verdict = text.rpartition(":")
    return f"{property_name(name)}:{verdict.lower()}" if colon else property_name(text)


def spelled(text: str, known: Iterable[str]) -> str:
    """The one of `known` that is `text` but for its case, else `text`."""
    return next((name for name in known if name.lower() == text.lower()), text)


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
        group.add_argument(
            *budget_flags(name), type=number, metavar="N", help=f"{meaning} (default {getattr(Scenario(), name)})"
        )
    group.add_argument(
        "--partition-kind",
        type=str.lower,
        metavar="KIND",
        help=f"how the network splits: {', '.join(kind.value for kind in PartitionKind)} (default complete: in two)",
    )
    group.add_argument(
        "--cut-off",
        type=str.lower,
        metavar="WHAT",
        help="messages across a partition are lost (default), or held back until the network heals (held)",
    )
    group.add_argument(
        "--detector", type=str.lower, metavar="KIND", help=f"failure detector: {', '.join(DETECTORS)} (default perfect)"
    )
    group.add_argument(
        "--order", type=str.lower, metavar="KIND", help="channels keep their order (fifo, the default) or not (any)"
    )
    group.add_argument(
        "--timeouts", type=str.lower, metavar="WHEN[:N]", help="timers fire at-rest (default) or at any time, N times in all"
    )
    group.add_argument(
        "--start", type=str.lower, metavar="HOW", help="the group is formed (default), or its processes are joining p1"
    )
    group.add_argument(
        "--fairness",
        type=str.lower,
        metavar="KIND",
        help="received in the end: what can be again and again (mailbox, the default), or only what can be all along (weak)",
    )
    group.add_argument("--worker", action="store_true", help="run the colour worker with its state transfer")


def scenario_of(options: argparse.Namespace) -> Scenario:
    """The Scenario of the parsed flags. Raises UsageError, with the reason, when a value is out of range or unknown."""
    budgets = {name: value for name in BUDGETS if (value := getattr(options, name)) is not None}
    words = {name: getattr(options, name) for name in WORDS}
    return ScenarioFlags(budgets, **words, worker=options.worker).scenario()


def add_impl(parser: argparse.ArgumentParser, meaning: str = IMPL) -> None:
    """The protocol, as the first word or as a flag."""
    completed(parser.add_argument("protocol", nargs="?", type=protocol_name, metavar="PROTOCOL", help=meaning), "protocols")
    completed(parser.add_argument("--impl", type=protocol_name, metavar="PROTOCOL", help=SAME), "protocols")
    parser.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE",
        help="a parameter of the protocol: a field of its dataclass; repeatable",
    )  # fmt: skip


def impl_of(options: argparse.Namespace) -> str:
    """The protocol that is named. Raises UsageError where it is missing."""
    impl = impl_or_none(options)
    if impl is None:
        raise UsageError(f"which protocol? {options.prog} gms2, for example; groupy list shows them all")
    return impl


def impl_or_none(options: argparse.Namespace) -> str | None:
    """The protocol that is named, if one is. Raises UsageError where there are two."""
    if None not in (options.protocol, options.impl):
        raise UsageError(f"which protocol? {options.protocol} and --impl {options.impl} are two; leave one of them out")
    impl: str | None = options.protocol or options.impl
    if impl is None and options.set:
        raise UsageError(
            f"--set {options.set[0]}: of which protocol? name it first: {options.prog} ./mine.py --set {options.set[0]}"
        )
    return None if impl is None else with_settings(impl, options.set)


def completed(action: argparse.Action, what: str) -> None:
    """Let the shell complete the value of `action` with the names of protocols or properties, or with those of files."""

    def names(**_: object) -> list[str]:
        from groupy_check.groupy_model.protocols.registry import PROTOCOLS
        from groupy_check.specs.registry import PROPERTIES

        return list(PROTOCOLS if what == "protocols" else PROPERTIES)

    setattr(action, "completer", names)  # noqa: B010 - argparse declares no such field; argcomplete looks for it


def add_cluster_flag(group: argparse._ActionsContainer) -> None:
    """Where else than here something is done."""
    group.add_argument(
        "--cluster",
        metavar="WHERE",
        help="by Ray, on all of its processors: local:N here, or the cluster at HOST:PORT or auto",
    )


def add_property_flag(group: argparse._ActionsContainer, meaning: str = "judge only this, or ./mine.py; repeatable") -> None:
    """What is judged."""
    completed(
        group.add_argument(
            "-p", "--property", action="append", default=[], type=property_name, metavar="NAME",
            help=meaning,
        ),
        "properties",
    )  # fmt: skip


def add_quiet_flag(group: argparse._ActionsContainer, meaning: str) -> None:
    """Print less."""
    group.add_argument("-q", "--quiet", action="store_true", help=meaning)


def add_trial_flags(parser: argparse.ArgumentParser, *, required: bool) -> None:
    """What a property is tried on."""
    group = parser.add_argument_group("what a property is tried on: names, ./mine.py, module:Class, or 'gms3~*' for several")
    group.add_argument(
        "--correct",
        nargs="+",
        type=protocol_name,
        default=[],
        required=required,
        metavar="PROTOCOL",
        help="it must hold on these",
    )
    group.add_argument(
        "--mutants",
        nargs="+",
        type=protocol_name,
        default=[],
        required=required,
        metavar="PROTOCOL",
        help="it must catch these",
    )
    group.add_argument("--hidden", action="store_true", help="number the mutants instead of naming them, and draw none")


def add_format_flag(group: argparse._ActionsContainer) -> None:
    """For a person or for a program."""
    group.add_argument(
        "--format", type=str.lower, choices=("text", "json"), default="text", help="output format (default text)"
    )


def budget_flags(name: str) -> list[str]:
    """The flags of the budget called `name`: `-n`, `--nodes`."""
    return [f"-{LETTERS[name]}", f"--{name}"] if name in LETTERS else [f"--{name}"]


def add_time_limit(group: argparse._ActionsContainer, meaning: str = "wall time", default: int | None = None) -> None:
    """How long it may take."""
    group.add_argument("-t", "--time-limit", type=limit, default=default, metavar="SECONDS", help=meaning)


def add_output_flags(parser: argparse.ArgumentParser) -> None:
    """What is judged, and where it is written."""
    output = parser.add_argument_group("output")
    add_property_flag(output)
    add_format_flag(output)
    add_file_flags(output)
    add_quiet_flag(output, "print one line only, and write no files")


def add_file_flags(group: argparse._ArgumentGroup) -> None:
    """Where files are written, and in which formats."""
    group.add_argument(
        "-o", "--out", type=file_path, default=Path("results"), metavar="DIR", help="where files go (default ./results)"
    )
    group.add_argument(
        "--picture", type=str.lower, action="append", choices=("svg", "png", "pdf"), help="default svg; repeatable"
    )


def pictures_of(options: argparse.Namespace) -> tuple[str, ...]:
    """The formats of pictures."""
    return tuple(options.picture or ["svg"])


def add_verdict_flags(parser: argparse.ArgumentParser) -> None:
    """What is judged, what is expected of it, and how it is printed and written."""
    verdicts = parser.add_argument_group("verdicts and output")
    add_property_flag(verdicts)
    verdicts.add_argument(
        "-e",
        "--expect",
        action="append",
        type=expectation,
        default=[],
        metavar="PROPERTY:VERDICT",
        help="holds or violated; exit 0 if so; repeatable",
    )
    add_file_flags(verdicts)
    printed = verdicts.add_mutually_exclusive_group()
    add_format_flag(printed)
    printed.add_argument("--interactive", action="store_true", help="then step through the run that is told")
    verdicts.add_argument(
        "--export-pytest", metavar="FILE", type=file_path, help="write that run as a regression test for pytest"
    )
    amount = verdicts.add_mutually_exclusive_group()
    add_quiet_flag(amount, "print the verdict only, and write no files")
    amount.add_argument(
        "--all", dest="whole", action="store_true", help="print every run, every state, and what is not claimed as well"
    )
