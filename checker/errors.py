"""Everything that can be wrong with what a user hands in, each one line: what, where, likeliest cause, what to do instead."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class GroupyError(Exception):
    """Base of all errors that are shown to a user as one line; `code` is the exit status (TLC's numbers)."""

    code = 153


class UsageError(GroupyError):
    """An option, or a file named by one, has a content that cannot be used."""

    code = 151


class ProtocolError(GroupyError):
    """The protocol cannot be loaded, or a handler broke the rules of a pure function."""

    code = 150


class TooLargeError(GroupyError):
    """The request is larger than this command can do."""

    code = 152


def unknown(what: str, name: str, known: Iterable[str]) -> str:
    """`unknown protocol 'gsm2': did you mean gms2?`, or all the names when none is near."""
    names = list(known)
    near = get_close_matches(name, names, n=1)
    return f"unknown {what} '{name}': " + (f"did you mean {near[0]}?" if near else f"there are {', '.join(names)}")
