"""`groupy prove --bounded` fires timers at rest only: where the traffic never rests, it says so."""

from __future__ import annotations

from io import StringIO

from rich.console import Console

from groupy_check.checker.inputs.protocols import load_protocol
from groupy_check.checker.interfaces.commands.prove_runner import ProveRequest, run_proof
from groupy_check.checker.proof.bounded.unrolling import bounded
from groupy_check.checker.search.bfs import Explorer, Limits
from groupy_check.groupy_model.scenario import Scenario, Timing
from groupy_check.groupy_model.verdict import Verdict
from groupy_check.specs.registry import PROPERTIES
from tests.support.endless import TWICE

SCENARIO = Scenario(nodes=3, messages=1, crashes=0)


def test_a_timer_beside_endless_traffic_is_not_followed_and_that_is_said() -> None:
    [found] = Explorer(TWICE, SCENARIO, [PROPERTIES["integrity"]], Limits()).run().findings
    assert (found.verdict, found.length) == (Verdict.VIOLATED, 5)  # behind three messages that are on their way to p1 and p2
    result = bounded(TWICE, SCENARIO, 5)
    assert ("integrity" in result.violations, result.held) == (False, True)


def test_timers_that_fire_at_any_time_are_followed() -> None:
    any_time = Scenario(nodes=3, messages=1, crashes=0, timing=Timing.ANY, timeouts=1)
    result = bounded(TWICE, any_time, 4)
    assert (result.length("integrity"), result.held) == (2, False)


def test_only_where_there_are_such_timers_it_is_told() -> None:
    """Heartbeats are sent by timers, and nothing answers them: the traffic comes to rest."""
    assert not bounded(load_protocol("heartbeat"), Scenario(nodes=2, messages=1, crashes=0), 3).held
    shown = StringIO()
    run_proof(ProveRequest("heartbeat", None, None, 1, Scenario(nodes=2, messages=0, crashes=0), None), Console(file=shown))
    assert "Not followed" not in shown.getvalue()
