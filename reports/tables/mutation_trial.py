"""How good a user's own property is: a table of the correct protocols, where it must hold, and of the mutants it must catch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from groupy_check.groupy_model.show import counted
from groupy_check.groupy_model.verdict import Finding, Verdict
from groupy_check.reports.wording.summary import PARAGRAPH, STYLES, run_text, story, verdict_word

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table


@dataclass(frozen=True, slots=True)
class TrialRow:
    """The property's finding for one protocol, shown as `label`; `picture` is a path or ""."""

    label: str
    expected: Verdict
    finding: Finding
    picture: str = ""

    @property
    def met(self) -> bool:
        """Return whether the verdict is as expected."""
        return self.finding.verdict is self.expected

    @property
    def open(self) -> bool:
        """Return whether a bound left the question open."""
        return self.finding.verdict is Verdict.NOT_FOUND

    @property
    def told(self) -> str:
        """Return in a few words what is not as expected, or ""."""
        if self.met:
            return ""
        if self.open:
            return "not decided: a bound was hit"
        return "missed" if self.expected is Verdict.VIOLATED else "violated, although the protocol is correct"


@dataclass(frozen=True, slots=True)
class TrialTable:
    """All attempts with the property `name`; `left_out` names protocols that cannot form the group in the scenario."""

    name: str
    rows: tuple[TrialRow, ...]
    left_out: tuple[str, ...] = ()


def headline(attempts: TrialTable) -> str:
    """Return `./mine.py: holds on 1 of 1 correct protocol; catches 5 of 7 mutants`."""
    held, caught = ([one for one in attempts.rows if one.expected is verdict] for verdict in (Verdict.HOLDS, Verdict.VIOLATED))
    good, bad = (sum(one.met for one in part) for part in (held, caught))
    holds = f"holds on {good} of {counted(len(held), 'correct protocol')}"
    return f"{attempts.name}: {holds}; catches {bad} of {counted(len(caught), 'mutant')}"


def print_attempts(console: Console, attempts: TrialTable) -> None:
    """Write to `console` the table, then everything unexpected, then how a correct protocol violates the property."""
    console.print(headline(attempts), style="bold", markup=False, highlight=False)
    console.print()
    console.print(_table(attempts.rows))
    remarks = list(_remarks(attempts))
    if remarks:
        console.print("\n" + "\n".join(remarks), markup=False, highlight=False)
    wrong = next((one for one in attempts.rows if one.expected is Verdict.HOLDS and one.finding.trace is not None), None)
    if wrong is not None:
        console.print(f"\n{run_text(wrong.finding)}", markup=False, highlight=False, end="", soft_wrap=True)
        length = counted(wrong.finding.length or 0, "step")
        console.print(f"\n{wrong.label} ({length})", style="bold red", markup=False, highlight=False)
        console.print(story(wrong.finding), markup=False, highlight=False, width=min(console.width, PARAGRAPH))


def _table(attempts: Sequence[TrialRow]) -> Table:
    from rich.table import Table  # noqa: PLC0415 - rich is slow to import

    rows = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("protocol", "expected", "verdict", "steps", "picture"):
        rows.add_column(heading, justify="right" if heading == "steps" else "left", overflow="fold")
    for one in attempts:
        style = STYLES[Verdict.NOT_FOUND if one.open else Verdict.HOLDS if one.met else Verdict.VIOLATED]
        steps = "" if one.finding.length is None else str(one.finding.length)
        rows.add_row(one.label, one.expected.value, f"[{style}]{verdict_word(one.finding)}[/]", steps, one.picture)
    return rows


def _remarks(attempts: TrialTable) -> Iterator[str]:
    for one in attempts.rows:
        if one.told:
            yield f"{one.label}: {one.told}"
    for name in attempts.left_out:
        yield f"Left out: {name}, which cannot form the group in this scenario (--start joining shows why)."
