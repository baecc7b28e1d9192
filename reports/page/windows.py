"""The page of a live run: a coloured window for each worker, as in the assignment, and what can be done to the processes."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from string import Template

from groupy_check.reports.page.head import embedded, head, resource


def windows_html(live: Mapping[str, str]) -> str:
    """Return the page of the live run that the server at `live` knows of (see windows.js)."""
    script, title = resource("events.js") + resource("windows.js"), f"{live['protocol']}, live"
    return Template(resource("windows.html")).substitute(
        head=head(title, resource("windows.css"), script, live=True),
        title=escape(title),
        script=script,
        live=embedded(dict(live)),
    )
