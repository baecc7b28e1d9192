"""What any command says of its coverage is true for searches that were cut short, sampled or replayed, and for vacuous ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from groupy_check.checker.counterexamples.minimise import minimised
from groupy_check.checker.inputs.protocols import load_protocol
from groupy_check.checker.interfaces.api import check
from groupy_check.checker.interfaces.cli import check_main, main
from groupy_check.checker.search.bfs import Explorer
from groupy_check.groupy_model.verdict import Extent, Verdict
from groupy_check.reports.tables.catalogue import kept_phrase
from groupy_check.reports.tables.mutation_trial import TrialRow, TrialTable, headline
from groupy_check.specs.manifest import HOLDS, OPEN, UNTESTED, Cell, ManifestRow
from groupy_check.specs.registry import PROPERTIES

WHOLE = "all reachable states were seen"


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


# --- searches that were cut short ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "limits",
    [
        ["--max-states", "50"],
        ["--depth", "3"],
        ["--max-states", "50", "--engine", "native"],
        ["--depth", "3", "--engine", "native"],
        ["--depth", "3", "--continue", "--property", "total-order"],
    ],
    ids=" ".join,
)
def test_a_search_that_was_cut_short_says_so_wherever_it_speaks_of_what_it_saw(limits, capsys):
    assert check_main(["--impl", "gms3", *limits]) == 3
    out = capsys.readouterr().out
    assert out.startswith(("gms3: NOT DECIDED, no violation found (", "gms3: NOT DECIDED, no violation of total-order found ("))
    assert WHOLE not in out
    assert "holds" not in out
    assert "Not covered: states that were not seen; " in out
    assert "this is a multicast of these kinds" not in out


@pytest.mark.parametrize("engine", ["reference", "native"])
@pytest.mark.parametrize("name", ["virtual-synchrony", "agreement"])
def test_a_search_that_stopped_at_a_violation_has_not_seen_all(engine, name, capsys):
    words = ["--impl", "gms2", "--property", name, "--engine", engine]
    check_main(words)
    stopped = capsys.readouterr().out
    check_main([*words, "--continue"])
    whole = capsys.readouterr().out
    assert ("(all reachable states seen" in stopped) == (", 0 states left on queue" in stopped)
    assert "(stopped there, not all states seen)" in stopped or engine == "native"
    assert "(all reachable states seen" in whole


def test_what_a_scenario_allows_did_not_happen_in_what_was_seen(capsys):
    check_main(["--impl", "gms3", "--drops", "1", "--duplicates", "1", "--max-states", "3"])
    out = capsys.readouterr().out
    assert "the scenario allows the loss of a message, but it never happened in what was seen" in out


@pytest.mark.parametrize("limits", [["--max-states", "40"], ["--depth", "2"], ["--property", "virtual-synchrony"]])
def test_a_profile_of_a_part_says_that_it_is_one(limits, capsys):
    check_main(["--impl", "gms2", "--profile", *limits])
    assert "The search was cut short: what never happened here may happen in the states that were not seen." in (
        capsys.readouterr().out
    )


def test_a_profile_of_the_whole_says_nothing_of_that(capsys):
    check_main(["--impl", "gms2", "--profile", "--nodes", "2", "--messages", "1"])
    assert "cut short" not in capsys.readouterr().out


def test_one_state_is_one_state(capsys):
    check_main(["--impl", "gms1", "--nodes", "1", "--messages", "0", "--crashes", "0"])
    counts = "1 state generated, 1 distinct state found, 0 states left on queue; depth 0, 1 state at rest"
    assert counts in capsys.readouterr().out


# --- runs ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["txt", "itf.json"])
@pytest.mark.parametrize("more", [[], ["--minimise"]])
def test_a_replay_is_no_search_and_no_bound_was_hit(kind, more, capsys):
    check_main(["--impl", "gms2", "--property", "agreement", "--quiet"])
    check_main(["--impl", "gms2", "--property", "agreement"])
    capsys.readouterr()
    assert main(["replay", f"results/gms2-agreement.{kind}", "--property", "agreement", *more]) == 13
    out = capsys.readouterr().out
    assert out.startswith(f"gms2: VIOLATED agreement (one run replayed{', minimised' if more else ''})\n")
    assert "bound" not in out.splitlines()[0]
    assert "\n5 steps, 6 distinct states, " in out


def test_a_replay_without_a_violation_covers_one_run(capsys):
    check_main(["--impl", "gms2", "--property", "agreement"])
    capsys.readouterr()
    assert main(["replay", "results/gms2-agreement.txt", "--property", "integrity"]) == 3
    assert "Not covered: all other runs; " in capsys.readouterr().out
    assert main(["replay", "results/gms2-agreement.txt", "--property", "integrity", "--format", "json"]) == 3
    document = json.loads(capsys.readouterr().out)
    assert (document["coverage"]["extent"], document["coverage"]["bound"]) == ("REPLAYED", "")


def test_what_would_have_prevented_a_violation_was_tried_in_one_run_each(capsys):
    check_main(["--impl", "gms2", "--property", "agreement"])
    assert "  (each tried in one run)\n" in capsys.readouterr().out
    check_main(["--impl", "gms2", "--property", "agreement", "--all"])
    tried = "(Each was tried in one run: the rest as above, as far as it goes, then whatever is owed.)"
    assert tried in capsys.readouterr().out


def test_a_minimiser_that_is_interrupted_does_not_pass_for_one_that_is_done(monkeypatch):
    finding = check("gms2", properties=["agreement"]).finding("agreement")
    assert finding.trace is not None

    def interrupted(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Explorer, "_look", interrupted)
    with pytest.raises(KeyboardInterrupt):
        minimised(finding.trace, load_protocol("gms2"), PROPERTIES["agreement"])


# --- what is vacuous -------------------------------------------------------------------------------------------------------

CLAIMLESS = "from groupy_check import Gms1\n\n\nclass Mine(Gms1):\n    claims = ()\n"


@pytest.mark.parametrize("words", [["--nodes", "1"], ["--max-states", "9"]], ids=" ".join)
def test_where_nothing_decides_that_is_said(words, capsys):
    Path("mine.py").write_text(CLAIMLESS, encoding="utf-8")
    check_main(["--impl", "./mine.py", "--messages", "1", *words])
    said = "Nothing decides: ./mine.py claims nothing that was judged here; name what it should do with --property."
    assert said in capsys.readouterr().out
    check_main(["--impl", "./mine.py", "--messages", "1", "--property", "integrity", *words])
    assert "Nothing decides" not in capsys.readouterr().out


def cell(**verdicts: str | int) -> Cell:
    return Cell(3, 2, 100, 5, False, {name.replace("_", "-"): verdict for name, verdict in verdicts.items()})


@pytest.mark.parametrize(
    ("promises", "found", "kept"),
    [
        ((), cell(agreement=HOLDS), False),  # it promises nothing
        (("agreement",), cell(integrity=HOLDS), False),  # nothing that it promises was judged
        (("agreement",), cell(agreement=HOLDS), True),
        (("agreement", "integrity"), cell(agreement=HOLDS, integrity=UNTESTED), True),
        (("agreement", "integrity"), cell(agreement=HOLDS, integrity=OPEN), False),
        (("agreement", "integrity"), cell(agreement=HOLDS, integrity=4), False),
    ],
)
def test_promises_are_kept_where_there_are_some_and_they_were_judged(promises, found, kept):
    assert found.kept(promises) == kept
    assert (kept_phrase(ManifestRow(promises, {"crash": found})) == "all 1 fault model") == kept


def rows(*verdicts: tuple[Verdict, Verdict, bool]) -> TrialTable:
    result = check("gms2", messages=1, properties=["integrity"])
    finding = result.finding("integrity")
    made = []
    for number, (expected, verdict, exercised) in enumerate(verdicts):
        changed = type(finding)(finding.name, finding.kind, True, verdict, exercised)
        made.append(TrialRow(f"one-{number}", expected, changed))
    return TrialTable("./mine.py", tuple(made))


@pytest.mark.parametrize(
    ("verdicts", "said"),
    [
        ([(Verdict.HOLDS, Verdict.HOLDS, True), (Verdict.VIOLATED, Verdict.VIOLATED, True)],
         "holds on 1 of 1 correct protocol; catches 1 of 1 mutant"),
        ([(Verdict.HOLDS, Verdict.HOLDS, False)],
         "holds on 1 of 1 correct protocol (1 never put to the test); catches 0 of 0 mutants"),
        ([(Verdict.VIOLATED, Verdict.NOT_FOUND, True)],
         "holds on 0 of 0 correct protocols; catches 0 of 1 mutant; 1 not decided"),
        ([(Verdict.HOLDS, Verdict.NOT_FOUND, True), (Verdict.VIOLATED, Verdict.NOT_FOUND, False)],
         "holds on 0 of 1 correct protocol; catches 0 of 1 mutant; 2 not decided"),
        ([(Verdict.VIOLATED, Verdict.HOLDS, True), (Verdict.VIOLATED, Verdict.NOT_FOUND, True)],
         "holds on 0 of 0 correct protocols; catches 0 of 2 mutants; 1 not decided"),
    ],
)  # fmt: skip
def test_the_headline_of_a_trial_counts_what_is_vacuous_or_open(verdicts, said):
    assert headline(rows(*verdicts)) == f"./mine.py: {said}"


def test_a_mutant_that_a_bound_spared_did_not_survive(capsys):
    words = ["catch", "virtual-synchrony", "--correct", "gms3", "--mutants", "gms3~no-repeat", "--max-states", "20", "--quiet"]
    assert main(words) == 3
    assert capsys.readouterr().out == (
        "virtual-synchrony: holds on 0 of 1 correct protocol; catches 0 of 1 mutant; 2 not decided\n"
    )


def test_only_a_whole_search_is_exhausted():
    for given in ({"max_states": 29}, {"max_states": 30}, {"depth": 5}, {"depth": 4}):
        coverage = check("gms2", nodes=2, messages=1, **given).coverage  # type: ignore[arg-type]
        assert (
            (coverage.extent is Extent.EXHAUSTED) == (coverage.left == 0) == (coverage.distinct == 29 and coverage.bound == "")
        )
