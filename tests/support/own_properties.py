"""Shared by the tests of properties that are the user's own: such a property, and the command line in an empty directory."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from groupy_check.checker.interfaces.cli import main

HEAD = """from groupy_check.groupy_model.observations import Status
from groupy_check.groupy_model.show import show
from groupy_check.groupy_model.verdict import Kind, Witness
from groupy_check.specs.requirement import Requirement
"""
CLASS = f"{HEAD}class Mine(Requirement):\n    '''nothing is wrong'''\n    kind = Kind.SAFETY\n"
JUDGE = f"{CLASS}    def judge(self, history):\n        "
AGREE = f'''{HEAD}

class Agree(Requirement):
    """if a correct process delivers m, every correct process delivers m."""

    kind = Kind.LIVENESS

    def judge(self, history):
        up = [life for life in history.lives if life.correct]
        for one in up:
            for other in up:
                for payload in one.delivered:
                    if payload not in other.delivered:
                        text = f"{{other.node}} never delivered {{show(payload)}}, which {{one.node}} delivered"
                        return Witness(text, (one.node, other.node), (payload,))
        return None
'''
SMALL = ("--messages", "1")

Run = Callable[..., tuple[int, str]]


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """In an empty directory; nothing that is loaded from it outlives a test."""
    monkeypatch.chdir(tmp_path)
    modules, path = set(sys.modules), list(sys.path)
    yield
    sys.path[:] = path
    for name in set(sys.modules) - modules:
        if str(getattr(sys.modules[name], "__file__", "")).startswith(str(tmp_path)):
            del sys.modules[name]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """`groupy` with these words: its exit status, and what it prints; of errors the one line."""

    def in_process(*words: str, command: Callable[..., int] = main) -> tuple[int, str]:
        status = command(words)
        out, err = capsys.readouterr()
        err = re.sub(r"\Astarting a hunt of .*\n", "", err)
        if err:
            assert out == ""
            assert err.count("\n") == 1
        return status, err or out

    return in_process


def own(text: str, name: str = "mine.py") -> str:
    """A file of the user's own, as the command line takes it."""
    Path(name).write_text(text, encoding="utf-8")
    return f"./{name}"
