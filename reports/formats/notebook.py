"""What a notebook shows of a check, as HTML: the table of verdicts, and the picture of a violation with its story."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from html import escape

from groupy_check.groupy_model.verdict import Finding, Result, Verdict, simplest_violation
from groupy_check.reports.spacetime.graphviz_source import diagram, render
from groupy_check.reports.spacetime.palette import ALARM, ALARM_PANEL
from groupy_check.reports.wording.headline import headline
from groupy_check.reports.wording.summary import (
    NO_RUN,
    UNCLAIMED,
    counts,
    run_text,
    scenario_phrase,
    sections,
    story,
    verdict_word,
)

# With a background of its own, since a notebook's may be dark.
VIOLATED_STYLE = f"color:{ALARM};background:{ALARM_PANEL};font-weight:bold"
HEADINGS = ("property", "verdict", "steps")


def result_html(result: Result, names: Collection[str], left_out: Sequence[str]) -> str:
    """Return all of `result`, with the shortest run of a violation that counts; arguments as in `summary.Told`."""
    decisive = result.deciding(names)
    first = simplest_violation(decisive)
    head = f"<strong>{escape(headline(result, names))}</strong>"
    lines = [head, *map(escape, (scenario_phrase(result.scenario), counts(result.coverage)))]
    others = [finding for finding in result.findings if finding not in decisive]
    return "\n".join(
        [
            f"<p>{'<br>'.join(lines)}</p>",
            *_table(decisive, others),
            *(f"<p>{escape(remark)}</p>" for remark in sections(result, decisive, left_out)),
            *([f"<p><strong>{escape(first.called)}</strong></p>", run_html(first)] if first else []),
        ]
    )


def run_html(finding: Finding) -> str:
    """Return the run of a violated `finding`: the picture if there is one, the story, and the run as text, collapsed."""
    picture = f'<div style="overflow-x:auto">{run_svg(finding)}</div>' if finding.has_run else f"<p>{escape(NO_RUN)}</p>"
    return (
        f"{picture}\n<p>{escape(story(finding))}</p>\n"
        f"<details><summary>step by step</summary><pre>{escape(run_text(finding))}</pre></details>"
    )


def run_svg(finding: Finding) -> str:
    """Return the picture of the run of a violated `finding` as an <svg> element to embed in a page."""
    assert finding.trace is not None
    assert finding.witness is not None
    title = f"{finding.trace.protocol}: {finding.called} violated"
    svg = render(diagram(finding.trace, finding.witness, title, finding.witness.text).source, "svg").decode()
    return svg[svg.index("<svg") :]


def _table(decisive: Iterable[Finding], others: Sequence[Finding]) -> Iterator[str]:
    yield "<table><thead><tr>" + "".join(f"<th>{heading}</th>" for heading in HEADINGS) + "</tr></thead>"
    yield from _rows(decisive)
    if others:
        yield f'<tbody><tr><th colspan="{len(HEADINGS)}">{UNCLAIMED}</th></tr></tbody>'
        yield from _rows(others)
    yield "</table>"


def _rows(findings: Iterable[Finding]) -> Iterator[str]:
    yield "<tbody>"
    for finding in findings:
        style = f' style="{VIOLATED_STYLE}"' if finding.verdict is Verdict.VIOLATED else ""
        steps = "" if finding.length is None else finding.length
        yield f"<tr><td>{escape(finding.called)}</td><td{style}>{escape(verdict_word(finding))}</td><td>{steps}</td></tr>"
    yield "</tbody>"
