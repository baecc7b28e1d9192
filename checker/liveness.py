"""Runs that never come to rest: fair cycles of owed actions, on which "eventually" must have come true by then.

Logs only grow, so they are constant on every cycle: one pass over the strongly connected components decides. A cycle is a run
that must be believed only if it is (weakly) fair: what stays possible all along it, for one process and one channel or timer,
is done on it. Lamport, "Fairness and hyperfairness" (2000); Baier and Katoen, "Principles of Model Checking", section 3.5.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace

from checker.semantics import Semantics
from groupy_model.actions import Handle
from groupy_model.events import Down, Receive, Timeout
from groupy_model.system import System
from groupy_model.trace import Trace

Edges = Sequence[Sequence[tuple[Handle, int]]]
Label = tuple[int, str, str]  # a process, and what of it: a channel and its source, a timer and its name, its worker
Wanted = Callable[[int, Handle | None], bool]


def fair_components(edges: Edges) -> list[frozenset[int]]:
    """The components in which a fair run can stay for ever; `edges[k]` are the owed actions of state k and where they lead."""
    endless = _endless(edges)
    if not endless:
        return []
    import networkx as nx  # noqa: PLC0415 - only protocols that never rest need it

    graph = nx.DiGraph((state, target) for state in endless for _, target in edges[state] if target in endless)
    components = [frozenset(component) for component in nx.strongly_connected_components(graph)]
    return sorted((c for c in components if _turns(edges, c) and _fair(edges, c)), key=min)


def tour(edges: Edges, component: frozenset[int]) -> list[Handle]:
    """A closed walk from the lowest state of a fair `component` that does, or sees impossible, all that fairness demands."""
    start = here = min(component)
    walk: list[Handle] = []
    for label in sorted({label for state in component for label in _labels(edges, state)}):
        path, here = _search(edges, component, here, _satisfying(edges, component, label))
        walk += path
    back, _ = _search(edges, component, here, lambda state, action: state == start and bool(action or walk))
    return walk + back


def repeats(semantics: Semantics, trace: Trace, loop: int) -> bool:
    """Whether the steps of `trace` after step `loop` lead back to where they began and make a fair run when repeated."""
    turning = trace.actions[loop:]
    if not turning or _without_logs(trace.states[loop]) != _without_logs(trace.states[-1]):
        return False
    owed = [{label_of(action) for action in semantics.owed(state)} for state in trace.states[loop:]]
    taken = {label_of(action) for action in turning if isinstance(action, Handle)}
    return set.intersection(*owed) <= taken


def _without_logs(system: System) -> System:
    """What decides how a run goes on: no handler sees what was observed."""
    return replace(system, processes=tuple(replace(process, log=()) for process in system.processes))


def _satisfying(edges: Edges, component: frozenset[int], label: Label) -> Wanted:
    """Where fairness to `label` is satisfied: a state in which it is not possible, or else just after it was done."""
    if any(label not in _labels(edges, state) for state in component):
        return lambda state, _: label not in _labels(edges, state)
    return lambda _, action: action is not None and label_of(action) == label


def _endless(edges: Edges) -> set[int]:
    """The states from which the owed actions can go on for ever: those that are not bound to come to rest."""
    left = [len(targets) for targets in edges]
    sources: list[list[int]] = [[] for _ in edges]
    for state, targets in enumerate(edges):
        for _, target in targets:
            sources[target].append(state)
    resting = [state for state, count in enumerate(left) if count == 0]
    for state in resting:
        for source in sources[state]:
            left[source] -= 1
            if left[source] == 0:
                resting.append(source)  # a work list
    return set(range(len(edges))) - set(resting)


def _turns(edges: Edges, component: frozenset[int]) -> bool:
    return len(component) > 1 or any(target in component for state in component for _, target in edges[state])


def _fair(edges: Edges, component: frozenset[int]) -> bool:
    always = frozenset.intersection(*(_labels(edges, state) for state in component))
    taken = {label_of(action) for state in component for action, target in edges[state] if target in component}
    return always <= taken


def label_of(action: Handle) -> Label:
    """What fairness speaks of: one process and one of its channels, timers, or its worker."""
    match action.event:
        case Receive(source) | Down(source):
            return (action.process, "channel", str(source))
        case Timeout(timer):
            return (action.process, "timer", timer)
    return (action.process, "worker", "")


def _labels(edges: Edges, state: int) -> frozenset[Label]:
    return frozenset(label_of(action) for action, _ in edges[state])


def _search(edges: Edges, component: frozenset[int], start: int, wanted: Wanted) -> tuple[list[Handle], int]:
    """A shortest walk within `component` whose last state and last action are `wanted`; the walk, and where it ends."""
    if wanted(start, None):
        return [], start
    waiting: deque[tuple[int, list[Handle]]] = deque([(start, [])])
    seen = {start}
    while waiting:
        state, walk = waiting.popleft()
        for action, target in edges[state]:
            if target in component:
                if wanted(target, action):
                    return [*walk, action], target
                if target not in seen:
                    seen.add(target)
                    waiting.append((target, [*walk, action]))
    raise AssertionError("a component is strongly connected")
