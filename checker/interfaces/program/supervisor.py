"""A process that watches over the one that runs a user's code, and ends it where that code cannot be interrupted.

Python interrupts its own instructions, but no loop inside of a C function: `sum(itertools.count())` never looks at a clock or
at Ctrl-C, and `os._exit(0)` would pass for a verdict. So the command runs in a child, which notes what it does on a `Board`;
the parent keeps the limits, tells what the child has found, and answers for the exit status.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from groupy_check.checker.limits.board import Board, share
from groupy_check.checker.limits.deadline import NOTICED
from groupy_check.checker.limits.memory import descendants, megabytes_in_use
from groupy_check.groupy_model.verdict import INTERRUPTED, Result

LOOK_EVERY = 0.1  # seconds
PATIENCE = 1.0  # seconds for a call to be interrupted from inside; as long again for telling what was found
STUBBORN = 2.0  # seconds for a call to be interrupted by Ctrl-C
OVERDUE = 30.0  # seconds for the rest, which is our own
MOST = 1.1  # of the memory, when a call goes on; outside of calls the search keeps the limit itself
FORWARDED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
AWAITED = {*FORWARDED, signal.SIGCHLD}
PR_SET_PDEATHSIG = 1


@dataclass(frozen=True, slots=True)
class CutShort:
    """The child was ended, or has ended without a verdict: which `bound` was reached ("": none), `why`, and what was found."""

    bound: str
    why: str
    found: Result | None


def supervised(run: Callable[[], int], conclude: Callable[[CutShort], int], megabytes: int | None) -> int:
    """The exit status of `run`, in a process of its own; of `conclude`, in this one, where that must be or was ended."""
    board = Board()
    sys.stdout.flush()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, AWAITED)
    parent = os.getpid()
    child = os.fork()
    if child == 0:
        _die_with(parent)
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        share(board)
        os.register_at_fork(after_in_child=lambda: os._exit(0))  # a copy that a handler makes would go on, and print too
        status = run()
        board.status.write(status)
        sys.exit(status)  # what follows is the parent's affair
    try:
        return _Supervisor(child, board, megabytes).status(conclude)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _die_with(parent: int) -> None:
    """End this process when `parent` ends, however that happens. Only Linux can."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


class _Supervisor:
    """Waits for the process `child`."""

    def __init__(self, child: int, board: Board, megabytes: int | None) -> None:
        self.child, self.board, self.megabytes = child, board, megabytes
        self.interrupted: float | None = None
        self.named, self.told = 0.0, 0.0

    def status(self, conclude: Callable[[CutShort], int]) -> int:
        while True:
            self._forward(signal.sigtimedwait(AWAITED, LOOK_EVERY))
            ended, status = os.waitpid(self.child, os.WNOHANG)
            if ended:
                return self._of_end(os.waitstatus_to_exitcode(status), conclude)
            told = self.board.status.read()
            if told is not None:
                self.told = self.told or time.monotonic()
                if time.monotonic() > self.told + PATIENCE:  # threads of a user's, or exit handlers, that do not end
                    self._kill()
                    return int(told)
                continue
            self._name_call()
            overdue = self._overdue()
            if overdue is not None:
                self._kill()
                return conclude(overdue)

    def _forward(self, info: signal.struct_siginfo | None) -> None:
        if info is None or info.si_signo not in FORWARDED:
            return
        if info.si_code <= 0:  # sent to this process alone; the terminal sends to both
            with suppress(ProcessLookupError):
                os.kill(self.child, info.si_signo)
        if info.si_signo == signal.SIGINT and self.interrupted is None:
            self.interrupted = time.monotonic()

    def _name_call(self) -> None:
        """Say which call has not returned for long, where the child could not say it."""
        call = self.board.call.read()
        if call is not None and call[1] != self.named and time.monotonic() - call[1] > NOTICED + PATIENCE:
            self.named = call[1]
            if self.board.named.read() != call[1]:
                print(_going_on(call), file=sys.stderr, flush=True)

    def _overdue(self) -> CutShort | None:
        now, call, limit = time.monotonic(), self.board.call.read(), self.board.limit.read()
        why = f"{_going_on(call)} and cannot be interrupted" if call else ""
        if limit is not None and now > limit[0] + (PATIENCE if call else OVERDUE + limit[1]):
            return self._ended(f"{limit[1]:g} seconds", why or "it would not end")
        if self.interrupted is not None and call and call[1] < self.interrupted < now - STUBBORN:
            return self._ended(INTERRUPTED, why)
        if self.megabytes is not None and call and megabytes_in_use() > MOST * self.megabytes:
            return self._ended(f"{self.megabytes} MB of memory", f"{call[0]} takes more memory than --memory-limit allows")
        return None

    def _of_end(self, code: int, conclude: Callable[[CutShort], int]) -> int:
        """The status of a child that has ended by itself."""
        status = self.board.status.read()
        if isinstance(status, int):
            return status
        call = self.board.call.read()
        if code >= 0:
            within = call[0] if call else "a user's code"
            why = f"the program was ended from within {within}, with status {code}, before any verdict"
            return conclude(self._ended("", why))
        where = f" in {call[0]}" if call else ""
        name = signal.Signals(-code).name
        if -code in FORWARDED:
            signal.signal(-code, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {-code})
            os.kill(os.getpid(), -code)
        return conclude(self._ended("", f"the program died of {name}{where}"))

    def _ended(self, bound: str, why: str) -> CutShort:
        found = self.board.found.read()
        return CutShort(bound, why, found if isinstance(found, Result) else None)

    def _kill(self) -> None:
        for process in (self.child, *descendants(self.child)):
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        os.waitpid(self.child, 0)


def _going_on(call: tuple[str, float]) -> str:
    text, began = call
    return f"{text} has not returned for {time.monotonic() - began:.1f} s"
