"""What a handler does outside the program, and what it asks there: files, other processes, the network.

A file that is there already, or one that a handler left behind in an earlier search, is the same for every interpreter, so
no second call tells. Python itself tells of it (PEP 578): a hook listens as long as a user's handler runs. Imports are let
through, and so are those who read a source to show it: a warning, a traceback, the debugger.
"""

from __future__ import annotations

import os
import sys
import threading
from functools import cache
from pathlib import Path
from types import FrameType
from typing import Any, Self

# The first parts of the names of those events that tell of something outside; the others are about Python itself.
OUTSIDE = frozenset({
    "open", "os", "shutil", "tempfile", "glob", "pathlib", "sqlite3", "mmap", "fcntl", "subprocess", "pty", "signal",
    "resource", "_thread", "ctypes", "socket", "http", "urllib", "ftplib", "imaplib", "nntplib", "poplib", "smtplib",
    "telnetlib", "syslog", "webbrowser",
})  # fmt: skip
ASKED = "builtins.input"
TERMINALS = ("/dev/stdout", "/dev/stderr", "/dev/tty", "/dev/null")  # to print is to do nothing
ENVIRONMENT = frozenset({"os.py", "<frozen os>"})
READERS = frozenset({"linecache.py", "tokenize.py", "pdb.py", "weakref.py"})  # of sources; and the one who tidies up
CHECKER = str(Path(__file__).parents[1])
WRITES = os.O_WRONLY | os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_TRUNC
PURE = "a handler is a pure function of its state and event"


class OutsideError(Exception):
    """Raised where a user's code would do something outside."""


class Listening:
    """Within, nothing is done outside by a user's code: it gets an OutsideError. `told` says what it tried, "" for nothing."""

    __slots__ = ("before", "told")

    def __init__(self) -> None:
        self.told = ""

    def __enter__(self) -> Self:
        _listen()
        self.told, self.before, _now.listening = "", _now.listening, self
        return self

    def __exit__(self, *_: object) -> None:
        _now.listening = self.before


class _Now(threading.local):
    """Who listens in this thread."""

    listening: Listening | None = None


_now = _Now()


@cache
def _listen() -> None:
    """Add the hook, which stays as long as the program runs."""
    sys.addaudithook(_hear)


def _hear(event: str, words: tuple[Any, ...]) -> None:
    listening = _now.listening
    if listening is None or (event != ASKED and event.partition(".")[0] not in OUTSIDE):
        return
    caller = sys._getframe(1)  # noqa: SLF001 - there is no other way to ask who it was
    place = "" if _is_let_through(event, words, Path(caller.f_code.co_filename).name) else users_line(caller)
    if place:
        listening.told = listening.told or _told(event, words, place)
        raise OutsideError(listening.told)


def users_line(frame: FrameType | None) -> str:
    """The line of the user's that has led to `frame`, as `mine.py:12`; "" if it has imported something, or there is none."""
    from groupy_check.checker.semantics.purity.users_code import is_users_file  # noqa: PLC0415 - needed once, if ever

    place = ""
    while frame is not None and not (file := frame.f_code.co_filename).startswith(CHECKER):
        if file.startswith("<frozen importlib"):
            return ""
        if not place and is_users_file(file):
            place = f"{Path(file).name}:{frame.f_lineno}"
        frame = frame.f_back
    return place


def _is_let_through(event: str, words: tuple[Any, ...], caller: str) -> bool:
    """Whether the code in a file called `caller` may do this."""
    if event in ("os.putenv", "os.unsetenv"):
        return caller in ENVIRONMENT  # what is set there is noticed together with its value (`hidden_state`)
    return caller in READERS or (event == "open" and words[0] in TERMINALS)


def _told(event: str, words: tuple[Any, ...], place: str) -> str:
    named = os.fsdecode(words[0]) if words and isinstance(words[0], str | bytes | os.PathLike) else ""
    if event != "open":
        return f"called {event}{f'({named})' if named else ''}, at {place}; {PURE}"
    _, mode, flags = words
    writes = set("wax+") & set(mode) if isinstance(mode, str) else int(flags or 0) & WRITES
    why = "writing" if writes else "reading"
    return f"opened {named or 'a file'} for {why}, at {place}; {PURE}{'' if writes else ': read files when it is imported'}"
