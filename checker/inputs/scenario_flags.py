"""The command line's words: one table of scenario flags, used by the parser, by traces that are replayed, and by the help."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from groupy_check.checker.errors import UsageError
from groupy_check.groupy_model.scenario import Beginning, Detector, Order, Scenario, Timing

BUDGETS = {
    "nodes": "processes of the group",
    "messages": "multicasts that applications may ask for, from any member",
    "crashes": "processes that may crash, at any moment and between any two effects of a handler",
    "joins": "further processes that may join",
    "leaves": "members that may leave",
    "drops": "messages that the network may lose",
    "duplicates": "messages that the network may queue a second time",
    "suspicions": "times that the failure detector may be wrong",
    "partitions": "times that the network may split in two",
}
DETECTORS = ("perfect", "overtaking", "suspecting")


class Parser(argparse.ArgumentParser):
    """An argument parser whose errors are exceptions, so that all errors are shown in one way."""

    def error(self, message: str) -> NoReturn:
        raise CommandLineError(f"{message}; see {self.prog} --help")


class CommandLineError(UsageError):
    """The words on the command line make no sense together (argparse's own exit status)."""

    code = 2


def file_path(text: str) -> Path:
    """The name of a file or a directory."""
    if not text or "\0" in text:
        raise argparse.ArgumentTypeError(f"{text!r} names no file and no directory")
    return Path(text)


def number(text: str) -> int:
    """A whole number; out of range is decided by Scenario, which says why."""
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}' is no whole number") from None


def limit(text: str) -> int:
    """A whole number above zero."""
    value = number(text)
    if value < 1:
        raise UsageError(f"a limit must be at least 1, not {value}; leave it out for no limit")
    return value


def add_scenario_flags(
    parser: argparse.ArgumentParser, promise: str = "every run with at most so many of each is covered"
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
    """The Scenario of the parsed flags. Raises UsageError with the reason when a value is out of range or unknown."""
    chosen = {name: value for name in BUDGETS if (value := getattr(options, name)) is not None}
    detector = _choice("--detector", "perfect" if options.detector is None else options.detector, DETECTORS)
    if detector == "suspecting":
        chosen["suspicions"] = chosen.get("suspicions", 1)
    timing, timeouts = _timeouts("at-rest" if options.timeouts is None else options.timeouts)
    try:
        return Scenario(
            **chosen,
            detector=Detector("perfect" if detector == "suspecting" else detector),
            order=Order(_choice("--order", "fifo" if options.order is None else options.order, [kind.value for kind in Order])),
            timing=timing,
            timeouts=timeouts,
            beginning=Beginning(
                _choice("--start", "formed" if options.start is None else options.start, [kind.value for kind in Beginning])
            ),
            worker=options.worker,
        )
    except ValueError as error:
        raise UsageError(f"{error}; choose another value") from error


def scenario_of_words(words: Sequence[str]) -> Scenario:
    """The Scenario that a trace file's own command line names. Raises UsageError."""
    parser = Parser(prog="the trace's command", add_help=False)
    add_scenario_flags(parser)
    return scenario_of(parser.parse_args(words))


def _choice(flag: str, text: str, known: Sequence[str]) -> str:
    if text not in known:
        raise UsageError(f"{flag} {shlex.quote(text)}: choose one of {', '.join(known)}")
    return text


def _timeouts(text: str) -> tuple[Timing, int | None]:
    when, colon, count = text.partition(":")
    timing = Timing(_choice("--timeouts", when, [kind.value for kind in Timing]))
    if colon and not count.isdecimal():
        raise UsageError(f"--timeouts {text}: after the colon stands how many timers may fire, for example {when}:2")
    # Without a bound, timers that fire at any time would never let the search end.
    unbounded = None if timing is Timing.AT_REST else 1
    return timing, int(count) if count else unbounded
