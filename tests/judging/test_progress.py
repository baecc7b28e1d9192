"""A long search: how it shows that it is alive, and how a limit or Ctrl-C ends it."""

from __future__ import annotations

import io
import re
import shlex
import signal
import subprocess
import sys
from dataclasses import replace
from itertools import count
from pathlib import Path
from types import SimpleNamespace

import pytest

from groupy_check.checker.interfaces.cli import check_main
from groupy_check.checker.search import base as search
from groupy_check.checker.search import progress_line as progress
from groupy_check.checker.search.bfs import Limits, Progress
from groupy_check.checker.search.progress_line import STARTING, line, reporting
from groupy_check.groupy_model.verdict import Kind
from groupy_check.specs.registry import PROPERTIES

HERE = Progress(generated=12_345, distinct=6_000, left=78, depth=9, seconds=4.0, megabytes=1_234)
LINE = "6,000 states, 78 left, depth 9, 1,500 states/s, 1,234 MB"
CLEAR = "\r\x1b[2K"


class Terminal(io.StringIO):
    """A stream that says that a person looks at it."""

    def isatty(self) -> bool:
        return True


class Clock:
    """Stands in for the module `time`: it goes only when it is told to."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock that the reporters read."""
    stopped = Clock()
    monkeypatch.setattr(progress, "time", stopped)
    return stopped


def test_the_line_says_how_far_the_search_is() -> None:
    assert line(HERE, Limits()) == LINE


def test_the_line_gives_no_rate_before_the_clock_has_moved() -> None:
    assert "0 states/s" in line(replace(HERE, seconds=0.0), Limits())


@pytest.mark.parametrize(("limit", "left"), [(60.0, "56 s left"), (4.0, "0 s left"), (3.0, "0 s left")])
def test_the_line_counts_down_to_a_limit_and_never_below_zero(limit: float, left: str) -> None:
    assert line(HERE, Limits(seconds=limit)) == f"{LINE}, {left}"


def test_a_terminal_shows_one_line_that_replaces_itself(clock: Clock) -> None:
    terminal = Terminal()
    with reporting(Limits(), quiet=False, stream=terminal) as report:
        assert report is not None
        for second in range(3):
            clock.now = 1_001.0 + second
            report(replace(HERE, depth=second))
    lines = [f"{CLEAR}{line(replace(HERE, depth=second), Limits())}" for second in range(3)]
    assert terminal.getvalue() == "".join([CLEAR, STARTING, *lines, CLEAR])
    assert "\n" not in terminal.getvalue()


def test_a_terminal_is_not_flooded(clock: Clock) -> None:
    terminal = Terminal()
    with reporting(Limits(), quiet=False, stream=terminal) as report:
        assert report is not None
        for _ in range(1_000):
            clock.now += 0.001
            report(HERE)
    assert terminal.getvalue().count(LINE) in {
        5,
        6,
    }  # at once, then five times a second; rounding decides about the last


def test_a_terminal_is_left_clean_after_an_error(clock: Clock) -> None:
    terminal = Terminal()

    def search() -> None:
        with reporting(Limits(), quiet=False, stream=terminal) as report:
            assert report is not None
            clock.now += 1.0
            report(HERE)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        search()
    assert terminal.getvalue() == f"{CLEAR}{STARTING}{CLEAR}{LINE}{CLEAR}"


def test_a_pipe_gets_a_plain_line_a_minute(clock: Clock) -> None:
    pipe = io.StringIO()
    with reporting(Limits(), quiet=False, stream=pipe) as report:
        assert report is not None
        report(HERE)
        clock.now += 59.9
        report(HERE)
        assert pipe.getvalue() == ""
        clock.now += 0.1
        report(HERE)
        assert pipe.getvalue() == f"{LINE}\n"
        clock.now += 59.0
        report(HERE)
        assert pipe.getvalue() == f"{LINE}\n"
        clock.now += 61.0
        report(replace(HERE, depth=10))
    assert pipe.getvalue() == f"{LINE}\n{LINE.replace('depth 9', 'depth 10')}\n"


def test_a_short_search_leaves_no_trace_on_a_pipe() -> None:
    pipe = io.StringIO()
    with reporting(Limits(), quiet=False, stream=pipe) as report:
        assert report is not None
        report(HERE)
    assert pipe.getvalue() == ""


@pytest.mark.parametrize("kind", [Terminal, io.StringIO])
def test_quiet_says_nothing_at_all(kind: type[io.StringIO], clock: Clock) -> None:
    stream = kind()
    with reporting(Limits(), quiet=True, stream=stream) as report:
        assert report is None
        clock.now += 1_000.0
    assert stream.getvalue() == ""


def test_progress_goes_to_stderr_by_default(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    with reporting(Limits(), quiet=False) as report:
        assert report is not None
        clock.now += 60.0
        report(HERE)
    assert capsys.readouterr() == ("", f"{LINE}\n")


# --- the end that comes early --------------------------------------------------------------------------------------------


def verdicts(text: str) -> dict[str, str]:
    """The tables of verdicts: property to what is said of it."""
    found = re.findall(r"^([a-z-]+) +(holds|VIOLATED|no violation found)\b", text, re.MULTILINE)
    return dict(found)


@pytest.mark.parametrize(
    ("words", "bound"),
    [
        ("--depth 2", "depth 2"),
        ("--max-states 50", "50 distinct states"),
        ("--memory-limit 1", "1 MB of memory"),
        ("--time-limit 30", "30 seconds"),
    ],
)
def test_a_search_that_hits_a_limit_is_bounded(
    words: str, bound: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    seconds = count(step=20.0)
    monkeypatch.setattr(search, "time", SimpleNamespace(monotonic=lambda: next(seconds)))
    assert check_main(["--impl", "gms3", *shlex.split(words)]) == 3
    out, _ = capsys.readouterr()
    assert re.match(rf"gms3: NOT DECIDED, no violation found \((stopped (at|after) )?{bound}\)\n", out)
    found = verdicts(out)
    assert {found[name] for name in found if PROPERTIES[name].kind is Kind.SAFETY} <= {"VIOLATED", "no violation found"}
    assert "no violation found" in found["integrity"]


def test_a_limit_does_not_hide_what_was_found_before_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert check_main(["--impl", "gms2", "--depth", "5", "--quiet"]) == 12
    assert capsys.readouterr() == ("gms2: VIOLATED 5 of 13 claimed properties, 8 left open (stopped at depth 5)\n", "")


def test_ctrl_c_prints_what_is_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    # Lines of progress at once, to know when the search is running; and a signal that whoever started the tests may ignore.
    driver = """import signal, groupy_check.checker.search.progress_line as progress
signal.signal(signal.SIGINT, signal.default_int_handler)
progress.PIPE_SECONDS = 0
import sys
from groupy_check.checker.interfaces.cli import check_main
sys.exit(check_main())"""
    words = ["--impl", "gms2", "--messages", "5", "--crashes", "2", "--all"]
    with subprocess.Popen(
        [sys.executable, "-c", driver, *words], text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if "depth 6" in line:
                break
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 12
    assert out.startswith("gms2: VIOLATED 5 of 13 claimed properties, 8 left open (interrupted)\n")
    assert verdicts(out)["agreement"] == "VIOLATED"
    assert verdicts(out)["integrity"].startswith("no violation found")
    assert "Traceback" not in err
    assert Path("results/gms2-m5-c2-agreement.svg").exists()
