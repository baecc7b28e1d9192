"""The README is executed: every command is run, and every line of output that it shows is there, in that order."""

from __future__ import annotations

import contextlib
import io
import re
import shlex
from pathlib import Path

import pytest

from checker.cli import check_main, main

README = Path(__file__).parent.parent / "README.md"
TEXT = README.read_text(encoding="utf-8")
SESSIONS = re.findall(r"```console\n\$ (.*?)\n(.*?)```", TEXT, re.DOTALL)
PROGRAMS = {"groupy-check": check_main, "groupy": main}


@pytest.fixture(scope="module")
def directory(tmp_path_factory):
    """One directory for all commands, since some read what others write, with the README's own protocol in it."""
    path = tmp_path_factory.mktemp("readme")
    (path / "mine.py").write_text(re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)[0], encoding="utf-8")
    return path


def plain(line: str) -> str:
    """A line without what changes from run to run: the width of columns."""
    return " ".join(line.split())


@pytest.mark.parametrize(("command", "shown"), SESSIONS, ids=[command for command, _ in SESSIONS])
def test_every_command_prints_what_the_readme_shows(command, shown, directory, monkeypatch):
    monkeypatch.chdir(directory)
    program, *arguments = shlex.split(command)
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        PROGRAMS[program](arguments)
    printed = iter([plain(line) for line in output.getvalue().splitlines()])
    for line in shown.splitlines():
        assert any(plain(line) in candidate for candidate in printed), line


def test_the_readme_has_its_commands():
    assert len(SESSIONS) == 7
    assert set(re.findall(r"<!-- ci: (\w+) -->", TEXT)) == {"first", "test"}


def test_what_the_readme_links_to_is_there():
    for target in re.findall(r"\]\(([^)h][^)]*)\)", TEXT):
        assert (README.parent / target).exists(), target
