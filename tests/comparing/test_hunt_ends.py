"""A hunt ends: where no further scenario can happen, when its time is over, and with all that it has found."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest

from groupy_check.checker.checking.search_request import SearchRequest
from groupy_check.checker.comparing import smallest_scenario
from groupy_check.checker.comparing.smallest_scenario import DIMENSIONS, Hunt, hunted_status, scenarios
from groupy_check.checker.counterexamples import output_files
from groupy_check.checker.inputs.other_interpreters.hash_seed import OtherSeeds
from groupy_check.checker.interfaces.cli import main
from groupy_check.checker.limits.deadline import TimeIsUp, time_limit
from groupy_check.checker.sampling import simulate
from groupy_check.checker.semantics.step_cache import Handlers
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.protocols.registry import PROTOCOLS
from groupy_check.groupy_model.scenario import Scenario


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def amounts(scenario: Scenario) -> tuple[int, ...]:
    return tuple(getattr(scenario, name) for name in DIMENSIONS[:-1])  # all but recoveries


# --- where no further scenario can happen ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("most", "number"),
    [
        ({"nodes": 1, "messages": 1, "joins": 0, "drops": 0, "suspicions": 0}, 4),  # no crash or one, no multicast or one
        ({"nodes": 1, "messages": 1, "joins": 0}, 4),  # alone: nothing to lose, nobody to suspect
        ({"nodes": 1, "messages": 0, "joins": 0, "crashes": 0}, 1),
        ({"nodes": 1, "messages": 0, "joins": 0, "crashes": 9, "drops": 9, "suspicions": 9}, 2),
        # So many processes crash as there are: none or one of 1, up to two of 2; with a joiner, one more.
        ({"nodes": 2, "messages": 0, "joins": 0, "drops": 0, "suspicions": 0}, 2 + 3),
        ({"nodes": 2, "messages": 0, "joins": 1, "drops": 0, "suspicions": 0}, 2 + 3 + 3 + 4),
        # Two processes lose up to two messages, and up to two of them crash; one process loses none.
        ({"nodes": 2, "messages": 0, "joins": 0, "drops": 2, "suspicions": 0}, 2 + 3 * 3),
    ],
)
def test_as_many_crash_as_there_are_processes_and_then_there_are_no_more_scenarios(most, number):
    found = list(islice(scenarios(most), 100))
    assert (len(found), len(set(found))) == (number, number)


def test_between_two_scenarios_there_is_no_long_search_for_the_next():
    most = {"nodes": 1, "crashes": 0, "joins": 0, "messages": 3, "drops": 500, "suspicions": 500}
    assert [amounts(one) for one in scenarios(most)] == [(1, 0, messages, 0, 0, 0) for messages in range(4)]
    (last,) = islice(scenarios({**most, "messages": 10_000}), 10_000, None)
    assert amounts(last) == (1, 0, 10_000, 0, 0, 0)


def test_what_is_unbounded_goes_on():
    assert len(list(islice(scenarios({"nodes": 1, "joins": 0}), 500))) == 500
    assert len(list(islice(scenarios({"nodes": 2, "messages": 0, "crashes": 0, "joins": 0}), 500))) == 500


def test_a_hunt_that_has_tried_all_ends_before_its_time(capsys):
    words = [word for name in ("joins", "drops", "suspicions") for word in (f"--{name}", "0")]
    few = ["--nodes", "1", "--messages", "1", *words]
    assert main(["hunt", "--impl", "gms1", *few, "--time-limit", "100", "--quiet"]) == 0
    expected = (
        "gms1: nothing broken so far in 4 scenarios, 4 of them explored whole; nothing left to explore with at most "
        "1 process, 1 multicast, 0 joins, 0 lost messages, 0 false suspicions\n"
    )
    assert capsys.readouterr() == (expected, "")


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["--nodes", "0"], "a group needs at least one process: nodes is 0"),
        (["--crashes", "-1"], "a budget cannot be negative: crashes is -1"),
        (["--messages", "-2"], "a budget cannot be negative: messages is -2"),
    ],
)
def test_what_no_scenario_is_within_is_refused(words, reason, capsys):
    assert main(["hunt", "--impl", "gms3", *words, "--time-limit", "2"]) == 151
    assert capsys.readouterr() == ("", f"groupy: {reason}; choose another value\n")


# --- when its time is over ---------------------------------------------------------------------------------------------------

MINE = "from groupy_check import Gms2\n\n\nclass Mine(Gms2):\n    pass\n"
SPLIT = Scenario(nodes=3, messages=1, crashes=1)  # gms2: the leader crashes amid a broadcast, and one of two has delivered


def one_and_no_more(_: object) -> Iterator[Scenario]:
    """One scenario, and then the same until the time is over."""
    while True:
        yield SPLIT


@pytest.mark.parametrize("impl", ["gms2", "./mine.py"])
def test_what_was_found_in_time_is_told_when_the_time_is_over(impl, monkeypatch, capsys):
    Path("mine.py").write_text(MINE, encoding="utf-8")
    monkeypatch.setattr(smallest_scenario, "scenarios", one_and_no_more)
    monkeypatch.setattr(Hunt, "_try_other_seed", lambda _: None)  # this starts an interpreter, and takes its time
    assert main(["hunt", "--impl", impl, "--property", "agreement", "--time-limit", "3"]) == 13
    out, err = capsys.readouterr()
    assert "before anything could be known" not in err
    stem = "gms2" if impl == "gms2" else "mine"
    assert out.startswith(f"{impl}: 1 of 1 property broken in ")
    assert f"results/{stem}-m1-agreement.svg" in out
    assert "ended by the time limit of 3 seconds" in out
    assert {path.suffix for path in Path("results").iterdir()} == {".svg", ".dot", ".html", ".json", ".txt"}


def late(*_: object) -> None:
    raise TimeIsUp("")


def test_pages_that_come_too_late_are_left_out_and_the_table_is_printed(monkeypatch, capsys):
    monkeypatch.setattr(smallest_scenario, "scenarios", lambda _: iter([SPLIT]))
    monkeypatch.setattr(output_files, "page_data", late)
    assert main(["hunt", "--impl", "gms2", "--property", "agreement", "--time-limit", "60"]) == 13
    out, err = capsys.readouterr()
    assert "results/gms2-m1-agreement.svg" in out
    assert err == "starting a hunt of 60 s ...\nno time was left for the pages\n"


@pytest.mark.parametrize(
    ("words", "where", "status"),
    [
        (["hunt", "--impl", "gms2", "--nodes", "3", "--joins", "0", "--drops", "0", "--suspicions", "0"], "hunt", 13),
        (["simulate", "--impl", "gms2", "--seed", "1", "--nodes", "3"], "simulate", 13),
        (["diff", "gms2", "gms3"], "diff", 1),
    ],
)
def test_no_time_to_confirm_it_is_said_and_no_reason_to_say_nothing_else(words, where, status, monkeypatch, capsys):
    monkeypatch.setattr(smallest_scenario, "confirm", late)
    monkeypatch.setattr(simulate, "confirm", late)
    monkeypatch.setattr(OtherSeeds, "confirm", late)
    small = ["--messages", "1", "--crashes", "1", "--property", "agreement", "--time-limit", "60", "--quiet"]
    assert main([*words, *small]) == status, where
    out, err = capsys.readouterr()
    assert out.count("\n") == 1
    assert err.startswith("no time was left for a fresh interpreter to replay the runs that were found")


def test_a_search_that_is_late_itself_loses_nothing_of_what_others_have_found(monkeypatch):
    def two() -> Iterator[Scenario]:
        yield SPLIT
        monkeypatch.setattr(SearchRequest, "run", late)
        yield Scenario(nodes=3, messages=1, crashes=0, drops=1)

    found = Hunt(PROTOCOLS["gms2"](), "gms2", ["agreement", "progress"], {}, 1e6, lambda _: None, where=two()).run()
    assert (list(found.breaks), found.bound) == (["agreement"], "the time limit of 1e+06 seconds")
    assert hunted_status(found) == 13  # agreement is an eventual property


def test_what_is_built_in_is_never_too_late():
    with time_limit(0.0):
        assert Handlers(PROTOCOLS["gms2"](), 3).initial(Node(1)) is not None
