"""What the server of `groupy explore` refuses, and that it goes on after each refusal and beside slow clients."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest

from groupy_check.checker.interfaces.web.http_server import LARGEST_BODY, PageServer
from tests.counterexamples.test_moments import BROKEN
from tests.support.live import Answer, Client, alive, question, raw, serving


@pytest.fixture(scope="module")
def running() -> Iterator[Client]:
    yield from serving()


@pytest.fixture
def client(running: Client) -> Iterator[Client]:
    yield from alive(running)


# --- what is refused -----------------------------------------------------------------------------------------------------


def refused(answer: Answer, status: int, reason: str) -> None:
    assert (answer.status, answer.body) == (status, f"{reason}\n")
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"


NOTHING = "there is nothing here; use the whole address that groupy explore printed"


@pytest.mark.parametrize(
    "path",
    ["/", "/{token}", "/{token}/../", "/{token}/../../etc/passwd", "/{token}/%2e%2e/", "/{other}/", "/{other}/api",
     "/{token}/api/", "/{token}/page.js", "http://127.0.0.1/{token}/", "/{token}/api/../api", "/{token}/events/",
     "/{other}/events"],
)  # fmt: skip
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_other_paths_lead_nowhere(method, path, client):
    real = path.format(token=client.server.token, other=client.server.token[::-1])
    refused(raw(client, f"{method} {real} HTTP/1.1\r\nHost: {client.server.hosts[0]}\r\n\r\n"), 404, NOTHING)


@pytest.mark.parametrize("token", [None, "", "wrong", "\xe9"])
def test_the_token_must_come_a_second_time(token, client):
    headers = {} if token is None else {"X_Groupy_Token": token}
    answer = client.send("POST", client.server.api, json.dumps(question()), Content_Type="application/json", **headers)
    refused(answer, 403, "the header X-Groupy-Token must hold the token of the address")


@pytest.mark.parametrize(
    "host", ["example.org", "127.0.0.1", "localhost:1", "127.0.0.1:{port}.example.org", "0.0.0.0:{port}", ""]
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_foreign_host_is_refused(method, host, client):
    path = client.server.path if method == "GET" else client.server.api
    answer = client.send(method, path, Host=host.format(port=client.server.port))
    refused(answer, 403, f"the Host header must be 127.0.0.1:{client.server.port}")


def test_a_missing_host_or_a_second_one_is_refused(client):
    # RFC 9112, 3.2: with status 400.
    own = f"Host: {client.server.hosts[0]}\r\n"
    for headers in ("", own * 2):
        refused(raw(client, f"GET {client.server.path} HTTP/1.1\r\n{headers}\r\n"), 400, "Bad Request")


@pytest.mark.parametrize(
    "origin", ["null", "http://example.org", "https://127.0.0.1:{port}", "http://127.0.0.1:1", "http://localhost", ""]
)
def test_a_foreign_origin_is_refused(origin, client):
    text = origin.format(port=client.server.port)
    for answer in (client.send("GET", client.server.path, Origin=text), client.post(json.dumps(question()), Origin=text)):
        refused(answer, 403, "another web page may not ask this server")


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])
def test_the_pages_own_host_and_origin_are_taken(name, client):
    host = f"{name}:{client.server.port}"
    assert client.post(json.dumps(question()), Host=host, Origin=f"http://{host}").status == 200
    assert client.send("GET", f"{client.server.path}?x=1", Host=host).status == 200


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "POST"])
def test_the_page_can_only_be_got(method, client):
    answer = client.send(method, client.server.path)
    refused(answer, 405, "this address takes GET only")
    assert answer.headers["Allow"] == "GET"


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "HEAD", "POST", "BREW"])
def test_events_can_only_be_got(method, client):
    answer = client.send(method, client.server.events)
    assert (answer.status, answer.headers["Allow"]) == (405, "GET")


def test_events_are_for_the_page_alone(client):
    refused(
        client.send("GET", client.server.events, Origin="http://example.org"), 403, "another web page may not ask this server"
    )
    foreign = client.send("GET", client.server.events, Host="example.org")
    refused(foreign, 403, f"the Host header must be 127.0.0.1:{client.server.port}")


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "GET"])
def test_questions_can_only_be_posted(method, client):
    answer = client.send(method, client.server.api)
    refused(answer, 405, "this address takes POST only")
    assert answer.headers["Allow"] == "POST"


def test_an_answer_to_head_has_no_body(client):
    answer = client.send("HEAD", client.server.path)
    assert (answer.status, answer.body) == (405, "")


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "", "json"])
def test_another_content_type_is_refused(kind, client):
    refused(client.post(json.dumps(question()), Content_Type=kind), 415, "the Content-Type must be application/json")


def test_a_content_type_may_name_its_character_set(client):
    assert client.post(json.dumps(question()), Content_Type="application/json; charset=utf-8").status == 200


def test_a_large_body_is_refused_although_all_of_it_is_sent(client):
    refused(client.post(b" " * (LARGEST_BODY + 1)), 413, "the body may have at most 1,048,576 bytes")
    assert client.post(json.dumps(question()).encode().ljust(LARGEST_BODY)).status == 200


@pytest.mark.parametrize(
    ("length", "status", "reason"),
    [
        (None, 411, "the Content-Length is missing"),
        ("", 400, "Bad Request"),
        ("-1", 400, "Bad Request"),
        ("1e3", 400, "Bad Request"),
        ("9" * 20, 413, "the body may have at most 1,048,576 bytes"),
        ("9" * 5000, 400, "Bad Request"),
    ],
)
def test_a_length_that_says_nothing_is_refused(length, status, reason, client):
    own = f"Host: {client.server.hosts[0]}\r\nX-Groupy-Token: {client.server.token}\r\nContent-Type: application/json\r\n"
    told = "" if length is None else f"Content-Length: {length}\r\n"
    refused(raw(client, f"POST {client.server.api} HTTP/1.1\r\n{own}{told}\r\n"), status, reason)


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b'{"lines": 1' + b"0" * 5000 + b"}", b"NaN-"])
def test_what_is_no_json_is_refused(body, client):
    refused(client.post(body), 400, "the body is not JSON")


NAMES = "the body must be an object with lines, impl, flags, want, property"
TEXTS = "impl, want and property must be strings"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"lines": "p1 crashes"}, "lines must be a list of strings"),
        ({"lines": [1]}, "lines must be a list of strings"),
        ({"flags": None}, "flags must be a list of strings"),
        ({"flags": {"--nodes": "3"}}, "flags must be a list of strings"),
        ({"impl": 2}, TEXTS),
        ({"property": None}, TEXTS),
        ({"want": ["run"]}, TEXTS),
        ({"want": "delete"}, 'want must be "run" or "search"'),
        ({"file": "/etc/passwd"}, NAMES),
    ],
)
def test_wrong_types_are_refused(change, reason, client):
    refused(client.post(json.dumps({**question(), **change})), 400, reason)


@pytest.mark.parametrize("value", [None, 3, "run", [], {}, [question()], {"lines": []}])
def test_what_is_no_question_is_refused(value, client):
    refused(client.post(json.dumps(value)), 400, NAMES)


def test_what_is_no_http_is_refused_in_text_too(client):
    for text in (
        "GET /\xe9/ HTTP/1.1\r\nHost: x\r\n\r\n",
        "BREW /pot\r\n\r\n",
        "\x16\x03\x01\r\n\r\n",
        "GET / HTTP/1.1\r\n: x\r\n\r\n",
    ):
        refused(raw(client, text), 400, "Bad Request")


@pytest.mark.parametrize("end", ["", "\r\n\r\n"])
def test_a_long_head_is_refused(end, client):
    refused(raw(client, f"GET / HTTP/1.1\r\nHost: {'x' * 70_000}{end}"), 431, "Request Header Fields Too Large")


# --- many at once --------------------------------------------------------------------------------------------------------


def test_a_slow_client_blocks_nobody(client, capsys):
    head = f"POST {client.server.api} HTTP/1.1\r\nHost: {client.server.hosts[0]}\r\nX-Groupy-Token: {client.server.token}\r\n"
    slow = [f"{head}Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{{", head, "G", ""]
    connections = [socket.create_connection(("127.0.0.1", client.server.port), timeout=5) for _ in slow]
    try:
        for connection, text in zip(connections, slow, strict=True):
            connection.sendall(text.encode())
        assert len(client.document("p1 crashes")["steps"]) == 1
    finally:
        for connection in connections:
            connection.close()
    assert client.send("GET", client.server.path).status == 200
    assert capsys.readouterr().err == ""


def test_a_client_that_is_silent_for_too_long_is_let_go(client, monkeypatch):
    monkeypatch.setattr("groupy_check.checker.interfaces.web.connections.PATIENCE", 0.05)
    head = f"POST {client.server.api} HTTP/1.1\r\nHost: {client.server.hosts[0]}\r\nX-Groupy-Token: {client.server.token}\r\n"
    told = {
        "": b"",
        "GET": b"",
        head: b"",
        f"{head}Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{{": b"HTTP/1.1 408 Request Timeout\r\n",
    }
    for text, answer in told.items():
        with socket.create_connection(("127.0.0.1", client.server.port), timeout=60) as connection:
            connection.sendall(text.encode())
            with connection.makefile("rb") as heard:
                assert heard.readline() == answer


def test_who_listens_hears_the_last_and_then_what_follows_and_blocks_nobody(client):
    client.server.publish({"number": 1})
    client.server.publish({"number": 2})
    one, other = client.events(), client.events()
    assert (next(one), next(other)) == ({"number": 2}, {"number": 2})
    client.server.publish({"number": 3})
    assert (next(one), next(other)) == ({"number": 3}, {"number": 3})
    one.close()
    # A page that never reads: what is published for it is not kept.
    head = f"GET {client.server.events} HTTP/1.1\r\nHost: {client.server.hosts[0]}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", client.server.port), timeout=60) as deaf:
        deaf.sendall(head.encode())
        for number in range(4, 40):
            client.server.publish({"number": number, "text": "x" * 2**18})
        while next(other)["number"] != 39:
            pass
    other.close()


def test_questions_at_the_same_time_are_all_answered(client):
    found: list[int] = []
    threads = [threading.Thread(target=lambda n=n: found.append(len(client.document(*BROKEN[:n])["steps"]))) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [0, 1, 2, 3, 4, 5]


# --- its end -------------------------------------------------------------------------------------------------------------


def test_it_ends_whatever_its_clients_and_its_answers_do(capsys):
    held = threading.Event()
    server = PageServer(0, "groupy explore")
    server.page, server.answer = b"", lambda _: held.wait(60)
    head = f"Host: {server.hosts[0]}\r\nX-Groupy-Token: {server.token}\r\n"
    head += "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n"
    waiting = [f"POST {server.api} HTTP/1.1\r\n{head}{{}}", f"GET {server.events} HTTP/1.1\r\n{head}", "GET", ""]
    with server:
        open_ones = [socket.create_connection(("127.0.0.1", server.port), timeout=60) for _ in waiting]
        for connection, text in zip(open_ones, waiting, strict=True):
            connection.sendall(text.encode())
        with open_ones[1].makefile("rb") as heard:
            assert heard.readline() == b"HTTP/1.1 200 OK\r\n"
    server.thread.join(60)
    assert not server.thread.is_alive()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", server.port))
    for connection in open_ones:
        with connection, suppress(ConnectionResetError):
            while connection.recv(2**16):
                pass
    held.set()
    assert capsys.readouterr().err == ""


def test_a_check_does_without_it():
    asked = "import sys; from groupy_check.checker.interfaces.cli import check_main; check_main(sys.argv[1:]); "
    asked += "print([name for name in ('uvicorn', 'starlette', 'h11', 'anyio') if name in sys.modules])"
    words = [sys.executable, "-c", asked, "gms1", "-n", "2", "-m", "1", "-c", "0", "-q"]
    assert subprocess.check_output(words, text=True, timeout=120).splitlines()[-1] == "[]"
