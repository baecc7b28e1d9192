"""Work with z3 that Ctrl-C ends.

Inside of the solver Python hears no signal; and z3's own handler of Ctrl-C would make it answer "unknown", which looks as if
the question were too hard. So the solver works in another thread, and this one listens. A formula is built by thousands of
calls through ctypes, which reports whatever is raised while it converts an argument, a KeyboardInterrupt too, as an error of
its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from ctypes import ArgumentError
from typing import Any

from groupy_check.checker.limits.interrupts import is_interrupt

AGAIN = 0.05  # seconds; an interruption that comes before the solver has begun is lost


def answer(solver: Any, *assumptions: Any) -> Any:
    """What `solver` answers. An exception that a signal's handler raises meanwhile stops it, and is raised here."""
    solver.set("ctrl_c", False)
    with ThreadPoolExecutor(1) as threads:
        question = threads.submit(solver.check, *assumptions)
        try:
            return question.result()
        except BaseException:
            while not question.done():
                solver.interrupt()
                wait((question,), AGAIN)
            raise


@contextmanager
def interruptible() -> Iterator[None]:
    """Within, formulas are built: a KeyboardInterrupt that ctypes has made an ArgumentError of is one again."""
    try:
        yield
    except ArgumentError as error:
        if not is_interrupt(error):
            raise
        raise KeyboardInterrupt from error
