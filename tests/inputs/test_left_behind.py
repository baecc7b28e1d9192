"""What a handler leaves behind where nobody looks for it is found, since other interpreters make the latest calls first.

The code names what it changes by a text that is put together when it runs. p1 sends p2 a pair of messages. The first of them
leaves something behind, and the second is answered by something wrong, unless that is there. A search that comes to the first
one first sees nothing wrong.
"""

from __future__ import annotations

import builtins
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from groupy_check.checker.inputs.other_interpreters.derived_calls import derivable, told
from groupy_check.checker.inputs.other_interpreters.interpreters import Errand, Interpreter
from groupy_check.checker.inputs.protocols import load_protocol
from groupy_check.checker.interfaces.cli import check_main
from groupy_check.checker.search.bfs import Explorer, Limits
from groupy_check.checker.semantics.enabled import Semantics
from groupy_check.groupy_model.events import Receive
from groupy_check.groupy_model.scenario import Order, Scenario
from groupy_check.specs.registry import PROPERTIES

SCENARIO = Scenario(nodes=2, messages=1, crashes=0, order=Order.ANY)
MINE = """
import abc, builtins, json, sys
from groupy_check import Deliver, Install, Join, Multicast, Node, Protocol, Receive, Send, Start, Step, View

ER, ES = "er", "es"

class Word(abc.ABC):
    pass

WAYS = {
    "registered": (lambda: getattr(Word, "regist" + ER)(int), lambda: issubclass(int, Word)),
    "builtin": (lambda: setattr(builtins, "leav" + ER, 1), lambda: hasattr(builtins, "leaver")),
    "library": (lambda: setattr(json, "leav" + ER, 1), lambda: hasattr(json, "leaver")),
    "module": (lambda: getattr(sys, "modul" + ES).setdefault("leaver", sys), lambda: "leaver" in getattr(sys, "modul" + ES)),
}

class Mine(Protocol):
    claims = ("integrity",)

    def step(self, state, event):
        match event:
            case Start() | Join():
                return Step(state, (Install(View(1, (Node(1), Node(2)))),))
            case Multicast(payload):
                pairs = [Send(Node(2), (way, what)) for way in TRIED for what in ("leave", "look")]
                return Step(state, (*pairs, Deliver(payload)))
            case Receive(_, (way, "leave")):
                WAYS[way][0]()
                return Step(state)
            case Receive(_, (way, "look")):
                return Step(state, () if WAYS[way][1]() else (Deliver("never multicast"),))
"""


@pytest.fixture(autouse=True)
def _nothing_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    yield
    sys.modules.pop("leaver", None)
    for module in (builtins, json):
        vars(module).pop("leaver", None)


def mine(tried: str) -> str:
    Path("mine.py").write_text(f"{MINE}\nTRIED = {tried}\n", encoding="utf-8")
    return "./mine.py"


def test_wherever_it_is_left() -> None:
    path = mine("WAYS")
    protocol = load_protocol(path)
    search = Explorer(protocol, SCENARIO, [PROPERTIES["integrity"]], Limits(depth=2))
    search.run()
    calls = list(derivable(search.semantics.handle, Semantics(protocol, SCENARIO).initial()))
    with Interpreter(path, seed=5) as other:
        other.ask(Errand(SCENARIO, calls=tuple(call for call, *_ in calls)))
        answer = other.answer()
    assert answer is not None
    differing = {
        event.message
        for (*_, event, outcomes), text in zip(calls, answer.calls, strict=True)
        if text != told(outcomes) and isinstance(event, Receive)
    }
    ways = sys.modules[type(protocol).__module__].WAYS
    assert differing == {(way, "look") for way in ways}


def test_it_is_refused_and_the_reason_given(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--nodes", "2", "--messages", "1", "--crashes", "0", "--order", "any", "--property", "integrity"]
    assert check_main(["--impl", mine("['library']"), *words]) == 150
    out, err = capsys.readouterr()
    assert "[library, look])) gives [step(idle(p2), [])] or " in err
    assert "depending on what was called before: whatever it keeps belongs into the state that it returns [mine.py:30]" in err
    assert (out, err.count("\n")) == ("", 1)
