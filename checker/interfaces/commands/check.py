"""`groupy check`, which is also `groupy-check`: explore every run of a protocol in a scenario."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from groupy_check.checker.errors import UsageError
from groupy_check.checker.interfaces.commands import replay
from groupy_check.checker.interfaces.commands.flags import (
    Command,
    add_cluster_flag,
    add_impl,
    add_scenario_flags,
    add_time_limit,
    add_verdict_flags,
    file_path,
    impl_of,
    limit,
    scenario_of,
)

if TYPE_CHECKING:
    from groupy_check.checker.checking.engine import Means
    from groupy_check.checker.checking.search_request import SearchRequest
    from groupy_check.groupy_model.verdict import Result
    from groupy_check.reports.formats.profile_data import Profile


def add_flags(parser: argparse.ArgumentParser) -> None:
    """The flags of `groupy check`."""
    parser.set_defaults(minimise=False)  # with --replay
    add_impl(parser)
    parser.add_argument("--replay", metavar="FILE", type=file_path, help="replay this run (.txt or .itf.json) instead")
    add_scenario_flags(parser)
    limits = parser.add_argument_group("limits: a search that hits one is NOT DECIDED, unless a violation was found before")
    limits.add_argument("--depth", type=limit, metavar="STEPS", help="length of the runs")
    limits.add_argument("--max-states", type=limit, metavar="N", help="distinct states")
    add_time_limit(limits)
    limits.add_argument("--memory-limit", type=limit, metavar="MB", help="resident memory")
    _add_engine_flags(parser)
    add_verdict_flags(parser)
    parser.add_argument(
        "--continue", dest="go_on", action="store_true", help="with --property: keep exploring when all of them are violated"
    )
    parser.add_argument(
        "--graph", metavar="FILE", type=file_path, help="write the state graph (.dot, .graphml, .aut) if it is small"
    )
    parser.add_argument(
        "--profile", action="store_true", help="report what multiplies the states, and which rules were never taken"
    )


def _add_engine_flags(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("engine: large searches use the native one, with the same verdicts")
    words = ("automatic", "reference", "native")
    group.add_argument("--engine", type=str.lower, choices=words, default=words[0], help="use this one (default automatic)")
    group.add_argument("--workers", type=limit, default=1, metavar="N", help="threads (default 1)")
    add_cluster_flag(group)
    group.add_argument("--exact", action="store_true", help="keep whole states instead of fingerprints")
    group.add_argument(
        "--fingerprint-bits", type=int, choices=(64, 80, 96), default=64, help="of a state (default 64): more miss fewer states"
    )
    group.add_argument("--spill", metavar="DIR", type=file_path, help="keep most of the frontier in files there")
    saved = group.add_mutually_exclusive_group()
    saved.add_argument("--checkpoint", metavar="DIR", type=file_path, help="save the search there now and then")
    saved.add_argument("--resume", metavar="DIR", type=file_path, help="resume the search saved there, and keep saving")


def run(options: argparse.Namespace) -> int:
    """Explore, print, write."""
    if options.replay is not None:
        if options.profile:
            raise UsageError("--profile is about a search, but --replay executes one run; leave one of them out")
        return replay.run(options)
    from groupy_check.checker.checking.search_request import SearchRequest
    from groupy_check.checker.counterexamples.output_files import check_directory
    from groupy_check.checker.inputs.protocols import load_protocol
    from groupy_check.checker.interfaces.commands.verdicts import conclude, verdict_request
    from groupy_check.checker.judging.selection import select
    from groupy_check.checker.search.base import Limits

    impl = impl_of(options)
    protocol, scenario = load_protocol(impl), scenario_of(options)
    request = verdict_request(options, protocol)
    properties, left_out = select(request.judged, scenario, request.known)
    check_directory(options.out)
    if options.graph is not None:
        from groupy_check.checker.interfaces.graph_export import write_graph

        write_graph(protocol, scenario, properties, options.graph)
    all_verdicts = not request.names or options.go_on
    limits = Limits(options.depth, options.max_states, options.time_limit, options.memory_limit, all_verdicts)
    means = _means(options, request.judged)
    search = SearchRequest(protocol, scenario, properties, limits, means, impl)
    result, profile = _searched(search, quiet=options.quiet, profiled=options.profile)
    status = conclude(request, protocol, result, left_out, profile)
    if result.coverage.bound and not (options.quiet or request.json):
        tell_how_to_go_on(means)
    return status


def tell_how_to_go_on(means: Means) -> None:
    """Say what to type so that a search goes on which has been saved, in one process or on a cluster."""
    from groupy_check.checker.distributed.checkpoint import MANIFEST as OF_CLUSTERS
    from groupy_check.checker.interfaces.program.output import say
    from groupy_check.checker.native.checkpoint.checkpoint import MANIFEST

    directory = means.checkpoint or means.resume
    if directory is not None and any((directory / name).is_file() for name in (MANIFEST, OF_CLUSTERS)):
        instead = f" instead of --checkpoint {directory}" if means.checkpoint else " again"
        say(f"The search is saved: go on with the same command, with --resume {directory}{instead}.")


def _searched(search: SearchRequest, *, quiet: bool, profiled: bool) -> tuple[Result, Profile | None]:
    """Search, and profile the search where that is wanted and shown."""
    from groupy_check.checker.search.progress_line import reporting

    with reporting(search.limits, quiet) as report:
        if quiet or not profiled:
            return search.run(report), None
        from groupy_check.checker.profiling.profile import profiled_search

        return profiled_search(search, report)


def _means(options: argparse.Namespace, names: tuple[str, ...]) -> Means:
    """How to search. Raises UsageError when the words do not go together."""
    from groupy_check.checker.checking.engine import Choice, Means
    from groupy_check.specs.registry import PROPERTIES

    choice = Choice(options.engine)
    places = (options.spill, options.checkpoint, options.resume)
    means = Means(choice, options.workers, options.exact, *places, options.fingerprint_bits, options.cluster or "")
    if means.exact and means.wide:
        raise UsageError("--exact keeps no fingerprints but whole states; leave out --fingerprint-bits")
    if choice is Choice.REFERENCE and (means.workers > 1 or means.exact or means.wide or means.stores):
        raise UsageError(
            "--workers, --exact, --fingerprint-bits, --spill, --checkpoint and --resume belong to the native engine; "
            "leave out --engine reference"
        )
    if means.cluster:
        _refuse_beside_cluster(options)
    own = next((name for name in names if name not in PROPERTIES), "")
    if own and (means.checkpoint or means.resume):
        # What was judged is not judged again, and a checkpoint does not know how it was judged.
        raise UsageError(f"{own} may change before the search is resumed; leave out --checkpoint and --resume")
    return means


def _refuse_beside_cluster(options: argparse.Namespace) -> None:
    """Raises UsageError for what a search on several machines cannot do, and where Ray is missing."""
    from groupy_check.checker.distributed.address import ClusterAddress

    beside = {
        "--engine reference": options.engine == "reference", "--workers": options.workers > 1, "--exact": options.exact,
        "--fingerprint-bits": options.fingerprint_bits > 64, "--spill": options.spill, "--profile": options.profile,
    }  # fmt: skip
    for flag, there in beside.items():
        if there:
            raise UsageError(f"{flag} is for a search in one process; leave out either {flag} or --cluster")
    ClusterAddress.of(options.cluster).check()


EXAMPLES = (
    ("gms2", "three processes, two multicasts, one crash"),
    ("./mine.py -n 4 -c 2", "your own protocol, four processes, two crashes"),
    ("gms3 -j 1 -p progress", "one process may join; judge progress alone"),
)
COMMAND = Command("check", "explore every run of a protocol in a scenario", add_flags, run, EXAMPLES, timed=True)
