"""The report of a hunt: the smallest scenario that breaks each property, and how far the hunt got."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from groupy_check.groupy_model.scenario import Scenario
from groupy_check.groupy_model.scenario_text import Json, flags, scenario_json
from groupy_check.groupy_model.show import counted
from groupy_check.groupy_model.verdict import INTERRUPTED, Conclusion, Coverage, Finding, Verdict
from groupy_check.reports.formats.result_json import command_json, finding_json
from groupy_check.reports.wording.lines import PARAGRAPH, tell
from groupy_check.reports.wording.summary import (
    STYLES,
    UNCLAIMED,
    UNCOUNTED,
    brief_run,
    older_lines,
    scenario_phrase,
    story,
    undrawn_lines,
)
from groupy_check.reports.wording.trace_text import PROGRAM

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

SHOWN = 6  # scenarios in a list; the rest are only counted
ALSO = 3  # further scenarios that break a property
SIZE = "processes, crashes, multicasts, joins, losses, false suspicions and recoveries counted together"
AMOUNTS = {  # of the dimensions of a hunt, as in `scenario_phrase`
    "nodes": "process", "crashes": "crash", "messages": "multicast", "joins": "join", "drops": "lost message",
    "suspicions": "false suspicion", "recoveries": "recovery",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Break:
    """`scenario` violates the property of `finding`, and no smaller scenario within it does."""

    scenario: Scenario
    finding: Finding


@dataclass(frozen=True, slots=True)
class Unfinished:
    """The `scenario`, of this `size`, in which a hunt ended, and how far it got there."""

    scenario: Scenario
    size: int
    coverage: Coverage


@dataclass(frozen=True, slots=True)
class Hunted:
    """The results of a hunt.

    Of properties: `decisive` names those asked for, or else the claimed ones. `breaks` has those broken, each with the
    preferred scenario first; the run of `told` is told. `open` names the decisive ones that nothing broke; of these, `untested`
    were never put to the test, and `undecided` left open although all was seen. `unjudged` could not be judged everywhere.
    `labels` are what those are called that are not called by their names.

    Of scenarios, none of which exceeds the maxima `most` or has anything of `untried`: of the `exhausted` all states were seen,
    in the order of the hunt; the `largest` of these lie within no other one. So many were `left` when all that was judged there
    was violated, or `passed_over` because a smaller one within them had broken all. These are all up to the size `complete`, or
    simply all where `bound`, which says what ended the hunt, is "". `unfinished` is where it ended.
    """

    protocol: str
    decisive: tuple[str, ...]
    breaks: Mapping[str, tuple[Break, ...]]
    told: str
    open: tuple[str, ...]
    unjudged: tuple[str, ...]
    untested: tuple[str, ...]
    undecided: tuple[str, ...]
    most: Mapping[str, int]
    untried: tuple[str, ...]
    exhausted: tuple[Scenario, ...]
    largest: tuple[Scenario, ...]
    left: int
    passed_over: int
    complete: int
    seconds: float
    bound: str = ""
    unfinished: Unfinished | None = None
    labels: Mapping[str, str] = field(default_factory=dict)

    def called(self, names: Sequence[str]) -> str:
        """Return what the properties are called that have these `names`."""
        return ", ".join(self.labels.get(name, name) for name in names)

    def findings(self) -> list[Finding]:
        """Return, for every decisive property that is broken, the finding in its preferred scenario."""
        return [self.breaks[name][0].finding for name in self.decisive if name in self.breaks]


def short_phrase(scenario: Scenario) -> str:
    """Return `3 processes, up to 1 crash, 1 join`, without what all scenarios of a hunt have in common."""
    return scenario_phrase(scenario).partition(";")[0]


def print_hunted(console: Console, hunted: Hunted, pictures: Mapping[str, str], older: Sequence[str] = ()) -> None:
    """Write the whole report to `console`; `older` are files that look as if they were of this hunt."""
    tell(console, hunted_headline(hunted), style="bold")
    console.print()
    broken = [name for name in hunted.breaks if name in hunted.decisive]
    others = [name for name in hunted.breaks if name not in hunted.decisive]
    if broken:
        wide = console.width >= PARAGRAPH  # else there is no room for the pictures beside all that
        console.print(_table([hunted.breaks[name] for name in broken], pictures if wide else {}))
        if pictures and not wide:
            tell(console, "\n".join(["", *(f"{name}: {path}" for name, path in pictures.items())]))
    if others:
        tell(console, f"\n{UNCLAIMED}", style="dim")
        console.print(_table([hunted.breaks[name] for name in others], {}, UNCOUNTED), style="dim")
    if hunted.told:
        scenario, first = hunted.breaks[hunted.told][0].scenario, hunted.breaks[hunted.told][0].finding
        again = f"{check_command(hunted.protocol, scenario)} --property {shlex.quote(first.name)}"
        tell(console, f"\n{brief_run(first)}\n\nThe same again:\n  {again}")
        tell(console, f"\n{first.called} ({counted(first.length or 0, 'step')})", style="bold red")
        tell(console, story(first), width=PARAGRAPH)
    undrawn = undrawn_lines({finding.called: finding for finding in hunted.findings()})
    tell(console, "\n" + "\n".join([*undrawn, *_remarks(hunted), *older_lines(older)]))


def hunted_headline(hunted: Hunted) -> str:
    """Return the first line: the protocol, what is broken, and how far the hunt got."""
    broken = [name for name in hunted.breaks if name in hunted.decisive]
    properties = counted(len(hunted.decisive), "property")
    found = f"{len(broken)} of {properties} broken" if broken else "nothing broken so far"
    explored = len(hunted.exhausted)
    where = f"{counted(explored + hunted.left, 'scenario')}, {explored} of them explored whole"
    ended = f"nothing left to explore{_most(hunted)}"
    if hunted.bound:
        ended = INTERRUPTED if hunted.bound == INTERRUPTED else f"ended by {hunted.bound}"
    return f"{hunted.protocol}: {found} in {where}; {ended}"


def _most(hunted: Hunted) -> str:
    """Return the maxima, ` with at most 3 processes, 0 crashes`; "" where there are none."""
    amounts = ", ".join(counted(number, AMOUNTS[name]) for name, number in hunted.most.items())
    return f" with at most {amounts}" if amounts else ""


def _table(rows: Sequence[Sequence[Break]], pictures: Mapping[str, str], styles: Mapping[Verdict, str] = STYLES) -> Table:
    from rich.table import Table  # noqa: PLC0415 - rich is slow to import

    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("property", "verdict", "steps", "smallest scenario", *(["picture"] if pictures else [])):
        table.add_column(heading, justify="right" if heading == "steps" else "left", overflow="fold")
    for preferred, *others in rows:
        finding = preferred.finding
        word = f"[{styles[Verdict.VIOLATED]}]VIOLATED[/]"
        table.add_row(
            finding.called, word, str(finding.length), short_phrase(preferred.scenario), *_cell(pictures, finding.name)
        )
        for found in others[:ALSO]:
            table.add_row("", "also", str(found.finding.length), short_phrase(found.scenario))
        if len(others) > ALSO:
            table.add_row("", "also", "", f"{len(others) - ALSO} more")
    return table


def _cell(pictures: Mapping[str, str], name: str) -> list[str]:
    return [pictures.get(name, "")] if pictures else []


def _remarks(hunted: Hunted) -> Iterator[str]:
    """Yield what was not broken, what was explored and what was not, and where the hunt stopped."""
    if hunted.breaks:
        yield (
            "Smallest: with less of anything nothing was found, a joiner counted as a process. Of several, those without false "
            "suspicions come first, then those without losses, those without recoveries, those of the least size."
        )
    if hunted.open:
        yield f"Not broken so far: {hunted.called(hunted.open)}."
    if hunted.untested:
        yield f"Never put to the test in any of these scenarios: {hunted.called(hunted.untested)}."
    if hunted.undecided:
        yield f"Left open although all states were seen: {hunted.called(hunted.undecided)}; groupy check says why."
    if hunted.unjudged:
        names = ", ".join(hunted.unjudged)
        yield f"Not judged where processes join: {names} (they add the state transfer; to judge one, name it with --property)."
    yield from _explored(hunted)
    if hunted.unfinished:
        scenario, coverage = hunted.unfinished.scenario, hunted.unfinished.coverage
        states = f"{counted(coverage.distinct, 'distinct state')}, depth {coverage.depth}"
        yield f"Unfinished: {short_phrase(scenario)} (size {hunted.unfinished.size}; {states}). Continue there with"
        yield f"  {check_command(hunted.protocol, scenario)}"


def _explored(hunted: Hunted) -> Iterator[str]:
    """Yield what was explored, how far, and what was not."""
    sizes = f" of size {hunted.complete} or less" if hunted.bound else ""
    rule = f" (size: {SIZE})" if hunted.bound else ""
    yield f"Tried: every scenario{sizes}{_most(hunted)}{rule}."
    untried = ", ".join("spurious notices" if name == "spurious" else name for name in hunted.untried)
    yield f"Never tried: {untried}; all scenarios have: {scenario_phrase(Scenario()).partition('; ')[2]}."
    counts = {
        "explored until all states were seen": len(hunted.exhausted),
        "left when all that was judged there was violated": hunted.left,
        "passed over, as smaller ones within them had broken all": hunted.passed_over,
    }
    told = "; ".join(f"{number:,} {what}" for what, number in counts.items() if number)
    yield f"Of these: {told or 'none finished'}." + (" The largest whose states were all seen:" if hunted.largest else "")
    yield from (f"  {short_phrase(scenario)}" for scenario in hunted.largest[:SHOWN])
    if len(hunted.largest) > SHOWN:
        yield f"  and {len(hunted.largest) - SHOWN} more"


# --- for programs ----------------------------------------------------------------------------------------------------


def hunted_json(hunted: Hunted, exit_code: int, pictures: Mapping[str, str]) -> str:
    """Return what the hunt has found, as one JSON object: the breaks, each with its scenario, and how far the hunt got."""
    breaks: list[Json] = [
        {
            "property": name, "claimed": name in hunted.decisive, "scenario": scenario_json(one.scenario),
            "command": check_command(hunted.protocol, one.scenario), "finding": finding_json(one.finding),
        }
        for name, found in hunted.breaks.items()
        for one in found
    ]  # fmt: skip
    left_open = hunted.bound or hunted.undecided
    verdict = Conclusion.VIOLATED if hunted.told else Conclusion.NOT_DECIDED if left_open else Conclusion.OK
    fields: dict[str, Json] = {
        "protocol": hunted.protocol, "breaks": breaks, "not_broken": [*hunted.open], "not_put_to_the_test": [*hunted.untested],
        "explored_whole": len(hunted.exhausted), "left": hunted.left, "passed_over": hunted.passed_over,
        "largest": [scenario_json(one) for one in hunted.largest], "bound": hunted.bound, "seconds": hunted.seconds,
        "pictures": {name: pictures[name] for name in sorted(pictures)},
    }  # fmt: skip
    return command_json("hunt", verdict.value, exit_code, fields)


def check_command(protocol: str, scenario: Scenario) -> str:
    """Return what to type to explore `scenario` alone."""
    return shlex.join((PROGRAM, protocol, *flags(scenario)))
