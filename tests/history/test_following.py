"""Logs that are read while they grow."""

from __future__ import annotations

from pathlib import Path

import pytest

from groupy_check.checker.history import following
from groupy_check.checker.history.following import growing
from groupy_check.checker.history.log_format import LONGEST_LINE
from tests.support.logs import encoded, right_log


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "PATIENCE", 0.0)
    monkeypatch.setattr(following, "SHARE", 0.0)


def test_lines_are_read_when_they_are_complete(tmp_path: Path) -> None:
    log, text = tmp_path / "log", encoded(right_log(1))
    log.write_bytes(text[:100])
    looks = growing([str(log)])
    assert sum(next(looks).read.values()) == text[:100].count(b"\n") == 1
    with log.open("ab") as file:
        file.write(text[100:-1])
        file.flush()
        assert sum(next(looks).read.values()) == text.count(b"\n") - 1
        file.write(text[-1:])
    book = next(looks)
    assert (sum(book.read.values()), book.faults) == (text.count(b"\n"), [])


def test_a_log_that_is_started_anew_is_noticed_and_what_was_read_is_kept(tmp_path: Path) -> None:
    log, other = tmp_path / "log", tmp_path / "other"
    log.write_bytes(encoded(right_log(1)))
    other.write_bytes(encoded(["p9 start"]))
    looks = growing([str(log), str(other)])
    book = next(looks)
    before = sum(book.read.values())
    log.write_bytes(encoded(["p1 start"]))
    with other.open("ab") as file:
        file.write(encoded(["p9 note"]))
    assert sum(next(looks).read.values()) == before + 1
    lines = len(right_log(1))
    assert [str(fault) for fault in book.faults] == [
        f"{log}:{lines + 1}: the file became shorter while it was followed, as when a log is started anew"
    ]


def test_a_line_without_an_end_is_not_kept_in_memory(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_bytes(encoded(["p1 start"]) + b"x" * (LONGEST_LINE + 2**20))
    (book,) = growing([str(log)])
    assert [str(fault) for fault in book.faults] == [f"{log}:2: the line is longer than 16 MiB"]
