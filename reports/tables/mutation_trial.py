"""How good a user's own property is: a table of the correct protocols, where it must hold, and of the mutants it must catch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from groupy_check.groupy_model.scenario_text import Json
from groupy_check.groupy_model.show import counted
from groupy_check.groupy_model.verdict import Finding, Verdict
from groupy_check.reports.formats.result_json import command_json
from groupy_check.reports.wording.lines import PARAGRAPH, tell
from groupy_check.reports.wording.summary import STYLES, brief_run, older_lines, story, undrawn_lines, verdict_word

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table


@dataclass(frozen=True, slots=True)
class TrialRow:
    """The property's finding for one protocol, shown as `label`. `picture`: a path or ""; `older`: files of an older run."""

    label: str
    expected: Verdict
    finding: Finding
    picture: str = ""
    older: tuple[str, ...] = ()

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
    """Return `./mine.py: holds on 1 of 1 correct protocol; catches 5 of 7 mutants`, and what that leaves out."""
    held, caught = ([one for one in attempts.rows if one.expected is verdict] for verdict in (Verdict.HOLDS, Verdict.VIOLATED))
    good, bad = (sum(one.met for one in part) for part in (held, caught))
    holds = f"holds on {good} of {counted(len(held), 'correct protocol')}"
    idle = sum(one.met and not one.finding.exercised for one in held)
    vacuous = f" ({idle} never put to the test)" if idle else ""
    undecided = sum(one.open for one in attempts.rows)
    open_ones = f"; {undecided} not decided" if undecided else ""
    return f"{attempts.name}: {holds}{vacuous}; catches {bad} of {counted(len(caught), 'mutant')}{open_ones}"


def print_attempts(console: Console, attempts: TrialTable) -> None:
    """Write to `console` the table, then everything unexpected, then how a correct protocol violates the property."""
    tell(console, headline(attempts), style="bold")
    console.print()
    console.print(_table(attempts.rows))
    remarks = list(_remarks(attempts))
    if remarks:
        tell(console, "\n" + "\n".join(remarks))
    wrong = next((one for one in attempts.rows if one.expected is Verdict.HOLDS and one.finding.trace is not None), None)
    if wrong is not None:
        tell(console, f"\n{brief_run(wrong.finding)}")
        length = counted(wrong.finding.length or 0, "step")
        tell(console, f"\n{wrong.label} ({length})", style="bold red")
        tell(console, story(wrong.finding), width=PARAGRAPH)


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
        yield from undrawn_lines({one.label: one.finding})
    for name in attempts.left_out:
        yield f"Left out: {name}, which cannot form the group in this scenario (--start joining shows why)."
    yield from older_lines([path for one in attempts.rows for path in one.older])


def attempts_json(attempts: TrialTable, exit_code: int) -> str:
    """Return the table as one JSON object."""
    rows: list[Json] = [
        {
            "protocol": one.label, "expected": one.expected.name.lower(), "found": one.finding.verdict.name.lower(),
            "exercised": one.finding.exercised, "length": one.finding.length, "met": one.met, "picture": one.picture,
        }
        for one in attempts.rows
    ]  # fmt: skip
    wrong = any(not one.met and not one.open for one in attempts.rows)
    verdict = "NOT AS EXPECTED" if wrong else "NOT DECIDED" if exit_code else "AS EXPECTED"
    fields: dict[str, Json] = {"property": attempts.name, "rows": rows, "left_out": [*attempts.left_out]}
    return command_json("catch", verdict, exit_code, fields)
