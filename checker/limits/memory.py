"""How much memory is in use now: not the most that ever was, and that of the processes that were started as well."""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

PROC = Path("/proc")
PAGE = os.sysconf("SC_PAGE_SIZE")


def megabytes_in_use(process: int | None = None) -> int:
    """What `process`, by default this one, and all that it has started hold in memory. Elsewhere than on Linux: the peak."""
    mine = os.getpid() if process is None else process
    try:
        pages = sum(map(_pages, (mine, *descendants(mine))))
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    return pages * PAGE >> 20


def descendants(process: int) -> Iterator[int]:
    """The processes that `process` has started, and those that these have started."""
    for tasks in (PROC / str(process) / "task").glob("*/children"):
        with suppress(OSError):  # a thread or a process that has ended meanwhile
            for child in map(int, tasks.read_text().split()):
                yield child
                yield from descendants(child)


def _pages(process: int) -> int:
    try:
        return int((PROC / str(process) / "statm").read_text().split()[1])
    except (FileNotFoundError, ProcessLookupError):
        if process == os.getpid():
            raise
        return 0  # it has ended meanwhile
