"""Owners that die, drivers that die: the search goes on from the end of the last level, as if nothing had happened."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import pytest

from groupy_check.checker.distributed import pieces
from groupy_check.checker.distributed import search as searching
from groupy_check.checker.distributed.checkpoint import MANIFEST
from groupy_check.checker.distributed.crew import LostError
from groupy_check.checker.distributed.mail import Fresh, Message
from groupy_check.checker.distributed.search import ClusterExplorer
from groupy_check.checker.errors import GroupyError, UsageError
from groupy_check.checker.inputs.protocols import load_protocol
from groupy_check.checker.native.search import NativeExplorer
from groupy_check.checker.search.base import Limits
from groupy_check.groupy_model.scenario import Scenario
from groupy_check.groupy_model.verdict import Result
from groupy_check.specs.property import Property
from tests.distributed.test_same_states import FEW, SAFETY
from tests.native.test_conformance import told
from tests.support.crews import ThreadCrew


@pytest.fixture(autouse=True)
def _small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "SMALLEST", 50)


class MortalCrew(ThreadCrew):
    """One owner is lost in each of the calls with these numbers; `then` so many come in their place."""

    def __init__(self, owners: int, deaths: Sequence[int], then: int | None = None) -> None:
        super().__init__(owners)
        self.deaths, self.then, self.calls, self.gathered = deaths, then or owners, 0, 0

    def gather(self, *arguments: Any) -> None:
        self.owners = self.then if self.gathered else self.owners
        self.gathered += 1
        super().gather(*arguments)

    def ask_all(self, name: str, *arguments: Any, waiting: Callable[[], bool] = lambda: False) -> list[Any]:
        self.calls += 1
        found = super().ask_all(name, *arguments, waiting=waiting)
        if self.calls in self.deaths:
            raise LostError("an owner of states is gone")
        return found


def search(
    crew: ThreadCrew,
    properties: Sequence[Property] = SAFETY,
    limits: Limits = Limits(),
    checkpoint: Path | None = None,
    resume: Path | None = None,
) -> Result:
    return ClusterExplorer(
        load_protocol("gms2"), Scenario(messages=1), properties, limits, crew=crew, checkpoint=checkpoint, resume=resume
    ).run()


def undisturbed(properties: Sequence[Property]) -> dict[str, object]:
    return told(NativeExplorer(load_protocol("gms2"), Scenario(messages=1), properties).run())


@pytest.mark.parametrize(("properties", "deaths"), [(SAFETY, (2, 9, 14, 22)), (FEW[:2], (5, 13))])
def test_owners_that_die_change_nothing(
    properties: list[Property], deaths: tuple[int, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Others, and not as many, take over."""
    crew = MortalCrew(3, deaths, then=2)
    assert told(search(crew, properties, checkpoint=tmp_path)) == undisturbed(properties)
    assert crew.gathered == 1 + len(deaths)
    assert capsys.readouterr().err.count("an owner of states is gone; the search goes on from the end of the last level\n") >= 1


def test_without_a_checkpoint_the_search_begins_again(capsys: pytest.CaptureFixture[str]) -> None:
    assert told(search(MortalCrew(2, (8,)))) == undisturbed(SAFETY)
    assert capsys.readouterr().err == ("an owner of states is gone; the search goes on from its beginning (no --checkpoint)\n")


def test_owners_that_die_again_and_again_end_the_search() -> None:
    with pytest.raises(GroupyError, match="an owner of states is gone, 3 times at depth 0; see whether its machine has too li"):
        search(MortalCrew(2, range(100)))


def test_owners_that_die_when_all_was_explored_end_the_search(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(_: object) -> None:
        raise LostError("an owner of states is gone")

    monkeypatch.setattr("groupy_check.checker.distributed.owner.Owner.edges", gone)
    with pytest.raises(
        GroupyError, match="an owner of states is gone: that was when all was explored, and before all was told"
    ):
        search(ThreadCrew(2), FEW[:2])


@pytest.mark.parametrize("properties", [SAFETY, FEW[:2]], ids=["safety", "eventual"])
def test_a_search_goes_on_in_another_process_with_another_number_of_owners(properties: list[Property], tmp_path: Path) -> None:
    first = search(ThreadCrew(2), properties, Limits(states=50), checkpoint=tmp_path)
    assert first.coverage.bound == "50 distinct states"
    second = search(ThreadCrew(3), properties, Limits(states=150), resume=tmp_path)
    assert second.coverage.bound == "150 distinct states"
    assert told(search(ThreadCrew(1), properties, resume=tmp_path)) == undisturbed(properties)
    assert told(search(ThreadCrew(2), properties, resume=tmp_path)) == undisturbed(properties)  # there is nothing left to do


def test_ways_are_the_same_for_one_who_took_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It has what several owners before it have found, by turns."""
    monkeypatch.setattr(pieces, "SMALLEST", 7)
    search(ThreadCrew(3), SAFETY, Limits(states=150), checkpoint=tmp_path)
    protocol, scenario = load_protocol("gms2"), Scenario(messages=1)
    alone = NativeExplorer(protocol, scenario, SAFETY)
    together = ClusterExplorer(protocol, scenario, SAFETY, crew=ThreadCrew(1), resume=tmp_path)
    states = alone.run().coverage.distinct
    assert together.run().coverage.distinct == states
    assert [together.way(number) for number in range(states)] == [alone.store.ancestors.way(number) for number in range(states)]


def test_what_an_unfinished_level_has_written_does_not_count(tmp_path: Path) -> None:
    search(ThreadCrew(2), SAFETY, Limits(states=100), checkpoint=tmp_path)
    for path in tmp_path.glob("hashes-*"):
        with path.open("ab") as file:
            file.write(b"more")
    assert told(search(ThreadCrew(2), SAFETY, resume=tmp_path)) == undisturbed(SAFETY)


@pytest.mark.parametrize("kind", ["hashes", "parents", "ordinals", "runs", "rows", "journal"])
def test_damage_is_found(kind: str, tmp_path: Path) -> None:
    search(ThreadCrew(1), SAFETY, Limits(states=100), checkpoint=tmp_path)
    path = next(path for path in sorted(tmp_path.glob(f"{kind}-*")) if path.stat().st_size)
    content = bytearray(path.read_bytes())
    content[0] ^= 1
    path.write_bytes(content)
    with pytest.raises(UsageError, match=r"the checkpoint is damaged: .* is not as it was written; begin anew"):
        search(ThreadCrew(2), SAFETY, resume=tmp_path)


def test_a_checkpoint_of_something_else_is_refused(tmp_path: Path) -> None:
    search(ThreadCrew(1), SAFETY, Limits(states=100), checkpoint=tmp_path)
    with pytest.raises(UsageError, match="it holds a checkpoint; go on from there with --resume"):
        search(ThreadCrew(1), SAFETY, checkpoint=tmp_path)
    with pytest.raises(UsageError, match="its properties was"):
        search(ThreadCrew(1), FEW[1:2], resume=tmp_path)
    (tmp_path / MANIFEST).write_text(json.dumps({"content": {}, "checksum": 0}))
    with pytest.raises(UsageError, match=f"the checkpoint is damaged: {MANIFEST} is not as it was written"):
        search(ThreadCrew(1), SAFETY, resume=tmp_path)


def test_owners_that_wait_for_one_another_are_dismissed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As where a message is lost: nobody has died."""
    post, lost = SimpleQueue.put, list[Message]()

    def losing(box: SimpleQueue[Message], message: Message) -> None:
        if isinstance(message, Fresh) and not lost:
            lost.append(message)
        else:
            post(box, message)

    monkeypatch.setattr("tests.support.crews.SimpleQueue", type("Losing", (SimpleQueue,), {"put": losing}))
    monkeypatch.setattr(searching, "STALLED", 0.5)
    assert told(search(ThreadCrew(2))) == undisturbed(SAFETY)
    assert lost
    assert (
        "the owners of states have found nothing for 0 s: some message was lost; the search goes on" in capsys.readouterr().err
    )
