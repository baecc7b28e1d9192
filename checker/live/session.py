"""What the process of a live run does: it lets the nodes run, does to them what a script or a page says, and tells of it.

It is an interpreter of its own, in which nothing has run but this and the protocol's file. So there is one thread in it, and
it can be copied: nodes are its copies (`cluster.py`). It ends with whoever has started it, however that ends, and they with it.
"""

from __future__ import annotations

import json
import os
import selectors
import socket
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from groupy_check.checker.errors import GroupyError, ProtocolError
from groupy_check.checker.inputs.protocols import load_protocol
from groupy_check.checker.live.cluster import Cluster
from groupy_check.checker.live.node import Pace
from groupy_check.checker.live.processes import Member, settle
from groupy_check.checker.live.script import LiveCommand, TimedCommand, parse_command
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.protocol import Protocol

STILL, LONGEST = 0.3, 3.0  # seconds without news after which a run has come to rest; seconds that are waited for that
LOOK_EVERY = 0.2  # seconds
TOLD_EVERY = 0.1  # seconds between two reports of how things stand
PACKET = 2**20
REMEMBERED = 30  # of what was done last


@dataclass(frozen=True, slots=True)
class LiveRequest:
    """Let `nodes` run `protocol`, and do what `script` says; the logs go to `directory`.

    `seconds`: how long; None: until it is told to end, and it tells how things stand meanwhile.
    """

    protocol: Protocol
    nodes: int
    seconds: float | None
    script: Sequence[TimedCommand]
    directory: Path
    pace: Pace
    seed: int


def request_to_json(request: LiveRequest) -> str:
    """`request` as a text for another interpreter, which loads the protocol by its name."""
    script = [[timed.at, timed.command.verb, timed.command.nodes, timed.command.number] for timed in request.script]
    return json.dumps(
        {
            "impl": request.protocol.name, "nodes": request.nodes, "seconds": request.seconds, "script": script,
            "directory": str(request.directory), "multicasts": request.pace.multicasts, "timer": request.pace.timer,
            "seed": request.seed,
        }
    )  # fmt: skip


def request_of_json(text: str) -> LiveRequest:
    """What `request_to_json` has made the text of. Raises GroupyError when the protocol cannot be loaded."""
    data = json.loads(text)
    script = [
        TimedCommand(at, LiveCommand(verb, tuple(map(Node, nodes)), number)) for at, verb, nodes, number in data["script"]
    ]
    pace = Pace(data["multicasts"], data["timer"])
    protocol = load_protocol(data["impl"])
    return LiveRequest(protocol, data["nodes"], data["seconds"], script, Path(data["directory"]), pace, data["seed"])


def main() -> None:
    """Run what standard input asks for, at the word of the socket and below the process that are named on the command line."""
    number, parent = map(int, sys.argv[2:4])
    desk = socket.socket(fileno=number)
    settle(parent, {number})
    try:
        request = request_of_json(sys.stdin.read())
        _check_alone(request.protocol)
        LiveSession(request, desk).run()
    except GroupyError as error:
        _send(desk, {"failed": " ".join(str(error).split()), "kind": type(error).__name__})
    except Exception as error:  # noqa: BLE001 - the parent says it
        _send(desk, {"failed": f"{type(error).__name__}: {error}; please report it", "kind": "GroupyError"})
    finally:
        os._exit(0)


def _check_alone(protocol: Protocol) -> None:
    """Raises ProtocolError when there are more threads than this one: what another one holds, a copy would wait for forever."""
    threads = len(list(Path("/proc/self/task").iterdir()))
    if threads > 1:
        raise ProtocolError(
            f"{protocol.name}: loading it starts threads, and a process with threads cannot be copied for the nodes;"
            " a protocol's file should only define it"
        )


class LiveSession:
    """The run of `request`, told and asked at `desk`."""

    def __init__(self, request: LiveRequest, desk: socket.socket) -> None:
        self.request, self.desk = request, desk
        self.cluster = Cluster(request.protocol, request.nodes, request.directory, request.pace, request.seed)
        self.began = time.time()
        self.done: list[str] = []
        self.over = False
        self.told, self.last = 0.0, ""

    def run(self) -> None:
        """Do it, to the end. Raises GroupyError when it cannot begin."""
        try:
            self.cluster.start()
            _send(self.desk, {"begun": True})
            self.desk.setblocking(False)
            self.cluster.selector.register(self.desk, selectors.EVENT_READ, None)
            self._follow()
            self.cluster.thaw()
            self.cluster.quiet(True)
            self._come_to_rest()
            self.cluster.stop()
        finally:
            self.cluster.kill_all()

    def _follow(self) -> None:
        waiting, seconds = list(self.request.script), self.request.seconds
        began = time.monotonic()
        while not self.over:
            now = time.monotonic() - began
            if seconds is not None and now >= seconds:
                return
            while waiting and waiting[0].at <= now:
                timed = waiting.pop(0)
                error = self._do(timed.command)
                if error:
                    _send(self.desk, {"told": f"at {timed.at:g}s: {error}"})
            self._obey()
            if seconds is None:
                self._tell()
            until = [LOOK_EVERY, *([waiting[0].at - now] if waiting else []), *([] if seconds is None else [seconds - now])]
            self.cluster.poll(max(0.0, min(until)))

    def _come_to_rest(self) -> None:
        """Wait until nothing happens any more, but not for long."""
        began = changed = time.monotonic()
        before = None
        while not self.over and time.monotonic() - began < LONGEST and time.monotonic() - changed < STILL:
            self.cluster.poll(0.05)
            self._obey()
            steps = self.cluster.steps()
            if steps != before:
                before, changed = steps, time.monotonic()

    def _do(self, command: LiveCommand) -> str:
        """Do it. Returns why it cannot be done, or ""."""
        try:
            command.do(self.cluster)
        except GroupyError as error:
            return " ".join(str(error).split())
        return ""

    def _obey(self) -> None:
        """Do what is asked for at the desk; where nobody can ask any more, all is over."""
        while not self.over:
            try:
                data = self.desk.recv(PACKET)
            except BlockingIOError:
                return
            except OSError:
                data = b""
            if not data:
                self.over = True
                self.cluster.selector.unregister(self.desk)
                return
            wish = json.loads(data)
            _send(self.desk, {"answer": wish["number"], "error": self._asked(str(wish["do"]))})

    def _asked(self, text: str) -> str:
        try:
            command = parse_command(text)
        except GroupyError as error:
            return " ".join(str(error).split())
        refused = self._do(command)
        if not refused:
            self.done.append(f"{time.monotonic() - self.cluster.began:.1f} s  {text}")
            del self.done[:-REMEMBERED]
        return refused

    def _tell(self) -> None:
        """Tell how things stand, where that has changed."""
        now = time.monotonic()
        if now - self.told < TOLD_EVERY:
            return
        state = {"began": self.began, **state_of(self.cluster, self.done)}
        text = json.dumps(state)
        if text != self.last:
            self.told, self.last = now, text
            _send(self.desk, {"state": state})


def _send(desk: socket.socket, message: dict[str, Any]) -> None:
    """Say `message` to whoever has started this process; nothing if it is gone."""
    with suppress(OSError):
        desk.setblocking(True)
        desk.send(json.dumps(message).encode())
        desk.setblocking(False)


def state_of(cluster: Cluster, done: list[str]) -> dict[str, Any]:
    """How things stand, for the page."""
    return {
        "members": [_member(member) for member in cluster.members.values()],
        "recovers": cluster.recovers,
        "side": list(map(int, cluster.side)),
        "cuts": [[int(cut.one), int(cut.other)] for cut in cluster.cuts],
        "done": done,
    }


def _member(member: Member) -> dict[str, Any]:
    status = "frozen" if member.frozen else "up"
    said = {"colour": None, "view": "", "role": "", "queued": 0, "steps": 0, **member.said}
    known = {"node": int(member.node), "status": status if member.up else "ended", "ended": member.ended}
    known["crashed"] = member.crashed
    return {**known, "failed": member.failed, **said}
