"""What every command prints in 60 columns: no line is wider, none is broken in a word or within brackets."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from groupy_check.checker.interfaces.cli import main

COLUMNS = 60
COPIED = re.compile(r"[ ~]{,2}\d+\. |\s*groupy(-check)? ")  # steps to replay, commands to type: they stay whole
CRASH = ("-n", "3", "-m", "1", "-c", "1")
COMMANDS = {
    "list": ("list",),
    "list --mutants": ("list", "--mutants"),
    "list --properties": ("list", "--properties"),
    "list gms3": ("list", "gms3"),
    "check": ("check", "gms3", "-j", "1", "-m", "0", "-p", "progress"),
    "check --all": ("check", "gms2", "-m", "1", "--all"),
    "a pass": ("check", "gms3-fixed", "-n", "2", "-m", "1"),
    "hunt": ("hunt", "gms2", *CRASH, "-j", "0", "-d", "0", "-s", "0"),
    "diff": ("diff", "gms2", "gms3", "-m", "1"),
    "no difference": ("diff", "gms3", "gms3-fixed", "-m", "1"),
    "catch": ("catch", "agreement", "--correct", "gms2", "--mutants", "gms1", "-m", "1"),
    "matrix": ("matrix", "gms1", "--model", "none", "--workers", "1"),
    "simulate": ("simulate", "gms2", "--runs", "3", "--seed", "1"),
    "prove --link": ("prove", "gms3-fixed", "--link", "-m", "0"),
    "prove --bounded": ("prove", "gms2", "--bounded", "1", "-n", "2", "-m", "1"),
}


@pytest.mark.parametrize("words", COMMANDS.values(), ids=COMMANDS)
def test_lines_are_broken_between_words(
    words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", str(COLUMNS))
    main(words)
    shown = capsys.readouterr()
    lines = [line.rstrip() for line in shown.out.splitlines() if not COPIED.match(line)]
    assert len(lines) > 1
    assert shown.err == ("starting a hunt of 60 s ...\n" if words[0] == "hunt" else "")
    assert [line for line in lines if len(line) > COLUMNS] == []
    torn = [line for line in lines if any(line.count(one) != line.count(other) for one, other in ("[]", "{}"))]
    assert torn == []
