"""A running `groupy explore`, and a client that talks to it: for the tests of what it answers and of what it refuses."""

from __future__ import annotations

import http.client
import json
import re
import socket
import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from email.message import Message
from typing import Any

from groupy_check.checker.interfaces.commands import explore
from groupy_check.checker.interfaces.commands.flags import CommandParser
from groupy_check.checker.interfaces.web import session
from groupy_check.checker.interfaces.web.http_server import PageServer

DEFAULT = ("--nodes", "3", "--messages", "2", "--crashes", "1")


def opened(*words: str) -> PageServer:
    parser = CommandParser()
    explore.add_flags(parser)
    return session.opened(explore.request_of(parser.parse_args(words)))


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Message
    body: str

    @property
    def json(self) -> dict[str, Any]:
        value: dict[str, Any] = json.loads(self.body)
        return value


class Client:
    """Talks to a server that serves."""

    def __init__(self, server: PageServer) -> None:
        self.server = server

    def send(self, method: str, path: str, body: bytes | str | None = None, **headers: str) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=5)
        try:
            names = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, body, names)
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read().decode())
        finally:
            connection.close()

    def post(self, body: bytes | str, **headers: str) -> Answer:
        usual = {"Content_Type": "application/json", "X_Groupy_Token": self.server.token}
        return self.send("POST", self.server.api, body, **{**usual, **headers})

    def events(self) -> Generator[dict[str, Any], None, None]:
        """What the server tells, one after the other."""
        connection, until = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=60), time.monotonic() + 60
        try:
            connection.request("GET", self.server.events)
            response = connection.getresponse()
            assert response.getheader("Content-Type") == "text/event-stream; charset=utf-8"
            while line := response.readline():
                assert time.monotonic() < until, "nothing that was waited for"
                if line.startswith(b"data: "):
                    yield json.loads(line.removeprefix(b"data: "))
        finally:
            connection.close()

    def ask(self, *lines: str, **wish: object) -> dict[str, Any]:
        answer = self.post(json.dumps({**question(*lines), **wish}))
        assert answer.status == 200
        return answer.json

    def document(self, *lines: str, **wish: object) -> dict[str, Any]:
        answer = self.ask(*lines, **wish)
        assert answer["error"] == ""
        document: dict[str, Any] = answer["document"]
        return document

    def error(self, *lines: str, **wish: object) -> str:
        answer = self.ask(*lines, **wish)
        assert answer["document"] is None
        text: str = answer["error"]
        assert "\n" not in text
        return text


def question(*lines: str) -> dict[str, object]:
    return {"lines": lines, "impl": "gms2", "flags": DEFAULT, "want": "run", "property": ""}


def serving(*words: str) -> Iterator[Client]:
    with opened(*words) as server:
        yield Client(server)


def raw(client: Client, text: str) -> Answer:
    """The answer to `text`, sent as it stands."""
    with socket.create_connection(("127.0.0.1", client.server.port), timeout=5) as connection:
        connection.sendall(text.encode("latin-1"))
        response = http.client.HTTPResponse(connection)
        response.begin()
        return Answer(response.status, response.headers, response.read().decode())


def lines_of(document: dict[str, Any]) -> list[str]:
    return [step["line"] for step in document["steps"]]


def shown(text: str) -> dict[str, Any]:
    """The run within the page."""
    found = re.search(r'<script type="application/json" id="[\w-]+">(.*?)</script>', text, re.DOTALL)
    assert found
    run: dict[str, Any] = json.loads(found[1])
    return run


def alive(running: Client) -> Iterator[Client]:
    """`running`, for one test, after which it still answers a good question."""
    yield running
    assert len(running.document("p1 crashes")["steps"]) == 1
