"""Ctrl-C and SIGTERM in every command that may take long: answered, what is known is told, and no process is left."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from tests.support.screen import seen

LARGE = ("-m", "4", "-c", "2", "-n", "4")
COMMANDS = {  # the words, what the live line says when it has begun, and how the first line of the result begins
    "hunt": (("hunt", "gms3", "-t", "600"), "broken;", "gms3: "),
    "matrix": (("matrix",), "cells; last", ""),
    "diff": (
        ("diff", "gms3", "gms3-fixed", *LARGE),
        "states/s",
        "gms3 and gms3-fixed: NOT DECIDED, ",
    ),
    "simulate": (("simulate", "gms2", "-n", "6", "--runs", "1000000"), "runs", ""),
    "catch": (("catch", "fifo", "--correct", "gms3-fixed", "--mutants", "gms2", *LARGE), "states/s", ""),
    "prove --link": (("prove", "gms3-fixed", "--link", *LARGE), "of the model", "gms3-fixed: NOT DECIDED (interrupted)"),
}


def still_there(directory: Path) -> list[str]:
    """The processes that work in `directory`, but for those that have ended."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "cwd").readlink() == directory and int(process.name) != os.getpid():
                found.append((process / "cmdline").read_text())
        except OSError:
            continue  # it has ended meanwhile, or is somebody else's
    return found


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/cwd").exists(), reason="processes are looked for under /proc")
@pytest.mark.parametrize("name", COMMANDS)
def test_a_signal_is_answered_and_leaves_nothing_behind(name: str, tmp_path: Path) -> None:
    words, begun, first = COMMANDS[name]
    number = signal.SIGTERM if len(name) % 2 else signal.SIGINT
    shown = seen(*words, entry="main", cwd=tmp_path, until=begun, number=number)
    assert "stopping ..." in shown.written
    assert "Traceback" not in shown.written
    told = shown.written.partition("stopping ...")[2]
    assert shown.status in (1, 3, 11, 12, 13, 130)
    assert first in told
    for _ in range(100):  # workers may take a moment to be gone
        if not still_there(tmp_path):
            break
        time.sleep(0.1)
    assert still_there(tmp_path) == []
