"""Compiled code: kept as machine code under the digest of its sources, carried by an archive, and called without numba."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections import Counter, namedtuple
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path
from shutil import copytree
from zipfile import ZipFile

import numpy as np
import pytest

from groupy_check.checker.checking.engine import Choice, Engine, Means
from groupy_check.checker.inputs.protocols import load_protocol
from groupy_check.checker.native.compiled import archive, calling, signatures
from groupy_check.checker.native.compiled.calling import Compiled, place
from groupy_check.checker.native.memory.layout import EMPTY
from groupy_check.checker.search.base import Limits
from groupy_check.groupy_model.scenario import Scenario
from groupy_check.specs.registry import PROPERTIES

LABEL, CODE = "hash_map.known_in-0", b"known_in\nBC of a kind"


@pytest.fixture
def carried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An archive in the place of the one that a release wheel carries."""
    path = tmp_path / "kernel.zip"
    archive.write(path, {LABEL: CODE, "other": b"x"})
    monkeypatch.setattr(archive, "ARCHIVE", path)
    forget()
    yield path
    monkeypatch.undo()
    forget()


def forget() -> None:
    """What the archive says of itself is asked for again."""
    archive.digest.cache_clear()
    archive._contents.cache_clear()


# --- the archive ---------------------------------------------------------------------------------------------------------


def test_an_archive_of_these_sources_is_used(carried: Path) -> None:
    assert archive.bitcode(LABEL) == CODE
    assert archive.bitcode("none") is None
    before = carried.read_bytes()
    archive.write(carried, {"other": b"x", LABEL: CODE})
    assert carried.read_bytes() == before


@pytest.mark.parametrize("changed", [{LABEL: CODE[:-1] + b"e"}, {"other": b"y"}, {"more": b""}])
def test_an_archive_in_which_one_byte_has_changed_is_refused(changed: dict[str, bytes], carried: Path) -> None:
    with ZipFile(carried) as before:
        comment, contents = before.comment, {name: before.read(name) for name in before.namelist()}
    with ZipFile(carried, "w") as after:
        after.comment = comment
        for name, content in (contents | changed).items():
            after.writestr(name, content)
    assert archive.bitcode(LABEL) is None


@pytest.mark.parametrize("damage", [b"", b"PK", b"\xff" * 100])
def test_what_is_no_archive_is_refused(damage: bytes, carried: Path) -> None:
    carried.write_bytes(damage)
    assert archive.bitcode(LABEL) is None


def test_an_archive_that_a_newer_llvm_has_made_is_refused(carried: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "LLVM", archive.LLVM + 1)
    archive.write(carried, {LABEL: CODE})
    monkeypatch.setattr(archive, "LLVM", archive.LLVM - 1)
    assert archive.bitcode(LABEL) is None


@pytest.mark.parametrize("path", archive.sources(), ids=lambda path: path.stem)
def test_an_archive_of_other_sources_is_refused(
    path: Path, carried: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert carried.exists()
    right = archive.digest()
    copied = tmp_path / "native"
    copytree(archive.NATIVE, copied, ignore=lambda _, names: [name for name in names if name == "__pycache__"])
    with (copied / path.relative_to(archive.NATIVE)).open("a") as file:
        file.write("# changed\n")
    monkeypatch.setattr(archive, "NATIVE", copied)
    archive.digest.cache_clear()
    assert archive.digest() != right
    assert archive.bitcode(LABEL) is None


def test_the_repository_carries_no_archive() -> None:
    root = archive.NATIVE.parent.parent
    if (root / ".git").exists():
        listed = subprocess.run(["git", "ls-files", "*.zip"], cwd=root, capture_output=True, text=True, check=True)
        assert listed.stdout == ""


def test_what_a_newer_llvm_has_made_is_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calling, "place", lambda: tmp_path)
    monkeypatch.setattr(archive, "bitcode", lambda _: CODE)
    assert looked_up() == [1 << 40, -1]


# --- what a search needs -------------------------------------------------------------------------------------------------


def test_what_searches_call_is_known_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code, asked = Compiled.code, set[str]()

    def noting(self: Compiled, arguments: tuple[object, ...]) -> bytes:
        asked.add(self.label(calling.flattened(arguments, [])))
        return code(self, arguments)

    monkeypatch.setattr(Compiled, "code", noting)
    for call in signatures.needed():
        monkeypatch.setattr(call.function, "ready", {})
    monkeypatch.setattr("groupy_check.checker.native.pipeline.visited.FIRST", 1 << 8)  # a table that grows
    safety, everything = [PROPERTIES["total-order"]], list(PROPERTIES.values())
    narrow = {call.label for call in signatures.needed()}
    wide = {call.label for call in signatures.needed_when_wide()}
    for limit, planned in ((1 << 16, narrow), (0, narrow | wide)):
        monkeypatch.setattr("groupy_check.checker.native.search.NARROW", limit)
        for exact, workers, properties in product((False, True), (1, 2), (safety, everything)):
            place, bits = tmp_path / f"{limit} {exact} {workers} {len(properties)}", 64 if exact or workers > 1 else 96
            first = Means(Choice.NATIVE, workers, exact, checkpoint=place, fingerprint_bits=bits)
            second = replace(first, checkpoint=None, resume=first.checkpoint)
            for means, limits in ((first, Limits(states=500)), (second, Limits())):
                Engine(load_protocol("gms3"), Scenario(), properties, limits, means=means).run()
        assert asked == planned
    assert signatures.ready()


def test_a_search_for_which_everything_is_kept_needs_no_numba() -> None:
    for call in signatures.needed():
        call.compile()
    program = """
import sys
from groupy_check.checker.interfaces.api import check
for means in ({"workers": 2}, {"exact": True}):
    for wanted in (["total-order"], []):
        print(check("gms3", engine="native", properties=wanted, max_states=2000, **means).coverage.distinct)
print("numba" in sys.modules)
"""
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["1331", "1921", "1331", "1921", "False"]


def test_a_limit_ends_a_search_in_the_same_place_whatever_is_compiled() -> None:
    search = Engine(load_protocol("gms3"), Scenario(), [PROPERTIES["total-order"]], Limits(states=100))
    assert search.run().coverage.bound == "100 distinct states"
    assert search.compiler is None


def test_no_constant_of_the_kernel_has_two_meanings() -> None:
    """Each name in capitals is assigned once, in the ABI or in one file of the kernel."""
    names = Counter(
        name.id
        for path in archive.sources()
        for statement in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(statement, ast.Assign)
        for target in statement.targets
        for name in ast.walk(target)
        if isinstance(name, ast.Name) and name.id.isupper()
    )
    assert len(names) > 100
    assert [name for name, times in names.items() if times > 1] == []


# --- what is kept --------------------------------------------------------------------------------------------------------


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
    assert sorted(name.partition("-")[0] for name in kept) == ["hash_map.known_in", "hash_map.put", "lock"]
    for name in ("bitcode", "_from_archive"):  # it is not compiled again
        monkeypatch.setattr(Compiled, name, None)
    assert looked_up() == [1 << 40, -1]


def test_what_another_process_compiles_meanwhile_is_not_compiled_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever comes second waits for the lock, and finds the file."""
    monkeypatch.setattr(calling, "place", lambda: tmp_path / "kept")
    looked_up()
    kept = {path: path.read_bytes() for path in (tmp_path / "kept").glob("hash_map.*")}
    for path in kept:
        path.unlink()
    monkeypatch.setattr(calling, "flock", lambda *_: [path.write_bytes(content) for path, content in kept.items()])
    monkeypatch.setattr(Compiled, "bitcode", None)
    assert looked_up() == [1 << 40, -1]


def test_what_cannot_be_kept_works_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setattr(calling, "place", lambda: tmp_path / "file" / "in it")
    assert looked_up() == [1 << 40, -1]


def test_the_place_is_named_after_the_sources() -> None:
    assert place().parent.name == "groupy-check"
    assert len(place().name) == 16
    assert int(place().name, 16) >= 0


def test_a_cache_that_cannot_be_written_to_is_a_temporary_one(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    program = "from groupy_check.checker.native.compiled.calling import place; print(place())"
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path / "file"), "TMPDIR": str(tmp_path)}
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env=environment)
    assert Path(run.stdout.strip()).is_relative_to(tmp_path)
