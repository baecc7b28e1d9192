"""What the terminal shows of a check: the headline with its counts, the table of verdicts, and an account of each violation."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from groupy_check.groupy_model.actions import Action
from groupy_check.groupy_model.effects import Halt, Monitor, SetTimer, Store
from groupy_check.groupy_model.scenario import Beginning, CutOff, Detector, Fairness, Order, PartitionKind, Scenario, Timing
from groupy_check.groupy_model.show import counted
from groupy_check.groupy_model.verdict import Conclusion, Coverage, Extent, Finding, Kind, Result, Verdict, simplest_violation
from groupy_check.reports.wording.explain import explain, relevant
from groupy_check.reports.wording.headline import expectation_lines, expectation_summary, headline, in_part, met
from groupy_check.reports.wording.lines import PARAGRAPH, tell
from groupy_check.reports.wording.trace_text import step_lines, trace_text
from groupy_check.specs.registry import rungs

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

UNMODELLED = "partitions that overlap or heal in part (What is assumed: reports/assumptions.md)"
UNCLAIMED = "Not claimed, so not counted: nobody promised these"
REPAIRS = 5  # more would not be read
UNSEEN = {  # within the scenario
    Extent.BOUNDED: "states that were not seen; ",
    Extent.SAMPLED: "runs that were not drawn; ",
    Extent.REPLAYED: "all other runs; ",
}
NOTHING: Mapping[str, Any] = MappingProxyType({})
TRIED = "(Each was tried in one run: the rest as above, as far as it goes, then whatever is owed.)"
MAKE_SMALL = "groupy replay FILE --minimise takes what time it needs to make it small"
NO_RUN = "violated before the first step, so there is no run to draw"
MET = "green"
UNCOUNTED = dict.fromkeys(Verdict, "none")  # no red beside an OK
STYLES = {Verdict.HOLDS: "green", Verdict.VIOLATED: "bold red", Verdict.NOT_FOUND: "yellow"}


def scenario_phrase(scenario: Scenario) -> str:
    """Return the scenario: `3 processes, up to 2 multicasts, 1 crash; formed group, perfect detector, FIFO channels`."""
    budgets = {
        "multicast": scenario.messages, "crash": scenario.crashes, "join": scenario.joins, "leave": scenario.leaves,
        "lost message": scenario.drops, "duplicated message": scenario.duplicates,
        "false suspicion": scenario.suspicions, _split(scenario): scenario.partitions,
        "recovery": scenario.recoveries, "spurious notice": scenario.spurious,
    }  # fmt: skip
    up_to = [counted(count, noun) for noun, count in budgets.items() if count]
    rules = [
        "formed group" if scenario.beginning is Beginning.FORMED else "processes join p1",
        *_detector(scenario),
        "FIFO channels" if scenario.order is Order.FIFO else "channels in any order",
    ]
    if scenario.cut_off is CutOff.HELD:
        rules.append("messages held back while cut off")
    if scenario.fairness is Fairness.WEAK:
        rules.append("weak fairness")
    if scenario.timing is Timing.ANY:
        rules.append(f"up to {counted(scenario.timeouts or 0, 'timeout')} at any time")
    elif scenario.timeouts is not None:
        rules.append(f"up to {counted(scenario.timeouts, 'timeout')}")
    limits = f", up to {', '.join(up_to)}" if up_to else ""
    return f"{counted(scenario.nodes, 'process')}{limits}; {', '.join(rules)}"


def _split(scenario: Scenario) -> str:
    """Return what a partition is called, in words."""
    kind = scenario.partition_kind
    return "partition" if kind is PartitionKind.COMPLETE else f"{kind.value} partition"


def _detector(scenario: Scenario) -> list[str]:
    """Return what the failure detector promises, in words: one that may be wrong is not perfect."""
    faults = [("suspecting detector", scenario.suspicions), ("repeating detector", scenario.spurious)]
    faults.append(("Down may overtake messages", scenario.detector is not Detector.PERFECT))
    return [word for word, occurs in faults if occurs] or ["perfect detector"]


def counts(coverage: Coverage) -> str:
    """Return the numbers, worded as in TLC's output; for random runs, the numbers that exist for them."""
    if coverage.extent is Extent.SAMPLED:
        return (
            f"{counted(coverage.generated, 'step')}, {counted(coverage.distinct, 'distinct abstract state')}; "
            f"longest run {coverage.depth:,}, "
            f"{counted(coverage.at_rest, 'run')} came to rest, {coverage.seconds:.1f} s"
        )
    if coverage.extent is Extent.REPLAYED:
        states = counted(coverage.distinct, "distinct state")
        return f"{counted(coverage.depth, 'step')}, {states}, {coverage.at_rest:,} at rest"
    return (
        f"{counted(coverage.generated, 'state')} generated, {counted(coverage.distinct, 'distinct state')} found, "
        f"{counted(coverage.left, 'state')} left on queue; depth {coverage.depth}, "
        f"{counted(coverage.at_rest, 'state')} at rest, {coverage.seconds:.1f} s"
    )


def engine_words(coverage: Coverage) -> str:
    """Return what the counts leave out: memory used, and how far hashes can be trusted; "" for the reference engine."""
    if not coverage.bytes_per_state:
        return ""
    text = f"{coverage.engine} engine: {coverage.bytes_per_state:.1f} bytes for each distinct state"
    bits = coverage.fingerprint_bits
    if not bits:
        return f"{text}, kept whole"
    wider = "--fingerprint-bits 96: less; --exact: never" if bits < 96 else "--exact: never"
    return f"{text}, kept as {bits}-bit fingerprints; a state was missed with probability {coverage.missed:.1g} ({wider})"


def uncovered(scenario: Scenario, effects: Collection[type]) -> str:
    """Return what a pass says nothing about, what has broken most protocols first, with the flags that lift it.

    What cannot matter to a protocol whose handlers have only these `effects` is left out.
    """
    monitors, timers = Monitor in effects, SetTimer in effects
    notices = monitors and (scenario.crashes or scenario.partitions or Halt in effects)
    other = PartitionKind.PARTIAL.value if scenario.partition_kind is PartitionKind.COMPLETE else PartitionKind.COMPLETE.value
    absent = [
        ("crashes (--crashes 1)", not scenario.crashes),
        ("partitions (--partitions 1)", not scenario.partitions),
        (f"other partitions (--partition-kind {other})", scenario.partitions),
        ("messages held back (--cut-off held)", scenario.partitions and scenario.cut_off is CutOff.LOST),
        ("false suspicions (--suspicions 1)", monitors and not scenario.suspicions),
        ("lost messages (--drops 1)", not scenario.drops),
        ("duplicates (--duplicates 1)", not scenario.duplicates),
        ("notices that overtake messages (--detector overtaking)", notices and scenario.detector is Detector.PERFECT),
        ("spurious notices (--spurious 1)", monitors and not scenario.spurious),
        ("early timers (--timeouts any:1)", timers and scenario.timing is Timing.AT_REST),
        ("joins (--joins 1)", scenario.size == scenario.founders),
        ("reordered messages (--order any)", scenario.order is Order.FIFO),
        ("leaves (--leaves 1)", not scenario.leaves),
        ("recoveries (--recoveries 1)", Store in effects and not scenario.recoveries),
    ]
    return ", ".join([*(name for name, missing in absent if missing), "anything beyond these bounds"])


def verdict_word(finding: Finding, partly: Collection[str] = ()) -> str:
    """Return the verdict as the table shows it; a pass says so if the property was not put to the test, or only `partly`."""
    if finding.verdict is Verdict.VIOLATED:
        return "VIOLATED"
    if not finding.exercised:
        return f"{finding.verdict.value} (not put to the test)"
    return f"{finding.verdict.value} in part" if finding.name in partly else finding.verdict.value


def table(
    findings: Sequence[Finding],
    pictures: Mapping[str, str],
    expected: Mapping[str, Verdict] = NOTHING,
    styles: Mapping[Verdict, str] = STYLES,
    partly: Collection[str] = (),
) -> Table:
    """Return a table with one row per finding: property, verdict, length of the counterexample, picture.

    A violation that is `expected` is not in red. `partly`: the names of the properties that were judged in some runs only.
    """
    from rich.table import Table  # noqa: PLC0415 - rich is slow to import

    rows = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("property", "verdict", "steps", "picture"):
        rows.add_column(heading, justify="right" if heading == "steps" else "left", overflow="fold")
    for finding in findings:
        steps = "" if finding.length is None else str(finding.length)
        style = MET if expected.get(finding.name) is finding.verdict else styles[finding.verdict]
        rows.add_row(finding.called, f"[{style}]{verdict_word(finding, partly)}[/]", steps, pictures.get(finding.name, ""))
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
    known = told.setdefault(finding.trace.actions, finding.called)
    if known == finding.called:
        return story(finding)
    return f"The same run as for {known}: {finding.witness.text}. Required: {finding.sentence}."


def run_text(finding: Finding) -> str:
    """Return the run that violates the property of `finding`, step by step, as text that can be replayed."""
    assert finding.trace is not None
    assert finding.witness is not None
    return trace_text(
        finding.trace, f"{finding.called} is violated: {finding.witness.text}", relevant(finding.trace, finding.witness)
    )


def sections(result: Result, decisive: Sequence[Finding], left_out: Sequence[str]) -> Iterator[str]:
    """Yield the remarks below the table."""
    if left_out:
        names = ", ".join(left_out)
        yield f"Not judged: {names} (they add the workers' state transfer to the run; to judge one, name it with --property)."
    if in_part(result):
        yield "Judged in part: admission, in runs in which nobody ends or leaves (for all runs, name it with --property)."
    for warning in result.warnings:
        yield f"Warning: {warning}."
    if not any(finding.verdict is Verdict.VIOLATED for finding in decisive):
        unseen = UNSEEN.get(result.coverage.extent, "")
        yield f"Not covered: {unseen}{uncovered(result.scenario, result.effects)}."
        known = Store in result.effects or result.recovered or result.scenario.recoveries
        yield f"Not modelled: {'' if known else 'restarts, '}{UNMODELLED}."
    if not decisive:
        yield f"Nothing decides: {result.protocol} claims nothing that was judged here; name what it should do with --property."
    held = frozenset(f.name for f in result.findings if f.verdict is Verdict.HOLDS and f.exercised)
    reached = rungs(held)
    if reached:
        kinds = ", ".join(rung.name for rung in reached)
        tested = "by the properties that held and were put to the test"
        yield f"In this scenario, {tested}, this is a multicast of these kinds: {kinds}."


@dataclass(frozen=True, slots=True)
class Told:
    """What is told of a result: the verdicts on the properties asked for by `names`, none for those that the protocol claims.

    `pictures`: their paths, by property; `left_out`: properties that were not judged; `repairs`: the changes that would have
    prevented the violation that is told first, each with the step from which it applies; `expected`: what the user expects;
    `whole`: every run and every state, not only one run; `page`: the file to open next, "" for none; `older`: files that an
    older run left, which look as if they were of this one.
    """

    names: tuple[str, ...] = ()
    pictures: Mapping[str, str] = field(default_factory=dict)
    left_out: Sequence[str] = ()
    repairs: Sequence[tuple[str, int]] = ()
    expected: Mapping[str, Verdict] = field(default_factory=dict)
    whole: bool = False
    page: str = ""
    older: Sequence[str] = ()


def print_result(console: Console, result: Result, told: Told) -> None:
    """Write the whole summary to `console`; the findings that decide come first, the others below."""
    say = partial(tell, console, width=console.width)
    deciding = result.deciding(told.names)
    others = [finding for finding in result.findings if finding not in deciding]
    violated = [finding for finding in deciding if finding.verdict is Verdict.VIOLATED]
    brief = bool(violated) and not told.whole
    tell(console, headline(result, told.names), style=f"bold {_colour(result, told)}")
    say("\n".join(filter(None, (scenario_phrase(result.scenario), counts(result.coverage), engine_words(result.coverage)))))
    console.print()
    partly = in_part(result)
    console.print(table(violated if brief else deciding, told.pictures, told.expected, partly=partly))
    if brief:
        say("\n".join(_in_groups([finding for finding in deciding if finding not in violated], partly)))
    elif others:
        tell(console, f"\n{UNCLAIMED}", style="dim")
        console.print(table(others, told.pictures, styles=UNCOUNTED), style="dim")
    first = simplest_violation(violated, told.expected)
    if first is not None and first.too_long:
        tell(console, f"\n{first.called} is violated: {first.witness.text if first.witness else ''}")
    elif first is not None:
        tell(console, f"\n{(brief_run(first) if brief else run_text(first)).rstrip()}")
        more = [] if brief else [finding for finding in violated if finding is not first and not finding.too_long]
        _tell(console, [first, *more], told)
        _repairs(console, first, told)
    undrawn = undrawn_lines({finding.called: finding for finding in violated})
    _below(console, [*undrawn, *sections(result, deciding, told.left_out), *older_lines(told.older, _why_older(result))])
    if brief:
        _below(console, _more(result, violated, others, told))
    if told.expected:
        _below(console, [*expectation_lines(result, told.expected), expectation_summary(result, told.expected)])


def _why_older(result: Result) -> str:
    return f"this one {'does not violate it' if result.coverage.extent is Extent.EXHAUSTED else 'did not find it'}"


def undrawn_lines(findings: Mapping[str, Finding]) -> Iterator[str]:
    """Yield a line for each of the `findings` that is violated and has no run to draw, under its name."""
    for name, finding in findings.items():
        if finding.too_long:
            yield f"{name}: its run has {counted(finding.length or 0, 'step')}, too many to draw; {MAKE_SMALL}"
        elif finding.verdict is Verdict.VIOLATED and not finding.has_run:
            yield f"{name}: {NO_RUN}"


def older_lines(files: Sequence[str], why: str = "this one does not violate it") -> Iterator[str]:
    """Yield a line that names `files`, if there are any, which look as if they were of this run, and `why` they are not."""
    if files:
        yield f"Left from an earlier run ({why}): {', '.join(files)}."


def _below(console: Console, lines: Iterable[str]) -> None:
    """Print `lines`, if there are any, after an empty one."""
    text = "\n".join(lines)
    tell(console, f"\n{text}" if text else "", width=console.width, hanging="  ")


def _colour(result: Result, told: Told) -> str:
    if told.expected:
        return MET if met(result, told.expected) == len(told.expected) else "red"
    return {Conclusion.OK: "green", Conclusion.VIOLATED: "red"}.get(result.conclusion(told.names), "yellow")


def _in_groups(findings: Sequence[Finding], partly: Collection[str]) -> Iterator[str]:
    """Yield one line for each verdict, with the names of the properties that have it."""
    words: dict[str, list[str]] = {}
    for finding in findings:
        words.setdefault(verdict_word(finding, partly), []).append(finding.called)
    for word, called in words.items():
        yield f"{word}: {', '.join(called)}"


def brief_run(finding: Finding) -> str:
    """Return the run of `finding`, each step with what it did; the state is in the files, and in `run_text`."""
    assert finding.trace is not None
    assert finding.witness is not None
    bearing = relevant(finding.trace, finding.witness)
    steps = step_lines(finding.trace, bearing, states=False)
    dimmed = ["~ marks steps that do not bear on it"] if len(bearing) < len(finding.trace.steps) else []
    return "\n".join([f"{finding.called} is violated: {finding.witness.text}", *dimmed, *steps])


def _tell(console: Console, violated: Sequence[Finding], told: Told) -> None:
    """Print the story of each of `violated`."""
    known: dict[tuple[Action, ...], str] = {}
    for finding in violated:
        if told.whole:
            console.print(f"\n{finding.called} ({counted(finding.length or 0, 'step')})", style="bold red", highlight=False)
        else:
            console.print()
        tell(console, _told(finding, known), width=PARAGRAPH)


def _repairs(console: Console, first: Finding, told: Told) -> None:
    """Print what would have prevented the violation that is told first."""
    if told.repairs:
        lines = [f"  {text} (step {step})" for text, step in told.repairs[:REPAIRS]]
        head = f"\nThe violation of {first.called} would not have happened if:"
        more = [f"  ({len(told.repairs) - REPAIRS} more)"] if len(told.repairs) > REPAIRS else []
        how = [TRIED] if told.whole else ["  (each tried in one run)"]
        tell(console, "\n".join([head, *lines, *more, *how]), width=PARAGRAPH)


def _more(result: Result, violated: Sequence[Finding], others: Sequence[Finding], told: Told) -> Iterator[str]:
    """Yield what --all would show in addition, and what to open next."""
    hidden = [f"the {counted(len(violated) - 1, 'other run')}"] if len(violated) > 1 else []
    if others:
        hidden.append(f"{counted(len(others), 'property')} that {result.protocol} does not claim")
    if hidden:
        yield f"--all shows also {' and '.join(hidden)}."
    if told.page:
        yield f"Next, open {told.page}: this run, step by step."
