"""The process of a node: a copy of this one, with nothing of it but its own connections; and what is known of it."""

from __future__ import annotations

import ctypes
import json
import os
import signal
import socket
import sys
import traceback
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from groupy_check.checker.errors import GroupyError
from groupy_check.checker.live.log import LogFile
from groupy_check.groupy_model.node import Node

PR_SET_PDEATHSIG = 1
STANDARD = 3  # descriptors
REFUSED = 3  # exit status of a node whose protocol broke a rule
LONGEST = 2000  # letters of a reason that are told
ITSELF = "ended itself"


@dataclass(slots=True)
class Member:
    """A node as the controller knows it: its process, and what it has said last. `frozen`: stopped; `up`: not yet ended.
    `incarnation`: how often it has come back.

    `ended`: how its process has; `failed`: why, where its protocol broke a rule. `seen`: its answer to
    which step and effect of another process it has heard of last.
    """

    node: Node
    process: int
    pidfd: int
    control: socket.socket
    said: dict[str, Any] = field(default_factory=dict)
    epoch: int = 0
    incarnation: int = 0
    frozen: bool = False
    up: bool = True
    ended: str = ""
    failed: str = ""
    seen: tuple[int, int] | None = None
    unsent: deque[tuple[bytes, list[socket.socket]]] = field(default_factory=deque)

    @property
    def crashed(self) -> bool:
        """It was killed; it has neither left, nor ended itself otherwise."""
        return not self.up and self.ended != ITSELF


def forked(live: Callable[[], None], log: LogFile, control: socket.socket, kept: Iterable[socket.socket]) -> int:
    """Start a process that does `live`, keeps only these sockets, and ends with this one. Returns its number.

    What ends it besides is the last line of its log, and the last that it says at `control`.
    """
    parent = os.getpid()
    sys.stderr.flush()
    child = os.fork()
    if child:
        return child
    reason = ""
    try:
        settle(parent, {log.descriptor, control.fileno(), *(one.fileno() for one in kept)})
        os.register_at_fork(after_in_child=lambda: os._exit(0))  # a copy that a handler makes would go on
        live()
    except GroupyError as error:
        reason = " ".join(str(error).split())
    except BaseException as error:  # noqa: BLE001 - nothing of it may go on in the parent's code
        frames = traceback.extract_tb(error.__traceback__)
        reason = f"{type(error).__name__}: {error} at {Path(frames[-1].filename).name}:{frames[-1].lineno}"
    try:
        if reason:
            log.write("end", reason=reason, error=True)
            control.setblocking(True)
            control.send(json.dumps({"failed": reason[:LONGEST]}).encode())
    finally:
        os._exit(REFUSED if reason else 0)


def settle(parent: int, kept: set[int]) -> None:
    """Be a process of one's own, with these descriptors alone: one that ends with `parent`, and leaves Ctrl-C to it."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(0)
    signal.set_wakeup_fd(-1)
    for ignored in (signal.SIGINT, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    start = STANDARD
    for descriptor in sorted(kept):
        os.closerange(start, descriptor)
        start = descriptor + 1
    os.closerange(start, os.sysconf("SC_OPEN_MAX"))
