"""`groupy prove`: prove a protocol safe for any number of processes, or link it to its proof."""

from __future__ import annotations

import argparse

from groupy_check.checker.interfaces.commands.flags import Command, add_scenario_flags, limit, scenario_of
from groupy_check.groupy_model.scenario import Scenario

STATUS = """exit status: 0 proved, or linked; 3 the solver gave up, --max-states was hit, or nothing claimed is violated
within the --bounded steps; 12 an obligation fails, a step of the protocol is not one of its model, or a claimed property is
violated; errors as in groupy check"""


def add_flags(parser: argparse.ArgumentParser) -> None:
    """The flags of `groupy prove`."""
    parser.add_argument(
        "impl", metavar="PROTOCOL", help="gms3, gms3-fixed, gms3-relay, gmp2, gmp3 or fbcast; with --bounded any"
    )
    parser.add_argument("--processes", type=limit, metavar="N", help="for at most N processes (default: for any number)")
    parser.add_argument(
        "--link",
        nargs="?",
        const="",
        metavar="IMPL",
        help="do not prove; explore IMPL (default PROTOCOL), and check that its steps are steps of what is proved",
    )
    parser.add_argument("--max-states", type=limit, metavar="N", help="with --link: explore at most N states")
    parser.add_argument(
        "--bounded",
        type=limit,
        metavar="DEPTH",
        help="do not prove; ask z3 what groupy check --depth explores, as a slow cross-check of small scenarios",
    )
    add_scenario_flags(parser)


def run(options: argparse.Namespace) -> int:
    """Prove, link, or unroll; print."""
    from groupy_check.checker.interfaces.commands.prove_runner import ProveRequest, run_proof
    from groupy_check.checker.interfaces.commands.terminal import console

    link = None if options.link is None else options.link or options.impl
    # A proof speaks of every scenario.
    scenario = Scenario() if options.bounded is link is None else scenario_of(options)
    request = ProveRequest(options.impl, options.processes, link, options.bounded, scenario, options.max_states)
    return run_proof(request, console())


COMMAND = Command("prove", "prove a protocol safe for any number of processes", add_flags, run, STATUS)
