"""What the page of a live run may ask for, and that the run ends with the program that shows it."""

from __future__ import annotations

import json
import signal
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from groupy_check.checker.errors import GroupyError, UsageError
from groupy_check.checker.inputs.protocols import load_protocol
from groupy_check.checker.interfaces.web.windows import open_windows
from groupy_check.checker.live.controller import Controller
from groupy_check.checker.live.node import Pace
from groupy_check.checker.live.session import LiveRequest
from groupy_check.specs.registry import PROPERTIES
from tests.live.test_live_runs import BROKEN, descendants, gone, groupy
from tests.support.live import Answer, Client


def request(folder: Path, impl: str = "gms1", nodes: int = 3) -> LiveRequest:
    return LiveRequest(load_protocol(impl), nodes, None, (), folder, Pace(multicasts=None), 1)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with open_windows(request(tmp_path_factory.mktemp("live")), (), PROPERTIES, 0) as opened, opened.server:
        yield Client(opened.server)


def ask(client: Client, **question: object) -> Answer:
    return client.post(json.dumps(question))


@pytest.mark.parametrize(
    "question",
    [{}, {"want": "why", "more": 1}, {"want": "do"}, {"want": "do", "command": 3}, {"want": "do", "command": "x" * 1001}, []],
)
def test_rubbish_is_refused(question: object, client: Client):
    answer = client.post(json.dumps(question))
    assert (answer.status, answer.body) == (400, 'want must be "do" with a command, or "why"\n')


def test_only_who_knows_the_token_may_ask(client: Client):
    wrong = client.post('{"want": "why"}', X_Groupy_Token=client.server.token[::-1])
    elsewhere = client.post('{"want": "why"}', Origin="http://example.org")
    assert (wrong.status, elsewhere.status) == (403, 403)
    assert "groupy live" in client.send("GET", "/").body


def test_what_cannot_be_done_is_said_in_a_line(client: Client):
    told = {
        "kill p9": "p9 is not up; there are p1, p2, p3",
        "jump p1": "unknown command 'jump': there are kill,",
        "part p1 p2 p3": "a side of a split is some of p1, p2, p3, and not all",
        "cut p1 p1": "p1 has no link to itself; name two processes",
    }
    for command, error in told.items():
        assert ask(client, want="do", command=command).json["error"].startswith(error)


def test_why_tells_of_a_run_that_goes_on(client: Client):
    assert ask(client, want="do", command="multicast p2").json["error"] == ""
    told = client.events()
    while sum(member["steps"] for member in next(told)["state"]["members"]) < 4:
        pass
    told.close()
    why = ask(client, want="why").json
    # gms1 and no crash: the multicast goes to the leader, and from there to all.
    assert (why["error"], why["findings"], why["steps"]) == ("", [], 4)
    assert client.send("GET", f"{client.server.path}why-agreement").status == 404


def test_an_error_of_the_protocol_is_told_as_the_end_of_its_node(tmp_path: Path):
    (tmp_path / "broken.py").write_text(BROKEN)
    with open_windows(request(tmp_path, str(tmp_path / "broken.py")), (), PROPERTIES, 0) as opened, opened.server:
        client = Client(opened.server)
        assert ask(client, want="do", command="multicast p3").json == {"error": ""}
        told = client.events()
        while not (failed := next(told)["state"]["members"][2])["failed"]:
            pass
        told.close()
        assert failed["failed"].endswith("it raised RuntimeError: only p1 multicasts at broken.py:7")
        while failed["status"] != "ended":
            failed = next(client.events())["state"]["members"][2]
        assert failed["ended"] == "ended itself"


def test_a_run_that_cannot_begin_says_why(tmp_path: Path):
    with pytest.raises(GroupyError, match="65 nodes are too many; take at most 64"):
        Controller(request(tmp_path, nodes=65))


def test_a_port_that_is_taken_is_named(client: Client, tmp_path: Path):
    with pytest.raises(UsageError, match=f"--port {client.server.port}: Address already in use"):
        open_windows(request(tmp_path), (), PROPERTIES, client.server.port)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL, pytest.param(signal.SIGHUP, marks=pytest.mark.slow)])
def test_no_process_and_no_port_is_left(number: int, tmp_path: Path):
    process = groupy("live", "gms1", "--no-browser", "--nodes", "3", folder=tmp_path)
    assert process.stdout is not None
    address = process.stdout.readline().strip()
    assert b"gms1, live" in urllib.request.urlopen(address, timeout=10).read()  # noqa: S310 - it is ours
    below = descendants(process.pid)
    process.send_signal(number)
    out, _ = process.communicate(timeout=60)
    assert len(below) == 4  # the controller and its nodes
    assert gone(below)
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(address, timeout=10)  # noqa: S310
    assert ("one run replayed, a live run" in out) == (number == signal.SIGINT)


def test_a_script_needs_no_page(tmp_path: Path):
    process = groupy("live", "gms1", "--chaos", folder=tmp_path)
    _, error = process.communicate(timeout=60)
    assert process.returncode == 151
    assert error == "groupy: --script and --chaos need --headless; on the page, the buttons do it\n"
