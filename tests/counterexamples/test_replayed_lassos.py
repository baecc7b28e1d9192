"""Runs that repeat forever, saved and replayed: each comes back whole, however often, and is judged as before."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from groupy_check.checker.counterexamples.minimise import minimised
from groupy_check.checker.counterexamples.trace_file import judge_trace, least_runs, replay_text
from groupy_check.checker.inputs.protocols import load_protocol, protocol_of
from groupy_check.checker.interfaces.cli import check_main, main
from groupy_check.checker.runs.recorder import Recorder
from groupy_check.checker.search.bfs import Explorer
from groupy_check.groupy_model.protocol import Protocol
from groupy_check.groupy_model.scenario import Fairness, Scenario
from groupy_check.groupy_model.trace import Trace
from groupy_check.groupy_model.verdict import Finding, Verdict
from groupy_check.reports.formats.itf import to_itf
from groupy_check.reports.formats.pytest_file import pytest_text
from groupy_check.reports.wording.trace_text import trace_text
from groupy_check.specs.registry import PROPERTIES
from tests.counterexamples.test_moments import Restless
from tests.judging.test_fairness_assumed import Ball, Watching
from tests.judging.test_probe import ALONE, Small, T, always_busy
from tests.support.live import opened, shown
from tests.support.planted import Endless
from tests.support.tables import ALL

PATIENT = load_protocol("heartbeat-patient")
TINY = Scenario(nodes=1, messages=1, crashes=0)
WEAK = Fairness.WEAK
# Protocol, scenario, property, and the first and the last step of what repeats. p2 pings for ever whom it has excluded; p1
# answers itself by a timer, or by a message; a ball is thrown for ever; p1 is busy for ever.
LASSOS: list[tuple[Protocol, Scenario, str, int, int]] = [
    (PATIENT, Scenario(nodes=2, messages=1), "validity", 5, 5),
    (Restless(), TINY, "validity", 2, 2),
    (Endless(), TINY, "validity", 2, 2),
    (Ball(), Scenario(nodes=2, messages=1, crashes=0, fairness=WEAK), "agreement", 3, 4),
    (Watching(never=True), Watching.scenario, "agreement", 3, 4),
    (Small("alone", always_busy, T, size=1), ALONE, "progress", 1, 2),
]
every_lasso = pytest.mark.parametrize("row", range(len(LASSOS)), ids=[type(row[0]).__name__ for row in LASSOS])


@cache
def found(row: int) -> Finding:
    protocol, scenario, name, _, _ = LASSOS[row]
    return Explorer(protocol_of(protocol), scenario, [PROPERTIES[name]]).run().finding(name)


def lasso(row: int) -> Trace:
    trace = found(row).trace
    assert trace is not None
    return trace


def saved_as(form: str, trace: Trace, name: str) -> str:
    return trace_text(trace, "a run") if form == "text" else to_itf(trace, name)


@every_lasso
def test_what_repeats(row: int) -> None:
    _, _, _, first, last = LASSOS[row]
    assert (lasso(row).loop, len(lasso(row).steps)) == (first - 1, last)


@every_lasso
@pytest.mark.parametrize("form", ["text", "itf"])
def test_a_replay_gives_the_run_back_and_a_replay_of_it_again(row: int, form: str) -> None:
    protocol, _, name, _, _ = LASSOS[row]
    before, texts = found(row), [saved_as(form, lasso(row), name)]
    for _ in range(3):
        again = replay_text(texts[-1], protocol, [name]).finding(name)
        assert (again.verdict, again.trace, again.witness) == (Verdict.VIOLATED, before.trace, before.witness)
        assert again.trace is not None
        texts.append(saved_as(form, again.trace, name))
    assert len(set(texts)) == 1


@every_lasso
def test_minimised_it_is_what_it_was(row: int) -> None:
    protocol, _, name, _, _ = LASSOS[row]
    result = replay_text(trace_text(lasso(row), "a run"), protocol, [name])
    assert least_runs(result, protocol).finding(name) == result.finding(name)
    assert minimised(lasso(row), protocol, PROPERTIES[name]) == lasso(row)


def test_what_is_violated_before_the_end_of_the_loop_has_a_run_that_ends_there() -> None:
    """p2 excludes p1 in step 4, and is then alone with a view of its own: the pings that follow have no part in it."""
    result = replay_text(trace_text(lasso(0), "a run"), names=["validity", "primary-partition"])
    whole, part = (result.finding(name).trace for name in ("validity", "primary-partition"))
    assert whole == lasso(0)
    assert part is not None
    assert (len(part.steps), part.loop, part.actions) == (4, None, lasso(0).actions[:4])


def test_the_same_steps_without_the_loop_are_a_run_that_goes_on() -> None:
    recorder = Recorder(PATIENT, lasso(0).scenario, ALL)
    result = judge_trace(recorder.record(lasso(0).actions), recorder, ["validity"])
    assert result.finding("validity").verdict is Verdict.NOT_FOUND


# --- the commands --------------------------------------------------------------------------------------------------------


@pytest.fixture
def saved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> dict[str, bytes]:
    """The files of the search that finds the first lasso, in `results`."""
    monkeypatch.chdir(tmp_path)
    words = ["--impl", PATIENT.name, "--nodes", "2", "--messages", "1", "--crashes", "1", "--property", "validity"]
    assert check_main([*words, "--export-pytest", "test_it.py"]) == 13
    assert "Everything after step 4 repeats forever." in " ".join(capsys.readouterr().out.split())
    return written()


def written() -> dict[str, bytes]:
    """Every file that was written, by its path."""
    return {str(path): path.read_bytes() for path in sorted(Path().rglob("*.*")) if path.is_file()}


@pytest.mark.parametrize("kind", ["txt", "itf.json"])
def test_a_replay_changes_nothing_in_what_it_reads(kind: str, saved: dict[str, bytes], capsys) -> None:
    file, rest = f"results/heartbeat-patient-n2-m1-validity.{kind}", ["--property", "validity", "--export-pytest", "test_it.py"]
    assert b"repeats forever: everything after step 4\n" in saved["results/heartbeat-patient-n2-m1-validity.txt"]
    for words, command in ((["replay"], main), (["replay", "--minimise"], main), (["--replay"], check_main)):
        assert command([*words, file, *rest]) == 13
        out = " ".join(capsys.readouterr().out.split())
        assert "Everything after step 4 repeats forever." in out
        assert "nothing more happens" not in out
        assert written() == saved


def test_the_exported_test_holds_the_run_whole(saved: dict[str, bytes]) -> None:
    again = replay_text(saved["results/heartbeat-patient-n2-m1-validity.txt"].decode(), names=["validity"]).finding("validity")
    assert again.trace is not None
    assert pytest_text(again.trace, "validity").encode() == saved["test_it.py"]


@pytest.mark.parametrize("form", ["text", "itf"])
def test_the_page_opens_with_the_loop_and_with_what_it_violates(form: str, tmp_path: Path) -> None:
    file, trace = tmp_path / "saved", lasso(1)
    (tmp_path / "mine.py").write_text(OWN, encoding="utf-8")
    file.write_text(saved_as(form, trace, "validity"), encoding="utf-8")
    with opened("--replay", str(file), "--impl", str(tmp_path / "mine.py")) as server:
        page = shown(server.page.decode())
    assert (page["loop"], page["property"]) == (1, "validity")
    assert "Everything after step 1 repeats forever." in page["story"]


OWN = '''
from tests.counterexamples.test_moments import Restless

class Mine(Restless):
    """A protocol of the user's that claims validity."""

    claims = ("validity",)
'''
