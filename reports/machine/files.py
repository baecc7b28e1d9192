"""The files of a machine: the graph's source, its pictures, and the page."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from groupy_check.reports.atomic_write import write_bytes
from groupy_check.reports.formats.machine_data import Machine
from groupy_check.reports.machine.drawing import draw, machine_graph
from groupy_check.reports.machine.page import machine_page


def write_machine(machine: Machine, command: str, stem: Path, formats: Sequence[str]) -> list[Path]:
    """Write `machine` to `stem` with each of `formats` as suffix, as .html and as .dot, and return the paths in that order.

    A file is written whole or not at all. Raises OSError if one cannot be written.
    """
    graph = machine_graph(machine)
    contents = {kind: draw(graph, kind) for kind in formats}
    contents |= {"html": machine_page(machine, command).encode(), "dot": graph.source.encode()}
    stem.parent.mkdir(parents=True, exist_ok=True)
    paths = {kind: stem.with_name(f"{stem.name}.{kind}") for kind in contents}
    for kind, content in contents.items():
        write_bytes(paths[kind], content)
    return list(paths.values())
