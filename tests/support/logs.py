"""Logs for tests: lines in short notation, and logs of a system that does everything right."""

from __future__ import annotations

import io
import json
import random
from collections.abc import Iterable, Iterator
from typing import Any

from groupy_check.checker.history.book import Book
from groupy_check.checker.history.claims import claims_named
from groupy_check.checker.history.gathering import LogHistory, Silence, gather
from groupy_check.checker.history.judgement import LogQuestion, judge_log
from groupy_check.checker.history.reading import FileReader, read_file
from groupy_check.groupy_model.log_verdict import LogResult
from groupy_check.groupy_model.verdict import Verdict
from groupy_check.specs.registry import BUILT_IN

Line = dict[str, Any]


def line(text: str) -> Line:
    """`p1 deliver a1` or `p1 view 2 p1,p2` as an event; `p1 view - p1,p2` has no identity; `p1#2` is an incarnation.

    Behind the members of a view its transitional set may stand.
    """
    process, event, *rest = text.split()
    name, _, incarnation = process.partition("#")
    found: Line = {"process": name, "event": event}
    if incarnation:
        found["incarnation"] = incarnation
    if event == "view":
        identity, members, *transitional = rest
        found["members"] = members.split(",")
        if transitional:
            found["transitional"] = transitional[0].split(",")
        if identity != "-":
            found["view"] = int(identity) if identity.isdecimal() else identity
    elif event == "state":
        found["payload"] = rest
    elif rest:
        found["payload" if event in ("multicast", "deliver", "safe") else "reason"] = rest[0]
    return found


def encoded(lines: Iterable[Line | str]) -> bytes:
    return "".join(json.dumps(line(each) if isinstance(each, str) else each) + "\n" for each in lines).encode()


def book_of(*files: bytes) -> Book:
    book = Book()
    for number, text in enumerate(files, start=1):
        read_file(FileReader(book, f"log{number}"), io.BytesIO(text))
    return book


def log_of(*lines: Line | str) -> LogHistory:
    return gather(book_of(encoded(lines)))


def verdicts(
    log: LogHistory,
    *names: str,
    claims: str = "primary",
    silent: str = "correct",
    at_rest: bool = True,
    settle: float | None = None,
) -> LogResult:
    question = LogQuestion(claims_named(claims), BUILT_IN, names, Silence(silent), at_rest, settle)
    return judge_log(log, question)


def violated(result: LogResult) -> list[str]:
    return [finding.name for finding in result.findings if finding.verdict is Verdict.VIOLATED]


def right_log(seed: int, processes: int = 3, rounds: int = 12) -> list[Line]:
    """The log of a group that delivers everything in one order, in the view in which it was multicast, at all members."""
    chance = random.Random(seed)  # noqa: S311 - no secrets
    names = [f"p{number}" for number in range(1, processes + 1)]
    return [*_view(1, names), *_rounds(chance, names, rounds)]


def _view(number: int, names: list[str]) -> list[Line]:
    return [{"process": name, "event": "view", "view": number, "members": names} for name in names]


def _rounds(chance: random.Random, names: list[str], rounds: int) -> Iterator[Line]:
    number, view = 0, 1
    for _ in range(rounds):
        for _ in range(chance.randint(1, 3)):
            number += 1
            payload = f"m{number}"
            yield {"process": chance.choice(names), "event": "multicast", "payload": payload}
            yield from ({"process": name, "event": "deliver", "payload": payload} for name in names)
        if chance.random() < 0.4:
            view += 1
            yield from _view(view, names)
