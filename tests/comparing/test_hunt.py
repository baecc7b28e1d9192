"""`groupy hunt`: the order of the scenarios, what it finds by itself, and what it says of where it has been."""

from __future__ import annotations

import io
from collections.abc import Iterator
from itertools import islice, pairwise
from pathlib import Path

import pytest
from rich.console import Console

from groupy_check.checker.comparing.smallest_scenario import (
    DIMENSIONS,
    Hunt,
    hunted_status,
    preference,
    scenarios,
    size,
    unbroken,
    within,
)
from groupy_check.checker.inputs.protocols import load_protocol
from groupy_check.checker.interfaces.cli import main
from groupy_check.checker.search.bfs import Explorer
from groupy_check.groupy_model.scenario import Scenario
from groupy_check.reports.tables.smallest_scenario import Hunted, print_hunted

SMALL = {"nodes": 4, "crashes": 2, "messages": 0, "joins": 1, "drops": 0, "suspicions": 0}
WORDS = [word for name, most in SMALL.items() for word in (f"--{name}", str(most))]
LONG = 1e6


def hunted(impl: str, *names: str, seconds: float = LONG, where: Iterator[Scenario] | None = None, **most: int) -> Hunted:
    maxima = {**SMALL, **most} if where is None else {}
    return Hunt(load_protocol(impl), impl, names, maxima, seconds, lambda _: None, where=where).run()


def text_of(found: Hunted) -> str:
    stream = io.StringIO()
    print_hunted(Console(file=stream, width=200), found, {"progress": "results/progress.svg"})
    return stream.getvalue()


def amounts(scenario: Scenario) -> tuple[int, ...]:
    return tuple(getattr(scenario, name) for name in DIMENSIONS[:-1])  # all but recoveries


# --- the order -----------------------------------------------------------------------------------------------------------


def test_the_smallest_scenarios_come_first_and_rare_faults_last():
    first = list(islice(scenarios({}), 300))
    assert [amounts(scenario) for scenario in first[:6]] == [
        (1, 0, 0, 0, 0, 0),
        (2, 0, 0, 0, 0, 0),
        (1, 1, 0, 0, 0, 0),
        (1, 0, 1, 0, 0, 0),
        (1, 0, 0, 1, 0, 0),
        (3, 0, 0, 0, 0, 0),
    ]
    assert all(size(one) <= size(other) for one, other in pairwise(first))
    for one, other in pairwise(first):
        if size(one) == size(other):
            assert amounts(one)[:0:-1] < amounts(other)[:0:-1]


def test_every_scenario_comes_once_and_none_that_cannot_happen():
    most = dict(zip(DIMENSIONS[:-1], (3, 1, 2, 1, 1, 1), strict=True))
    found = list(scenarios(most))
    assert len(set(found)) == len(found)
    wanted = {
        (nodes, crashes, messages, joins, drops, suspicions)
        for nodes in (1, 2, 3)
        for crashes in (0, 1)
        for messages in (0, 1, 2)
        for joins in (0, 1)
        for drops in (0, 1)
        for suspicions in (0, 1)
        if nodes + joins > 1 or not drops + suspicions
    }
    assert {amounts(scenario) for scenario in found} == wanted
    assert not any(scenario.recoveries for scenario in found)


def test_recoveries_are_tried_where_they_are_allowed_and_a_process_may_crash_again():
    alone = scenarios({"nodes": 1, "messages": 0, "joins": 0, "recoveries": 2})
    assert [(one.crashes, one.recoveries) for one in alone] == [(0, 0), (1, 0), (1, 1), (2, 1), (2, 2), (3, 2)]
    assert len(list(scenarios({"nodes": 1, "messages": 0, "joins": 0, "crashes": 1, "recoveries": 9}))) == 3


def test_a_process_that_joins_can_do_all_that_one_of_the_group_can():
    assert within(Scenario(nodes=2, joins=1), Scenario(nodes=1, joins=2))
    assert not within(Scenario(nodes=1, joins=2), Scenario(nodes=2, joins=1))
    assert within(Scenario(nodes=2, messages=1), Scenario(nodes=3, messages=2))
    assert not within(Scenario(nodes=2, crashes=2), Scenario(nodes=3, crashes=1))


# --- what is found ---------------------------------------------------------------------------------------------------------


def test_a_promise_that_is_written_down_too_late_is_broken_by_a_recovery_alone():
    def broken(name: str, recoveries: int) -> Hunted:
        return hunted(name, nodes=3, crashes=1, joins=0, suspicions=1, recoveries=recoveries)

    promised = {"view-agreement", "primary-partition"}
    assert not broken("gmp-promise~answers-first", 0).breaks.keys() & promised
    assert not broken("gmp-promise", 1).breaks.keys() & promised
    found = broken("gmp-promise~answers-first", 1)
    ((scenario, length),) = [(one.scenario, one.finding.length) for one in found.breaks["view-agreement"]]
    assert (scenario, length) == (Scenario(messages=0, suspicions=1, recoveries=1), 7)
    assert "1 false suspicion, 1 recovery" in text_of(found)


def test_where_workers_do_not_come_back_they_are_not_judged():
    found = hunted("gms3", "synchrony", nodes=2, crashes=1, joins=0)
    assert [name for name, _ in unbroken(found)] == ["synchrony"] * len(found.exhausted)
    claimed = hunted("gms1", nodes=2, crashes=1, joins=0, recoveries=1)
    assert ("synchrony", 1) not in [(name, where.recoveries) for name, where in unbroken(claimed)]


def test_the_orphan_view_is_found_with_one_join_and_with_two_crashes():
    found = hunted("gms3", "progress")
    breaks = [(amounts(one.scenario), one.finding.length) for one in found.breaks["progress"]]
    assert breaks == [((3, 1, 0, 1, 0, 0), 8), ((4, 2, 0, 0, 0, 0), 7)]
    assert (found.bound, found.open, found.unfinished) == ("", (), None)
    assert hunted_status(found) == 11
    text = text_of(found)
    assert "progress  VIOLATED      8  3 processes, up to 1 crash, 1 join  results/progress.svg" in text
    assert "also          7  4 processes, up to 2 crashes" in text
    assert "groupy-check gms3 --nodes 3 --messages 0 --crashes 1 --joins 1 --property progress\n" in text


def test_nothing_is_found_where_nothing_is_wrong():
    found = hunted("gms3-fixed", "progress", nodes=3, crashes=1)
    assert (found.breaks, found.open, found.bound) == ({}, ("progress",), "")
    # Up to 3 processes, with and without a crash, with and without a join.
    assert (len(found.exhausted), found.complete) == (12, 5)
    assert hunted_status(found) == 0
    assert "Not broken so far: progress." in text_of(found)


def test_what_a_smaller_scenario_breaks_is_not_judged_again_and_each_is_a_smallest_one():
    found = hunted("gms3", messages=1, crashes=1, nodes=2)
    for breaks in found.breaks.values():
        for one in breaks:
            assert not any(within(other.scenario, one.scenario) for other in breaks if other is not one)
            assert one.finding.trace is not None
            assert amounts(one.finding.trace.scenario) == amounts(one.scenario)
    assert sorted(map(size, found.exhausted)) == list(map(size, found.exhausted))
    assert [name for name in found.breaks if name in found.decisive] == ["agreement"]


def test_those_without_losses_and_suspicions_are_preferred():
    loss, crash = Scenario(nodes=2, messages=1, crashes=0, drops=1), Scenario(nodes=3, messages=0, crashes=1, joins=1)
    assert size(loss) < size(crash)
    assert preference(crash) < preference(loss)
    found = hunted("gms3", "progress", nodes=3, crashes=1, drops=1, messages=1)
    assert [one.scenario.drops for one in found.breaks["progress"]] == [0, 1, 1, 1]
    assert found.findings() == [found.breaks["progress"][0].finding]


def test_what_is_not_claimed_is_listed_apart_and_decides_nothing():
    found = hunted("gms2", nodes=2, crashes=1, joins=0)
    assert set(found.breaks) == {"primary-partition", "completeness"}
    assert found.findings() == []
    assert hunted_status(found) == 0
    assert "Not claimed, so not counted: nobody promised these" in text_of(found)


def test_what_nobody_promised_is_not_in_red():
    found = hunted("gms2", nodes=2, crashes=1, joins=0, messages=1, drops=1)
    stream = io.StringIO()
    print_hunted(Console(file=stream, force_terminal=True, color_system="standard", width=120), found, {})
    claimed, _, others = stream.getvalue().partition("Not claimed, so not counted: nobody promised these")
    table = others[: others.index(" is violated: ")]
    assert "31mVIOLATED" in claimed
    assert "VIOLATED" in table
    assert "31m" not in table  # however bold or dim


def test_it_says_what_is_not_judged_where_processes_join():
    found = hunted("gms2", nodes=2, crashes=0)
    assert found.unjudged == ("state-transfer", "synchrony")
    assert "Not judged where processes join: state-transfer, synchrony (" in text_of(found)


# --- how it ends -----------------------------------------------------------------------------------------------------------


def test_the_time_limit_ends_it_and_it_says_where_it_was():
    found = hunted("gms3", seconds=0.3, where=scenarios({}))
    assert found.bound == "the time limit of 0.3 seconds"
    assert hunted_status(found) in (3, 11, 12, 13)
    assert found.exhausted
    text = text_of(found)
    assert f"Tried: every scenario of size {found.complete} or less (size: processes, crashes," in text
    if found.unfinished:
        assert "Unfinished: " in text


def test_a_hunt_that_found_nothing_in_time_is_no_pass():
    found = hunted("gms3-fixed", "integrity", seconds=0.05, where=scenarios({}))
    assert hunted_status(found) == 3


def test_ctrl_c_says_what_is_known_so_far():
    def until_ctrl_c() -> Iterator[Scenario]:
        yield Scenario(nodes=3, messages=0, crashes=1, joins=1)
        raise KeyboardInterrupt

    found = hunted("gms3", "progress", where=until_ctrl_c())
    assert found.bound == "interrupted"
    assert [one.finding.length for one in found.breaks["progress"]] == [8]
    assert text_of(found).startswith("gms3: 1 of 1 property broken in 1 scenario, 0 of them explored whole; interrupted")


def test_ctrl_c_within_a_search(monkeypatch):
    def interrupted(*_: object) -> bool:
        raise KeyboardInterrupt

    monkeypatch.setattr(Explorer, "_look", interrupted)
    found = hunted("gms3", "progress", where=iter([Scenario()]))
    assert (found.bound, found.exhausted) == ("interrupted", ())
    assert found.unfinished is not None
    assert "Unfinished: 3 processes, up to 2 multicasts, 1 crash" in text_of(found)


# --- the command -----------------------------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_the_command_writes_the_picture_and_ends_as_a_check_does(capsys):
    assert main(["hunt", "--impl", "gms3", "--property", "progress", *WORDS]) == 11
    out, err = capsys.readouterr()
    assert err == "starting a hunt of 60 s ...\n"
    assert "results/gms3-m0-j1-progress.svg" in out
    for kind in ("svg", "html", "txt", "itf.json"):
        assert Path(f"results/gms3-m0-j1-progress.{kind}").is_file()
    assert main(["replay", "results/gms3-m0-j1-progress.txt", "--property", "progress", "--quiet"]) == 11


def test_quiet_prints_one_line_and_writes_nothing(capsys):
    words = [*WORDS, "--nodes", "3", "--crashes", "1"]
    assert main(["hunt", "--impl", "gms3-fixed", "--property", "progress", "--quiet", *words]) == 0
    expected = (
        "gms3-fixed: nothing broken so far in 12 scenarios, 12 of them explored whole; nothing left to explore with at most "
        "3 processes, 1 crash, 0 multicasts, 1 join, 0 lost messages, 0 false suspicions\n"
    )
    assert capsys.readouterr() == (expected, "")
    assert list(Path().iterdir()) == []


@pytest.mark.parametrize(
    ("words", "status", "reason"),
    [
        ([], 151, "which protocol?"),
        (["--impl", "gsm3"], 150, "did you mean gms3?"),
        (["--impl", "gms3", "--property", "progres"], 151, "did you mean progress?"),
        (["--impl", "gms3", "--time-limit", "0"], 151, "a limit must be at least 1"),
        (["--impl", "gms3", "--leaves", "1"], 2, "unrecognized arguments: --leaves"),
    ],
)
def test_what_cannot_be_hunted_is_refused_in_one_line(words, status, reason, capsys):
    assert main(["hunt", *words]) == status
    out, err = capsys.readouterr()
    assert out == ""
    assert reason in err
    assert err.count("\n") == 1


def test_a_users_own_protocol_that_depends_on_the_hash_seed_is_refused(capsys):
    Path("mine.py").write_text(
        "from groupy_check import Gms1\n"
        "from groupy_check import Send\n\n\n"
        "class Mine(Gms1):\n"
        "    def step(self, state, event):\n"
        "        words = tuple({f'word {number}' for number in range(20)})\n"
        "        outcome = super().step(state, event)\n"
        "        if type(event).__name__ == 'Multicast':\n"
        "            return type(outcome)(outcome.state, (*outcome.effects, *(Send(1, word) for word in words)))\n"
        "        return outcome\n",
        encoding="utf-8",
    )
    assert main(["hunt", "--impl", "./mine.py", "--nodes", "2", "--time-limit", "20", "--quiet"]) == 150
    assert "depending on the hash seed" in capsys.readouterr().err
