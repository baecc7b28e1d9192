"""The matrix: its overview as a page, and the tables of one protocol for that protocol's page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape

from groupy_check.reports.site.runs import Runs, command, page_of, scenario_of, worst
from groupy_check.reports.tables.catalogue import kept_phrase
from groupy_check.reports.tables.matrix import LEGEND, Matrix, html_table, overview, size_phrase, tables
from groupy_check.specs.manifest import FAULT_MODELS, ManifestRow

PAGE = "matrix"


def shown(manifest: Mapping[str, ManifestRow], runs: Runs, up: str) -> Matrix:
    """Return the expected matrix; violations link to their run or to the command that finds it. `up`: path to the root."""
    links = {}
    for protocol, row in manifest.items():
        for model in row.cells:
            case = worst(protocol, model, row)
            if case is not None:
                where = page_of(case) if case in runs else f"protocols/{base(protocol)}.html#{row_id(protocol, model)}"
                links[protocol, model, case.wanted] = up + where
    return Matrix(manifest, [model.name for model in FAULT_MODELS], (), links)


def base(protocol: str) -> str:
    """Return the protocol whose page shows `protocol`: the original of a mutant, otherwise itself."""
    return protocol.partition("~")[0]


def row_id(protocol: str, model: str) -> str:
    """Return the id of a command's table row."""
    return f"{protocol.replace('~', '-')}-under-{model}"


def matrix_page(manifest: Mapping[str, ManifestRow], runs: Runs) -> str:
    """Return the overview, with the meanings of its entries and columns."""
    matrix = shown(manifest, runs, "")
    links = {name: f"protocols/{base(name)}.html" for name in manifest}
    return "\n".join([
        "---", "hide-toc: true", "---", "",
        "# What holds under which faults", "",
        f"{len(manifest)} protocols under {len(matrix.models)} fault models, as `groupy matrix` finds them.",
        "Violations link to their run, to step through, or to the command that finds it.",
        "Protocols link to all their properties.", "",
        '<div class="overview">',
        *html_table("keeps all its promises", matrix.models, overview(matrix), links=links), "</div>", "",
        "## What the entries mean", "", *_definitions(LEGEND), "",
        "## The fault models", "", *_definitions({model.name: model.meaning for model in FAULT_MODELS}), "",
    ])  # fmt: skip


def _definitions(meanings: Mapping[str, str]) -> Iterator[str]:
    for word, meaning in meanings.items():
        yield f"`{word}`\n: {meaning}\n"


def protocol_tables(manifest: Mapping[str, ManifestRow], protocol: str, runs: Runs) -> list[str]:
    """Return what is expected of `protocol`: every property under every fault model, and how to reproduce violations."""
    row = manifest[protocol]
    matrix = shown({protocol: row}, runs, "../")
    ((_, rows),) = tables(matrix)
    sizes = [size_phrase(row.cells[model]) if model in row.cells else "" for model in matrix.models]
    lines = [f"Keeps its promises under: {kept_phrase(row)}. Verdicts on what it does not promise are in brackets.", ""]
    lines += [*html_table("property", matrix.models, rows, sizes=sizes), ""]
    commands = list(_commands(protocol, row, runs))
    return [*lines, "Its broken promises, and how to reproduce them:", "", *_table(commands), ""] if commands else lines


def _commands(protocol: str, row: ManifestRow, runs: Runs) -> Iterator[str]:
    """Yield a table row for each fault model under which a promise is broken."""
    for model, cell in row.cells.items():
        broken = cell.broken(row.promises)
        case = worst(protocol, model, row)
        if case is not None:
            names = ", ".join(f"{escape(name)} {broken[name]}" for name in sorted(broken, key=lambda name: broken[name]))
            run = f' <a class="run" href="../{page_of(case)}">step through it</a>' if case in runs else ""
            typed = escape(command(protocol, scenario_of(model, cell)))
            yield (
                f'<tr id="{row_id(protocol, model)}"><th scope="row">{escape(model)}</th>'
                f"<td>{names}{run}</td><td><code>{typed}</code></td></tr>"
            )


def _table(rows: Sequence[str]) -> Iterator[str]:
    yield '<div class="scroll" tabindex="0"><table class="commands"><thead><tr>'
    yield '<th scope="col">fault model</th><th scope="col">violated, and steps</th><th scope="col">command</th>'
    yield "</tr></thead><tbody>"
    yield from rows
    yield "</tbody></table></div>"
