"""Small state graphs as files for other tools: GraphML (yEd, Gephi), DOT (graphviz) and Aldebaran `.aut` (CADP, mCRL2)."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

# networkx and graphviz are imported where they are used: most runs draw no state graph and should start fast.

LONGEST_IN_DOT = 4_000  # characters: each may take four bytes
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_DES = re.compile(r"des \(0, ([0-9]{1,9}), ([0-9]{1,9})\)")
_EDGE = re.compile(r'\(([0-9]{1,9}), (".*"), ([0-9]{1,9})\)')


@dataclass(frozen=True, slots=True)
class StateGraph:
    """States 0 (the initial one), 1, ...: `labels[k]` is the text of state k; `edges` are (source, label, target).

    Raises ValueError if there is no state, or if an edge or `at_rest` names a state that does not exist.
    """

    labels: tuple[str, ...]
    edges: tuple[tuple[int, str, int], ...]
    at_rest: frozenset[int] = frozenset()

    def __post_init__(self) -> None:
        if not self.labels:
            raise ValueError("a state graph has at least one state")
        named = self.at_rest.union(*((source, target) for source, _, target in self.edges))
        unknown = sorted(named - set(range(len(self.labels))))
        if unknown:
            raise ValueError(f"there is no state {unknown[0]}; the graph has {len(self.labels)}")


def to_networkx(graph: StateGraph) -> Any:
    """Return a networkx.MultiDiGraph: nodes with `label`, `initial`, `at_rest`; edges with `label`, keyed by their index."""
    from networkx import MultiDiGraph  # noqa: PLC0415

    result = MultiDiGraph()
    for state, label in enumerate(graph.labels):
        result.add_node(state, label=label, initial=state == 0, at_rest=state in graph.at_rest)
    for index, (source, label, target) in enumerate(graph.edges):
        result.add_edge(source, target, key=index, label=label)
    return result


def to_graphml(graph: StateGraph) -> str:
    """Return `graph` as GraphML."""
    from networkx import generate_graphml  # noqa: PLC0415

    return "\n".join(generate_graphml(to_networkx(_clean(graph)))) + "\n"


def _clean(graph: StateGraph) -> StateGraph:
    """Return `graph` with U+FFFD for characters that XML, and so graphviz's SVG, cannot hold, such as control characters."""
    labels = tuple(_NOT_XML.sub("\ufffd", label) for label in graph.labels)
    edges = tuple((source, _NOT_XML.sub("\ufffd", label), target) for source, label, target in graph.edges)
    return StateGraph(labels, edges, graph.at_rest)


def to_dot(graph: StateGraph) -> str:
    """Return `graph` as DOT: an arrow from nowhere points to the initial state, states at rest have a double border."""
    from graphviz import Digraph, escape  # noqa: PLC0415

    graph = _clean(graph)
    dot = Digraph("states", node_attr={"shape": "box", "style": "rounded"})
    dot.node("start", shape="point")
    for state, label in enumerate(graph.labels):
        dot.node(str(state), escape(_shortened(label)), peripheries="2" if state in graph.at_rest else "1")
    dot.edge("start", "0")
    for source, label, target in graph.edges:
        dot.edge(str(source), str(target), escape(_shortened(label)))
    return str(dot.source)


def _shortened(label: str) -> str:
    """`label` as far as it fits into a string of DOT, of which graphviz reads 16,384 bytes."""
    return label if len(label) <= LONGEST_IN_DOT else f"{label[:LONGEST_IN_DOT]}..."


def to_aut(graph: StateGraph) -> str:
    """Return `graph` as Aldebaran text in ASCII: edge labels are escaped as in JSON; the format has no state labels."""
    head = f"des (0, {len(graph.edges)}, {len(graph.labels)})\n"
    return head + "".join(f"({source}, {json.dumps(label)}, {target})\n" for source, label, target in graph.edges)


def read_aut(text: str) -> StateGraph:
    """Return the graph that `to_aut` wrote, its states labelled with their numbers. Raises ValueError, naming the line."""
    head, *lines = text.removesuffix("\n").split("\n")
    des = _DES.fullmatch(head)
    if not des:
        raise ValueError("line 1: expected `des (0, EDGES, STATES)`")
    edges = tuple(_edge(line, number) for number, line in enumerate(lines, start=2))
    if len(edges) != int(des[1]):
        raise ValueError(f"line 1: announces {des[1]} edges, but {len(edges)} follow")
    return StateGraph(tuple(map(str, range(int(des[2])))), edges)


def _edge(line: str, number: int) -> tuple[int, str, int]:
    found = _EDGE.fullmatch(line)
    try:
        if found:
            return int(found[1]), json.loads(found[2]), int(found[3])
    except json.JSONDecodeError:
        pass
    raise ValueError(f'line {number}: expected `(FROM, "LABEL", TO)`')
