"""Which scenario and which properties a command asks for, and the exit status of the verdicts."""

from __future__ import annotations

import shlex
from argparse import ArgumentParser
from dataclasses import replace

import pytest

from groupy_check.checker.errors import UsageError
from groupy_check.checker.exit_status import exit_status, parse_expectations
from groupy_check.checker.inputs.scenario_flags import scenario_of_words
from groupy_check.checker.interfaces.cli import check_main, main
from groupy_check.checker.interfaces.commands.flags import add_scenario_flags, scenario_of
from groupy_check.checker.judging.selection import select, with_workers
from groupy_check.groupy_model.observations import AskedToJoin
from groupy_check.groupy_model.scenario import Beginning, Detector, Order, Scenario, Timing
from groupy_check.groupy_model.scenario_text import flags
from groupy_check.groupy_model.verdict import Coverage, Extent, Finding, Kind, Result, Verdict
from groupy_check.specs.registry import PROPERTIES

HOLDS, VIOLATED, OPEN = Verdict.HOLDS, Verdict.VIOLATED, Verdict.NOT_FOUND
WORKERS = {"state-transfer", "synchrony"}


def finding(name: str, verdict: Verdict, claimed: bool = True) -> Finding:
    """A finding as a search makes it; the kind is that of the property."""
    return Finding(name, PROPERTIES[name].kind, claimed, verdict, exercised=True)


def result(*findings: Finding, extent: Extent = Extent.EXHAUSTED) -> Result:
    """What a search that made `findings` returns."""
    return Result("gms2", Scenario(), Coverage(extent, 1, 1, 0, 0, 1, 0.0), findings)


# --- which scenario -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "scenario"),
    [
        ("", Scenario()),
        ("--nodes 4 --messages 3 --crashes 0", Scenario(4, 3, 0)),
        ("--joins 1 --leaves 2 --drops 3 --duplicates 4", Scenario(joins=1, leaves=2, drops=3, duplicates=4)),
        ("--partitions 1 --order any", Scenario(partitions=1, order=Order.ANY)),
        ("--detector overtaking", Scenario(detector=Detector.OVERTAKING)),
        ("--detector suspecting", Scenario(suspicions=1)),
        ("--detector suspecting --suspicions 2", Scenario(suspicions=2)),
        ("--suspicions 2", Scenario(suspicions=2)),
        ("--timeouts at-rest", Scenario()),
        ("--timeouts at-rest:2", Scenario(timeouts=2)),
        ("--timeouts any", Scenario(timing=Timing.ANY, timeouts=1)),
        ("--timeouts any:3", Scenario(timing=Timing.ANY, timeouts=3)),
        ("--start joining --worker", Scenario(beginning=Beginning.JOINING, worker=True)),
    ],
)
def test_the_scenario_flags(words: str, scenario: Scenario) -> None:
    parser = ArgumentParser()
    add_scenario_flags(parser)
    assert scenario_of(parser.parse_args(shlex.split(words))) == scenario
    assert scenario_of_words(flags(scenario)) == scenario


# --- which properties ----------------------------------------------------------------------------------------------------


def test_all_but_what_is_about_joiners_are_judged_where_nobody_can_join() -> None:
    properties, left_out = select([], Scenario())
    joiners = ("state-transfer", "admission")
    assert [wanted.name for wanted in properties] == [name for name in PROPERTIES if name not in joiners]
    assert left_out == []


@pytest.mark.parametrize("scenario", [Scenario(joins=1), Scenario(beginning=Beginning.JOINING)])
def test_what_needs_workers_is_left_out_where_processes_may_join(scenario: Scenario) -> None:
    properties, left_out = select([], scenario)
    assert set(left_out) == WORKERS
    assert [wanted.name for wanted in properties] == [name for name in PROPERTIES if name not in WORKERS]


def test_all_are_judged_where_the_worker_runs_and_processes_may_join() -> None:
    properties, left_out = select([], Scenario(joins=1, worker=True))
    assert ([wanted.name for wanted in properties], left_out) == (list(PROPERTIES), [])


def test_whom_a_joiner_has_asked_is_kept_only_where_admission_is_named() -> None:
    scenario = Scenario(joins=1)
    (by_name,), (by_default,) = (
        [wanted for wanted in select(names, scenario)[0] if wanted.name == "admission"] for names in (["admission"], [])
    )
    assert by_name is PROPERTIES["admission"]
    assert by_name.needs - by_default.needs == {AskedToJoin}
    assert "only if nobody ends or leaves" in by_default.sentence


def test_properties_asked_for_by_name_come_once_and_in_that_order() -> None:
    names = ["synchrony", "agreement", "synchrony", "state-transfer"]
    properties, left_out = select(names, Scenario(joins=1))
    assert [wanted.name for wanted in properties] == ["synchrony", "agreement", "state-transfer"]
    assert left_out == []


def test_an_unknown_property_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(UsageError, match=r"unknown property 'agrement': did you mean agreement\?$"):
        select(["fifo", "agrement"], Scenario())


def test_workers_run_for_the_properties_that_look_at_colours() -> None:
    assert not with_workers(Scenario(), [PROPERTIES["agreement"]]).worker
    assert with_workers(Scenario(), [PROPERTIES["agreement"], PROPERTIES["synchrony"]]).worker
    assert with_workers(Scenario(worker=True), []).worker


# --- what decides --------------------------------------------------------------------------------------------------------


def test_the_claimed_findings_decide_unless_some_are_named() -> None:
    claimed, not_claimed = finding("agreement", HOLDS), finding("validity", VIOLATED, claimed=False)
    both = result(claimed, not_claimed)
    assert both.deciding([]) == [claimed]
    assert both.deciding(["validity"]) == [not_claimed]
    assert both.deciding(["validity", "agreement"]) == [claimed, not_claimed]


@pytest.mark.parametrize(
    ("name", "kind", "status"),
    [
        ("progress", Kind.LIVENESS, 11),
        ("integrity", Kind.SAFETY, 12),
        ("termination", Kind.SAFETY, 12),
        ("agreement", Kind.LIVENESS, 13),
        ("synchrony", Kind.LIVENESS, 13),
    ],
)
@pytest.mark.parametrize("extent", list(Extent))
def test_a_violation_decides_the_status_by_its_kind(name: str, kind: Kind, status: int, extent: Extent) -> None:
    assert PROPERTIES[name].kind is kind
    assert exit_status(result(finding("fifo", HOLDS), finding(name, VIOLATED), extent=extent), [], {}) == status


@pytest.mark.parametrize(
    ("names", "status"),
    [
        (["agreement", "integrity", "progress"], 11),
        (["progress", "agreement", "integrity"], 11),
        (["agreement", "integrity"], 12),
        (["agreement", "synchrony"], 13),
    ],
)
def test_of_several_violations_the_smallest_status_counts(names: list[str], status: int) -> None:
    assert exit_status(result(*(finding(name, VIOLATED) for name in names)), [], {}) == status


def test_what_is_not_claimed_does_not_decide_unless_named() -> None:
    both = result(finding("agreement", HOLDS), finding("validity", VIOLATED, claimed=False))
    assert exit_status(both, [], {}) == 0
    assert exit_status(both, ["validity"], {}) == 13
    assert exit_status(both, ["agreement"], {}) == 0


def test_a_violation_is_no_business_of_those_who_named_something_else() -> None:
    assert exit_status(result(finding("agreement", VIOLATED), finding("fifo", HOLDS)), ["fifo"], {}) == 0


@pytest.mark.parametrize("names", [[], ["agreement"]])
def test_nothing_found_is_fine_only_where_all_was_seen(names: list[str]) -> None:
    assert exit_status(result(finding("agreement", HOLDS)), names, {}) == 0
    assert exit_status(result(finding("agreement", OPEN), extent=Extent.BOUNDED), names, {}) == 3


def test_an_eventual_property_left_open_by_a_bound_on_timeouts_is_not_fine() -> None:
    # Then all states were seen, but some of them were not judged.
    assert exit_status(result(finding("integrity", HOLDS), finding("agreement", OPEN)), [], {}) == 3


def test_a_protocol_that_claims_nothing_is_fine_only_where_all_was_seen() -> None:
    nothing = finding("agreement", VIOLATED, claimed=False)
    assert exit_status(result(nothing), [], {}) == 0
    assert exit_status(result(nothing, extent=Extent.BOUNDED), [], {}) == 3


# --- what is expected ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("found", "expected", "status"),
    [
        (HOLDS, HOLDS, 0),
        (VIOLATED, VIOLATED, 0),
        (HOLDS, VIOLATED, 1),
        (VIOLATED, HOLDS, 1),
        (OPEN, HOLDS, 3),
        (OPEN, VIOLATED, 3),
    ],
)
def test_an_expectation_is_met_or_not_or_left_open(found: Verdict, expected: Verdict, status: int) -> None:
    assert exit_status(result(finding("agreement", found)), [], {"agreement": expected}) == status


@pytest.mark.parametrize(("expected", "status"), [(HOLDS, 1), (VIOLATED, 1)])
def test_what_was_never_put_to_the_test_is_not_what_was_expected(expected: Verdict, status: int) -> None:
    untested = replace(finding("agreement", HOLDS), exercised=False)
    assert exit_status(result(untested), [], {"agreement": expected}) == status
    assert exit_status(result(untested), [], {}) == 0  # it says so, but nobody has named it
    both = result(untested, finding("fifo", OPEN))
    assert exit_status(both, [], {"agreement": HOLDS, "fifo": HOLDS}) == 1


@pytest.mark.parametrize(
    ("second", "status"),
    [(VIOLATED, 0), (HOLDS, 1), (OPEN, 3)],
)
def test_all_expectations_have_to_be_met(second: Verdict, status: int) -> None:
    both = result(finding("agreement", VIOLATED), finding("fifo", second, claimed=False))
    assert exit_status(both, [], {"agreement": VIOLATED, "fifo": VIOLATED}) == status


def test_one_surprise_outweighs_what_was_left_open() -> None:
    both = result(finding("agreement", OPEN), finding("fifo", HOLDS))
    assert exit_status(both, [], {"agreement": HOLDS, "fifo": VIOLATED}) == 1


def test_with_expectations_nothing_else_decides() -> None:
    both = result(finding("integrity", VIOLATED), finding("validity", VIOLATED, claimed=False), extent=Extent.BOUNDED)
    assert exit_status(both, ["integrity"], {"validity": VIOLATED}) == 0


def test_expectations_are_read_from_words() -> None:
    assert parse_expectations([]) == {}
    assert parse_expectations(["agreement:violated", "fifo:holds"]) == {"agreement": VIOLATED, "fifo": HOLDS}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("agreement", "write PROPERTY:holds or PROPERTY:violated, for example agreement:violated"),
        ("agreement:", "write PROPERTY:holds or PROPERTY:violated"),
        ("agreement:perhaps", "--expect agreement:perhaps: write PROPERTY:holds"),
        ("agreement:HOLDS", "write PROPERTY:holds"),
        ("agreement:holds:holds", "write PROPERTY:holds"),
        ("agrement:holds", "unknown property 'agrement': did you mean agreement"),
        (":holds", "unknown property ''"),
        ("", "unknown property ''"),
    ],
)
def test_expectations_that_cannot_be_read(text: str, reason: str) -> None:
    with pytest.raises(UsageError, match=reason):
        parse_expectations([text])


def test_contradicting_expectations_are_refused() -> None:
    with pytest.raises(UsageError):
        parse_expectations(["agreement:holds", "agreement:violated"])


@pytest.mark.parametrize(
    ("words", "status"),
    [
        ("--expect agreement:violated", 0),
        ("--expect agreement:holds", 1),
        ("--expect agreement:violated --expect integrity:holds", 0),
        ("--expect agreement:violated --expect integrity:violated", 1),
        ("--expect completeness:violated", 0),
        ("--expect agreement:violated --depth 2", 3),
        ("--expect integrity:holds --depth 2", 3),
        ("--expect integrity:holds --messages 0", 1),  # nobody delivers anything
        ("--expect agreement:violated --property fifo", 0),
    ],
)
def test_expectations_decide_the_status_of_a_command(words: str, status: int) -> None:
    assert check_main(["--impl", "gms2", "--messages", "1", "--quiet", *shlex.split(words)]) == status


def test_as_many_are_counted_as_are_listed(capsys):
    with pytest.raises(UsageError, match=r"\.\.\. \((\d+) in all: groupy list --properties\)$") as refused:
        select(["zzz"], Scenario(), PROPERTIES)
    assert main(["list", "--properties", "--quiet"]) == 0
    assert f"({len(capsys.readouterr().out.split())} in all" in str(refused.value)
