"""Ctrl-C and SIGTERM: answered at once on stderr, and then the command tells what it knows so far, and ends."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType

from groupy_check.checker.limits.interrupts import is_interrupt

ANSWER = b"stopping ...\n"
CLEARED = b"\r\x1b[2K"  # of a live line
HANDLED = {signal.SIGINT: signal.default_int_handler, signal.SIGTERM: signal.SIG_DFL}  # and what Python does by itself
AGAIN = 0.05  # seconds


def answer_signals() -> None:
    """From now on both raise KeyboardInterrupt, after an answer; unless somebody else handles them, or has them ignored."""
    if threading.current_thread() is not threading.main_thread():
        return
    stop = _Stop(sys.unraisablehook)
    for number, usual in HANDLED.items():
        if signal.getsignal(number) == usual:
            signal.signal(number, stop.raised)
            sys.unraisablehook = stop.lost


class _Stop:
    """Answers once. `otherwise` is told of exceptions that are lost in a finalizer, but for ours, which is raised again."""

    def __init__(self, otherwise: Callable[[sys.UnraisableHookArgs], object]) -> None:
        self.otherwise, self.answered, self.number = otherwise, False, signal.SIGINT

    def raised(self, number: int, _frame: FrameType | None) -> None:
        self.number = signal.Signals(number)
        # Not through sys.stderr: the signal may come while something is being written there.
        if not self.answered:
            self.answered = True
            os.write(2, (CLEARED if os.isatty(2) else b"") + ANSWER)
        raise KeyboardInterrupt

    def lost(self, lost: sys.UnraisableHookArgs) -> None:
        if not (issubclass(lost.exc_type, KeyboardInterrupt) or is_interrupt(lost.exc_value)):
            self.otherwise(lost)
            return
        again = threading.Timer(AGAIN, signal.pthread_kill, (threading.main_thread().ident, self.number))
        again.daemon = True
        again.start()
