"""Compiled code that is shipped, so that nobody has to wait for numba: bitcode of the kernel, for one kind of processor.

It is used only if it is that of the sources: it carries a digest of all that it depends on.
`python -m groupy_check.checker.native.compiled` makes it anew, after each change to the kernel or to a number in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from enum import EnumType
from functools import cache
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

import llvmlite.binding as llvm

HERE = Path(__file__).parent
ARCHIVE = HERE / "kernel.zip"
IMPORTED = re.compile(r"^from (groupy_check\.checker\.native[.\w]*) import (\([^)]*\)|[^(#\n]+)", re.MULTILINE)
NAMED = re.compile(r"(\w+)(?: as (\w+))?")


def identity() -> str:
    """What the archive is for: a kind of processor, and the sources."""
    return f"{llvm.get_process_triple()} {digest()}"


@cache
def digest() -> str:
    """The digest of the sources of the kernel, and of the values of all that they take from elsewhere."""
    parts = [(HERE / "calling.py").read_text(encoding="utf-8")]
    for path in sorted((HERE.parent / "kernel").glob("[!_]*.py")):
        source = path.read_text(encoding="utf-8")
        parts += [source, *(f"{name}={_plain(value)}" for name, value in _taken(source))]
    return sha256("\0".join(parts).encode()).hexdigest()


def _taken(source: str) -> Iterator[tuple[str, object]]:
    """Names that a source of the kernel takes from elsewhere, and their values."""
    for module, names in IMPORTED.findall(source):
        for name, alias in [] if module.startswith("groupy_check.checker.native.kernel") else NAMED.findall(names):
            if module == "groupy_check.checker.native.memory":
                numbers = sorted(set(re.findall(rf"\b{alias}\.(\w+)", source)))
                yield from ((number, getattr(import_module(f"{module}.{name}"), number)) for number in numbers)
            else:
                yield name, getattr(import_module(module), name)


def _plain(value: Any) -> Any:
    """A number, or a collection of such, whose text is the same for every Python and numpy."""
    if isinstance(value, EnumType):
        return [(member.name, member.value) for member in list[Any](value)]
    return int(value) if hasattr(value, "__index__") else value


def usable() -> bool:
    """Whether there is bitcode for this processor, made from these sources."""
    return bool(_contents())


def bitcode(label: str) -> bytes | None:
    """The name of a function and, behind the first line, its bitcode; None if it is not shipped."""
    return _contents().get(label)


@cache
def _contents() -> dict[str, bytes]:
    """What is in the archive and can be used, by label."""
    with suppress(OSError, BadZipFile), ZipFile(ARCHIVE) as archive:
        if archive.comment.decode() == identity():
            return {label: archive.read(label) for label in archive.namelist()}
    return {}
