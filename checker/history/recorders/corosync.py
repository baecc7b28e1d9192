"""A recorder of a closed process group: it joins, multicasts at a steady rate, and writes down what it is told.

Recorders on all nodes make a group of their own, which shows what Corosync does in this cluster. In the group of a program
of yours they see the views, too; but nobody tells them what that program multicasts, so its messages are only noted.
"""

from __future__ import annotations

import time
from threading import Event

from groupy_check.checker.history.recorders.cpg import LONGEST_NAME, Cpg, CpgError
from groupy_check.checker.history.recorders.group_log import GroupLog, UnclearViewError, message, payload
from groupy_check.checker.history.recorders.growing_log import GrowingLog
from groupy_check.checker.history.recorders.stopping import RecorderError, file_stem

TURN = 0.05  # seconds: how often it looks whether it shall stop
LEAVING = 0.4  # that the group may take to let us go
JOINING = 20.0
LATE = 0.5  # what could not be multicast for so long is not made up for


class CorosyncRecorder:
    """A member of `group` that multicasts `rate` messages a second. Raises RecorderError."""

    def __init__(self, group: str, rate: float) -> None:
        name = group.encode()
        if not 0 < len(name) <= LONGEST_NAME or "\0" in group:
            raise RecorderError(f"--group {group!r}: the name of a group has from 1 to {LONGEST_NAME} bytes")
        try:
            self.cpg = Cpg()
        except CpgError as error:
            raise RecorderError(str(error)) from None
        self.name, self.rate = name, rate
        self.log = GroupLog(self.cpg.address)
        self.process = str(self.cpg.address)
        self.file_stem = file_stem("corosync", group, self.cpg.address.node, self.cpg.address.pid)
        self.asked = self.sent = 0
        self.due = time.monotonic()

    def record(self, file: GrowingLog, stop: Event) -> str:
        """Write down all that happens until `stop` is set or the daemon has gone; why it ended if not by `stop`."""
        file.write([{"event": "start"}])
        try:
            self._join(stop)
            while not stop.is_set():
                self._turn(file)
            self._leave(file)
        except CpgError as error:
            if not error.gone:
                raise RecorderError(str(error)) from None
            file.write([{"event": "crash"}])  # the daemon is the member; whoever it serves sees nothing any more
            return "the daemon of this node has gone"
        except UnclearViewError as error:
            raise RecorderError(str(error)) from None
        finally:
            self.cpg.close()
        return ""

    def _join(self, stop: Event) -> None:
        limit = time.monotonic() + JOINING
        while not self.cpg.join(self.name) and not stop.wait(TURN):
            if time.monotonic() > limit:
                raise RecorderError(f"the daemon of this node has formed no ring for {JOINING:.0f} seconds; look at its log")

    def _turn(self, file: GrowingLog) -> None:
        wait = min(TURN, self.due - time.monotonic()) if self.rate else TURN
        self._listen(file, wait)
        self.due = max(self.due, time.monotonic() - LATE)
        while self.rate and self.log.named and self.due <= time.monotonic():
            if not self._multicast(file):
                break
            self.due += 1 / self.rate

    def _multicast(self, file: GrowingLog) -> bool:
        """Multicast the next message; whether the daemon has taken it: it does not while it forms a ring.

        It is written down before that: whatever ends us, nobody delivers what nobody is known to have multicast.
        """
        if self.asked == self.sent:
            self.asked += 1
            file.write([{"event": "multicast", "payload": payload(self.cpg.address, self.asked)}])
        if self.cpg.multicast(message(self.cpg.address, self.asked)):
            self.sent = self.asked
        return self.sent == self.asked

    def _listen(self, file: GrowingLog, seconds: float) -> None:
        for event in self.cpg.told(seconds):
            file.write(self.log.lines(event))

    def _leave(self, file: GrowingLog) -> None:
        """Leave the group, and wait a moment for what is still delivered."""
        limit = time.monotonic() + LEAVING
        while not (asked := self.cpg.leave()) and time.monotonic() < limit:
            self._listen(file, TURN)  # its queue may be full of what it has to tell us
        if asked:
            file.write([{"event": "leave"}])
        while not self.log.over and time.monotonic() < limit:
            self._listen(file, TURN)
