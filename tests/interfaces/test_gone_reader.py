"""`| head -1`: whoever stops reading gets neither a traceback nor a complaint, whether Python keeps its output back or not."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

DRIVER = "import sys; from groupy_check.checker.interfaces import cli; sys.exit(cli.{}())"
UNBUFFERED = "PYTHONUNBUFFERED"  # often set in containers; each write then fails by itself, else what is flushed at the end


@pytest.mark.parametrize("unbuffered", [False, True])
@pytest.mark.parametrize(
    ("entry", "words", "status"),
    [
        ("main", (), 0),
        ("main", ("--version",), 0),
        ("main", ("list", "--help"), 0),
        ("check_main", ("--help",), 0),
        ("main", ("list",), 153),  # what was asked for is not there
    ],
)
def test_a_reader_who_is_gone_hears_nothing(entry: str, words: tuple[str, ...], status: int, unbuffered: bool) -> None:
    environment = {name: value for name, value in os.environ.items() if name != UNBUFFERED}
    reader, writer = os.pipe()
    os.close(reader)  # before the program begins: nothing is left to chance
    done = subprocess.run(
        [sys.executable, "-c", DRIVER.format(entry), *words],
        env={**environment, **({UNBUFFERED: "1"} if unbuffered else {})},
        stdout=writer,
        stderr=subprocess.PIPE,
        text=True,
        timeout=60,
        check=False,
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (status, "")
