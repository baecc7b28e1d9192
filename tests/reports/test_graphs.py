"""State graphs as files: small goldens, and round trips through the readers of other tools."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import networkx
import pygraphviz
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groupy_check.checker.semantics.enabled import Semantics
from groupy_check.groupy_model.protocols.groupy.gms1 import Gms1
from groupy_check.groupy_model.scenario import Scenario
from groupy_check.groupy_model.show import show
from groupy_check.groupy_model.system import System
from groupy_check.reports.formats.graphs import StateGraph, read_aut, to_aut, to_dot, to_graphml, to_networkx

SMALL = StateGraph(("start", 'says "hi"'), ((0, "go", 1), (0, 'a "b" \\ <c>', 1), (1, "stay", 1)), frozenset({1}))

AUT = r"""des (0, 3, 2)
(0, "go", 1)
(0, "a \"b\" \\ <c>", 1)
(1, "stay", 1)
"""

DOT = r"""digraph states {
	node [shape=box style=rounded]
	start [shape=point]
	0 [label=start peripheries=1]
	1 [label="says \"hi\"" peripheries=2]
	start -> 0
	0 -> 1 [label=go]
	0 -> 1 [label="a \"b\" \\ <c>"]
	1 -> 1 [label=stay]
}
"""

GRAPHML = """<graph edgedefault="directed">
    <node id="0">
      <data key="d0">start</data>
      <data key="d1">True</data>
      <data key="d2">False</data>
    </node>
    <node id="1">
      <data key="d0">says "hi"</data>
      <data key="d1">False</data>
      <data key="d2">True</data>
    </node>
    <edge source="0" target="1" id="0">
      <data key="d3">go</data>
    </edge>
    <edge source="0" target="1" id="1">
      <data key="d3">a "b" \\ &lt;c&gt;</data>
    </edge>
    <edge source="1" target="1" id="2">
      <data key="d3">stay</data>
    </edge>
  </graph>
</graphml>
"""


def test_goldens() -> None:
    assert to_aut(SMALL) == AUT
    assert to_dot(SMALL) == DOT
    head, body = to_graphml(SMALL).split("  <graph ", 1)
    assert f"<graph {body}" == GRAPHML
    assert head.count("<key ") == 4


def test_the_networkx_graph() -> None:
    graph = to_networkx(SMALL)
    assert isinstance(graph, networkx.MultiDiGraph)
    assert list(graph.nodes(data=True)) == [
        (0, {"label": "start", "initial": True, "at_rest": False}),
        (1, {"label": 'says "hi"', "initial": False, "at_rest": True}),
    ]
    assert list(graph.edges(keys=True, data="label")) == [(0, 1, 0, "go"), (0, 1, 1, 'a "b" \\ <c>'), (1, 1, 2, "stay")]


def graph_of(semantics: Semantics) -> StateGraph:
    """Every state that can be reached, numbered breadth first."""
    number: dict[System, int] = {semantics.initial(): 0}
    waiting, edges = list(number), []
    for system in waiting:
        for action in semantics.enabled(system):
            after = semantics.apply(system, action)
            if after not in number:
                number[after] = len(number)
                waiting.append(after)
            edges.append((number[system], show(action), number[after]))
    rest = frozenset(index for system, index in number.items() if semantics.at_rest(system))
    return StateGraph(tuple(show(system.processes) for system in number), tuple(edges), rest)


def test_the_graph_of_a_protocol_goes_into_every_format() -> None:
    graph = graph_of(Semantics(Gms1(), Scenario(nodes=2, messages=1)))
    assert (len(graph.labels), len(graph.edges), len(graph.at_rest)) == (15, 24, 9)
    assert read_aut(to_aut(graph)).edges == graph.edges
    assert to_networkx(graph).number_of_edges() == 24
    assert set(networkx.descendants(to_networkx(graph), 0)) == set(range(1, 15))
    drawn = pygraphviz.AGraph(string=to_dot(graph))
    assert (drawn.number_of_nodes(), drawn.number_of_edges()) == (16, 25)
    assert [int(node) for node in drawn.nodes() if node.attr["peripheries"] == "2"] == sorted(graph.at_rest)


@st.composite
def graphs(draw: st.DrawFn, text: st.SearchStrategy[str]) -> StateGraph:
    labels = draw(st.lists(text, min_size=1, max_size=4))
    state = st.integers(0, len(labels) - 1)
    edges = draw(st.lists(st.tuples(state, text, state), max_size=5))
    return StateGraph(tuple(labels), tuple(edges), draw(st.frozensets(state)))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(graphs(st.text()))
def test_aut_comes_back(graph: StateGraph) -> None:
    text = to_aut(graph)
    assert text.isascii()
    assert text.count("\n") == 1 + len(graph.edges)
    assert read_aut(text) == StateGraph(tuple(str(state) for state in range(len(graph.labels))), graph.edges)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(graphs(st.text()))
def test_graphml_comes_back(graph: StateGraph) -> None:
    read = networkx.parse_graphml(to_graphml(graph), node_type=int, force_multigraph=True)
    again = [read.nodes[state] for state in range(len(graph.labels))]
    assert [node["at_rest"] for node in again] == [state in graph.at_rest for state in range(len(graph.labels))]
    assert [node["initial"] for node in again] == [state == 0 for state in range(len(graph.labels))]
    assert [read.nodes[state].get("label", "") for state in range(len(graph.labels))] == [as_xml(x) for x in graph.labels]
    edges = sorted(
        (int(key), source, data.get("label", ""), target) for source, target, key, data in read.edges(keys=True, data=True)
    )
    assert [edge[1:] for edge in edges] == [(source, as_xml(label), target) for source, label, target in graph.edges]


def as_xml(text: str) -> str:
    """`text` as it comes back from an XML file."""
    kept = "".join(
        x if x in "\t\n\r" or (x >= " " and x not in "\ufffe\uffff" and not "\ud800" <= x <= "\udfff") else "\ufffd"
        for x in text
    )
    return kept.replace("\r\n", "\n").replace("\r", "\n")


@settings(max_examples=40, deadline=None, derandomize=True)
@given(graphs(st.text(st.sampled_from('ab "\\<>{}|&;n\n\x00é'), max_size=6)))
def test_dot_comes_back(graph: StateGraph) -> None:
    drawn = pygraphviz.AGraph(string=to_dot(graph))
    labels = [drawn.get_node(str(state)).attr["label"] or "" for state in range(len(graph.labels))]
    assert [label.replace("\\\\", "\\") for label in labels] == [label.replace("\x00", "\ufffd") for label in graph.labels]
    assert drawn.number_of_edges() == len(graph.edges) + 1


@pytest.mark.parametrize(
    ("labels", "edges", "rest", "message"),
    [
        ((), (), frozenset(), "a state graph has at least one state"),
        (("a",), ((0, "x", 1),), frozenset(), "there is no state 1; the graph has 1"),
        (("a",), ((-1, "x", 0),), frozenset(), "there is no state -1; the graph has 1"),
        (("a",), (), frozenset({2}), "there is no state 2; the graph has 1"),
    ],
)
def test_graphs_that_name_missing_states_are_refused(
    labels: tuple[str, ...], edges: tuple[tuple[int, str, int], ...], rest: frozenset[int], message: str
) -> None:
    with pytest.raises(ValueError, match=f"^{message}$"):
        StateGraph(labels, edges, rest)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1: expected `des"),
        ("des (1, 0, 1)", "line 1: expected `des"),
        ("des (0, 0, 0)", "a state graph has at least one state"),
        ('des (0, 2, 1)\n(0, "a", 0)', "line 1: announces 2 edges, but 1 follow"),
        ('des (0, 1, 1)\n(0, "a", 1)', "there is no state 1"),
        ("des (0, 1, 1)\n(0, a, 0)", "line 2: expected `"),
        ('des (0, 1, 1)\n(0, "a"b", 0)', "line 2: expected `"),
        ('des (0, 1, 1)\n(0, "\\x", 0)', "line 2: expected `"),
    ],
)
def test_broken_aut_is_refused_with_the_line(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}".replace("(", "\\(")):
        read_aut(text)


def test_the_libraries_are_not_loaded_before_they_are_used() -> None:
    heavy = {"networkx", "graphviz", "pygraphviz"}
    code = f"import json, sys, groupy_check.reports.formats.graphs; print(json.dumps(sorted({heavy} & set(sys.modules))))"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, cwd=Path(__file__).parents[2])
    assert json.loads(done.stdout) == []


@pytest.mark.parametrize("letter", ["x", "\\", '"', "\U0001d11e"])
def test_a_label_of_any_length_is_read_by_graphviz(letter: str) -> None:
    dot = to_dot(StateGraph((letter * 20_000,), ((0, letter * 20_000, 0),)))
    assert pygraphviz.AGraph(dot).number_of_nodes() == 2
