"""The command-line reference, generated from the parsers."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from functools import partial

WIDTH = 84  # columns of a usage line
PLAIN = partial(argparse.HelpFormatter, width=WIDTH)
SPECIAL = re.compile(r"([<*_\[\]|\\])")


def command_line_page(parser: argparse.ArgumentParser) -> str:
    """Return a page about all subcommands of `parser`."""
    lines = ["# Command line", "", f"{parser.description} `groupy-check` is `groupy check`.", ""]
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            helps = {choice.dest: choice.help or "" for choice in action._choices_actions}
            for name, command in action.choices.items():
                lines += _command(name, helps[name], command)
    return "\n".join(lines)


def _command(name: str, meaning: str, parser: argparse.ArgumentParser) -> Iterator[str]:
    yield f"\n## groupy {name}\n\n{_escaped(meaning[:1].upper() + meaning[1:])}.\n"
    parser.formatter_class = PLAIN  # a page must not depend on the terminal's colours and width
    usage = "\n".join(line[len("usage: ") :] for line in parser.format_usage().splitlines())
    yield f"```text\n{usage}\n```\n"
    for group in parser._action_groups:
        shown = [action for action in group._group_actions if action.dest != "help"]
        if shown:
            # argparse's default headings add nothing to the usage line.
            if group.title not in ("options", "positional arguments"):
                yield f"**{_escaped(str(group.title))}**\n"
            yield from map(_flag, shown)
    if parser.epilog:
        yield _escaped(" ".join(parser.epilog.split()))


def _flag(action: argparse.Action) -> str:
    words, formatter = ", ".join(action.option_strings), PLAIN("")
    value = "" if action.nargs == 0 else formatter._format_args(action, action.dest)
    return f"`{f'{words} {value}'.strip()}`\n: {_escaped(action.help or '')}\n"


def _escaped(text: str) -> str:
    """Return plain text as Markdown."""
    return SPECIAL.sub(r"\\\1", text.replace("%%", "%"))
