"""What a user's code prints: with every command it is on stderr, behind a mark, and the verdict stands alone."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from groupy_check.checker.interfaces.cli import main
from groupy_check.checker.limits.user_output import MARK, MARKED

NOISY = """from groupy_check import Gms2
print("loaded")

class Mine(Gms2):
    def step(self, state, event):
        print("a step", end=" ")
        print("of mine")
        return super().step(state, event)
"""
JUDGE = """from groupy_check import Kind, Requirement

class Calm(Requirement):
    'all is well'
    kind = Kind.SAFETY

    def judge(self, history):
        print("judged")
"""
SMALL = ("--messages", "1", "--quiet")


@pytest.mark.parametrize(
    "words",
    [
        ("check", "./mine.py", *SMALL),
        ("diff", "./mine.py", "gms2", *SMALL),
        ("simulate", "./mine.py", "--runs", "2", *SMALL),
        ("hunt", "./mine.py", "--property", "agreement", "--time-limit", "1", "--quiet"),
        ("states", "./mine.py", "--messages", "0", "--nodes", "2"),
        ("catch", "./prop.py", "--correct", "gms1", "--mutants", "./mine.py", *SMALL),
    ],
    ids=lambda words: words[0],
)
def test_prints_are_marked_and_apart(
    words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mine.py").write_text(NOISY, encoding="utf-8")
    Path("prop.py").write_text(JUDGE, encoding="utf-8")
    main([*words])
    out, err = capsys.readouterr()
    assert out
    assert not any(noise in out for noise in ("loaded", "a step", "judged"))
    assert f"{MARK}a step of mine\n" in err
    assert all(line.startswith(MARK) for line in err.splitlines()), err


def test_what_else_a_stream_can_is_that_of_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    print(json.dumps([1]), file=MARKED)
    MARKED.writelines(["a\n", "b", "c\n"])
    MARKED.flush()
    assert capsys.readouterr().err == "print: [1]\nprint: a\nprint: bc\n"
    assert (MARKED.encoding, MARKED.isatty()) == (sys.stderr.encoding, sys.stderr.isatty())
