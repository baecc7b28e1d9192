"""What a member of a closed process group logs of what Corosync tells it, and files that grow."""

from __future__ import annotations

import json
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from groupy_check.checker.history.recorders.cpg import Address, Configured, CpgEvent, Members, Message, Ring
from groupy_check.checker.history.recorders.group_log import GroupLog, UnclearViewError, message
from groupy_check.checker.history.recorders.growing_log import GrowingLog
from groupy_check.checker.history.recorders.stopping import RecorderError, Recording, file_stem, record_until_stopped

ONE, TWO, THREE = Address(1, 26), Address(2, 27), Address(3, 28)


def members(
    *all_of_them: Address, left: tuple[Address, ...] = (), joined: tuple[Address, ...] = (), ring: bool = False
) -> Members:
    return Members(all_of_them, left, joined, ring)


def logged(own: Address, *events: CpgEvent) -> list[str]:
    """`1.13+1:26 {1:26}` for a view, else the event and its payload."""
    log = GroupLog(own)
    return [_short(line) for event in events for line in log.lines(event)]


def _short(line: dict[str, Any]) -> str:
    if line["event"] == "view":
        return f"{line['view']} {{{','.join(line['members'])}}}"
    return f"{line['event']} {line.get('payload', '')}"


JOINED = (members(ONE, joined=(ONE,)), Configured(Ring(1, 13)))


def test_who_joins_gives_the_view_its_name_on_all_sides() -> None:
    second = members(ONE, TWO, joined=(TWO,))
    assert logged(ONE, *JOINED, second) == ["1.13+1:26 {1:26}", "1.13+2:27 {1:26,2:27}"]
    # The new member hears of the ring only afterwards.
    assert logged(TWO, second, Configured(Ring(1, 13))) == ["1.13+2:27 {1:26,2:27}"]


def test_a_new_ring_gives_the_view_its_name() -> None:
    apart = members(ONE, left=(TWO,), ring=True)
    together = members(ONE, TWO, joined=(TWO,), ring=True)
    events = (*JOINED, apart, Configured(Ring(1, 17)), together, Configured(Ring(1, 21)))
    assert logged(ONE, *events)[1:] == ["1.17 {1:26}", "1.21 {1:26,2:27}"]


def test_a_ring_that_changes_nothing_for_the_group_makes_no_view() -> None:
    assert logged(ONE, *JOINED, Configured(Ring(1, 17)), members(ONE, TWO, joined=(TWO,)))[1:] == ["1.17+2:27 {1:26,2:27}"]


def test_a_split_that_is_told_with_the_merge_is_a_view_of_its_own() -> None:
    """Both sides come from one view and go to one view, but not together."""
    begin = (members(ONE, TWO, THREE, joined=(THREE,)), Configured(Ring(1, 13)))
    one = (members(ONE, left=(TWO, THREE), ring=True), members(ONE, TWO, THREE, joined=(TWO, THREE), ring=True))
    two = (members(TWO, THREE, left=(ONE,), ring=True), members(ONE, TWO, THREE, joined=(ONE,), ring=True))
    ring = Configured(Ring(1, 25))
    assert logged(ONE, *begin, *one, ring)[1:] == ["1.25-2:27-3:28 {1:26}", "1.25 {1:26,2:27,3:28}"]
    assert logged(TWO, *begin, *two, ring)[1:] == ["1.25-1:26 {2:27,3:28}", "1.25 {1:26,2:27,3:28}"]


def test_messages_of_others_than_recorders_are_only_noted() -> None:
    told = [Message(TWO, message(TWO, 7)), Message(TWO, message(THREE, 7)), Message(TWO, b"\xff"), Message(TWO, b"")]
    assert logged(ONE, *JOINED, *told)[1:] == ["deliver 2:27#7", "note ", "note ", "note "]


def test_after_the_group_has_gone_on_without_it_a_member_logs_nothing() -> None:
    gone = members(TWO, left=(ONE,))
    assert logged(ONE, *JOINED, gone, Message(TWO, message(TWO, 8)), members(TWO, THREE, joined=(THREE,)))[1:] == []


def test_what_cannot_be_told_apart_is_refused() -> None:
    back = members(ONE, TWO, joined=(TWO,))
    with pytest.raises(UnclearViewError, match=r"two views would be called 1\.13\+2:27"):
        logged(ONE, *JOINED, back, members(ONE, left=(TWO,)), back)
    with pytest.raises(UnclearViewError, match="not in which ring"):
        logged(ONE, *JOINED, members(ONE, TWO, joined=(TWO,), ring=True), Message(TWO, b""))


class Fake:
    """A recorder that writes one line, and then goes on, ends or fails."""

    process, file_stem = "p1", "fake"

    def __init__(self, ends: str | Exception | None, *, deaf: bool = False) -> None:
        self.ends, self.deaf, self.begun = ends, deaf, Event()

    def record(self, file: GrowingLog, stop: Event) -> str:
        file.write([{"event": "start"}])
        self.begun.set()
        if isinstance(self.ends, Exception):
            raise self.ends
        if self.ends is None:
            (Event() if self.deaf else stop).wait()
            file.write([{"event": "leave"}])
        return self.ends or ""

    def interrupted(self) -> None:
        self.begun.wait()
        raise KeyboardInterrupt


def test_ctrl_c_stops_a_recorder_which_may_still_write(tmp_path: Path) -> None:
    fake, path = Fake(None), tmp_path / "log"
    assert record_until_stopped(fake, path, fake.interrupted) == Recording(2, "")
    lines = [json.loads(line) for line in path.read_bytes().splitlines()]
    assert lines[0] == {"groupy-log": 1, "ordered": False}
    assert [(line["process"], line["event"]) for line in lines[1:]] == [("p1", "start"), ("p1", "leave")]


def test_ctrl_c_ends_one_that_does_not_answer_and_what_it_wrote_is_there(tmp_path: Path) -> None:
    fake, path = Fake(None, deaf=True), tmp_path / "log"
    assert record_until_stopped(fake, path, fake.interrupted) == Recording(1, "it did not answer any more when it was to end")
    assert path.read_bytes().count(b"\n") == 2


def test_a_recorder_ends_by_itself_or_fails(tmp_path: Path) -> None:
    assert record_until_stopped(Fake("the daemon has gone"), tmp_path / "a", print) == Recording(1, "the daemon has gone")
    with pytest.raises(RecorderError, match="no ring"):
        record_until_stopped(Fake(RecorderError("no ring")), tmp_path / "b", print)
    with pytest.raises(FileExistsError):
        record_until_stopped(Fake("again"), tmp_path / "a", print)


def test_names_of_files_have_nothing_that_a_shell_would_take_for_its_own() -> None:
    assert file_stem("corosync", "../a b$", 1, 26) == "corosync-.._a_b_-1-26"
