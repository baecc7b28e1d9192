"""How documents are executed: what is stale is told, with its line; what is as it says is not."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.documents.test_documents import shape
from tests.support.documents import MalformedError, dead_links, read_document
from tests.support.documents_performed import Ran, first_missing, perform, run_in_tree

NO_REPEAT = """\
from groupy_check.groupy_model.protocols.groupy.gms3 import Gms3


class Mine(Gms3):
    def repeat(self, slave, others):
        return ()
"""
SOLVED = """\
from groupy_check.groupy_model.protocols.groupy.gms3 import Gms3


class Mine(Gms3):
    pass
"""
CHECK = "groupy-check --impl ./exercise.py --messages 1 --property agreement --expect agreement:holds"
ASKED = f"""\
<!-- exercise -->
```console
$ {CHECK}
agreement  VIOLATED  4
```
"""
LESSON = f"""\
# 1. Numbers

## Guess first

Who is missing something?

## Run it

```console
$ groupy-check --nodes 2 --impl gms2
gms2: OK
```

## What happened

```console
$ groupy-check --impl gms2 --property agreement
agreement  VIOLATED  5  results/gms2-agreement.svg
```

<!-- drawn: results/gms2-agreement.svg -->
![the leader dies](cut.svg)

## In the textbook

> If a correct process delivers m in a view, every correct member of that view eventually
> delivers m.

That is `agreement` (assignment "Groupy"; RB4 in Cachin, Guerraoui, Rodrigues (2011)).

## Exercise

{ASKED}
## Next

[The next one](#exercise).
"""


def lesson(directory: Path, text: str = LESSON, exercise: str = NO_REPEAT, solution: str = SOLVED) -> Path:
    """A lesson in a course of its own, with its exercise and solution."""
    path = directory / "01-numbers"
    path.mkdir()
    (path / "README.md").write_text(text, encoding="utf-8")
    (path / "exercise.py").write_text(exercise, encoding="utf-8")
    (directory / "solutions").mkdir()
    (directory / "solutions" / "01_numbers.py").write_text(solution, encoding="utf-8")
    return path / "README.md"


def performed(path: Path, *, updating: bool = False) -> list[str]:
    """What is wrong with the document at `path`, performed in a fresh directory."""
    directory = path.parent.parent / f"run{len(list(path.parent.parent.iterdir()))}"
    directory.mkdir()
    return perform(read_document(path), directory, updating=updating)


def document(directory: Path, text: str) -> Path:
    path = directory / "README.md"
    path.write_text(text, encoding="utf-8")
    return path


# --- a lesson ----------------------------------------------------------------------------------------------------------------


def test_a_true_lesson_has_nothing_wrong_once_its_picture_is_kept(tmp_path):
    path = lesson(tmp_path)
    assert [re.sub(r".*?: ", "", line, count=1) for line in performed(path)] == [
        "cut.svg or its .dot is not kept; look at it after pytest --update-goldens"
    ]
    assert performed(path, updating=True) == []
    assert performed(path) == []
    assert shape(read_document(path)) == []
    assert dead_links(read_document(path)) == []


def test_a_stale_picture_is_told(tmp_path):
    path = lesson(tmp_path)
    performed(path, updating=True)
    kept = path.with_name("cut.dot")
    kept.write_text(kept.read_text(encoding="utf-8").replace("p2", "p9"), encoding="utf-8")
    assert performed(path) == ["README.md:22: cut.svg is not what is drawn now; look at it after pytest --update-goldens"]


def test_a_picture_that_no_command_has_drawn_is_told(tmp_path):
    path = document(tmp_path, "<!-- drawn: results/gms9.svg -->\n![one](one.svg)\n")
    assert perform(read_document(path), tmp_path) == [
        "README.md:2: no command up to here drew results/gms9.svg; nothing was drawn at all"
    ]


def test_an_exercise_that_is_solved_from_the_start_is_told(tmp_path):
    stale, solved = performed(lesson(tmp_path, ASKED, exercise=SOLVED))
    assert stale.startswith(f"README.md:4: `{CHECK}` does not print\n        agreement  VIOLATED  4")
    assert solved == f"README.md:3: the exercise is solved from the start: `{CHECK}` ends with status 0"


def test_a_solution_that_does_not_pass_is_told(tmp_path):
    (problem,) = performed(lesson(tmp_path, ASKED, solution=NO_REPEAT))
    assert problem.startswith(f"README.md:3: solutions/01_numbers.py does not pass: `{CHECK}` ends with 1: ")


def test_an_exercise_that_cannot_even_be_loaded_is_told(tmp_path):
    broken, _ = performed(lesson(tmp_path, ASKED, exercise="class Mine:\n"))
    assert "ended with status 150" in broken
    assert "exercise.py:1" in broken


def test_an_exercise_must_show_which_expectation_fails(tmp_path):
    (problem,) = performed(lesson(tmp_path, ASKED.replace("agreement  VIOLATED  4", "3 processes, up to 1 multicast")))
    assert "does not show `agreement ... VIOLATED`" in problem


def test_an_exercise_without_a_solution_is_told(tmp_path):
    path = lesson(tmp_path, ASKED)
    (tmp_path / "solutions" / "01_numbers.py").unlink()
    assert performed(path) == ["README.md:3: the exercise has no solution: solutions/01_numbers.py is not there"]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("# 1. Numbers", "# 2. Numbers", "its first line is `# 1. ` and a title"),
        ("## Run it\n", "## Run this\n", "its sections are"),
        ("<!-- exercise -->\n", "", "no command is marked"),
        ("eventually\n", "finally\n", "quotes no property"),
        ("Who is missing something?", "```console\n$ groupy list\n```", "`Guess first` asks, and runs nothing"),
        ("(cut.svg)", "(other.svg)", "cut.dot, cut.svg: not used by the lesson"),
    ],
)
def test_what_a_lesson_lacks_is_told(old, new, told, tmp_path):
    assert LESSON.count(old) == 1
    path = lesson(tmp_path, LESSON.replace(old, new))
    for suffix in ("dot", "svg"):
        path.with_name(f"cut.{suffix}").touch()
    problems = shape(read_document(path))
    assert any(told in problem for problem in problems), problems


# --- any document ------------------------------------------------------------------------------------------------------------


def test_a_stale_line_is_told_with_what_is_printed_instead(tmp_path):
    path = document(tmp_path, "# Title\n\n```console\n$ groupy-check --impl gms2 --nodes 2\ngms2: OK\n2 process, up to\n```\n")
    (problem,) = perform(read_document(path), tmp_path)
    assert problem.startswith("README.md:6: `groupy-check --impl gms2 --nodes 2` does not print\n        2 process, up to\n")
    first = "gms2: OK, 13 of 13 claimed properties hold, 2 not put to the test (all reachable states seen)"
    assert f"behind `{first}`:\n        2 processes, up to 2 multicasts" in problem


def test_lines_count_in_the_order_in_which_they_are_printed():
    assert first_missing(["b   c", "d"], ["a", " b c ", "d"]) is None
    missing = first_missing(["d", "b c"], ["a", "b c", "d"])
    assert missing is not None
    assert missing[0] == 1


@pytest.mark.parametrize(
    ("text", "dead"),
    [
        ("[a](gone.md)", ["README.md:1: gone.md leads to nothing"]),
        ("![a](gone.svg)", ["README.md:1: gone.svg leads to nothing"]),
        ("[a](#no-such)\n# Such, a *heading*", ["README.md:1: #no-such: there is no such heading"]),
        ("[a](README.md#such-a-heading), [b](https://example.org/x)\n# Such, a *heading*", []),
        ("`[a](gone.md)`", []),
        ("```sh\n[a](gone.md)\n```", []),
    ],
)
def test_a_dead_link_is_told(text, dead, tmp_path):
    assert dead_links(read_document(document(tmp_path, text))) == dead


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("```console\ngroupy list\n```", "1.md:2: a console block begins with a command"),
        ("```console\n$ groupy list", "1.md:1: the block is not closed"),
        (
            "<!-- exercise -->\n\n```console\n$ groupy list\n```",
            "1.md:2: <!-- exercise --> must stand on the line right before",
        ),
        ("<!-- exercize -->\n```console\n$ groupy list\n```", "1.md:2: <!-- exercize --> cannot stand before"),
        ("<!-- change: a.py -->\n```python\n```", "1.md:2: <!-- change --> cannot stand before a block of `python`"),
        ("<!-- drawn: a.svg -->\nSee ![a](b.svg)", "1.md:2: <!-- drawn --> must stand on the line right before"),
        ("<!-- file: a.py -->", "1.md:1: nothing follows <!-- file -->"),
        ("```console \n$ groupy list\n```", "1.md:1: write a fence as ```word"),
        ("  ```console\n  $ groupy list\n  ```", "1.md:1: write a fence as ```word"),
        ("<!--exercise-->\n```console\n$ groupy list\n```", "1.md:1: write a fence as ```word, and a directive as"),
        ("```sh\n$ groupy list\n```", "1.md:1: commands that are to be executed stand in a block of `console`"),
    ],
)
def test_what_would_silently_not_be_executed_is_refused(text, why, tmp_path):
    (tmp_path / "1.md").write_text(text, encoding="utf-8")
    with pytest.raises(MalformedError, match=f"^{re.escape(why)}"):
        read_document(tmp_path / "1.md")


def test_a_command_that_fails_is_told_even_if_nothing_of_it_is_shown(tmp_path):
    path = document(
        tmp_path, "```console\n$ groupy-check --impl gsm2\n$ ls\n$ groupy-check --impl gms2 --expect agreement:holds\n```\n"
    )
    unknown, ls, unmet = perform(read_document(path), tmp_path)
    assert unknown.startswith("README.md:2: `groupy-check --impl gsm2` ended with status 150: groupy-check: unknown protocol")
    assert ls == "README.md:3: `ls` ended with status 153: documents run groupy-check, groupy, python, not ls"
    assert unmet.startswith(
        "README.md:4: `groupy-check --impl gms2 --expect agreement:holds` must end with status 0, and ended"
    )


def test_an_error_may_be_shown(tmp_path):
    path = document(
        tmp_path, "```console\n$ groupy-check --impl gsm2\ngroupy-check: unknown protocol 'gsm2': did you mean gms2?\n```\n"
    )
    assert perform(read_document(path), tmp_path) == []


def test_a_long_command_may_be_broken_and_blocks_may_hold_blocks(tmp_path):
    inner = "````markdown\n```console\n$ nothing\n```\n````\n"
    text = f"{inner}```console\n$ groupy-check --impl gms2 \\\n    --nodes 2 --quiet\ngms2: OK\n```\n"
    (command,) = read_document(document(tmp_path, text)).commands()
    assert command.words == ("groupy-check", "--impl", "gms2", "--nodes", "2", "--quiet")
    assert command.shown == ((9, "gms2: OK"),)


def test_files_are_written_and_changed_before_what_follows(tmp_path):
    text = (
        f"<!-- file: new/mine.py -->\n```python\n{NO_REPEAT}```\n\n"
        "<!-- change: new/mine.py -->\n```diff\n     def repeat(self, slave, others):\n-        return ()\n"
        "+        return super().repeat(slave, others)\n```\n\n"
        "```console\n$ groupy-check --impl ./new/mine.py --expect agreement:holds\nagreement holds\n```\n\n"
        "<!-- change: new/mine.py -->\n```diff\n-        return ()\n+        return 1\n```\n"
    )
    assert perform(read_document(document(tmp_path, text)), tmp_path) == [
        "README.md:24: new/mine.py has the old lines of the change 0 times, not once"
    ]


MENDED = """\
from neighbour import REPEATS
from groupy_check.groupy_model.protocols.groupy.gms3 import Gms3


class Mine(Gms3):
    def repeat(self, slave, others):
        return super().repeat(slave, others) if REPEATS else ()
"""


def test_a_file_of_one_size_written_in_the_same_second_is_read_anew(tmp_path):
    check = "groupy-check --impl ./mine.py --messages 1 --property agreement --expect agreement"
    path = document(
        tmp_path,
        f"<!-- file: neighbour.py -->\n```python\nREPEATS = 1\n```\n<!-- file: mine.py -->\n```python\n{MENDED}```\n"
        f"```console\n$ {check}:holds\n```\n"
        f"<!-- file: neighbour.py -->\n```python\nREPEATS = 0\n```\n```console\n$ {check}:violated\n```\n",
    )
    assert perform(read_document(path), tmp_path) == []


def test_python_and_the_programs_run_as_processes_on_a_copy_of_the_project(tmp_path):
    path = document(
        tmp_path,
        "<!-- file: .editable/groupy_check/checker/interfaces/cli.py -->\n```python\ndef main():\n    print('mine')\n```\n"
        "<!-- file: .editable/groupy_check/__init__.py -->\n```python\n```\n"
        "```console\n$ groupy list\nmine\n$ python -c 'print(6 * 7)'\n42\n$ python -c 'raise SystemExit(3)'\n```\n",
    )
    assert perform(read_document(path), tmp_path, run_in_tree) == [
        "README.md:14: `python -c 'raise SystemExit(3)'` must end with status 0, and ended with 3: (it printed nothing)"
    ]


@pytest.mark.parametrize(("command", "runs", "wrong"), [("live", 2, 0), ("live", 4, 1), ("check", 2, 1)])
def test_a_live_run_may_be_drawn_again_as_real_processes_race(command: str, runs: int, wrong: int, tmp_path: Path) -> None:
    """The picture is as it is kept from the run with the number `runs` on."""
    kept, made = tmp_path / "kept", tmp_path / "made"
    for directory in (kept, made / "results"):
        directory.mkdir(parents=True)
    text = f"```console\n$ groupy {command} gms2\n```\n\n<!-- drawn: results/a.svg -->\n![a run](a.svg)\n"
    for name, content in (("README.md", text), ("a.svg", ""), ("a.dot", "right")):
        (kept / name).write_text(content, encoding="utf-8")
    done: list[Sequence[str]] = []

    def run(words: Sequence[str], directory: Path) -> Ran:
        done.append(words)
        (directory / "results" / "a.dot").write_text("right" if len(done) >= runs else "other", encoding="utf-8")
        return Ran(0, ["agreement  VIOLATED  5  results/a.svg"])

    assert len(perform(read_document(kept / "README.md"), made, run)) == wrong
    assert len(done) == (1 if command == "check" else min(runs, 3))
