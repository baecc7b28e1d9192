"""Faults of the network by their verdicts: what a reader can meet, whichever engine looks, is found, and nothing else is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from groupy_check.checker.interfaces.cli import check_main, main
from groupy_check.groupy_model.effects import Deliver, Install, Monitor, Send, View
from groupy_check.groupy_model.events import Down, Event, Join, Multicast, Receive, Start
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.protocol import Idle, Protocol, Step
from groupy_check.groupy_model.scenario import Beginning, Detector, Order
from tests.support.exploring import explored, violated

CASES = Path(__file__).parent / "cases" / "network"
P1, P2 = Node(1), Node(2)
BOTH = View(0, (P1, P2))


@dataclass(frozen=True, slots=True)
class Writer:
    me: Node
    done: bool = False


@dataclass(frozen=True, slots=True)
class Reader:
    me: Node
    had: str = ""
    go: bool = False


class Post(Protocol):
    """One process writes the letters of `word` to the other, which has a rule for nothing but `g` before it has taken that.

    `bad`: when it has taken this, D for a notice, it delivers g twice. `early`: the reader
    is p1, and sets its monitor when it starts, else p2, which sets it when it joins, `again` as often.
    """

    name = "post"

    def __init__(self, word: str, bad: str, *, go: bool = True, early: bool = False, again: int = 1) -> None:
        self.word, self.bad, self.go, self.again = word, bad, go, again
        self.reader, self.writer = (P1, P2) if early else (P2, P1)

    def step(self, state: Idle | Writer | Reader, event: Event) -> Step | None:
        match state, event:
            case Idle(me), Start() | Join():
                watch = (Monitor(self.writer),) * self.again
                return Step(Reader(me, go=not self.go), (Install(BOTH), *watch)) if me == self.reader else self._write(me)
            case Writer(done=False), Multicast(payload):
                letters = tuple(Send(self.reader, (letter, payload)) for letter in self.word)
                return Step(replace(state, done=True), letters)
            case Reader(go=False), Receive(_, ("g", _)):
                return Step(replace(state, go=True))
            case Reader(go=True), Receive(_, (letter, payload)) if letter != "g":
                return self._read(state, str(letter), payload)
            case Reader(go=True), Down(_):
                return self._read(state, "D", "nobody asked for this")
        return None

    def _write(self, me: Node) -> Step:
        return Step(Writer(me), (Install(BOTH),))

    def _read(self, state: Reader, letter: str, payload: Any) -> Step:
        after = replace(state, had=state.had + letter)
        return Step(after, (Deliver(payload),) * 2 if after.had == self.bad else ())


QUIET: dict[str, Any] = {"nodes": 2, "messages": 1, "crashes": 0}
ONE, TWO = QUIET | {"duplicates": 1}, QUIET | {"duplicates": 2}
SPLIT = QUIET | {"partitions": 1}
BAG = {"order": Order.ANY}
DELAYED = BAG | {"detector": Detector.OVERTAKING}
JOINING: dict[str, Any] = QUIET | {"beginning": Beginning.JOINING}


@pytest.mark.parametrize("fast", [False, True], ids=["reference", "native"])
@pytest.mark.parametrize(
    ("post", "scenario", "found"),
    [
        # A duplicate comes right behind its original, in between, at the end.
        (Post("xyz", "xx", go=False), ONE, {"integrity": 4}),
        (Post("xyz", "xyx", go=False), ONE, {"integrity": 5}),
        (Post("xyz", "xyzx", go=False), ONE, {"integrity": 6}),
        (Post("xyz", "yx", go=False), ONE, {}),
        (Post("xxy", "xxx", go=False), ONE, {"integrity": 5}),
        (Post("xxy", "xyx", go=False), TWO, {}),  # the two that were sent come first
        (Post("xy", "xxxy", go=False), TWO, {"integrity": 7}),
        (Post("xy", "xyxy", go=False), TWO, {"integrity": 7}),
        (Post("xy", "yxyx", go=False), TWO, {}),
        (Post("xy", "yxyx", go=False), TWO | BAG, {"integrity": 7}),
        # A retransmission may come behind the notice of the sender's end.
        (Post("x", "xDx", go=False), ONE | {"crashes": 1}, {"integrity": 6}),
        (Post("x", "xxD", go=False), ONE | {"crashes": 1}, {"integrity": 6}),
        (Post("x", "Dx", go=False), ONE | {"crashes": 1}, {}),
        # A notice that was queued first is taken first, or last, or in between.
        (Post("xg", "Dx"), SPLIT, {"integrity": 6}),
        (Post("xg", "Dx"), SPLIT | BAG, {"integrity": 6}),
        (Post("xg", "xD"), SPLIT, {"integrity": 5}),  # split after it was read
        (Post("xyg", "Dxy"), SPLIT | BAG, {"integrity": 7}),
        (Post("xyg", "yDx"), SPLIT | BAG, {"integrity": 7}),
        (Post("xyg", "yDx"), SPLIT, {}),
        (Post("xg", "Dx", early=True), JOINING, {"integrity": 5}),
        (Post("xg", "Dx", early=True), JOINING | BAG, {"integrity": 5}),
        (Post("xg", "DDx", early=True, again=2), JOINING | BAG, {"integrity": 6}),
        # One that was queued later waits, unless it overtakes.
        (Post("xg", "Dx"), QUIET | BAG | {"crashes": 1}, {}),
        (Post("xg", "Dx"), QUIET | DELAYED | {"crashes": 1}, {"integrity": 5}),
        (Post("xg", "Dx"), SPLIT | DELAYED, {"integrity": 6}),
    ],
)
def test_what_a_reader_can_meet(post: Post, scenario: dict[str, Any], found: dict[str, int], fast: bool) -> None:
    assert violated(explored(post, "integrity", fast=fast, **scenario)) == found


DUPLICATE = "dup_adjacent.py --nodes 2 --messages 1 --crashes 0 --duplicates 1 --property integrity"
NOTICE = "any_forbids.py --nodes 3 --messages 1 --crashes 0 --partitions 1 --property integrity"


@pytest.mark.parametrize("engine", ["reference", "native"])
@pytest.mark.parametrize(
    ("words", "row"),
    [
        (DUPLICATE, "integrity VIOLATED 4"),
        (f"{DUPLICATE} --order any", "integrity VIOLATED 4"),
        (f"{NOTICE} --order fifo", "integrity VIOLATED 8"),
        (f"{NOTICE} --order any", "integrity VIOLATED 8"),
    ],
)
def test_the_right_answer(
    words: str,
    row: str,
    engine: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    path, *flags = words.split()
    own = str(CASES / path)
    check_main(["--impl", own, *flags, "--engine", engine])
    assert any(" ".join(line.split()).startswith(row) for line in capsys.readouterr().out.splitlines())
    saved = next(Path("results").glob("*-integrity.txt"))
    main(["replay", str(saved), "--impl", own])
    assert " ".join(row.split()[:2]) in " ".join(capsys.readouterr().out.split())


def test_a_copy_between_is_told_where_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    path, *flags = DUPLICATE.split()
    check_main(["--impl", str(CASES / path), *flags])
    told = " ".join(capsys.readouterr().out.split())
    assert "the network duplicates [x, a1] from p1 to p2 (position 1 in the queue; the copy takes position 2)" in told
    assert "The network duplicated [x, a1] from p1 to p2, ahead of [y, a1]." in told
