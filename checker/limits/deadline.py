"""Time limits that also end what does not come back: a user's code, which may loop or sleep in any of its methods.

A search looks at the clock by itself, but not while a handler runs. So a timer ticks meanwhile, and when the time is up it
raises TimeIsUp there, and nowhere else: our own code is never left halfway. Python runs what a timer calls in the main thread
alone, and between two of its own instructions: in another thread, or in a loop inside of a C function, no more than the
looks at the clock keep the time, and on the command line the process that supervises this one (`board.py`).
"""

from __future__ import annotations

import signal
import sys
import sysconfig
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import FrameType, TracebackType

from groupy_check.checker.limits import board

TICK = 0.1  # seconds between two ticks
NOTICED = 10.0  # seconds after which a call that has not returned is named on stderr
LONG = 1.0  # seconds after which a call that is interrupted is named
EXTRA, SHARE = 1.0, 0.1  # what may go on after the time is up, to tell what was found: seconds, or a share of the time
OURS = f"{Path(__file__).parents[2]}/"
NOT_OURS = tuple({sysconfig.get_paths()[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")})
FAILURES = (Exception, SystemExit, GeneratorExit)  # of a user's code: no interrupt from the keyboard, nor a time limit


class TimeIsUp(BaseException):
    """A time limit is reached; the text says which call had not returned, "" for none. No `except Exception` stops it."""


@dataclass(slots=True)
class _Call:
    """A call of a user's code: how it reads, and since when it is going on."""

    text: Callable[[], str]
    began: float
    named: bool = False
    interrupted: bool = False

    def told(self) -> str:
        return f"{self.text()} has not returned for {time.monotonic() - self.began:.1f} s"


@dataclass(slots=True)
class _Watch:
    """What goes on in one thread: the limit in force, as an instant and a number of seconds; the calls, innermost last."""

    limit: tuple[float, float] | None = None
    calls: list[_Call] = field(default_factory=list)
    spent: float = 0.0
    made: int = 0


class _Watches(threading.local):
    """One for each thread."""

    def __init__(self) -> None:
        self.mine = _Watch()
        self.ticking = False


_watches = _Watches()


# --- limits --------------------------------------------------------------------------------------------------------------


@contextmanager
def time_limit(seconds: float | None) -> Iterator[None]:
    """Within, a user's code gets TimeIsUp after so many seconds, or as an enclosing limit says; None: as that says alone."""
    own = None if seconds is None else (time.monotonic() + seconds, seconds)
    with _kept(min(filter(None, (own, _watches.mine.limit)), default=None)):
        yield


@contextmanager
def extra_time() -> Iterator[None]:
    """Within, a limit that is reached, or nearly, leaves some more time, to tell what was found."""
    limit = _watches.mine.limit
    if limit is not None:
        until, seconds = limit
        limit = max(until, time.monotonic() + max(EXTRA, SHARE * seconds)), seconds
    with _kept(limit):
        yield


@contextmanager
def unless_time_is_up(what: str) -> Iterator[list[str]]:
    """Do this, or say on stderr that there was no time for `what`. What was said is in the list, for results and files."""
    said: list[str] = []
    try:
        yield said
    except TimeIsUp as late:
        why = f": {late}" if str(late) else ""
        said.append(f"no time was left for {what}{why}")
        _say(said[0])


@contextmanager
def _kept(limit: tuple[float, float] | None) -> Iterator[None]:
    watch = _watches.mine
    before, watch.limit = watch.limit, limit
    board.note_limit(limit)
    try:
        with _ticking():
            yield
    finally:
        watch.limit = before
        board.note_limit(before)


def time_is_up() -> bool:
    """Whether the limit in force is reached."""
    left = seconds_left()
    return left is not None and left <= 0


def seconds_left() -> float | None:
    """How much time the limit in force leaves, None where there is no limit."""
    limit = _watches.mine.limit
    return None if limit is None else limit[0] - time.monotonic()


def bound_of_time() -> str:
    """The limit in force, as a bound; "" where there is none."""
    limit = _watches.mine.limit
    return "" if limit is None else f"{limit[1]:g} seconds"


# --- calls of a user's code ----------------------------------------------------------------------------------------------


class calling:  # noqa: N801 - a context manager, made for each call
    """Within, a user's code runs; `text` is how the call reads, for whom it does not return. Raises TimeIsUp."""

    __slots__ = ("call", "text")

    def __init__(self, text: Callable[[], str]) -> None:
        self.text = text

    def __enter__(self) -> None:
        if time_is_up():
            raise TimeIsUp("")
        self.call = _Call(self.text, time.monotonic())
        board.note_call(self.text, self.call.began)
        _watches.mine.calls.append(self.call)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        watch = _watches.mine
        watch.calls.pop()
        watch.spent += time.monotonic() - self.call.began
        watch.made += 1
        board.note_call(None, self.call.began)
        if self.call.interrupted and not isinstance(error, TimeIsUp | KeyboardInterrupt):
            raise TimeIsUp(self.call.told()) from None  # it stopped the exception: what it answers now is no answer


def time_in_calls() -> tuple[int, float]:
    """How many calls of a user's code this thread has made, and the seconds spent in them."""
    return _watches.mine.made, _watches.mine.spent


# --- the timer -----------------------------------------------------------------------------------------------------------


@contextmanager
def _ticking() -> Iterator[None]:
    """Let the timer tick, where that is possible and nobody else uses it."""
    main = threading.current_thread() is threading.main_thread()
    if not main or _watches.ticking or signal.getsignal(signal.SIGALRM) not in (signal.SIG_DFL, _tick):
        yield
        return
    signal.signal(signal.SIGALRM, _tick)  # it stays: a last signal that comes late would end the program
    hook = sys.unraisablehook
    sys.unraisablehook = partial(_lost, hook)
    _watches.ticking = True
    signal.setitimer(signal.ITIMER_REAL, TICK, TICK)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        _watches.ticking = False
        sys.unraisablehook = hook


def _lost(otherwise: Callable[[sys.UnraisableHookArgs], object], lost: sys.UnraisableHookArgs) -> None:
    """Python drops what is raised in a finalizer, and warns of it. TimeIsUp needs no warning: the next tick raises it."""
    if not issubclass(lost.exc_type, TimeIsUp):
        otherwise(lost)


def _tick(_: int, frame: FrameType | None) -> None:
    watch = _watches.mine
    call = watch.calls[-1] if watch.calls else None
    if time_is_up():
        where = _users_line(frame)
        if call is not None or where:
            _interrupt(call, where)
    elif call is not None and not call.named and time.monotonic() - call.began >= NOTICED:
        _name(call, _users_line(frame))


def _interrupt(call: _Call | None, where: str) -> None:
    """Raise TimeIsUp, which says what had not returned if that took long."""
    if call is None:
        _say(text := f"{where} has not returned when the time is up")
        raise TimeIsUp(text)
    call.interrupted = True
    long = time.monotonic() - call.began >= LONG
    if long and not call.named:
        _name(call, where)
    raise TimeIsUp(call.told() if long else "")


def _users_line(frame: FrameType | None) -> str:
    """The line of a user's file in which a method runs that our code has called, "" if none does."""
    while frame is not None and not frame.f_code.co_filename.startswith(OURS):
        if is_users_file(frame.f_code.co_filename):
            return f"{Path(frame.f_code.co_filename).name}:{frame.f_lineno} ({frame.f_code.co_name})"
        frame = frame.f_back
    return ""


def is_users_file(name: str) -> bool:
    """Whether the code in the file called `name` is neither of this package nor of any that is installed."""
    return Path(name).is_file() and not name.startswith((OURS, *NOT_OURS))


def _name(call: _Call, where: str) -> None:
    """Say that it has not returned, and in which line it is."""
    call.named = True
    board.note_named(call.began)
    _say(f"{call.told()}, in {where}; Ctrl-C ends it" if where else call.told())


def _say(text: str) -> None:
    with suppress(OSError, ValueError):
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()
