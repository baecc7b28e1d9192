"""`groupy grade`: whatever a class hands in, every submission has its line in the table, and nothing stops the others."""

from __future__ import annotations

import csv
import io
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from groupy_check.checker.interfaces.cli import main
from groupy_check.checker.teaching import grading
from groupy_check.groupy_model.verdict import Verdict
from groupy_check.reports.tables.grades import (
    Grade,
    GradeEntry,
    Grades,
    Standing,
    escaped,
    grades_csv,
    grades_html,
    grades_markdown,
    plain,
    summary,
)
from tests.support.documents import read_document

LESSONS = Path(__file__).parents[2] / "reports" / "lessons"
RIGHT = (
    "from groupy_check import Gms3, broadcast\nclass Group(Gms3):\n"
    "    def repeat(self, slave, others): return broadcast(slave.last, others)\n"
)
WRONG = "from groupy_check import Gms3\nclass Group(Gms3):\n    def repeat(self, slave, others): return ()\n"
NEVER = "while True:\n    try:\n        while True: pass\n    except BaseException: pass\n"
ROLES = "from groupy_check import Gms3\nclass Group(Gms3):\n    def repeat(self, slave, others):\n        while True: pass\n"
GREEDY = (
    "from groupy_check import Gms3\nclass Group(Gms3):\n    def repeat(self, slave, others):\n"
    "        return tuple(range(10 ** 10))\n"
)
AGREE = """from groupy_check.groupy_model.verdict import Kind, Witness
from groupy_check.specs.requirement import Requirement
class Agree(Requirement):
    '''all who are up have delivered the same'''
    kind = Kind.LIVENESS
    def judge(self, history):
        up = {life.delivered for life in history.lives if life.correct}
        return Witness("some have not delivered what others have") if len(up) > 1 else None
"""
EXPECT = ("--messages", "1", "--expect", "agreement:holds", "--expect", "integrity:holds")
TRIAL = ("--messages", "1", "--correct", "gms3", "--mutants", "gms3~no-repeat", "gms3~deliver-first")
HOLDS, VIOLATED = GradeEntry(Verdict.HOLDS, None, Verdict.HOLDS), GradeEntry(Verdict.VIOLATED, 4, Verdict.HOLDS)
TOLD = (
    r"agreement:holds is not met: p3 never delivered a1, which p2 delivered in v2 \{p1,p2,p3\}"
    r" \(step 4: gms3\.py:\d+; unread: its n is 4, p3's n is 3; gms3\.py:\d+\)"
)
DRIVER = "import sys; from groupy_check.checker.interfaces.cli import main; sys.exit(main())"

Rows = Mapping[str, Mapping[str, str]]
Graded = Callable[..., tuple[int, Rows]]


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def grade(capsys: pytest.CaptureFixture[str]) -> Graded:
    """`groupy grade class` with these words: its exit status, and the rows of grades.csv by name."""

    def run(*words: str) -> tuple[int, Rows]:
        status = main(["grade", "class", *words])
        assert capsys.readouterr().err == ""
        return status, table()

    return run


def table() -> Rows:
    """The rows of grades.csv by name."""
    with Path("results/grades.csv").open(encoding="utf-8", newline="") as file:
        return {row["name"]: row for row in csv.DictReader(file)}


def hand_in(**files: str) -> None:
    """Write the submissions into ./class; a name with `__` is a file in a directory."""
    for name, text in files.items():
        path = Path("class", f"{name.replace('__', '/')}.py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


# --- protocols -----------------------------------------------------------------------------------------------------------


def test_a_class_is_judged(grade: Graded) -> None:
    hand_in(alpha=RIGHT, beta=WRONG, gamma__anything=RIGHT, delta__one=RIGHT, delta__two=RIGHT, __pycache__="x")
    Path("class/notes.txt").write_text("no submission", encoding="utf-8")
    Path("class/empty").mkdir()
    Path("class/packed.zip").write_bytes(b"PK")
    Path("class/report").mkdir()
    Path("class/report/report.pdf").write_bytes(b"%PDF")
    status, rows = grade(*EXPECT)
    assert status == 0
    assert {name: row["result"] for name, row in rows.items()} == {
        "alpha": "as expected", "beta": "not as expected", "delta": "not judged", "gamma": "as expected",
        "packed.zip": "not judged", "report": "not judged",
    }  # fmt: skip
    told = rows["beta"]["explanation"]
    assert re.fullmatch(TOLD, told)
    assert rows["beta"] == {
        "name": "beta", "file": "class/beta.py", "result": "not as expected", "agreement": "violated", "integrity": "holds",
        "shortest trace": "4", "explanation": told, "picture": "runs/beta/beta-m1-agreement.svg",
    }  # fmt: skip
    assert rows["delta"]["explanation"] == "it has one.py, two.py; name the one to judge: --file two.py"
    assert rows["gamma"]["file"] == "class/gamma/anything.py"
    assert Path("results", rows["beta"]["picture"]).read_text(encoding="utf-8").startswith("<?xml")
    assert "[picture](runs/beta/beta-m1-agreement.svg)" in Path("results/grades.md").read_text(encoding="utf-8")


def test_what_a_search_warns_of_is_in_the_row(grade: Graded) -> None:
    hand_in(alpha=RIGHT)
    _, rows = grade("--expect", "agreement:holds", "--leaves", "1", "--messages", "0")
    assert "the scenario allows a leave, but it never happened in what was seen" in rows["alpha"]["explanation"]


def test_pictures_of_an_earlier_grading_are_gone(grade: Graded) -> None:
    hand_in(alpha=WRONG, beta=WRONG)
    grade(*EXPECT)
    theirs = Path("results/runs/beta/notes.txt")
    theirs.write_text("what a teacher has written there", encoding="utf-8")
    assert Path("results/runs/alpha/alpha-m1-agreement.svg").is_file()
    hand_in(alpha=RIGHT, beta=RIGHT)
    grade(*EXPECT)
    assert not Path("results/runs/alpha").exists()
    assert [*Path("results/runs/beta").iterdir()] == [theirs]


def test_what_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    hand_in(alpha="x = 1\n")
    assert main(["grade", "class", *EXPECT]) == 0
    out = capsys.readouterr().out
    assert out.splitlines()[0].split() == ["name", "result", "agreement", "integrity", "steps", "explanation"]
    ending = ["1 submission: 1 not judged", "results/grades.csv", "results/grades.md", "results/grades.html"]
    assert out.splitlines()[-4:] == ending
    assert main(["grade", "class", *EXPECT, "--quiet"]) == 0
    assert capsys.readouterr().out == f"{ending[0]}\n"


def test_a_property_without_an_expectation_is_only_shown(grade: Graded) -> None:
    hand_in(beta=WRONG)
    _, rows = grade("--messages", "1", "--expect", "integrity:holds", "--property", "agreement")
    assert (rows["beta"]["result"], rows["beta"]["agreement"]) == ("as expected", "violated")


def test_a_bound_on_the_search_leaves_it_open(grade: Graded) -> None:
    hand_in(alpha=RIGHT)
    _, rows = grade(*EXPECT, "--max-states", "50")
    assert (rows["alpha"]["result"], rows["alpha"]["agreement"]) == ("not decided", "no violation found")
    assert rows["alpha"]["explanation"] == "agreement:holds, integrity:holds not decided: stopped at 50 distinct states"


def test_a_teacher_may_expect_a_property_of_their_own(grade: Graded) -> None:
    hand_in(beta=WRONG)
    Path("agree.py").write_text(AGREE, encoding="utf-8")
    _, rows = grade("--messages", "1", "--expect", "./agree.py:holds")
    assert (rows["beta"]["agree"], rows["beta"]["shortest trace"]) == ("violated", "4")
    assert rows["beta"]["explanation"].startswith(
        "agree:holds is not met: some have not delivered what others have (step 4: gms3.py"
    )


def test_each_expectation_that_is_not_met_is_named(grade: Graded) -> None:
    hand_in(alpha=RIGHT, beta=WRONG)
    words = ["--expect", "agreement:violated", "--expect", "progress:holds"]
    told = {name: row["explanation"] for name, row in grade("--messages", "1", *words)[1].items()}
    assert told["alpha"] == "agreement:violated is not met: it holds"
    assert told["beta"].startswith("progress:holds is not met: p3 asks for a multicast and never delivers it")
    _, rows = grade("--messages", "1", "--expect", "agreement:holds", "--expect", "progress:holds")
    assert rows["beta"]["explanation"].endswith("; nor is progress:holds")


def test_the_page_opens_each_run(grade: Graded) -> None:
    hand_in(alpha=RIGHT, beta=WRONG)
    grade(*EXPECT)
    page = Path("results/grades.html").read_text(encoding="utf-8")
    links = re.findall(r'<a href="([^"]*)"', page)
    assert links == ["runs/beta/beta-m1-agreement.html", "runs/beta/beta-m1-agreement.svg"]
    assert all(Path("results", link).is_file() for link in links)
    assert re.findall(r'<th scope="row">(\w+)</th><td class="(\w+)">', page) == [("alpha", "met"), ("beta", "unmet")]


@pytest.mark.slow
@pytest.mark.usefixtures("compiled")
def test_a_large_scenario_goes_to_the_native_engine_in_spite_of_the_limit_on_memory(grade: Graded) -> None:
    hand_in(alpha="from groupy_check import Gms3Relay\nclass Group(Gms3Relay): pass\n")
    _, rows = grade("--crashes", "2", "--messages", "3", "--expect", "total-order:holds")
    assert rows["alpha"]["result"] == "as expected (built-in)"


# --- what may be handed in -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("class Mine(:\n", "mine.py:1: invalid syntax"),
        ("x = 1\n", "no class here derives from groupy_check.Protocol"),
        ("raise SystemExit(0)\n", "mine.py:1: SystemExit while loading: 0"),
        ("import os\nos._exit(0)\n", "no verdict: it ended its own process, with status 0"),
        ("import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)\n", "no verdict: its process died of SIGSEGV"),
        ("raise KeyboardInterrupt\n", "no verdict: KeyboardInterrupt"),
        ("x = bytes(10 ** 12)\n", "mine.py:1: MemoryError while loading"),
        (GREEDY, "it raised MemoryError at mine.py:4"),
        ("print('x' * 10 ** 8)\n" + RIGHT, ""),
        ("import os\nos.write(1, b'{\"entries\": 1}')\n" + RIGHT, ""),
        ("import threading\nthreading.Thread(target=input).start()\n" + RIGHT, ""),
    ],
)  # fmt: skip
def test_one_line_for_each(text: str, part: str, grade: Graded) -> None:
    hand_in(mine=text)
    status, rows = grade("--messages", "1", "--expect", "agreement:holds", "--memory-limit", "600")
    assert status == 0
    assert rows["mine"]["result"] == ("not judged" if part else "as expected")
    assert part in rows["mine"]["explanation"]
    assert "\n" not in rows["mine"]["explanation"]


def test_what_never_ends_is_ended_and_told(grade: Graded) -> None:
    """While it is imported, though it catches everything, and in a handler; the next one is judged all the same."""
    hand_in(handler=ROLES, imported=NEVER)
    _, rows = grade("--messages", "1", "--expect", "agreement:holds", "--time-limit", "4")
    where = "no verdict within 4 seconds: it is still at {}; an endless loop?"
    assert rows["handler"]["explanation"] == where.format("handler.py:4")
    assert rows["imported"]["explanation"] == where.format("imported.py:3")


def test_what_cannot_be_interrupted_is_killed_with_all_that_it_started(grade: Graded, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grading, "GRACE", 0.5)
    child = "import subprocess, sys\nsubprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)', 'left behind'])\n"
    hand_in(mine=f"{child}import signal\nsignal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGALRM])\n{NEVER}")
    began = time.monotonic()
    _, rows = grade("--expect", "agreement:holds", "--time-limit", "2")
    assert rows["mine"]["explanation"] == "no verdict within 2 seconds, and it would not end"
    assert time.monotonic() - began < 30
    assert b"left behind" not in subprocess.run(["ps", "-eo", "args"], capture_output=True, check=True).stdout


def test_an_interrupt_writes_what_is_known() -> None:
    hand_in(alpha="import time\ntime.sleep(1)\n", beta=NEVER, gamma=RIGHT)  # long enough to be seen
    words = [sys.executable, "-c", DRIVER, "grade", "class", *EXPECT]
    environment = {**os.environ, "PYTHONPATH": str(LESSONS.parent.parent / ".editable")}
    with subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        deadline, seen = time.monotonic() + 50, set[str]()
        while len(seen) < 2 and time.monotonic() < deadline:  # alpha, and then beta
            time.sleep(0.1)
            seen |= judging(process.pid)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
    assert (process.returncode, err) == (3, "stopping ...\n")
    assert "3 submissions: 1 not judged; interrupted: 2 not looked at" in out
    assert list(table()) == ["alpha"]
    assert judging(process.pid) == set()


def judging(parent: int) -> set[str]:
    """The processes below `parent` that judge a submission; those that run one are forked from them."""
    words = ["ps", "-ww", "-e", "-o", "pid=,ppid=,args="]
    lines = subprocess.run(words, capture_output=True, text=True, check=False).stdout.splitlines()
    rows = {pid: (above, args) for pid, above, args in (line.split(maxsplit=2) for line in lines if len(line.split()) > 2)}

    def below(pid: str) -> bool:
        return pid == str(parent) or (pid in rows and below(rows[pid][0]))

    judges = {pid for pid, (_, args) in rows.items() if "submission.main" in args and below(pid)}
    return {pid for pid in judges if rows[pid][0] not in judges}


# --- properties ------------------------------------------------------------------------------------------------------------


def test_properties_are_judged_by_what_they_catch(grade: Graded) -> None:
    everything = AGREE.replace("LIVENESS", "SAFETY")
    hand_in(alpha=AGREE, beta=everything, gamma=AGREE.replace("kind =", "kine ="))
    status, rows = grade(*TRIAL)
    assert status == 0
    assert rows["alpha"] == {
        "name": "alpha", "file": "class/alpha.py", "result": "not as expected",
        "gms3": "holds", "gms3~no-repeat": "violated", "gms3~deliver-first": "holds", "shortest trace": "4",
        "explanation": "missed: gms3~deliver-first", "picture": "runs/alpha/gms3-no-repeat-m1-alpha.svg",
    }  # fmt: skip
    assert (rows["beta"]["gms3"], rows["beta"]["shortest trace"]) == ("violated", "1")
    assert rows["beta"]["explanation"] == "violated by gms3: some have not delivered what others have"
    assert rows["beta"]["picture"] == "runs/beta/gms3-m1-beta.svg"
    assert rows["gamma"]["explanation"].startswith("class/gamma.py: Agree needs a `kind`: Kind.SAFETY")


def test_hidden_mutants_are_named_and_drawn_nowhere(grade: Graded) -> None:
    hand_in(alpha=AGREE)
    _, rows = grade(*TRIAL, "--hidden")
    assert rows["alpha"]["explanation"] == "missed: mutant 2 of 2"
    assert (rows["alpha"]["mutant 1 of 2"], rows["alpha"]["picture"]) == ("violated", "")
    assert sorted(path.name for path in Path("results").iterdir()) == ["grades.csv", "grades.html", "grades.md"]
    assert "~" not in Path("results/grades.csv").read_text(encoding="utf-8")


# --- words -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "status", "part"),
    [
        ("class", 151, "what is expected? --expect agreement:holds, for example"),
        ("gone --expect agreement:holds", 151, "there is no directory gone"),
        ("class/alpha.py --expect agreement:holds", 151, "there is no directory class/alpha.py"),
        ("void --expect agreement:holds", 151, "there is no submission in void"),
        ("twice --expect agreement:holds", 151, "twice has both alpha.py and alpha/; rename one of the two"),
        ("class --expect agrement:holds", 151, "did you mean agreement?"),
        ("class --expect agreement:maybe", 151, "PROPERTY:holds or PROPERTY:violated"),
        ("class --correct gms3", 151, "--correct and --mutants go together"),
        ("class --correct gms3 --mutants gms3~no-repaet", 150, "did you mean gms3~no-repeat?"),
        ("class --correct gms3 --mutants gms3~no-repeat --expect agreement:holds", 151, "drop one"),
        ("class --expect agreement:holds --nodes 0", 151, "at least one process"),
        ("class --expect agreement:holds --out class/alpha.py", 151, "is a file; name a directory"),
        ("class --expect agreement:holds --time-limit 0", 151, "a limit must be at least 1"),
    ],
)
def test_words_that_make_no_sense(words: str, status: int, part: str, capsys: pytest.CaptureFixture[str]) -> None:
    hand_in(alpha=RIGHT)
    Path("void").mkdir()
    Path("twice/alpha").mkdir(parents=True)
    for file in ("twice/alpha.py", "twice/alpha/x.py"):
        Path(file).write_text(RIGHT, encoding="utf-8")
    assert main(["grade", *words.split()]) == status
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert part in err


# --- the table -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("alpha", "alpha"),
        ("p1 delivers -1", "p1 delivers -1"),
        ("=1+1", "'=1+1"),
        ("  =1+1", "'  =1+1"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\\t=1"),
        ("two\nlines", "two\\nlines"),
    ],
)
def test_no_cell_is_a_formula(cell: str, written: str) -> None:
    assert plain(cell) == written


def test_a_formula_stays_one_cell_as_name_file_and_explanation() -> None:
    evil = '=HYPERLINK("http://x","y"),z'
    text = grades_csv(Grades(["agreement"], [Grade(evil, evil, problem=evil)], 1, ""))
    (_, row) = csv.reader(io.StringIO(text))
    assert row == [f"'{evil}", f"'{evil}", "not judged", "", "", f"'{evil}", ""]


def test_markdown_shows_what_it_is_given() -> None:
    grade = Grade("a|b<script>", "f.py", {"agreement": VIOLATED}, "", "[x](y)\n`z`", "agreement", "runs/a b/x.svg")
    (line,) = [
        line for line in grades_markdown(Grades(["agreement"], [grade], 1, "3 processes")).splitlines() if "script" in line
    ]
    assert r"| a\|b\<script\> | not as expected | **violated** | 4 | \[x\]\(y\)\\n\`z\` |" in line
    assert line.endswith("[picture](runs/a%20b/x.svg) |")
    assert escaped("a*b") == r"a\*b"


def test_a_page_shows_what_it_is_given() -> None:
    grade = Grade("<script>", "f.py", {"a&b": VIOLATED}, "", "<i>\n", "a&b", 'runs/"/x.svg', page="")
    page = grades_html(Grades(["a&b"], [grade], 1, "3 processes"))
    assert '<th scope="row">&lt;script&gt;</th><td class="unmet">' in page
    assert '<td>&lt;i&gt;\\n</td><td><a href="runs/%22/x.svg">picture</a></td>' in page


@pytest.mark.parametrize(
    ("entries", "problem", "outcome"),
    [
        ({"a": HOLDS}, "", Standing.MET),
        ({"a": HOLDS, "b": VIOLATED}, "", Standing.UNMET),
        ({"a": HOLDS, "b": GradeEntry(Verdict.NOT_FOUND, None, Verdict.HOLDS)}, "", Standing.OPEN),
        ({"a": VIOLATED, "b": GradeEntry(Verdict.NOT_FOUND, None, Verdict.HOLDS)}, "", Standing.UNMET),
        ({"a": GradeEntry(Verdict.VIOLATED, 3, None)}, "", Standing.MET),
        ({}, "no verdict", Standing.UNJUDGED),
    ],
)
def test_the_outcome(entries: Mapping[str, GradeEntry], problem: str, outcome: Standing) -> None:
    assert Grade("x", "x.py", entries, problem).outcome is outcome


def test_the_summary_counts_and_tells_what_is_missing() -> None:
    rows = [Grade("a", "a.py", {"x": HOLDS}), Grade("b", "b.py", problem="no"), Grade("c", "c.py", {"x": VIOLATED})]
    assert summary(Grades(["x"], rows, 3, "")) == "3 submissions: 1 as expected, 1 not as expected, 1 not judged"
    assert summary(Grades(["x"], rows[:1], 3, "")) == "3 submissions: 1 as expected; interrupted: 2 not looked at"
    assert summary(Grades(["x"], [], 1, "")) == "1 submission; interrupted: 1 not looked at"


# --- the page for teachers -------------------------------------------------------------------------------------------------


def test_the_exercise_is_unsolved_and_its_solution_solves_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = read_document(LESSONS / "teachers.md")
    (hidden,) = [command.words for command in page.commands() if command.words[1] == "catch" and "--hidden" in command.words]
    for source, status, caught in ((LESSONS, 1, 2), (LESSONS / "solutions", 0, 4)):
        (tmp_path / "property_exercise.py").write_bytes((source / "property_exercise.py").read_bytes())
        assert main([*hidden[1:], "--quiet"]) == status
        line = f"./property_exercise.py: holds on 1 of 1 correct protocol; catches {caught} of 4 mutants\n"
        assert capsys.readouterr().out == line
