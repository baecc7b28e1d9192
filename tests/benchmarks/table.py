"""Medians and ratios of measurements, as a Markdown table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from statistics import median

from .measurement import Measurement

HEADER = (
    "tool", "configuration", "states/s", "transitions/s", "wall s", "with compiling s", "processor s",
    "states/processor s", "bytes/state", "times the wall", "times the processor",
)  # fmt: skip


def medians(measurements: Sequence[Measurement]) -> list[Measurement]:
    """One measurement for each tool, configuration and scenario, in the order in which they first come."""
    groups: dict[tuple[str, str, str], list[Measurement]] = {}
    for each in measurements:
        groups.setdefault((each.tool, each.configuration, each.scenario), []).append(each)
    return [_middle(group) for group in groups.values()]


def _middle(group: Sequence[Measurement]) -> Measurement:
    return replace(
        group[0],
        seconds=median(each.seconds for each in group),
        processor_seconds=median(each.processor_seconds for each in group),
        compile_seconds=median(each.compile_seconds for each in group),
        peak_bytes=int(median(each.peak_bytes for each in group)),
    )


def markdown(measurements: Sequence[Measurement]) -> str:
    """The table of one scenario, medians of at least one measurement, the least wall time first and of ratio 1."""
    rows = sorted(medians(measurements), key=lambda each: each.seconds)
    best = rows[0]
    sizes = f"{best.scenario}: {best.distinct:,} distinct states, {best.transitions:,} transitions"
    lines = [_line(HEADER), _line(["---", "---", *["---:"] * (len(HEADER) - 2)]), *(_line(_cells(row, best)) for row in rows)]
    return "\n".join([sizes, "", *lines])


def growth(measurements: Sequence[Measurement]) -> str:
    """The table of one tool on scenarios of different sizes, medians: what each state costs there."""
    header = ("scenario", "states", "transitions", "processor s", "processor ns/state", "ns/transition", "bytes/state")
    rows = sorted(medians(measurements), key=lambda each: each.distinct)
    return "\n".join([_line(header), _line(["---", *["---:"] * (len(header) - 1)]), *map(_costs, rows)])


def _costs(row: Measurement) -> str:
    nanoseconds = 1e9 * row.processor_seconds
    counts = [row.scenario, f"{row.distinct:,}", f"{row.transitions:,}", f"{row.processor_seconds:.2f}"]
    each = [f"{nanoseconds / row.distinct:.0f}", f"{nanoseconds / row.transitions:.0f}", f"{row.peak_bytes / row.distinct:.0f}"]
    return _line([*counts, *each])


def _cells(row: Measurement, best: Measurement) -> list[str]:
    return [
        row.tool,
        row.configuration,
        f"{row.distinct / row.seconds:,.0f}",
        f"{row.transitions / row.seconds:,.0f}",
        f"{row.seconds:.2f}",
        f"{row.seconds + row.compile_seconds:.2f}",
        f"{row.processor_seconds:.2f}",
        f"{row.distinct / row.processor_seconds:,.0f}",
        f"{row.peak_bytes / row.distinct:.0f}",
        f"{row.seconds / best.seconds:.2f}",
        f"{row.processor_seconds / best.processor_seconds:.2f}",
    ]


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
