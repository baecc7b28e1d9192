"""What the subcommands do: check, replay, list. Each takes the parsed options and returns the exit status."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from rich.console import Console

from checker.errors import UsageError
from checker.explorer import Explorer, Limits
from checker.graph import write_graph
from checker.loading import load_protocol
from checker.options import scenario_of
from checker.output import check_directory, write_findings
from checker.progress import reporting
from checker.purity import SecondSeed
from checker.replay_file import replay_file
from checker.selection import decisive, exit_status, parse_expectations, select
from groupy_model.verdict import Result
from reports.catalogue import print_catalogue
from reports.result_json import result_to_json
from reports.summary import headline, print_result


def check(options: argparse.Namespace) -> int:
    """Explore, print, write."""
    if options.replay is not None:
        return replay(options)
    if options.impl is None:
        raise UsageError("which protocol? --impl gms2, for example; groupy list shows them all")
    protocol, scenario = load_protocol(options.impl), scenario_of(options)
    names = _names(options)
    properties, left_out = select(names, scenario)
    check_directory(options.out)
    if options.graph is not None:
        write_graph(protocol, scenario, options.graph)
    limits = Limits(options.depth, options.max_states, options.time_limit, options.memory_limit, not names or options.go_on)
    with SecondSeed(options.impl, scenario) as second, reporting(limits, options.quiet) as report:
        explorer = Explorer(protocol, scenario, properties, limits, report)
        result = explorer.run()
        second.compare(explorer.semantics.handle)
    return _conclude(options, result, left_out)


def replay(options: argparse.Namespace) -> int:
    """Execute a saved trace again and judge it."""
    names = _names(options)
    check_directory(options.out)
    return _conclude(options, replay_file(options.replay, options.impl, names), ())


def listing(_: argparse.Namespace) -> int:
    """Print the protocols and the properties."""
    print_catalogue(_console())
    return 0


def _names(options: argparse.Namespace) -> list[str]:
    """The properties asked for by name; what is only expected does not keep the others from being judged."""
    expected = parse_expectations(options.expect)
    return [*options.property, *expected] if options.property else []


def _conclude(options: argparse.Namespace, result: Result, left_out: Sequence[str]) -> int:
    """Print and write what was found. Returns the exit status."""
    expected = parse_expectations(options.expect)
    missing = [name for name in expected if name not in {finding.name for finding in result.findings}]
    if missing:
        raise UsageError(f"--expect {missing[0]}: it is not judged here; name it with --property {missing[0]} as well")
    deciding = decisive(result, options.property)
    status = exit_status(result, options.property, expected)
    if options.quiet:
        print(headline(result))
        return status
    pictures = write_findings(deciding, options.out, options.picture or ["svg"])
    if options.format == "json":
        print(result_to_json(result, status, pictures), end="")
    else:
        print_result(_console(), result, deciding, pictures, left_out)
    return status


def _console() -> Console:
    # A pipe has no width: long lines are for whoever reads them there.
    return Console() if sys.stdout.isatty() else Console(width=160)
