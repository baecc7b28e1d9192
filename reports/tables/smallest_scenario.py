"""The report of a hunt: the smallest scenario that breaks each property, and how far the hunt got."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from groupy_check.groupy_model.scenario import Scenario
from groupy_check.groupy_model.scenario_text import flags
from groupy_check.groupy_model.show import counted
from groupy_check.groupy_model.verdict import Coverage, Finding, Verdict
from groupy_check.reports.wording.summary import PARAGRAPH, STYLES, run_text, scenario_phrase, story
from groupy_check.reports.wording.trace_text import PROGRAM

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

DIMENSIONS = ("nodes", "crashes", "messages", "joins", "drops", "suspicions")
SHOWN = 6  # scenarios in a list; the rest are only counted
ALSO = 3  # further scenarios that break a property


@dataclass(frozen=True, slots=True)
class Break:
    """`scenario` violates the property of `finding`, and no smaller scenario within it does."""

    scenario: Scenario
    finding: Finding


@dataclass(frozen=True, slots=True)
class Hunted:
    """The results of a hunt: `breaks` by property, the preferred one first; `open` names the properties never broken.

    `decisive` names the properties asked for, or else the claimed ones. `exhausted` are the fully explored scenarios, in the
    order of the hunt; every scenario up to size `complete` is among them, or had nothing left to break.
    `bound` says what ended the hunt ("" if nothing was left to explore), `unfinished` in which scenario, and how far it got.
    """

    protocol: str
    decisive: tuple[str, ...]
    breaks: Mapping[str, tuple[Break, ...]]
    open: tuple[str, ...]
    unjudged: tuple[str, ...]
    exhausted: tuple[Scenario, ...]
    complete: int
    seconds: float
    bound: str = ""
    unfinished: tuple[Scenario, Coverage] | None = None

    def findings(self) -> list[Finding]:
        """Return, for every decisive property that is broken, the finding in its preferred scenario."""
        return [self.breaks[name][0].finding for name in self.decisive if name in self.breaks]


def size(scenario: Scenario) -> int:
    """Return the size of `scenario`: its processes plus everything that may happen to them."""
    return sum(getattr(scenario, name) for name in DIMENSIONS)


def short_phrase(scenario: Scenario) -> str:
    """Return `3 processes, up to 1 crash, 1 join`, without what all scenarios of a hunt have in common."""
    return scenario_phrase(scenario).partition(";")[0]


def print_hunted(console: Console, hunted: Hunted, pictures: Mapping[str, str]) -> None:
    """Write the whole report to `console`."""
    console.print(hunted_headline(hunted), style="bold", markup=False, highlight=False)
    console.print()
    broken = [name for name in hunted.breaks if name in hunted.decisive]
    others = [name for name in hunted.breaks if name not in hunted.decisive]
    if broken:
        console.print(_table([hunted.breaks[name] for name in broken], pictures))
    if others:
        console.print("\nnot claimed by the protocol", style="dim")
        console.print(_table([hunted.breaks[name] for name in others], pictures), style="dim")
    if hunted.findings():
        first = min(hunted.findings(), key=lambda finding: _rank(hunted.breaks[finding.name][0]))
        console.print(f"\n{run_text(first)}", markup=False, highlight=False, end="", soft_wrap=True)
        console.print(f"\n{first.name} ({counted(first.length or 0, 'step')})", style="bold red", highlight=False)
        console.print(story(first), markup=False, highlight=False, width=min(console.width, PARAGRAPH))
    console.print("\n" + "\n".join(_remarks(hunted)), markup=False, highlight=False)


def hunted_headline(hunted: Hunted) -> str:
    """Return the first line: the protocol, what is broken, and how far the hunt got."""
    broken = [name for name in hunted.breaks if name in hunted.decisive]
    found = f"{len(broken)} of {len(hunted.decisive)} properties broken" if broken else "nothing broken so far"
    ended = f"ended by {hunted.bound}" if hunted.bound else "nothing left to explore"
    return f"{hunted.protocol}: {found} in {counted(len(hunted.exhausted), 'fully explored scenario')}; {ended}"


def preference(scenario: Scenario) -> tuple[int, ...]:
    """Return the sort key of scenarios for readers: those without false suspicions and losses first, then the smallest."""
    return (scenario.suspicions, scenario.drops, size(scenario), scenario.joins, scenario.messages, scenario.crashes)


def _rank(found: Break) -> tuple[int, ...]:
    return (*preference(found.scenario), found.finding.length or 0)


def _table(rows: Sequence[Sequence[Break]], pictures: Mapping[str, str]) -> Table:
    from rich.table import Table  # noqa: PLC0415 - rich is slow to import

    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("property", "verdict", "steps", "smallest scenario", "picture"):
        table.add_column(heading, justify="right" if heading == "steps" else "left", overflow="fold")
    for preferred, *others in rows:
        name = preferred.finding.name
        word = f"[{STYLES[Verdict.VIOLATED]}]VIOLATED[/]"
        table.add_row(name, word, str(preferred.finding.length), short_phrase(preferred.scenario), pictures.get(name, ""))
        for found in others[:ALSO]:
            table.add_row("", "also", str(found.finding.length), short_phrase(found.scenario), "")
    return table


def _remarks(hunted: Hunted) -> list[str]:
    """Return what was not broken, what was fully explored, and where the hunt stopped."""
    lines = []
    if hunted.open:
        lines.append(f"Not broken so far: {', '.join(hunted.open)}.")
    if hunted.unjudged:
        names = ", ".join(hunted.unjudged)
        why = "they add the state transfer; to judge one, name it with --property"
        lines.append(f"Not judged where processes join: {names} ({why}).")
    rule = "processes, crashes, multicasts, joins, losses and false suspicions counted together"
    lines.append(f"Exhausted: every scenario of size {hunted.complete} or less ({rule}). The largest:")
    lines += [f"  {text}" for text in _largest(hunted.exhausted)]
    if hunted.unfinished:
        scenario, coverage = hunted.unfinished
        states = f"{coverage.distinct:,} distinct states, depth {coverage.depth}"
        lines.append(f"Unfinished: {short_phrase(scenario)} (size {size(scenario)}; {states}). Continue there with")
        lines.append(f"  {shlex.join((PROGRAM, '--impl', hunted.protocol, *flags(scenario)))}")
    return lines


def _largest(scenarios: Sequence[Scenario]) -> list[str]:
    """Return those of `scenarios` that lie within no other one; of a long list only the first few."""
    found = [one for one in scenarios if not any(within(one, other) and one != other for other in scenarios)]
    texts = [short_phrase(scenario) for scenario in sorted(found, key=preference)]
    return [*texts[:SHOWN], *([f"and {len(texts) - SHOWN} more"] if len(texts) > SHOWN else [])]


def within(one: Scenario, other: Scenario) -> bool:
    """Return whether `other` has at least as much of everything as `one`; a joiner can do all that a founder can."""
    return one.size <= other.size and all(getattr(one, name) <= getattr(other, name) for name in DIMENSIONS[1:])
