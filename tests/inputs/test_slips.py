"""The likeliest slips of who writes a protocol are told with their own line, and what is none is let through."""

from __future__ import annotations

from pathlib import Path

import pytest

from groupy_check.checker.interfaces.cli import check_main

HEAD = """from groupy_check import Deliver, Gms2, Send, Step
from groupy_check.groupy_model.events import Multicast
from groupy_check.groupy_model.protocols.groupy.gms1 import Slave


class Mine(Gms2):
    def step(self, state, event):
        match state, event:
            case Slave(), Multicast(payload):
"""
REST = """
        return super().step(state, event)

    def forward(self, state, payload):
        return Step(state, (Send(state.leader, payload),))

    def note(self, what):
        return len(str(what))
"""
QUICK = ["./mine.py", "-n", "2", "-m", "1", "-c", "0", "-q"]
MISSING = "at mine.py:10 gives is dropped; is a `return` missing?"


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def mine(*body: str) -> None:
    Path("mine.py").write_text(HEAD + "".join(f"                {line}\n" for line in body) + REST, encoding="utf-8")


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (["Step(state, (Send(state.leader, payload),))", "return"], f"`Step(state, (Send(state.leader, payload),))` {MISSING}"),
        (["self.forward(state, payload)", "return"], f"it returned None: what `self.forward(state, payload)` {MISSING}"),
        (["answer = self.forward(state, payload)", "return None"], f"`answer = self.forward(state, payload)` {MISSING}"),
        (["super().step(state, event)", "return None"], f"`super().step(state, event)` {MISSING}"),
        (["Send(state.leader, payload)", "return Step(state)"], f"what `Send(state.leader, payload)` {MISSING}"),
        (
            ["if True:", "    return Step(state, (Deliver(payload)))"],
            "must be a tuple, not deliver(b1) at mine.py:11; (effect,) needs its comma",
        ),
        (["effects = 'send', 'it'", "return Step(state, effects)"], "send at mine.py:11 is not an effect; allowed are "),
    ],
    ids=["dropped-step", "dropped-call", "named-and-dropped", "dropped-super", "dropped-effect", "comma", "no-effect"],
)
def test_a_slip_is_told_with_its_line(body, reason, capsys):
    mine(*body)
    assert check_main(QUICK) == 150
    err = capsys.readouterr().err
    assert err.startswith("groupy-check: ./mine.py: step(state=slave(p2, p1, ")
    assert "event=multicast(b1)) cannot be used: " in err
    assert reason in err


@pytest.mark.parametrize(
    "body",
    [
        ["self.note(payload)", "return self.forward(state, payload)"],
        ["print(payload)", "return None"],
        ["size = self.note(payload)", "return self.forward(state, payload)"],
        ["answer = self.forward(state, payload)", "return answer"],
        ["print(self.forward(state, payload))", "return self.forward(state, payload)"],
        ["self.note(self.forward(state, payload))", "return self.forward(state, payload)"],
        ["self.note(payload); return self.forward(state, payload)"],
        ["if payload: print(payload)", "return self.forward(state, payload)"],
    ],
    ids=["a-note", "a-print", "an-unused-number", "an-answer", "printed", "noted", "two-in-a-line", "one-line-if"],
)
def test_what_is_no_slip_is_let_through(body, capsys):
    mine(*body)
    assert check_main(QUICK) in (0, 11, 12, 13)
    assert "is a `return` missing?" not in capsys.readouterr().err


def test_what_never_runs_is_no_slip(capsys):
    mine("if payload is None:", "    Step(state)", "return self.forward(state, payload)")
    assert check_main(QUICK) in (0, 11, 12, 13)
    assert capsys.readouterr().err == ""
