"""A recorder of the members of a Serf cluster, as the agent on this node sees them.

Serf tells that something has changed (`serf monitor`), and whom it takes for alive (`serf members`). That set is the view:
gossip gives views neither identity nor order, so two agents are in the same view when they see the same members.
"""

from __future__ import annotations

import os
import select
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from threading import Event
from typing import IO

import msgspec

from groupy_check.checker.history.recorders.growing_log import GrowingLog
from groupy_check.checker.history.recorders.stopping import RecorderError, file_stem

NO_SERF = "this needs Serf, and no serf is found; install it (Debian and Ubuntu: apt install serf)"
TURN = 0.05  # seconds: how often it looks whether it shall stop
SELDOM = 1.0  # seconds after which it asks for the members although nothing was told
ANSWER = 5.0  # seconds that the agent may take to answer
SIGNAL = 0.3  # that Ctrl-C may take to reach us, after a program that we have called
LEAVING = b"requesting graceful leave"


class _Agent(msgspec.Struct, frozen=True):
    name: str


class _Info(msgspec.Struct, frozen=True):
    agent: _Agent


class _SerfMember(msgspec.Struct, frozen=True):
    name: str
    status: str


class _SerfMembers(msgspec.Struct, frozen=True):
    members: list[_SerfMember]


class _GoneError(Exception):
    """The agent does not answer any more."""


class SerfRecorder:
    """Listens to the agent that answers at the address `rpc`. Raises RecorderError."""

    def __init__(self, rpc: str) -> None:
        if shutil.which("serf") is None:
            raise RecorderError(NO_SERF)
        self.rpc = rpc
        try:
            self.process = msgspec.json.decode(self._asked("info", "-format=json"), type=_Info).agent.name
        except (_GoneError, msgspec.MsgspecError):
            raise RecorderError(f"no agent of Serf answers at {rpc}; start one (serf agent), or name its --rpc") from None
        self.file_stem = file_stem("serf", self.process)
        self.seen: list[str] = []

    def record(self, file: GrowingLog, stop: Event) -> str:
        """Write down each change until `stop` is set or the agent has gone; why it ended if not by `stop`."""
        file.write([{"event": "start"}])
        left = False
        try:
            with self._monitor() as told:
                while not stop.is_set():
                    self._look(file)
                    left |= LEAVING in _next(told, stop)
        except _GoneError:
            if not stop.wait(SIGNAL):
                file.write([{"event": "leave" if left else "crash"}])
                return f"the agent has {'left the cluster' if left else 'gone'}"
        return ""

    def _look(self, file: GrowingLog) -> None:
        """Write down whom the agent takes for alive, if that has changed."""
        try:
            known = msgspec.json.decode(self._asked("members", "-format=json"), type=_SerfMembers).members
        except msgspec.MsgspecError as error:
            raise RecorderError(f"what serf members says is not understood: {error}") from None
        alive = sorted(member.name for member in known if member.status == "alive")
        if alive != self.seen and self.process in alive:
            self.seen = alive
            file.write([{"event": "view", "view": identity(alive), "members": alive}])

    def _asked(self, *words: str) -> bytes:
        try:
            done = subprocess.run(self._call(*words), capture_output=True, timeout=ANSWER, check=True)  # noqa: S603 - it is serf
        except (subprocess.SubprocessError, OSError):
            raise _GoneError from None
        return done.stdout

    def _call(self, *words: str) -> list[str]:
        return ["serf", *words, f"-rpc-addr={self.rpc}"]

    @contextmanager
    def _monitor(self) -> Iterator[IO[bytes]]:
        """What the agent tells as it happens, beginning with its latest lines."""
        command = self._call("monitor", "-log-level=info")
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as monitor:  # noqa: S603 - it is serf
            assert monitor.stdout
            try:
                yield monitor.stdout
            finally:
                monitor.kill()


def _next(told: IO[bytes], stop: Event) -> bytes:
    """What is told next, nothing after a while. Raises _GoneError when that is all."""
    for _ in range(round(SELDOM / TURN)):
        if stop.is_set():
            break
        if select.select([told], [], [], TURN)[0]:
            text = os.read(told.fileno(), 1 << 16)
            if not text:
                raise _GoneError
            return text
    return b""


def identity(members: Sequence[str]) -> str:
    """What the view of these members is called."""
    return sha256("\n".join(members).encode()).hexdigest()[:8]
