"""Inputs that once got a wrong verdict, each with the right answer. The files are in `cases/`."""

from __future__ import annotations

from pathlib import Path

import pytest

from groupy_check.checker.checking.engine import Engine
from groupy_check.checker.inputs.protocols import load_protocol
from groupy_check.checker.interfaces.cli import check_main
from groupy_check.checker.native.memory.layout import OTHERS
from groupy_check.checker.native.search import NativeExplorer
from groupy_check.checker.native.tables import handler_records as records
from groupy_check.groupy_model.scenario import Scenario
from groupy_check.groupy_model.verdict import Verdict
from groupy_check.specs.registry import PROPERTIES

CASES = Path(__file__).parent / "cases"
HALT = "engine/native_halt.py --nodes 2 --crashes 0 --property integrity"
BAG = "engine/native_misses.py --nodes 2 --messages 1 --crashes 0 --partitions 1 --order any --property integrity"
EQUAL = "--nodes 2 --messages 1 --crashes 0"
MANY = "engine/native_halt_auto.py --nodes 5 --messages 20 --crashes 0 --property integrity --property total-order"


@pytest.mark.parametrize(
    ("words", "rows"),
    [
        (f"{HALT} --engine reference", ["integrity VIOLATED 4"]),
        (f"{HALT} --engine native", ["integrity VIOLATED 4"]),
        (f"{BAG} --engine reference", ["integrity VIOLATED 5"]),
        (f"{BAG} --engine native", ["integrity VIOLATED 5"]),
        (f"{MANY}", ["integrity VIOLATED 4"]),
        (f"equal/classes.py {EQUAL} --property agreement", ["agreement holds"]),
        (f"equal/classes_bug.py {EQUAL} --property integrity", ["integrity VIOLATED 4"]),
    ],
)
def test_the_right_answer(
    words: str, rows: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    path, *flags = words.split()
    check_main(["--impl", str(CASES / path), *flags])
    told = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    for row in rows:
        assert any(line.startswith(row) for line in told), (row, told)


@pytest.mark.usefixtures("compiled")
@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("named", "[a1] (Note) and [a1] (Go)"),
        ("named_bug", "[a1] (Ack) and [a1] (Again)"),
        ("flags", "1 (int) and True (bool)"),
    ],
)
def test_values_that_would_be_mistaken_for_one_another_are_refused(
    name: str, values: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert check_main(["--impl", str(CASES / f"equal/{name}.py"), *EQUAL.split()]) == 150
    assert f"they differ in {values}, and one would be taken" in capsys.readouterr().err


def test_what_the_reference_engine_has_found_is_kept_when_the_native_one_loses_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("groupy_check.checker.checking.engine.FEW", 200)
    protocol, scenario = load_protocol(str(CASES / "engine/native_halt_auto.py")), Scenario(nodes=5, messages=4, crashes=0)
    assert Engine(protocol, scenario, [PROPERTIES["integrity"]]).run().warnings == ()
    monkeypatch.setattr(records, "who_sleeps", lambda _: OTHERS)
    assert NativeExplorer(protocol, scenario, [PROPERTIES["integrity"]]).run().finding("integrity").verdict is Verdict.HOLDS
    result = Engine(protocol, scenario, [PROPERTIES["integrity"]]).run()
    assert result.finding("integrity").length == 4
    assert any("missed the violation of integrity" in warning for warning in result.warnings)
