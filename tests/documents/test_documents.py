"""Every document is executed: README, CONTRIBUTING, the page on gms3-fixed and the course, whose lessons have one shape.

`-k 05-orphan` runs one lesson; `--update-goldens` keeps its pictures as they are drawn now.
"""

from __future__ import annotations

import contextlib
import io
import re
import shlex
import shutil
from collections.abc import Callable
from pathlib import Path
from unittest import mock

import pytest

from groupy_check.checker.interfaces import cli
from groupy_check.checker.interfaces.commands.flags import CommandLineError, CommandParser
from groupy_check.groupy_model.effects import EFFECT_TYPES
from groupy_check.groupy_model.events import EVENT_TYPES
from groupy_check.groupy_model.protocols.registry import PROTOCOLS
from groupy_check.specs.registry import PROPERTIES
from tests.support.documents import Document, Picture, dead_links, plain, read_document
from tests.support.documents_performed import PROGRAMS, ROOT, exercise_of, perform, run_here, run_in_tree

COURSE = ROOT / "reports" / "lessons"
LESSONS = sorted(COURSE.glob("[0-9][0-9]-*/README.md"))
CONTRIBUTING = ROOT / "CONTRIBUTING.md"
GMS3_FIXED = ROOT / "reports" / "gms3-fixed.md"
ASSUMPTIONS = ROOT / "reports" / "assumptions.md"
OWN_PROTOCOL = ROOT / "reports" / "own-protocol.md"
DOCUMENTS = [ROOT / "README.md", CONTRIBUTING, GMS3_FIXED, ASSUMPTIONS, OWN_PROTOCOL, *sorted(COURSE.glob("*.md")), *LESSONS]
WITH_LONG = [CONTRIBUTING, GMS3_FIXED]
SECTIONS = ["## Guess first", "## Run it", "## What happened", "## In the textbook", "## Exercise", "## Next"]
PROJECT = ("groupy_model", "specs", "checker", "reports", "tests", "pyproject.toml", "README.md", ".editable")


def named(path: Path) -> str:
    """What `-k` calls a document: the directory of a lesson, else the file."""
    return path.parent.name if path in LESSONS else path.relative_to(ROOT).with_suffix("").as_posix()


def each(*paths: Path, slow: Path | None = None) -> pytest.MarkDecorator:
    """One test for each of `paths`, of which `slow` is marked so."""
    marks = {slow: pytest.mark.slow}
    return pytest.mark.parametrize("path", [pytest.param(path, marks=marks.get(path, ()), id=named(path)) for path in paths])


def expect_none(problems: list[str]) -> None:
    if problems:
        pytest.fail("\n".join(["the document is stale:", *problems]), pytrace=False)


# --- every document ----------------------------------------------------------------------------------------------------------


def copy_of_the_project(directory: Path) -> Path:
    """What CONTRIBUTING works on, bytecode included: a file that is not changed need not be compiled by every command."""
    for name in PROJECT:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, directory / name, symlinks=True, ignore=shutil.ignore_patterns("benchmarks", "referees"))
        else:
            shutil.copy(source, directory)
    return directory


def problems_of(path: Path, directory: Path, *, long: bool = False, updating: bool = False) -> list[str]:
    """What is wrong with the document at `path`. CONTRIBUTING changes the project, and so has a copy of it."""
    if path == CONTRIBUTING:
        return perform(read_document(path), copy_of_the_project(directory), run_in_tree, long=long)
    return perform(read_document(path), directory, run_here, long=long, updating=updating)


@each(*DOCUMENTS, slow=CONTRIBUTING)
def test_a_document_does_and_shows_what_it_says(path, tmp_path, updating):
    expect_none(problems_of(path, tmp_path, updating=updating))


@pytest.mark.long
@each(*WITH_LONG)
def test_a_document_does_and_shows_also_what_takes_minutes(path, tmp_path):
    expect_none(problems_of(path, tmp_path, long=True))


def test_only_these_have_commands_that_take_minutes():
    assert [
        path for path in DOCUMENTS if any("long" in command.marks for command in read_document(path).commands())
    ] == WITH_LONG


@each(*DOCUMENTS)
def test_its_links_lead_somewhere(path):
    expect_none(dead_links(read_document(path)))


def not_understood(command: str) -> str:
    """Why the command line does not take `command`; "" where it does. Nothing is run. A subcommand may be named alone."""
    program, *words = shlex.split(command)
    words = [*words, "--help"] if len(words) == 1 else words

    def parsed(_: str, parser: Callable[[], CommandParser], arguments: list[str]) -> str:
        options, unknown = parser().parse_known_args(arguments)
        impl = getattr(options, "impl", None)
        return f"no {' '.join(unknown)}" if unknown else f"no {impl}" if impl and "~" in impl and impl not in PROTOCOLS else ""

    with mock.patch.object(cli, "_run", parsed), contextlib.redirect_stdout(io.StringIO()):
        try:
            return str(PROGRAMS[program](words))
        except CommandLineError as error:
            return str(error)
        except SystemExit:  # after --help
            return ""


@each(*DOCUMENTS)
def test_commands_in_its_sentences_can_be_typed(path):
    sentences = plain(re.sub(r"(?ms)^(```+).*?^\1$", "", path.read_text(encoding="utf-8")))
    commands = re.findall(r"`((?:groupy|groupy-check) [^`]+)`", sentences)
    expect_none([f"{path.name}: `{command}`: {why}" for command in commands if (why := not_understood(command))])


def test_a_command_that_cannot_be_typed_is_told():
    assert not_understood("groupy hunt --impl gms3 --xyz") == "no --xyz"
    assert not_understood("groupy matrixx").startswith("argument COMMAND: invalid choice: 'matrixx'")
    assert not_understood("groupy-check --impl gms3~no-repeats") == "no gms3~no-repeats"
    assert not_understood("groupy replay FILE --minimise") == ""


# --- the shape of a lesson ---------------------------------------------------------------------------------------------------


def shape(lesson: Document) -> list[str]:
    """What a lesson lacks: its headings, a command, a picture that is drawn again, a sentence, an exercise."""
    problems = []
    number = int(lesson.path.parent.name[:2])
    title, *sections = [text for _, text in lesson.headings if not text.startswith("###")]
    if not re.fullmatch(rf"# {number}\. \S.*", title):
        problems.append(f"its first line is `# {number}. ` and a title, not {title}")
    if sections != SECTIONS:
        problems.append(f"its sections are {SECTIONS}, in this order, not {sections}")
    if not any("exercise" not in command.marks for command in lesson.commands()):
        problems.append("it runs nothing but its exercise")
    if not any("exercise" in command.marks for command in lesson.commands()):
        problems.append("no command is marked <!-- exercise -->")
    if "```" in lesson.section("## Guess first"):
        problems.append("`Guess first` asks, and runs nothing")
    return [*problems, *unquoted(lesson), *strays(lesson)]


def unquoted(lesson: Document) -> list[str]:
    """No property is quoted as it is registered: its name in backticks, its sentence, its source."""
    text = plain(lesson.section("## In the textbook").replace("\n>", "\n")).lower()
    for wanted in PROPERTIES.values():
        if f"`{wanted.name}`" in text and wanted.sentence.lower() in text and wanted.source.lower() in text:
            return []
    return [
        "`In the textbook` quotes no property: `its-name`, its sentence and its source, word for word as `groupy list` has them"
    ]


def strays(lesson: Document) -> list[str]:
    """Files beside the lesson that it does not use, and pictures beside it that no command of it has drawn."""
    drawn = {piece.kept for piece in lesson.pieces if isinstance(piece, Picture)}
    used = (
        {lesson.path.name, exercise_of(lesson.path.parent).name}
        | drawn
        | {str(Path(name).with_suffix(".dot")) for name in drawn}
    )
    here = {path.name for path in lesson.path.parent.iterdir() if path.name != "__pycache__"}
    texts = {"not used by the lesson": here - used, "not there": used - here}
    return [f"{', '.join(sorted(names))}: {what}" for what, names in texts.items() if names]


@each(*LESSONS)
def test_a_lesson_has_the_shape_of_a_lesson(path):
    expect_none(shape(read_document(path)))


def test_the_table_of_contents_has_every_lesson_under_its_title_and_in_order():
    listed = re.findall(r"^(\d+)\. \[([^\]]+)\]\(([^)]+)\)", (COURSE / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    lessons = [(read_document(path).headings[0][1], path.parent.name) for path in LESSONS]
    assert [(f"# {number}. {title}", target) for number, title, target in listed] == [
        (title, f"{name}/README.md") for title, name in lessons
    ]


def test_every_solution_is_that_of_an_exercise():
    exercises = {exercise_of(path.parent): path.parent.name.replace("-", "_") for path in LESSONS}
    exercises |= {path: path.stem for path in COURSE.glob("*_exercise.py")}
    assert all(exercise.exists() for exercise in exercises)
    solutions = {path.name for path in (COURSE / "solutions").iterdir() if path.suffix in {".py", ".erl"}}
    assert solutions == {f"{name}{exercise.suffix}" for exercise, name in exercises.items()}


# --- what README and CONTRIBUTING say of CI ----------------------------------------------------------------------------------


def steps(text: str, program: str) -> list[str]:
    """The commands in `text` that run a program of the virtual environment called `program`, as words."""
    return [plain(line.replace(program, "").replace('"', "")) for line in text.splitlines() if line.startswith(program)]


def test_the_readme_has_the_two_commands_that_ci_runs():
    assert re.findall(r"<!-- ci: (\w+) -->", (ROOT / "README.md").read_text(encoding="utf-8")) == ["first", "test"]


def test_contributing_has_the_steps_of_ci():
    install, *ci = steps((ROOT / ".ci" / "run").read_text(encoding="utf-8"), '"$work/venv/bin/')
    extras = install.split()[-1]
    assert steps(CONTRIBUTING.read_text(encoding="utf-8"), ".venv/bin/") == [
        f"pip install --quiet --editable {extras}",
        *ci,
        "python -m pytest --quiet -n auto --dist loadfile",
    ]


def test_what_needs_a_browser_or_the_site_is_where_ci_looks_for_it():
    (line,) = [line for line in (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines() if "browser or site" in line]
    places = [ROOT / word for word in line.split() if word.startswith("tests/")]
    marked = [path for path in (ROOT / "tests").rglob("*.py") if re.search(r"mark\.(browser|site)\b", path.read_text("utf-8"))]
    assert marked
    assert [path for path in marked if path != Path(__file__) and not set(places) & set(path.parents)] == []


# --- the page of one's own protocol --------------------------------------------------------------------------------------


def test_every_event_and_effect_has_its_like_in_erlang():
    table = [line for line in OWN_PROTOCOL.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    right = " ".join(line.split(" | ")[1] for line in table)
    named = {kind.__name__ for kind in (*EVENT_TYPES, *EFFECT_TYPES)} - {"Adopt", "Store", "Recover"}  # the course has neither
    assert {name for name in named if f"{name}(" not in right} == set()
