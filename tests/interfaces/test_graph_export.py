"""`--graph` writes the states and the steps that the check beside it counts, whatever is judged."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from groupy_check.checker.errors import TooLargeError
from groupy_check.checker.inputs.protocols import load_protocol
from groupy_check.checker.interfaces import graph_export
from groupy_check.checker.interfaces.cli import check_main
from groupy_check.checker.interfaces.graph_export import state_graph
from groupy_check.checker.judging.selection import select
from groupy_check.checker.native.search import NativeExplorer
from groupy_check.checker.search.bfs import Explorer
from groupy_check.groupy_model.scenario import Beginning, Detector, Order, Scenario, Timing
from groupy_check.reports.formats.graphs import read_aut

CASES: list[tuple[str, Sequence[str], dict[str, Any]]] = [
    ("gms1", (), {"nodes": 2, "messages": 1, "crashes": 0}),
    ("gms2", (), {"nodes": 2, "messages": 1}),
    ("gms2", ("integrity",), {"nodes": 2, "messages": 2}),
    ("gms3", ("progress",), {"nodes": 2, "messages": 0, "joins": 1}),
    ("gms3", ("state-transfer",), {"nodes": 1, "messages": 1, "joins": 1}),  # which makes the workers run
    ("gms3", ("agreement",), {"nodes": 2, "messages": 1, "drops": 1}),
    ("gms3", ("termination",), {"nodes": 2, "messages": 1, "suspicions": 1}),
    ("gms3", (), {"nodes": 2, "messages": 1, "order": Order.ANY}),
    ("gms3", ("accuracy",), {"nodes": 2, "messages": 1, "detector": Detector.OVERTAKING}),
    ("gms3-fixed", ("view-agreement",), {"nodes": 2, "messages": 0, "beginning": Beginning.JOINING}),
    ("heartbeat", ("integrity",), {"nodes": 2, "messages": 1, "timing": Timing.ANY, "timeouts": 2}),
    ("heartbeat", ("progress",), {"nodes": 2, "messages": 0, "timeouts": 1}),
]


@pytest.mark.parametrize(("impl", "names", "given"), CASES, ids=[f"{impl}-{'-'.join(given)}" for impl, _, given in CASES])
def test_the_graph_and_the_search_count_alike(impl, names, given):
    protocol, scenario = load_protocol(impl), Scenario(**given)
    properties, _ = select(names, scenario)
    graph = state_graph(protocol, scenario, properties)
    for engine in (Explorer, NativeExplorer):
        coverage = engine(protocol, scenario, properties).run().coverage
        assert (len(graph.labels), len(graph.edges) + 1) == (coverage.distinct, coverage.generated)


def test_states_that_differ_in_what_was_observed_have_different_labels():
    scenario = Scenario(nodes=2, messages=1, crashes=0)
    graph = state_graph(load_protocol("gms1"), scenario, select(("agreement",), scenario)[0])
    assert len(set(graph.labels)) == len(graph.labels) == 6
    assert any("observed: " in label and "delivered(a1)" in label for label in graph.labels)


def test_the_command_writes_what_it_counts(tmp_path, capsys):
    file = tmp_path / "states.aut"
    assert check_main(["--impl", "gms2", "--nodes", "2", "--messages", "1", "--graph", str(file), "--out", str(tmp_path)]) == 0
    graph = read_aut(Path(file).read_text(encoding="utf-8"))
    assert (len(graph.labels), len(graph.edges)) == (29, 33)
    assert "34 states generated, 29 distinct states found" in capsys.readouterr().out


def test_a_graph_that_is_too_large_says_what_makes_it_small(monkeypatch):
    scenario = Scenario(nodes=2, messages=1)
    monkeypatch.setattr(graph_export, "LARGEST", 20)
    with pytest.raises(TooLargeError, match="or judge less with --property"):
        state_graph(load_protocol("gms2"), scenario, select((), scenario)[0])
