"""Files appear whole or not at all, so that a reader, or a run that is stopped, never sees half of one."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from secrets import token_hex


def write_text(path: Path, text: str) -> None:
    """`write_bytes` of `text` in UTF-8; what UTF-8 has no bytes for is written as a backslash escape."""
    write_bytes(path, text.encode("utf-8", "backslashreplace"))


def write_bytes(path: Path, data: bytes) -> None:
    """Replace `path` by a file with `data`. OSError propagates; then `path` is as it was, and nothing else is left."""
    # Not `tempfile`: its files can be read by their owner alone, and the new name would inherit that.
    temporary = path.parent / f".{token_hex(8)}.tmp"
    try:
        with temporary.open("xb") as file:
            file.write(data)
        temporary.replace(path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise
