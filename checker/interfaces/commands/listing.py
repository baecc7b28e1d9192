"""`groupy list`: the protocols and what each claims; the properties."""

from __future__ import annotations

import argparse

from groupy_check.checker.interfaces.commands.flags import Command


def add_flags(_: argparse.ArgumentParser) -> None:
    """There are none."""


def run(_: argparse.Namespace) -> int:
    """Print both lists."""
    from groupy_check.checker.interfaces.commands.terminal import console
    from groupy_check.reports.tables.catalogue import print_catalogue

    print_catalogue(console())
    return 0


COMMAND = Command("list", "list the protocols, what each claims, and the properties", add_flags, run)
