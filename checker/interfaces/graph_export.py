"""The whole state graph of a small scenario, for other tools: the states and steps that a search for violations counts.

Two states may differ in nothing but what was observed so far, since that decides the verdicts.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from groupy_check.checker.errors import GroupyError, TooLargeError, UsageError
from groupy_check.checker.judging.selection import with_workers
from groupy_check.checker.semantics.enabled import Semantics
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.observations import Status
from groupy_check.groupy_model.protocol import Protocol
from groupy_check.groupy_model.scenario import Scenario
from groupy_check.groupy_model.show import show
from groupy_check.groupy_model.system import System
from groupy_check.reports.atomic_write import write_text
from groupy_check.reports.formats.graphs import StateGraph, to_aut, to_dot, to_graphml
from groupy_check.reports.wording.phrases import action_line
from groupy_check.specs.property import Property

WRITERS = {".dot": to_dot, ".graphml": to_graphml, ".aut": to_aut}
LARGEST = 5_000


def state_graph(protocol: Protocol, scenario: Scenario, properties: Sequence[Property]) -> StateGraph:
    """Every reachable state, with the observations that `properties` need. Raises TooLargeError beyond LARGEST states."""
    keep = frozenset[type]().union(*(wanted.needs for wanted in properties))
    semantics = Semantics(protocol, with_workers(scenario, properties), keep).impatient()
    states = [semantics.initial()]
    numbers = {states[0]: 0}
    edges = []
    for number, system in enumerate(states):  # grows while it is walked
        for action in semantics.enabled(system):
            after = semantics.apply(system, action)
            if numbers.setdefault(after, len(states)) == len(states):
                states.append(after)
            edges.append((number, action_line(action), numbers[after]))
        if len(states) > LARGEST or semantics.traffic.given_up:
            raise TooLargeError(
                f"the state graph has more than {LARGEST:,} states; lower --messages, --crashes or --nodes, or judge less with "
                "--property: states are told apart by what the properties need to see"
            )
    at_rest = frozenset(number for number, system in enumerate(states) if semantics.at_rest(system))
    return StateGraph(tuple(_label(system) for system in states), tuple(edges), at_rest)


def write_graph(protocol: Protocol, scenario: Scenario, properties: Sequence[Property], path: Path) -> None:
    """Write the state graph to `path`, in the format that its name ends in; see state_graph. Raises GroupyError."""
    if path.suffix not in WRITERS:
        raise UsageError(f"--graph {path}: the name must end in {', '.join(WRITERS)}")
    text = WRITERS[path.suffix](state_graph(protocol, scenario, properties))
    try:
        write_text(path, text)
    except OSError as error:
        raise GroupyError(f"cannot write {path}: {error.strerror or error}; name another file with --graph") from error


def _label(system: System) -> str:
    """The status and local state of each process, what was observed of it, and the channels."""
    size = len(system.processes)
    lines = [
        f"{Node(index + 1)} {show(process.local) if process.status is Status.UP else process.status.value}"
        + (f"; observed: {', '.join(map(show, process.log))}" if process.log else "")
        for index, process in enumerate(system.processes)
    ]
    for index, channel in enumerate(system.channels):
        if channel:
            source, target = Node(index // size + 1), Node(index % size + 1)
            lines.append(f"{source} to {target}: {', '.join(map(show, channel))}")
    return "\n".join(lines)
