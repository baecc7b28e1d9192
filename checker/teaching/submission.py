"""The process in which one submission is judged: code of strangers, which may crash, loop, print and eat memory.

It reads an Assignment from stdin, and writes one JSON object to stdout: "problem", or "entries" (by column a verdict and a
length), "explanation" and "picture". This contains accidents. It is not a sandbox: a malicious submission can read and write
what the teacher can.
"""

from __future__ import annotations

import json
import os
import pickle
import resource
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

from groupy_check.checker.counterexamples.output_files import write_findings, write_pages
from groupy_check.checker.engine import Engine
from groupy_check.checker.errors import GroupyError
from groupy_check.checker.exit_status import parse_expectations, split_expectation
from groupy_check.checker.inputs.properties import known_properties
from groupy_check.checker.inputs.protocols import load_protocol
from groupy_check.checker.judging.selection import select
from groupy_check.checker.search.base import Limits
from groupy_check.checker.search_request import SearchRequest
from groupy_check.checker.semantics.step_cache import short
from groupy_check.checker.teaching.mutation_trial import CatchRequest, SubjectNames, attempts
from groupy_check.groupy_model.scenario import Scenario
from groupy_check.groupy_model.verdict import Finding, Verdict

if TYPE_CHECKING:
    from groupy_check.checker.native.search import NativeExplorer

Verdicts = dict[str, Any]
FOR_THE_SEARCH = 0.8  # of the time; the rest is for loading and drawing
NO_VERDICT = "no verdict"


@dataclass(frozen=True, slots=True)
class GradeRequest:
    """Judge all submissions in `directory` under `scenario`.

    Protocols are judged by the properties of `names` and those of `expect`, which are words like `agreement:holds`; properties,
    where `subjects` name anything, by what they find of these. Each submission may take so many `states`, `seconds` and
    `megabytes`. `out` is the directory of the table and the pictures, `pictures` are their formats; `quiet`: of properties none
    are drawn.
    """

    directory: Path
    scenario: Scenario
    names: tuple[str, ...]
    expect: tuple[str, ...]
    subjects: SubjectNames
    states: int | None
    seconds: int
    megabytes: int
    out: Path
    pictures: tuple[str, ...]
    quiet: bool


@dataclass(frozen=True, slots=True)
class Assignment:
    """Judge the submission in `file` as `request` says; its pictures go to `out`."""

    file: str
    out: Path
    request: GradeRequest

    def limits(self) -> Limits:
        """Those of the search."""
        request = self.request
        return Limits(None, request.states, request.seconds * FOR_THE_SEARCH, request.megabytes, all_verdicts=False)


class Confined(Engine):
    """An engine that lifts the limit on memory where it moves over: the native one reserves far more than it ever uses.

    From there on the limits of the search watch over memory alone.
    """

    def native(self) -> NativeExplorer:
        confine(resource.RLIM_INFINITY)
        return super().native()


def confine(limit: int) -> None:
    """Let this process have at most `limit` bytes."""
    resource.setrlimit(resource.RLIMIT_DATA, (limit, resource.RLIM_INFINITY))


def judged(task: Assignment) -> Verdicts:
    """What is found of the submission. Raises GroupyError when it cannot be used."""
    return caught(task) if task.request.subjects.mutants else checked(task)


def checked(task: Assignment) -> Verdicts:
    """Judge it as a protocol."""
    request, scenario = task.request, task.request.scenario
    known = known_properties([*request.names, *(split_expectation(text)[0] for text in request.expect)])
    expected = parse_expectations(request.expect, known)
    properties, _ = select([*expected, *request.names], scenario, known)
    protocol = load_protocol(task.file)
    result = SearchRequest(protocol, scenario, properties, task.limits(), impl=task.file).run(engine=Confined)
    pictures = write_findings(result.findings, task.out, request.pictures)
    write_pages(result.findings, task.out, protocol, {}, known)
    violated = [finding for finding in result.findings if finding.witness is not None]
    surprising = [finding for finding in violated if expected.get(finding.name) is Verdict.HOLDS]
    told = next(iter([*surprising, *violated]), None)
    return {
        "entries": {finding.name: _entry(finding) for finding in result.findings},
        "explanation": told.witness.text if told and told.witness else "",
        "picture": pictures[told.name] if told else "",
    }


def caught(task: Assignment) -> Verdicts:
    """Judge it as a property, by the mutants that it catches."""
    request = task.request
    catching = CatchRequest(
        task.file, request.subjects, request.scenario, task.limits(), task.out, request.pictures, request.quiet
    )
    found = attempts(catching, lambda _: None, Confined).rows
    wrong = [one for one in found if one.expected is Verdict.HOLDS and one.finding.witness is not None]
    missed = [one.label for one in found if one.told == "missed"]
    witness = wrong[0].finding.witness if wrong else None
    told = f"violated by {wrong[0].label}: {witness.text}" if witness else ""
    return {
        "entries": {one.label: _entry(one.finding) for one in found},
        "explanation": told or (f"missed: {', '.join(missed)}" if missed else ""),
        "picture": next((one.picture for one in [*wrong, *found] if one.picture), ""),
    }


def _entry(finding: Finding) -> Sequence[str | int | None]:
    return finding.verdict.value, finding.length


# --- the process -------------------------------------------------------------------------------------------------------


def main() -> None:
    """Judge what stdin names, answer, and end at once, whatever the submission has left running."""
    task: Assignment = pickle.load(sys.stdin.buffer)  # noqa: S301 - from our own parent
    answer = _silenced()

    def reply(found: Verdicts) -> None:
        signal.setitimer(signal.ITIMER_REAL, 0)
        os.write(answer, json.dumps(found).encode())
        os._exit(0)

    def too_late(_: int, frame: FrameType | None) -> None:
        reply({"problem": f"{NO_VERDICT} within {task.request.seconds} seconds{_whereabouts(frame, Path(task.file))}"})

    confine(task.request.megabytes << 20)
    signal.signal(signal.SIGALRM, too_late)
    signal.setitimer(signal.ITIMER_REAL, task.request.seconds)
    try:
        reply(judged(task))
    except GroupyError as error:
        reply({"problem": short(str(error), 500)})
    except BaseException as error:  # noqa: BLE001 - a submission may raise anything, also what ends programs
        reply({"problem": f"{NO_VERDICT}: {type(error).__name__}: {short(str(error))}"})


def _silenced() -> int:
    """Send all that is printed from now on to nowhere. Returns where the answer goes instead."""
    answer = os.dup(sys.stdout.fileno())
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    return answer


def _whereabouts(frame: FrameType | None, file: Path) -> str:
    """In which line of `file` the program is; else what to do."""
    while frame is not None:
        if Path(frame.f_code.co_filename).name == file.name:
            return f": it is still at {file.name}:{frame.f_lineno}; an endless loop?"
        frame = frame.f_back
    return "; raise --time-limit, or take a smaller scenario"
