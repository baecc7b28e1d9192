"""`groupy states`: the machine of one process, as a picture."""

from __future__ import annotations

import argparse
import shlex
from typing import TYPE_CHECKING

from groupy_check.checker.interfaces.commands.flags import (
    Command,
    add_file_flags,
    add_format_flag,
    add_impl,
    add_quiet_flag,
    add_scenario_flags,
    add_time_limit,
    impl_of,
    limit,
    pictures_of,
    scenario_of,
)

if TYPE_CHECKING:
    from pathlib import Path

    from groupy_check.groupy_model.scenario_text import Json

STATUS = """exit status: 0 fine, whatever a limit left out; 2 usage; 150 the protocol cannot be used; 151 bad configuration."""


def add_flags(parser: argparse.ArgumentParser) -> None:
    """The flags of `groupy states`."""
    add_impl(parser)
    add_scenario_flags(parser, "what every such run makes a process do is drawn")
    drawing = parser.add_argument_group("drawing")
    drawing.add_argument(
        "--by", action="append", default=[], metavar="FIELD", help="also tell local states apart by this field; repeatable"
    )
    drawing.add_argument("--max-states", type=limit, default=200_000, metavar="N", help="of the group (default 200,000)")
    add_time_limit(drawing)
    output = parser.add_argument_group("output")
    add_format_flag(output)
    add_file_flags(output)
    add_quiet_flag(output, "print one line only, and write no files")


def run(options: argparse.Namespace) -> int:
    """Explore, draw, print, write."""
    from groupy_check.checker.counterexamples.output_files import Beside, check_directory, errors_about
    from groupy_check.checker.inputs.protocols import load_protocol
    from groupy_check.checker.interfaces.program.output import say
    from groupy_check.checker.interfaces.program.terminal import console
    from groupy_check.checker.profiling.local_machine import MachineRequest
    from groupy_check.checker.search.base import Limits
    from groupy_check.checker.search.progress_line import reporting
    from groupy_check.groupy_model.scenario_text import flags
    from groupy_check.reports.formats.machine_data import machine_json
    from groupy_check.reports.formats.result_json import command_json
    from groupy_check.reports.machine.files import write_machine
    from groupy_check.reports.machine.table import machine_headline, print_machine

    impl = impl_of(options)
    protocol, scenario = load_protocol(impl), scenario_of(options)
    check_directory(options.out)
    limits = Limits(states=options.max_states, seconds=options.time_limit)
    with reporting(limits, options.quiet or options.format == "json") as report:
        machine = MachineRequest(protocol, scenario, options.by, limits).run(report)
    command = shlex.join(
        ["groupy", "states", impl, *flags(scenario), *(word for field in options.by for word in ("--by", field))]
    )
    paths: list[Path] = []
    if not options.quiet:
        stem = Beside().stem("states", protocol.name, scenario, options.out)
        with errors_about(options.out):
            paths = write_machine(machine, command, stem, pictures_of(options))
    if options.format == "json":
        files: dict[str, Json] = {path.suffix[1:]: str(path) for path in paths}
        say(command_json("states", "", 0, {**machine_json(machine), "files": files}), end="")
        return 0
    say(machine_headline(machine))
    if not options.quiet:
        print_machine(console(), machine)
        say(f"\nNext, open {paths[-2]}: the picture, and for each arrow its rule and an example.")
    return 0


EXAMPLES = (
    ("gms3", "its kinds of states, and what leads from one to another"),
    ("gms3 -j 1 --by leader", "with a box for each leader that it follows"),
    ("./mine.py -c 2 -o pictures", "your own, with the rules that no run takes"),
)
COMMAND = Command(
    "states",
    "draw the states of one process, and what leads from one to another",
    add_flags,
    run,
    EXAMPLES,
    status=STATUS,
    timed=True,
)
