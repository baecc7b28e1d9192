"""Self-contained pages without scripts: the format of the matrix and of the comparison of two protocols."""

from __future__ import annotations

from groupy_check.reports.page.head import head, resource


def document(title: str, body: str) -> str:
    """Return an HTML file with `body`, which is already HTML; `title` is plain text."""
    return f"{head(title, resource('standalone.css'))}{body}\n</body>\n</html>\n"
