"""`groupy grade`: a class's submissions, each judged in a process of its own, as one table."""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from groupy_check.checker.counterexamples.output_files import check_directory, errors_about, remove_runs
from groupy_check.checker.errors import GroupyError, UsageError
from groupy_check.checker.exit_status import FINE, NOTHING_FOUND, Report, parse_expectations, split_expectation
from groupy_check.checker.inputs.properties import known_properties
from groupy_check.checker.judging.selection import select
from groupy_check.checker.search.progress_line import Ticker
from groupy_check.checker.teaching.assignment import NO_VERDICT, Assignment, GradeRequest
from groupy_check.checker.teaching.class_folder import Submission, is_source, submissions
from groupy_check.checker.teaching.descendants import adopting_orphans, children, end_children
from groupy_check.checker.teaching.mutation_trial import lineup
from groupy_check.checker.teaching.submission import NONCE, packed
from groupy_check.groupy_model.show import printable
from groupy_check.groupy_model.verdict import Verdict
from groupy_check.reports.atomic_write import write_text
from groupy_check.reports.tables.grades import Grade, GradeEntry, Grades, grades_csv, grades_html, grades_markdown
from groupy_check.reports.wording.summary import scenario_phrase

CHILD = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from groupy_check.checker.teaching import submission; submission.main()"
)
LOOK_EVERY = 0.5  # seconds between two looks at a process that has not ended
GRACE = 10.0  # seconds for starting and ending; after these a process is killed that has not ended by itself in its time
KILLED_BY_US = 1 << 16  # no exit status of a process
Sources = Mapping[Path, tuple[int, ...]]
STARTED = "processes that it had started were ended"
OURS = tuple(Path(__file__).parents[2] / name for name in ("checker", "groupy_model", "reports", "specs"))
RUNS = "runs"  # the directory of the pictures, beside the table


def graded(request: GradeRequest, tick: Ticker) -> Report[Grades]:
    """What `request` asks for: judge, and write the table; Ctrl-C ends it with what is known. Raises GroupyError."""
    columns = expected_of(request)
    listed = submissions(request.directory, request.file)
    check_directory(request.out)
    grades = Grades(list(columns), [], len(listed), scenario_phrase(request.scenario))
    files = _write(grades, request.out)
    sources = _sources(request.directory)
    with suppress(KeyboardInterrupt), adopting_orphans():
        for number, one in enumerate(listed, 1):
            told = f"{number} of {len(listed)} submissions: {printable(one.name)}"
            row = grade_of(one, columns, request, _waiting(told, tick))
            grades = replace(grades, rows=[*grades.rows, row])
            _write(grades, request.out)  # whatever becomes of the next one
            sources = _refuse_changes(one, sources, _sources(request.directory))
    return Report(grades, files, FINE if len(grades.rows) == len(listed) else NOTHING_FOUND)


def _sources(directory: Path) -> Sources:
    """The files that decide about verdicts, the submissions and our own, each with what changes when it is written to."""
    files = [file for folder in (directory, *OURS) for file in sorted(folder.resolve().rglob("*")) if is_source(file)]
    return {file: (stat.st_ctime_ns, stat.st_size, stat.st_ino) for file in files for stat in [file.lstat()]}


def _refuse_changes(one: Submission, before: Sources, after: Sources) -> Sources:
    """`after`, if it is as before. Raises GroupyError."""
    changed = [file for file in {**before, **after} if before.get(file) != after.get(file)]
    if changed:
        advice = "undo that, and judge again those that come after it"
        raise GroupyError(f"while {one.file} was judged, {changed[0]} was written: {advice}")
    return after


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
    if not request.expect:
        name = request.names[0] if request.names else "agreement"
        raise UsageError(f"what is expected? --expect {name}:holds, for example; for properties, --correct and --mutants")
    known = known_properties([*request.names, *(split_expectation(text)[0] for text in request.expect)])
    expected = parse_expectations(request.expect, known)
    properties, _ = select([*expected, *request.names], request.scenario, known)
    return {wanted.called: expected.get(wanted.name) for wanted in properties}


# --- one submission ----------------------------------------------------------------------------------------------------


def grade_of(
    one: Submission, expected: Mapping[str, Verdict | None], request: GradeRequest, wait: Callable[[float], None]
) -> Grade:
    """The verdicts on the submission, judged in a process of its own; `wait` is called now and then with the seconds so far."""
    out = request.out / RUNS / one.name
    with errors_about(out):
        remove_runs(out)  # they are of an earlier grading
    if one.problem:
        return Grade(one.name, str(one.file), problem=one.problem)
    # A slash says that it is a file, whatever it is called.
    file = str(one.file) if "/" in str(one.file) else f"./{one.file}"
    text, status = _answer(Assignment(file, out, request), wait)
    try:
        return _read(one, json.loads(text), expected, request.out)
    except (ValueError, KeyError, TypeError, AttributeError):
        return Grade(one.name, str(one.file), problem=_ended(status, request.seconds))


def _answer(task: Assignment, wait: Callable[[float], None]) -> tuple[bytes, int]:
    """What the process for `task` answers and signs, and its exit status. It and all that it started are gone then."""
    words = [sys.executable, "-P", "-c", CHILD, json.dumps(sys.path)]
    others = children()
    process = subprocess.Popen(  # noqa: S603 - our own module, in our own interpreter
        words, env={**os.environ, "PYTHONHASHSEED": "0"}, start_new_session=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    began, nonce = time.monotonic(), secrets.token_hex(NONCE // 2).encode()
    question: bytes | None = packed(task.part()) + packed(task) + nonce
    try:
        while True:
            try:
                text, _ = process.communicate(question, timeout=LOOK_EVERY)
                return text.partition(nonce)[2], process.returncode
            except subprocess.TimeoutExpired:
                question = None
                wait(time.monotonic() - began)
                late = time.monotonic() - began > task.request.seconds + GRACE
                if late or process.poll() is not None:
                    _kill(process)
                    end_children(spared={*others, process.pid})
                if late:
                    return b"", KILLED_BY_US
    finally:
        _kill(process)
        process.wait()
        for stream in filter(None, (process.stdin, process.stdout)):
            with suppress(BrokenPipeError):
                stream.close()
        end_children(spared=others)


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End the process, and whatever it has started."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def _ended(status: int, seconds: int) -> str:
    """Why the process gave no answer."""
    if status == KILLED_BY_US:
        return f"{NO_VERDICT} within {seconds} seconds, and it would not end"
    if status < 0:
        return f"{NO_VERDICT}: its process died of {signal.Signals(-status).name}"
    return f"{NO_VERDICT}: it ended its own process, with status {status}"


def _read(one: Submission, found: Any, expected: Mapping[str, Verdict | None], out: Path) -> Grade:
    """The answer `found` as a row. Raises ValueError, KeyError, TypeError or AttributeError when it is none."""
    if "problem" in found:
        return Grade(one.name, str(one.file), problem=str(found["problem"]))
    entries = {name: _entry(found["entries"][name], verdict) for name, verdict in expected.items()}
    built_in = str(found["built_in"])
    taken = f"its step is the built-in {built_in}'s" if built_in else ""
    told = "; ".join(filter(None, (str(found["explanation"]), taken, STARTED if found["started"] else "")))
    drawn = Path(found["picture"]) if found["picture"] else None
    picture = drawn.relative_to(out).as_posix() if drawn else ""
    page = drawn.with_suffix(".html").relative_to(out).as_posix() if drawn and drawn.with_suffix(".html").is_file() else ""
    shown = str(found["shown"])
    if shown and shown not in entries:
        raise ValueError(shown)
    return Grade(one.name, str(one.file), entries, "", told, shown, picture, built_in, page)


def _entry(answer: Sequence[Any], expected: Verdict | None) -> GradeEntry:
    word, steps, untested = answer
    return GradeEntry(Verdict(word), None if steps is None else int(steps), expected, bool(untested))


def _write(grades: Grades, directory: Path) -> tuple[Path, ...]:
    files = directory / "grades.csv", directory / "grades.md", directory / "grades.html"
    with errors_about(directory):
        directory.mkdir(parents=True, exist_ok=True)
        for path, text in zip(files, (grades_csv(grades), grades_markdown(grades), grades_html(grades)), strict=True):
            write_text(path, text)
    return files
