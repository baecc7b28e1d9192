"""The page of a violation in a log: the picture of its neighbourhood, what went wrong, and the lines that show it."""

from __future__ import annotations

from html import escape

from groupy_check.groupy_model.log_verdict import LogFinding
from groupy_check.reports.page.standalone import document
from groupy_check.reports.spacetime.graphviz_source import diagram, render


def log_page(finding: LogFinding, title: str) -> str:
    """Return the page of a violated `finding` as HTML."""
    assert finding.witness is not None
    assert finding.neighbourhood is not None
    shown = finding.neighbourhood
    svg = render(diagram(shown.trace, shown.witness, title, finding.witness.text).source, "svg").decode()
    rows = "".join(
        f"<tr><td>{escape(place.file)}</td><td>{place.line}</td><td>{escape(place.words)}</td></tr>" for place in finding.places
    )
    body = f"""<h1>{escape(title)}</h1>
<p><strong class="bad">{escape(finding.witness.text)}.</strong> Required: {escape(finding.sentence)}.</p>
<figure><div class="diagram natural" tabindex="0">{svg[svg.index("<svg") :]}</div></figure>
<div class="scroll" tabindex="0"><table><thead><tr><th>file</th><th>line</th><th>what it says</th></tr></thead>
<tbody>{rows}</tbody></table></div>"""
    return document(title, body)
