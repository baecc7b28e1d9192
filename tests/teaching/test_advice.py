"""What `groupy grade` says to type can be typed: its flags are those of grade, and what they are to mend is mended."""

from __future__ import annotations

import ast
import csv
import re
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from groupy_check.checker.checking.engine import FEW, Engine
from groupy_check.checker.errors import TooLargeError
from groupy_check.checker.interfaces.cli import groupy_parser, main
from groupy_check.checker.interfaces.commands import grade
from groupy_check.checker.native.memory import arenas
from groupy_check.checker.teaching import submission
from groupy_check.checker.teaching.submission import Confined

TEACHING = Path(submission.__file__).parent
FLAG = re.compile(r"(?<![\w-])--[a-z][a-z-]+")
IMPORTS = "from groupy_check import *\n"
EXPECT = ("--nodes", "2", "--messages", "1", "--expect", "agreement:holds")


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("class").mkdir()


def rows() -> Mapping[str, Mapping[str, str]]:
    """The rows of grades.csv by name, of `groupy grade class`."""
    assert main(["grade", "class", *EXPECT, "--quiet"]) == 0
    with Path("results/grades.csv").open(encoding="utf-8", newline="") as file:
        return {row["name"]: row for row in csv.DictReader(file)}


def refuse_others(text: str) -> None:
    """Fail if `text` names a flag that grade does not have."""
    assert set(FLAG.findall(text)) <= set(groupy_parser().parse_args(["grade", "class"]).known_flags), text


def words_for_users(file: Path) -> Iterator[str]:
    """The texts in `file` that hold a flag and more, but for docstrings."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef)
    docstrings = {ast.get_docstring(node, clean=False) for node in ast.walk(tree) if isinstance(node, documented)}
    for node in ast.walk(tree):
        match node:
            case ast.Constant(str(text)) if " " in text and text not in docstrings:
                yield text


def test_all_that_is_said_here_names_flags_of_grade() -> None:
    texts = [text for file in sorted(TEACHING.glob("*.py")) for text in words_for_users(file) if FLAG.search(text)]
    assert len(texts) > 5
    for text in texts:
        if text != submission.OTHER_ENGINE:  # it is never told: replaced
            refuse_others(text)


def test_rows_name_flags_of_grade() -> None:
    texts = {
        "many": "class A(Gms3): pass\nclass B(Gms3): pass\n",
        "none": "x = 1\n",
        "outside": "class A(Gms3):\n    def enter(self, state, source, message): return None\n",
    }
    for name, text in texts.items():
        Path("class", f"{name}.py").write_text(IMPORTS + text, encoding="utf-8")
    Path("class/packed.zip").touch()
    Path("class/two").mkdir()
    for name in ("one", "other"):
        Path("class/two", f"{name}.py").write_text(f"{IMPORTS}class A(Gms1): pass\n", encoding="utf-8")
    found = rows()
    for row in found.values():
        refuse_others(row["explanation"])
    assert found["many"]["explanation"] == "class/many.py has several protocols: leave only the one to judge"
    assert found["outside"]["explanation"].endswith("see why with --start joining")
    assert found["two"]["explanation"] == "it has one.py, other.py; name the one to judge: --file other.py"
    groupy_parser().parse_args(["grade", "class", "--file", "other.py", "--start", "joining"])


def test_where_there_is_no_room_for_the_native_engine_a_limit_does_without_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(_: object) -> None:
        arenas.reserved("u4")

    monkeypatch.setattr(arenas, "address_space", lambda: 1 << 62)
    monkeypatch.setattr(Engine, "native", none)
    monkeypatch.setattr(submission, "confine", lambda _: None)
    with pytest.raises(TooLargeError, match=rf"the native engine needs .*; take --max-states {FEW}") as error:
        Confined.native(object.__new__(Confined))
    refuse_others(str(error.value))


@pytest.mark.parametrize(
    "words",
    [
        "class --expect ./two.py:holds",
        "class --expect ./gone.py:holds",
        "class --correct ./gone.py --mutants gms1",
        "class --correct ./two.py --mutants gms1",
        "class --correct gms3 --mutants ./gone.erl",
        "class --correct gms3 --mutants ./two.py",
        "class --expect safe-indication:holds",
        "class",
    ],
)
def test_errors_name_flags_of_grade(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("class/mine.py").touch()
    Path("two.py").write_text(
        f"{IMPORTS}class A(Gms3): pass\nclass B(Gms3): pass\nclass C(Requirement): pass\nclass D(Requirement): pass\n",
        encoding="utf-8",
    )
    assert main(["grade", *words.split()]) > 1
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    refuse_others(told)


def test_the_examples_of_its_help_run(capsys: pytest.CaptureFixture[str]) -> None:
    Path("submissions").mkdir()
    Path("submissions/mine.zip").touch()
    for words, _ in grade.EXAMPLES:
        assert main(["grade", *shlex.split(words), "--quiet"]) == 0
        assert capsys.readouterr().out == "1 submission: 1 not judged\n"
