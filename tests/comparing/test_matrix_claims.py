"""The headline of the matrix: as expected only where something is, and never without what an interrupt left out."""

from __future__ import annotations

from pathlib import Path

import pytest

from groupy_check.checker.interfaces.cli import main
from groupy_check.reports.tables.matrix import Matrix, headline, overview_entry
from groupy_check.specs.manifest import HOLDS, OPEN, UNTESTED, Cell, ManifestRow


def row(**verdicts: str | int) -> ManifestRow:
    return ManifestRow(tuple(verdicts), {"crash": Cell(3, 2, 10, 4, False, verdicts)})


ROWS = {"gms1": row(agreement=4), "./mine.py": row(agreement=HOLDS)}


@pytest.mark.parametrize(
    ("matrix", "said"),
    [
        (Matrix({"gms1": ROWS["gms1"]}, ["crash"]), "1 protocol, 1 fault model, 1 cell: as expected"),
        (Matrix({"gms1": ROWS["gms1"]}, ["crash"], ("it is not",)), "1 protocol, 1 fault model, 1 cell: 1 surprise"),
        (Matrix({"./mine.py": ROWS["./mine.py"]}, ["crash"], free=("./mine.py",)),
         "1 protocol, 1 fault model, 1 cell: nothing is expected of ./mine.py"),
        (Matrix(ROWS, ["crash"], free=("./mine.py",)),
         "2 protocols, 1 fault model, 2 cells: as expected; nothing is expected of ./mine.py"),
        (Matrix({"gms1": ROWS["gms1"]}, ["crash", "none"], missing=1),
         "1 protocol, 2 fault models, 1 cell: as expected; interrupted, 1 cell missing"),
        (Matrix({}, ["crash", "none"], missing=2), "0 protocols, 2 fault models, 0 cells: interrupted, 2 cells missing"),
    ],
)  # fmt: skip
def test_the_headline(matrix, said):
    assert headline(matrix) == said


def test_nothing_is_expected_of_a_users_own_protocol(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("mine.py").write_text("from groupy_check import Gms1\n\n\nclass Mine(Gms1):\n    pass\n", encoding="utf-8")
    assert main(["matrix", "--impl", "./mine.py", "--model", "none", "--workers", "1", "--quiet"]) == 0
    assert capsys.readouterr().out == "1 protocol, 1 fault model, 1 cell: nothing is expected of ./mine.py\n"


@pytest.mark.parametrize(
    ("verdicts", "shown"),
    [
        ({"agreement": HOLDS, "integrity": OPEN}, OPEN),
        ({"agreement": HOLDS, "integrity": UNTESTED}, HOLDS),
        ({"agreement": UNTESTED, "integrity": UNTESTED}, UNTESTED),
        ({"agreement": OPEN, "integrity": UNTESTED}, OPEN),
        ({"agreement": OPEN, "integrity": 7}, "7"),
        ({}, "-"),
    ],
)
def test_a_cell_of_the_overview_claims_no_more_than_its_weakest_promise(verdicts, shown):
    matrix = Matrix({"mine": row(**verdicts)}, ["crash"])
    assert overview_entry(matrix, "mine", "crash").text == shown
