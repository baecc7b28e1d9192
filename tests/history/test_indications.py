"""What a system tells its applications, planted wrong in logs of one that does everything right: found each time."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from groupy_check.checker.history.gathering import gather
from groupy_check.groupy_model.verdict import Verdict
from tests.support.logs import Line, book_of, encoded, log_of, right_log, verdicts, violated

NAMES = ["transitional-set", "safe-indication"]


def telling(lines: list[Line]) -> Iterator[Line]:
    """The log with a transitional set for each view, and an indication for each payload that all have."""
    for number, each in enumerate(lines):
        yield {**each, "transitional": each["members"]} if each["event"] == "view" else each
        last = number + 1 == len(lines) or lines[number + 1]["event"] != "deliver"
        if each["event"] == "deliver" and last:
            yield from ({"process": name, "event": "safe", "payload": each["payload"]} for name in ("p1", "p2", "p3"))


def undelivered(chance: random.Random, lines: list[Line]) -> None:
    del lines[chance.choice([at for at, each in enumerate(lines) if each["event"] == "deliver"])]


def unheard_of(chance: random.Random, lines: list[Line]) -> None:
    """A process is told of a payload that nobody has."""
    chance.choice([each for each in lines if each["event"] == "safe"])["payload"] = "m999"


def left_out(chance: random.Random, lines: list[Line]) -> None:
    view = chance.choice([each for each in lines if each["event"] == "view" and each["view"] > 1])
    gone = chance.choice(view["members"])
    view["transitional"] = [name for name in view["members"] if name != gone]


def stranger(chance: random.Random, lines: list[Line]) -> None:
    view = chance.choice([each for each in lines if each["event"] == "view" and each["view"] > 1])
    view["transitional"] = [*view["members"], "p9"]


MUTATIONS = {
    undelivered: "safe-indication",
    unheard_of: "safe-indication",
    left_out: "transitional-set",
    stranger: "transitional-set",
}


@pytest.mark.parametrize("mutation", MUTATIONS)
def test_a_wrong_indication_is_found_each_time(mutation) -> None:
    missed = []
    for seed in range(25):
        chance, lines = random.Random(seed), list(telling(right_log(seed)))  # noqa: S311 - no secrets
        assert violated(verdicts(gather(book_of(encoded(lines))), *NAMES)) == []
        mutation(chance, lines)
        if violated(verdicts(gather(book_of(encoded(lines))), *NAMES)) != [MUTATIONS[mutation]]:
            missed.append(seed)
    assert missed == []


def test_the_witness_names_the_lines() -> None:
    log = log_of("p1 view 1 p1,p2", "p2 view 1 p1,p2", "p1 multicast a", "p1 deliver a", "p1 safe a")
    finding = verdicts(log, "safe-indication").finding("safe-indication")
    assert finding.witness
    assert finding.witness.text == "p1 was told that a is safe in v1 {p1,p2}, but p2 did not deliver it in that view"
    assert [str(place) for place in finding.places] == [
        "log1:1: p1 installed v1 {p1,p2}",
        "log1:3: p1 multicast a",
        "log1:4: p1 delivered a",
        "log1:5: p1 was told that a is safe",
        "log1:2: p2 installed v1 {p1,p2}",
    ]
    moved = log_of("p1 view 1 p1,p2", "p2 view 1 p1,p2", "p1 view 2 p1,p2 p1", "p2 view 2 p1,p2 p1,p2")
    places = verdicts(moved, "transitional-set").finding("transitional-set").places
    assert [str(place) for place in places] == [
        "log1:1: p1 installed v1 {p1,p2}",
        "log1:3: p1 installed v2 {p1,p2}",
        "log1:3: p1 was told that it moved with p1",
        "log1:2: p2 installed v1 {p1,p2}",
        "log1:4: p2 installed v2 {p1,p2}",
        "log1:4: p2 was told that it moved with p1, p2",
    ]


def test_a_system_that_tells_nothing_is_not_judged_by_it_and_one_that_does_is() -> None:
    silent = verdicts(gather(book_of(encoded(right_log(1)))), claims="evs")
    assert {name: silent.finding(name).unjudged for name in NAMES} == {
        "transitional-set": "the views in the log have no transitional sets (`transitional`)",
        "safe-indication": "the log has no safe events",
    }
    assert not {finding.name for finding in silent.decisive} & {*NAMES}
    telling_one = verdicts(gather(book_of(encoded(telling(right_log(1))))), claims="evs")
    assert [telling_one.finding(name).verdict for name in NAMES] == [Verdict.HOLDS] * 2
    assert {finding.name for finding in telling_one.decisive} >= {*NAMES}
