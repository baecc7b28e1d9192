"""Every command that reports does so for programs too, with a verdict and the exit status that it ends with."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from groupy_check.checker.interfaces.cli import main
from groupy_check.groupy_model.protocols.registry import PROTOCOLS

SMALL = ["-n", "3", "-m", "1", "-c", "1"]
NO_MORE = ["-j", "0", "-d", "0", "-s", "0"]
REPORTS = [
    (["check", "gms2", *SMALL, "-p", "agreement"], 13, "VIOLATED"),
    (["simulate", "gms2", *SMALL, "--runs", "3", "--seed", "1", "-p", "integrity"], 3, "NOT DECIDED"),
    (["hunt", "gms2", *SMALL, *NO_MORE, "-p", "agreement"], 13, "VIOLATED"),
    (["hunt", "gms3", *SMALL, *NO_MORE, "-p", "agreement"], 0, "OK"),
    (["diff", "gms2", "gms3", "-m", "1"], 1, "DIFFERENT"),
    (["diff", "gms2", "gms2", "-m", "0", "-n", "2"], 0, "NO DIFFERENCE"),
    (["matrix", "gms1", "--model", "none", "--workers", "1"], 0, "AS EXPECTED"),
    (["catch", "agreement", "--correct", "gms3", "--mutants", "gms2", "-m", "1"], 0, "AS EXPECTED"),
    (["catch", "agreement", "--correct", "gms2", "--mutants", "gms3", "-m", "1"], 1, "NOT AS EXPECTED"),
    (["grade", "class", "-m", "1", "-e", "agreement:holds"], 0, "JUDGED"),
    (["prove", "gms2", "--bounded", "1", "-n", "2", "-m", "1", "-c", "0"], 3, "NOT DECIDED"),
]


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("class").mkdir()
    Path("class/alpha.py").write_text("from groupy_check import Gms2\n\n\nclass Mine(Gms2):\n    pass\n", encoding="utf-8")


@pytest.mark.parametrize(("words", "status", "verdict"), REPORTS)
def test_json_has_the_verdict_and_the_exit_status(words, status, verdict, capsys):
    assert main([*words, "--format", "json"]) == status
    document = json.loads(capsys.readouterr().out)
    assert (document["format"], document["verdict"], document["exit_code"]) == (2, verdict, status)


def test_a_break_in_json_has_its_command(capsys):
    main(["hunt", "gms2", *SMALL, *NO_MORE, "-p", "agreement", "--format", "json", "-q"])
    (found,) = json.loads(capsys.readouterr().out)["breaks"]
    assert (found["property"], found["finding"]["length"]) == ("agreement", 5)
    assert found["command"] == "groupy-check gms2 --nodes 3 --messages 1 --crashes 1"
    assert not Path("results").exists()


def test_a_cell_of_the_matrix_has_its_command(capsys):
    words = ["matrix", "gms1", "--model", "crash", "--workers", "1"]
    main(words)
    command = "groupy-check gms1 --nodes 3 --messages 2 --crashes 1"
    assert f"  {command}" in capsys.readouterr().out.splitlines()
    main([*words, "--format", "json"])
    assert json.loads(capsys.readouterr().out)["rows"]["gms1"]["cells"]["crash"]["command"] == command


@pytest.mark.parametrize("quiet", [[], ["--quiet"]])
def test_a_name_and_a_kind_are_listed_in_json_too(quiet, capsys):
    assert main(["list", "GMS3", "--format", "json", *quiet]) == 0
    (gms3,) = json.loads(capsys.readouterr().out)["protocols"]
    assert (gms3["name"], gms3["broken_by"][0]) == ("gms3", "join-crash")
    assert main(["list", "--models", "--format", "json", *quiet]) == 0
    document = json.loads(capsys.readouterr().out)
    assert list(document) == ["format", "models"]
    assert len(document["models"]) == 13


def test_quietly_a_list_is_names_and_a_proof_one_line(capsys):
    assert main(["list", "--models", "-q"]) == 0
    names = capsys.readouterr().out.splitlines()
    assert (names[:2], len(names)) == (["none", "crash"], 13)
    assert main(["prove", "gms3-fixed", "--link", "-m", "0", "-q"]) == 0
    assert capsys.readouterr().out.startswith(
        "gms3-fixed: LINKED to the model of gms3-fixed: every step is a step of the model"
    )
    assert main(["prove", "gms2", "--bounded", "1", "-n", "2", "-m", "1", "-q"]) == 3
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("gms2: NOT DECIDED, nothing claimed is violated within 1 step, by z3; ")


def test_the_catalogue_in_json_has_every_protocol(capsys):
    assert main(["list", "--format", "json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert [one["name"] for one in document["protocols"]] == list(PROTOCOLS)
    (gms2,) = (one for one in document["protocols"] if one["name"] == "gms2")
    assert (gms2["mutant"], gms2["broken_by"][0]) == (False, "crash")


def test_a_hunt_never_calls_one_process_the_largest(capsys):
    main(["hunt", "gms1", "-n", "1", "-m", "1", "-c", "0", *NO_MORE])
    assert "The largest whose states were all seen" not in capsys.readouterr().out


def test_a_simulation_ends_in_a_sentence(capsys):
    main(["simulate", "gms2", "-n", "4", "--runs", "20", "--seed", "1"])
    last = capsys.readouterr().out.splitlines()[-1]
    assert last.startswith(
        "In short: a bug that needs 4 unlucky choices of the order, and of nothing else, would have been missed"
    )
    assert last.endswith(" at most.")
