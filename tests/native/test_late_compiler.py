"""A search that asks for the native engine keeps its time limit, also where that is not compiled yet."""

from __future__ import annotations

import time

import pytest

from groupy_check.checker.checking.engine import NOT_COMPILED, Choice, Means
from groupy_check.checker.checking.search_request import SearchRequest
from groupy_check.checker.inputs.protocols import load_protocol
from groupy_check.checker.native.compiled import background, signatures
from groupy_check.checker.search.base import Limits
from groupy_check.groupy_model.scenario import Scenario
from groupy_check.groupy_model.verdict import Extent, Result
from groupy_check.specs.registry import PROPERTIES


class SlowCompiler(background.Compiler):
    """One that is not done in time; it starts no process."""

    def ready(self) -> bool:
        return False


def searched(monkeypatch: pytest.MonkeyPatch, compiler: type[background.Compiler]) -> tuple[Result, float]:
    monkeypatch.setattr(signatures, "ready", lambda: False)
    monkeypatch.setattr(background, "Compiler", compiler)
    limits, means = Limits(seconds=0.5, all_verdicts=False), Means(engine=Choice.NATIVE)
    request = SearchRequest(load_protocol("gms3"), Scenario(nodes=2), [PROPERTIES["agreement"]], limits, means)
    began = time.monotonic()
    return request.run(), time.monotonic() - began


def test_a_search_does_not_wait_for_the_compiler_beyond_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    result, seconds = searched(monkeypatch, SlowCompiler)
    assert seconds < 5  # on a machine that is busy
    assert (result.coverage.extent, result.coverage.bound) == (Extent.BOUNDED, "0.5 seconds")
    assert result.coverage.distinct >= 1
    assert NOT_COMPILED in result.warnings
