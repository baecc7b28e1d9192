"""The archive that a release wheel may carry, so that nobody has to wait for numba: bitcode of the kernel.

It is in no repository: `python -m groupy_check.checker.native.compiled` makes it, just before a wheel is built. Its comment
says which LLVM made it, for which kind of processor, of which sources, and what it holds: it is used only if all four fit.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from hashlib import sha256
from pathlib import Path
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile, ZipInfo

import llvmlite.binding as llvm

from groupy_check.checker.native.memory.layout import BOUNDS_CHECK

NATIVE = Path(__file__).parent.parent
ARCHIVE = NATIVE / "compiled" / "kernel.zip"
LLVM: int = llvm.llvm_version_info[0]  # reads what an LLVM up to this one has made


def sources() -> list[Path]:
    """The files that decide what is compiled: the kernel, what it shares with Python, and how it is called."""
    shared = [NATIVE / "memory" / "layout.py", NATIVE / "compiled" / "calling.py", NATIVE / "compiled" / "numba_types.py"]
    return [*sorted((NATIVE / "kernel").glob("*.py")), *shared]


@cache
def digest() -> str:
    """The digest of the sources."""
    return _digest({path.name: path.read_bytes() for path in sources()})


def bitcode(label: str) -> bytes | None:
    """The name of a function and, behind the first line, its bitcode; None if it is not in a usable archive."""
    return _contents().get(label)


def write(path: Path, contents: Mapping[str, bytes]) -> None:
    """Write an archive of these `contents`, by label. Equal contents make equal archives."""
    with ZipFile(path, "w") as archive:
        archive.comment = f"{LLVM} {_identity(contents)}".encode()
        for label, content in sorted(contents.items()):
            archive.writestr(ZipInfo(label), content, ZIP_DEFLATED, 9)


@cache
def _contents() -> dict[str, bytes]:
    """What is in the archive, by label; nothing where it cannot be used."""
    if BOUNDS_CHECK:
        return {}
    with suppress(OSError, BadZipFile), ZipFile(ARCHIVE) as archive:
        contents = {label: archive.read(label) for label in archive.namelist()}
        made_by, _, identity = archive.comment.decode(errors="replace").partition(" ")
        if identity == _identity(contents) and int(made_by) <= LLVM:
            return contents
    return {}


def _identity(contents: Mapping[str, bytes]) -> str:
    """What an archive says of itself: the kind of processor, the sources, and what it holds."""
    return f"{llvm.get_process_triple()} {digest()} {_digest(contents)}"


def _digest(contents: Mapping[str, bytes]) -> str:
    found = sha256()
    for name, content in sorted(contents.items()):
        found.update(f"{name} {len(content)}\n".encode() + content)
    return found.hexdigest()
