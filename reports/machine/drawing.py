"""The machine of one process as a graph: a box for each kind of local states, an arrow for all that leads to another.

Graphviz lays it out. Rules that were never taken are dashed, and end where nobody knows what they lead to.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import TYPE_CHECKING

from groupy_check.groupy_model.show import counted
from groupy_check.reports.formats.machine_data import Arrow, LocalKind, Machine
from groupy_check.reports.spacetime.graphviz_source import without_complaints
from groupy_check.reports.spacetime.palette import FONT, INK, PALE, PANEL, PAPER, VIEW_COLOURS

if TYPE_CHECKING:
    import graphviz

FORMATS = ("svg", "png", "pdf")


def machine_graph(machine: Machine) -> graphviz.Digraph:
    """Return `machine` as a graphviz graph. Equal input gives equal source."""
    import graphviz  # noqa: PLC0415 - slow to import, and needed only here

    graph = graphviz.Digraph("machine")
    graph.attr(bgcolor=PAPER, fontname=FONT, rankdir="TB", nodesep="0.6", ranksep="0.7", pad="0.2")
    graph.attr(
        "node", shape="box", style="rounded,filled", fillcolor=PANEL, color=INK, fontname=FONT, fontsize="14", fontcolor=INK
    )
    graph.attr("edge", fontname=FONT, fontsize="11", color=INK, fontcolor=INK)
    known = [kind.name for kind in machine.kinds]
    for kind in machine.kinds:
        graph.node(_key(kind.name), _label(kind), **_look(kind))
    for name in dict.fromkeys(rule.source for rule in machine.untaken if rule.source not in known):
        graph.node(
            _key(name), f"{name or 'any'}\nnever entered" if name else "any", style="rounded,dashed", color=PALE, fontcolor=PALE
        )
    for (source, target), arrows in groupby(sorted(machine.arrows, key=_ends), key=_ends):
        graph.edge(_key(source), _key(target), _lines(f"{line}" for line in _told(arrows)))
    for number, (source, events) in enumerate(_never(machine)):
        graph.node(f"never{number}", "", shape="point", width="0.08", color=PALE, fillcolor=PALE, style="filled")
        graph.edge(_key(source), f"never{number}", _lines([*events, "never taken"]), style="dashed", color=PALE, fontcolor=PALE)
    return graph


def draw(graph: graphviz.Digraph, kind: str) -> bytes:
    """Return `graph` laid out and drawn as one of FORMATS, within this process."""
    import pygraphviz  # noqa: PLC0415 - slow to import, and needed only here

    with without_complaints():
        drawn: bytes = pygraphviz.AGraph(string=graph.source).draw(format=kind, prog="dot")
    return drawn


def _key(name: str) -> str:
    """The name of a box for graphviz, which takes a colon for a port."""
    return "kind " + name.replace("\\", "\\\\").replace(":", "=").replace("\n", "; ")


def _label(kind: LocalKind) -> str:
    return f"{kind.name}\n({counted(kind.states, 'state')})" if kind.states else kind.name


def _look(kind: LocalKind) -> dict[str, str]:
    if kind.first:
        return {"penwidth": "2.5", "color": VIEW_COLOURS[0]}
    return {} if kind.states else {"style": "rounded", "peripheries": "2"}


def _ends(arrow: Arrow) -> tuple[str, str]:
    return arrow.source, arrow.target


def _told(arrows: Iterable[Arrow]) -> Iterator[str]:
    """A line for each event and what it makes the process do: `Receive Msg: Deliver (60)`."""
    for arrow in arrows:
        done = f": {', '.join(arrow.effects)}" if arrow.effects else ""
        yield f"{arrow.event}{done} ({arrow.calls:,})"


def _never(machine: Machine) -> Iterator[tuple[str, list[str]]]:
    rules = sorted(machine.untaken, key=lambda rule: rule.source)
    for source, group in groupby(rules, key=lambda rule: rule.source):
        yield source, list(dict.fromkeys(rule.event for rule in group))


def _lines(lines: Iterable[str]) -> str:
    """Lines that begin at the left."""
    return "".join(f" {line}\\l" for line in lines)
