"""Compile the kernel for `checker.native.compiled.bitcode`: `python -m groupy_check.checker.native.compiled`."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any
from unittest.mock import patch
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

# For every processor of its kind, and before numba is imported: it looks at this only then.
os.environ |= {"NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": ""}

from groupy_check.checker.engine import Choice, Engine, Means
from groupy_check.checker.inputs.protocols import load_protocol
from groupy_check.checker.native import search as engine
from groupy_check.checker.native.compiled import bitcode as shipped
from groupy_check.checker.native.compiled.calling import Compiled, flattened, place
from groupy_check.checker.native.pipeline import visited as store
from groupy_check.checker.search.base import Limits
from groupy_check.groupy_model.scenario import Scenario
from groupy_check.specs.property import Property
from groupy_check.specs.registry import PROPERTIES


def compiled() -> dict[str, bytes]:
    """The bitcode of all that numba is asked for when searches are made in every way, by label."""
    made: dict[str, bytes] = {}
    make = Compiled._make

    def keeping(self: Compiled, arguments: tuple[Any, ...]) -> bytes:
        content = made[self.label(flattened(arguments, []))] = make(self, arguments)
        return content

    with nothing_kept(), patch.object(Compiled, "_make", keeping), patch.object(shipped, "bitcode", lambda _: None):
        safety, everything = [PROPERTIES["total-order"]], list(PROPERTIES.values())
        for narrow, exact, workers, properties in product((1 << 16, 0), (False, True), (1, 2), (safety, everything)):
            with patch.object(engine, "NARROW", narrow), patch.object(store, "FIRST", 1 << 8):  # a table that grows
                search(Means(Choice.NATIVE, workers, exact), properties)
    return made


@contextmanager
def nothing_kept() -> Iterator[None]:
    """Nothing was compiled before."""
    with tempfile.TemporaryDirectory() as directory, patch.dict(os.environ, {"XDG_CACHE_HOME": directory}):
        place.cache_clear()
        yield
    place.cache_clear()


def search(means: Means, properties: list[Property]) -> None:
    """Search, break off, and go on."""
    protocol, scenario = load_protocol("gms3"), Scenario()
    with tempfile.TemporaryDirectory() as directory:
        for way, limits in (
            (replace(means, checkpoint=Path(directory)), Limits(states=500)),
            (replace(means, resume=Path(directory)), Limits()),
        ):
            Engine(protocol, scenario, properties, limits, means=way).run()


def write() -> None:
    """Write the archive. The same sources and the same numba make the same archive."""
    made = compiled()
    with ZipFile(shipped.ARCHIVE, "w") as archive:
        archive.comment = shipped.identity().encode()
        for label, content in sorted(made.items()):
            archive.writestr(ZipInfo(label), content, ZIP_DEFLATED, 9)


if __name__ == "__main__":
    write()
