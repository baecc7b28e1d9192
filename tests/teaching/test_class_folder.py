"""What a class hands in: folders with several files, folders in folders, and what is packed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from groupy_check.checker.interfaces.cli import main
from groupy_check.checker.teaching import class_folder
from groupy_check.checker.teaching.class_folder import submissions

ERLANG = Path(__file__).parents[2] / "groupy_model" / "protocols" / "erlang"


def chosen(folder: Path, wanted: str = "") -> tuple[str, str]:
    """The file of the only submission in `folder` that is to be judged, and what is in the way."""
    (one,) = submissions(folder, wanted)
    return one.file.relative_to(folder).as_posix(), one.problem


@pytest.fixture
def ann(tmp_path: Path) -> Path:
    """The folder of Ann, the only one of a class."""
    folder = tmp_path / "ann"
    folder.mkdir()
    return folder


def put(folder: Path, *names: str) -> None:
    """Copy these of our files in Erlang."""
    for name in names:
        shutil.copy(ERLANG / f"{name}.erl", folder)


def test_a_worker_is_not_what_is_judged(ann: Path) -> None:
    put(ann, "gms3", "worker")
    assert chosen(ann.parent) == ("ann/gms3.erl", "")


def test_of_several_protocols_the_one_that_is_asked_for_is_judged(ann: Path) -> None:
    put(ann, "gms1", "gms2", "gms3", "worker")
    has = "it has gms1.erl, gms2.erl, gms3.erl, worker.erl"
    assert chosen(ann.parent) == ("ann", f"{has}; name the one to judge: --file gms3.erl")
    assert chosen(ann.parent, "gms2.erl") == ("ann/gms2.erl", "")
    assert chosen(ann.parent, "gms2") == ("ann/gms2.erl", "")
    assert chosen(ann.parent, "gms4") == ("ann", f"{has}, and none called gms4; name one with --file")


def test_what_exports_everything_may_be_a_protocol(ann: Path) -> None:
    put(ann, "gms2")
    (ann / "gms3.erl").write_text("-module(gms3).\n-compile(export_all).\n", encoding="utf-8")
    assert chosen(ann.parent)[1] == "it has gms2.erl, gms3.erl; name the one to judge: --file gms3.erl"


def test_a_name_in_both_languages_is_not_guessed(ann: Path) -> None:
    put(ann, "gms3")
    (ann / "gms3.py").touch()
    assert chosen(ann.parent, "gms3")[1] == "it has gms3.erl, gms3.py, and several called gms3; name one with --file"
    assert chosen(ann.parent, "gms3.py") == ("ann/gms3.py", "")


def test_the_only_file_is_judged_whatever_it_is_called(ann: Path) -> None:
    (ann / "mine.py").touch()
    assert chosen(ann.parent, "gms3.erl") == ("ann/mine.py", "")


def test_a_folder_that_is_all_there_is_in_a_folder_is_looked_into(ann: Path) -> None:
    inner = ann / "hand-in" / "src"
    inner.mkdir(parents=True)
    (ann / "__MACOSX").mkdir()
    put(inner, "gms3", "worker")
    assert chosen(ann.parent) == ("ann/hand-in/src/gms3.erl", "")


def test_what_is_hidden_is_not_handed_in(ann: Path) -> None:
    """A Mac writes `._NAME` beside each file, and `__init__.py` makes a package."""
    put(ann, "gms3", "worker")
    for name in ("._gms3.erl", "__init__.py"):
        (ann / name).touch()
    assert chosen(ann.parent) == ("ann/gms3.erl", "")


def test_what_translates_the_words_of_those_beside_it_is_nobodys(ann: Path) -> None:
    put(ann, "gms3")
    put(ann.parent, "gms2")
    for folder in (ann, ann.parent):
        (folder / "groupy_conventions.erl").write_text("-module(groupy_conventions).\n-compile(export_all).\n")
    assert [one.name for one in submissions(ann.parent)] == ["ann", "gms2"]
    assert [one.problem for one in submissions(ann.parent)] == ["", ""]


def test_what_cannot_be_read_is_one_students_problem(ann: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(ann, "gms3", "worker")
    put(ann.parent, "gms2")

    def refuse(file: Path) -> bool:
        raise PermissionError(13, "Permission denied", str(file))

    monkeypatch.setattr(class_folder, "starts_a_group", refuse)
    told = {one.name: one.problem for one in submissions(ann.parent)}
    assert told == {"ann": "it cannot be read: Permission denied; see who may read it", "gms2": ""}


def test_a_link_to_itself_is_not_followed_for_ever(ann: Path) -> None:
    (ann / "again").symlink_to(ann, target_is_directory=True)
    assert chosen(ann.parent) == ("ann", "no file in it ends in .py or .erl; put the one to judge there")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("my hand-in.zip", "unzip '{0}/my hand-in.zip' -d '{0}/my hand-in'"),
        ("bob.tar.gz", "mkdir {0}/bob && tar -xf {0}/bob.tar.gz -C {0}/bob"),
        ("bob.7z", "7z x {0}/bob.7z -o{0}/bob"),
        ("bob.py.gz", "gunzip {0}/bob.py.gz"),
    ],
)
def test_what_is_packed_is_to_be_unpacked_and_then_it_is_judged(name: str, words: str, tmp_path: Path) -> None:
    (tmp_path / name).touch()
    assert chosen(tmp_path) == (name, f"it is packed; unpack it: {words.format(tmp_path)}")
    if name.endswith("py.gz"):
        put(tmp_path, "gms3")
        (tmp_path / "gms3.erl").rename(tmp_path / "bob.py")  # unpacked, and the original kept
        assert chosen(tmp_path) == ("bob.py", "")
    else:
        folder = tmp_path / name.partition(".")[0]
        folder.mkdir()
        put(folder, "gms3")
        assert chosen(tmp_path) == (f"{folder.name}/gms3.erl", "")


def test_the_hint_works_as_it_is_typed(ann: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(ann, "gms2", "gms3", "worker")
    words = ["grade", str(ann.parent), "--messages", "1", "--expect", "agreement:holds", "--out", str(ann.parent / "out"), "-q"]
    assert main(words) == 0
    assert capsys.readouterr().out == "1 submission: 1 not judged\n"
    assert main([*words, "--file", "gms3.erl"]) == 0
    assert "1 as expected" in capsys.readouterr().out
