"""Compiled code in files: made once, kept under the digest of its sources, and called without numba."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from checker.native import calling
from checker.native.calling import Compiled, place
from checker.native.layout import EMPTY

SEARCH = """
import sys
from checker.api import check
result = check("gms3", engine="native", properties=["total-order"])
print(result.coverage.distinct, "numba" in sys.modules)
"""


def searched() -> str:
    return subprocess.run([sys.executable, "-c", SEARCH], capture_output=True, text=True, check=True).stdout.strip()


def test_numba_is_imported_only_to_compile() -> None:
    distinct = searched().split()[0]
    assert searched() == f"{distinct} False"


def looked_up() -> list[int]:
    """What a function finds that is called for the first time."""
    pairs = np.full(16, EMPTY, np.uint64)
    Compiled("maps", "put")(pairs, 7, 1 << 40)
    known_in = Compiled("maps", "known_in")
    return [known_in(pairs, 7), known_in(pairs, 8)]


def test_what_is_compiled_is_kept_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calling, "place", lambda: tmp_path / "kept")
    assert looked_up() == [1 << 40, -1]
    kept = {path.name: path.read_bytes() for path in (tmp_path / "kept").iterdir()}
    assert sorted(name.partition("-")[0] for name in kept) == ["maps.known_in", "maps.put"]
    monkeypatch.setattr(Compiled, "_make", None)  # it is not compiled again
    assert looked_up() == [1 << 40, -1]


def test_what_cannot_be_kept_works_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setattr(calling, "place", lambda: tmp_path / "file" / "in it")
    assert looked_up() == [1 << 40, -1]


def test_the_place_is_named_after_the_sources() -> None:
    assert place().parent.name == "groupy-check" or place().parent.name.startswith("groupy-check-")
    assert len(place().name) == 16
    assert int(place().name, 16) >= 0
