"""Runs that never come to rest: weakly fair cycles of owed actions, which show whether "eventually" comes true.

Cycles. Logs only grow, so they are constant on a cycle: one pass over the strongly connected components of the owed actions
judges the eventual properties on all runs that never come to rest. The counterexample is a lasso, a run into a cycle.

Fairness. A cycle counts only if it is weakly fair: for each process and each of its channels, timers and its worker, a FAIRNESS
CLASS, if owed actions of the class stay enabled all along the cycle, one of them is taken on it.

Fair timers. A timer fires only when nothing else is owed, so it is not enabled all along a cycle on which other things happen.
But a timer that stays armed along a cycle on which it can fire must fire, or be set anew or cancelled; otherwise the cycle is
not fair, and nothing is judged on it.

Lamport, "Fairness and hyperfairness" (2000); Baier and Katoen, "Principles of Model Checking", section 3.5. Lynch,
"Distributed Algorithms", section 8.3, calls the classes tasks.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace

from groupy_check.checker.semantics.enabled import Semantics
from groupy_check.groupy_model.actions import Handle
from groupy_check.groupy_model.effects import CancelTimer, SetTimer
from groupy_check.groupy_model.events import Down, Receive, Timeout
from groupy_check.groupy_model.system import System
from groupy_check.groupy_model.trace import Trace

OwedGraph = Sequence[Sequence[tuple[Handle, int]]]
FairnessClass = tuple[int, str, str]  # a process and one of: "channel" and its source, "timer" and its name, "worker"
Wanted = Callable[[int, tuple[int, Handle] | None], bool]  # the state reached, and the step into it: its state and action
NONE: frozenset[FairnessClass] = frozenset()


class Timers:
    """What fairness needs to know about timers, by the number of a state. This one is for runs without timers."""

    def armed(self, _: int) -> frozenset[FairnessClass]:
        """The timers that are armed in a state."""
        return NONE

    def restarted(self, _: int, __: Handle) -> frozenset[FairnessClass]:
        """The timers that an action sets or cancels in a state."""
        return NONE


WITHOUT_TIMERS = Timers()


class StateTimers(Timers):
    """The timers in the states that `state` returns, under `semantics`."""

    def __init__(self, semantics: Semantics, state: Callable[[int], System]) -> None:
        self.semantics, self.state = semantics, state

    def armed(self, number: int) -> frozenset[FairnessClass]:
        return armed(self.state(number))

    def restarted(self, number: int, action: Handle) -> frozenset[FairnessClass]:
        return restarted(self.semantics, self.state(number), action)


def armed(system: System) -> frozenset[FairnessClass]:
    """The timers that are armed in `system`."""
    return frozenset(
        (node, "timer", timer) for node, process in enumerate(system.processes, start=1) for timer in process.timers
    )


def restarted(semantics: Semantics, system: System, action: Handle) -> frozenset[FairnessClass]:
    """The timers that `action` sets or cancels in `system`."""
    effects = semantics.effects(system, action)
    return frozenset(
        (action.process, "timer", effect.timer) for effect in effects if isinstance(effect, SetTimer | CancelTimer)
    )


def fair_components(edges: OwedGraph, timers: Timers = WITHOUT_TIMERS) -> list[frozenset[int]]:
    """The strongly connected components in which a fair run can stay forever.

    `edges[k]` holds the owed actions of state k, each with the state to which it leads.
    """
    endless = _endless(edges)
    if not endless:
        return []
    import networkx as nx  # noqa: PLC0415 - only protocols that never rest need it

    graph = nx.DiGraph((state, target) for state in endless for _, target in edges[state] if target in endless)
    components = [frozenset(component) for component in nx.strongly_connected_components(graph)]
    return sorted((c for c in components if _turns(edges, c) and _fair(edges, c, timers)), key=min)


def tour(edges: OwedGraph, component: frozenset[int], timers: Timers = WITHOUT_TIMERS) -> list[Handle]:
    """A closed walk from the lowest state of a fair `component`, along which every demand of fairness is met or lapses."""
    start = here = min(component)
    walk: list[Handle] = []
    possible = _possible(edges, component)
    for label in sorted(possible):
        path, here = _search(edges, component, here, _satisfying(edges, component, timers, possible, label))
        walk += path
    back, _ = _search(edges, component, here, lambda state, step: state == start and bool(step or walk))
    return walk + back


def repeats(semantics: Semantics, trace: Trace, loop: int) -> bool:
    """Whether the steps of `trace` after step `loop` lead back to where they began, and repeat as a fair run."""
    turning = trace.actions[loop:]
    if not turning or _without_logs(trace.states[loop]) != _without_logs(trace.states[-1]):
        return False
    states = trace.states[loop:]
    owed = [{fairness_class(action) for action in semantics.owed(state)} for state in states]
    possible = set.union(*owed)
    demanded = [labels | (armed(state) & possible) for labels, state in zip(owed, states, strict=True)]
    handled = [(state, action) for state, action in zip(states, turning, strict=False) if isinstance(action, Handle)]
    taken = {fairness_class(action) for _, action in handled}.union(*(restarted(semantics, *step) for step in handled))
    return set.intersection(*demanded) <= taken


def _without_logs(system: System) -> System:
    """`system` without what has no influence on how the run goes on: no handler sees the logs."""
    return replace(system, processes=tuple(replace(process, log=()) for process in system.processes))


def _possible(edges: OwedGraph, component: frozenset[int]) -> frozenset[FairnessClass]:
    return frozenset(label for state in component for label in _classes(edges, state))


def _demanded(edges: OwedGraph, timers: Timers, possible: frozenset[FairnessClass], state: int) -> frozenset[FairnessClass]:
    """The classes that this state demands to be served sooner or later."""
    return _classes(edges, state) | (timers.armed(state) & possible)


def _satisfying(
    edges: OwedGraph, component: frozenset[int], timers: Timers, possible: frozenset[FairnessClass], label: FairnessClass
) -> Wanted:
    """Where fairness to `label` is satisfied: in a state that does not demand it, or else just after it was served."""
    if any(label not in _demanded(edges, timers, possible, state) for state in component):
        return lambda state, _: label not in _demanded(edges, timers, possible, state)
    return lambda _, step: step is not None and label in _done(timers, *step)


def _done(timers: Timers, state: int, action: Handle) -> frozenset[FairnessClass]:
    return timers.restarted(state, action) | {fairness_class(action)}


def _endless(edges: OwedGraph) -> set[int]:
    """The states from which owed actions can go on forever: those that need not come to rest."""
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


def _turns(edges: OwedGraph, component: frozenset[int]) -> bool:
    return len(component) > 1 or any(target in component for state in component for _, target in edges[state])


def _fair(edges: OwedGraph, component: frozenset[int], timers: Timers) -> bool:
    possible = _possible(edges, component)
    always = frozenset.intersection(*(_demanded(edges, timers, possible, state) for state in component))
    inside = [(state, action) for state in component for action, target in edges[state] if target in component]
    return always <= NONE.union(*(_done(timers, *step) for step in inside))


def fairness_class(action: Handle) -> FairnessClass:
    """The class of `action`: its process, and the channel, timer or worker that it serves."""
    match action.event:
        case Receive(source) | Down(source):
            return (action.process, "channel", str(source))
        case Timeout(timer):
            return (action.process, "timer", timer)
    return (action.process, "worker", "")


def _classes(edges: OwedGraph, state: int) -> frozenset[FairnessClass]:
    return frozenset(fairness_class(action) for action, _ in edges[state])


def _search(edges: OwedGraph, component: frozenset[int], start: int, wanted: Wanted) -> tuple[list[Handle], int]:
    """A shortest walk within `component` to a state and by an action that are `wanted`, and the state in which it ends."""
    if wanted(start, None):
        return [], start
    waiting: deque[tuple[int, list[Handle]]] = deque([(start, [])])
    seen = {start}
    while waiting:
        state, walk = waiting.popleft()
        for action, target in edges[state]:
            if target in component:
                if wanted(target, (state, action)):
                    return [*walk, action], target
                if target not in seen:
                    seen.add(target)
                    waiting.append((target, [*walk, action]))
    raise AssertionError("the component is not strongly connected")
