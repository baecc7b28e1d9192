"""What the subcommands do: check, replay, explore, list. Each takes the parsed options and returns the exit status."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from groupy_check.checker.counterexamples.counterfactual import repairs
from groupy_check.checker.counterexamples.output_files import (
    check_directory,
    write_comparison,
    write_findings,
    write_pages,
    write_test,
)
from groupy_check.checker.counterexamples.timeline import page_data
from groupy_check.checker.counterexamples.trace_file import judge_trace, least_runs, read_run
from groupy_check.checker.engine import Choice, Engine, Means, explored
from groupy_check.checker.errors import UsageError
from groupy_check.checker.exit_status import decisive, exit_status, first_violation, parse_expectations, split_expectation
from groupy_check.checker.inputs.properties import load_own
from groupy_check.checker.inputs.protocols import load_protocol
from groupy_check.checker.inputs.scenario_flags import scenario_of
from groupy_check.checker.interfaces.graph_export import write_graph
from groupy_check.checker.interfaces.stepper import step_through
from groupy_check.checker.judging.selection import select
from groupy_check.checker.search.base import Limits
from groupy_check.checker.search.progress_line import Reporter, reporting, ticking
from groupy_check.groupy_model.protocol import Protocol
from groupy_check.groupy_model.scenario import Scenario
from groupy_check.groupy_model.verdict import Finding, Result
from groupy_check.reports.formats.result_json import result_to_json
from groupy_check.reports.tables.catalogue import print_catalogue
from groupy_check.reports.tables.profile import Profile, print_profile
from groupy_check.reports.wording.summary import headline, print_result
from groupy_check.specs.property import Property
from groupy_check.specs.registry import PROPERTIES
from rich.console import Console


def check(options: argparse.Namespace) -> int:
    """Explore, print, write."""
    if options.replay is not None:
        if options.profile:
            raise UsageError("--profile is about a search, and --replay executes one run; leave one of them out")
        return replay(options)
    protocol, scenario = load_protocol(_impl(options)), scenario_of(options)
    _load_own(options)
    names = _names(options)
    properties, left_out = select(names, scenario)
    check_directory(options.out)
    if options.graph is not None:
        write_graph(protocol, scenario, options.graph)
    limits = Limits(options.depth, options.max_states, options.time_limit, options.memory_limit, not names or options.go_on)
    with reporting(limits, options.quiet) as report:
        result, profile = _explored(options, protocol, scenario, properties, limits, report)
    return _conclude(options, protocol, result, left_out, profile)


def replay(options: argparse.Namespace) -> int:
    """Execute a saved trace again and judge it."""
    _load_own(options)
    names = _names(options)
    check_directory(options.out)
    trace, recorder = read_run(options.replay, options.impl, names)
    result = judge_trace(trace, recorder, names)
    return _conclude(options, recorder.protocol, least_runs(result, recorder.protocol) if options.minimise else result, ())


def explore(options: argparse.Namespace) -> int:
    """Serve the interactive page until Ctrl-C."""
    from groupy_check.checker.interfaces.web import session as server  # noqa: PLC0415 - a web server is slow to import, and a check needs none

    return server.explore(options)


def hunt(options: argparse.Namespace) -> int:
    """Look for the smallest scenarios that break a protocol."""
    from groupy_check.checker.comparing import smallest_scenario as hunting  # noqa: PLC0415 - a check needs none of it
    from groupy_check.reports.tables.smallest_scenario import DIMENSIONS, hunted_headline, print_hunted  # noqa: PLC0415

    protocol = load_protocol(_impl(options))
    load_own(options.property)
    select(options.property, Scenario())
    check_directory(options.out)
    where = hunting.scenarios({name: most for name in DIMENSIONS if (most := getattr(options, name)) is not None})
    with ticking(options.quiet) as tick:
        seconds = options.time_limit or hunting.SECONDS
        hunted = hunting.Hunt(protocol, options.impl, options.property, where, seconds, tick).run()
    if options.quiet:
        print(hunted_headline(hunted))
    else:
        pictures = write_findings(hunted.findings(), options.out, options.picture or ["svg"])
        write_pages(hunted.findings(), options.out, protocol, {})
        print_hunted(_console(), hunted, pictures)
    return hunting.hunted_status(hunted)


def diff(options: argparse.Namespace) -> int:
    """Look for the shortest schedule that tells two protocols apart."""
    from groupy_check.checker.comparing.diff import Diff, diff_status, told  # noqa: PLC0415 - a check needs none of it
    from groupy_check.reports.tables.comparison import print_comparison  # noqa: PLC0415

    one, other, scenario = load_protocol(options.one), load_protocol(options.other), scenario_of(options)
    load_own(options.property)
    properties, _ = select(options.property, scenario)
    check_directory(options.out)
    limits = Limits(states=options.max_states, seconds=options.time_limit)
    with reporting(limits, options.quiet) as report:
        outcome = Diff((one, other), scenario, properties, options.property, limits, report).run()
    if outcome.comparison is not None and not options.quiet:
        print_comparison(_console(), outcome.comparison)
        print("\n".join(map(str, write_comparison(outcome.comparison, options.out, options.picture or ["svg"]))))
    print(told(outcome, (one.name, other.name)))
    return diff_status(outcome)


def matrix(options: argparse.Namespace) -> int:
    """Compute every protocol's verdicts under every fault model, and hold them against the manifest."""
    from groupy_check.checker.comparing import matrix as computing  # noqa: PLC0415 - a check needs none of it
    from groupy_check.reports.tables.matrix import headline as summary  # noqa: PLC0415
    from groupy_check.reports.tables.matrix import print_matrix  # noqa: PLC0415

    with ticking(options.quiet) as tick:
        found = computing.compute(options, tick)
    if options.quiet:
        print("\n".join([*found.matrix.surprises, summary(found.matrix)]))
    else:
        print_matrix(_console(), found.matrix)
        print("".join(f"{path}\n" for path in found.files), end="")
    return found.status


def catch(options: argparse.Namespace) -> int:
    """Try a property on correct protocols and on mutants."""
    from groupy_check.checker.teaching import mutation_trial as catching  # noqa: PLC0415 - a check needs none of it
    from groupy_check.reports.tables.mutation_trial import headline as caught  # noqa: PLC0415
    from groupy_check.reports.tables.mutation_trial import print_attempts  # noqa: PLC0415

    with ticking(options.quiet) as tick:
        found = catching.attempts(options, tick)
    if options.quiet:
        print(caught(found))
    else:
        print_attempts(_console(), found)
    return catching.status_of(found)


def grade(options: argparse.Namespace) -> int:
    """Judge the submissions of a class, each in a process of its own."""
    from groupy_check.checker.teaching.grading import graded  # noqa: PLC0415 - a check needs none of it
    from groupy_check.reports.tables.grades import print_grades, summary  # noqa: PLC0415

    with ticking(options.quiet) as tick:
        found = graded(options, tick)
    if options.quiet:
        print(summary(found.grades))
    else:
        print_grades(_console(), found.grades)
        print("".join(f"{path}\n" for path in found.files), end="")
    return found.status


def simulate(options: argparse.Namespace) -> int:
    """Draw random runs, print, write."""
    from groupy_check.checker.sampling.simulate import simulated  # noqa: PLC0415 - hypothesis is slow to import, and a check needs none of it
    from groupy_check.reports.tables.sampling import sampling_text  # noqa: PLC0415

    protocol, scenario = load_protocol(_impl(options)), scenario_of(options)
    _load_own(options)
    check_directory(options.out)
    with ticking(options.quiet) as tick:
        drawn, left_out = simulated(options, protocol, scenario, _names(options), tick)
    status = _conclude(options, protocol, drawn.result, left_out)
    if options.format == "text" and not options.quiet:
        print(f"\n{sampling_text(drawn.sampling)}")
    return status


def prove(options: argparse.Namespace) -> int:
    """Prove a protocol safe for any number of processes, or link it to its proof."""
    from groupy_check.checker.interfaces.commands.prove_runner import command  # noqa: PLC0415 - z3 is large, and nothing else needs it

    return command(options, _console())


def listing(_: argparse.Namespace) -> int:
    """Print the protocols and the properties."""
    print_catalogue(_console())
    return 0


def site(options: argparse.Namespace) -> int:
    """Write the static site."""
    from groupy_check.checker.interfaces.site import write_site  # noqa: PLC0415 - a check needs none of it

    with ticking(quiet=False) as tick:
        write_site(options.out, tick)
    print(options.out / "index.html")
    return 0


def _impl(options: argparse.Namespace) -> str:
    """What --impl names."""
    if options.impl is None:
        raise UsageError("which protocol? --impl gms2, for example; groupy list shows them all")
    return str(options.impl)


def _means(options: argparse.Namespace) -> Means:
    """How to search. Raises UsageError when the words do not go together."""
    choice = Choice(options.engine)
    means = Means(choice, options.workers, options.exact, options.spill, options.checkpoint, options.resume)
    if choice is Choice.REFERENCE and (means.workers > 1 or means.exact or means.stores):
        raise UsageError(
            "--workers, --exact, --spill, --checkpoint and --resume are of the native engine; leave --engine reference out"
        )
    own = next((name for name in _names(options) if name in PROPERTIES.own), "")
    if own and (means.checkpoint or means.resume):
        # What was judged is not judged again, and a checkpoint does not know how it was judged.
        raise UsageError(f"{own} may change until the search goes on; leave --checkpoint and --resume out")
    return means


def _explored(
    options: argparse.Namespace,
    protocol: Protocol,
    scenario: Scenario,
    properties: Sequence[Property],
    limits: Limits,
    report: Reporter | None,
) -> tuple[Result, Profile | None]:
    """Search, and profile the search where that is wanted."""
    means = _means(options)
    if options.quiet or not options.profile:
        return explored(Engine(protocol, scenario, properties, limits, report, means=means), options.impl), None
    from groupy_check.checker.profiling.profile import ProfiledEngine  # noqa: PLC0415 - a check needs none of it

    engine = ProfiledEngine(protocol, scenario, properties, limits, report, means=means)
    return explored(engine, options.impl), engine.profile()


def _load_own(options: argparse.Namespace) -> None:
    """Load the properties of the user's own that the words name."""
    load_own([*options.property, *(split_expectation(text)[0] for text in options.expect)])


def _names(options: argparse.Namespace) -> list[str]:
    """The properties asked for by name; what is only expected does not keep the others from being judged."""
    expected = parse_expectations(options.expect)
    return [*options.property, *expected] if options.property else []


def _conclude(
    options: argparse.Namespace, protocol: Protocol, result: Result, left_out: Sequence[str], profile: Profile | None = None
) -> int:
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
            print(result_to_json(result, status, pictures, profile), end="")
        else:
            print_result(_console(), result, deciding, pictures, left_out, mended)
            if profile is not None:
                print_profile(_console(), profile)
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
