"""The controller of a live run, as the program sees it that has started it: a process that is asked, and that tells.

Without a page (`run_live`), Ctrl-C, SIGTERM and a closed terminal end the run as its time does: no process is left behind, and
the logs are complete.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from types import FrameType
from typing import Any

from groupy_check.checker import errors
from groupy_check.checker.errors import GroupyError, UsageError
from groupy_check.checker.live.session import PACKET, LiveRequest, request_to_json

START = 120.0  # seconds for an interpreter to start and the nodes with it, on a machine with much else to do
PATIENCE = 10.0  # seconds for an answer, or for the end
LOOK_EVERY = 0.1  # seconds
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
OVER = "the live run has ended"
# The same search path, in the same order: PYTHONPATH would put a user's random.py before the standard one.
CHILD = "import json, sys; sys.path[:] = json.loads(sys.argv[1]); from groupy_check.checker.live import session; session.main()"
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}  # numpy, if a user's file imports it


def emptied(directory: Path) -> Path:
    """`directory`, made if need be, without the logs of an earlier run. Raises UsageError."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
        for path in [*directory.glob("p*.jsonl"), *directory.glob("p*.stored"), directory / "network.jsonl"]:
            path.unlink(missing_ok=True)
    except OSError as error:
        raise UsageError(f"cannot write to {directory}: {error.strerror or error}; name another folder with --out") from error
    return directory


class Controller:
    """The process of the live run that `request` asks for, which has begun. Raises GroupyError when it cannot."""

    def __init__(self, request: LiveRequest) -> None:
        emptied(request.directory)
        self.ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        words = [sys.executable, "-P", "-c", CHILD, json.dumps(sys.path), str(theirs.fileno()), str(os.getpid())]
        self.process: subprocess.Popen[bytes] = subprocess.Popen(  # noqa: S603 - our own module, in our own interpreter
            words, env={**os.environ, **ONE_THREAD}, stdin=subprocess.PIPE, stdout=2, pass_fds=[theirs.fileno()],
            start_new_session=True,  # Ctrl-C in the terminal is this program's affair
        )  # fmt: skip
        theirs.close()
        try:
            self._begin(request)
        except BaseException:
            self.close()
            raise

    def _begin(self, request: LiveRequest) -> None:
        assert self.process.stdin is not None
        with suppress(OSError), self.process.stdin as pipe:  # it has ended, and says why
            pipe.write(request_to_json(request).encode())
        self.ours.settimeout(START)
        try:
            said = self.receive()
        except TimeoutError as error:
            raise GroupyError(f"the live run has not begun within {START:.0f} seconds") from error
        finally:
            self.ours.settimeout(None)
        if said is None:
            raise GroupyError("the live run has ended before it began; what it said is above")
        if "failed" in said:
            kind: type[GroupyError] = getattr(errors, said["kind"])
            raise kind(said["failed"])

    def receive(self) -> dict[str, Any] | None:
        """What it says next; None when it has ended. Raises TimeoutError where `ours` has a time limit."""
        try:
            said: dict[str, Any] | None = json.loads(self.ours.recv(PACKET) or b"null")
        except ConnectionError:
            return None
        return said

    def end(self) -> None:
        """Let the run end: it comes between two handlers of each node. What it still says can be received."""
        with suppress(OSError):
            self.ours.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        """End the run, and wait for that. One that does not end in time is killed, and its nodes with it."""
        self.end()
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.ours.close()


class Dialogue:
    """Asks `controller`, from many threads, while that tells how things stand: `hear` is given it, from a thread of its own."""

    def __init__(self, controller: Controller, hear: Callable[[object], None]) -> None:
        self.controller, self.hear = controller, hear
        self.turn, self.number, self.over = threading.Lock(), 0, False
        self.answers = SimpleQueue[tuple[int, str]]()
        self.thread = threading.Thread(target=self._listen, daemon=True)
        self.thread.start()

    def ask(self, command: str) -> str:
        """Have `command` done. Returns why it was not, or ""."""
        with self.turn:
            self.number += 1
            try:
                self.controller.ours.send(json.dumps({"number": self.number, "do": command}).encode())
                while not self.over:
                    number, error = self.answers.get(timeout=PATIENCE)
                    if number == self.number:
                        return error
            except Empty:
                return f"no answer within {PATIENCE:.0f} seconds"
            except OSError:
                pass
        return OVER

    def close(self) -> None:
        """End the run."""
        self.controller.end()
        self.thread.join(PATIENCE)
        self.controller.close()

    def _listen(self) -> None:
        with suppress(OSError):  # closed by this program itself
            while (said := self.controller.receive()) is not None:
                if "answer" in said:
                    self.answers.put((said["answer"], said["error"]))
                elif "state" in said:
                    self.hear({"state": said["state"], "error": ""})
        self.over = True
        self.answers.put((0, OVER))
        self.hear({"state": None, "error": OVER})


# --- without a page ------------------------------------------------------------------------------------------------------


@contextmanager
def ended_by_signals() -> Iterator[Callable[[], bool]]:
    """Within, a signal that would end this program only makes what is given true."""
    seen: list[int] = []

    def note(number: int, _: FrameType | None) -> None:
        seen.append(number)

    before = {number: signal.signal(number, note) for number in ENDING}
    try:
        yield lambda: bool(seen)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def run_live(request: LiveRequest, tell: Callable[[str], None]) -> None:
    """Do it; `tell` is given what could not be done. Raises GroupyError when it cannot begin."""
    with ended_by_signals() as interrupted:
        controller = Controller(request)
        try:
            _follow(controller, tell, interrupted)
        finally:
            controller.close()


def _follow(controller: Controller, tell: Callable[[str], None], interrupted: Callable[[], bool]) -> None:
    controller.ours.settimeout(LOOK_EVERY)
    while True:
        if interrupted():
            controller.end()
        try:
            said = controller.receive()
        except TimeoutError:
            continue
        if said is None:
            return
        if "told" in said:
            tell(said["told"])
        elif "failed" in said:
            tell(f"the live run has ended: {said['failed']}")
