"""Nodes of a cluster on this machine: each has network and mount namespaces of its own, and a bridge joins them.

All of it lives in one PID namespace whose first process ends with the tests. Then the kernel kills the others, and takes
namespaces, interfaces and mounts away, whatever happens.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any

ROOM = ["--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
PRIVATE = "for each in /run /dev/shm {}; do mount -t tmpfs none $each; done; ip link set lo up; echo ready; exec sleep infinity"
BRIDGE = "ip link set lo up && ip link add bridge type bridge && ip link set bridge up && echo ready && exec sleep infinity"
PATIENCE = 120.0  # seconds: only a test that fails waits so long


def why_not(*programs: str) -> str:
    """Why there can be no cluster here; "" if there can."""
    missing = [program for program in (*programs, "ip", "unshare", "nsenter", "setpriv") if shutil.which(program) is None]
    if missing:
        return f"needs {', '.join(missing)}"
    words = ["unshare", *ROOM, "sh", "-c", "ip link add bridge type bridge && mount -t tmpfs tmpfs /run"]
    tried = subprocess.run(words, capture_output=True, text=True, check=False)
    return f"needs namespaces, which are not allowed here: {tried.stderr.strip()}" if tried.returncode else ""


def wait_until(condition: Callable[[], Any], what: str) -> None:
    """Look again and again until `condition` is true."""
    limit = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < limit, f"waited in vain until {what}"
        time.sleep(0.05)


class Rooms:
    """Nodes 1, 2, ...; node n has the address 10.9.0.n, and `folders` of its own, empty ones."""

    def __init__(self, number: int, *folders: str) -> None:
        self.number, self.folders = number, folders
        self.started: list[subprocess.Popen[bytes]] = []
        self.pids: list[int] = []  # of the first process of all, and of each node

    def __enter__(self) -> Rooms:
        try:
            self._begin(["setpriv", "--pdeathsig", "KILL", "unshare", *ROOM, "sh", "-c", BRIDGE])
            for node in range(1, self.number + 1):
                script = PRIVATE.format(" ".join(self.folders))
                self._begin([*self._inside(0), "unshare", "--net", "--mount", "sh", "-c", script])
                self.run(0, f"ip link add port{node} type veth peer name eth0 netns {self._own_pid(node)}")
                self.run(0, f"ip link set port{node} master bridge up")
                self.run(node, f"ip addr add 10.9.0.{node}/24 dev eth0 && ip link set eth0 up")
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._end()

    def _begin(self, words: list[str]) -> None:
        started = self._popen(words, stdout=subprocess.PIPE)
        assert started.stdout
        assert started.stdout.readline() == b"ready\n"
        self.pids.append(child(started))

    def _end(self) -> None:
        if self.pids:
            signal_to(self.pids[0], signal.SIGKILL)
        for started in self.started:
            if not self.pids:
                started.kill()
            started.wait()
            for pipe in (started.stdout, started.stderr):
                if pipe:
                    pipe.close()

    def _inside(self, node: int) -> list[str]:
        return ["nsenter", "--target", str(self.pids[node]), "--net", "--mount", "--pid"]

    def _own_pid(self, node: int) -> int:
        """The process of a node as the others in the PID namespace know it."""
        numbers = Path(f"/proc/{self.pids[node]}/status").read_text("utf-8").split("NSpid:")[1].split("\n")[0]
        return int(numbers.split()[-1])

    def _popen(self, words: list[str], **more: Any) -> subprocess.Popen[bytes]:
        started = subprocess.Popen(words, stdin=subprocess.DEVNULL, **more)
        self.started.append(started)
        return started

    def start(self, node: int, *words: str, **more: Any) -> subprocess.Popen[bytes]:
        """Start a program on a node; its process is the child of the one returned."""
        return self._popen([*self._inside(node), *words], **more)

    def run(self, node: int, script: str) -> None:
        """Run a script of the shell on a node, 0 for where the bridge is."""
        subprocess.run([*self._inside(node), "sh", "-c", script], check=True, stdin=subprocess.DEVNULL)

    def cut(self, node: int) -> None:
        """Cut a node off from the others."""
        self.run(0, f"ip link set port{node} down")

    def heal(self, node: int) -> None:
        """Undo that."""
        self.run(0, f"ip link set port{node} up")


def child(started: subprocess.Popen[bytes]) -> int:
    """The process that nsenter or unshare has started."""
    found: list[str] = []
    children = Path(f"/proc/{started.pid}/task/{started.pid}/children")
    wait_until(lambda: found.extend(children.read_text("utf-8").split()) or found, f"{started.args!r} has begun")
    return int(found[0])


def signal_to(pid: int, number: signal.Signals) -> None:
    """Send a signal to a process, which may have ended."""
    with suppress(ProcessLookupError):
        os.kill(pid, number)


def freeze(started: subprocess.Popen[bytes]) -> None:
    """Stop a program on a node. nsenter stops before: else it would stop with its child, and not go on with it."""
    for pid in (started.pid, child(started)):
        signal_to(pid, signal.SIGSTOP)
        wait_until(partial(_stands_still, pid), f"{started.args!r} stands still")


def go_on(started: subprocess.Popen[bytes]) -> None:
    """Undo that."""
    signal_to(child(started), signal.SIGCONT)
    signal_to(started.pid, signal.SIGCONT)


def _stands_still(pid: int) -> bool:
    """Whether all threads of a process are stopped."""
    return all(
        each.read_text("utf-8").rpartition(")")[2].split()[0] == "T" for each in Path(f"/proc/{pid}/task").glob("*/stat")
    )
