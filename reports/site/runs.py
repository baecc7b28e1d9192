"""The violations that have their own page in the site: which they are, and what is known about each once found."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from groupy_check.groupy_model.protocols.registry import PROTOCOLS
from groupy_check.groupy_model.scenario import Scenario
from groupy_check.groupy_model.scenario_text import flags
from groupy_check.reports.site.gallery import PICTURES, Case
from groupy_check.reports.wording.trace_text import PROGRAM
from groupy_check.specs.manifest import FAULT_MODELS, Cell, ManifestRow
from groupy_check.specs.registry import PROPERTIES

DIRECTORY = "runs"  # of the site
AT_ONCE = 3  # steps: a violation this short is found instantly, so its cell in the matrix gets a page
MODELS = {model.name: model for model in FAULT_MODELS}
# Examples for properties that nothing in the matrix violates.
MORE = {"state-transfer": Case("fbcast~early-snapshot", "state-transfer", Scenario(2, 1, crashes=0, joins=1))}


@dataclass(frozen=True, slots=True)
class SiteRun:
    """A violation that was found: the `length` of its run, the `sentence` that says what is violated, and its page.

    `svg` is its picture, empty if no page shows it.
    """

    length: int
    sentence: str
    html: str
    svg: bytes


Runs = Mapping[Case, SiteRun]


def stem(case: Case) -> str:
    """Return the file name, without suffix, of `case`."""
    words = [case.protocol, case.wanted, *(word.removeprefix("--") for word in flags(case.scenario))]
    return re.sub(r"[^\w-]+", "-", "-".join(words))


def page_of(case: Case) -> str:
    """Return the path, in the site, of the interactive page of `case`."""
    return f"{DIRECTORY}/{stem(case)}.html"


def command(protocol: str, scenario: Scenario, *more: str) -> str:
    """Return the command that checks `protocol` in `scenario`."""
    return shlex.join((PROGRAM, "--impl", protocol, *flags(scenario), *more))


def command_of(case: Case) -> str:
    """Return the command that finds `case`."""
    return command(case.protocol, case.scenario, "--property", case.wanted)


def scenario_of(model: str, cell: Cell) -> Scenario:
    """Return the scenario explored for `cell`."""
    return MODELS[model].scenario(cell.nodes, cell.messages)


def worst(protocol: str, model: str, row: ManifestRow) -> Case | None:
    """Return what the overview of the matrix shows in this cell: of the broken promises, the one with the fewest steps."""
    cell = row.cells[model]
    broken = cell.broken(row.promises)
    if not broken:
        return None
    return Case(protocol, min(broken, key=lambda name: broken[name]), scenario_of(model, cell))


def example(wanted: str, manifest: Mapping[str, ManifestRow]) -> Case | None:
    """Return a violation of the property `wanted`, preferably by a protocol that promises it and is no mutant."""
    found = [
        (wanted not in row.promises, "~" in protocol, list(PROTOCOLS).index(protocol), length, cell.states, model, protocol)
        for protocol, row in manifest.items()
        for model, cell in row.cells.items()
        if isinstance(length := cell.verdicts.get(wanted), int)
    ]
    if not found:
        return MORE.get(wanted)
    *_, model, protocol = min(found)
    return Case(protocol, wanted, scenario_of(model, manifest[protocol].cells[model]))


def cases(manifest: Mapping[str, ManifestRow]) -> list[Case]:
    """Return all violations with a page in the site: gallery, property reference, and the matrix's short ones."""
    return list(dict.fromkeys((*PICTURES.values(), *examples(manifest), *_cells(manifest))))


def examples(manifest: Mapping[str, ManifestRow]) -> list[Case]:
    """Return the violations of the property reference, which shows their pictures."""
    found = (example(name, manifest) for name in PROPERTIES)
    return [case for case in found if case is not None]


def _cells(manifest: Mapping[str, ManifestRow]) -> Iterator[Case]:
    for protocol, row in manifest.items():
        for model, cell in row.cells.items():
            case = worst(protocol, model, row)
            if case is not None and cell.broken(row.promises)[case.wanted] <= AT_ONCE:
                yield case
