"""Which functions that are no functions of their arguments a handler calls: named where two calls of it differ.

Of some it is wrong to be called at all: what depends on time or on chance may come out the same twice, and otherwise once in
a thousand calls, so that a search leaves it out. Handlers are watched for that only if their code names such a function.
"""

from __future__ import annotations

import os
import random
import sys
import types
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from groupy_check.checker.semantics.outside import users_line
from groupy_check.checker.semantics.purity.library_state import FILES, STANDARD
from groupy_check.checker.semantics.purity.program_state import global_names, imports, within
from groupy_check.checker.semantics.purity.reachable import CACHE
from groupy_check.checker.semantics.purity.users_code import is_users_file
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
GLOBAL: Any = random.random.__self__  # type: ignore[attr-defined]  # the numbers that all who call `random.random` share
CLOCKS = {
    "time": {
        "time", "time_ns", "monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns", "process_time", "process_time_ns",
        "thread_time", "thread_time_ns", "clock_gettime", "clock_gettime_ns",
    },
    "datetime": {"now", "today", "utcnow"},
}  # fmt: skip
ADDRESSES = {"builtins": {"id"}}  # two objects may lie either way, and do so in the same way in every interpreter of a machine
# What these set, nothing tells.
UNTOLD = {
    "gc": {"enable", "disable", "set_threshold", "set_debug", "freeze", "unfreeze"},
    "_codecs": {"register", "register_error", "unregister"}, "atexit": {"register", "unregister"},
    "_signal": {"alarm", "setitimer"}, "_thread": {"stack_size"},
}  # fmt: skip
CHANCE = {"posix": {"urandom", "getrandom"}, "_uuid": {"generate_time_safe"}, "_thread": {"start_new_thread"}}
SYSTEM = {
    "getpid", "getppid", "stat", "lstat", "fstat", "access", "readlink", "getcwd", "getloadavg", "times", "umask", "nice",
    "read", "pread", "readv", "preadv", "pwrite", "pwritev", "lseek", "pipe", "mkfifo", "mknod", "dup", "dup2",
}  # fmt: skip  # not `write`: it may print, and who does not read what is written keeps nothing
OF_A_CACHE = {"cache_info", "cache_clear"}
PATHS = {"exists", "isfile", "isdir", "getmtime", "getsize", "is_file", "is_dir", "cwd", "abspath", "realpath", "resolve"}
SHORT = {"posix": "os", "_codecs": "codecs", "_signal": "signal"}
NAMED = {"time", "datetime", "random", "secrets", "uuid", "threading", "_thread"}  # modules: who uses one is watched
SYSTEMS = {"os", "posix", "posixpath", "genericpath", "pathlib"}  # who uses one of these functions there
# Files of the library that ask the system for a handler.
THROUGH = frozenset(
    {"genericpath.py", "<frozen genericpath>", "posixpath.py", "<frozen posixpath>", "pathlib.py"}
)  # files of the library that ask the system for a handler


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

    with _profiled(look), suppress(Exception, SystemExit):
        call()
    return tuple(found)


@contextmanager
def _profiled(look: Callable[[types.FrameType, str, Any], None]) -> Iterator[None]:
    before: Any = sys.getprofile()
    sys.setprofile(look)
    try:
        yield
    finally:
        if before is None or callable(before):
            sys.setprofile(before)
        else:  # a cProfile.Profile, which has to set itself
            before.enable()


def impure_call(call: Callable[[], object]) -> str:
    """The first function that `call` calls although no pure one does, as `time.time() at mine.py:12`; "" if there is none."""
    found: list[str] = []

    def look(frame: types.FrameType, event: str, argument: Any) -> None:
        if event == "c_call" and not found and _is_wrong(argument, frame.f_code.co_filename) and (place := users_line(frame)):
            found.append(f"{_full_name(argument)} at {place}")

    with _profiled(look), suppress(Exception, SystemExit):
        call()
    return found[0] if found else ""


def _is_wrong(function: Any, caller: str) -> bool:
    """Whether a handler must not call `function`, from a file called `caller`."""
    name, owner, module = function.__name__, getattr(function, "__self__", None), _home(function)
    if owner is GLOBAL or isinstance(owner, random.SystemRandom | CACHE) or name in CHANCE.get(module, ()):
        return True
    if not (is_users_file(caller) or (module == "posix" and Path(caller).name in THROUGH)):
        return False
    if owner is not None and type(owner) in FILES:
        return bool(owner.closed or owner.fileno() not in STANDARD)
    return any(name in one.get(module, ()) for one in (CLOCKS, ADDRESSES, UNTOLD)) or (module == "posix" and name in SYSTEM)


def _home(function: Any) -> str:
    """The module of a function, or of the class whose method it is."""
    owner = getattr(function, "__self__", None)
    return str(owner.__name__ if isinstance(owner, types.ModuleType) else getattr(owner, "__module__", ""))


def _full_name(function: Any) -> str:
    if type(function.__self__) in FILES:
        return f"{function.__name__}() of an open file"
    if isinstance(function.__self__, CACHE):
        return f"{function.__self__.__name__}.{function.__name__}()"
    return _named(function) or f"{SHORT.get(_home(function), _home(function))}.{function.__name__}()"


def may_be_impure(functions: Iterable[types.FunctionType]) -> bool:
    """Whether one of these functions of a user's names something that `impure_call` looks for."""
    return any(_names_it(function.__code__, function.__globals__) for function in functions)


def _names_it(code: types.CodeType, known: dict[str, Any]) -> bool:
    for one in within(code):
        names = set(one.co_names)
        if names & OF_A_CACHE or ("id" in names - known.keys() and "id" in global_names(one)):
            return True
        if any(_leads_to_it(known[name], names) for name in names & known.keys()):
            return True
        if any(_leads_to_it(sys.modules.get(name), names) for name in imports(one)):
            return True
    return False


def _leads_to_it(value: Any, names: set[str]) -> bool:
    if type(value) in FILES or isinstance(getattr(value, "__self__", None), random.Random):
        return True
    module = value.__name__ if isinstance(value, types.ModuleType) else getattr(value, "__module__", None)
    if untold := UNTOLD.get(module if module in UNTOLD else f"_{module}"):
        return not names.isdisjoint(untold) or getattr(value, "__name__", "") in untold
    if module in SYSTEMS:
        return bool(names & (SYSTEM | PATHS | CHANCE["posix"]))
    return module in NAMED


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
    short = SHORT.get(str(module), str(module).lstrip("_"))
    return f"{function.__name__}()" if short == "builtins" else f"{short}.{function.__name__}()"
