"""Compiled code: shipped, kept as machine code under the digest of its sources, and called without numba."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import namedtuple
from pathlib import Path
from shutil import copytree

import llvmlite.binding as llvm
import numpy as np
import pytest
from groupy_check.checker.native.compiled import bitcode as shipped
from groupy_check.checker.native.compiled import calling
from groupy_check.checker.native.compiled.calling import Compiled, place
from groupy_check.checker.native.memory import layout
from groupy_check.checker.native.memory.layout import EMPTY
from groupy_check.checker.native.tables import transitions as rules

SEARCH = """
import sys
from groupy_check.checker.interfaces.api import check
for means in ({"workers": 2}, {"exact": True}):
    for wanted in (["total-order"], []):
        found = check("gms3", engine="native", properties=wanted, max_states=2000, **means).coverage.distinct
        print(found, "numba" in sys.modules)
"""
here = pytest.mark.skipif(llvm.get_process_triple() != "x86_64-unknown-linux-gnu", reason="code is shipped for x86-64 Linux")


@here
def test_nobody_has_to_wait_for_numba(tmp_path: Path) -> None:
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path)}
    run = subprocess.run([sys.executable, "-c", SEARCH], capture_output=True, text=True, check=True, env=environment)
    assert run.stdout.split() == ["1331", "False", "1921", "False"] * 2


@here
def test_what_is_shipped_is_that_of_the_sources() -> None:
    assert shipped.usable(), "make it anew: python -m groupy_check.checker.native.compiled"


@pytest.mark.parametrize("named", ["expanding", "layout", "rules"])
def test_what_is_shipped_for_other_sources_is_not_used(named: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    right = shipped.digest()
    if named == "expanding":
        copied = tmp_path / "native"
        copytree(Path(shipped.__file__).parent.parent, copied)
        with (copied / "kernel" / "successors.py").open("a") as file:
            file.write("# changed\n")
        monkeypatch.setattr(shipped, "HERE", copied / "compiled")
    else:
        monkeypatch.setattr(*{"layout": (layout, "WORK", 1), "rules": (rules, "LOWER", 1)}[named])
    for kept in (shipped.digest, shipped._contents):
        kept.cache_clear()
    changed, usable = shipped.digest(), shipped.usable()
    monkeypatch.undo()
    for kept in (shipped.digest, shipped._contents):
        kept.cache_clear()
    assert changed != right
    assert not usable


def test_what_a_newer_llvm_has_made_is_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calling, "place", lambda: tmp_path)
    monkeypatch.setattr(shipped, "bitcode", lambda _: b"known_in\nBC of another kind")
    assert looked_up() == [1 << 40, -1]


def test_fields_of_another_name_are_another_type() -> None:
    one, other = namedtuple("Pair", "first second")(1, 2), namedtuple("Pair", "second first")(1, 2)  # type: ignore[call-arg, arg-type]
    assert calling.flattened((one,), []) != calling.flattened((other,), [])


def looked_up() -> list[int]:
    """What a function finds that is called for the first time."""
    pairs = np.full(16, EMPTY, np.uint64)
    Compiled("hash_map", "put")(pairs, 7, 1 << 40)
    known_in = Compiled("hash_map", "known_in")
    return [known_in(pairs, 7), known_in(pairs, 8)]


def test_what_is_compiled_is_kept_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calling, "place", lambda: tmp_path / "kept")
    assert looked_up() == [1 << 40, -1]
    kept = {path.name: path.read_bytes() for path in (tmp_path / "kept").iterdir()}
    assert sorted(name.partition("-")[0] for name in kept) == ["hash_map.known_in", "hash_map.put"]
    for name in ("_make", "_shipped"):  # it is not compiled again
        monkeypatch.setattr(Compiled, name, None)
    assert looked_up() == [1 << 40, -1]


def test_what_cannot_be_kept_works_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setattr(calling, "place", lambda: tmp_path / "file" / "in it")
    assert looked_up() == [1 << 40, -1]


def test_the_place_is_named_after_the_sources() -> None:
    assert place().parent.name == "groupy-check" or place().parent.name.startswith("groupy-check-")
    assert len(place().name) == 16
    assert int(place().name, 16) >= 0
