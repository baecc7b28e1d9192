"""`groupy catch`: a property must hold on every correct protocol, and be violated by every mutant."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.own_properties import AGREE, JUDGE, SMALL, Run, elsewhere, own, run

__all__ = ["elsewhere", "run"]  # fixtures

# What AGREE makes of the mutants of gms3 in this scenario; the steps are those of the shortest runs.
CAUGHT = {
    "gms3~catch-all": 4,
    "gms3~last-off-by-one": 4,
    "gms3~no-repeat": 4,
    "gms3~early-dropped": 6,
    "gms3~stale-view-counts": 7,
}
MISSED = ("gms3~overtaking", "gms3~views-not-last", "gms3~repeat-reversed", "gms3~slave-admits", "gms3~deliver-first")


def rows(text: str) -> dict[str, list[str]]:
    """The table of `groupy catch`: what stands behind each protocol."""
    lines = [line for line in text.splitlines() if "  " in line and not line.startswith((" ", "protocol"))]
    return {line.split("  ")[0]: line.split("  ", 1)[1].split() for line in lines}


def test_each_mutant_is_caught_or_missed(run: Run) -> None:
    status, out = run("catch", own(AGREE), "--correct", "gms3", "--mutants", "gms3~*", *SMALL)
    assert status == 1
    assert out.splitlines()[0] == "./mine.py: holds on 1 of 1 correct protocol; catches 5 of 10 mutants"
    table = rows(out)
    assert table["gms3"] == ["holds", "holds"]
    caught = {
        name: ["violated", "VIOLATED", str(steps), f"results/{name.replace('~', '-')}-m1-mine.svg"]
        for name, steps in CAUGHT.items()
    }
    assert {name: table[name] for name in CAUGHT} == caught
    assert {name: table[name] for name in MISSED} == {name: ["violated", "holds"] for name in MISSED}
    assert [line for line in out.splitlines() if line.endswith(": missed")] == [f"{name}: missed" for name in MISSED]
    assert "Left out: gms3~joiner-forgotten, which cannot form the group" in out
    assert all(Path(row[3]).exists() for row in caught.values())


def test_all_as_expected(run: Run) -> None:
    status, out = run("catch", own(AGREE), "--correct", "gms3", "gms3-fixed", "--mutants", *CAUGHT, *SMALL, "--quiet")
    assert (status, out) == (0, "./mine.py: holds on 2 of 2 correct protocols; catches 5 of 5 mutants\n")
    assert not Path("results").exists()


def test_hidden_mutants_are_neither_named_nor_drawn(run: Run) -> None:
    words = ("--correct", "gms3", "--mutants", "gms3~*", "--hidden", *SMALL)
    status, out = run("catch", own(AGREE), *words)
    assert status == 1
    assert rows(out)["mutant 1 of 10"] == ["violated", "VIOLATED", "4"]
    assert "mutant 2 of 10: missed" in out.splitlines()
    assert "gms3~" not in out
    assert "Left out: a mutant, which" in out
    assert not Path("results").exists()


def test_a_hidden_mutant_that_cannot_be_used_is_not_named_either(run: Run) -> None:
    own(
        "from groupy_check import Gms3\nclass Bad(Gms3):\n    def announce(self, leader, message): return 3\n",
        "secret.py",
    )
    words = ("catch", own(AGREE), "--correct", "gms3", "--mutants", "gms3~no-repeat", "./secret.py", *SMALL)
    status, line = run(*words, "--hidden")
    assert (status, line) == (150, "groupy: mutant 2 of 2 cannot be used; leave out --hidden to see why\n")
    assert "./secret.py: step(" in run(*words)[1]


def test_a_correct_protocol_that_violates_it_is_told(run: Run) -> None:
    status, out = run("catch", own(AGREE), "--correct", "gms2", "gms3", "--mutants", "gms3~no-repeat", *SMALL)
    assert status == 1
    assert out.splitlines()[0] == "./mine.py: holds on 1 of 2 correct protocols; catches 1 of 1 mutant"
    assert "gms2: violated, although the protocol is correct" in out
    assert " 1. p1 multicasts a1 and crashes after 1 effect" in out
    assert Path("results/gms2-m1-mine.svg").exists()


def test_a_built_in_property_can_be_tried_too(run: Run) -> None:
    words = ("--correct", "gms3", "--mutants", "gms3~deliver-first", *SMALL, "--quiet")
    assert run("catch", "agreement", *words)[0] == 1
    assert run("catch", "uniform-agreement", *words)[0] == 0


def test_what_a_bound_leaves_open_is_neither_caught_nor_missed(run: Run) -> None:
    words = ("--correct", "gms3", "--mutants", "gms3~no-repeat", "--max-states", "5")
    status, out = run("catch", own(AGREE), *words)
    assert status == 3
    assert "gms3~no-repeat: not decided: a bound was hit" in out


@pytest.mark.parametrize(
    ("words", "status", "part"),
    [
        ("--correct gms3 --mutants gms3~no-repaet", 150, "unknown protocol 'gms3~no-repaet': did you mean gms3~no-repeat?"),
        ("--correct gsm3 --mutants gms3~*", 150, "unknown protocol 'gsm3': did you mean gms3?"),
        ("--correct gms3 --mutants gms5~*", 150, "unknown set of protocols 'gms5~*': did you mean gms"),
        ("--correct gms3 --mutants gms3~no-repeat gms3", 151, "gms3 is named both as correct and as a mutant"),
        ("--correct gms3 --mutants ./gone.py", 150, "there is no file gone.py"),
        ("--correct gms3", 2, "the following arguments are required: --mutants"),
        ("--correct gms3 --mutants gms3~no-repeat --nodes 0", 151, "at least one process"),
        ("--correct gms3 --mutants gms3~no-repeat --out mine.py", 151, "mine.py is a file"),
    ],
)  # fmt: skip
def test_words_that_make_no_sense(words: str, status: int, part: str, run: Run) -> None:
    found, line = run("catch", own(AGREE), *words.split())
    assert found == status
    assert part in line


def test_a_property_that_cannot_be_used_is_told_in_one_line(run: Run) -> None:
    status, line = run("catch", own(f"{JUDGE}return 1\n"), "--correct", "gms3", "--mutants", "gms3~no-repeat", *SMALL)
    assert status == 151
    assert "./mine.py: judge(history) cannot be used: it returned 1" in line
