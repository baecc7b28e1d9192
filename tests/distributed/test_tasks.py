"""Independent tasks on a cluster: a process can belong to one at a time, so they are apart from the searches over Ray."""

from __future__ import annotations

import os
import sys

import pytest

from groupy_check.checker.comparing.matrix import solved, tasks_of
from groupy_check.specs.manifest import read_manifest


@pytest.mark.slow
@pytest.mark.cluster
@pytest.mark.filterwarnings("default")
def test_cells_of_the_matrix_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
    tasks = tasks_of(["gms1"], ["none", "crash"], read_manifest(), None, update=False)
    alone, together = solved(tasks, workers=1), solved(tasks, workers=1, cluster="local:2")
    assert sorted(together, key=lambda cell: cell.task.model) == sorted(
        alone,
        key=lambda cell: cell.task.model,
    )
