"""Which functions that are no functions of their arguments a handler calls: named where two calls of it differ."""

from __future__ import annotations

import os
import random
import sys
import types
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from groupy_check.checker.semantics.step_cache import NOT_THE_USERS

IMPURE = {
    "builtins": {"id", "hash", "open", "input"},
    "time": None, "random": None, "_random": None, "secrets": None, "uuid": None, "_socket": None, "tempfile": None,
    "datetime": {"now", "today", "utcnow"},
    "posix": {"urandom", "getpid", "getrandom", "times", "getcwd", "listdir", "open", "stat", "getloadavg"},
    "_thread": {"get_ident", "get_native_id"}, "threading": {"get_ident", "current_thread"},
    "_io": {"open", "read", "readline"},
}  # fmt: skip
HASHES = "__hash__"


def impure_calls(call: Callable[[], object]) -> tuple[str, ...]:
    """The names of the impure functions that `call` calls, in the order in which it does."""
    found: dict[str, None] = {}

    def look(frame: types.FrameType, event: str, argument: Any) -> None:
        if frame.f_code.co_filename.startswith(NOT_THE_USERS):
            return
        if event == "c_call" and frame.f_code.co_name != HASHES:
            name = _named(argument)
            if name:
                found.setdefault(name)
        elif event == "call" and frame.f_code is _environment:
            found.setdefault("os.environ")

    before = sys.getprofile()
    sys.setprofile(look)
    try:
        with suppress(Exception, SystemExit):
            call()
    finally:
        sys.setprofile(before)
    return tuple(found)


_environment = type(os.environ).__getitem__.__code__


def _named(function: Any) -> str:
    """`time.time`; "" for a function that may be pure."""
    owner = getattr(function, "__self__", None)
    if isinstance(owner, random.Random):
        return f"random.{function.__name__}()"
    module = (
        getattr(function, "__module__", None) or getattr(owner, "__module__", None) or getattr(type(owner), "__module__", "")
    )
    names = IMPURE.get(str(module), set())
    if names is not None and function.__name__ not in names:
        return ""
    short = {"posix": "os"}.get(str(module), str(module).lstrip("_"))
    return f"{function.__name__}()" if short == "builtins" else f"{short}.{function.__name__}()"
