"""Small logs as engineers write them, judged as the textbook says: `textbook.txt`, in a notation of one line for each event.

    === what happens
    violated: all that is violated, or nothing
    unjudged: what among others is not judged
    claims: evs                 (primary if nothing is said)
    silent: unknown             (correct if nothing is said)
    header: {"groupy-log": 1}   (none if nothing is said)
    verdict: fine, safety, eventual or undecided: what `groupy judge` ends with
        * view 1 a,b            each of the members logs it
        a,b deliver m1          both log it
        a multicast m2

The rest is the notation of `tests.support.logs`. All logs are at rest.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from groupy_check.checker.exit_status import log_exit_status
from groupy_check.checker.history.gathering import gather
from groupy_check.groupy_model.log_verdict import LogResult
from tests.support.logs import book_of, encoded, verdicts, violated

VERDICTS = {0: "fine", 3: "undecided", 12: "safety", 13: "eventual"}


@dataclass(slots=True)
class TextbookLog:
    """A log, and what is said of it."""

    title: str
    said: dict[str, str] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)

    def names(self, key: str) -> list[str]:
        return [name for name in self.said.get(key, "nothing").split(", ") if name != "nothing"]

    def judged(self, *files: list[str]) -> LogResult:
        """The verdicts on these files, by default on the lines as they stand."""
        header = self.said.get("header", "")
        texts = [(header + "\n").encode() * bool(header) + encoded(lines) for lines in files or (self.lines,)]
        log = gather(book_of(*texts))
        return verdicts(log, claims=self.said.get("claims", "primary"), silent=self.said.get("silent", "correct"))


def logs() -> Iterator[TextbookLog]:
    found = None
    for line in (Path(__file__).parent / "textbook.txt").read_text("utf-8").splitlines():
        if line.startswith("=== "):
            if found:
                yield found
            found = TextbookLog(line[4:])
        elif line.startswith("    "):
            assert found
            found.lines += expanded(line.split(maxsplit=1))
        elif line and not line.startswith("#"):
            assert found
            key, found.said[key] = line.split(": ", 1)
    assert found
    yield found


def expanded(parts: list[str]) -> Iterator[str]:
    """The lines of all who log it."""
    names, event = parts
    who = event.split()[-1] if names == "*" else names
    yield from (f"{name} {event}" for name in who.split(","))


LOGS = list(logs())


@pytest.mark.parametrize("log", LOGS, ids=lambda log: log.title)
def test_a_log_is_judged_as_the_textbook_says(log: TextbookLog) -> None:
    result = log.judged()
    assert result.faults == ()
    assert sorted(violated(result)) == sorted(log.names("violated"))
    assert [name for name in log.names("unjudged") if not result.finding(name).unjudged] == []
    assert VERDICTS[log_exit_status(result)] == log.said["verdict"]


def told(result: LogResult) -> list[tuple[str, object, str, bool]]:
    """What does not depend on where lines stand."""
    return [
        (each.name, each.verdict, each.witness.text if each.witness else "", bool(each.unjudged)) for each in result.findings
    ]


@pytest.mark.parametrize("log", LOGS, ids=lambda log: log.title)
def test_only_the_order_of_the_lines_of_one_process_means_anything(log: TextbookLog) -> None:
    own: dict[str, list[str]] = {}
    for line in log.lines:
        own.setdefault(line.split("#")[0].split()[0], []).append(line)
    expected = told(log.judged())
    assert told(log.judged(*own.values())) == expected
    assert told(log.judged(*reversed(own.values()))) == expected
    chance, rest, shuffled = random.Random(1), [*map(list, own.values())], list[str]()  # noqa: S311 - no secrets
    while rest := [lines for lines in rest if lines]:
        shuffled.append(chance.choice(rest).pop(0))
    assert told(log.judged(shuffled)) == expected
