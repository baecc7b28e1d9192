"""`groupy explore`: the page that it serves, the runs and searches that the page asks for, and how it begins and ends."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from groupy_check.checker.counterexamples.timeline import exports, page_data
from groupy_check.checker.counterexamples.trace_file import line_matchers, matched
from groupy_check.checker.errors import GroupyError, ProtocolError, TooLargeError, UsageError
from groupy_check.checker.interfaces.cli import main
from groupy_check.checker.interfaces.web import session as explore
from groupy_check.checker.interfaces.web.http_server import PageServer
from groupy_check.groupy_model.protocols.registry import PROTOCOLS
from groupy_check.groupy_model.scenario import Scenario
from groupy_check.reports.atomic_write import write_text
from groupy_check.reports.page import html as page
from groupy_check.reports.page.data import PageData
from tests.counterexamples.test_moments import BROKEN, GMS2
from tests.support.live import DEFAULT, Client, alive, lines_of, opened, question, serving, shown

OWN = '''
from groupy_check.groupy_model.protocols.groupy.gms2 import Gms2

class Mine(Gms2):
    """gms2, under another name."""
'''


def told(*lines: str, name: str = "", scenario: Scenario | None = None) -> PageData:
    """What the page shows of a run of gms2."""
    actions = matched(GMS2, scenario or Scenario(), line_matchers(lines))
    return page_data(GMS2, scenario or Scenario(), actions, name)


@pytest.fixture(scope="module")
def running() -> Iterator[Client]:
    yield from serving()


@pytest.fixture
def client(running: Client) -> Iterator[Client]:
    yield from alive(running)


# --- the page ------------------------------------------------------------------------------------------------------------


def test_the_page_shows_the_beginning_and_knows_where_to_ask(client):
    answer = client.send("GET", client.server.path)
    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    run = shown(answer.body)
    assert (run["protocol"], run["steps"], tuple(run["flags"])) == ("gms2", [], DEFAULT)
    assert run["live"] == {"api": client.server.api, "token": client.server.token, "protocols": list(PROTOCOLS), "events": ""}
    assert "connect-src 'self'" in answer.body
    assert client.server.address == f"http://127.0.0.1:{client.server.port}/{client.server.token}/"


def test_every_answer_has_the_headers_that_keep_it_to_itself(client):
    for answer in (client.send("GET", client.server.path), client.post(json.dumps(question())), client.send("GET", "/")):
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert answer.headers["Server"] == "groupy"


def test_the_secret_is_long_and_new_each_time():
    with opened() as one, opened() as other:
        assert one.token != other.token
        assert len(one.token) >= 43
        assert one.listener.getsockname()[0] == "127.0.0.1"


# --- runs ----------------------------------------------------------------------------------------------------------------


def test_a_run_is_what_the_page_of_a_check_shows(client):
    data = told(*BROKEN, name="agreement")
    assert client.document(*BROKEN, property="agreement") == json.loads(json.dumps(page.page_json(data, exports(data))))


def test_a_run_is_told_for_the_first_claim_that_it_breaks(client):
    assert client.document(*BROKEN)["property"] == "agreement"
    assert client.document(*BROKEN, property="virtual-synchrony")["property"] == "virtual-synchrony"
    assert client.document(*BROKEN[:-1])["property"] == ""


def test_every_choice_leads_on(client):
    here = client.document(*BROKEN[:2])
    for choice in here["states"][-1]["choices"]:
        assert lines_of(client.document(*BROKEN[:2], choice["line"])) == [*BROKEN[:2], choice["line"]]


def test_other_scenarios_and_protocols_can_be_asked_for(client):
    document = client.document(impl="gms3", flags=["--nodes", "2", "--joins", "1", "--start", "joining"])
    assert (document["protocol"], len(document["states"][0]["processes"])) == ("gms3", 3)
    assert document["flags"] == ["--nodes", "2", "--messages", "2", "--crashes", "1", "--joins", "1", "--start", "joining"]


@pytest.mark.parametrize("form", ["text", "itf"])
def test_what_can_be_copied_replays(form, client, tmp_path, capsys):
    path = tmp_path / "run"
    path.write_text(client.document(*BROKEN)["exports"][form], encoding="utf-8")
    assert main(["replay", str(path), "--property", "agreement", "--quiet"]) == 13
    assert capsys.readouterr().out == "gms2: VIOLATED agreement (one run replayed)\n"


# --- searches ------------------------------------------------------------------------------------------------------------


def test_a_search_from_the_beginning_finds_the_shortest_run(client):
    document = client.document(want="search", property="agreement")
    assert sorted(lines_of(document)) == sorted(BROKEN)
    assert document["property"] == "agreement"
    assert document["witness"] == "p3 never delivered a1, which p2 delivered in v2 {p1,p2,p3}"


def test_a_search_from_here_goes_on_from_here(client):
    document = client.document("p2 multicasts b1", want="search", property="agreement")
    assert lines_of(document)[:2] == ["p2 multicasts b1", "p1 receives mcast b1 from p2 and crashes after 1 effect"]
    assert len(document["steps"]) == 6


def test_a_search_for_nothing_in_particular_finds_the_nearest_broken_claim(client):
    document = client.document(want="search")
    assert (document["property"], len(document["steps"])) == ("same-view-delivery", 4)


def test_a_search_that_hits_its_bound_says_so(client, monkeypatch):
    monkeypatch.setattr(explore, "SEARCH", replace(explore.SEARCH, states=50))
    text = client.error(want="search", property="integrity")
    assert re.fullmatch(r"no violation of integrity found within the bound of 50 distinct states: \d+ states, depth 2", text), (
        text
    )


def test_a_search_that_saw_everything_says_so(client):
    text = client.error("p3 crashes", want="search", property="integrity")
    assert text == "no violation of integrity can be reached from here: all 29 states behind it were seen"


# --- the user's mistakes -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wish", "reason"),
    [
        ({"impl": "gsm2"}, "unknown protocol 'gsm2': did you mean gms2?"),
        ({"lines": ["p1 crashes", "p1 crashes"]}, "step 2 is not possible there; was it made with another version of gms2?"),
        ({"lines": ["p1 \ud800 <b>"]}, "step 1 is not possible there; was it made with another version of gms2?"),
        ({"property": "agrement"}, "unknown property 'agrement': did you mean agreement?"),
        ({"flags": ["--nodes", "0"]}, "a group needs at least one process: nodes is 0; choose another value"),
        ({"flags": ["--nodes", "many"]}, "--nodes: 'many' is not a whole number"),
        ({"flags": ["--nodes", "9", "--joins", "2"]}, "11 processes are too many for the page; it shows up to 10"),
        ({"lines": ["p1 crashes"] * 201}, "201 steps are too many for the page; it shows up to 200"),
        ({"flags": ["--help"]}, "--help is not a flag of a scenario"),
    ],
)
def test_a_mistake_is_answered_in_one_line(wish, reason, client):
    assert client.error(**wish) == reason


def test_the_page_cannot_have_another_file_loaded(client, tmp_path):
    trap = tmp_path / "trap.py"
    trap.write_text(f"open({str(tmp_path / 'sprung')!r}, 'w')", encoding="utf-8")
    for impl in (str(trap), f"{trap}:Trap", "./trap.py", "tests.support.planted:Unordered"):
        assert client.error(impl=impl).startswith(f"unknown protocol '{impl}'")
    assert not (tmp_path / "sprung").exists()


def test_the_protocol_of_the_command_line_can_be_asked_for(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(OWN, encoding="utf-8")
    for client in serving("--impl", str(path), "--nodes", "2"):
        run = shown(client.send("GET", client.server.path).body)
        assert (run["protocol"], run["live"]["protocols"][-1]) == (str(path), str(path))
        assert client.document("p1 crashes", impl=str(path))["protocol"] == str(path)


def test_the_file_of_the_protocol_is_loaded_again_when_it_has_changed(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(OWN, encoding="utf-8")
    wish: dict[str, object] = {"impl": str(path), "flags": ("--nodes", "2")}
    for client in serving("--impl", str(path), "--nodes", "2"):
        assert shown(client.send("GET", client.server.path).body)["live"]["events"] == client.server.events
        told = client.events()
        write_text(path, "raise SystemExit")  # at once: it is looked at meanwhile
        broken = next(told)
        assert broken["edition"] == 1
        assert "mine.py" in broken["error"]
        assert client.error("p1 crashes", **wish) == broken["error"]
        write_text(path, OWN + "\n")
        assert next(told) == {"error": "", "edition": 2}
        told.close()
        assert client.ask("p1 crashes", **wish)["edition"] == 2
        assert client.document("p1 crashes", **wish)["protocol"] == str(path)


def unexpected(*_: object) -> None:
    raise RuntimeError("not for you")


def test_what_nobody_expected_ends_one_answer_and_not_the_server(client, monkeypatch, capsys):
    with monkeypatch.context() as patch:
        patch.setattr(explore, "page_json", unexpected)
        answer = client.post(json.dumps(question()))
    assert answer.status == 500
    assert answer.body == "internal error (RuntimeError): see the terminal that groupy explore runs in\n"
    assert "RuntimeError: not for you" in capsys.readouterr().err


# --- beginning and end ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["text", "itf"])
def test_a_saved_trace_is_opened_and_gone_on_with(form, tmp_path):
    path = tmp_path / "saved"
    path.write_text(exports(told("p2 multicasts b1", scenario=Scenario(nodes=4)))[form], encoding="utf-8")
    for client in serving("--replay", str(path)):
        run = shown(client.send("GET", client.server.path).body)
        assert lines_of(run) == ["p2 multicasts b1"]
        assert run["flags"][:2] == ["--nodes", "4"]
        longer = client.document(*lines_of(run), "p1 crashes", impl=run["protocol"], flags=run["flags"])
        assert lines_of(longer) == ["p2 multicasts b1", "p1 crashes"]


def test_a_saved_violation_is_opened_as_one(tmp_path):
    path = tmp_path / "saved.txt"
    path.write_text(exports(told(*BROKEN, name="synchrony"))["text"], encoding="utf-8")
    with opened("--replay", str(path)) as server:
        assert shown(server.page.decode())["property"] == "agreement"


@pytest.mark.parametrize(
    ("words", "kind", "reason"),
    [
        (["--impl", "gsm2"], ProtocolError, "did you mean gms2"),
        (["--nodes", "11"], TooLargeError, "11 processes are too many for the page"),
        (["--nodes", "0"], UsageError, "at least one process"),
        (["--replay", "no-such-file"], UsageError, "cannot read no-such-file"),
        (["--port", "80"], UsageError, "--port 80: choose one from 1024 to 65535, or 0 for any that is free"),
        (["--port", "65536"], UsageError, "--port 65536: choose one from"),
        (["--port", "-1"], UsageError, "--port -1: choose one from"),
    ],
)
def test_what_cannot_be_explored_is_said_at_once(words, kind: type[GroupyError], reason):
    with pytest.raises(kind, match=re.escape(reason)):
        opened(*words)


def test_a_port_that_is_taken_is_named(client):
    port = client.server.port
    with pytest.raises(UsageError, match=f"--port {port}: Address already in use; leave it out for any that is free"):
        opened("--port", str(port))


def test_the_browser_is_sent_to_the_address(monkeypatch, capsys):
    visited = threading.Event()
    monkeypatch.setattr("webbrowser.open", lambda address: address in capsys.readouterr().out and visited.set())
    monkeypatch.setattr(PageServer, "wait", lambda _: visited.wait(5) and interrupt())

    def interrupt() -> None:
        raise KeyboardInterrupt

    assert main(["explore"]) == 0
    assert visited.is_set()


def test_ctrl_c_ends_it_with_status_0():
    # Where the tests themselves ignore Ctrl-C, as in the background of a shell, the child would too.
    program = "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); "
    program += "from groupy_check.checker.interfaces.cli import main; sys.exit(main(['explore', '--no-browser']))"
    with subprocess.Popen(
        [sys.executable, "-c", program],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        address = process.stdout.readline()
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/[\w-]{43}/\n", address)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=10) == 0
        assert process.stdout.read() == "Ctrl-C ends it\n"
        assert process.stderr.read() == ""


# --- the page as a file --------------------------------------------------------------------------------------------------


def test_a_check_writes_a_page_beside_each_picture(tmp_path, capsys):
    words = ["--messages", "1", "--property", "agreement", "--property", "integrity", "--property", "synchrony"]
    assert main(["check", "--impl", "gms2", *words, "--out", str(tmp_path)]) == 13
    assert "gms2-m1-agreement.svg" in capsys.readouterr().out
    assert sorted(path.stem for path in tmp_path.glob("*.html")) == ["gms2-m1-agreement", "gms2-m1-synchrony"]
    run = shown((tmp_path / "gms2-m1-agreement.html").read_text(encoding="utf-8"))
    assert (run["property"], len(run["steps"])) == ("agreement", 5)
    assert "live" not in run
    text = (tmp_path / "gms2-m1-agreement.txt").read_text(encoding="utf-8")
    assert all(f". {line}\n" in text for line in lines_of(run))


def test_a_replay_writes_a_page_of_the_protocol_that_it_was_given(tmp_path):
    own = tmp_path / "mine.py"
    own.write_text(OWN, encoding="utf-8")
    saved = tmp_path / "saved.txt"
    saved.write_text(exports(told(*BROKEN))["text"], encoding="utf-8")
    assert main(["replay", str(saved), "--impl", str(own), "--property", "agreement", "--out", str(tmp_path / "out")]) == 13
    run = shown((tmp_path / "out" / "mine-agreement.html").read_text(encoding="utf-8"))
    assert (run["protocol"], lines_of(run)) == (str(own), list(BROKEN))
