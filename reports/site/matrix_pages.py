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
    """The expected matrix, in which a violation leads to its run, or to the command that finds it; `up` leads to the top."""
    links = {}
    for protocol, row in manifest.items():
        for model in row.cells:
            case = worst(protocol, model, row)
            if case is not None:
                where = page_of(case) if case in runs else f"protocols/{base(protocol)}.html#{row_id(protocol, model)}"
                links[protocol, model, case.wanted] = up + where
    return Matrix(manifest, [model.name for model in FAULT_MODELS], (), links)


def base(protocol: str) -> str:
    """The protocol on whose page a mutant stands; itself where it is none."""
    return protocol.partition("~")[0]


def row_id(protocol: str, model: str) -> str:
    """The place of a command on a page."""
    return f"{protocol.replace('~', '-')}-under-{model}"


def matrix_page(manifest: Mapping[str, ManifestRow], runs: Runs) -> str:
    """The overview, with what its words and its columns mean."""
    matrix = shown(manifest, runs, "")
    links = {name: f"protocols/{base(name)}.html" for name in manifest}
    return "\n".join([
        "---", "hide-toc: true", "---", "",
        "# What holds under which faults", "",
        f"{len(manifest)} protocols under {len(matrix.models)} fault models, as `groupy matrix` finds them.",
        "A violation leads to its run, to be gone through step by step, or to the command that finds it.",
        "A protocol leads to all its properties.", "",
        '<div class="overview">',
        *html_table("keeps all that it promises", matrix.models, overview(matrix), links=links), "</div>", "",
        "## What the entries mean", "", *_definitions(LEGEND), "",
        "## The fault models", "", *_definitions({model.name: model.meaning for model in FAULT_MODELS}), "",
    ])  # fmt: skip


def _definitions(meanings: Mapping[str, str]) -> Iterator[str]:
    for word, meaning in meanings.items():
        yield f"`{word}`\n: {meaning}\n"


def protocol_tables(manifest: Mapping[str, ManifestRow], protocol: str, runs: Runs) -> list[str]:
    """What is expected of `protocol`: every property under every fault model, and how to see what is violated."""
    row = manifest[protocol]
    matrix = shown({protocol: row}, runs, "../")
    ((_, rows),) = tables(matrix)
    sizes = [size_phrase(row.cells[model]) if model in row.cells else "" for model in matrix.models]
    lines = [f"Keeps what it promises under: {kept_phrase(row)}. What it does not promise stands in brackets.", ""]
    lines += [*html_table("property", matrix.models, rows, sizes=sizes), ""]
    commands = list(_commands(protocol, row, runs))
    return [*lines, "What it promises and does not keep, and how to see it:", "", *_table(commands), ""] if commands else lines


def _commands(protocol: str, row: ManifestRow, runs: Runs) -> Iterator[str]:
    """A table row for each fault model under which a promise is broken."""
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
    yield '<th scope="col">fault model</th><th scope="col">violated, in so many steps</th><th scope="col">command</th>'
    yield "</tr></thead><tbody>"
    yield from rows
    yield "</tbody></table></div>"
