"""What a recorder does with the answers of Corosync's library."""

from __future__ import annotations

import ctypes
from collections import Counter
from collections.abc import Callable

import pytest

from groupy_check.checker.history.recorders import cpg


class Library:
    """Answers each call with `first` a few times, then with what is usual."""

    def __init__(self, first: int, times: int) -> None:
        self.first, self.times = first, times
        self.calls: Counter[str] = Counter()

    def __getitem__(self, name: str) -> Callable[..., int]:
        def call(*_arguments: object) -> int:
            self.calls[name] += 1
            return self.first if self.calls[name] <= self.times else cpg.OK

        return call


def connected(monkeypatch: pytest.MonkeyPatch, library: Library) -> cpg.Cpg:
    monkeypatch.setattr(ctypes, "CDLL", lambda _name: library)
    monkeypatch.setattr(cpg, "CONNECTING", 0.3)
    return cpg.Cpg()


def test_a_busy_daemon_is_asked_again_until_it_lets_us_in(monkeypatch: pytest.MonkeyPatch) -> None:
    library = Library(cpg.TRY_AGAIN, 2)
    connected(monkeypatch, library)
    assert library.calls == {"cpg_model_initialize": 3, "cpg_local_get": 3, "cpg_fd_get": 3}


def test_one_that_stays_busy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(cpg.CpgError, match=r"cpg_model_initialize: .* stays busy"):
        connected(monkeypatch, Library(cpg.TRY_AGAIN, 1000))


def test_one_that_is_not_there_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    library = Library(2, 1000)
    with pytest.raises(cpg.CpgError, match="does not answer; start it"):
        connected(monkeypatch, library)
    assert library.calls.total() == 1
