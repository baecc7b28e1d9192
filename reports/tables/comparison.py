"""Two protocols under one schedule, side by side: as text, as one picture, and as one page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from html import escape
from typing import TYPE_CHECKING

from groupy_check.groupy_model.scenario_text import Json
from groupy_check.groupy_model.trace import Trace, TraceStep
from groupy_check.groupy_model.verdict import Witness
from groupy_check.reports.formats.result_json import command_json
from groupy_check.reports.page.standalone import document
from groupy_check.reports.spacetime.graphviz_source import render, to_graph
from groupy_check.reports.spacetime.layout import picture
from groupy_check.reports.spacetime.shapes import Box, Line, Picture
from groupy_check.reports.wording.lines import folded, tell
from groupy_check.reports.wording.phrases import action_line, effect_phrases

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

GAP = 56.0  # between the two diagrams
BEFORE_CELLS = 11  # columns of the mark and the number, with the spaces between all four


@dataclass(frozen=True, slots=True)
class Side:
    """One protocol's run of the schedule, the `verdict` in words, and the witness if it violates the property compared."""

    trace: Trace
    verdict: str
    witness: Witness | None = None

    @property
    def name(self) -> str:
        """Return the protocol's name."""
        return self.trace.protocol


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two runs that share the schedule of their first `common` steps; from there, each side does what it owes.

    In step `parting` the two do different things for the first time, beyond messages that change nothing. `headline` is the
    result in one sentence.
    """

    left: Side
    right: Side
    common: int
    parting: int
    headline: str

    @property
    def sides(self) -> tuple[Side, Side]:
        """Return both sides, the left one first."""
        return self.left, self.right


def parting_phrase(comparison: Comparison) -> str:
    """Return where the two do different things for the first time, and what each does there."""
    number = comparison.parting
    if all(number > len(side.trace.steps) for side in comparison.sides):
        return "Both do the same in every step."
    told = [f"{side.name}: {what_happens(side.trace, number)}" for side in comparison.sides]
    return f"First difference: step {number}.\n  {told[0]}\n  {told[1]}"


def what_happens(trace: Trace, number: int) -> str:
    """Return step `number` in words, or that the run has ended before it."""
    if number > len(trace.steps):
        return "nothing more happens on its own"
    step = trace.steps[number - 1]
    done = "; ".join(effect_phrases(step.done)) or "does nothing"
    return f"{action_line(step.action)}: {done}" if _handles(step) else action_line(step.action)


def _handles(step: TraceStep) -> bool:
    """Return whether a process does something in `step`, besides ending."""
    return step.process is not None and bool(step.done or not step.crashes)


# --- text -----------------------------------------------------------------------------------------------------------


def print_comparison(console: Console, comparison: Comparison) -> None:
    """Write the steps of both runs in two columns, then where they part and the verdict on each."""
    tell(console, comparison.headline, style="bold")
    if any(rows(comparison)):
        console.print()
        console.print(_table(comparison, console.width))
    tell(console, f"\n{parting_phrase(comparison)}")
    for side in comparison.sides:
        tell(console, f"{side.name}: {side.verdict}")


def _table(comparison: Comparison, width: int) -> Table:
    from rich.table import Table  # noqa: PLC0415 - rich is slow to import
    from rich.text import Text  # noqa: PLC0415

    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("", "step", comparison.left.name, comparison.right.name):
        table.add_column(heading, justify="right" if heading == "step" else "left", overflow="fold")
    steps = list(rows(comparison))
    widest = [max(len(line) for _, _, *cells in steps for line in cells[side].split("\n")) for side in (0, 1)]
    room = width - BEFORE_CELLS
    half = max(widest) if sum(widest) <= room else room // 2
    for mark, number, *cells in steps:
        style = "bold red" if number == str(comparison.parting) else ""
        table.add_row(mark, number, *(Text(folded(cell, half), style=style) for cell in cells))
    return table


def rows(comparison: Comparison) -> Iterator[tuple[str, str, str, str]]:
    """Yield one row per step: a mark where the two part, the number, and what happens on either side."""
    for number in range(1, max(len(side.trace.steps) for side in comparison.sides) + 1):
        cells = [_cell(side.trace, number) for side in comparison.sides]
        yield ">" if number == comparison.parting else "", str(number), cells[0], cells[1]


def _cell(trace: Trace, number: int) -> str:
    if number > len(trace.steps):
        return ""
    step = trace.steps[number - 1]
    parts = [("", effect_phrases(step.done)), ("NEVER ", effect_phrases(step.undone))]
    return "\n".join([action_line(step.action), *(f"  {label}{'; '.join(texts)}" for label, texts in parts if texts)])


# --- picture --------------------------------------------------------------------------------------------------------


def drawing(comparison: Comparison) -> Picture:
    """Return both diagrams as one; the step in which the two part is framed in each."""
    left, right = halves(comparison)
    offset, height = left.width + GAP, max(left.height, right.height)
    middle = left.width + GAP / 2
    boxes = (*left.boxes, *(replace(box, x=box.x + offset) for box in right.boxes))
    moved = (replace(line, x1=line.x1 + offset, x2=line.x2 + offset) for line in right.lines)
    return Picture(
        offset + right.width, height, boxes, (Line("divider", "heal", middle, 0.0, middle, height), *left.lines, *moved)
    )


def draw(comparison: Comparison, kind: str) -> bytes:
    """Return the picture as "svg", "png" or "pdf"."""
    return render(to_graph(drawing(comparison)).source, kind)


def halves(comparison: Comparison) -> tuple[Picture, Picture]:
    """Return the two diagrams; their marks have distinct ids."""
    return _half(comparison.left, comparison.parting, "left"), _half(comparison.right, comparison.parting, "right")


def _half(side: Side, parting: int, where: str) -> Picture:
    drawn = picture(side.trace, side.witness, side.name, side.verdict)
    boxes = (_framed(box) if box.id == f"step-{parting}" else box for box in drawn.boxes)
    named = tuple(replace(box, id=f"{where}-{box.id}") for box in boxes)
    return replace(drawn, boxes=named, lines=tuple(replace(line, id=f"{where}-{line.id}") for line in drawn.lines))


def _framed(box: Box) -> Box:
    return replace(box, kind="verdict violated flush-left", width=box.width + 8.0, height=box.height + 4.0)


# --- page -----------------------------------------------------------------------------------------------------------


def html_comparison(comparison: Comparison) -> str:
    """Return the comparison as one HTML file: both diagrams, and the steps of both in two columns."""
    left, right = comparison.sides
    title = f"{left.name} and {right.name} under the same schedule"
    figures = [_figure(side, half) for side, half in zip(comparison.sides, halves(comparison), strict=True)]
    parting = "<br>".join(map(escape, parting_phrase(comparison).split("\n")))
    head = [f"<h1>{escape(title)}</h1>", f"<p>{escape(comparison.headline)}</p>", f"<p>{parting}</p>"]
    table = [
        '<h2>Step by step</h2><div class="scroll"><table class="steps">',
        "<thead><tr>",
        *(f'<th scope="col">{escape(heading)}</th>' for heading in ("step", left.name, right.name)),
        "</tr></thead><tbody>",
        *_html_rows(comparison),
        "</tbody></table></div>",
    ]
    return document(title, "\n".join([*head, '<div class="sides">', *figures, "</div>", *table]))


def _figure(side: Side, half: Picture) -> str:
    drawn = render(to_graph(half).source, "svg").decode()
    style = ' class="bad"' if side.witness else ""
    caption = f"<strong>{escape(side.name)}</strong> <span{style}>{escape(side.verdict)}</span>"
    element = drawn[drawn.index("<svg") :]
    return f'<figure><figcaption>{caption}</figcaption><div class="diagram" tabindex="0">{element}</div></figure>'


def _html_rows(comparison: Comparison) -> Iterator[str]:
    for mark, number, left, right in rows(comparison):
        kinds = [name for name, yes in (("parting", mark), ("alone", int(number) == comparison.common + 1)) if yes]
        style = f' class="{" ".join(kinds)}"' if kinds else ""
        yield f'<tr{style}><th scope="row">{number}</th><td>{escape(left)}</td><td>{escape(right)}</td></tr>'


# --- for programs ----------------------------------------------------------------------------------------------------


def comparison_json(comparison: Comparison | None, exit_code: int, fields: Mapping[str, Json]) -> str:
    """Return both runs as one JSON object, null where no difference was found, and then `fields`."""
    sides: list[Json] = [
        {"protocol": side.name, "verdict": side.verdict, "steps": [action_line(action) for action in side.trace.actions]}
        for side in (comparison.sides if comparison else ())
    ]
    found: Json = {"headline": comparison.headline, "parting": comparison.parting, "runs": sides} if comparison else None
    verdict = "DIFFERENT" if comparison else "NOT DECIDED" if exit_code else "NO DIFFERENCE"
    return command_json("diff", verdict, exit_code, {"difference": found, **fields})
