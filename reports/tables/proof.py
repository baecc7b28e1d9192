"""What `groupy prove` shows: the table of obligations, and why one fails, in words and as two neighbouring states.

The states are drawn as a space-time diagram: a lane for each process, time going down, and in each lane what is said of it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

Said = Sequence[tuple[str, Sequence[str]]]  # the names of relations, and lines of each
SUBJECT = re.compile(r"(?P<whose>[^,:]+)(?:[,:] (?P<rest>.*))?")


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
    """`action`, with `given`, leads from a state in which all clauses hold to one in which `clause` fails for `values`.

    `processes` are the names of those that there are; a line of a fact about one of them begins with its name.
    """

    action: str
    given: tuple[tuple[str, str], ...]
    clause: str
    text: str
    values: tuple[tuple[str, str], ...]
    facts: tuple[Fact, ...]
    processes: tuple[str, ...]


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
    """The sentence that fails, then both states, one below the other, and what is said of no process alone."""
    given = ", ".join(f"{name} = {value}" for name, value in found.given)
    values = ", ".join(f"{name} = {value}" for name, value in found.values)
    console.print(f"\nWhy '{found.clause}' fails ({found.action}):", markup=False)
    console.print(f"    {found.text}", markup=False, soft_wrap=True)
    console.print(f"is broken for {values or 'this state'}.", markup=False)
    if given:
        console.print(f"All clauses hold in the state before; then happens: {found.action}, with {given}.", markup=False)
    console.print()
    before, lost, gained = _said(found.facts)
    console.print(_lanes(found, before, lost, gained))
    for title, said in (("besides", before), ("lost besides", lost), ("gained besides", gained)):
        lines = [line for name, each in said for line in _others(found.processes, name, each)]
        if lines:
            console.print(f"{title}: {'; '.join(lines)}", markup=False, soft_wrap=True)
    console.print(
        "\nIt is a counterexample to induction: the first state obeys all clauses, but no run need lead there. Either the"
        "\nclauses are too weak, or the protocol is at fault; groupy check looks for a run.",
        markup=False,
    )


def _said(facts: Sequence[Fact]) -> tuple[Said, Said, Said]:
    """What the facts say before, and what of it is lost and gained."""
    lost = [(fact.name, [line for line in fact.before if line not in fact.after]) for fact in facts]
    gained = [(fact.name, [line for line in fact.after if line not in fact.before]) for fact in facts]
    return [(fact.name, fact.before) for fact in facts], lost, gained


def _lanes(found: Counterexample, before: Said, lost: Said, gained: Said) -> Table:
    """Time goes down: what is said of each process before, whether the action changes that, and how."""
    from rich.table import Table  # noqa: PLC0415 - rich is slow to import

    lanes = [process for process in found.processes if _about(process, [*before, *gained])]
    table = Table("", *lanes, box=None, padding=(0, 3, 0, 0))
    table.add_row("before", *("\n".join(_about(process, before)) for process in lanes))
    if any(lines for _, lines in [*lost, *gained]):
        changes = [(_about(process, lost), _about(process, gained)) for process in lanes]
        table.add_row("", *("|" for _ in lanes))
        table.add_row(found.action, *("*" if any(change) else "|" for change in changes))
        table.add_row("", *("|" for _ in lanes))
        table.add_row("after", *(_change(*change) for change in changes))
    return table


def _change(lost: Sequence[str], gained: Sequence[str]) -> Text:
    from rich.text import Text  # noqa: PLC0415 - rich is slow to import

    lines = [*(Text(f"- {line}", "red") for line in lost), *(Text(f"+ {line}", "green") for line in gained)]
    return Text("\n").join(lines) if lines else Text("as before")


def _about(process: str, said: Said) -> list[str]:
    """What is said of `process`: single words in one line, what takes several in one line each."""
    found = []
    for name, lines in said:
        rests = [rest for whose, rest in map(_split, lines) if whose == process]
        several = any("," in rest for rest in rests)
        found += [f"{name} {rest}" for rest in rests] if several else [" ".join([name, *rests]).rstrip()] if rests else []
    return found


def _others(processes: Sequence[str], name: str, lines: Sequence[str]) -> list[str]:
    """What is said of anything but `processes`, one line for each."""
    found: dict[str, list[str]] = {}
    for whose, rest in map(_split, lines):
        if whose not in processes:
            found.setdefault(whose, []).append(rest)
    if all(rests == [""] for rests in found.values()):
        return [" ".join([name, *found])] if found else []
    return [f"{name} {whose}: {' '.join(rests)}" for whose, rests in found.items()]


def _split(line: str) -> tuple[str, str]:
    """Of what `line` speaks, and what it says."""
    match = SUBJECT.fullmatch(line)
    assert match is not None
    return match["whose"], match["rest"] or ""
