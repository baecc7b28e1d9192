"""Exceptions that nothing else has caught, in one line: most come from a method of a user's value, somewhere in a search."""

from __future__ import annotations

import traceback
from pathlib import Path

from groupy_check.checker.errors import GroupyError, ProtocolError, TooLargeError
from groupy_check.checker.limits.deadline import is_users_file


def unexpected(error: Exception) -> tuple[str, int]:
    """What to say of `error`, and the exit status."""
    frames = traceback.extract_tb(error.__traceback__)
    said = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    users = [frame for frame in frames if is_users_file(frame.filename)]
    if users and not isinstance(error, MemoryError):
        last = users[-1]
        where = f"{Path(last.filename).name}:{last.lineno}"
        return f"{last.name} at {where} raised {said}; methods of states and messages must always answer", ProtocolError.code
    if isinstance(error, MemoryError):
        return "out of memory; take a smaller scenario, or end the search before with --memory-limit", TooLargeError.code
    place = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "?"
    return f"{said} at {place}: this is a fault of this program, please report it", GroupyError.code
