"""What code asks for by name: the tests beside a protocol are in its reach, and no handler calls them."""

from __future__ import annotations

from pathlib import Path

import pytest

from groupy_check import check
from groupy_check.checker.inputs.other_interpreters.interpreters import Interpreter
from groupy_check.checker.inputs.other_interpreters.named_code import used
from groupy_check.checker.inputs.protocols import load_protocol
from groupy_check.checker.semantics.purity.reachable import Reach

FILE = """
import pytest
from groupy_check import Deliver, Install, Multicast, Node, Protocol, Start, Step, View

ORDER = ("first", "second")
LATER = ("third", "fourth")
CASES = ("these", "those")
BY_KIND = {{}}

def handles(kind):
    def noted(function):
        BY_KIND[kind] = function
        return function
    return noted

@handles(Start)
def start(state, event):
    return Step("begun", (Install(View(1, (Node(1),))),))

def helper(state):
    return Step(state, (Deliver(ORDER[0]),))

class Mine(Protocol):
    claims = ()

    def initial(self, *_):
        return None

    def step(self, state, event):
        match event:
            case Start():
                return BY_KIND[Start](state, event)
            case Multicast():
                {body}
        return None

class Other(Protocol):
    '''Not asked for.'''

@pytest.mark.parametrize("case", CASES)
def test_it(case):
    assert {{case, "one", "other"}} != LATER
"""


def reach(tmp_path: Path, body: str = "return helper(state)") -> Reach:
    file = tmp_path / "mine.py"
    file.write_text(FILE.format(body=body), encoding="utf-8")
    return used(load_protocol(f"{file}:Mine"), "self")


def functions(found: Reach) -> set[str]:
    return {function.__name__ for function in found.functions}


def test_functions_and_values_that_are_named_are_found(tmp_path: Path) -> None:
    found = reach(tmp_path)
    assert functions(found) == {"initial", "step", "helper", "start"}
    assert ("first", "second") in found.constants
    assert not {("third", "fourth"), ("these", "those")} & {value for value in found.constants if isinstance(value, tuple)}


@pytest.mark.parametrize(
    "body",
    [
        "return globals()['hel' + 'per'](state)",
        "return getattr(__import__(__name__), 'hel' + 'per')(state)",
        "return eval('hel' + 'per')(state)",
    ],
)
def test_where_any_name_can_be_asked_for_everything_is_found(body: str, tmp_path: Path) -> None:
    found = reach(tmp_path, body)
    assert functions(found) >= {"initial", "step", "helper", "start", "test_it", "handles"}
    assert ("third", "fourth") in found.constants


def test_a_text_may_be_a_name(tmp_path: Path) -> None:
    assert "helper" in functions(reach(tmp_path, "return {'helper': None} and None"))


def test_tests_beside_a_protocol_start_no_interpreters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started, begin = list[int](), Interpreter.__init__

    def noting(self: Interpreter, impl: str, seed: int) -> None:
        started.append(seed)
        begin(self, impl, seed)

    monkeypatch.setattr(Interpreter, "__init__", noting)
    file = tmp_path / "mine.py"
    file.write_text(FILE.format(body="return helper(state)"), encoding="utf-8")
    check(f"{file}:Mine", nodes=1, messages=1)
    assert len(started) == 1
