"""Everything that can be wrong with what a user hands in, each one line: what, where, likeliest cause, what to do instead."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from difflib import get_close_matches
from pathlib import Path

LISTED = {"property": "groupy list --properties", "protocol": "groupy list", "name": "groupy list"}  # what has them all
MOST_NAMED = 12  # names in a line


class GroupyError(Exception):
    """Base of all errors that are shown to a user as one line; `code` is the exit status (TLC's numbers)."""

    code = 153


class UsageError(GroupyError):
    """An option, or a file named by one, has a content that cannot be used."""

    code = 151


class ProtocolError(GroupyError):
    """The protocol cannot be loaded, or a handler broke the rules of a pure function."""

    code = 150


class UnrepeatableError(ProtocolError):
    """A run that a search has found is none when it is executed again: some handler broke the rules."""


class TooLargeError(GroupyError):
    """The request is larger than this command can do."""

    code = 152


class NothingAddedError(GroupyError):
    """A search that was to go on from what was saved has ended before it did: nothing is known but what was saved."""

    code = 3  # as of any search that a limit ends before anything is found


class OutOfRoomError(Exception):
    """A search needs more memory or disk than there is. It ends there, with what it has found: the text is its bound."""


def is_there(text: str | Path, kind: Callable[[Path], bool] = Path.is_file) -> bool:
    """Whether there is a file called `text`: none is called what is too long for a name, or has a zero in it."""
    try:
        return kind(Path(text))
    except (OSError, ValueError):
        return False


def unknown(what: str, name: str, known: Iterable[str]) -> str:
    """`unknown protocol 'gsm2': did you mean gms2?`, whatever its case; or the names, when none is near, but not too many."""
    names = list(known)
    near = nearest(name, names)
    listed = LISTED.get(what, "")
    more = f", ... ({len(names)} in all{listed and f': {listed}'})" if len(names) > MOST_NAMED else ""
    told = f"did you mean {near}?" if near else f"there are {', '.join(names[:MOST_NAMED])}{more}"
    return f"unknown {what} {name!r}: {told}"


def nearest(name: str, known: Iterable[str]) -> str:
    """The one of `known` that is most like `name`, whatever its case; "" if none is."""
    by_case = {each.lower(): each for each in known}
    near = get_close_matches(name.lower(), by_case, n=1)
    return by_case[near[0]] if near else ""
