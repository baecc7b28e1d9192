"""The web server of `groupy explore`: one page and one address for questions, for those on this machine who know the token.

Only browsers' own defences stand between this server and other web pages that the user looks at, so each is used: it listens
on 127.0.0.1 alone; the Host must be its own (against DNS rebinding) and so must the Origin, if there is one; a question needs
the token a second time, in a header, and a content type that no plain form can send. Everything that is not expected is refused
with a line of text. OWASP, "Cross-Site Request Forgery Prevention Cheat Sheet"; WHATWG, "Fetch", CORS protocol.
"""

from __future__ import annotations

import json
import socketserver
import sys
import traceback
from collections.abc import Callable, Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from secrets import compare_digest, token_urlsafe

HOST = "127.0.0.1"
PATIENCE = 10.0  # seconds that a client may be silent
LARGEST_BODY = 2**20
SKIPPED = 2**23  # bytes of a refused body that are read
TEXT, HTML, JSON = "text/plain; charset=utf-8", "text/html; charset=utf-8", "application/json"
HEADERS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",  # the address is the secret
    "X-Content-Type-Options": "nosniff",
}
NO_HEADERS: Mapping[str, str] = {}
Answerer = Callable[[object], object]


class Refused(Exception):  # noqa: N818  (not an error of this program)
    """A request that is answered with `status`, and with `reason`, one line that contains nothing of the request.

    `headers` are what that status needs besides.
    """

    def __init__(self, status: HTTPStatus, reason: str, headers: Mapping[str, str] = NO_HEADERS) -> None:
        super().__init__(reason)
        self.status, self.reason, self.headers = status, reason, headers


class PageServer(ThreadingHTTPServer):
    """Serves `page` at `address`, and at `api` what `answer` makes of the JSON that is posted there, from many threads at once.

    `port` 0 is any free one; OSError when it cannot be had. `page` is to be set before it is served.
    """

    daemon_threads = True

    def __init__(self, port: int, answer: Answerer) -> None:
        super().__init__((HOST, port), PageHandler)
        self.answer, self.page, self.token = answer, b"", token_urlsafe()
        self.path, self.api = f"/{self.token}/", f"/{self.token}/api"
        self.hosts = [f"{name}:{self.server_port}" for name in (HOST, "localhost")]
        self.address = f"http://{self.hosts[0]}{self.path}"

    def server_bind(self) -> None:
        # HTTPServer's own method asks the name service for the name of this machine, which can take long.
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = HOST, self.server_address[1]

    def handle_error(self, request: object, client_address: object) -> None:  # noqa: ARG002  (the base class's names)
        """Ignore clients that have gone away."""
        if not isinstance(sys.exc_info()[1], OSError):
            traceback.print_exc()


class PageHandler(BaseHTTPRequestHandler):
    """One request on one connection, which is closed after it."""

    server: PageServer
    timeout = PATIENCE
    unread = 0  # how much of the body that was announced has not been read

    def serve(self) -> None:
        """Answer the request, whatever its method."""
        try:
            kind, body = self._answer()
            self._send(HTTPStatus.OK, kind, body)
        except Refused as refusal:
            self._send(refusal.status, TEXT, f"{refusal.reason}\n".encode(), refusal.headers)
            self._skip()

    do_GET = do_POST = do_HEAD = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = do_TRACE = do_CONNECT = serve  # noqa: N815

    def _answer(self) -> tuple[str, bytes]:
        """What is answered, and its content type. Raises Refused."""
        length = self.headers.get("Content-Length", "")
        self.unread = int(length) if length.isdecimal() and len(length) < 10 else 0
        self._check_sender()
        path = self.path.partition("?")[0]
        if same(path, self.server.path):
            self._check_method("GET")
            return HTML, self.server.page
        if same(path, self.server.api):
            self._check_method("POST")
            return JSON, self._question(length)
        raise Refused(HTTPStatus.NOT_FOUND, "there is nothing here; use the whole address that groupy explore printed")

    def _check_sender(self) -> None:
        if self.headers.get_all("Host", []) not in ([host] for host in self.server.hosts):
            raise Refused(HTTPStatus.FORBIDDEN, f"the Host header must be {self.server.hosts[0]}")
        origins = self.headers.get_all("Origin", [])
        if origins and origins not in ([f"http://{host}"] for host in self.server.hosts):
            raise Refused(HTTPStatus.FORBIDDEN, "another web page may not ask this server")

    def _check_method(self, method: str) -> None:
        if self.command != method:
            raise Refused(HTTPStatus.METHOD_NOT_ALLOWED, f"this address takes {method} only", {"Allow": method})

    def _question(self, length: str) -> bytes:
        """The answer to the question in the body. Raises Refused."""
        if not same(self.headers.get("X-Groupy-Token", ""), self.server.token):
            raise Refused(HTTPStatus.FORBIDDEN, "the header X-Groupy-Token must hold the token of the address")
        if self.headers.get_content_type() != JSON:
            raise Refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"the Content-Type must be {JSON}")
        question = read_json(self._body(length))
        try:
            return json.dumps(self.server.answer(question)).encode()
        except Refused:
            raise
        except Exception as error:
            # A user's own protocol may raise anything, anywhere: this answer is lost, but the server goes on.
            traceback.print_exc()
            reason = f"internal error ({type(error).__name__}): see the terminal that groupy explore runs in"
            raise Refused(HTTPStatus.INTERNAL_SERVER_ERROR, reason) from error

    def _body(self, length: str) -> bytes:
        if not length:
            raise Refused(HTTPStatus.LENGTH_REQUIRED, "the Content-Length is missing")
        if not length.isdecimal():
            raise Refused(HTTPStatus.BAD_REQUEST, "the Content-Length must be a number")
        if len(length) >= 10 or self.unread > LARGEST_BODY:
            raise Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"the body may have at most {LARGEST_BODY:,} bytes")
        body = self.rfile.read(self.unread)
        self.unread = 0
        return body

    def _skip(self) -> None:
        """Read what is left of a refused body: closed over unread bytes, a connection can lose the answer on its way."""
        self.connection.settimeout(1.0)
        left = min(self.unread, SKIPPED)
        while left and (chunk := self.rfile.read(min(left, 2**16))):
            left -= len(chunk)

    def _send(self, status: HTTPStatus, kind: str, body: bytes, headers: Mapping[str, str] = NO_HEADERS) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **HEADERS, **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:  # noqa: ARG002
        """Send the base class's own refusals, of what is not HTTP, as text too."""
        status = HTTPStatus(code)
        self._send(status, TEXT, f"{status.phrase}\n".encode())

    def version_string(self) -> str:
        """What the Server header says."""
        return "groupy"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (the base class's name)
        """Log nothing: the terminal belongs to the user."""


def same(one: str, other: str) -> bool:
    """Whether the texts are equal; the time that this takes does not reveal where they differ."""
    return compare_digest(one.encode("utf-8", "replace"), other.encode())


def read_json(body: bytes) -> object:
    """The value that `body` holds. Raises Refused."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Refused(HTTPStatus.BAD_REQUEST, "the body is not JSON") from error
