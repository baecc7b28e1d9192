"""`groupy simulate`: draw random runs of a group too large to explore."""

from __future__ import annotations

import argparse

from groupy_check.checker.interfaces.commands.flags import (
    Command,
    add_impl,
    add_scenario_flags,
    add_time_limit,
    add_verdict_flags,
    impl_of,
    limit,
    number,
    scenario_of,
)


def add_flags(parser: argparse.ArgumentParser) -> None:
    """The flags of `groupy simulate`."""
    add_impl(parser)
    add_scenario_flags(parser, "each run has at most this many of each")
    drawing = parser.add_argument_group("drawing: a simulation is never OK, at best NOT DECIDED")
    drawing.add_argument(
        "--strategy",
        type=str.lower,
        choices=("pct", "uniform", "swarm"),
        default="pct",
        help="how steps are chosen (default pct)",
    )
    drawing.add_argument("--runs", type=limit, default=500, metavar="N", help="number of runs (default 500)")
    drawing.add_argument("--seed", type=number, metavar="N", help="the same seed draws the same runs (default: a new one)")
    drawing.add_argument(
        "--change-points", type=limit, default=3, metavar="N", help="pct: changes of priority in each run (default 3)"
    )
    drawing.add_argument("--depth", type=limit, default=1_000, metavar="STEPS", help="length of the runs (default 1000)")
    add_time_limit(drawing, "wall time in all")
    add_verdict_flags(parser)


def run(options: argparse.Namespace) -> int:
    """Draw random runs, print, write."""
    from groupy_check.checker.counterexamples.output_files import check_directory
    from groupy_check.checker.inputs.protocols import load_protocol
    from groupy_check.checker.interfaces.commands.verdicts import conclude, verdict_request
    from groupy_check.checker.interfaces.program.terminal import console
    from groupy_check.checker.sampling.simulate import MEMORY, Plan, SimulationRequest, new_seed, simulated
    from groupy_check.checker.search.progress_line import ticking
    from groupy_check.reports.tables.sampling import sampling_text
    from groupy_check.reports.wording.lines import tell

    impl = impl_of(options)
    protocol, scenario = load_protocol(impl), scenario_of(options)
    request = verdict_request(options, protocol)
    check_directory(options.out)
    seed = new_seed() if options.seed is None else options.seed
    plan = Plan(options.strategy, options.runs, seed, options.change_points, options.depth, options.time_limit)
    memory = None if options.quiet else options.out / MEMORY
    with ticking(options.quiet) as tick:
        drawing = SimulationRequest(impl, protocol, scenario, request.judged, request.known, plan, memory)
        drawn, left_out = simulated(drawing, tick)
    status = conclude(request, protocol, drawn.result, left_out)
    if options.format == "text" and not options.quiet:
        tell(console(), f"\n{sampling_text(drawn.sampling)}")
    return status


EXAMPLES = (
    ("gms2 -n 20", "500 random runs of twenty processes"),
    ("gms2 -n 20 --seed 1", "the same runs every time"),
    ("./mine.py -n 8 --runs 5000", "more runs of your own protocol"),
)
COMMAND = Command("simulate", "draw random runs of a group too large to explore", add_flags, run, EXAMPLES, timed=True)
