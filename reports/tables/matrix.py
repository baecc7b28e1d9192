"""Properties, fault models and protocols as tables: for the terminal, as a page, and as Markdown.

The overview has one row per protocol: the fault models under which it keeps all its promises. Below it, or on its own, each
protocol has a table of properties; verdicts on properties that it does not promise are in brackets.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from html import escape
from types import MappingProxyType
from typing import TYPE_CHECKING
from urllib.parse import quote

from groupy_check.groupy_model.scenario_text import Json, flags
from groupy_check.groupy_model.show import counted
from groupy_check.reports.formats.result_json import command_json
from groupy_check.reports.page.standalone import document
from groupy_check.reports.wording.lines import tell
from groupy_check.reports.wording.trace_text import PROGRAM
from groupy_check.specs.manifest import FAULT_MODELS, HOLDS, LARGEST, OPEN, SCALES, UNTESTED, Cell, ManifestRow
from groupy_check.specs.registry import PROPERTIES

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

VIOLATED = "violated"
STYLES = {HOLDS: "green", VIOLATED: "bold red", OPEN: "yellow", UNTESTED: "yellow", "": "dim"}
SMALLER = "*"  # after a verdict on a smaller group than the others
FEW = 3  # for up to this many protocols, the terminal shows every property
LEGEND = {
    HOLDS: "all reachable states were seen, and none violates it (where it is about all promises: those that were tested)",
    "5": "violated; a run of this many steps shows it, a shortest one unless it goes round forever",
    UNTESTED: "not violated, but never put to the test",
    OPEN: "not violated in the states seen, but a bound on states or timeouts was hit",
    "(5)": "the same, for a property that the protocol does not promise",
    SMALLER: f"only in a group of {SCALES[-1][0]}; a larger one has more than {LARGEST:,} states",
}


@dataclass(frozen=True, slots=True)
class Matrix:
    """`rows` by protocol, for `models` (names); `surprises` are the lines about unexpected verdicts.

    `pictures[protocol, model, property]` is the file with the picture of that violation, relative to the page. `free` are the
    protocols of which nothing is expected. So many cells are `missing`, because the computation was interrupted.
    """

    rows: Mapping[str, ManifestRow]
    models: Sequence[str]
    surprises: Sequence[str] = ()
    pictures: Mapping[tuple[str, str, str], str] = field(default_factory=dict)
    free: Sequence[str] = ()
    missing: int = 0


@dataclass(frozen=True, slots=True)
class MatrixEntry:
    """One entry of a table: its text, its kind (HOLDS, VIOLATED, UNTESTED, OPEN or ""), a remark, its picture, its command."""

    text: str
    kind: str
    more: str = ""
    picture: str = ""
    promised: bool = True
    command: str = ""


NOTHING = MatrixEntry("-", "")
NO_LINKS: Mapping[str, str] = MappingProxyType({})
Rows = Mapping[str, Sequence[MatrixEntry]]  # one entry per fault model


def overview_entry(matrix: Matrix, protocol: str, model: str) -> MatrixEntry:
    """Return whether `protocol` keeps all its promises under `model`; if not, the violation with the fewest steps."""
    row = matrix.rows[protocol]
    cell = row.cells.get(model)
    if cell is None or cell.problem:
        return replace(NOTHING, more="cannot form the group") if cell else NOTHING
    broken, command = cell.broken(row.promises), cell_command(protocol, model, cell)
    if broken:
        name = min(broken, key=lambda one: broken[one])
        others, picture = f" +{len(broken) - 1}" if len(broken) > 1 else "", matrix.pictures.get((protocol, model, name), "")
        return MatrixEntry(f"{broken[name]}{_mark(cell)}", VIOLATED, f"{name}{others}", picture, command=command)
    kinds = {cell.verdicts[name] for name in row.promises if name in cell.verdicts}
    kind = next((kind for kind in (OPEN, HOLDS, UNTESTED) if kind in kinds), "")
    return MatrixEntry(kind + _mark(cell), kind, command=command) if kind else NOTHING


def _mark(cell: Cell) -> str:
    return SMALLER if cell.nodes < SCALES[0][0] else ""


def entry(matrix: Matrix, protocol: str, model: str, name: str) -> MatrixEntry:
    """Return the verdict on the property `name`."""
    row = matrix.rows[protocol]
    cell = row.cells.get(model)
    if cell is None or name not in cell.verdicts:
        return NOTHING
    verdict = cell.verdicts[name]
    promised = name in row.promises
    text = f"{verdict}{_mark(cell)}" if promised else f"({verdict})"
    kind = VIOLATED if isinstance(verdict, int) else verdict
    picture, command = matrix.pictures.get((protocol, model, name), ""), cell_command(protocol, model, cell)
    return MatrixEntry(text, kind, picture=picture, promised=promised, command=command)


def listed_properties(row: ManifestRow) -> list[str]:
    """Return the properties in the table of a protocol: its promises first, then the others that were judged."""
    judged = [name for name in PROPERTIES if any(name in cell.verdicts for cell in row.cells.values())]
    return [name for name in judged if name in row.promises] + [name for name in judged if name not in row.promises]


def headline(matrix: Matrix) -> str:
    """Return the first line: the size of the matrix, and whether it is as expected."""
    cells = counted(sum(len(row.cells) for row in matrix.rows.values()), "cell")
    judged = len(matrix.rows) > len(matrix.free)
    expected = [counted(len(matrix.surprises), "surprise") if matrix.surprises else "as expected"] if judged else []
    free = [f"nothing is expected of {', '.join(matrix.free)}"] if matrix.free else []
    missing = [f"interrupted, {counted(matrix.missing, 'cell')} missing"] if matrix.missing else []
    size = f"{counted(len(matrix.rows), 'protocol')}, {counted(len(matrix.models), 'fault model')}, {cells}"
    return f"{size}: {'; '.join([*expected, *free, *missing]) or 'nothing to compute'}"


def size_phrase(cell: Cell) -> str:
    """Return `3 processes, 2 multicasts, 1,921 states`."""
    states = f"stopped at {cell.states:,} states" if cell.bounded else counted(cell.states, "state")
    return f"{counted(cell.nodes, 'process')}, {counted(cell.messages, 'multicast')}, {states}"


# --- terminal -------------------------------------------------------------------------------------------------------


def print_matrix(console: Console, matrix: Matrix) -> None:
    """Write to `console` the overview (for a few protocols: every property), then everything unexpected."""
    for corner, rows in tables(matrix) if len(matrix.rows) <= FEW else [("protocol", overview(matrix))]:
        for models in _fitting(matrix.models, rows, console.width):
            console.print(_table(corner, matrix.models, models, rows))
            console.print()
    for word, meaning in LEGEND.items():
        tell(console, f"{word:<9} {meaning}", style="dim")
    console.print()
    commands = list(_commands(matrix))[:FEW]
    if commands:
        lines = "\n".join(["How a cell comes about, for example:", *commands])
        tell(console, f"{lines}\n")
    for line in matrix.surprises:
        tell(console, line, style="bold red")
    tell(console, headline(matrix), style="bold")


def overview(matrix: Matrix) -> Rows:
    """Return every protocol's row of the overview."""
    return {name: [overview_entry(matrix, name, model) for model in matrix.models] for name in matrix.rows}


def tables(matrix: Matrix) -> Iterator[tuple[str, Rows]]:
    """Yield every protocol with the rows of its table."""
    for protocol, row in matrix.rows.items():
        yield protocol, {name: [entry(matrix, protocol, one, name) for one in matrix.models] for name in listed_properties(row)}


def _fitting(models: Sequence[str], rows: Rows, width: int) -> Iterator[list[str]]:
    """Yield `models` in parts that fit beside the names of `rows` into `width` columns."""
    left = 0
    part: list[str] = []
    for index, model in enumerate(models):
        texts = [*model.split("-"), *(entries[index].text for entries in rows.values())]
        needed = max(map(len, texts)) + 2
        if part and needed > left:
            yield part
            part = []
        left = (left if part else width - max(map(len, rows), default=0)) - needed
        part.append(model)
    yield part


def _table(corner: str, models: Sequence[str], part: Sequence[str], rows: Rows) -> Table:
    from rich.table import Table  # noqa: PLC0415 - rich is slow to import

    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column(corner, no_wrap=True)
    for model in part:
        table.add_column(model.replace("-", "\n"), justify="right")
    for name, entries in rows.items():
        shown = [one for model, one in zip(models, entries, strict=True) if model in part]
        table.add_row(name, *(f"[{STYLES[one.kind] if one.promised else 'dim'}]{one.text}[/]" for one in shown))
    return table


# --- Markdown -------------------------------------------------------------------------------------------------------


def matrix_markdown(matrix: Matrix) -> str:
    """Return the overview and every protocol's table as Markdown."""
    lines = ["# What holds under which faults", "", f"{headline(matrix)}.", ""]
    lines += [f"- {line}" for line in matrix.surprises] + ([""] if matrix.surprises else [])
    lines += [f"- `{word}`: {meaning}" for word, meaning in LEGEND.items()] + [""]
    lines += [f"- **{model.name}**: {model.meaning}" for model in FAULT_MODELS if model.name in matrix.models] + [""]
    lines += _markdown_table("keeps all its promises", matrix.models, overview(matrix))
    for protocol, rows in tables(matrix):
        lines += ["", f"## {protocol}", "", *_markdown_table("property", matrix.models, rows), ""]
        lines += [f"- {model}: `{command}`" for model, command in _commands_of(matrix, protocol)]
    return "\n".join(lines) + "\n"


def _markdown_table(corner: str, models: Sequence[str], rows: Rows) -> Iterator[str]:
    yield f"| {' | '.join([corner, *models])} |"
    yield f"|---|{'---:|' * len(models)}"
    for name, entries in rows.items():
        yield f"| {' | '.join([name, *map(_markdown, entries)])} |"


def _markdown(one: MatrixEntry) -> str:
    text = f"**{one.text}** {one.more}".strip() if one.kind == VIOLATED and one.promised else one.text
    return f"[{text}]({quote(one.picture)})" if one.picture else text


# --- page -----------------------------------------------------------------------------------------------------------


def matrix_html(matrix: Matrix) -> str:
    """Return the overview and every protocol's table as one page; violations link to their pictures."""
    parts = ["<h1>What holds under which faults</h1>", f"<p>{escape(headline(matrix))}.</p>"]
    parts += [f'<p class="bad">{escape(line)}</p>' for line in matrix.surprises]
    links = {name: f"#{quote(name)}" for name in matrix.rows}
    parts += html_table("keeps all its promises", matrix.models, overview(matrix), links=links)
    parts += ["<dl>", *(f"<dt>{escape(word)}</dt><dd>{escape(meaning)}</dd>" for word, meaning in LEGEND.items()), "</dl>"]
    parts += ["<h2>Fault models</h2>", "<dl>"]
    parts += [
        f"<dt>{escape(model.name)}</dt><dd>{escape(model.meaning)}</dd>"
        for model in FAULT_MODELS
        if model.name in matrix.models
    ]
    parts.append("</dl>")
    for protocol, rows in tables(matrix):
        parts += _section(matrix, protocol, rows)
    return document("What holds under which faults", "\n".join(parts))


def _section(matrix: Matrix, protocol: str, rows: Rows) -> Iterator[str]:
    """Yield the section about one protocol."""
    cells = matrix.rows[protocol].cells
    yield f'<h2 id="{escape(protocol)}">{escape(protocol)}</h2>'
    sizes = [size_phrase(cells[model]) if model in cells else "" for model in matrix.models]
    yield from html_table("property", matrix.models, rows, sizes=sizes)
    yield from _html_commands(matrix, protocol)


def _html_commands(matrix: Matrix, protocol: str) -> Iterator[str]:
    """Yield what to type for each column of the table of `protocol`."""
    yield "<details><summary>Commands</summary><dl>"
    for model, command in _commands_of(matrix, protocol):
        yield f"<dt>{escape(model)}</dt><dd><code>{escape(command)}</code></dd>"
    yield "</dl></details>"


def html_table(
    corner: str, models: Sequence[str], rows: Rows, *, sizes: Sequence[str] = (), links: Mapping[str, str] = NO_LINKS
) -> Iterator[str]:
    """Yield a table with one row per name; `sizes` describe the scenario of each column, `links` are the names' targets."""
    yield '<div class="scroll" tabindex="0"><table class="matrix"><thead><tr>'
    yield f'<th scope="col">{escape(corner)}</th>'
    for index, model in enumerate(models):
        size = f"<small>{escape(sizes[index]).replace(', ', '<br>')}</small>" if sizes else ""
        yield f'<th scope="col">{escape(model)}{size}</th>'
    yield "</tr></thead><tbody>"
    for name, entries in rows.items():
        breaking = escape(name).replace("~", "~<wbr>")  # rather than within a word
        shown = f'<a href="{escape(links[name])}">{breaking}</a>' if name in links else breaking
        yield f'<tr><th scope="row">{shown}</th>{"".join(map(_html_cell, entries))}</tr>'
    yield "</tbody></table></div>"


def _html_cell(one: MatrixEntry) -> str:
    text = f"{escape(one.text)}<small>{escape(one.more)}</small>" if one.more else escape(one.text)
    shown = f'<a href="{escape(quote(one.picture, safe="/#"))}">{text}</a>' if one.picture else text
    title = f' title="{escape(one.command)}"' if one.command else ""
    return f'<td class="{one.kind}{"" if one.promised else " unpromised"}"{title}>{shown}</td>'


# --- for programs ---------------------------------------------------------------------------------------------------


def matrix_json(matrix: Matrix, exit_code: int) -> str:
    """Return the whole matrix as one JSON object: by protocol and fault model, every verdict, and the command of the cell."""
    rows: dict[str, Json] = {
        name: {
            "promises": [*row.promises],
            "cells": {model: _cell_json(name, model, cell) for model, cell in row.cells.items()},
        }
        for name, row in matrix.rows.items()
    }
    verdict = "NOT AS EXPECTED" if matrix.surprises else "NOT DECIDED" if matrix.missing else "AS EXPECTED"
    fields: dict[str, Json] = {"rows": rows, "surprises": [*matrix.surprises], "missing": matrix.missing}
    return command_json("matrix", verdict, exit_code, fields)


def _cell_json(protocol: str, model: str, cell: Cell) -> Json:
    return {
        "command": cell_command(protocol, model, cell), "nodes": cell.nodes, "messages": cell.messages, "states": cell.states,
        "depth": cell.depth, "bounded": cell.bounded, "verdicts": dict(cell.verdicts), "problem": cell.problem,
    }  # fmt: skip


def cell_command(protocol: str, model: str, cell: Cell) -> str:
    """Return what to type to see how a cell comes about."""
    faults = next(each for each in FAULT_MODELS if each.name == model)
    limit = ["--max-states", str(LARGEST)] if cell.bounded else []
    return shlex.join([PROGRAM, protocol, *flags(faults.scenario(cell.nodes, cell.messages)), *limit])


def _commands_of(matrix: Matrix, protocol: str) -> Iterator[tuple[str, str]]:
    """Yield for each fault model what to type to see how its column in the table of `protocol` comes about."""
    cells = matrix.rows[protocol].cells
    return ((model, cell_command(protocol, model, cells[model])) for model in matrix.models if model in cells)


def _commands(matrix: Matrix) -> Iterator[str]:
    """Yield the command of one cell of each protocol: the first with a violation, or else the first."""
    for name, row in matrix.rows.items():
        broken = [command for model, command in _commands_of(matrix, name) if row.cells[model].broken(row.promises)]
        first = next(iter([*broken, *(command for _, command in _commands_of(matrix, name))]), "")
        if first:
            yield f"  {first}"
