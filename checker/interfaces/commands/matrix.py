"""`groupy matrix`: every protocol under every fault model, held against what is expected."""

from __future__ import annotations

import argparse

from groupy_check.checker.interfaces.commands.flags import (
    Command,
    add_cluster_flag,
    add_format_flag,
    add_quiet_flag,
    completed,
    file_path,
    limit,
    protocol_name,
)

STATUS = "exit status: 0 everything is as expected; 1 something is not; 3 interrupted; errors as in groupy check"


def add_flags(parser: argparse.ArgumentParser) -> None:
    """The flags of `groupy matrix`."""
    only = parser.add_argument("protocols", nargs="*", type=protocol_name, metavar="PROTOCOL", help="only these")
    completed(only, "protocols")
    parser.add_argument(
        "--impl", action="append", default=[], type=protocol_name, metavar="PROTOCOL", help="the same, as a flag; repeatable"
    )
    parser.add_argument(
        "--model", type=str.lower, action="append", default=[], metavar="NAME", help="only this fault model; repeatable"
    )
    parser.add_argument("--update", action="store_true", help="record what is found as expected, new protocols included")
    parser.add_argument("--workers", type=limit, default=2, metavar="N", help="worker processes (default 2)")
    add_cluster_flag(parser)
    parser.add_argument("-o", "--out", type=file_path, metavar="DIR", help="write it as a page and as Markdown, with pictures")
    add_format_flag(parser)
    add_quiet_flag(parser, "print only what is not as expected")


def run(options: argparse.Namespace) -> int:
    """Compute, compare, print, write."""
    from groupy_check.checker.comparing.matrix import MatrixRequest, compute
    from groupy_check.checker.interfaces.program.output import say
    from groupy_check.checker.interfaces.program.terminal import console
    from groupy_check.checker.search.progress_line import ticking
    from groupy_check.reports.tables.matrix import headline, matrix_json, print_matrix

    request = MatrixRequest(
        (*options.protocols, *options.impl),
        tuple(options.model),
        options.update,
        options.workers,
        options.out,
        options.cluster or "",
    )
    with ticking(options.quiet) as tick:
        found = compute(request, tick)
    if options.format == "json":
        say(matrix_json(found.table, found.status), end="")
    elif options.quiet:
        say("\n".join([*found.table.surprises, headline(found.table)]))
    else:
        print_matrix(console(), found.table)
        say("".join(f"{path}\n" for path in found.files), end="")
    return found.status


EXAMPLES = (
    ("gms3 gms3-fixed", "these two, under every fault model"),
    ("--model crash", "every protocol, with one crash"),
    ("./mine.py --out matrix", "your own, and write it as a page"),
)
COMMAND = Command(
    "matrix",
    "judge every protocol under every fault model, as expected or not",
    add_flags,
    run,
    EXAMPLES,
    usage="[PROTOCOL ...] [flags]",
    status=STATUS,
)
