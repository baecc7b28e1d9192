"""One node of a live run: an operating-system process that calls the protocol's `step` and really does what it answers.

Its local half is that of the reference semantics, `Transitions.alone` above all; what concerns other processes goes over TCP
(`links.py`), and what has arrived is kept as the model keeps it (`mailbox.py`). Between two handlers it applies what the
controller announces of the network.
"""

from __future__ import annotations

import json
import os
import selectors
import signal
import socket
import time
from collections.abc import Hashable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from random import Random
from select import select
from typing import Any

from groupy_check.checker.errors import ProtocolError
from groupy_check.checker.live.links import IncomingLink, frame_of, write
from groupy_check.checker.live.log import LogFile, effect_line, flat, handler_line, view_line
from groupy_check.checker.live.mailbox import Envelope, Mailbox
from groupy_check.checker.live.network import Joined, Restarted, change_of_json
from groupy_check.checker.live.stable_storage import StableStorage
from groupy_check.checker.semantics.transitions import Transitions
from groupy_check.groupy_model.actions import Handle, Suspect
from groupy_check.groupy_model.effects import Demonitor, Effect, Halt, Install, Monitor, Send, SetTimer, Store
from groupy_check.groupy_model.events import Down, Event, Join, Leave, Multicast, Receive, Recover, Timeout
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.observations import Installed, Status
from groupy_check.groupy_model.payloads import Change
from groupy_check.groupy_model.protocol import Step
from groupy_check.groupy_model.system import Notice, Process

LOOK_AGAIN = 0.5  # seconds
TOLD_EVERY = 0.05  # seconds between two reports to the controller
REMEMBERED = 20_000  # calls of handlers
PACKET = 2**18


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast things happen: the mean time between two multicasts of a node (None: only on command), and a timer's time."""

    multicasts: float | None = 1.0
    timer: float = 0.5


class LiveNode:
    """The node `me` in the state `process`, with its connections and what it knows of the network."""

    def __init__(
        self, me: Node, process: Process, semantics: Transitions, mailbox: Mailbox, control: socket.socket, log: LogFile,
        pace: Pace, random: Random,
    ) -> None:  # fmt: skip
        self.me, self.process, self.semantics, self.mailbox = me, process, semantics, mailbox
        self.control, self.log, self.pace, self.random = control, log, pace, random
        self.storage = StableStorage(log.directory, me)
        self.writers: dict[Node, socket.socket] = {}
        self.selector = selectors.DefaultSelector()
        self.selector.register(control, selectors.EVENT_READ, None)
        self.deadlines = {timer: time.monotonic() + pace.timer for timer in sorted(process.timers)}
        self.wishes: list[Event] = []  # what the application asks for, as soon as the protocol takes it
        self.lamport, self.steps, self.delivered = 0, 0, 0
        self.doomed: int | None = None  # it dies in its next broadcast, after so many messages; 0: chance decides
        self.told, self.news, self.view = 0.0, True, ""
        self.quiet = False
        self.next_multicast = self._draw()

    def connect(self, peer: Node, writer: socket.socket, reader: socket.socket) -> None:
        """Use these connections with `peer`."""
        if peer in self.writers:
            self.writers[peer].close()
        self.writers[peer] = writer
        self.selector.register(reader, selectors.EVENT_READ, IncomingLink(peer, reader))

    def found(self, channels: Mapping[Node, Sequence[object]]) -> None:
        """Begin as a founder, with what the formation has left in `channels`."""
        self.log.write("start")
        for entry in self.process.log:
            if isinstance(entry, Installed):
                self.view = str(entry.view)
                self.log.write(**view_line(entry.view))
        self.mailbox.watching |= self.process.watching
        self.mailbox.envelopes += [Envelope(source, entry) for source, entries in channels.items() for entry in entries]

    def join(self, contact: Node) -> None:
        """Begin as a joiner. Raises ProtocolError when the protocol refuses."""
        self.lamport = -1
        if not self._handle(Join(contact)):
            raise ProtocolError(f"it refuses to join through {contact}")

    def recover(self, stored: Hashable, steps: int) -> None:
        """Begin again after a crash, with what was `stored`, and after so many steps. Raises ProtocolError when refused."""
        self.steps, self.lamport = steps, -1
        if not self._handle(Recover(stored)):
            raise ProtocolError(f"it refuses to come back with {flat(stored)}")

    def run(self) -> None:
        """Go on until the controller ends it, or the protocol."""
        while self.process.status is Status.UP:
            self._listen(0.0 if self._act() else self._idle())
        self._tell()

    # --- what it does next -------------------------------------------------------------------------------------------

    def _act(self) -> bool:
        """Handle one event if there is one that the protocol takes. Returns whether it has."""
        self.mailbox.settle(time.monotonic())
        if self.process.asks and self._handle(Multicast(self.process.asks[0])):
            return True
        for wish in self.wishes:
            if self._handle(self._meant(wish)):
                self.wishes.remove(wish)
                return True
        for envelope in self.mailbox.offered():
            event: Event = Down(envelope.source) if envelope.entry is Notice.DOWN else Receive(envelope.source, envelope.entry)
            if self._handle(event, envelope):
                return True
        if any(self._handle(Down(other), suspicion=True) for other in sorted(self.mailbox.suspects)):
            return True
        now = time.monotonic()
        if any(self._handle(Timeout(timer)) for timer in sorted(self.deadlines) if self.deadlines[timer] <= now):
            return True
        if not self.quiet and self.next_multicast is not None and self.next_multicast <= now:
            self.next_multicast = self._draw()
            return self._handle(self._meant(Multicast(None)))
        return False

    def _meant(self, wish: Event) -> Event:
        return Multicast(Change(self.me, self.process.asked + 1)) if isinstance(wish, Multicast) else wish

    def _draw(self) -> float | None:
        mean = self.pace.multicasts
        return None if mean is None else time.monotonic() + self.random.expovariate(1 / mean)

    def _handle(self, event: Event, envelope: Envelope | None = None, *, suspicion: bool = False) -> bool:
        """Handle `event`, and do what the protocol answers. Returns False when it does not take the event now."""
        outcomes = self.semantics.handle(self.process.local, event)
        if outcomes is None:
            return False
        chosen = self.random.randrange(len(outcomes)) if len(outcomes) > 1 else 0
        step = outcomes[chosen]
        effects = self.semantics.effects_of(step)
        action: Handle | Suspect = Handle(self.me, event, chosen)
        if isinstance(event, Down) and suspicion:
            action = Suspect(self.me, event.node, chosen)
        self.steps, self.lamport = self.steps + 1, max(self.lamport, envelope.lamport if envelope else 0) + 1
        line = handler_line(action, step, effects, envelope)
        self.log.write(**line, step=self.steps, epoch=self.mailbox.epoch, lamport=self.lamport)
        self._consume(event, envelope, suspicion)
        self._take(step, effects)
        if len(self.semantics.handle.memo) > REMEMBERED:
            self.semantics.handle.memo.clear()
        return True

    def _consume(self, event: Event, envelope: Envelope | None, suspicion: bool) -> None:
        """As `Transitions.apply` does before it runs the handler."""
        match event:
            case Join() | Recover():
                self.process = self.semantics.started(self.me, self.process)
            case Multicast(payload) if self.process.asks and self.process.asks[0] == payload:
                self.process = replace(self.process, asks=self.process.asks[1:])
            case Multicast():
                self.process = replace(self.process, asked=self.process.asked + 1)
            case Timeout(timer):
                del self.deadlines[timer]
                self.process = replace(self.process, timers=self.process.timers - {timer})
            case Down(node) if suspicion:
                self.mailbox.suspect(node)
        if envelope is not None:
            self.mailbox.take(envelope)

    def _take(self, step: Step, effects: tuple[Effect, ...]) -> None:
        """Perform the effects of `step`, and note each."""
        self.process = self.process.after(step.state, ())
        last, sent = self._last(effects), 0
        for number, effect in enumerate(effects):
            if last is not None and sent == last and isinstance(effect, Send):
                os.kill(os.getpid(), signal.SIGKILL)
            self._perform(effect, number)
            sent += isinstance(effect, Send)
            self.log.write(**effect_line(effect), step=self.steps, effect=number)
        for timer in self.process.timers - self.deadlines.keys():
            self.deadlines[timer] = time.monotonic() + self.pace.timer
        self.deadlines = {timer: at for timer, at in self.deadlines.items() if timer in self.process.timers}
        self.news = True

    def _last(self, effects: tuple[Effect, ...]) -> int | None:
        """After how many messages this handler's process is to die; None: not in this handler."""
        sends = sum(isinstance(effect, Send) for effect in effects)
        if self.doomed is None or sends < 2 or sends <= self.doomed:
            return None
        return self.doomed or self.random.randrange(1, sends)

    def _perform(self, effect: Effect, number: int) -> None:
        match effect:
            case Send(to, message):
                self._send(Node(to), Envelope(self.me, message, self.mailbox.epoch, self.lamport, (self.steps, number)))
            case Monitor(node):
                self.mailbox.monitor(Node(node))
            case Demonitor(node):
                self.mailbox.demonitor(Node(node))
            case Halt():
                self.process = replace(self.process, status=Status.HALTED)
            case Store(value):
                self.storage.write(value, (self.steps, number))
            case SetTimer(timer) if timer in self.deadlines and timer not in self.process.timers:
                del self.deadlines[timer]  # cancelled by the same handler, and set again
                self.process = self.semantics.alone(self.process, effect)
            case _:
                self.process = self.semantics.alone(self.process, effect)
                if isinstance(effect, Install):
                    self.view = str(effect.view)

    def _send(self, to: Node, envelope: Envelope) -> None:
        if to == self.me:
            self.mailbox.envelopes.append(envelope)
        elif self.mailbox.reaches(to) and to in self.writers:
            write(self.writers[to], frame_of(envelope), self._read)

    # --- what it hears -----------------------------------------------------------------------------------------------

    def _idle(self) -> float:
        """How long nothing may happen unless something arrives."""
        times = [*self.deadlines.values(), self.mailbox.next_time(), None if self.quiet else self.next_multicast]
        now = time.monotonic()
        if self.news:
            times.append(self.told + TOLD_EVERY)
        return max(0.0, min([LOOK_AGAIN, *(at - now for at in times if at is not None and at > now)]))

    def _listen(self, seconds: float) -> None:
        """Read what has arrived, waiting so long for it, and do what the controller says."""
        self._read(seconds)
        self._obey()
        if self.news and time.monotonic() >= self.told + TOLD_EVERY:
            self._tell()

    def _read(self, seconds: float) -> None:
        """Read what has arrived from the others."""
        for key, _ in self.selector.select(seconds):
            if key.data is not None:
                self._read_link(key.data)

    def _read_link(self, link: IncomingLink) -> None:
        envelopes, ended = link.read()
        for envelope in envelopes:
            self.mailbox.arrive(envelope, time.monotonic())
        if ended:
            self.selector.unregister(link.reader)
            self.mailbox.end(link.source)

    def _read_to_the_end(self, source: Node) -> None:
        """Read all that `source` has sent, which has ended: it is here, and so is the end of the connection."""
        links = [key.data for key in self.selector.get_map().values() if key.data is not None and key.data.source == source]
        for link in links:
            while link.reader in self.selector.get_map() and select([link.reader], [], [], LOOK_AGAIN)[0]:
                self._read_link(link)

    def _obey(self) -> None:
        while True:
            try:
                data, descriptors, _, _ = socket.recv_fds(self.control, PACKET, 2)
            except BlockingIOError:
                return
            except OSError:
                data, descriptors = b"", []
            if not data:  # the controller is gone
                os._exit(0)
            self._command(json.loads(data), [socket.socket(fileno=descriptor) for descriptor in descriptors])

    def _command(self, data: dict[str, Any], ends: list[socket.socket]) -> None:
        match data:
            case {"epoch": int(epoch)}:
                change = change_of_json(data)
                self.mailbox.apply(epoch, change)
                if isinstance(change, Joined | Restarted):
                    self.connect(change.node, ends[0], ends[1])
                self._report({"epoch": epoch})
            case {"do": "multicast"}:
                self.wishes.append(Multicast(None))
            case {"do": "leave"}:
                self.wishes.append(Leave())
            case {"do": "tell last sent", "of": int(peer)}:
                self._read_to_the_end(Node(peer))
                self._report({"seen": self.mailbox.last_sent(Node(peer))})
            case {"do": "die", "after": int(after)}:
                self.doomed = after
            case {"do": "slow", "peer": int(peer), "seconds": float(seconds)}:
                self.mailbox.links[Node(peer)].delay = seconds
            case {"do": "quiet", "quiet": bool(quiet)}:
                self.quiet = quiet
            case {"do": "stop"}:
                os._exit(0)
        self.news = True

    def _tell(self) -> None:
        worker = self.process.worker
        waiting = [
            *self.mailbox.envelopes,
            *(envelope for inbox in self.mailbox.links.values() for _, envelope in inbox.waiting),
        ]
        self.told, self.news = time.monotonic(), False
        self._report(
            {
                "colour": worker.colour if worker else None,
                "view": self.view,
                "role": type(self.process.local).__name__,
                "queued": len(waiting),
                "steps": self.steps,
            }
        )

    def _report(self, said: dict[str, Any]) -> None:
        with suppress(OSError):
            self.control.send(json.dumps(said).encode())
