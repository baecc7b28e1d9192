"""A search on several machines is held to one process: the same counts, verdicts, witnesses and runs, whoever owns what.

The owners are threads here, so that all but Ray is put to the test; `test_cluster` has a few of these searches over Ray.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from groupy_check.checker.distributed import pieces
from groupy_check.checker.distributed.pieces import Find, divided
from groupy_check.checker.distributed.search import ClusterExplorer
from groupy_check.checker.errors import ProtocolError, UsageError
from groupy_check.checker.inputs.protocols import load_protocol
from groupy_check.checker.judging.selection import select
from groupy_check.checker.native.search import NativeExplorer
from groupy_check.checker.search.base import Limits
from groupy_check.groupy_model.protocols.registry import PROTOCOLS
from groupy_check.groupy_model.scenario import Scenario
from groupy_check.groupy_model.verdict import Extent
from groupy_check.specs.property import Property
from tests.judging.test_endless_growth import TWO, Beats
from tests.native.test_conformance import SCENARIOS, begun, of_everything, of_safety, told
from tests.support.crews import ThreadCrew

SOME = ("gms1", "gms3~early-dropped", "gms4-ack", "gmp3", "heartbeat", "cbcast", "abcast-token", "safe", "history-nack")


# All that can be judged otherwise: two at a time, all together, at rest, on cycles, with probes.
FEW = select(("total-order", "agreement", "progress", "synchrony"), Scenario())[0]
SAFETY = FEW[:1]


@pytest.fixture(autouse=True)
def _small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "SMALLEST", 7)


def same(name: str, scenario: Scenario, properties: Sequence[Property], limits: Limits, crews: Sequence[int]) -> int:
    """Search in one process and with each number of owners, and compare. Returns the number of states."""
    alone = NativeExplorer(load_protocol(name), scenario, properties, limits).run()
    for owners in crews:
        together = ClusterExplorer(load_protocol(name), scenario, properties, limits, crew=ThreadCrew(owners)).run()
        assert told(together) == told(alone), owners
    return alone.coverage.distinct


@pytest.mark.parametrize("number", range(len(SCENARIOS)))
def test_every_kind_of_scenario_has_the_same_states_and_verdicts(number: int) -> None:
    name = SOME[number]
    same(name, begun(name, SCENARIOS[number]), (FEW, SAFETY)[number % 2], Limits(depth=3), (2,))


@pytest.mark.long
@pytest.mark.parametrize("scenario", SCENARIOS)
@pytest.mark.parametrize("name", PROTOCOLS)
def test_every_protocol_has_the_same_states_and_verdicts_in_every_scenario(name: str, scenario: Scenario) -> None:
    scenario = begun(name, scenario)
    same(name, scenario, of_everything(scenario), Limits(depth=8), (1, 2, 4))
    same(name, scenario, of_safety(scenario), Limits(depth=8), (1, 2, 4))


def test_a_whole_space() -> None:
    assert same("gms3", Scenario(), SAFETY, Limits(), (1, 4)) == 1331


@pytest.mark.slow
def test_whole_spaces_in_which_everything_is_judged() -> None:
    assert same("gms2", Scenario(), of_everything(Scenario()), Limits(), (3,)) == 1825


def test_properties_that_the_scenario_changes_are_the_same() -> None:
    """`admission`, which is not named, is judged in fewer runs: its observations are kept nevertheless, and have numbers."""
    scenario = SCENARIOS[2]
    same("gms2", scenario, of_everything(scenario), Limits(depth=4), (2,))


def test_runs_that_never_end_are_the_same() -> None:
    same("gms4-ack-blocking", Scenario(messages=1), FEW[1:3], Limits(), (2,))


@pytest.mark.parametrize("limits", [Limits(), Limits(depth=200)], ids=["no limit", "a limit"])
def test_what_grows_for_ever_is_told(limits: Limits, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a limit the search ends there."""
    monkeypatch.setattr("groupy_check.checker.distributed.expansion.load_protocol", lambda _: Beats())
    alone = NativeExplorer(Beats(), TWO, SAFETY, limits).run()
    assert any("p1's beat grows" in warning for warning in alone.warnings)
    assert told(ClusterExplorer(Beats(), TWO, SAFETY, limits, crew=ThreadCrew(2)).run()) == told(alone)


def test_numbers_that_need_more_than_16_bits_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("groupy_check.checker.distributed.expansion.NARROW", 70)
    assert same("gms3", Scenario(), SAFETY, Limits(), (2,)) == 1331


def test_a_table_and_an_outbox_that_grow_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("groupy_check.checker.distributed.expansion.SUCCESSORS", 16)
    monkeypatch.setattr("groupy_check.checker.native.pipeline.visited.FIRST", 32)
    assert same("gms3", Scenario(), SAFETY, Limits(), (2,)) == 1331


def test_a_limit_ends_a_search_at_the_end_of_a_level() -> None:
    found = ClusterExplorer(load_protocol("gms3"), Scenario(), SAFETY, Limits(states=500), crew=ThreadCrew(2)).run()
    assert (found.coverage.extent, found.coverage.bound) == (Extent.BOUNDED, "500 distinct states")
    assert found.coverage.distinct >= 500
    assert found.coverage.left > 0


def test_where_the_numbers_of_states_end_the_search_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("groupy_check.checker.distributed.search.NUMBERED", 500)
    found = ClusterExplorer(load_protocol("gms3"), Scenario(), SAFETY, crew=ThreadCrew(2)).run()
    assert (found.coverage.extent, found.coverage.bound) == (Extent.BOUNDED, "500 states, as many as have numbers")
    assert 0 < found.coverage.distinct <= 500


def test_a_search_in_a_state_to_which_a_run_leads_begins_there() -> None:
    scenario, properties = Scenario(), SAFETY
    alone = NativeExplorer(load_protocol("gms2"), scenario, properties)
    start = alone.semantics.enabled(alone.semantics.initial())[:1]
    before = told(NativeExplorer(load_protocol("gms2"), scenario, properties, start=start).run())
    after = told(ClusterExplorer(load_protocol("gms2"), scenario, properties, start=start, crew=ThreadCrew(2)).run())
    assert before == after


def test_owners_that_find_different_outcomes_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where the order of a set decides: what equal numbers stand for would differ."""
    from groupy_check.checker.distributed.journal import Replica  # noqa: PLC0415

    digests = Replica.digests
    monkeypatch.setattr(Replica, "digests", lambda replica: {**digests(replica), "cores": str(id(replica))})
    with pytest.raises(ProtocolError, match="gms2: two processes of the cluster found different outcomes of a handler"):
        ClusterExplorer(load_protocol("gms2"), Scenario(), SAFETY, crew=ThreadCrew(2)).run()


def test_everybody_has_equally_much_to_do_at_any_time() -> None:
    """Also where one holds all rows: of every beginning of a level no two have more than a piece more to expand."""
    for finds in ([Find(0, 1000, 0)], [Find(0, 10, 2), Find(1, 500, 0), Find(2, 0, 1), Find(3, 490, 0)]):
        loads, place = [0, 0, 0], 40
        for piece in divided(finds, 40, 3):
            assert piece.first == place
            place += piece.count
            loads[piece.worker] += piece.count
            assert max(loads) - min(loads) <= 2 * -(-1000 // 48)
        assert place == 1040


def test_shares_are_even() -> None:
    """Of the states to expand, and of those that are owned: within a tenth, where there are enough of them for that."""
    crew = ThreadCrew(3)
    search = ClusterExplorer(load_protocol("gms3"), Scenario(nodes=4), SAFETY, crew=crew)
    states = search.run().coverage.distinct
    assert states > 5000
    for shares in ([one.holdings.owned for one in crew.people], search.shares.values()):
        assert sum(shares) == states
        assert max(shares) - min(shares) < 0.1 * states / 3


def test_a_property_that_owners_cannot_load_is_refused() -> None:
    with pytest.raises(UsageError, match="total-order: this is not the built-in property, which the owners of states load"):
        ClusterExplorer(load_protocol("gms2"), Scenario(), [replace(SAFETY[0], needs=frozenset())], crew=ThreadCrew(1)).run()
    with pytest.raises(UsageError, match="mine: each owner of states loads it anew; name it as --property does"):
        ClusterExplorer(load_protocol("gms2"), Scenario(), [replace(SAFETY[0], name="mine")], crew=ThreadCrew(1)).run()
