"""Faults planted in a log that was recorded from Corosync (`recorded/corosync`) are found, each time.

Three nodes; node 1 is cut off and comes back, the daemon of node 2 is killed, node 1 leaves, and node 3 a second later.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from groupy_check.checker.history.claims import KINDS
from groupy_check.checker.history.gathering import gather
from tests.support.logs import book_of, verdicts, violated

FOLDER = Path(__file__).parent / "recorded" / "corosync"
PROMISED = KINDS["evs"].properties
# Those that find most come first.
ORDER = sorted(PROMISED, key=lambda name: name not in ("causal-in-view", "no-duplication", "same-view-delivery"))
Lines = list[bytes]
RECORDED = [path.read_bytes().splitlines(keepends=True) for path in sorted(FOLDER.iterdir())]


def first_violated(files: list[Lines]) -> str | None:
    """The first promise that is broken."""
    log = gather(book_of(*map(b"".join, files)))
    return next((name for name in ORDER if violated(verdicts(log, name, claims="evs"))), None)


def places(lines: Lines, event: str) -> list[int]:
    return [place for place, line in enumerate(lines) if f'"event":"{event}"'.encode() in line]


def exchange(lines: Lines, one: int, other: int) -> str:
    lines[one], lines[other] = lines[other], lines[one]
    return f"lines {one + 1} and {other + 1} are exchanged"


def swapped(lines: Lines, chance: random.Random) -> str:
    return exchange(lines, *chance.sample(places(lines, "deliver"), 2))


def dropped(lines: Lines, chance: random.Random) -> str:
    """Drop a delivery, but not the last of a sender in a view: a process that is cut off, dies or leaves may not get that."""
    place = chance.choice([place for place in places(lines, "deliver") if not last_of_its_sender(lines, place)])
    del lines[place]
    return f"line {place + 1} is dropped"


def last_of_its_sender(lines: Lines, place: int) -> bool:
    sender = lines[place].split(b'"payload":"')[1].split(b"#")[0]
    views = [view for view in places(lines, "view") if view > place]
    rest = lines[place + 1 : views[0] if views else None]
    return not any(b'"deliver","payload":"' + sender + b"#" in line for line in rest)


def doubled(lines: Lines, chance: random.Random) -> str:
    place, before = chance.choices(places(lines, "deliver"), k=2)
    lines.insert(before, lines[place])
    return f"line {place + 1} comes again in front of line {before + 1}"


def views_exchanged(lines: Lines, chance: random.Random) -> str:
    """Exchange two views with different members: where a process was alone twice, only the names would change."""
    while True:
        one, other = chance.sample(places(lines, "view"), 2)
        if json.loads(lines[one])["members"] != json.loads(lines[other])["members"]:
            return exchange(lines, one, other)


KINDS_OF_FAULTS = (swapped, dropped, doubled, views_exchanged)


def faults(number: int, seed: int) -> Iterator[tuple[str, list[Lines]]]:
    """So many faults, and the logs with each of them."""
    chance = random.Random(seed)  # noqa: S311 - no secrets
    for count in range(number):
        files = list(map(list, RECORDED))
        at = chance.randrange(len(files))
        yield f"log {at + 1}: {KINDS_OF_FAULTS[count % 4](files[at], chance)}", files


def test_the_log_keeps_what_extended_virtual_synchrony_promises() -> None:
    log = gather(book_of(*map(b"".join, RECORDED)))
    result = verdicts(log, *PROMISED, claims="evs")
    assert violated(result) == []
    # Nobody is left at the end, so nothing is expected of anybody then.
    assert {finding.name for finding in result.findings if not finding.exercised} == {"validity", "precision"}


def drop(files: list[Lines]) -> None:
    del files[1][24]  # the last delivery of node 2 before node 1 is cut off


def swap(files: list[Lines]) -> None:
    exchange(files[2], 42, 43)  # two deliveries of node 3 while node 1 is cut off


def double(files: list[Lines]) -> None:
    files[0].insert(55, files[0][55])  # a delivery of node 1 while it is alone


def exchange_views(files: list[Lines]) -> None:
    exchange(files[2], 39, 77)  # node 3 comes into the group of all before node 1 is cut off


@pytest.mark.parametrize(
    ("fault", "name", "words", "lines"),
    [
        (
            drop, "virtual-synchrony",
            "2:48 and 3:49 both moved from v1.13+2:48 to v2.17, but 3:49 delivered 2:48#6 in v1.13+2:48 and 2:48 did not",
            ["log2:3", "log2:24", "log2:36", "log3:7", "log3:28", "log3:40", "log3:145"],
        ),
        (
            swap, "uniform-total-order", "2:48 delivered 2:48#9 before 2:48#10, but 3:49 delivered 2:48#10 before 2:48#9",
            ["log2:28", "log2:29", "log2:40", "log2:41", "log3:43", "log3:44"],
        ),
        (double, "no-duplication", "1:47 delivered 1:47#19 twice", ["log1:55", "log1:56", "log1:57"]),
        (
            exchange_views, "same-view-delivery",
            "2:48 delivered 2:48#7 in v2.17 {2:48,3:49}, but 3:49 delivered it in v1.25 {1:47,2:48,3:49}",
            ["log2:26", "log2:37", "log2:38", "log2:75", "log3:40", "log3:41", "log3:78", "log3:145"],
        ),
    ],
)  # fmt: skip
def test_a_fault_is_told_by_its_lines(fault: Callable[[list[Lines]], None], name: str, words: str, lines: list[str]) -> None:
    files = list(map(list, RECORDED))
    fault(files)
    (finding,) = verdicts(gather(book_of(*map(b"".join, files))), name, claims="evs").findings
    assert finding.witness
    assert finding.witness.text == words
    assert [f"{place.file}:{place.line}" for place in finding.places] == lines


def test_each_kind_of_fault_is_found() -> None:
    assert [told for told, files in faults(24, seed=1) if first_violated(files) is None] == []


@pytest.mark.slow
def test_a_thousand_faults_are_found() -> None:
    assert [told for told, files in faults(1000, seed=2) if first_violated(files) is None] == []
