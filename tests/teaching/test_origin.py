"""Whose step a submission has: what is handed in of ours is told by name, and nothing else is."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from groupy_check.checker.errors import GroupyError
from groupy_check.checker.inputs.protocols import load_protocol
from groupy_check.checker.interfaces.cli import main
from groupy_check.checker.teaching.origin import built_in_step_of

REPOSITORY = Path(__file__).parents[2]
LESSONS, PROTOCOLS = REPOSITORY / "reports" / "lessons", REPOSITORY / "groupy_model" / "protocols"
REST = "    enter, admit = G.enter, G.admit\n"
STEP = "    def step(self, state, event): return"
IMPORTS = "from dataclasses import dataclass, replace\nfrom groupy_check import *\n"


def origin(text: str, folder: Path) -> str:
    """Whose step the protocol with this text has."""
    (folder / "mine.py").write_text(text, encoding="utf-8")
    return built_in_step_of(load_protocol(str(folder / "mine.py")))


GMS3 = (PROTOCOLS / "groupy" / "gms3.py").read_text(encoding="utf-8")
GMS2 = (PROTOCOLS / "groupy" / "gms2.py").read_text(encoding="utf-8")
RENAMED = GMS3.replace("Gms3", "Mine").replace('"gms3"', '"mine"').replace("ViewMsg", "NewView").replace("outcome", "meaning")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (f"{IMPORTS}class A(Gms3): pass", "gms3"),
        (f"{IMPORTS}class A(Gms3):\n    'mine'\n    name = 'a'\n    source = 'myself'\n    claims = ('agreement',)", "gms3"),
        (f"{IMPORTS}class A(Gms2):\n    colour = 'red'\n    def helper(self): return 1", "gms2"),
        (f"{IMPORTS}@dataclass(frozen=True)\nclass A(Gms3): pass", "gms3"),
        ("from shared import Renamed\nclass A(Renamed): pass", "gms3"),
        ("import shared\nclass A(shared.Derived): pass", "gms3-fixed"),
        (f"{IMPORTS}A = type('A', (Gms3,), {{}})", "gms3"),
        (f"{IMPORTS}G = Gms1\nclass A(Protocol):\n    step, ask_to_join = G.step, G.ask_to_join\n{REST}", "gms1"),
        (f"{IMPORTS}class A(Gms3):\n{STEP} super().step(state, event)", "gms3"),
        (f"{IMPORTS}class A(Gms2):\n def step(self, s, e):\n  'of'\n  x = super(A, self).step(s, e)\n  return x", "gms2"),
        (f"{IMPORTS}class A(Gms3):\n{STEP} Gms3.step(self, state, event)", "gms3"),
        (f"{IMPORTS}class A(Protocol):\n{STEP} Gms3().step(state, event)", "gms3"),
        (f"{IMPORTS}OURS = Gms2()\nclass A(Protocol):\n{STEP} OURS.step(state, event)", "gms2"),
        (f"{IMPORTS}class A(Protocol):\n    inner = Gms1()\n{STEP} self.inner.step(state, event)", "gms1"),
        (RENAMED, "gms3"),
        (RENAMED.replace("gms2 with numbered messages; a new leader", "It"), "gms3"),
        (RENAMED.replace("after", "later"), "gms3"),
        (GMS2.replace("Gms2", "Mine").replace('"gms2"', '"mine"'), "gms2"),
    ],
)  # fmt: skip
def test_what_is_ours(text: str, name: str, tmp_path: Path) -> None:
    shared = "from groupy_check import Gms3 as Renamed, Gms3Fixed\nclass Derived(Gms3Fixed): pass\n"
    (tmp_path / "shared.py").write_text(shared, encoding="utf-8")
    assert origin(text, tmp_path) == name


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("message.n < slave.n", "message.n <= slave.n"),
        ("n=message.n + 1", "n=message.n + 2"),
        ("Install(View(n, group))", "Install(View(n + 1, group))"),  # in a function that its methods call
        ("    group: tuple[Node, ...]\n\n\n@", "    group: tuple[Node, ...] = ()\n\n\n@"),
        ("broadcast(slave.last, others)", "broadcast(slave.last, others[:1])"),
        ("import Outcome, Step, broadcast", "import Outcome, Step\nfrom shared import broadcast"),
    ],
)
def test_a_copy_with_a_change_is_its_authors(old: str, new: str, tmp_path: Path) -> None:
    (tmp_path / "shared.py").write_text("def broadcast(message, to): return ()\n", encoding="utf-8")
    assert old in RENAMED
    assert origin(RENAMED.replace(old, new, 1), tmp_path) == ""


@pytest.mark.parametrize(
    "text",
    [
        "class A(Gms3):\n    def repeat(self, slave, others): return broadcast(slave.last, others)",  # as ours says
        "class A(Gms3):\n    def repeat(self, slave, others): return ()",  # as gms3~no-repeat says
        "class A(Gms3):\n    def step(self, state, event): return None",
        "class A(Protocol):\n    def step(self, s, e): return A.again.step(s, e)\nA.again = type('B', (A,), {})()",
        "class A(Gms3):\n    def step(self, state, event): return super().step(state, state)",
        "class A(Gms3):\n    def step(self, state, event): return self.step(state, event)",
        "class A(Gms3):\n    def step(self, state, event): return super().step(state, event) or Step(state)",
        f"class A(Gms3):\n{STEP} super().step(state, event)\n    def repeat(self, slave, others): return ()",
        "class A(Protocol):\n    def step(self, state, event): return unknown.step(state, event)",
        "class A(Gms3):\n    def __init__(self): self.repeat = lambda slave, others: ()",
        "class Often:\n    def repeat(self, slave, others): return ()\nclass A(Often, Gms3): pass",
        "class A(Protocol):\n    def step(self, state, event): return None",
        "class A(Protocol):\n    def step(self, state, event): return Step(state, broadcast(gms3.Msg(1, 2), ()))",
    ],
)  # fmt: skip
def test_what_is_not_ours(text: str, tmp_path: Path) -> None:
    assert origin(f"{IMPORTS}from groupy_check import gms1, gms3\n{text}\n", tmp_path) == ""


def test_no_exercise_nor_its_solution_is_ours() -> None:
    files = [*LESSONS.glob("*/exercise.py"), *LESSONS.glob("solutions/[0-9]*.py"), *LESSONS.glob("sample-class/*.py")]
    found = 0
    for file in files:
        try:
            protocol = load_protocol(str(file))
        except GroupyError:
            continue  # those of lesson 15 are about logs
        assert built_in_step_of(protocol) == "", file
        found += 1
    assert found > 30


@pytest.mark.parametrize("name", ["gms1", "gms3", "gms3_fixed", "gms4"])
def test_a_program_in_erlang_that_is_ours_but_for_its_name_and_comments(name: str, tmp_path: Path) -> None:
    text = (PROTOCOLS / "erlang" / f"{name}.erl").read_text(encoding="utf-8")
    file = tmp_path / "uno.erl"
    file.write_text(f"% by Uno\n{text.replace(f'-module({name})', '-module(uno)')}", encoding="utf-8")
    assert built_in_step_of(load_protocol(str(file))) == f"{name}.erl"
    file.write_text(text.replace("{mcast, Msg}", "{mcast, {Msg}}", 1), encoding="utf-8")
    assert built_in_step_of(load_protocol(str(file))) == ""


def test_the_row_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nobody is fully as expected by that, nor is what is wrong with it hidden."""
    for name, text in {"bare": "class A(Gms3): pass", "wrong": "class A(Gms2): pass"}.items():
        (tmp_path / f"{name}.py").write_text(f"from groupy_check import *\n{text}\n", encoding="utf-8")
    (tmp_path / "uno.erl").write_text((PROTOCOLS / "erlang" / "gms3.erl").read_text(encoding="utf-8"), encoding="utf-8")
    words = ["--messages", "1", "--expect", "agreement:holds", "--out", str(tmp_path / "out")]
    assert main(["grade", str(tmp_path), *words, "-q"]) == 0
    assert capsys.readouterr().out == "3 submissions: 2 as expected (built-in), 1 not as expected\n"
    with (tmp_path / "out/grades.csv").open(encoding="utf-8", newline="") as file:
        told = {row["name"]: (row["result"], re.sub(r" \(step .*\)", "", row["explanation"])) for row in csv.DictReader(file)}
    missed = "p3 never delivered a1, which p2 delivered in v2 {p1,p2,p3}"
    assert told == {
        "bare": ("as expected (built-in)", "its step is the built-in gms3's"),
        "uno": ("as expected (built-in)", "its step is the built-in gms3.erl's"),
        "wrong": (
            "not as expected",
            f"agreement:holds is not met: {missed}; its step is the built-in gms2's",
        ),
    }
