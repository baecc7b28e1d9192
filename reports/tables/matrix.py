"""Properties, fault models and protocols as tables: for the terminal, as a page, and as Markdown.

The overview has one row per protocol: the fault models under which it keeps all its promises. Below it, or on its own, each
protocol has a table of properties; verdicts on properties that it does not promise are in brackets.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from html import escape
from types import MappingProxyType
from typing import TYPE_CHECKING
from urllib.parse import quote

from groupy_check.groupy_model.show import counted
from groupy_check.reports.page.standalone import document
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
    HOLDS: "all reachable states were seen, and none violates it",
    "5": "violated; the shortest run that shows it has this many steps",
    UNTESTED: "not violated, but never put to the test",
    OPEN: "not violated in the states seen, but a bound on states or timeouts was hit",
    "(5)": "the same, for a property that the protocol does not promise",
    SMALLER: f"only in a group of {SCALES[-1][0]}; a larger one has more than {LARGEST:,} states",
}


@dataclass(frozen=True, slots=True)
class Matrix:
    """`rows` by protocol, for `models` (names); `surprises` are the lines about unexpected verdicts.

    `pictures[protocol, model, property]` is the file with the picture of that violation, relative to the page.
    """

    rows: Mapping[str, ManifestRow]
    models: Sequence[str]
    surprises: Sequence[str] = ()
    pictures: Mapping[tuple[str, str, str], str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MatrixEntry:
    """One entry of a table: its text, its kind (HOLDS, VIOLATED, UNTESTED, OPEN or ""), a remark, its picture."""

    text: str
    kind: str
    more: str = ""
    picture: str = ""
    promised: bool = True


NOTHING = MatrixEntry("-", "")
NO_LINKS: Mapping[str, str] = MappingProxyType({})
Rows = Mapping[str, Sequence[MatrixEntry]]  # one entry per fault model


def overview_entry(matrix: Matrix, protocol: str, model: str) -> MatrixEntry:
    """Return whether `protocol` keeps all its promises under `model`; if not, the violation with the fewest steps."""
    row = matrix.rows[protocol]
    cell = row.cells.get(model)
    if cell is None or cell.problem:
        return replace(NOTHING, more="cannot form the group") if cell else NOTHING
    broken = cell.broken(row.promises)
    if broken:
        name = min(broken, key=lambda one: broken[one])
        others = f" +{len(broken) - 1}" if len(broken) > 1 else ""
        return MatrixEntry(
            f"{broken[name]}{_mark(cell)}", VIOLATED, f"{name}{others}", matrix.pictures.get((protocol, model, name), "")
        )
    kinds = {cell.verdicts[name] for name in row.promises if name in cell.verdicts}
    kind = next((kind for kind in (OPEN, HOLDS, UNTESTED) if kind in kinds), "")
    return MatrixEntry(kind + _mark(cell), kind) if kind else NOTHING


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
    return MatrixEntry(text, kind, picture=matrix.pictures.get((protocol, model, name), ""), promised=promised)


def listed_properties(row: ManifestRow) -> list[str]:
    """Return the properties in the table of a protocol: its promises first, then the others that were judged."""
    judged = [name for name in PROPERTIES if any(name in cell.verdicts for cell in row.cells.values())]
    return [name for name in judged if name in row.promises] + [name for name in judged if name not in row.promises]


def headline(matrix: Matrix) -> str:
    """Return the first line: the size of the matrix, and whether it is as expected."""
    cells = counted(sum(len(row.cells) for row in matrix.rows.values()), "cell")
    expected = counted(len(matrix.surprises), "surprise") if matrix.surprises else "as expected"
    return f"{counted(len(matrix.rows), 'protocol')}, {counted(len(matrix.models), 'fault model')}, {cells}: {expected}"


def size_phrase(cell: Cell) -> str:
    """Return `3 processes, 2 multicasts, 1,921 states`."""
    states = f"stopped at {cell.states:,} states" if cell.bounded else counted_states(cell.states)
    return f"{counted(cell.nodes, 'process')}, {counted(cell.messages, 'multicast')}, {states}"


def counted_states(states: int) -> str:
    """Return `1 state`, `1,921 states`."""
    return f"{states:,} state{'' if states == 1 else 's'}"


# --- terminal -------------------------------------------------------------------------------------------------------


def print_matrix(console: Console, matrix: Matrix) -> None:
    """Write to `console` the overview (for a few protocols: every property), then everything unexpected."""
    for corner, rows in tables(matrix) if len(matrix.rows) <= FEW else [("protocol", overview(matrix))]:
        for models in _fitting(matrix.models, rows, console.width):
            console.print(_table(corner, matrix.models, models, rows))
            console.print()
    for word, meaning in LEGEND.items():
        console.print(f"{word:<9} {meaning}", style="dim", markup=False, highlight=False)
    console.print()
    for line in matrix.surprises:
        console.print(line, style="bold red", markup=False, highlight=False)
    console.print(headline(matrix), style="bold", markup=False, highlight=False)


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
        lines += ["", f"## {protocol}", "", *_markdown_table("property", matrix.models, rows)]
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
        shown = f'<a href="{escape(links[name])}">{escape(name)}</a>' if name in links else escape(name)
        yield f'<tr><th scope="row">{shown}</th>{"".join(map(_html_cell, entries))}</tr>'
    yield "</tbody></table></div>"


def _html_cell(one: MatrixEntry) -> str:
    text = f"{escape(one.text)}<small>{escape(one.more)}</small>" if one.more else escape(one.text)
    shown = f'<a href="{escape(quote(one.picture, safe="/#"))}">{text}</a>' if one.picture else text
    return f'<td class="{one.kind}{"" if one.promised else " unpromised"}">{shown}</td>'
