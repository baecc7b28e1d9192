"""Standard streams that are full, closed or broken: one line or silence, the right exit status, and every file written."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

DRIVER = "import sys; from groupy_check.checker.interfaces.cli import {main}; sys.exit({main}())"
FULL = "groupy-check: cannot write the result: No space left on device\n"
NOISY = """import os, sys
from groupy_check import Gms2

class Mine(Gms2):
    def step(self, state, event):
        print("loud")
        print("loud", file=sys.stderr)
        return super().step(state, event)
"""
pytestmark = pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no full device")


def shell(
    directory: Path, redirections: str, *words: str, impl: str = "gms2", main: str = "check_main"
) -> tuple[int, str, str]:
    """The command with a shell's `redirections`: its status, and what is on the streams that are not redirected."""
    (directory / "mine.py").write_text(NOISY)
    command = [*(["--impl", impl, "--messages", "1", "--property", "agreement"] if main == "check_main" else []), *words]
    script = f'"$@" {redirections}'
    line = ["sh", "-c", script, "sh", sys.executable, "-c", DRIVER.format(main=main), *command]
    done = subprocess.run(line, cwd=directory, capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("words", [(), pytest.param(("--format", "json"), marks=pytest.mark.slow)])
def test_a_full_disk_behind_stdout_loses_no_file(words: tuple[str, ...], tmp_path: Path) -> None:
    assert shell(tmp_path, ">/dev/full", *words) == (153, "", FULL)
    assert {path.suffix for path in (tmp_path / "results").iterdir()} == {".svg", ".dot", ".txt", ".json", ".html"}


def test_a_full_disk_behind_stderr_does_not_matter(tmp_path: Path) -> None:
    status, out, _ = shell(tmp_path, "2>/dev/full", impl="./mine.py")
    assert status == 13
    assert "agreement  VIOLATED      5" in out


SLOW = [
    (">/dev/full 2>/dev/full", 153, ""),
    ("<&-", 13, "agreement  VIOLATED"),
    (">&-", 13, ""),
    ("2>&-", 13, "agreement  VIOLATED"),
    ("<&- >&- 2>&-", 13, ""),
]


@pytest.mark.slow
@pytest.mark.parametrize("impl", ["gms2", "./mine.py"])
@pytest.mark.parametrize(("redirections", "status", "told"), SLOW)
def test_closed_and_full_streams(impl: str, redirections: str, status: int, told: str, tmp_path: Path) -> None:
    ended, out, err = shell(tmp_path, redirections, impl=impl)
    assert ended == status
    assert told in out
    assert "Traceback" not in err
    assert "Exception ignored" not in err
    assert err.replace("print: loud\n", "").replace("loud\n", "") == ""


@pytest.mark.slow
@pytest.mark.parametrize("impl", ["gms2", "./mine.py"])
def test_a_reader_that_goes_away(impl: str, tmp_path: Path) -> None:
    status, out, err = shell(tmp_path, "| head -1", impl=impl)
    assert status == 0  # of `head`
    assert out.endswith(" (stopped there, not all states seen)\n")
    assert err.replace("print: loud\n", "").replace("loud\n", "") == ""


@pytest.mark.slow
def test_stepping_through_without_a_keyboard_ends(tmp_path: Path) -> None:
    status, out, err = shell(tmp_path, "<&-", "--interactive")
    assert (status, err) == (13, "")
    assert "step 0" in out or "p1" in out


@pytest.mark.slow
@pytest.mark.parametrize("words", [("--export-pytest", "/dev/full"), ("--graph", "full.dot", "--nodes", "2")])
def test_a_device_is_written_to_and_stays_one(words: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "full.dot").symlink_to("/dev/full")
    status, _, err = shell(tmp_path, "", *words, "--quiet")
    assert status == 153
    assert err == f"groupy-check: cannot write {words[1]}: No space left on device; name another file with {words[0]}\n"
    assert Path("/dev/full").is_char_device()
    assert (tmp_path / "full.dot").is_symlink()


@pytest.mark.slow
@pytest.mark.parametrize(("main", "words"), [("check_main", ("--help",)), ("main", ("list",)), ("main", ("--help",))])
def test_what_is_only_printed_into_a_full_disk(main: str, words: tuple[str, ...], tmp_path: Path) -> None:
    status, out, err = shell(tmp_path, ">/dev/full", *words, main=main)
    assert (status, out) == (153, "")
    assert err.endswith(": cannot write the result: No space left on device\n")
    assert err.count("\n") == 1
