"""Atomic writes: a file appears whole or not at all, even if the program is interrupted."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from secrets import token_hex


def write_text(path: Path, text: str) -> None:
    """Write `text` to `path` in UTF-8, as `write_bytes` does; what UTF-8 cannot encode becomes a backslash escape."""
    write_bytes(path, text.encode("utf-8", "backslashreplace"))


def write_bytes(path: Path, data: bytes) -> None:
    """Replace `path` by a file with `data`. On OSError, `path` is unchanged and no other file is left behind."""
    if path.exists() and not path.is_file():
        with path.open("wb", buffering=0) as device:  # a pipe or a device: it is written to, and stays what it is
            device.write(data)
        return
    # Not `tempfile`: it makes files that only their owner can read, and the renamed file would keep that mode.
    temporary = path.parent / f".{token_hex(8)}.tmp"
    try:
        with temporary.open("xb") as file:
            file.write(data)
        temporary.replace(path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise
