"""The web server of `groupy explore` and `groupy live`: pages, an address for questions, and one that says what changes.

Only browsers' own defences stand between this server and other web pages that the user looks at, so each is used: it listens
on 127.0.0.1 alone; the Host must be its own (against DNS rebinding) and so must the Origin, if there is one; a question needs
the token a second time, in a header, and a content type that no plain form can send. Everything that is not expected is refused
with a line of text. OWASP, "Cross-Site Request Forgery Prevention Cheat Sheet"; WHATWG, "Fetch", CORS protocol.

HTTP itself is uvicorn's and Starlette's affair.
"""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import traceback
from collections.abc import Callable, Mapping
from contextlib import suppress
from http import HTTPStatus
from secrets import compare_digest, token_urlsafe
from types import TracebackType
from typing import Self

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send
from uvicorn import Config, Server

from groupy_check.checker.errors import UsageError
from groupy_check.checker.interfaces.web import connections
from groupy_check.checker.interfaces.web.connections import LINGERING, TEXT, PatientProtocol
from groupy_check.checker.interfaces.web.news import News

HOST = "127.0.0.1"
PORTS = range(1024, 2**16)
LARGEST_HEAD, LARGEST_BODY = 2**16, 2**20
SKIPPED = 2**23  # bytes of a refused body that are read
PARTING = 0.8  # seconds that the end of the server is waited for
HTML, JSON, EVENTS = "text/html; charset=utf-8", "application/json", "text/event-stream"
HEADERS = {
    "Cache-Control": "no-store",
    "Connection": "close",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",  # the address is the secret
    "Server": "groupy",
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


class PageServer:
    """Serves `page` at `address`, and at `api` what `answer` makes of the JSON that is posted there, from many threads at once.

    It listens at `port`, 0 for any free one, from the beginning, and serves in a thread of its own within a `with`. Both `page`
    and `answer` are to be set before that; `pages` are further ones, by what follows the address. Who listens at `events`
    gets the last of what was published, and then each that follows. `command` is what the user has started. Raises UsageError.
    """

    page: bytes
    answer: Answerer

    def __init__(self, port: int, command: str) -> None:
        self.listener = listening(port)
        self.port = int(self.listener.getsockname()[1])
        self.command, self.pages = command, dict[str, bytes]()
        self.token = token_urlsafe()
        self.path = f"/{self.token}/"
        self.api, self.events = f"{self.path}api", f"{self.path}events"
        self.hosts = [f"{name}:{self.port}" for name in (HOST, "localhost")]
        self.address = f"http://{self.hosts[0]}{self.path}"
        self.news, self.closed = News(), threading.Event()
        config = Config(
            self._app, interface="asgi3", lifespan="off", http=PatientProtocol, ws="none", access_log=False, log_config=None,
            log_level="critical", server_header=False, date_header=False, headers=list(HEADERS.items()),
            timeout_graceful_shutdown=0,
        )  # fmt: skip
        self.server = Server(config)
        self.thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)

    # --- its beginning and its end -----------------------------------------------------------------------------------

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """End it: nobody listens at its port any more, and answers that are still being made are for nobody."""
        self.server.should_exit = True
        if self.thread.is_alive():
            self.thread.join(PARTING)
        self.listener.close()
        self.closed.set()

    def wait(self) -> None:
        """Wait until it has ended."""
        self.closed.wait()

    def publish(self, value: object) -> None:
        """Let everybody who listens hear `value`, which is JSON; from any thread."""
        self.news.publish(json.dumps(value))

    async def _serve(self) -> None:
        self.news.begin()
        try:
            await self.server.serve(sockets=[self.listener])
            for connection in list(self.server.server_state.connections):
                connection.transport.abort()
            await asyncio.sleep(0)  # that happens at the next turn
        finally:
            self.closed.set()

    # --- a request ---------------------------------------------------------------------------------------------------

    async def _app(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, whatever its method."""
        try:
            response = await self._response(Request(scope, receive))
        except Refused as refusal:
            response = RefusalAnswer(f"{refusal.reason}\n", refusal.status, refusal.headers, TEXT)
        except ClientDisconnect:
            return
        await response(scope, receive, send)

    async def _response(self, request: Request) -> Response:
        """What is answered. Raises Refused."""
        check_head(request)
        self._check_sender(request.headers)
        path = bytes(request.scope["raw_path"])
        if same(path, self.api):
            check_method(request, "POST")
            return Response(await self._question(request), media_type=JSON)
        if same(path, self.events):
            check_method(request, "GET")
            return StreamingResponse(self.news.heard(), media_type=EVENTS)
        for name, page in [("", self.page), *self.pages.items()]:
            if same(path, f"{self.path}{name}"):
                check_method(request, "GET")
                return Response(page, media_type=HTML)
        raise Refused(HTTPStatus.NOT_FOUND, f"there is nothing here; use the whole address that {self.command} printed")

    def _check_sender(self, headers: Headers) -> None:
        if headers.getlist("Host") not in ([host] for host in self.hosts):
            raise Refused(HTTPStatus.FORBIDDEN, f"the Host header must be {self.hosts[0]}")
        origins = headers.getlist("Origin")
        if origins and origins not in ([f"http://{host}"] for host in self.hosts):
            raise Refused(HTTPStatus.FORBIDDEN, "another web page may not ask this server")

    async def _question(self, request: Request) -> bytes:
        """The answer to the question in the body. Raises Refused."""
        if not same(request.headers.get("X-Groupy-Token", "").encode("latin-1"), self.token):
            raise Refused(HTTPStatus.FORBIDDEN, "the header X-Groupy-Token must hold the token of the address")
        if request.headers.get("Content-Type", "").partition(";")[0].strip().lower() != JSON:
            raise Refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"the Content-Type must be {JSON}")
        question = read_json(await read_body(request))
        try:
            return await in_thread(lambda: json.dumps(self.answer(question)).encode())
        except Refused:
            raise
        except Exception as error:
            # A user's own protocol may raise anything, anywhere: this answer is lost, but the server goes on.
            traceback.print_exception(error)
            reason = f"internal error ({type(error).__name__}): see the terminal that {self.command} runs in"
            raise Refused(HTTPStatus.INTERNAL_SERVER_ERROR, reason) from error


class RefusalAnswer(Response):
    """What is answered to a request that is refused; what is left of its body is read before the connection is closed.

    Closed over unread bytes, a connection can lose the answer on its way.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - the base class's
        """Send it."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": self.body, "more_body": True})
        with suppress(TimeoutError):
            async with asyncio.timeout(LINGERING):
                left = SKIPPED
                while left > 0 and (message := await receive()).get("more_body"):
                    left -= len(message["body"])
        await send({"type": "http.response.body", "body": b"", "more_body": False})


def listening(port: int) -> socket.socket:
    """A socket that listens at `port` of this machine alone, 0 for any that is free. Raises UsageError."""
    if port and port not in PORTS:
        raise UsageError(f"--port {port}: choose one from {PORTS[0]} to {PORTS[-1]}, or 0 for any that is free")
    listener = socket.socket()
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, port))
        listener.listen()
    except OSError as error:
        listener.close()
        raise UsageError(f"--port {port}: {error.strerror or error}; leave it out for any that is free") from error
    return listener


def check_head(request: Request) -> None:
    """Raises Refused for a head that is too long; h11 refuses that while it is incomplete."""
    if sum(len(name) + len(value) for name, value in request.headers.raw) > LARGEST_HEAD:
        status = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
        raise Refused(status, status.phrase)


def check_method(request: Request, method: str) -> None:
    """Raises Refused for a request with another method."""
    if request.method != method:
        raise Refused(HTTPStatus.METHOD_NOT_ALLOWED, f"this address takes {method} only", {"Allow": method})


async def read_body(request: Request) -> bytes:
    """The body of `request`. Raises Refused."""
    length = request.headers.get("Content-Length")
    if length is None:
        raise Refused(HTTPStatus.LENGTH_REQUIRED, "the Content-Length is missing")
    if int(length) > LARGEST_BODY:  # h11 has seen to it that it is a number, of few digits
        raise Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"the body may have at most {LARGEST_BODY:,} bytes")
    try:
        async with asyncio.timeout(connections.PATIENCE):
            return await request.body()
    except TimeoutError as error:
        raise Refused(HTTPStatus.REQUEST_TIMEOUT, "the body did not come in time") from error


def read_json(body: bytes) -> object:
    """The value that `body` holds. Raises Refused."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Refused(HTTPStatus.BAD_REQUEST, "the body is not JSON") from error


def same(one: bytes, other: str) -> bool:
    """Whether the two are equal; the time that this takes does not reveal where they differ."""
    return compare_digest(one, other.encode())


async def in_thread(work: Callable[[], bytes]) -> bytes:
    """What `work` returns or raises, in a thread that nobody waits for at the end of the program: it may not return at all."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[tuple[bytes, Exception | None]] = loop.create_future()

    def run() -> None:
        found: tuple[bytes, Exception | None]
        try:
            found = work(), None
        except Exception as error:  # noqa: BLE001 - it is raised below
            found = b"", error
        except BaseException as error:  # noqa: BLE001 - a user's code may end its thread; the page waits for an answer
            found = b"", RuntimeError(f"{type(error).__name__}: {error}")
        with suppress(RuntimeError):  # the server has ended
            loop.call_soon_threadsafe(give, found)

    def give(found: tuple[bytes, Exception | None]) -> None:
        if not done.cancelled():
            done.set_result(found)

    threading.Thread(target=run, daemon=True).start()
    result, failed = await done
    if failed is not None:
        raise failed
    return result
