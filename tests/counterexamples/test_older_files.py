"""A command that finds nothing any more names the pictures of an older run that look as if they were of this one."""

from __future__ import annotations

from pathlib import Path

import pytest

from groupy_check.checker.interfaces.cli import main

BROKEN = '''"""gms3, in which a new leader forgets to repeat the last message."""
from groupy_check import Gms3

class Mine(Gms3):
    def repeat(self, slave, others):
        return ()
'''
MENDED = BROKEN.replace("()\n", "super().repeat(slave, others)\n")
SMALL = ("-n", "3", "-m", "1", "-c", "1")
AGREEMENT = ("-p", "agreement")


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("words", "drawn"),
    [
        (["check", "./mine.py", "-m", "1", *AGREEMENT], "mine-m1-agreement"),
        (["hunt", "./mine.py", *SMALL, "-j", "0", "-d", "0", "-s", "0", *AGREEMENT], "mine-m1-agreement"),
        (["catch", "agreement", "--correct", "gms3", "--mutants", "./mine.py", "-m", "1"], "mine-m1-agreement"),
        (["diff", "gms3", "./mine.py", "-m", "1", *AGREEMENT], "gms3-and-mine-m1"),
    ],
    ids=["check", "hunt", "catch", "diff"],
)
def test_pictures_of_a_violation_that_is_mended_are_named(
    words: list[str], drawn: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("mine.py").write_text(BROKEN, encoding="utf-8")
    main(words)
    told = capsys.readouterr().out
    assert "Left from an earlier run" not in told
    assert f"results/{drawn}.svg" in told
    Path("results/gms3-m2-agreement.svg").touch()  # of another scenario: nothing is said about it
    Path("mine.py").write_text(MENDED, encoding="utf-8")
    main(words)
    lines = capsys.readouterr().out.splitlines()
    why = "finds no difference" if "diff" in words else "does not violate it"
    assert f"Left from an earlier run (this one {why}): results/{drawn}.svg, results/{drawn}.html." in lines
    main([*words, "--quiet"])
    assert "Left from an earlier run" not in capsys.readouterr().out
