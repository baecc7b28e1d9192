"""`groupy grade`: a class's submissions, each judged in a process of its own, as one table."""

from __future__ import annotations

import json
import os
import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from groupy_check.checker.counterexamples.output_files import check_directory, errors_about
from groupy_check.checker.errors import UsageError
from groupy_check.checker.exit_status import FINE, NOTHING_FOUND, Report, parse_expectations, split_expectation
from groupy_check.checker.inputs.properties import known_properties
from groupy_check.checker.judging.selection import select
from groupy_check.checker.search.progress_line import Ticker
from groupy_check.checker.teaching.mutation_trial import lineup
from groupy_check.checker.teaching.submission import NO_VERDICT, Assignment, GradeRequest
from groupy_check.groupy_model.show import printable
from groupy_check.groupy_model.verdict import Verdict
from groupy_check.reports.atomic_write import write_text
from groupy_check.reports.tables.grades import Grade, GradeEntry, Grades, grades_csv, grades_markdown
from groupy_check.reports.wording.summary import scenario_phrase

CHILD = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from groupy_check.checker.teaching import submission; submission.main()"
)
LOOK_EVERY = 0.5  # seconds between two looks at a process that has not ended
GRACE = 10.0  # seconds for starting and ending; after these a process is killed that has not ended by itself in its time
RUNS = "runs"  # the directory of the pictures, beside the table


@dataclass(frozen=True, slots=True)
class Submission:
    """What a student handed in: `file` is the one to judge, unless there is a `problem` with it already."""

    name: str
    file: Path
    problem: str = ""


def graded(request: GradeRequest, tick: Ticker) -> Report[Grades]:
    """What `request` asks for: judge, and write the table; Ctrl-C ends it with what is known. Raises GroupyError."""
    columns = expected_of(request)
    listed = submissions(request.directory)
    check_directory(request.out)
    rows: list[Grade] = []
    with suppress(KeyboardInterrupt):
        for number, one in enumerate(listed, 1):
            told = f"{number} of {len(listed)} submissions: {printable(one.name)}"
            rows.append(grade_of(one, columns, request, _waiting(told, tick)))
    grades = Grades(list(columns), rows, len(listed), scenario_phrase(request.scenario))
    return Report(grades, _write(grades, request.out), FINE if len(rows) == len(listed) else NOTHING_FOUND)


def _waiting(told: str, tick: Ticker) -> Callable[[float], None]:
    return lambda seconds: tick(f"{told}, {seconds:.0f} s")


def expected_of(request: GradeRequest) -> dict[str, Verdict | None]:
    """The columns of the table, and what is expected in each. Raises GroupyError when the flags make no sense."""
    subjects = request.subjects
    if bool(subjects.correct) != bool(subjects.mutants):
        raise UsageError("--correct and --mutants go together: both say what the properties of a class are tried on")
    if subjects.mutants:
        if request.expect or request.names:
            raise UsageError("--expect and --property are about protocols, --correct and --mutants about properties; drop one")
        return {one.label: one.expected for one in lineup(subjects, request.scenario).subjects}
    if not request.expect and not request.names:
        raise UsageError("what is expected? --expect agreement:holds, for example; for properties, --correct and --mutants")
    known = known_properties([*request.names, *(split_expectation(text)[0] for text in request.expect)])
    expected = parse_expectations(request.expect, known)
    properties, _ = select([*expected, *request.names], request.scenario, known)
    return {wanted.name: expected.get(wanted.name) for wanted in properties}


def submissions(directory: Path) -> list[Submission]:
    """Every file DIR/NAME.py, and of every directory DIR/NAME the only .py in it, by name. Raises UsageError when none is."""
    if not directory.is_dir():
        raise UsageError(f"there is no directory {directory}; groupy grade DIR takes the one that holds the submissions")
    try:
        found = [one for path in sorted(directory.iterdir()) for one in _submission(path)]
    except OSError as error:
        raise UsageError(f"cannot read {directory}: {error.strerror or error}") from error
    if not found:
        raise UsageError(f"there is no submission in {directory}: neither NAME.py nor NAME/ with a .py file in it")
    names = [one.name for one in found]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise UsageError(f"{directory} has both {twice}.py and {twice}/; rename one of the two")
    return found


def _submission(path: Path) -> Iterator[Submission]:
    if path.name.startswith((".", "__")):
        return
    if path.suffix == ".py" and path.is_file():
        yield Submission(path.stem, path)
    elif path.is_dir():
        files = sorted(file for file in path.glob("*.py") if file.is_file())
        if len(files) == 1:
            yield Submission(path.name, files[0])
        elif files:
            yield Submission(path.name, path, f"{len(files)} files end in .py; leave only the one to judge")


# --- one submission ----------------------------------------------------------------------------------------------------


def grade_of(
    one: Submission, expected: Mapping[str, Verdict | None], request: GradeRequest, wait: Callable[[float], None]
) -> Grade:
    """The verdicts on the submission, judged in a process of its own; `wait` is called now and then with the seconds so far."""
    if one.problem:
        return Grade(one.name, str(one.file), problem=one.problem)
    out = request.out / RUNS / one.name
    # A slash says that it is a file, whatever it is called.
    file = str(one.file) if "/" in str(one.file) else f"./{one.file}"
    text, status = _answer(Assignment(file, out, request), wait)
    try:
        return _read(one, json.loads(text), expected, request.out)
    except (ValueError, KeyError, TypeError, AttributeError):
        return Grade(one.name, str(one.file), problem=_ended(status, request.seconds))


def _answer(task: Assignment, wait: Callable[[float], None]) -> tuple[bytes, int]:
    """All that the process for `task` answers, and its exit status. It and all that it started are gone then."""
    words = [sys.executable, "-P", "-c", CHILD, json.dumps(sys.path)]
    process = subprocess.Popen(  # noqa: S603 - our own module, in our own interpreter
        words, env={**os.environ, "PYTHONHASHSEED": "0"}, start_new_session=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    began = time.monotonic()
    question: bytes | None = pickle.dumps(task)
    try:
        while True:
            try:
                text, _ = process.communicate(question, timeout=LOOK_EVERY)
                return text, process.returncode
            except subprocess.TimeoutExpired:
                question = None
                wait(time.monotonic() - began)
                if time.monotonic() - began > task.request.seconds + GRACE:
                    _kill(process)
    finally:
        _kill(process)
        process.wait()


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End the process, and whatever it has started."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def _ended(status: int, seconds: int) -> str:
    """Why the process gave no answer."""
    if status == -signal.SIGKILL:
        return f"{NO_VERDICT} within {seconds} seconds, and it would not end"
    if status < 0:
        return f"{NO_VERDICT}: its process died of {signal.Signals(-status).name}"
    return f"{NO_VERDICT}: it ended its own process, with status {status}"


def _read(one: Submission, found: Any, expected: Mapping[str, Verdict | None], out: Path) -> Grade:
    """The answer `found` as a row. Raises ValueError, KeyError, TypeError or AttributeError when it is none."""
    if "problem" in found:
        return Grade(one.name, str(one.file), problem=str(found["problem"]))
    entries = {name: _entry(found["entries"][name], verdict) for name, verdict in expected.items()}
    picture = Path(found["picture"]).relative_to(out).as_posix() if found["picture"] else ""
    return Grade(one.name, str(one.file), entries, "", str(found["explanation"]), picture)


def _entry(answer: Sequence[Any], expected: Verdict | None) -> GradeEntry:
    word, steps = answer
    return GradeEntry(Verdict(word), None if steps is None else int(steps), expected)


def _write(grades: Grades, directory: Path) -> tuple[Path, ...]:
    files = directory / "grades.csv", directory / "grades.md"
    with errors_about(directory):
        directory.mkdir(parents=True, exist_ok=True)
        for path, text in zip(files, (grades_csv(grades), grades_markdown(grades)), strict=True):
            write_text(path, text)
    return files
