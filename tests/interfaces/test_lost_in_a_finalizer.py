"""What is raised in a finalizer, Python drops, with a warning: neither a time limit nor Ctrl-C is lost to that."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import pytest

from groupy_check.checker.limits.deadline import TimeIsUp, calling, time_limit

CTRL_C = """
import ctypes, os, signal, sys, time
from groupy_check.checker.interfaces.program.stopping import answer_signals

class Struck:
    def __del__(self):
        os.kill(os.getpid(), {number})
        time.sleep(10)

class Handle:
    @staticmethod
    def from_param(handle):
        os.kill(os.getpid(), {number})
        time.sleep(10)

class Held:
    close = ctypes.CDLL(None).getpid
    def __del__(self):
        self.close(Handle())

Held.close.argtypes = [Handle]
answer_signals()
try:
    {struck}()
    time.sleep(60)
except KeyboardInterrupt:
    sys.exit(7)
"""


class Struck:
    """Its finalizer goes on until an exception ends it."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def __del__(self) -> None:
        self.seen.append("begun")
        try:
            time.sleep(60)
        finally:
            self.seen.append("ended")


def generator(seen: list[str]) -> Iterator[None]:
    try:
        yield
    finally:
        seen.append("begun")
        try:
            time.sleep(60)
        finally:
            seen.append("ended")


def strike_twice(seen: list[str]) -> None:
    struck = Struck()
    struck.seen = seen
    del struck  # the limit ends this
    time.sleep(60)  # and the next tick that


def strike_and_return(seen: list[str]) -> None:
    waiting = generator(seen)
    next(waiting)
    del waiting


@pytest.mark.parametrize("call", [strike_twice, strike_and_return])
def test_a_limit_that_strikes_in_a_finalizer_is_kept_without_a_warning(call: Callable[[list[str]], None]) -> None:
    seen = list[str]()
    with time_limit(0.2), pytest.raises(TimeIsUp), calling(lambda: "f()"):
        call(seen)
    assert seen == ["begun", "ended"]


def test_other_exceptions_in_finalizers_are_told_as_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken:
        def __del__(self) -> None:
            raise ValueError("broken")

    told = list[type[BaseException]]()
    monkeypatch.setattr(sys, "unraisablehook", lambda lost: told.append(lost.exc_type))
    with time_limit(60):
        Broken()
    assert told == [ValueError]


@pytest.mark.parametrize("number", ["signal.SIGINT", "signal.SIGTERM"])
@pytest.mark.parametrize("struck", ["Struck", "Held"])
def test_a_signal_that_strikes_in_a_finalizer_is_raised_again_and_answered_once(struck: str, number: str) -> None:
    code = CTRL_C.format(number=number, struck=struck)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (7, "", "stopping ...\n")
