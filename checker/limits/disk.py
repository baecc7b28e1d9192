"""Where there is room on a disk, and when there is none left."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

MOUNTS = Path("/proc/mounts")
IN_MEMORY = {"tmpfs", "ramfs", "devtmpfs"}
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def is_full(error: OSError) -> bool:
    """Whether `error` says that no more can be written: the disk is full, or a quota or `ulimit -f` is used up."""
    return error.errno in FULL


def scratch() -> Path:
    """A directory for temporary files that are too many for memory: the usual one, unless that is kept in memory itself."""
    usual = Path(tempfile.gettempdir())
    return next((place for place in (usual, Path("/var/tmp"), Path.cwd()) if _is_on_disk(place)), usual)  # noqa: S108 - tempfile makes the names


def _is_on_disk(place: Path) -> bool:
    return os.access(place, os.W_OK) and _file_system(place) not in IN_MEMORY


def _file_system(place: Path) -> str:
    """The kind of the file system on which `place` lies, "" if nobody says."""
    where = place.resolve()
    inside = [(len(point.parts), order, kind) for order, (point, kind) in enumerate(_mounts()) if where.is_relative_to(point)]
    return max(inside, default=(0, 0, ""))[2]  # of those at one point the last one hides the others


def _mounts() -> Iterator[tuple[Path, str]]:
    with suppress(OSError):
        for line in MOUNTS.read_text(errors="replace").splitlines():
            _, point, kind, *_ = line.split()
            yield Path(point.replace("\\040", " ")), kind
