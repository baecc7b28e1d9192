"""Everything that can be wrong with what a user hands in, each one line: what, where, likeliest cause, what to do instead."""

from __future__ import annotations


class GroupyError(Exception):
    """Base of all errors that are shown to a user as one line; `code` is the exit status (TLC's numbers)."""

    code = 153


class UsageError(GroupyError):
    """An option has a value that cannot be used."""

    code = 151


class ProtocolError(GroupyError):
    """The protocol cannot be loaded, or a handler broke the rules of a pure function."""

    code = 150


class TooLarge(GroupyError):
    """The request is larger than this command can do."""

    code = 152
