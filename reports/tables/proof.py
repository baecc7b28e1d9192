"""The output of `groupy prove`: the table of obligations, and why one fails, in words and as a state and its successor.

The two states are drawn as a space-time diagram: time goes down, and the lane of each process has the relations about it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from groupy_check.groupy_model.proof_result import Counterexample, ObligationGroup, Possibility, RelationChange
from groupy_check.groupy_model.scenario_text import Json
from groupy_check.reports.formats.result_json import command_json
from groupy_check.reports.wording.lines import tell

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

Said = Sequence[tuple[str, Sequence[str]]]  # names of relations, each with lines about its rows
NEVER = {"initial states": "there is no initial state", "safety": "no state satisfies the clauses"}
SUBJECT = re.compile(r"(?P<whose>[^,:]+)(?:[,:] (?P<rest>.*))?")


def print_groups(console: Console, groups: Sequence[ObligationGroup]) -> None:
    """Print a table with one row for each group, then what failed."""
    from rich.table import Table  # noqa: PLC0415 - rich is slow to import

    table = Table("step", "obligations", "proved", "seconds", "slowest clause", box=None)
    for group in groups:
        proved = f"{group.proved}" if group.proved == group.obligations else f"[bold red]{group.proved}[/]"
        seconds = f"{group.seconds:.2f}"
        table.add_row(group.name, f"{group.obligations}", proved, seconds, f"{group.slowest} ({group.slowest_seconds:.2f})")
    console.print(table)
    for group in groups:
        for clause in group.failed:
            tell(console, f"FAILS  {group.name}: {clause}")
        for clause in group.unknown:
            tell(console, f"UNKNOWN  {group.name}: {clause}")
        for clause in group.vacuous:
            tell(console, f"FAILS  {group.name}: what '{clause}' is about can never arise")
        if group.possible is Possibility.NEVER:
            why = NEVER.get(group.name, "no state that satisfies the clauses allows it: it can never happen")
            tell(console, f"FAILS  {group.name}: {why}")
        if group.possible is Possibility.UNKNOWN:
            tell(console, f"UNKNOWN  {group.name}: whether it can happen at all")
    larger = [group.name for group in groups if group.possible is Possibility.LARGER]
    if larger:
        tell(console, f"Cannot happen in so small a group: {', '.join(larger)}.")


def print_premises(console: Console, name: str, covered: Sequence[str], assumed: Sequence[str]) -> None:
    """Print what the proof of the protocol `name` is about: what its model allows for, and what it assumes never to happen."""
    tell(console, f"\nAllowed for, any number of times: {'; '.join(covered)}.")
    tell(console, "Assumed, and not proved:")
    for one in assumed:
        tell(console, f"  {one}")
    tell(
        console,
        "The proof is about a model. That the program follows it, and which of its actions it comes to, is checked for small "
        f"groups: groupy prove {name} --link.",
    )


def print_counterexample(console: Console, found: Counterexample, meanings: Mapping[str, str]) -> None:
    """Print the clause that fails, both states, one below the other, and the rows that are about no single process.

    `meanings` has each relation in words.
    """
    given = ", ".join(f"{name} = {value}" for name, value in found.given)
    values = ", ".join(f"{name} = {value}" for name, value in found.values)
    tell(console, f"\nWhy '{found.clause}' fails ({found.transition}):")
    tell(console, f"    {found.text}")
    tell(console, f"is false for {values or 'this state'}.")
    if given:
        tell(console, f"All clauses hold in the state before. The step is {found.transition}, with {given}.")
    console.print()
    before, lost, gained = _said(found.relations)
    console.print(_lanes(found, before, lost, gained))
    for title, said in (("also", before), ("also lost", lost), ("also gained", gained)):
        lines = [line for name, each in said for line in _others(found.processes, name, each)]
        if lines:
            tell(console, f"{title}: {'; '.join(lines)}")
    shown = [meanings[change.name] for change in found.relations if change.name in meanings]
    if shown:
        tell(console, "\n".join(["\nIn words:", *(f"  {line}" for line in shown)]))
    tell(
        console,
        "\nThis is a counterexample to induction: the first state satisfies all clauses, but perhaps no run reaches it."
        "\nEither the clauses are too weak, or the protocol is wrong; groupy check searches for a run.",
    )


def _said(relations: Sequence[RelationChange]) -> tuple[Said, Said, Said]:
    """The rows before, those lost and those gained."""
    lost = [(relation.name, [line for line in relation.before if line not in relation.after]) for relation in relations]
    gained = [(relation.name, [line for line in relation.after if line not in relation.before]) for relation in relations]
    return [(relation.name, relation.before) for relation in relations], lost, gained


def _lanes(found: Counterexample, before: Said, lost: Said, gained: Said) -> Table:
    """The diagram: the rows about each process before, a `*` if the transition changes them, and the changes."""
    from rich.table import Table  # noqa: PLC0415 - rich is slow to import

    lanes = [process for process in found.processes if _about(process, [*before, *gained])]
    table = Table("", *lanes, box=None, padding=(0, 3, 0, 0))
    table.add_row("before", *("\n".join(_about(process, before)) for process in lanes))
    if any(lines for _, lines in [*lost, *gained]):
        changes = [(_about(process, lost), _about(process, gained)) for process in lanes]
        table.add_row("", *("|" for _ in lanes))
        table.add_row(found.transition, *("*" if any(change) else "|" for change in changes))
        table.add_row("", *("|" for _ in lanes))
        table.add_row("after", *(_change(*change) for change in changes))
    return table


def _change(lost: Sequence[str], gained: Sequence[str]) -> Text:
    from rich.text import Text  # noqa: PLC0415 - rich is slow to import

    lines = [*(Text(f"- {line}", "red") for line in lost), *(Text(f"+ {line}", "green") for line in gained)]
    return Text("\n").join(lines) if lines else Text("unchanged")


def _about(process: str, said: Said) -> list[str]:
    """Lines about `process`: rows of one more element share a line, longer rows have one each."""
    found = []
    for name, lines in said:
        rests = [rest for whose, rest in map(_split, lines) if whose == process]
        several = any("," in rest for rest in rests)
        found += [f"{name} {rest}" for rest in rests] if several else [" ".join([name, *rests]).rstrip()] if rests else []
    return found


def _others(processes: Sequence[str], name: str, lines: Sequence[str]) -> list[str]:
    """Lines about anything that is not one of `processes`."""
    found: dict[str, list[str]] = {}
    for whose, rest in map(_split, lines):
        if whose not in processes:
            found.setdefault(whose, []).append(rest)
    if all(rests == [""] for rests in found.values()):
        return [" ".join([name, *found])] if found else []
    return [f"{name} {whose}: {' '.join(rests)}" for whose, rests in found.items()]


def _split(line: str) -> tuple[str, str]:
    """The subject of `line`, and the rest of it."""
    match = SUBJECT.fullmatch(line)
    assert match is not None
    return match["whose"], match["rest"] or ""


def proof_json(groups: Sequence[ObligationGroup], verdict: str, exit_code: int, fields: Mapping[str, Json]) -> str:
    """Return how a proof went as one JSON object: `fields`, then the obligations, group by group."""
    rows: list[Json] = [
        {
            "name": group.name, "obligations": group.obligations, "proved": group.proved, "seconds": group.seconds,
            "failed": [*group.failed], "unknown": [*group.unknown], "vacuous": [*group.vacuous],
            "possible": group.possible.value,
        }
        for group in groups
    ]  # fmt: skip
    return command_json("prove", verdict, exit_code, {**fields, "groups": rows})
