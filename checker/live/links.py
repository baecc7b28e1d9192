"""TCP connections on loopback, one for each ordered pair of nodes, and how messages are framed in them.

Whoever writes to a connection never reads from it: so an end that is closed, by whatever death, is a proper end of the stream
behind everything that was sent. A connection with unread data in both directions would be reset instead.
"""

from __future__ import annotations

import json
import select
import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import suppress

from groupy_check.checker.live.mailbox import Envelope
from groupy_check.checker.live.values import decoded, encoded
from groupy_check.groupy_model.node import Node

HOST = "127.0.0.1"
HEAD = struct.Struct(">I")
CHUNK = 2**16


def connections(count: int) -> Iterator[tuple[socket.socket, socket.socket]]:
    """So many connections, each as the end that writes and the end that reads. No port stays open."""
    with socket.create_server((HOST, 0), backlog=1) as listener:
        for _ in range(count):
            writer = socket.create_connection(listener.getsockname())
            reader, address = listener.accept()
            while address != writer.getsockname():  # somebody else on this machine
                reader.close()
                reader, address = listener.accept()
            writer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            writer.setblocking(False)
            reader.setblocking(False)
            yield writer, reader


def frame_of(envelope: Envelope) -> bytes:
    """The bytes of a message on its way. Raises ProtocolError when it cannot travel."""
    body = json.dumps(
        [envelope.epoch, envelope.lamport, *envelope.sent, encoded(envelope.entry)], separators=(",", ":")
    ).encode()
    return HEAD.pack(len(body)) + body


class IncomingLink:
    """The connection over which `source` sends."""

    def __init__(self, source: Node, reader: socket.socket) -> None:
        self.source, self.reader = source, reader
        self.buffer = bytearray()

    def read(self) -> tuple[list[Envelope], bool]:
        """The messages that have arrived as a whole, and whether the connection has ended."""
        ended = False
        try:
            while chunk := self.reader.recv(CHUNK):
                self.buffer += chunk
            ended = True
        except BlockingIOError:
            pass
        except OSError:
            ended = True
        return list(self._letters()), ended

    def _letters(self) -> Iterator[Envelope]:
        while len(self.buffer) >= HEAD.size:
            (size,) = HEAD.unpack_from(self.buffer)
            if len(self.buffer) < HEAD.size + size:
                return
            epoch, lamport, step, effect, message = json.loads(self.buffer[HEAD.size : HEAD.size + size])
            del self.buffer[: HEAD.size + size]
            yield Envelope(self.source, decoded(message), epoch, lamport, (step, effect))


def write(writer: socket.socket, frame: bytes, meanwhile: Callable[[float], None]) -> None:
    """Hand the whole `frame` to the operating system; where its buffers are full, wait for the receiver.

    While it waits, `meanwhile` is called for what else is to be done, with the seconds that this may take. What is sent to a
    process that has ended vanishes.
    """
    left = memoryview(frame)
    with suppress(BrokenPipeError, ConnectionResetError):
        while left:
            try:
                left = left[writer.send(left) :]
            except BlockingIOError:
                meanwhile(0.0)
                select.select([], [writer], [], 0.01)
