"""What the subcommands do: check, replay, explore, list. Each takes the parsed options and returns the exit status."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from rich.console import Console

from checker.api import explored
from checker.counterfactual import repairs
from checker.errors import UsageError
from checker.explorer import Explorer, Limits
from checker.graph import write_graph
from checker.loading import load_protocol
from checker.moments import page_data
from checker.options import scenario_of
from checker.output import check_directory, write_findings, write_pages, write_test
from checker.progress import reporting
from checker.replay_file import judge_trace, least_runs, read_run
from checker.selection import decisive, exit_status, first_violation, parse_expectations, select
from checker.stepper import step_through
from groupy_model.protocol import Protocol
from groupy_model.verdict import Finding, Result
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
    with reporting(limits, options.quiet) as report:
        result = explored(Explorer(protocol, scenario, properties, limits, report), options.impl)
    return _conclude(options, protocol, result, left_out)


def replay(options: argparse.Namespace) -> int:
    """Execute a saved trace again and judge it."""
    names = _names(options)
    check_directory(options.out)
    trace, recorder = read_run(options.replay, options.impl, names)
    result = judge_trace(trace, recorder, names)
    return _conclude(options, recorder.protocol, least_runs(result, recorder.protocol) if options.minimise else result, ())


def explore(options: argparse.Namespace) -> int:
    """Serve the interactive page until Ctrl-C."""
    from checker import explore as server  # noqa: PLC0415 - a web server is slow to import, and a check needs none

    return server.explore(options)


def listing(_: argparse.Namespace) -> int:
    """Print the protocols and the properties."""
    print_catalogue(_console())
    return 0


def _names(options: argparse.Namespace) -> list[str]:
    """The properties asked for by name; what is only expected does not keep the others from being judged."""
    expected = parse_expectations(options.expect)
    return [*options.property, *expected] if options.property else []


def _conclude(options: argparse.Namespace, protocol: Protocol, result: Result, left_out: Sequence[str]) -> int:
    """Print and write what was found. Returns the exit status."""
    expected = parse_expectations(options.expect)
    missing = [name for name in expected if name not in {finding.name for finding in result.findings}]
    if missing:
        raise UsageError(f"--expect {missing[0]}: it is not judged here; name it with --property {missing[0]} as well")
    deciding = decisive(result, options.property)
    status = exit_status(result, options.property, expected)
    first = first_violation(deciding)
    if options.export_pytest is not None:
        write_test(first, options.export_pytest)
    if options.quiet:
        print(headline(result))
    else:
        pictures = write_findings(deciding, options.out, options.picture or ["svg"])
        mended = repairs(first, protocol)
        write_pages(deciding, options.out, protocol, {first.name: mended} if first else {})
        if options.format == "json":
            print(result_to_json(result, status, pictures), end="")
        else:
            print_result(_console(), result, deciding, pictures, left_out, mended)
    if options.interactive:
        _step_through(first, protocol)
    return status


def _step_through(finding: Finding | None, protocol: Protocol) -> None:
    """Show the run of `finding` on `protocol` step by step."""
    if finding is None or finding.trace is None:
        print("\nNothing is violated: there is no run to step through.")
        return
    trace = finding.trace
    print()
    step_through(page_data(protocol, trace.scenario, trace.actions, finding.name, trace.loop), sys.stdin, sys.stdout)


class _Console(Console):
    """Rich's console, which would end the program by itself when nobody reads on."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


def _console() -> Console:
    # A pipe has no width: long lines are for whoever reads them there.
    return _Console() if sys.stdout.isatty() else _Console(width=160)
