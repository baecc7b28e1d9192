"""A class's submissions as one table: for the terminal, as CSV, as Markdown with links to pictures, as a page.

Its contents are untrusted: a spreadsheet must not read them as formulas, nor Markdown or HTML as markup.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from html import escape
from typing import TYPE_CHECKING
from urllib.parse import quote

from groupy_check.groupy_model.scenario_text import Json
from groupy_check.groupy_model.show import counted, printable
from groupy_check.groupy_model.verdict import Verdict
from groupy_check.reports.formats.result_json import command_json
from groupy_check.reports.page.standalone import document
from groupy_check.reports.wording.lines import tell
from groupy_check.reports.wording.summary import STYLES

if TYPE_CHECKING:
    from rich.console import Console

NOT_STOPPED = (
    "Each submission ran apart from its judge. Nothing stops it from using your files and the network: "
    "if you do not know the class, grade in a container."
)
FEW = 4  # columns of verdicts that fit into the terminal
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # characters that start a formula in a spreadsheet
MARKUP = re.compile(r"([\\`*_{}\[\]<>()#!|~&])")


class Standing(Enum):
    """What became of a submission."""

    MET = "as expected"
    BUILT_IN = "as expected (built-in)"
    UNMET = "not as expected"
    OPEN = "not decided"
    UNJUDGED = "not judged"


@dataclass(frozen=True, slots=True)
class GradeEntry:
    """A verdict on a submission and the length of the shortest run that shows it; `expected` is None if nothing is expected.

    `vacuous`: the property holds only because it was never put to the test. That is not what anybody expects.
    """

    verdict: Verdict
    steps: int | None = None
    expected: Verdict | None = None
    vacuous: bool = False

    @property
    def met(self) -> bool:
        """Return whether nothing else was expected."""
        return self.expected is None or (self.verdict is self.expected and not self.vacuous)


@dataclass(frozen=True, slots=True)
class Grade:
    """The result for the submission `name` in `file`: verdicts by column, or the `problem` that prevented them.

    `explanation`: one sentence on what is wrong; `shown`: the column with the violation that this and the picture are about, or
    ""; `picture`, `page`: paths relative to the table, or ""; `built_in`: the protocol of ours whose step it has, or "".
    """

    name: str
    file: str
    entries: Mapping[str, GradeEntry] = field(default_factory=dict)
    problem: str = ""
    explanation: str = ""
    shown: str = ""
    picture: str = ""
    built_in: str = ""
    page: str = ""

    @property
    def outcome(self) -> Standing:
        """Return the overall outcome."""
        surprises = [entry for entry in self.entries.values() if not entry.met]
        if self.problem:
            return Standing.UNJUDGED
        if any(entry.verdict is not Verdict.NOT_FOUND for entry in surprises):
            return Standing.UNMET
        if surprises:
            return Standing.OPEN
        return Standing.BUILT_IN if self.built_in else Standing.MET

    @property
    def steps(self) -> int | None:
        """Return the length of the run that is explained and drawn."""
        return self.entries[self.shown].steps if self.shown else None


@dataclass(frozen=True, slots=True)
class Grades:
    """The table: `rows` for `total` submissions, each with verdicts in `columns`; `setting` says how they were judged."""

    columns: Sequence[str]
    rows: Sequence[Grade]
    total: int
    setting: str


def summary(grades: Grades) -> str:
    """Return `3 submissions: 1 as expected, 1 not as expected, 1 not judged`, plus how many an interrupt left out."""
    counts = Counter(grade.outcome for grade in grades.rows)
    parts = ", ".join(f"{counts[outcome]} {outcome.value}" for outcome in Standing if counts[outcome])
    missing = grades.total - len(grades.rows)
    ended = f"; interrupted: {missing} not looked at" if missing else ""
    return f"{counted(grades.total, 'submission')}{parts and ': '}{parts}{ended}"


def _explained(grade: Grade) -> str:
    return printable(grade.problem or grade.explanation)


def _word(entry: GradeEntry | None) -> str:
    untested = " (not put to the test)" if entry and entry.vacuous else ""
    return f"{entry.verdict.value}{untested}" if entry else ""


# --- CSV ------------------------------------------------------------------------------------------------------------


def grades_csv(grades: Grades) -> str:
    """Return the table as CSV (RFC 4180), one line per submission."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(map(plain, ["name", "file", "result", *grades.columns, "shortest trace", "explanation", "picture"]))
    for grade in grades.rows:
        words = [_word(grade.entries.get(column)) for column in grades.columns]
        steps = "" if grade.steps is None else str(grade.steps)
        cells = [grade.name, grade.file, grade.outcome.value, *words, steps, _explained(grade), grade.picture]
        writer.writerow(map(plain, cells))
    return text.getvalue()


def plain(cell: str) -> str:
    """Return `cell` on one line, prefixed with an apostrophe if a spreadsheet would evaluate it (OWASP, "CSV injection")."""
    text = printable(cell)
    return f"'{text}" if cell.lstrip(" ").startswith(FORMULA) else text


# --- Markdown -------------------------------------------------------------------------------------------------------


def grades_markdown(grades: Grades) -> str:
    """Return the table as Markdown with links to the pictures; surprises are bold."""
    headings = ["name", "result", *grades.columns, "shortest trace", "explanation", "picture"]
    lines = ["# Grades", "", f"{summary(grades)}.", "", f"{escaped(grades.setting)}.", ""]
    lines += [_line(escaped(heading) for heading in headings), _line("---" for _ in headings)]
    for grade in grades.rows:
        words = [_marked(grade.entries.get(column)) for column in grades.columns]
        steps = "" if grade.steps is None else str(grade.steps)
        link = f"[picture]({quote(grade.picture)})" if grade.picture else ""
        lines.append(_line([escaped(grade.name), grade.outcome.value, *words, steps, escaped(_explained(grade)), link]))
    return "\n".join([*lines, "", NOT_STOPPED]) + "\n"


def _line(cells: Iterator[str] | Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _marked(entry: GradeEntry | None) -> str:
    return _word(entry) if entry is None or entry.met else f"**{_word(entry)}**"


def escaped(text: str) -> str:
    """Return `text` escaped so that Markdown shows it literally."""
    return MARKUP.sub(r"\\\1", printable(text))


# --- page -----------------------------------------------------------------------------------------------------------


def grades_html(grades: Grades) -> str:
    """Return the table as one page; each row opens its run: the page to step through, and the picture."""
    headings = ["name", "result", *grades.columns, "shortest trace", "explanation", "run"]
    parts = ["<h1>Grades</h1>", f"<p>{escape(summary(grades))}.</p>", f"<p>{escape(printable(grades.setting))}.</p>"]
    parts += ['<div class="scroll" tabindex="0"><table class="grades"><thead><tr>']
    parts += [f'<th scope="col">{escape(printable(heading))}</th>' for heading in headings]
    parts += ["</tr></thead><tbody>", *(_html_row(grade, grades.columns) for grade in grades.rows), "</tbody></table></div>"]
    parts.append(f'<p class="quiet">{escape(NOT_STOPPED)}</p>')
    return document("Grades", "\n".join(parts))


def _html_row(grade: Grade, columns: Sequence[str]) -> str:
    entries = [grade.entries.get(column) for column in columns]
    cells = [f'<td class="{_html_kind(entry)}">{escape(_word(entry))}</td>' for entry in entries]
    steps = "" if grade.steps is None else str(grade.steps)
    runs = (("step by step", grade.page), ("picture", grade.picture))
    links = ", ".join(f'<a href="{escape(quote(path))}">{text}</a>' for text, path in runs if path)
    outcome = f'<td class="{grade.outcome.name.lower()}">{escape(grade.outcome.value)}</td>'
    told = f"<td>{steps}</td><td>{escape(_explained(grade))}</td><td>{links}</td>"
    return f'<tr><th scope="row">{escape(printable(grade.name))}</th>{outcome}{"".join(cells)}{told}</tr>'


def _html_kind(entry: GradeEntry | None) -> str:
    return "" if entry is None or entry.expected is None else "met" if entry.met else "unmet"


# --- terminal -------------------------------------------------------------------------------------------------------


def print_grades(console: Console, grades: Grades) -> None:
    """Write one row per submission and the summary to `console`."""
    from rich.table import Table  # noqa: PLC0415 - rich is slow to import
    from rich.text import Text  # noqa: PLC0415

    shown = grades.columns if len(grades.columns) <= FEW else ()
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("name", "result", *shown, "steps", "explanation"):
        table.add_column(Text(heading), justify="right" if heading == "steps" else "left", overflow="fold")
    for grade in grades.rows:
        words = [Text(_word(grade.entries.get(column)), _style(grade.entries.get(column))) for column in shown]
        steps = Text("" if grade.steps is None else str(grade.steps))
        table.add_row(Text(printable(grade.name)), Text(grade.outcome.value), *words, steps, Text(_explained(grade)))
    console.print(table)
    console.print()
    tell(console, NOT_STOPPED)
    tell(console, summary(grades), style="bold")


def _style(entry: GradeEntry | None) -> str:
    if entry is None or entry.verdict is Verdict.NOT_FOUND:
        return STYLES[Verdict.NOT_FOUND]
    return STYLES[Verdict.HOLDS if entry.met else Verdict.VIOLATED]


# --- JSON -----------------------------------------------------------------------------------------------------------


def grades_json(grades: Grades, exit_code: int) -> str:
    """Return the table as one JSON object."""
    rows: list[Json] = [
        {
            "name": grade.name, "file": grade.file, "result": grade.outcome.value, "problem": grade.problem,
            "explanation": grade.explanation, "picture": grade.picture,
            "verdicts": {column: _word(grade.entries.get(column)) for column in grades.columns},
            "shortest": grade.steps, "built_in": grade.built_in,
        }
        for grade in grades.rows
    ]  # fmt: skip
    fields: dict[str, Json] = {"setting": grades.setting, "rows": rows, "missing": grades.total - len(grades.rows)}
    return command_json("grade", "JUDGED" if len(grades.rows) == grades.total else "INTERRUPTED", exit_code, fields)
