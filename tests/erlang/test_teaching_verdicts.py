"""What the checker finds in the Erlang files that teach: the verdicts and the shortest lengths of the table."""

from __future__ import annotations

from typing import Any

import pytest

from tests.erlang.test_teaching_files import FILES, TABLE, scenario
from tests.support.exploring import explored

Row = tuple[str, dict[str, Any]]

ROWS: list[Row] = [(name, verdict) for name, row in TABLE.items() for verdict in row["verdicts"]]
LARGE = "gms3_repeat_reversed"  # needs four processes and two crashes
FIRST: list[Row] = [(name, row["verdicts"][0]) for name, row in TABLE.items() if "base" in row and name != LARGE]
OTHERS = [row for row in ROWS if row not in FIRST and row[0] != LARGE]


def found(name: str, verdict: dict[str, Any]) -> dict[str, Any]:
    finding = explored(str(FILES[name]), verdict["property"], **scenario(verdict)).finding(verdict["property"])
    return verdict | {"verdict": finding.verdict.value} | ({} if finding.length is None else {"length": finding.length})


@pytest.mark.parametrize(("name", "verdict"), FIRST, ids=[name for name, _ in FIRST])
def test_every_mistake_is_found_by_its_property_in_a_run_of_its_length(name, verdict):
    assert found(name, verdict) == verdict


@pytest.mark.slow
@pytest.mark.parametrize(("name", "verdict"), OTHERS, ids=[f"{name}-{verdict['property']}" for name, verdict in OTHERS])
def test_the_rest_of_the_table(name, verdict):
    assert found(name, verdict) == verdict


@pytest.mark.long
def test_the_largest_of_the_table():
    (verdict,) = TABLE[LARGE]["verdicts"]
    assert found(LARGE, verdict) == verdict
