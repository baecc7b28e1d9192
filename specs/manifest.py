"""The verdicts expected of every protocol under every fault model: the manifest `expected.json`, beside this file.

`groupy matrix` recomputes all of them and reports differences; `groupy matrix --update` rewrites the file. For each protocol it
lists the promises and, by fault model, a cell: the size of the group, the numbers of the search, and for each property "holds",
the length of the shortest violation, "untested" (not violated, but never put to the test) or "open" (a bound was hit).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path
from typing import Any

from groupy_check.groupy_model.scenario import Detector, Order, Scenario, Timing

HOLDS, UNTESTED, OPEN = "holds", "untested", "open"
LARGEST = 12_000  # distinct states per cell; a scenario with more gives way to a smaller one
SCALES = ((3, 2), (3, 1), (2, 1))  # processes and multicasts, the largest scenario first


@dataclass(frozen=True, slots=True)
class FaultModel:
    """What may go wrong, in a word and in a sentence; `faults` is a scenario that leaves the size of the group open.

    `stored`: only a protocol that stores something when the group forms can stand it, and no other has a cell under it.
    """

    name: str
    meaning: str
    faults: Scenario
    stored: bool = False

    def scenario(self, nodes: int, messages: int) -> Scenario:
        """The scenario with `nodes` processes and `messages` multicasts."""
        return replace(self.faults, nodes=nodes, messages=messages)


FAULT_MODELS = (
    FaultModel("none", "nothing goes wrong", Scenario(crashes=0)),
    FaultModel("crash", "one process may crash", Scenario(crashes=1)),
    FaultModel("two-crashes", "two processes may crash", Scenario(crashes=2)),
    FaultModel("join-crash", "one process may join, one may crash", Scenario(crashes=1, joins=1)),
    FaultModel("loss", "one message may be lost", Scenario(crashes=0, drops=1)),
    FaultModel("loss-crash", "one message may be lost, one process may crash", Scenario(crashes=1, drops=1)),
    FaultModel("duplication", "one message may be duplicated", Scenario(crashes=0, duplicates=1)),
    FaultModel("reordering", "channels may deliver in any order", Scenario(crashes=0, order=Order.ANY)),
    FaultModel("suspicion", "the failure detector may be wrong once", Scenario(crashes=0, suspicions=1)),
    FaultModel("partition", "the network may split once", Scenario(crashes=0, partitions=1)),
    FaultModel(
        "overtaking",
        "one process may crash, and the notice may overtake its messages",
        Scenario(crashes=1, detector=Detector.OVERTAKING),
    ),
    FaultModel(
        "timers",
        "one process may join, and one timer may fire too early",
        Scenario(crashes=0, joins=1, timing=Timing.ANY, timeouts=1),
    ),
    FaultModel(
        "recovery",
        "one process may crash and come back, and the failure detector may be wrong once",
        Scenario(crashes=1, suspicions=1, recoveries=1),
        stored=True,
    ),
)


@dataclass(frozen=True, slots=True)
class Cell:
    """The verdicts on one protocol under one fault model, in a group of `nodes` that asks for `messages` multicasts.

    `verdicts` maps every property that was judged to HOLDS, UNTESTED, OPEN or the length of the shortest run that violates it.
    `states` and `depth` are those of the search; `bounded` says that it stopped at LARGEST states. `problem` says why there was
    no search: the protocol cannot even form the group.
    """

    nodes: int
    messages: int
    states: int
    depth: int
    bounded: bool
    verdicts: Mapping[str, str | int]
    problem: str = ""

    def broken(self, promises: tuple[str, ...]) -> dict[str, int]:
        """The violated `promises`, each with the length of its shortest violation."""
        return {name: verdict for name, verdict in self.verdicts.items() if isinstance(verdict, int) and name in promises}

    def kept(self, promises: tuple[str, ...]) -> bool:
        """Whether all of `promises` hold here, as far as they were judged, with no bound hit; there must be one that was."""
        found = [self.verdicts[name] for name in promises if name in self.verdicts]
        return bool(found) and not self.problem and OPEN not in found and not self.broken(promises)


@dataclass(frozen=True, slots=True)
class ManifestRow:
    """One protocol: the properties that it `promises`, and by fault model its cell."""

    promises: tuple[str, ...]
    cells: Mapping[str, Cell]


# --- the file ----------------------------------------------------------------------------------------------------------


def manifest_path() -> Path:
    """The path of the manifest."""
    return Path(str(files("groupy_check.specs").joinpath("expected.json")))


def read_manifest(path: Path | None = None) -> dict[str, ManifestRow]:
    """Every protocol's row, in the order of the file. Raises OSError."""
    document = json.loads((path or manifest_path()).read_text(encoding="utf-8"))
    return {protocol: _row(entry) for protocol, entry in document.items()}


def _row(entry: Mapping[str, Any]) -> ManifestRow:
    cells = {name: _cell(**cell) for name, cell in entry["cells"].items()}
    return ManifestRow(tuple(entry["promises"]), cells)


def _cell(
    nodes: int, messages: int, states: int, depth: int, verdicts: dict[str, str | int], bounded: bool = False, problem: str = ""
) -> Cell:
    return Cell(nodes, messages, states, depth, bounded, verdicts, problem)


def manifest_text(rows: Mapping[str, ManifestRow]) -> str:
    """`rows` as the text of the manifest: JSON with one line per cell, so that versions can be compared line by line."""
    return "{\n" + ",\n".join(_protocol_text(name, row) for name, row in rows.items()) + "\n}\n"


def _protocol_text(name: str, row: ManifestRow) -> str:
    cells = ",\n".join(f"   {json.dumps(model)}: {_cell_text(cell)}" for model, cell in row.cells.items())
    return f' {json.dumps(name)}: {{\n  "promises": {json.dumps(row.promises)},\n  "cells": {{\n{cells}\n  }}\n }}'


def _cell_text(cell: Cell) -> str:
    numbers = {"nodes": cell.nodes, "messages": cell.messages, "states": cell.states, "depth": cell.depth}
    rare = {name: value for name, value in (("bounded", cell.bounded), ("problem", cell.problem)) if value}
    return json.dumps({**numbers, **rare, "verdicts": dict(cell.verdicts)})


# --- what is not as expected -------------------------------------------------------------------------------------------


def surprises(name: str, expected: ManifestRow | None, found: ManifestRow) -> Iterator[str]:
    """One line for each way in which `found` differs from `expected`, unexpected passes included."""
    if expected is None:
        yield f"{name} is not in the manifest; groupy matrix --update --impl {name} adds it"
        return
    for promise in found.promises:
        if promise not in expected.promises:
            yield f"{name} promises {promise}, which is not in the manifest"
    for promise in expected.promises:
        if promise not in found.promises:
            yield f"{name} no longer promises {promise}"
    for model, cell in found.cells.items():
        if model not in expected.cells:
            yield f"{name}, {model}: not in the manifest"
        else:
            yield from (f"{name}, {model}: {text}" for text in _unlike(expected.cells[model], cell))


def _unlike(expected: Cell, found: Cell) -> Iterator[str]:
    for name in dict.fromkeys((*expected.verdicts, *found.verdicts)):
        before, now = (verdict_phrase(cell.verdicts.get(name)) for cell in (expected, found))
        if before != now:
            unexpected = " (an unexpected pass)" if now == HOLDS else ""
            yield f"{name}: expected {before}, found {now}{unexpected}"
    if expected.problem != found.problem:
        yield f"expected {expected.problem or 'no problem'}, found {found.problem or 'none'}"
    if expected.bounded != found.bounded:
        yield f"expected {'a bound' if expected.bounded else 'no bound'}, found {'one' if found.bounded else 'none'}"
    elif not found.bounded and (expected.states, expected.depth) != (found.states, found.depth):
        before, now = (f"{cell.states:,} states, depth {cell.depth}" for cell in (expected, found))
        yield f"expected {before}, found {now}"


def verdict_phrase(verdict: str | int | None) -> str:
    """A verdict of a Cell in words; None stands for a property that was not judged."""
    if isinstance(verdict, int):
        return f"violated in {verdict} step{'' if verdict == 1 else 's'}"
    return verdict or "not judged"
