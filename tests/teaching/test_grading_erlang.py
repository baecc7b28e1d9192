"""A class that hands in Erlang: right, wrong and broken files, in one table."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import pytest

from groupy_check.checker.errors import UsageError
from groupy_check.checker.interfaces.cli import main
from groupy_check.checker.teaching.class_folder import submissions
from tests.erlang.messy import MESSY
from tests.erlang.test_teaching_files import FILES, TABLE

BROKEN = ("no_end", "wrong_arity", "unbound_variable", "merge_markers")
WORKING = ("other_name", "no_module", "carriage_returns")
LARGEST = 30


def a_class(folder: Path, names: list[str], messy: tuple[str, ...]) -> Path:
    """Submissions: the teaching files as NAME.erl, the messy ones each in a directory."""
    folder.mkdir()
    for name in names:
        shutil.copy(FILES[name], folder / f"{name}.erl")
    for name in messy:
        (folder / name).mkdir()
        (folder / name / "gms3.erl").write_bytes(MESSY[name].source)
    return folder


def graded(folder: Path, out: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, list[str]]:
    """By name, the verdict on agreement, its length, and what was not judged."""
    words = ["--messages", "1", "--expect", "agreement:holds", "--out", str(out), "--quiet"]
    assert main(["grade", str(folder), *words]) == 0
    capsys.readouterr()
    with (out / "grades.csv").open(encoding="utf-8") as file:
        return {row["name"]: [row["result"], row["agreement"], row["shortest trace"]] for row in csv.DictReader(file)}


def test_files_in_both_languages_and_directories_with_one_of_them_are_submissions(tmp_path):
    folder = a_class(tmp_path / "class", ["gms2", "gms3"], ("no_end",))
    (folder / "alpha.py").write_text("")
    (folder / "several").mkdir()
    (folder / "several" / "a.py").write_text("")
    (folder / "several" / "b.erl").write_text("-export([start/1, start/2]).")
    found = {one.name: (one.file.relative_to(folder).as_posix(), one.problem) for one in submissions(folder)}
    assert found == {
        "alpha": ("alpha.py", ""),
        "gms2": ("gms2.erl", ""),
        "gms3": ("gms3.erl", ""),
        "no_end": ("no_end/gms3.erl", ""),
        "several": ("several", "it has a.py, b.erl; name the one to judge: --file b.erl"),
    }
    (folder / "gms3.py").write_text("")
    with pytest.raises(UsageError, match=r"has both gms3\.py and gms3\.erl; rename one of the two"):
        submissions(folder)


@pytest.mark.slow
def test_a_small_class_in_erlang(tmp_path, capsys):
    folder = a_class(tmp_path / "class", ["gms3", "gms3_no_repeat"], ("wrong_arity",))
    assert graded(folder, tmp_path / "results", capsys) == {
        "gms3": ["as expected (built-in)", "holds", ""],
        "gms3_no_repeat": ["not as expected", "violated", "4"],
        "wrong_arity": ["not judged", "", ""],
    }


@pytest.mark.long
def test_thirty_submissions(tmp_path, capsys):
    """Also those with a mistake that needs more than one multicast, a join or a second crash to be seen."""
    names = [name for name in TABLE if name.startswith(("gms3", "gms4"))][: LARGEST - len(BROKEN + WORKING)]
    found = graded(a_class(tmp_path / "class", names, BROKEN + WORKING), tmp_path / "results", capsys)
    assert len(found) == LARGEST
    assert {name for name, row in found.items() if row[0] == "not judged"} == {*BROKEN, "gms3_joiner_forgotten"}
    assert all(found[name][1:] == ["holds", ""] for name in ("gms3", "gms3_fixed", "gms4", *WORKING))
    ours = {"gms3", "gms3_fixed", "gms4", "other_name", "carriage_returns"}
    assert {name for name, row in found.items() if row[0] == "as expected (built-in)"} == ours
    assert {name: row[2] for name, row in found.items() if row[1] == "violated"} == {
        "gms3_catch_all": "4",
        "gms3_early_dropped": "6",
        "gms3_join_not_counted": "3",
        "gms3_last_off_by_one": "4",
        "gms3_new_view_not_counted": "6",
        "gms3_no_repeat": "4",
        "gms3_own_counter": "6",
        "gms3_stale_view_counts": "7",  # as of its twin
        "gms3_unwrapped_repeat": "4",
        "gms4_dead_slave_blocks": "4",  # its timer goes round for ever: the leader never delivers what a slave has delivered
    }
