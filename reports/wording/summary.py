"""What the terminal shows of a check: the headline with its counts, the table of verdicts, and an account of each violation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from groupy_check.groupy_model.actions import Action
from groupy_check.groupy_model.scenario import Beginning, Detector, Order, Scenario, Timing
from groupy_check.groupy_model.show import counted
from groupy_check.groupy_model.verdict import Coverage, Extent, Finding, Kind, Result, Verdict
from groupy_check.reports.wording.explain import explain, relevant
from groupy_check.reports.wording.trace_text import trace_text
from groupy_check.specs.registry import rungs

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

PARAGRAPH = 110  # characters per line: longer lines are hard to follow
REPAIRS = 5  # more would not be read
STYLES = {Verdict.HOLDS: "green", Verdict.VIOLATED: "bold red", Verdict.NOT_FOUND: "yellow"}


def scenario_phrase(scenario: Scenario) -> str:
    """Return the scenario: `3 processes, up to 2 multicasts, 1 crash; formed group, perfect detector, FIFO channels`."""
    budgets = {
        "multicast": scenario.messages, "crash": scenario.crashes, "join": scenario.joins, "leave": scenario.leaves,
        "lost message": scenario.drops, "duplicated message": scenario.duplicates,
        "false suspicion": scenario.suspicions, "partition": scenario.partitions,
    }  # fmt: skip
    up_to = [counted(count, noun) for noun, count in budgets.items() if count]
    rules = [
        "formed group" if scenario.beginning is Beginning.FORMED else "processes join p1",
        f"{scenario.detector.value} detector" if scenario.detector is Detector.PERFECT else "Down may overtake messages",
        "FIFO channels" if scenario.order is Order.FIFO else "channels in any order",
    ]
    if scenario.timing is Timing.ANY:
        rules.append(f"up to {counted(scenario.timeouts or 0, 'timeout')} at any time")
    elif scenario.timeouts is not None:
        rules.append(f"up to {counted(scenario.timeouts, 'timeout')}")
    limits = f", up to {', '.join(up_to)}" if up_to else ""
    return f"{counted(scenario.nodes, 'process')}{limits}; {', '.join(rules)}"


def counts(coverage: Coverage) -> str:
    """Return the numbers, worded as in TLC's output; for random runs, the numbers that exist for them."""
    if coverage.extent is Extent.SAMPLED:
        return (
            f"{coverage.generated:,} steps, {coverage.distinct:,} distinct abstract states; longest run {coverage.depth:,}, "
            f"{counted(coverage.at_rest, 'run')} came to rest, {coverage.seconds:.1f} s"
        )
    return (
        f"{coverage.generated:,} states generated, {coverage.distinct:,} distinct states found, {coverage.left:,} states left "
        f"on queue; depth {coverage.depth}, {coverage.at_rest:,} states at rest, {coverage.seconds:.1f} s"
    )


def engine_words(coverage: Coverage) -> str:
    """Return what the counts leave out: memory used, and how far hashes can be trusted; "" for the reference engine."""
    if not coverage.bytes_per_state:
        return ""
    text = f"{coverage.engine} engine: {coverage.bytes_per_state:.1f} bytes for each distinct state"
    if not coverage.missed:
        return f"{text}, kept whole"
    return f"{text}, kept as 64-bit hashes; by chance, {coverage.missed:.1g} states may have been missed (--exact: none)"


def headline(result: Result) -> str:
    """Return the first line: the protocol, and whether every state was seen."""
    coverage = result.coverage
    bound = f" ({coverage.bound})" if coverage.bound else ""
    return f"{result.protocol}: {coverage.extent.name}{bound}: {coverage.extent.value}"


def uncovered(scenario: Scenario) -> str:
    """Return what a pass says nothing about."""
    absent = {
        "lost messages": scenario.drops, "duplicated messages": scenario.duplicates,
        "reordered messages": scenario.order is Order.ANY, "false suspicions": scenario.suspicions,
        "partitions": scenario.partitions, "joins": scenario.size - scenario.founders,
    }  # fmt: skip
    return ", ".join(["anything beyond these bounds", *(name for name, present in absent.items() if not present)])


def verdict_word(finding: Finding) -> str:
    """Return the verdict as the table shows it; a pass says so if the property was never put to the test."""
    if finding.verdict is Verdict.VIOLATED:
        return "VIOLATED"
    return finding.verdict.value if finding.exercised else f"{finding.verdict.value} (not put to the test)"


def table(findings: Sequence[Finding], pictures: Mapping[str, str]) -> Table:
    """Return a table with one row per finding: property, verdict, length of the counterexample, picture."""
    from rich.table import Table  # noqa: PLC0415 - rich is slow to import

    rows = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("property", "verdict", "steps", "picture"):
        rows.add_column(heading, justify="right" if heading == "steps" else "left", overflow="fold")
    for finding in findings:
        steps = "" if finding.length is None else str(finding.length)
        word = f"[{STYLES[finding.verdict]}]{verdict_word(finding)}[/]"
        rows.add_row(finding.name, word, steps, pictures.get(finding.name, ""))
    return rows


def story(finding: Finding) -> str:
    """Return the violation of `finding` as one paragraph."""
    assert finding.trace is not None
    at_rest = finding.kind is Kind.LIVENESS and finding.trace.loop is None
    return explain(finding.trace, finding.witness, finding.sentence, at_rest)


def _told(finding: Finding, told: dict[tuple[Action, ...], str]) -> str:
    """Return the story of `finding`; if its run was already `told`, only what it shows."""
    assert finding.trace is not None
    assert finding.witness is not None
    known = told.setdefault(finding.trace.actions, finding.name)
    if known == finding.name:
        return story(finding)
    return f"The same run as for {known}: {finding.witness.text}. Required: {finding.sentence}."


def run_text(finding: Finding) -> str:
    """Return the run that violates the property of `finding`, step by step, as text that can be replayed."""
    assert finding.trace is not None
    assert finding.witness is not None
    return trace_text(
        finding.trace, f"{finding.name} is violated: {finding.witness.text}", relevant(finding.trace, finding.witness)
    )


def sections(result: Result, decisive: Sequence[Finding], left_out: Sequence[str]) -> Iterator[str]:
    """Yield the remarks below the table."""
    if left_out:
        names = ", ".join(left_out)
        yield f"Not judged: {names} (they add the workers' state transfer to the run; to judge one, name it with --property)."
    for warning in result.warnings:
        yield f"Warning: {warning}."
    if not any(finding.verdict is Verdict.VIOLATED for finding in decisive):
        undrawn = result.coverage.extent is Extent.SAMPLED
        yield f"Not covered: {'runs that were not drawn; ' if undrawn else ''}{uncovered(result.scenario)}."
    held = frozenset(f.name for f in result.findings if f.verdict is Verdict.HOLDS and f.exercised)
    reached = rungs(held)
    if reached:
        kinds = ", ".join(rung.name for rung in reached)
        yield f"By the properties that held and were put to the test, this is a multicast of these kinds: {kinds}."


def print_result(
    console: Console,
    result: Result,
    decisive: Sequence[Finding],
    pictures: Mapping[str, str],
    left_out: Sequence[str] = (),
    repairs: Sequence[tuple[str, int]] = (),
) -> None:
    """Write the whole summary to `console`; the `decisive` findings determine the exit status, the others follow below.

    `repairs`: the changes that would have prevented the first violation, each with the step from which it applies.
    """
    console.print(headline(result), style="bold", markup=False, highlight=False)
    console.print(scenario_phrase(result.scenario), markup=False, highlight=False)
    console.print(counts(result.coverage), markup=False, highlight=False)
    if engine_words(result.coverage):
        console.print(engine_words(result.coverage), markup=False, highlight=False)
    console.print()
    console.print(table(decisive, pictures))
    others = [finding for finding in result.findings if finding not in decisive]
    if others:
        console.print("\nnot claimed by the protocol", style="dim")
        console.print(table(others, pictures), style="dim")
    violated = [finding for finding in decisive if finding.verdict is Verdict.VIOLATED]
    if violated:
        console.print(f"\n{run_text(violated[0])}", markup=False, highlight=False, end="", soft_wrap=True)
    told: dict[tuple[Action, ...], str] = {}
    for finding in violated:
        console.print(f"\n{finding.name} ({counted(finding.length or 0, 'step')})", style="bold red", highlight=False)
        console.print(_told(finding, told), markup=False, highlight=False, width=min(console.width, PARAGRAPH))
    if repairs:
        lines = [f"  {text} (step {step})" for text, step in repairs[:REPAIRS]]
        head = f"\nThe violation of {violated[0].name} would not have happened if:"
        console.print("\n".join([head, *lines]), markup=False, highlight=False)
    remarks = list(sections(result, decisive, left_out))
    if remarks:
        console.print("\n" + "\n".join(remarks), markup=False, highlight=False)
