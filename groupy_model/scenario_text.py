"""A scenario as text: the flags of the command line, and plain JSON."""

from __future__ import annotations

from dataclasses import fields
from enum import Enum
from typing import TypeAlias

from groupy_check.groupy_model.scenario import Beginning, CutOff, Detector, Fairness, Order, PartitionKind, Scenario

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"


def flags(scenario: Scenario) -> list[str]:
    """The command-line flags of `scenario`: nodes, messages and crashes always, others where they differ from the default."""
    found = ["--nodes", str(scenario.nodes), "--messages", str(scenario.messages), "--crashes", str(scenario.crashes)]
    splits = list[str]()
    if scenario.partition_kind is not PartitionKind.COMPLETE:
        splits += ["--partition-kind", scenario.partition_kind.value]
    if scenario.cut_off is not CutOff.LOST:
        splits += ["--cut-off", scenario.cut_off.value]
    for budget in ("drops", "duplicates", "suspicions", "joins", "leaves", "partitions", "recoveries", "spurious"):
        if getattr(scenario, budget) or (budget == "partitions" and splits):  # these alone mean one of them
            found += [f"--{budget}", str(getattr(scenario, budget))]
    found += splits
    if scenario.detector is not Detector.PERFECT:
        found += ["--detector", scenario.detector.value]
    if scenario.order is not Order.FIFO:
        found += ["--order", scenario.order.value]
    if scenario.timeouts is not None:
        found += ["--timeouts", f"{scenario.timing.value}:{scenario.timeouts}"]
    if scenario.beginning is not Beginning.FORMED:
        found += ["--start", scenario.beginning.name.lower()]
    if scenario.fairness is not Fairness.MAILBOX:
        found += ["--fairness", scenario.fairness.value]
    # Where nobody can join, workers only watch: they change no action.
    return [*found, "--worker"] if scenario.worker and scenario.joinable else found


LETTERS = {"nodes": "n", "messages": "m", "crashes": "c", "joins": "j", "drops": "d", "suspicions": "s"}  # as short flags


def short_name(scenario: Scenario) -> str:
    """What differs from the default scenario, for the name of a file: `m1-j1`, `c2-any`; "" where nothing does."""
    usual, found = Scenario(), list[str]()
    for budget in (*LETTERS, "leaves", "duplicates", "partitions", "recoveries", "spurious"):
        value = getattr(scenario, budget)
        if value != getattr(usual, budget):
            found.append(f"{LETTERS.get(budget, budget)}{value}")
    rules = ("partition_kind", "cut_off", "detector", "order", "fairness", "beginning")
    found += [getattr(scenario, rule).value for rule in rules if getattr(scenario, rule) is not getattr(usual, rule)]
    if scenario.timeouts is not None:
        found.append(f"timeouts-{scenario.timing.value}-{scenario.timeouts}")
    return "-".join([*found, "worker"] if scenario.worker and scenario.joinable else found)


def scenario_json(scenario: Scenario) -> dict[str, Json]:
    """The fields of `scenario` as plain JSON: numbers, booleans and null; enums by value."""
    values = {field.name: getattr(scenario, field.name) for field in fields(scenario)}
    return {name: value.value if isinstance(value, Enum) else value for name, value in values.items()}
