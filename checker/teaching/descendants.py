"""Processes that a submission has started, also those that have left its group and its session: all of them are ended.

On Linux a process can take over the orphans among its descendants (prctl(2), PR_SET_CHILD_SUBREAPER), so that none gets away by
forking twice. Elsewhere only the group of the first one can be ended.
"""

from __future__ import annotations

import ctypes
import os
import signal
import time
from collections.abc import Container, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PR_SET_DUMPABLE, PR_SET_CHILD_SUBREAPER, PR_GET_CHILD_SUBREAPER = 4, 36, 37
PATIENCE = 5.0  # seconds for those that are killed to be gone
PROC = Path("/proc")


@contextmanager
def adopting_orphans() -> Iterator[None]:
    """Until the end, orphans among this process's descendants become its children."""
    before = ctypes.c_int(0)
    prctl(PR_GET_CHILD_SUBREAPER, ctypes.byref(before))
    adopt_orphans()
    try:
        yield
    finally:
        prctl(PR_SET_CHILD_SUBREAPER, before.value)


def adopt_orphans() -> None:
    """From now on, orphans among this process's descendants become its children."""
    prctl(PR_SET_CHILD_SUBREAPER, 1)


def close_to_others() -> None:
    """Let no other process of this user look into this one's memory and files."""
    prctl(PR_SET_DUMPABLE, 0)


def prctl(option: int, argument: object) -> None:
    """As the system call, where there is one."""
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).prctl(option, argument, 0, 0, 0)


def children() -> set[int]:
    """The processes whose parent is this one, those that have ended and were not waited for among them."""
    numbers = [int(path.name) for path in PROC.glob("[0-9]*")]
    return {number for number in numbers if _parent(number) == os.getpid()}


def _parent(pid: int) -> int:
    with suppress(OSError, ValueError, IndexError):
        return int((PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[1])
    return 0


def end_children(spared: Container[int] = ()) -> set[int]:
    """Kill the children of this process but for the `spared`, then those that these leave. Returns them all."""
    ended = set[int]()
    deadline = time.monotonic() + PATIENCE
    while (left := [pid for pid in children() if pid not in spared]) and time.monotonic() < deadline:
        ended.update(left)
        for pid in left:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        for pid in left:
            with suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)
        time.sleep(0.005)
    return ended
