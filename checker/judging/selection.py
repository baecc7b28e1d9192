"""Which properties a check judges, and what the scenario must have for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from groupy_check.checker.errors import UsageError, is_there, unknown
from groupy_check.groupy_model.observations import OBSERVATION_TYPES
from groupy_check.groupy_model.scenario import PartitionKind, Scenario
from groupy_check.specs.partitionable.no_duplication import NO_DUPLICATION
from groupy_check.specs.partitionable.precision import PRECISION
from groupy_check.specs.property import Property
from groupy_check.specs.registry import BUILT_IN, PARTITIONABLE, PROPERTIES
from groupy_check.specs.views import ADMISSION, ADMISSION_UNLESS_SOMEBODY_ENDS

# Where these are in force, to hear one another is not what divides processes into groups.
WITHOUT_COMPONENTS = frozenset({PartitionKind.PARTIAL, PartitionKind.SIMPLEX})


def select(
    names: Sequence[str], scenario: Scenario, known: Mapping[str, Property] = PROPERTIES
) -> tuple[list[Property], list[str]]:
    """The properties to judge, and the names of those left out because they would bring the state transfer into the run.

    Without `names`, all are judged; but where processes may join, the workers' state transfer multiplies the states, so what
    needs the workers is judged only when it is named. So would whom a joiner has asked: unless `admission` is named, it is
    judged only in runs in which nobody ends or leaves. The user's own are judged only when they are named, and must be `known`.
    Where processes recover, `no-duplication` stands beside `integrity`, and nothing is said of the workers, which do not.
    Raises UsageError for an unknown name, and for one that says nothing of processes that recover, where they do, or of a
    network without components, where it may be one.
    """
    for name in names:
        check_name(name, known)
        if scenario.recoveries and (known[name].worker or (name in PARTITIONABLE and name != NO_DUPLICATION.name)):
            raise UsageError(f"{name} says nothing of processes that come back after a crash; drop --recoveries")
        if scenario.partitions and scenario.partition_kind in WITHOUT_COMPONENTS and name == PRECISION.name:
            kind = scenario.partition_kind.value
            raise UsageError(f"{name} is about components, and a {kind} partition makes none; drop --partition-kind {kind}")
    if names:
        return [known[name] for name in dict.fromkeys(names)], []
    needing_workers = [p for p in PROPERTIES.values() if p.worker]
    left_out = needing_workers if scenario.joinable and not scenario.worker and not scenario.recoveries else []
    # Where no process can join, none can adopt a state, and none waits to be let in.
    useless = [PROPERTIES["state-transfer"], ADMISSION] if not scenario.joinable else []
    if scenario.recoveries:
        useless = needing_workers
    judged = [p for p in PROPERTIES.values() if p not in left_out and p not in useless]
    judged += [NO_DUPLICATION] if scenario.recoveries else []
    return [ADMISSION_UNLESS_SOMEBODY_ENDS if p is ADMISSION else p for p in judged], [p.name for p in left_out]


def with_workers(scenario: Scenario, properties: Sequence[Property]) -> Scenario:
    """`scenario` with the colour worker where one of `properties` looks at colours."""
    return replace(scenario, worker=scenario.worker or any(wanted.worker for wanted in properties))


def check_name(name: str, known: Mapping[str, Property], where: str = "") -> None:
    """Raises UsageError, which begins with `where`, when no property that is `known` is called `name`, or none of a model."""
    if name not in known:
        hint = f"; for the file, write ./{name}.py" if is_there(f"{name}.py") else ""
        raise UsageError(f"{where}{unknown('property', name, BUILT_IN)}{hint}")
    if not known[name].needs <= frozenset(OBSERVATION_TYPES):
        raise UsageError(f"{where}{name}: no model has what it is about, only logs may; groupy judge LOG --property {name}")
