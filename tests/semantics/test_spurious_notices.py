"""Notices of processes that nobody monitors: once more, too late, or of one that never was up."""

from __future__ import annotations

import pytest

from groupy_check.checker.inputs.protocols import load_protocol
from groupy_check.checker.native.search import NativeExplorer
from groupy_check.checker.search.base import Limits
from groupy_check.checker.search.bfs import Explorer
from groupy_check.checker.semantics.enabled import Semantics
from groupy_check.groupy_model.actions import Crash, Handle, SpuriousNotice
from groupy_check.groupy_model.events import Down
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.scenario import Detector, Scenario
from groupy_check.groupy_model.verdict import Verdict
from groupy_check.reports.wording.phrases import action_line
from groupy_check.specs.registry import PROPERTIES
from tests.semantics.agreement import agree

pytestmark = pytest.mark.usefixtures("unwatched")

P1, P2, P3, P4 = map(Node, range(1, 5))


def spurious(semantics: Semantics, system: object) -> list[SpuriousNotice]:
    return [action for action in semantics.enabled(system) if isinstance(action, SpuriousNotice)]  # type: ignore[arg-type]


def test_they_are_of_any_other_process_that_is_not_monitored_and_change_no_monitor():
    # In gms3 every slave monitors the leader, and the leader nobody. A leader has no rule for Down.
    semantics = Semantics(load_protocol("gms3"), Scenario(messages=0, joins=1, spurious=2))
    formed = semantics.initial()
    assert spurious(semantics, formed) == []
    crashed = semantics.apply(formed, Crash(P1))  # the monitors have fired: their notices are under way
    assert spurious(semantics, crashed) == [SpuriousNotice(P2, P1), SpuriousNotice(P3, P1)]
    told = semantics.apply(crashed, SpuriousNotice(P3, P1))  # p3 follows p2 now, and monitors it
    assert (told.budget.spurious, told.processes[2].watching) == (1, frozenset({P2}))
    assert told.channels == crashed.channels
    assert spurious(semantics, told) == [SpuriousNotice(P2, P1)]
    assert all(semantics.permits(crashed, action) for action in spurious(semantics, crashed))
    assert not semantics.permits(told, SpuriousNotice(P3, P2))
    assert action_line(SpuriousNotice(P2, P1)) == "p2 gets a spurious notice of the end of p1"


def test_one_that_was_never_up_is_named_too():
    semantics = Semantics(load_protocol("gmp3"), Scenario(nodes=2, messages=0, joins=1, spurious=1))
    assert SpuriousNotice(P2, P3) in spurious(semantics, semantics.initial())


def test_a_notice_that_comes_twice_is_taken_twice():
    semantics = Semantics(load_protocol("gmp3"), Scenario(messages=0, spurious=1))
    crashed = semantics.apply(semantics.initial(), Crash(P3))
    once = semantics.apply(crashed, Handle(P1, Down(P3)))
    assert SpuriousNotice(P1, P3) in spurious(semantics, once)


def judged(impl: str, scenario: Scenario) -> tuple[int, dict[str, int | None]]:
    """How many states both engines find, and which claims are violated, after how many steps."""
    protocol = load_protocol(impl)
    results = [engine(protocol, scenario, list(PROPERTIES.values()), Limits()).run() for engine in (Explorer, NativeExplorer)]
    found = [
        (
            result.coverage.distinct,
            {one.name: one.length for one in result.findings if one.claimed and one.verdict is Verdict.VIOLATED},
        )
        for result in results
    ]
    assert found[0] == found[1]
    assert not any("a spurious notice, but" in warning for result in results for warning in result.warnings)
    return found[0]


@pytest.mark.parametrize(
    ("impl", "scenario", "states", "lengths"),
    [
        # It detects failures by its own timers, and follows any notice: only a spurious one harms it.
        ("heartbeat", Scenario(messages=0, crashes=0, spurious=1), 148, {"accuracy": 1, "progress": 14}),
        ("heartbeat", Scenario(messages=0, crashes=0, suspicions=1), 9, {}),
        ("heartbeat", Scenario(messages=0, crashes=0, detector=Detector.OVERTAKING), 9, {}),
        # As when the notice overtakes the multicast, or is false.
        ("gms3-fixed", Scenario(messages=1, spurious=1), 407, {"agreement": 4}),
        ("gms3-fixed", Scenario(messages=1), 189, {}),
        ("gmp3", Scenario(messages=0, spurious=2), 233, {}),
        ("fbcast", Scenario(messages=1, spurious=1), 632, {}),
        ("abcast", Scenario(messages=1, spurious=1), 1348, {}),
    ],
)
def test_what_protocols_make_of_them(impl: str, scenario: Scenario, states: int, lengths: dict[str, int]):
    assert judged(impl, scenario) == (states, lengths)


def test_the_engines_agree_with_the_referee():
    assert [agree(seed, 150, "repeating") for seed in range(8)].count("agree") == 4
