"""The Erlang files that teach: they are Erlang, each mistake is one clause, and the table of what has to be found is right."""

from __future__ import annotations

import json
import shutil
import subprocess
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

import pytest

from groupy_check.checker.erlang.syntax.parser import parse
from groupy_check.checker.erlang.syntax.reading import text_of
from groupy_check.checker.erlang.syntax.tree import Broken
from groupy_check.groupy_model.protocols.registry import PROTOCOLS
from groupy_check.groupy_model.scenario import Beginning
from tests.erlang.twins import TWINS
from tests.protocols.test_protocols import MUTANTS
from tests.support.exploring import explored, violated

FOLDER = Path(__file__).parents[2] / "groupy_model/protocols/erlang"
FILES = {file.stem: file for file in [*sorted(FOLDER.glob("*.erl")), *sorted(FOLDER.glob("mistakes/*.erl"))]}
TABLE: dict[str, dict[str, Any]] = json.loads((FOLDER / "expected.json").read_text())
OWN = {name: row["verdicts"] for name, row in TABLE.items() if row["twin"] == "own"}
REGISTERED = {name: row for name, row in TABLE.items() if row["twin"] in PROTOCOLS}


def scenario(verdict: dict[str, Any]) -> dict[str, Any]:
    """What `Scenario` takes."""
    said = dict(verdict["scenario"])
    return said | {"beginning": Beginning(said["beginning"])} if "beginning" in said else said


def test_the_table_speaks_of_every_protocol_and_mistake():
    assert set(TABLE) == set(FILES) - {"worker"}
    assert set(OWN) == set(TWINS)
    assert len(list(FOLDER.glob("mistakes/*.erl"))) == 26


@pytest.mark.skipif(shutil.which("erlc") is None, reason="needs Erlang (Debian's erlang-base)")
@pytest.mark.parametrize("flags", [[], ["-Dlottery"]])
def test_erlang_compiles_them_without_a_warning(flags, tmp_path):
    done = subprocess.run(["erlc", *flags, "-o", tmp_path, *FILES.values()], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert {file.stem for file in tmp_path.iterdir()} == set(FILES)


@pytest.mark.parametrize("name", FILES)
def test_they_can_be_read(name):
    forms = parse(text_of(FILES[name].read_bytes()), name, f"{name}.erl", lambda _: None)
    assert [form for form in forms if isinstance(form, Broken)] == []


@pytest.mark.parametrize("name", [name for name, row in TABLE.items() if "base" in row])
def test_a_mistake_is_one_clause_of_its_base(name):
    """Apart from the first two lines: the name, and what is wrong. (The catch-all is two clauses, one for each role.)"""
    base, mistake = (FILES[file].read_text().splitlines()[2:] for file in (TABLE[name]["base"], name))
    changed = [row for row in SequenceMatcher(None, base, mistake, autojunk=False).get_opcodes() if row[0] != "equal"]
    assert 1 <= sum(max(row[2] - row[1], row[4] - row[3]) for row in changed) <= 7


@pytest.mark.slow
@pytest.mark.parametrize(("name", "verdict"), [(name, verdict) for name, verdicts in OWN.items() for verdict in verdicts])
def test_the_lengths_are_those_of_the_twin_and_not_of_the_base(name, verdict):
    found = explored(TWINS[name](), **scenario(verdict))
    assert violated(found)[verdict["property"]] == verdict["length"]
    assert violated(explored(TABLE[name]["base"], **scenario(verdict))).get(verdict["property"]) != verdict["length"]


@pytest.mark.parametrize("name", [name for name, row in REGISTERED.items() if "base" in row])
def test_the_lengths_of_a_registered_mutant_are_those_that_are_pinned(name):
    twin, verdicts = REGISTERED[name]["twin"], REGISTERED[name]["verdicts"]
    said = [(twin, verdict["property"], scenario(verdict), verdict["length"]) for verdict in verdicts]
    assert said == [row[:4] for row in MUTANTS if row[0] == twin]


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name, row in REGISTERED.items() if "base" not in row])
def test_the_verdicts_of_the_protocols_are_those_of_their_twins(name):
    for verdict in REGISTERED[name]["verdicts"]:
        finding = explored(REGISTERED[name]["twin"], verdict["property"], **scenario(verdict)).finding(verdict["property"])
        assert (finding.verdict.value, finding.length) == (verdict["verdict"], verdict.get("length")), verdict
