"""No two counterexamples of one command have the same files, and names that nothing else has stay short."""

from __future__ import annotations

from pathlib import Path

import pytest

from groupy_check.checker.counterexamples.output_files import file_stems
from groupy_check.checker.interfaces.cli import check_main, main

PROPERTY = """from groupy_check import Kind, Requirement, Witness


class Mine(Requirement):
    'Nothing happens.'

    kind = Kind.SAFETY

    def judge(self, history):
        return Witness('something happened') if any(life.log[1:] for life in history.lives) else None
"""
MUTANT = "from groupy_check import Gms2\n\n\nclass Mine(Gms2):\n    pass\n"


@pytest.mark.parametrize(
    ("impls", "stems"),
    [
        (["gms3~no-repeat", "./mine.py:Mine", "agreement"], ["gms3-no-repeat", "mine-Mine", "agreement"]),
        (["./a/prop.py", "./b/prop.py", "./c/other.py"], ["a-prop", "b-prop", "other"]),
        (["x/a/mine.py", "y/a/mine.py"], ["x-a-mine", "y-a-mine"]),
        (["a/mine.py:One", "a/mine.py:Other"], ["mine-One", "mine-Other"]),
        (["a/mine.py:One", "b/mine.py:One"], ["a-mine-One", "b-mine-One"]),
        (["./mine.py", "a/mine.py"], ["mine", "a-mine"]),
        (["./mine.py", "mine.py", "../mine.py"], ["mine", "mine-2", "mine-3"]),
        (["a/mine.py", "b/mine.py", "a-mine.py"], ["a-mine", "b-mine", "a-mine-2"]),
        (["gms1", "./gms1.py", "./gms1.erl", "a/gms1.py"], ["gms1", "gms1-py", "gms1-erl", "a-gms1-py"]),
        (["a b.py", "a/b.py", "c/b.py", "a-b.py"], ["a-b", "a-b-2", "c-b", "a-b-3"]),
    ],
)
def test_what_has_one_name_gets_its_folders_or_a_number(impls, stems):
    assert list(file_stems(impls).values()) == stems


def written(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir() if path.suffix in (".svg", ".html", ".txt"))


def put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")


def kinds(*stems: str) -> list[str]:
    return [f"{stem}.{kind}" for stem in stems for kind in ("html", "svg", "txt")]


def test_two_properties_of_one_name(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    put(Path("a/prop.py"), PROPERTY)
    put(Path("b/prop.py"), PROPERTY)
    own = ["--property", "./a/prop.py", "--property", "./b/prop.py"]
    assert check_main(["--impl", "gms1", "--nodes", "2", "--crashes", "0", *own, "--out", "out"]) == 12
    assert written(Path("out")) == kinds("gms1-n2-c0-a-prop", "gms1-n2-c0-b-prop")
    text = capsys.readouterr().out
    assert "out/gms1-n2-c0-a-prop.svg" in text
    assert "out/gms1-n2-c0-b-prop.svg" in text


def test_two_mutants_of_one_name(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    put(Path("m/x/mine.py"), MUTANT)
    put(Path("m/y/mine.py"), MUTANT)
    words = ["agreement", "--correct", "gms3", "--mutants", "m/x/mine.py", "m/y/mine.py", "--messages", "1", "--out", "out"]
    assert main(["catch", *words]) == 0
    assert written(Path("out")) == kinds("x-mine-m1-agreement", "y-mine-m1-agreement")
    text = capsys.readouterr().out
    assert "out/x-mine-m1-agreement.svg" in text
    assert "out/y-mine-m1-agreement.svg" in text
