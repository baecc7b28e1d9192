"""The command line: `groupy` with its subcommands, and `groupy-check`, which is `groupy check`."""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from groupy_check.checker.errors import GroupyError
from groupy_check.checker.inputs.scenario_flags import (
    BUDGETS,
    CommandLineError,
    Parser,
    add_scenario_flags,
    file_path,
    limit,
    number,
)
from rich_argparse import RawDescriptionRichHelpFormatter

INTERRUPTED = 130
EXIT_STATUS = """exit status: 0 fine; 3 nothing found, but a bound was hit; 11 a member is stuck for ever; 12 a safety property,
13 an eventual property is violated; 1 an expectation is not met; 2 usage; 150 the protocol cannot be used;
151 bad configuration; 152 too large; 153 system error. With several findings the smallest of 11, 12, 13 counts."""

DIFF_STATUS = "exit status: 0 no difference; 1 they differ; 3 no difference found, but a bound was hit; errors as of check"
CATCH_STATUS = "exit status: 0 all is as expected; 1 something is not; 3 only a bound left it open; errors as of check"
GRADE_STATUS = "exit status: 0 all submissions were judged, whatever the verdicts; 3 interrupted; errors as of check"
SITE_STATUS = "exit status: 0 written; errors as of check"
MATRIX_STATUS = "exit status: 0 all is as expected; 1 something is not; 3 interrupted; errors as of check"

PROVE_STATUS = """exit status: 0 proved, or linked; 3 the solver gave up, --max-states was hit, or nothing claimed is violated
within the --bounded steps; 12 an obligation fails, a step of the protocol is none of its model, or a claimed property is
violated; errors as of check"""


class Formatter(RawDescriptionRichHelpFormatter):
    """Headings as they are written."""

    group_name_formatter = str


STYLE: dict[str, Any] = {"formatter_class": Formatter, "epilog": EXIT_STATUS}


def main(arguments: Sequence[str] | None = None) -> int:
    """`groupy`: run one subcommand. Returns the exit status."""
    return _run(groupy_parser(), arguments)


def groupy_parser() -> Parser:
    """What reads the command line of `groupy`."""
    parser = Parser(prog="groupy", description="Model checking for group membership and atomic multicast.", **STYLE)
    commands = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=Parser)
    _add_check_flags(commands.add_parser("check", help="explore every run of a protocol in a scenario", **STYLE))
    _add_replay_flags(commands.add_parser("replay", help="execute a saved trace again, and judge it", **STYLE))
    _add_explore_flags(commands.add_parser("explore", help="go through runs in a browser, step by step", **STYLE))
    _add_hunt_flags(commands.add_parser("hunt", help="find the smallest scenarios that break a protocol", **STYLE))
    differing = {**STYLE, "epilog": DIFF_STATUS}
    _add_diff_flags(
        commands.add_parser("diff", help="show two protocols under the schedule that tells them apart", **differing)
    )
    matrix = {**STYLE, "epilog": MATRIX_STATUS}
    _add_matrix_flags(
        commands.add_parser("matrix", help="every protocol under every fault model, as expected or not", **matrix)
    )
    _add_simulate_flags(commands.add_parser("simulate", help="draw random runs of a group too large to explore", **STYLE))
    catching = {**STYLE, "epilog": CATCH_STATUS}
    _add_catch_flags(commands.add_parser("catch", help="try a property on correct protocols and on mutants", **catching))
    grading = {**STYLE, "epilog": GRADE_STATUS}
    _add_grade_flags(commands.add_parser("grade", help="judge the submissions of a class, and write one table", **grading))
    proving = {**STYLE, "epilog": PROVE_STATUS}
    _add_prove_flags(commands.add_parser("prove", help="prove a protocol safe for any number of processes", **proving))
    listing = commands.add_parser("list", help="the protocols and what each claims; the properties", **STYLE)
    listing.set_defaults(command="listing", prog=listing.prog)
    site = commands.add_parser(
        "site", help="write the course and the reference as a static site", **{**STYLE, "epilog": SITE_STATUS}
    )
    site.set_defaults(command="site", prog=site.prog)
    site.add_argument("--out", required=True, type=file_path, metavar="DIR", help="where it goes, in the place of an older one")
    return parser


def check_main(arguments: Sequence[str] | None = None) -> int:
    """`groupy-check`: the same as `groupy check`. Returns the exit status."""
    parser = Parser(prog="groupy-check", description="Explore every run of a protocol in a scenario.", **STYLE)
    _add_check_flags(parser)
    return _run(parser, arguments)


def _add_check_flags(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(command="check", minimise=False, prog=parser.prog)
    parser.add_argument("--impl", metavar="PROTOCOL", help="built-in name (groupy list), ./mine.py, or module:Class")
    parser.add_argument("--replay", metavar="FILE", type=file_path, help="execute this trace (.txt or .itf.json) instead")
    add_scenario_flags(parser)
    limits = parser.add_argument_group("limits: a search that hits one ends as BOUNDED")
    limits.add_argument("--depth", type=limit, metavar="STEPS", help="length of the runs")
    limits.add_argument("--max-states", type=limit, metavar="N", help="distinct states")
    limits.add_argument("--time-limit", type=limit, metavar="SECONDS", help="wall time")
    limits.add_argument("--memory-limit", type=limit, metavar="MB", help="resident memory")
    _add_engine_flags(parser)
    _add_verdict_flags(parser)
    parser.add_argument(
        "--continue", dest="go_on", action="store_true", help="with --property: explore on when all of them are violated"
    )
    parser.add_argument(
        "--graph", metavar="FILE", type=file_path, help="write the state graph (.dot, .graphml, .aut), if small"
    )
    parser.add_argument(
        "--profile", action="store_true", help="tell what makes the states many, and which rules were never taken"
    )


def _add_engine_flags(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("engine: many states are walked by the native one, with the same verdicts")
    words = ("automatic", "reference", "native")
    group.add_argument("--engine", choices=words, default=words[0], help="force one of them (default automatic)")
    group.add_argument("--workers", type=limit, default=1, metavar="N", help="threads (default 1)")
    group.add_argument("--exact", action="store_true", help="keep whole states instead of 64-bit hashes")
    group.add_argument("--spill", metavar="DIR", type=file_path, help="keep most of the states that wait in files there")
    saved = group.add_mutually_exclusive_group()
    saved.add_argument("--checkpoint", metavar="DIR", type=file_path, help="save there now and then how far the search is")
    saved.add_argument("--resume", metavar="DIR", type=file_path, help="go on with what was saved there, and go on saving")


def _add_replay_flags(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(command="replay", prog=parser.prog)
    parser.add_argument("replay", metavar="FILE", type=file_path, help="a trace: .txt or .itf.json")
    parser.add_argument("--minimise", action="store_true", help="show the least part of the run that each violation needs")
    parser.add_argument("--impl", metavar="PROTOCOL", help="the protocol, where it is no built-in one")
    _add_verdict_flags(parser)


def _add_explore_flags(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(command="explore", prog=parser.prog)
    parser.add_argument("--impl", metavar="PROTOCOL", help="the protocol to begin with (default gms2)")
    parser.add_argument("--replay", metavar="FILE", type=file_path, help="begin with this trace: .txt or .itf.json")
    parser.add_argument("--port", type=number, default=0, metavar="N", help="of this machine (default: any that is free)")
    parser.add_argument("--no-browser", dest="browser", action="store_false", help="print the address only")
    add_scenario_flags(parser)


def _add_prove_flags(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(command="prove", prog=parser.prog)
    parser.add_argument("impl", metavar="PROTOCOL", help="gms3, gms3-fixed, gmp2 or gmp3; with --bounded any")
    parser.add_argument("--processes", type=limit, metavar="N", help="of groups of at most N processes (default: of any)")
    parser.add_argument(
        "--link",
        nargs="?",
        const="",
        metavar="IMPL",
        help="do not prove, but explore: every step of IMPL (default PROTOCOL) is a step of what is proved",
    )
    parser.add_argument("--max-states", type=limit, metavar="N", help="with --link: look at so many states")
    parser.add_argument(
        "--bounded",
        type=limit,
        metavar="DEPTH",
        help="do not prove, but ask z3 what groupy check --depth explores: a slow cross-check of small scenarios",
    )
    add_scenario_flags(parser)


def _add_hunt_flags(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(command="hunt", prog=parser.prog)
    parser.add_argument("--impl", metavar="PROTOCOL", help="built-in name (groupy list), ./mine.py, or module:Class")
    most = parser.add_argument_group("where: every scenario, the smallest first, with at most so many")
    for name in ("nodes", "crashes", "messages", "joins", "drops", "suspicions"):
        most.add_argument(f"--{name}", type=number, metavar="N", help=f"{BUDGETS[name]} (default: no bound)")
    parser.add_argument("--time-limit", type=limit, metavar="SECONDS", help="wall time for all of it (default 60)")
    _add_output_flags(parser)


def _add_diff_flags(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(command="diff", prog=parser.prog)
    for name in ("one", "other"):
        parser.add_argument(name, metavar="PROTOCOL", help="built-in name (groupy list), ./mine.py, or module:Class")
    add_scenario_flags(parser)
    limits = parser.add_argument_group("limits")
    limits.add_argument("--max-states", type=limit, metavar="N", help="pairs of states")
    limits.add_argument("--time-limit", type=limit, metavar="SECONDS", help="wall time")
    _add_output_flags(parser)


def _add_matrix_flags(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(command="matrix", prog=parser.prog)
    parser.add_argument("--impl", action="append", default=[], metavar="PROTOCOL", help="only this one; repeatable")
    parser.add_argument("--model", action="append", default=[], metavar="NAME", help="only this fault model; repeatable")
    parser.add_argument("--update", action="store_true", help="make what is found the expected, and take up what is new")
    parser.add_argument("--workers", type=limit, default=2, metavar="N", help="processes that compute (default 2)")
    parser.add_argument("--out", type=file_path, metavar="DIR", help="write it as a page and as Markdown, with pictures")
    parser.add_argument("--quiet", action="store_true", help="print only what is not as expected")


def _add_catch_flags(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(command="catch", prog=parser.prog)
    parser.add_argument("property", metavar="PROPERTY", help="./mine.py, module:Class, or a built-in name (groupy list)")
    _add_trial_flags(parser, required=True)
    add_scenario_flags(parser)
    limits = parser.add_argument_group("limits: of each protocol")
    limits.add_argument("--max-states", type=limit, metavar="N", help="distinct states")
    limits.add_argument("--time-limit", type=limit, metavar="SECONDS", help="wall time")
    limits.add_argument("--memory-limit", type=limit, metavar="MB", help="resident memory")
    output = parser.add_argument_group("output")
    _add_file_flags(output)
    output.add_argument("--quiet", action="store_true", help="print one line only, and write no files")


def _add_trial_flags(parser: argparse.ArgumentParser, *, required: bool) -> None:
    group = parser.add_argument_group("what a property is tried on: names, ./mine.py, module:Class, or 'gms3~*' for several")
    group.add_argument("--correct", nargs="+", default=[], required=required, metavar="PROTOCOL", help="it must hold on these")
    group.add_argument("--mutants", nargs="+", default=[], required=required, metavar="PROTOCOL", help="and catch these")
    group.add_argument("--hidden", action="store_true", help="number the mutants instead of naming them; draw none of them")


def _add_grade_flags(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(command="grade", prog=parser.prog)
    parser.add_argument("directory", metavar="DIR", type=file_path, help="submissions: NAME.py, or NAME/ with one .py in it")
    add_scenario_flags(parser)
    protocols = parser.add_argument_group("submissions that are protocols")
    protocols.add_argument(
        "--expect", action="append", default=[], metavar="PROPERTY:VERDICT", help="holds or violated; repeatable"
    )
    protocols.add_argument("--property", action="append", default=[], metavar="NAME", help="judge this as well; repeatable")
    _add_trial_flags(parser, required=False)
    limits = parser.add_argument_group("limits: of each submission")
    limits.add_argument("--max-states", type=limit, metavar="N", help="distinct states")
    limits.add_argument("--time-limit", type=limit, default=60, metavar="SECONDS", help="wall time (default 60)")
    limits.add_argument("--memory-limit", type=limit, default=2048, metavar="MB", help="memory (default 2048)")
    output = parser.add_argument_group("output")
    _add_file_flags(output)
    output.add_argument("--quiet", action="store_true", help="print the summary only")


def _add_simulate_flags(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(command="simulate", prog=parser.prog)
    parser.add_argument("--impl", metavar="PROTOCOL", help="built-in name (groupy list), ./mine.py, or module:Class")
    add_scenario_flags(parser, "each run that is drawn has at most so many of each")
    drawing = parser.add_argument_group("drawing: a simulation ends as SAMPLED, and never as a pass")
    drawing.add_argument("--strategy", choices=("pct", "uniform", "swarm"), default="pct", help="who moves next (default pct)")
    drawing.add_argument("--runs", type=limit, default=500, metavar="N", help="how many (default 500)")
    drawing.add_argument("--seed", type=number, metavar="N", help="equal seeds draw equal runs (default: a new one)")
    drawing.add_argument(
        "--change-points", type=limit, default=3, metavar="N", help="pct: how often a run changes priorities (default 3)"
    )
    drawing.add_argument("--depth", type=limit, default=1_000, metavar="STEPS", help="length of the runs (default 1000)")
    drawing.add_argument("--time-limit", type=limit, metavar="SECONDS", help="wall time for drawing")
    _add_verdict_flags(parser)


def _add_output_flags(parser: argparse.ArgumentParser) -> None:
    output = parser.add_argument_group("output")
    output.add_argument(
        "--property", action="append", default=[], metavar="NAME", help="judge only this, or ./mine.py; repeatable"
    )
    _add_file_flags(output)
    output.add_argument("--quiet", action="store_true", help="print one line only, and write no files")


def _add_file_flags(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--out", type=file_path, default=Path("reports"), metavar="DIR", help="where files go (default ./reports)"
    )
    group.add_argument("--picture", action="append", choices=("svg", "png", "pdf"), help="default svg; repeatable")


def _add_verdict_flags(parser: argparse.ArgumentParser) -> None:
    verdicts = parser.add_argument_group("verdicts and output")
    verdicts.add_argument(
        "--property", action="append", default=[], metavar="NAME", help="judge only this, or ./mine.py; repeatable"
    )
    verdicts.add_argument(
        "--expect", action="append", default=[], metavar="PROPERTY:VERDICT", help="holds or violated: exit 0 if so; repeatable"
    )
    _add_file_flags(verdicts)
    printed = verdicts.add_mutually_exclusive_group()
    printed.add_argument("--format", choices=("text", "json"), default="text", help="of what is printed (default text)")
    printed.add_argument("--interactive", action="store_true", help="then step through the first violated property's run")
    verdicts.add_argument(
        "--export-pytest", metavar="FILE", type=file_path, help="write that run as a regression test for pytest"
    )
    verdicts.add_argument("--quiet", action="store_true", help="print the first line only, and write no files")


def _run(parser: Parser, arguments: Sequence[str] | None) -> int:
    """Parse, run, and turn every error into one line on stderr and an exit status."""
    _mend_streams()
    try:
        options, unknown = parser.parse_known_args(arguments)
        if unknown:
            raise CommandLineError(f"unrecognized arguments: {' '.join(unknown)}; see {options.prog} --help")
        # Everything heavy hangs on the commands: `--help` has to answer at once.
        from groupy_check.checker.interfaces.commands import common as commands  # noqa: PLC0415

        status = getattr(commands, options.command)(options)
        sys.stdout.flush()
    except GroupyError as error:
        return _complain(parser, str(error), error.code)
    except KeyboardInterrupt:
        print(f"{parser.prog}: interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has had enough; Python must not complain when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return GroupyError.code
    except OSError as error:
        return _complain(parser, f"cannot write the result: {error.strerror or error}", GroupyError.code)
    return int(status)


def _complain(parser: Parser, text: str, code: int) -> int:
    """One line; what a file or a protocol brought in must not steer the terminal."""
    line = "".join(letter if letter.isprintable() else "?" for letter in " ".join(text.split()))
    print(f"{parser.prog}: {line}", file=sys.stderr)
    return code


def _mend_streams() -> None:
    """Print to nowhere where a stream is closed, and what an encoding lacks as an escape."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115 - open until the program ends
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
