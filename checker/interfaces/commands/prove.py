"""`groupy prove`: prove a protocol safe for any number of processes, or link it to its proof."""

from __future__ import annotations

import argparse

from groupy_check.checker.errors import UsageError
from groupy_check.checker.interfaces.commands.flags import (
    Command,
    add_format_flag,
    add_impl,
    add_quiet_flag,
    add_scenario_flags,
    impl_of,
    limit,
    protocol_name,
    scenario_of,
)
from groupy_check.groupy_model.scenario import Scenario

STATUS = """exit status: 0 proved, or linked; 14 NOT PROVED, since an obligation fails; 3 the solver gave up, --max-states was
hit, or Ctrl-C, or nothing claimed is violated within the --bounded steps; 12 a step of the protocol is not one of its model,
or a claimed property is violated; errors as in groupy check"""


def add_flags(parser: argparse.ArgumentParser) -> None:
    """The flags of `groupy prove`."""
    add_impl(parser, "gms3, gms3-fixed, gms3-relay, gmp2, gmp3 or fbcast; with --bounded any")
    parser.add_argument("--processes", type=limit, metavar="N", help="for at most N processes (default: for any number)")
    parser.add_argument(
        "--link",
        nargs="?",
        const="",
        type=protocol_name,
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
    add_format_flag(parser)
    add_quiet_flag(parser, "print one line only")
    add_scenario_flags(parser, "of --link and --bounded; a proof is about every scenario that its model allows for")


def run(options: argparse.Namespace) -> int:
    """Prove, link, or unroll; print."""
    from groupy_check.checker.interfaces.commands.prove_runner import ProveRequest, run_proof
    from groupy_check.checker.interfaces.program.terminal import console

    impl = impl_of(options)
    link = None if options.link is None else options.link or impl
    _check(options, impl, link)
    scenario = Scenario() if options.bounded is link is None else scenario_of(options)
    request = ProveRequest(
        impl, options.processes, link, options.bounded, scenario, options.max_states, options.format == "json", options.quiet
    )
    return run_proof(request, console())


def _check(options: argparse.Namespace, impl: str, link: str | None) -> None:
    """Refuse what would be ignored: it would look as if the answer took it into account."""
    if options.bounded is not None and (link is not None or options.processes is not None):
        raise UsageError("--bounded cannot be combined with --link or --processes; --nodes sets the size of the group")
    if options.max_states is not None and link is None:
        raise UsageError("--max-states is for --link; nothing else here explores states")
    if link is not None and options.processes is not None:
        raise UsageError("--processes is for a proof, and --link explores one scenario; --nodes sets the size of the group")
    given = _scenario_flags_of(options)
    if given and options.bounded is link is None:
        raise UsageError(
            f"{', '.join(given)}: a proof is not about one scenario, but about all that its model allows for; leave it out "
            f"(the proof says what is assumed), add --link, or explore: groupy check {impl} ..."
        )


def _scenario_flags_of(options: argparse.Namespace) -> list[str]:
    """The flags of the scenario that were given."""
    parser = argparse.ArgumentParser(add_help=False)
    add_scenario_flags(parser)
    defaults = vars(parser.parse_args([]))
    return [f"--{name.replace('_', '-')}" for name, default in defaults.items() if getattr(options, name) != default]


EXAMPLES = (
    ("gms3-fixed", "for any number of processes"),
    ("gms3 --processes 3", "for at most three"),
    ("gms3-fixed --link", "does the code do what was proved?"),
)
COMMAND = Command("prove", "prove a protocol safe for any number of processes", add_flags, run, EXAMPLES, status=STATUS)
