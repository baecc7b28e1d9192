"""`groupy list`: the protocols and what each claims; the properties."""

from __future__ import annotations

import argparse

from groupy_check.checker.errors import UsageError, unknown
from groupy_check.checker.interfaces.commands.flags import Command, add_format_flag, add_quiet_flag, completed, spelled

WHAT = {"protocols": "protocols", "mutants": "planted bugs", "properties": "properties", "models": "fault models of the matrix"}


def add_flags(parser: argparse.ArgumentParser) -> None:
    """The flags of `groupy list`."""
    name = parser.add_argument("name", nargs="?", metavar="NAME", help="all about this protocol or property")
    completed(name, "protocols")
    kinds = parser.add_mutually_exclusive_group()
    for kind in ("protocols", "mutants", "properties", "models"):
        kinds.add_argument(f"--{kind}", dest="kind", action="store_const", const=kind, help=f"list the {WHAT[kind]} only")
    add_format_flag(parser)
    add_quiet_flag(parser, "print the names only")


def run(options: argparse.Namespace) -> int:
    """Print what is asked for."""
    from groupy_check.checker.interfaces.program.output import say
    from groupy_check.checker.interfaces.program.terminal import console
    from groupy_check.reports.tables.catalogue import catalogue_json, names_of, print_catalogue, print_entry

    name = None if options.name is None else _known(options.name)
    if options.format == "json":
        say(catalogue_json(options.kind, name), end="")
    elif options.quiet:
        say("\n".join(names_of(options.kind) if name is None else [name]))
    elif name is not None:
        print_entry(console(), name)
    else:
        print_catalogue(console(), options.kind)
    return 0


def _known(name: str) -> str:
    """The protocol or property called `name`. Raises UsageError."""
    from groupy_check.groupy_model.protocols.registry import MUTANTS, PROTOCOLS
    from groupy_check.specs.registry import BUILT_IN

    known = [*PROTOCOLS, *MUTANTS, *BUILT_IN]
    found = spelled(name, known)
    if found not in known:
        raise UsageError(unknown("name", name, known))
    return found


EXAMPLES = (
    ("", "the protocols, a line each"),
    ("gms3", "all about one of them"),
    ("--mutants", "the planted bugs"),
)
COMMAND = Command(
    "list", "list the protocols, what each claims, and the properties", add_flags, run, EXAMPLES, usage="[NAME] [flags]"
)
