"""What `groupy prove` shows: the table of obligations, and why one fails, in words and as two neighbouring states."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table


@dataclass(frozen=True, slots=True)
class Group:
    """The obligations of one action, or of the beginning, or of what is to be proved.

    `slowest` names the clause that took longest; `possible` is False where the clauses leave the action no room.
    """

    name: str
    obligations: int
    proved: int
    seconds: float
    slowest: str
    slowest_seconds: float
    failed: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    possible: bool | None = True


@dataclass(frozen=True, slots=True)
class Fact:
    """What the relation `name` says before the action and after it."""

    name: str
    before: tuple[str, ...]
    after: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Counterexample:
    """`action`, with `given`, leads from a state in which all clauses hold to one in which `clause` fails for `values`."""

    action: str
    given: tuple[tuple[str, str], ...]
    clause: str
    text: str
    values: tuple[tuple[str, str], ...]
    facts: tuple[Fact, ...]


def print_groups(console: Console, groups: Sequence[Group]) -> None:
    """One row a group."""
    from rich.table import Table  # noqa: PLC0415 - rich is slow to import

    table = Table("step", "obligations", "proved", "seconds", "slowest clause", box=None)
    for group in groups:
        proved = f"{group.proved}" if group.proved == group.obligations else f"[bold red]{group.proved}[/]"
        seconds = f"{group.seconds:.2f}"
        table.add_row(group.name, f"{group.obligations}", proved, seconds, f"{group.slowest} ({group.slowest_seconds:.2f})")
    console.print(table)
    for group in groups:
        for clause in group.failed:
            console.print(f"FAILS  {group.name}: {clause}", markup=False)
        for clause in group.unknown:
            console.print(f"UNKNOWN  {group.name}: {clause}", markup=False)
        if not group.possible:
            console.print(f"FAILS  {group.name}: the clauses leave it no room to happen", markup=False)


def print_counterexample(console: Console, found: Counterexample) -> None:
    """The sentence that fails, then both states; what is new stands beside what was."""
    given = ", ".join(f"{name} = {value}" for name, value in found.given)
    values = ", ".join(f"{name} = {value}" for name, value in found.values)
    console.print(f"\nWhy '{found.clause}' fails ({found.action}):", markup=False)
    console.print(f"    {found.text}", markup=False, soft_wrap=True)
    console.print(f"is broken for {values or 'this state'}.", markup=False)
    if given:
        console.print(f"All clauses hold in the state before; then happens: {found.action}, with {given}.\n", markup=False)
    console.print(_states(found.facts))
    console.print(
        "\nIt is a counterexample to induction: the first state obeys all clauses, but no run need lead there. Either the"
        "\nclauses are too weak, or the protocol is at fault; groupy check looks for a run.",
        markup=False,
    )


def _states(facts: Sequence[Fact]) -> Table:
    from rich.table import Table  # noqa: PLC0415 - rich is slow to import

    table = Table("relation", "before", "gained", "lost", box=None)
    for fact in facts:
        gained = [line for line in fact.after if line not in fact.before]
        lost = [line for line in fact.before if line not in fact.after]
        table.add_row(fact.name, "; ".join(fact.before), f"[green]{'; '.join(gained)}[/]", f"[red]{'; '.join(lost)}[/]")
    return table
