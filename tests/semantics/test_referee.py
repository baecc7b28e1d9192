"""The reference semantics, the native engine and the judges against the referee, on protocols as users write them."""

from __future__ import annotations

import pytest

from groupy_check.checker.errors import ProtocolError
from groupy_check.checker.native.search import NativeExplorer
from groupy_check.checker.search.base import Limits
from groupy_check.checker.search.bfs import Explorer
from groupy_check.groupy_model.verdict import Verdict
from groupy_check.specs.registry import PROPERTIES
from tests.semantics.referee import explore, verdicts
from tests.semantics.sentences import VIOLATED
from tests.semantics.user_like import case

# The sentence leaves room: the README beside this file says how the referee reads it, and `specs/order.py` how we do.
AMBIGUOUS = {"prefix-order"}
JUDGED = [PROPERTIES[name] for name in VIOLATED if name not in AMBIGUOUS and not PROPERTIES[name].worker]
NAMES = [wanted.name for wanted in JUDGED]
KEEP = frozenset[type]().union(*(wanted.needs for wanted in JUDGED))


def agree(seed: int, limit: int) -> bool:
    """Both engines count and judge what the referee does, or refuse values that they could not tell apart (then False)."""
    _, protocol, scenario = case(seed, limit)
    space = explore(protocol, scenario, KEEP)
    try:
        results = [engine(protocol, scenario, JUDGED, Limits()).run() for engine in (Explorer, NativeExplorer)]
    except ProtocolError as error:
        assert "would be taken for the other" in str(error)  # noqa: PT017 - any other refusal is wrong
        return False
    lengths = verdicts(space, NAMES)
    for result in results:
        coverage = result.coverage
        counts = coverage.distinct, coverage.generated, coverage.at_rest, coverage.depth
        assert counts == (space.distinct, space.generated, space.at_rest, space.depth), seed
        assert {finding.name: finding.length for finding in result.findings} == lengths, seed
        assert all((finding.verdict is Verdict.VIOLATED) == (finding.length is not None) for finding in result.findings)
    return True


def test_the_engines_agree_with_the_referee() -> None:
    judged = sum(agree(seed, 400) for seed in range(40))
    assert judged > 20


@pytest.mark.slow
@pytest.mark.parametrize("first", range(100, 500, 50))
def test_the_engines_agree_with_the_referee_on_hundreds_of_systems(first: int) -> None:
    assert sum(agree(seed, 1_000) for seed in range(first, first + 50)) > 20
