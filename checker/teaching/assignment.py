"""What `groupy grade` asks of the processes that it starts, and what they are allowed."""

from __future__ import annotations

import resource
from dataclasses import dataclass
from pathlib import Path

from groupy_check.checker.search.base import Limits
from groupy_check.checker.teaching.mutation_trial import SubjectNames
from groupy_check.groupy_model.scenario import Scenario

FOR_THE_SEARCH = 0.8  # of the time; the rest is for loading and drawing
NO_VERDICT = "no verdict"


@dataclass(frozen=True, slots=True)
class GradeRequest:
    """Judge all submissions in `directory` under `scenario`; `file` is the name of the one to judge where a folder has several.

    Protocols are judged by the properties of `names` and those of `expect`, which are words like `agreement:holds`; properties,
    where `subjects` name anything, by what they find of these. Each submission may take so many `states`, `seconds` and
    `megabytes`. `out` is the directory of the table and the pictures, `pictures` are their formats; `quiet`: of properties none
    are drawn.
    """

    directory: Path
    file: str
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
class PlayersPart:
    """What the process of a submission knows of its assignment: neither what is expected nor what it is tried on.

    `size` is the number of processes of the scenario; the rest is as in Assignment and GradeRequest.
    """

    file: str
    out: Path
    pictures: tuple[str, ...]
    size: int
    seconds: int
    megabytes: int


@dataclass(frozen=True, slots=True)
class Assignment:
    """Judge the submission in `file` as `request` says; its pictures go to `out`."""

    file: str
    out: Path
    request: GradeRequest

    def part(self) -> PlayersPart:
        """That of the process in which the submission runs."""
        request = self.request
        return PlayersPart(self.file, self.out, request.pictures, request.scenario.size, request.seconds, request.megabytes)

    def limits(self) -> Limits:
        """Those of the search."""
        request = self.request
        return Limits(None, request.states, request.seconds * FOR_THE_SEARCH, request.megabytes, all_verdicts=False)


def confine(limit: int) -> None:
    """Let this process have at most `limit` bytes."""
    resource.setrlimit(resource.RLIMIT_DATA, (limit, resource.RLIM_INFINITY))
