"""What a person sees in a terminal of 80x24: the verdict first, two screens for gms2, one live line, an answer to Ctrl-C."""

from __future__ import annotations

import signal
import time
from pathlib import Path

import pytest

from groupy_check.checker.interfaces.cli import main
from groupy_check.checker.search.progress_line import CONFIRMING
from tests.support.screen import COLUMNS, ROWS, seen

MANY = ("gms2", "-m", "5", "-c", "2")  # states for minutes


def test_all_of_gms2_fits_two_screens_and_ends_with_what_to_open(tmp_path: Path) -> None:
    shown = seen("gms2", cwd=tmp_path)
    assert shown.status == 12
    assert shown.lines[0] == "gms2: VIOLATED 6 of 13 claimed properties (all reachable states seen)"
    assert shown.lines[-1] == "Next, open results/gms2-same-view-delivery.html: this run, step by step."
    assert len(shown.lines) <= 2 * ROWS
    assert (tmp_path / "results/gms2-same-view-delivery.html").is_file()
    # The shortest run in full, once; the other five by --all.
    assert sum(line.strip().startswith("4. ") for line in shown.lines) == 1
    assert not any(line.strip().startswith("5. ") for line in shown.lines)
    assert sum("1. p1 " in line for line in shown.lines) == 1
    assert sum("The run starts in view" in line for line in shown.lines) == 1
    assert "--all shows also the 5 other runs and 8 properties that gms2 does not claim." in shown.lines
    assert not any(line.count("[") > line.count("]") or line.count("{") > line.count("}") for line in shown.lines)


def test_the_live_line_never_wraps_and_leaves_nothing_behind(tmp_path: Path) -> None:
    shown = seen(*MANY, "--max-states", "6000", "-p", "progress", "--engine", "reference", cwd=tmp_path)
    assert " states, " in shown.written.partition("gms2:")[0]  # there was a live line
    live = [part for part in shown.written.partition("gms2:")[0].split("\r\x1b[2K") if part]
    assert max(map(len, live)) < COLUMNS
    assert shown.lines[0] == "gms2: NOT DECIDED, no violation of progress found (stopped at 6,000 distinct"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_is_answered_at_once_and_what_is_known_is_told(number: signal.Signals, tmp_path: Path) -> None:
    began = time.monotonic()
    shown = seen(*MANY, "--engine", "reference", cwd=tmp_path, until="depth 6", number=number)
    assert shown.status == 12
    assert shown.lines[0] == "stopping ..."
    assert shown.lines[1].startswith("gms2: VIOLATED 5 of 13 claimed properties, 8 left open (interrupted)")
    assert time.monotonic() - began < 30
    assert (tmp_path / "results/gms2-m5-c2-agreement.svg").is_file()


def test_the_list_has_a_line_for_each_protocol(tmp_path: Path) -> None:
    shown = seen("list", entry="main", cwd=tmp_path)
    assert shown.status == 0
    heading, *lines = shown.lines
    assert heading.split() == ["protocol", "what", "it", "is", "what", "breaks", "it"]
    assert [line.split()[0] for line in lines[:3]] == ["gms1", "gms2", "gms3"]
    assert lines[2].endswith("join-crash and 7 more")
    assert lines.index("") == 27  # protocols, without the planted bugs
    assert len(shown.lines) <= 2 * ROWS


@pytest.mark.parametrize(
    ("words", "first"),
    [
        (["check", "gms1", "-n", "2"], "starting ..."),
        (["hunt", "gms1", "-t", "1"], "starting a hunt of 1 s ..."),
        (["hunt", "gms1", "-q", "-t", "1"], ""),
    ],
    ids=str,
)
def test_long_work_says_at_once_that_it_has_begun(words: list[str], first: str, tmp_path: Path) -> None:
    shown = seen(*words, entry="main", cwd=tmp_path)
    assert shown.written.startswith(f"\r\x1b[2K{first}\r\x1b[2K" if first else "gms1: ")
    assert not any("starting" in line for line in shown.lines)


def test_a_search_of_a_user_s_file_says_that_others_are_asked_the_same(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("from groupy_check import Gms1\n\n\nclass Mine(Gms1):\n    pass\n")
    shown = seen("./mine.py", "-n", "2", "-m", "1", cwd=tmp_path)
    assert f"\r\x1b[2K{CONFIRMING}\r\x1b[2K" in shown.written
    assert len(CONFIRMING) < COLUMNS


def test_a_hunt_says_so_on_a_pipe_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    none = [word for flag in ("-m", "-c", "--joins", "--drops", "--suspicions") for word in (flag, "0")]
    main(["hunt", "gms1", "-n", "2", *none, "--out", str(tmp_path)])
    assert capsys.readouterr().err == "starting a hunt of 60 s ...\n"
