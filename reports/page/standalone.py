"""Self-contained pages without scripts: the format of the matrix and of the comparison of two protocols."""

from __future__ import annotations

import base64
import hashlib
from html import escape
from importlib.resources import files

HEAD = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<link rel="icon" href="data:,">
<style>{style}</style>
</head>
<body>
"""


def document(title: str, body: str) -> str:
    """Return an HTML file with `body`, which is already HTML; `title` is plain text."""
    style = files(__package__).joinpath("standalone.css").read_text(encoding="utf-8")
    known = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{known}'; img-src data:; base-uri 'none'; form-action 'none'"
    return f"{HEAD.format(policy=policy, title=escape(title), style=style)}{body}\n</body>\n</html>\n"
