"""All Erlang that the project has, and generated programs: our parser's forms are those of Erlang's own, place by place."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.erlang.generated_programs import program
from tests.erlang.real_erlang import NEEDS_ERLANG
from tests.erlang.test_syntax import compared

PROJECT = Path(__file__).parents[2]
WINGS = ("checker", "groupy_model", "reports", "tests")
FILES = sorted(file for wing in WINGS for file in (PROJECT / wing).rglob("*.erl"))


def alike(files: Sequence[Path], folder: Path) -> None:
    """Several files may have one name."""
    copies = [folder / f"{number}_{file.name}" for number, file in enumerate(files)]
    for file, copy in zip(files, copies, strict=True):
        copy.write_bytes(file.read_bytes())
    assert compared(copies, folder) == dict.fromkeys([copy.name for copy in copies], "same")


@NEEDS_ERLANG
def test_every_file_of_the_project_is_read_as_erlang_reads_it(tmp_path):
    assert len(FILES) >= 45
    assert {"gms3.erl", "exercise.erl", "groupy_recorder.erl", "gms3_catch_all.erl"} <= {file.name for file in FILES}
    alike(FILES, tmp_path)


@NEEDS_ERLANG
@pytest.mark.slow
def test_generated_programs_are_read_as_erlang_reads_them(tmp_path):
    """500 functions with all that the generator knows."""
    files = [tmp_path / f"generated{seed}.erl" for seed in range(5)]
    for seed, file in enumerate(files):
        file.write_text(program(seed, 100))
    alike(files, tmp_path)
