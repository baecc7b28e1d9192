"""Which properties a check judges, and what the scenario must have for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from groupy_check.checker.errors import UsageError, unknown
from groupy_check.groupy_model.scenario import Scenario
from groupy_check.specs.property import Property
from groupy_check.specs.registry import PROPERTIES


def select(
    names: Sequence[str], scenario: Scenario, known: Mapping[str, Property] = PROPERTIES
) -> tuple[list[Property], list[str]]:
    """The properties to judge, and the names of those left out because they would bring the state transfer into the run.

    Without `names`, all are judged; but where processes may join, the workers' state transfer multiplies the states, so what
    needs the workers is judged only when it is named. The user's own are judged only when they are named, and must be `known`.
    Raises UsageError for an unknown name.
    """
    for name in names:
        check_name(name, known)
    if names:
        return [known[name] for name in dict.fromkeys(names)], []
    left_out = [p for p in PROPERTIES.values() if p.worker and scenario.joinable and not scenario.worker]
    # Where no process can join, none can adopt a state.
    useless = [PROPERTIES["state-transfer"]] if not scenario.joinable else []
    return [p for p in PROPERTIES.values() if p not in left_out and p not in useless], [p.name for p in left_out]


def with_workers(scenario: Scenario, properties: Sequence[Property]) -> Scenario:
    """`scenario` with the colour worker where one of `properties` looks at colours."""
    return replace(scenario, worker=scenario.worker or any(wanted.worker for wanted in properties))


def check_name(name: str, known: Mapping[str, Property], where: str = "") -> None:
    """Raises UsageError, which begins with `where`, when no property that is `known` is called `name`."""
    if name not in known:
        hint = f"; for the file, write ./{name}.py" if "\0" not in name and Path(f"{name}.py").is_file() else ""
        raise UsageError(f"{where}{unknown('property', name, PROPERTIES)}{hint}")
