"""`groupy site`: write the course and the reference as a static site."""

from __future__ import annotations

import argparse

from groupy_check.checker.interfaces.commands.flags import Command, file_path

STATUS = "exit status: 0 written; errors as in groupy check"


def add_flags(parser: argparse.ArgumentParser) -> None:
    """The flags of `groupy site`."""
    parser.add_argument(
        "--out", required=True, type=file_path, metavar="DIR", help="where to write it; an older site is replaced"
    )


def run(options: argparse.Namespace) -> int:
    """Write the site; `options.documented` is the parser of the whole command line, which the site describes."""
    from groupy_check.checker.interfaces.program.output import say
    from groupy_check.checker.interfaces.site_builder import write_site
    from groupy_check.checker.search.progress_line import ticking

    with ticking(quiet=False) as tick:
        write_site(options.out, options.documented, tick)
    say(str(options.out / "index.html"))
    return 0


EXAMPLES = (
    ("--out site", "write it to ./site"),
    ("--out /tmp/site", "or anywhere else"),
)
COMMAND = Command(
    "site", "write the course and the reference as a static site", add_flags, run, EXAMPLES, usage="--out DIR", status=STATUS
)
