"""What `groupy judge` prints: the verdicts on a log, what was not judged and why, and each violation with its lines."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from groupy_check.groupy_model.log_verdict import LogFinding, LogResult
from groupy_check.groupy_model.show import counted
from groupy_check.groupy_model.verdict import Conclusion, Verdict
from groupy_check.reports.wording.lines import PARAGRAPH, tell
from groupy_check.reports.wording.summary import STYLES, UNCLAIMED, UNCOUNTED

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

LONGEST = 600  # characters of a witness


def log_headline(result: LogResult) -> str:
    """Return the first line: `app.jsonl: VIOLATED 1 of 10 properties, judged as primary (...)`."""
    files = result.files[0] if len(result.files) == 1 else counted(len(result.files), "file")
    return f"{files}: {_verdict(result)}, judged as {result.claims}"


def _verdict(result: LogResult) -> str:
    verdicts = [finding.verdict for finding in result.decisive]
    number, broken, unknown = len(verdicts), verdicts.count(Verdict.VIOLATED), verdicts.count(None)
    alone = result.decisive[0].name if number == 1 else ""
    if broken:
        return f"{Conclusion.VIOLATED.value} {alone or f'{broken} of {number} properties'}"
    if result.faults:
        return f"{Conclusion.NOT_DECIDED.value}, not every line could be read"
    if unknown or not number:
        return f"{Conclusion.NOT_DECIDED.value}, {alone or f'{unknown} of {number} properties'} not judged"
    return f"{Conclusion.OK.value}, " + (f"{alone} holds" if alone else f"{number} of {number} properties hold")


def log_verdict_word(finding: LogFinding) -> str:
    """Return the verdict as the table shows it."""
    if finding.verdict is None:
        return "not judged"
    if finding.verdict is Verdict.VIOLATED:
        return "VIOLATED"
    return finding.verdict.value if finding.exercised else f"{finding.verdict.value} (not put to the test)"


def witness_text(finding: LogFinding) -> str:
    """Return what went wrong; the middle of a long text, which lists a whole state, is left out."""
    assert finding.witness is not None
    text = finding.witness.text
    return text if len(text) <= LONGEST else f"{text[: LONGEST // 2]} [...] {text[-LONGEST // 2 :]}"


def unjudged(findings: Sequence[LogFinding]) -> Iterator[str]:
    """Yield a sentence for each reason why something was not judged."""
    names = defaultdict[str, list[str]](list)
    for finding in findings:
        if finding.verdict is None:
            names[finding.unjudged].append(finding.name)
    for reason, several in names.items():
        yield f"Not judged, because {reason}: {', '.join(several)}."


def print_log_result(console: Console, result: LogResult, pictures: Mapping[str, str]) -> None:
    """Write the whole summary to `console`."""
    tell(console, log_headline(result), style="bold")
    tell(console, f"{counted(result.events, 'event')} of {counted(result.processes, 'process')}\n")
    console.print(_table(result.decisive, pictures))
    others = [finding for finding in result.findings if not finding.claimed and finding.verdict is not None]
    if others:
        tell(console, f"\n{UNCLAIMED}", style="dim")
        console.print(_table(others, pictures, UNCOUNTED), style="dim")
        broken = [finding.name for finding in others if finding.verdict is Verdict.VIOLATED]
        if broken:
            tell(console, f"Violated, but not claimed. If your system promises it, ask for it: --property {broken[0]}")
    for finding in result.decisive:
        if finding.verdict is Verdict.VIOLATED:
            tell(console, f"\n{finding.name}", style="bold red")
            story = f"{witness_text(finding)}. Required: {finding.sentence}."
            tell(console, story, width=PARAGRAPH)
            for place in finding.places:
                tell(console, f"  {place}")
    remarks = [*unjudged(result.findings), *(f"Warning: {warning}." for warning in result.warnings)]
    if remarks:
        tell(console, "\n" + "\n".join(remarks), hanging="  ")


def _table(findings: Sequence[LogFinding], pictures: Mapping[str, str], styles: Mapping[Verdict, str] = STYLES) -> Table:
    from rich.table import Table  # noqa: PLC0415 - rich is slow to import

    rows = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("property", "verdict", "picture"):
        rows.add_column(heading, overflow="fold")
    for finding in findings:
        style = styles[finding.verdict] if finding.verdict else "yellow"
        rows.add_row(finding.name, f"[{style}]{log_verdict_word(finding)}[/]", pictures.get(finding.name, ""))
    return rows
