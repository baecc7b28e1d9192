"""`groupy matrix`: every protocol under every fault model, held against what is expected."""

from __future__ import annotations

import argparse

from groupy_check.checker.interfaces.commands.flags import Command, file_path, limit

STATUS = "exit status: 0 everything is as expected; 1 something is not; 3 interrupted; errors as in groupy check"


def add_flags(parser: argparse.ArgumentParser) -> None:
    """The flags of `groupy matrix`."""
    parser.add_argument("--impl", action="append", default=[], metavar="PROTOCOL", help="only this one; repeatable")
    parser.add_argument("--model", action="append", default=[], metavar="NAME", help="only this fault model; repeatable")
    parser.add_argument("--update", action="store_true", help="record what is found as expected, new protocols included")
    parser.add_argument("--workers", type=limit, default=2, metavar="N", help="worker processes (default 2)")
    parser.add_argument("--out", type=file_path, metavar="DIR", help="write it as a page and as Markdown, with pictures")
    parser.add_argument("--quiet", action="store_true", help="print only what is not as expected")


def run(options: argparse.Namespace) -> int:
    """Compute, compare, print, write."""
    from groupy_check.checker.comparing.matrix import MatrixRequest, compute
    from groupy_check.checker.interfaces.commands.terminal import console
    from groupy_check.checker.search.progress_line import ticking
    from groupy_check.reports.tables.matrix import headline, print_matrix

    request = MatrixRequest(tuple(options.impl), tuple(options.model), options.update, options.workers, options.out)
    with ticking(options.quiet) as tick:
        found = compute(request, tick)
    if options.quiet:
        print("\n".join([*found.table.surprises, headline(found.table)]))
    else:
        print_matrix(console(), found.table)
        print("".join(f"{path}\n" for path in found.files), end="")
    return found.status


COMMAND = Command("matrix", "judge every protocol under every fault model, as expected or not", add_flags, run, STATUS)
