"""What all pages begin with: their head, under a policy that lets in their own style and scripts alone."""

from __future__ import annotations

import base64
import hashlib
import json
from html import escape
from importlib.resources import files
from string import Template


def resource(name: str) -> str:
    """Return the text of a file beside this one."""
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def head(title: str, style: str, script: str = "", *, live: bool = False) -> str:
    """Return everything up to the body of a page called `title`, with this style and, if any, this script.

    `live`: the page may ask its own server.
    """
    return Template(resource("head.html")).substitute(
        policy=policy_of(style, script, live=live), title=escape(title), style=style
    )


def policy_of(style: str, script: str, *, live: bool) -> str:
    """Return the Content-Security-Policy: this style and script only, and no network but a live page's own server."""
    rules = ["default-src 'none'", f"style-src {_hash(style)}"]
    if script:
        rules.append(f"script-src {_hash(script)}")
    rules += ["img-src data:", "base-uri 'none'", "form-action 'none'"]
    return "; ".join([*rules, "connect-src 'self'"] if live else rules)


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def embedded(value: object) -> str:
    """Return `value` as JSON that is safe in a script element: no text in it can end the element."""
    return json.dumps(value, separators=(",", ":")).replace("<", "\\u003c")
