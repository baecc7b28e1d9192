"""How much memory a command uses now, in all of its processes: not the most that ever was. And how much is left for it.

Memory is left as long as the machine has some, the control groups that this process is in (a container, a service), and its
address space (`ulimit -v`). What the system can take back at once, such as files that it has read, counts as left.
"""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import NamedTuple

from groupy_check.checker.limits import board

PROC = Path("/proc")
CGROUPS = Path("/sys/fs/cgroup")
PAGE = os.sysconf("SC_PAGE_SIZE")
KEPT_FREE, LEAST_SHARE = 512 << 20, 0.1  # bytes that a search leaves free of what there is, or this share if that is less


def megabytes_in_use(process: int | None = None) -> int:
    """What `process` and all that it has started hold in memory; by default, the one with which this command began.

    Elsewhere than on Linux: the peak of this process.
    """
    first = (board.supervisor() or os.getpid()) if process is None else process
    try:
        pages = sum(map(_pages, (first, *descendants(first))))
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


def shortage(more: int = 0) -> str:
    """What would nearly be used up if so many bytes more were in use, as a sentence; "" for nothing."""
    with suppress(OSError, LookupError, ValueError):
        for what, all_of_it, left in _stores():
            if left - more < min(KEPT_FREE, LEAST_SHARE * all_of_it):
                return f"{what} is nearly used up"
    return ""


def address_space() -> int | None:
    """The bytes of address space that this process may still take (see `ulimit -v`); None for no limit."""
    most, _ = resource.getrlimit(resource.RLIMIT_AS)
    return None if most == resource.RLIM_INFINITY else most - PAGE * int((PROC / "self" / "statm").read_text().split()[0])


def _pages(process: int) -> int:
    try:
        return int((PROC / str(process) / "statm").read_text().split()[1])
    except (FileNotFoundError, ProcessLookupError):
        if process == os.getpid():
            raise
        return 0  # it has ended meanwhile


def _stores() -> Iterator[tuple[str, int, int]]:
    """What memory is taken from: its name, how many bytes there are in all, and how many are left."""
    words = (line.split() for line in (PROC / "meminfo").read_text().splitlines())
    kilobytes = {name: int(number) for name, number, *_ in words}
    yield "the memory of this machine", kilobytes["MemTotal:"] << 10, kilobytes["MemAvailable:"] << 10
    for group in _groups():
        kept = (line.split() for line in (group.folder / "memory.stat").read_text().splitlines())
        files = sum(int(number) for name, number in kept if name in group.files)
        used = int((group.folder / group.usage).read_text())
        yield "the memory that this process's control group may use", group.limit, group.limit - used + files
    space = address_space()
    if space is not None:
        yield "the address space (ulimit -v)", resource.getrlimit(resource.RLIMIT_AS)[0], space


class _Group(NamedTuple):
    """A control group with a limit: its folder, the file that says how much is in use, and the entries for files in memory."""

    folder: Path
    limit: int
    usage: str
    files: tuple[str, str]


@cache
def _groups() -> tuple[_Group, ...]:
    """The control groups that this process is in, of both versions, as far as they limit memory."""
    found = list[_Group]()
    for line in (PROC / "self" / "cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers == "memory":
            found += _limited(CGROUPS / "memory", path, "memory.limit_in_bytes", "memory.usage_in_bytes", "total_")
        elif not controllers:
            found += _limited(CGROUPS, path, "memory.max", "memory.current", "")
    return tuple(found)


def _limited(base: Path, path: str, limit: str, usage: str, prefix: str) -> Iterator[_Group]:
    """The group at `path` and those around it, those with a `limit`."""
    inner = base / path.lstrip("/")
    for folder in (inner, *(parent for parent in inner.parents if parent.is_relative_to(base))):
        with suppress(OSError, ValueError):  # not there, or "max"
            most = int((folder / limit).read_text())
            if most < PAGE * os.sysconf("SC_PHYS_PAGES"):
                yield _Group(folder, most, usage, (f"{prefix}inactive_file", f"{prefix}active_file"))
