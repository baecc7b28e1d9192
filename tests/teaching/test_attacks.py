"""Submissions that mean harm: each has its row, none gets another verdict than it deserves, and nothing of them is left."""

from __future__ import annotations

import csv
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

from groupy_check.checker.interfaces.cli import main
from groupy_check.checker.teaching import grading
from groupy_check.checker.teaching.class_folder import Submission
from groupy_check.reports.tables.grades import Grade

RIGHT = (
    "\nfrom groupy_check import Gms3, broadcast\nclass Group(Gms3):\n"
    "    def repeat(self, slave, others): return broadcast(slave.last, others)\n"
)
WRONG = (
    "\nfrom groupy_check import Gms3\nclass Group(Gms3):\n    def repeat(self, slave, others):\n        {}\n        return ()\n"
)
PLAIN = WRONG.format("pass")
MARK = "left-behind-by-a-submission"
SLEEPER = f"[sys.executable, '-c', 'import time; time.sleep(90)', '{MARK}']"
FAKE = "{'entries': {'agreement': ['holds', None]}, 'explanation': '', 'picture': '', 'started': False}"
EVERYWHERE = f"""
import json, os
text = json.dumps({FAKE}).encode()
def write():
    for path in [*(f'/proc/self/fd/{{n}}' for n in range(64)), *(f'/proc/{{os.getppid()}}/fd/{{n}}' for n in range(64))]:
        try:
            descriptor = os.open(path, os.O_WRONLY)
            os.write(descriptor, text)
        except OSError:
            pass
"""
PATCHES = """
import groupy_check.checker.judging.monitor as monitor
import groupy_check.checker.semantics.step_cache as step_cache
import groupy_check.checker.inputs.properties as properties
import groupy_check.checker.exit_status, json, os, sys
def patch():
    for module in list(sys.modules.values()):
        if str(getattr(module, '__name__', '')).startswith('groupy_check.checker.judging'):
            for name, value in list(vars(module).items()):
                if isinstance(value, type) and value.__module__ == module.__name__:
                    for method in list(vars(value)):
                        if not method.startswith('__'):
                            setattr(value, method, lambda *a, **k: None)
    json.dumps = lambda *a, **k: '{}'
"""

DAEMON = f"""
import ctypes, os, sys
fork = ctypes.CDLL(None).fork  # of which Python knows nothing
def start():
    if fork() == 0:
        os.setsid()
        if fork() == 0:
            os.execv(sys.executable, {SLEEPER})
        os._exit(0)
"""
STARTED = "processes that it had started were ended"
TOLD = "p3 never delivered a1, which p2 delivered in v2 {p1,p2,p3}"
RUBBISH = "no verdict: it has sent rubbish to its judge"
IMPURE = "a handler is a pure function of its state and event"

# Those that are wrong, by what they do besides: what becomes of their agreement, and a part of the explanation.
ATTACKS: Mapping[str, tuple[str, str, str]] = {
    "session": (f"import os, time\nif os.fork() == 0:\n    os.setsid()\n    time.sleep(90){PLAIN}", "violated", STARTED),
    "group": (f"import subprocess, sys\nsubprocess.Popen({SLEEPER}, process_group=0){PLAIN}", "violated", STARTED),
    "daemon": (f"{DAEMON}\nstart(){PLAIN}", "violated", STARTED),
    "daemons": (f"{DAEMON}\nstart()\nstart()\nstart(){PLAIN}", "violated", STARTED),
    "daemon_late": (DAEMON + WRONG.format("start()"), "", IMPURE),
    "child_late": (
        WRONG.format(f"import subprocess, sys; subprocess.Popen({SLEEPER}, start_new_session=True)"),
        "",
        IMPURE,
    ),
    "twins": (f"import os\nos.fork(){PLAIN}", "violated", STARTED),
    "twins_late": (WRONG.format("import os; os.fork()"), "", IMPURE),
    "descriptors": (f"{EVERYWHERE}write(){PLAIN}", "violated", TOLD),
    "descriptors_late": (EVERYWHERE + WRONG.format("write()"), "", IMPURE),
    "at_exit": (f"{EVERYWHERE}import atexit\natexit.register(write){PLAIN}", "violated", TOLD),
    "patches": (f"{PATCHES}patch(){PLAIN}", "", "no verdict: TypeError: argument of type 'function' is not iterable"),
    "patches_late": (PATCHES + WRONG.format("patch()"), "", "[patches_late.py:17, step inherited from roles.py:36]"),
    "exit": (f"import os\nos._exit(0){PLAIN}", "", "no verdict: it ended its own process, with status 0"),
    "exit_late": (WRONG.format("import os; os._exit(0)"), "", "no verdict: it ended its own process, with status 0"),
    "sys_exit": (WRONG.format("raise SystemExit(0)"), "", "it raised SystemExit: 0 at sys_exit.py:5"),
    "thread": (f"import threading, time\nthreading.Thread(target=time.sleep, args=[90]).start(){PLAIN}", "violated", TOLD),
    "kills_its_judge": (f"import os, signal\nos.kill(os.getppid(), signal.SIGKILL){PLAIN}", "", "its process died of SIGKILL"),
    "stops": (f"import os, signal\nos.kill(os.getpid(), signal.SIGSTOP){PLAIN}", "", "within 6 seconds, and it would not end"),
    "rubbish": (WRONG.format("import os; os.write(3, b'rubbish')"), "", "no verdict: it has sent no JSON to its judge"),
}


Rows = Mapping[str, Mapping[str, str]]


FEW = ("session", "daemon", "descriptors", "patches_late", "exit_late", "kills_its_judge")


def graded(directory: Path, names: Iterable[str]) -> Rows:
    """The rows of a class of these and of two that are as they should be."""
    texts = {**{name: ATTACKS[name][0] for name in names}, "aaa": RIGHT, "zzz": RIGHT}
    for name, text in texts.items():
        (directory / f"{name}.py").write_text(text, encoding="utf-8")
    words = ["--messages", "1", "--expect", "agreement:holds", "--time-limit", "6", "--out", str(directory / "out")]
    assert main(["grade", str(directory), *words]) == 0
    with (directory / "out" / "grades.csv").open(encoding="utf-8", newline="") as file:
        return {row["name"]: row for row in csv.DictReader(file)}


def are_as_they_deserve(rows: Rows, names: Iterable[str]) -> None:
    """Nobody has another verdict, the others are judged, and nothing is left."""
    for name in names:
        assert rows[name]["agreement"] == ATTACKS[name][1], rows[name]
        assert ATTACKS[name][2] in rows[name]["explanation"], rows[name]
    assert [rows[name]["result"] for name in ("aaa", "zzz")] == ["as expected"] * 2
    assert MARK not in subprocess.run(["ps", "-eo", "args"], capture_output=True, check=True, text=True).stdout


def test_nobody_gets_another_verdict_than_is_deserved(tmp_path: Path) -> None:
    are_as_they_deserve(graded(tmp_path, FEW), FEW)


@pytest.mark.slow
def test_nor_do_all_the_others(tmp_path: Path) -> None:
    names = [name for name in ATTACKS if name not in FEW]
    are_as_they_deserve(graded(tmp_path, names), names)


PROPERTY = """
import os
from groupy_check import Kind, Requirement, Witness
{}
class Agree(Requirement):
    '''all who are up have delivered the same'''
    kind = Kind.LIVENESS
    def judge(self, history):
        {}
        up = {{life.delivered for life in history.lives if life.correct}}
        return Witness("some have not delivered what others have") if len(up) > 1 else None
"""
GLANCE = "frames = str([frame.frame.f_locals for frame in __import__('inspect').stack()])"


@pytest.mark.parametrize(
    ("loaded", "judged", "verdict", "told"),
    [
        ("", "pass", "violated", "missed: mutant 2 of 2"),
        ("", f"{GLANCE}; assert 'no-repeat' not in frames", "violated", "missed: mutant 2 of 2"),
        (EVERYWHERE, "write()", "", "a handler is a pure function of its state and event [mine.py:15]"),
        ("", "os._exit(0)", "", "no verdict: it ended its own process, with status 0"),
        ("", "raise SystemExit", "", "judge(history) cannot be used: it raised SystemExit at mine.py:9 [mine.py:5]"),
        ("", "os.write(3, b'[\"ok\", [1]]\\n')", "", RUBBISH),
        ("x = [][0]", "pass", "", "mine.py:4: IndexError while loading: list index out of range"),
    ],
)  # fmt: skip
def test_properties_run_apart_from_their_judge_too(loaded: str, judged: str, verdict: str, told: str, tmp_path: Path) -> None:
    (tmp_path / "class").mkdir()
    (tmp_path / "class/mine.py").write_text(PROPERTY.format(loaded, judged), encoding="utf-8")
    words = ["--messages", "1", "--correct", "gms3", "--mutants", "gms3~no-repeat", "gms3~deliver-first", "--hidden"]
    assert main(["grade", str(tmp_path / "class"), *words, "--out", str(tmp_path / "out"), "--quiet"]) == 0
    with (tmp_path / "out" / "grades.csv").open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert row["mutant 1 of 2"] == verdict
    assert row["explanation"].endswith(told)


def test_what_a_submission_can_see_is_as_it_is_for_the_student(tmp_path: Path) -> None:
    """It is called as groupy-check is, and nothing in its environment speaks of grades."""
    look = "import os, sys\nassert 'grad' not in str([sys.argv, sys.orig_argv, dict(os.environ)]).lower()\n"
    look += "assert sys.argv[:2] == ['groupy-check', '--impl']\nassert os.listdir('/proc/self/fd') == ['0', '1', '2', '3', '4']"
    (tmp_path / "hand-in").mkdir()
    (tmp_path / "hand-in/mine.py").write_text(look + PLAIN, encoding="utf-8")
    words = ["--messages", "1", "--expect", "agreement:violated", "--out", str(tmp_path / "out"), "--quiet"]
    assert main(["grade", str(tmp_path / "hand-in"), *words]) == 0
    assert "as expected" in (tmp_path / "out/grades.csv").read_text(encoding="utf-8")


def test_a_submission_that_writes_to_others_ends_the_grading(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("aaa", "mine", "zzz"):
        (tmp_path / f"{name}.py").write_text(RIGHT, encoding="utf-8")
    spoils = "import pathlib\npathlib.Path(__file__).with_name('zzz.py').write_text('nothing')\n"
    (tmp_path / "mine.py").write_text(spoils + RIGHT, encoding="utf-8")
    words = ["--messages", "1", "--expect", "agreement:holds", "--out", str(tmp_path / "out")]
    assert main(["grade", str(tmp_path), *words]) == 153
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert f"while {tmp_path / 'mine.py'} was judged, {tmp_path / 'zzz.py'} was written" in err
    assert len((tmp_path / "out/grades.csv").read_text(encoding="utf-8").splitlines()) == 3


def test_a_run_that_the_submission_cannot_or_will_not_draw_is_drawn_by_its_judge(tmp_path: Path) -> None:
    """Texts with line breaks; and a process that ends when it is asked to draw."""
    broken = 'Deliver((1.5, "x\\ny", frozenset({message.payload})))'
    (tmp_path / "mine.py").write_text(
        f"from groupy_check import *{PLAIN}".replace("from groupy_check import Gms3", "")
        .replace("def repeat(self, slave, others):", "def announce(self, leader, message):")
        .replace("return ()", f"return (*broadcast(message, leader.slaves), {broken})"),
        encoding="utf-8",
    )
    ends = "lambda *_: os._exit(0)"
    hides = f"import os, groupy_check.checker.teaching.player as player; run = 'run'; setattr(player, 'read_' + run, {ends})"
    (tmp_path / "yours.py").write_text(WRONG.format(hides), encoding="utf-8")
    words = ["--messages", "1", "--expect", "agreement:holds", "--out", str(tmp_path / "out"), "--quiet"]
    assert main(["grade", str(tmp_path), *words]) == 0
    with (tmp_path / "out" / "grades.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["agreement"] for row in rows] == ["violated"] * 2
    for row in rows:
        assert (tmp_path / "out" / row["picture"]).read_text(encoding="utf-8").startswith("<?xml")


def test_a_change_to_the_checker_is_seen() -> None:
    assert Path(grading.__file__).resolve() in grading._sources(Path())


def test_rows_are_written_as_they_come(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever ends the command at the third: a signal that cannot be caught, a full disk, a power cut."""
    for name in "abc":
        (tmp_path / f"{name}.py").write_text("x = 1\n", encoding="utf-8")

    def cut(one: Submission, *rest: Any) -> Grade:
        if one.name == "c":
            raise OSError("power")
        return grade_of(one, *rest)

    grade_of = grading.grade_of
    monkeypatch.setattr(grading, "grade_of", cut)
    words = ["--messages", "1", "--expect", "agreement:holds", "--out", str(tmp_path / "out")]
    assert main(["grade", str(tmp_path), *words]) == 153
    text = (tmp_path / "out/grades.csv").read_text(encoding="utf-8")
    assert [line.partition(",")[0] for line in text.splitlines()] == ["name", "a", "b"]
    assert "interrupted: 1 not looked at" in (tmp_path / "out/grades.md").read_text(encoding="utf-8")
