"""What the web server expects of a client before there is a request: that it comes soon, and that it is HTTP."""

from __future__ import annotations

import asyncio
import sys
from http import HTTPStatus

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

PATIENCE = 10.0  # seconds for the head of a request, and for its body
LINGERING = 1.0  # seconds that what still comes of a refused request is read
TEXT = "text/plain; charset=utf-8"


class PatientProtocol(H11Protocol):
    """One connection, for one request. A client that sends no whole head in time is let go.

    What is not HTTP is refused with a line of text. It is not closed at once, but read a little longer: closed over unread
    bytes, a connection can lose the answer on its way.
    """

    refused = False
    ending: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Begin to wait for a request."""
        super().connection_made(transport)
        self.ending = self.loop.call_later(PATIENCE, self._let_go)

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing any more."""
        if self.ending is not None:
            self.ending.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read, unless it is what is left of something refused."""
        if not self.refused:
            super().data_received(data)

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - the line is not taken from there
        """Refuse what h11 has just refused, in text; nothing of the request is in it."""
        error = sys.exc_info()[1]
        status = HTTPStatus(error.error_status_hint if isinstance(error, h11.RemoteProtocolError) else 400)
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            body = f"{status.phrase}\n".encode()
            length = [(b"content-type", TEXT.encode()), (b"content-length", str(len(body)).encode())]
            headers = [*self.server_state.default_headers, *length]
            head = h11.Response(status_code=status, headers=headers, reason=status.phrase.encode())
            for event in (head, h11.Data(data=body), h11.EndOfMessage()):
                self.transport.write(self.conn.send(event) or b"")
        self.refused = True
        if self.ending is not None:
            self.ending.cancel()
        self.ending = self.loop.call_later(LINGERING, self.transport.close)

    def _let_go(self) -> None:
        if self.cycle is None:
            self.transport.abort()
