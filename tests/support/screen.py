"""A program in a terminal of 80 columns and 24 rows, and what a person sees there."""

from __future__ import annotations

import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable
from dataclasses import dataclass
from fcntl import ioctl
from pathlib import Path

import pyte

COLUMNS, ROWS = 80, 24
PATIENCE = 60.0  # seconds
DRIVER = "import sys; from groupy_check.checker.interfaces import cli; sys.exit(cli.{}())"


@dataclass(frozen=True, slots=True)
class Seen:
    """How a program has ended, all the lines that it left on the screen and above it, and all that it wrote."""

    status: int
    lines: list[str]
    written: str


def seen(
    *words: str,
    entry: str = "check_main",
    cwd: Path,
    until: str = "",
    number: signal.Signals = signal.SIGINT,
) -> Seen:
    """Run `groupy-check` (or the `entry` of cli) with `words`; once it has written `until`, send it the signal `number`."""
    master, slave = pty.openpty()
    ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    environment = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES", "NO_COLOR")}
    command = [sys.executable, "-c", DRIVER.format(entry), *words]
    streams = {"stdin": slave, "stdout": slave, "stderr": slave}
    with subprocess.Popen(command, cwd=cwd, env={**environment, "TERM": "xterm"}, **streams) as process:  # type: ignore[call-overload]
        os.close(slave)
        sent: list[str] = []

        def look(text: str) -> None:
            if until and until in text and not sent:
                sent.append(until)
                process.send_signal(number)

        try:
            text = _read(master, look, time.monotonic() + PATIENCE)
            status = process.wait(timeout=10)
        finally:
            process.kill()  # one that does not end would keep this test from failing
    os.close(master)
    return Seen(status, _lines(text), text)


def _read(master: int, look: Callable[[str], None], end: float) -> str:
    data = b""
    while time.monotonic() < end:
        ready, _, _ = select.select([master], [], [], 0.2)
        try:
            more = os.read(master, 65536) if ready else None
        except OSError:  # Linux says so that nobody writes there any more
            break
        if more == b"":
            break
        data += more or b""
        look(data.decode(errors="replace"))
    return data.decode(errors="replace")


def _lines(text: str) -> list[str]:
    """The lines that `text` leaves on the screen, with those that have scrolled away."""
    screen = pyte.Screen(COLUMNS, 2_000)  # so high that nothing scrolls away
    pyte.Stream(screen).feed(text)
    lines = [line.rstrip() for line in screen.display]
    while lines and not lines[-1]:
        lines.pop()
    return lines
