"""Runs that never come to rest: the fair cycles of owed actions, which show whether "eventually" comes true.

Cycles. Logs only grow, so they are constant on a cycle: one pass over the strongly connected components of the owed actions
judges the eventual properties on all runs that never come to rest. The counterexample is a lasso, a run into a cycle.

Demands. A state DEMANDS what its owed actions SERVE, and a fair run serves what it demands:

- Receives and notices: an action serves the channel from which it takes, and the message or notice that it takes. So fairness
  is per message, not per channel, whether channels keep their order or not. (Equal messages need not be told apart: of these,
  the oldest is taken.)
- The worker: an action serves the worker's request that it hands to the protocol.
- Timers: an action serves the timer that fires, and every timer that its handler sets or cancels.
- Nothing else: the environment need not act, and of several outcomes of one handler any may come again and again.

Fairness. `mailbox` is the default: what a run demands again and again, it serves again and again (strong fairness,
compassion). An Erlang process takes what lies first in its mailbox at the next turn at which it has a rule for it. So each
turn at which a message could be received and is not takes one of the finitely many entries that lie before it; and requests
of the worker lie in the mailbox too. `weak`: what a run demands from some moment on without a break, it serves again and
again (justice). A process may then miss its turn each time.

Timers are treated alike by both. A timer waits for other things that are owed, so on a cycle it can fire at best now and then;
and nothing but firing, being set and being cancelled ends its wait. So a timer that can fire somewhere on a cycle must fire, be
set anew or be cancelled on it. One that is armed but can fire nowhere on the cycle may wait forever.

Cycles within cycles. These are Streett conditions: a component that serves all that it demands has a fair run through all of
it. One that does not has fair runs at most in the parts without the states that demand in vain, so these are removed and the
rest is split again. Each split leaves fewer demands, so the number of passes is at most that of demands; mostly it is one.

Lamport, "Fairness and hyperfairness" (2000); Baier and Katoen, "Principles of Model Checking", sections 3.5 and 5.1.6; the
decomposition: Emerson and Lei, "Modalities for model checking" (1987), section 4. Lynch, "Distributed Algorithms", section 8.3,
calls channels, timers and workers tasks.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace

from groupy_check.checker.semantics.enabled import Semantics
from groupy_check.groupy_model.actions import Handle
from groupy_check.groupy_model.effects import CancelTimer, SetTimer
from groupy_check.groupy_model.events import Down, Receive, Timeout
from groupy_check.groupy_model.scenario import Fairness
from groupy_check.groupy_model.system import System
from groupy_check.groupy_model.trace import Trace

OwedGraph = Sequence[Sequence[tuple[Handle, int]]]  # of each state the owed actions, each with the state to which it leads
FairnessClass = tuple[int, str, str]  # a process and one of: "channel" and its source, "timer" and its name, "worker"
Demand = tuple[int, str, Hashable]  # a fairness class; or a process, "entry", and the event that takes it from its channel
Step = tuple[int, Handle, int]  # a state, an action, and the state to which it leads


def fairness_class(action: Handle) -> FairnessClass:
    """The class of `action`: its process, and the channel, timer or worker that it serves."""
    match action.event:
        case Receive(source) | Down(source):
            return (action.process, "channel", str(source))
        case Timeout(timer):
            return (action.process, "timer", timer)
    return (action.process, "worker", "")


def served_alone(action: Handle) -> tuple[Demand, ...]:
    """What `action` serves, whatever its handler does."""
    if isinstance(action.event, Receive | Down):
        return fairness_class(action), (action.process, "entry", action.event)
    return (fairness_class(action),)


def served(semantics: Semantics, system: System, action: Handle) -> tuple[Demand, ...]:
    """What `action` serves in `system`."""
    effects = semantics.effects(system, action)
    timers = [(action.process, "timer", e.timer) for e in effects if isinstance(e, SetTimer | CancelTimer)]
    return (*served_alone(action), *timers)


def lapses(fairness: Fairness, demand: Demand) -> bool:
    """Whether a run need not serve `demand` as long as states that do not demand it come again and again."""
    return fairness is Fairness.WEAK and demand[1] != "timer"


class Demands:
    """What the states of an owed graph demand, and what its steps serve. This one knows no timers that are set or cancelled."""

    def __init__(self, edges: OwedGraph, fairness: Fairness = Fairness.MAILBOX) -> None:
        self.edges, self.fairness = edges, fairness

    def of(self, state: int) -> Iterable[Demand]:
        """What `state` demands, in an order that depends on nothing but the state."""
        return dict.fromkeys(demand for action, _ in self.edges[state] for demand in served_alone(action))

    def served(self, _: int, action: Handle) -> Iterable[Demand]:
        """What `action` serves in a state."""
        return served_alone(action)

    def lapses(self, demand: Demand) -> bool:
        """Whether a break in the demand is as good as serving it."""
        return lapses(self.fairness, demand)

    def in_vain(self, states: Collection[int], steps: Iterable[Step]) -> dict[Demand, list[int]]:
        """What makes a run unfair that visits `states` and takes `steps` again and again, with the states that demand it."""
        demanding: dict[Demand, list[int]] = {}
        for state in states:
            for demand in self.of(state):
                demanding.setdefault(demand, []).append(state)
        for state, action, _ in steps:
            for demand in self.served(state, action):
                demanding.pop(demand, None)
            if not demanding:
                break
        return {demand: those for demand, those in demanding.items() if len(those) == len(states) or not self.lapses(demand)}


class SystemDemands(Demands):
    """The demands in the states that `state` returns by number, under `semantics`."""

    def __init__(self, edges: OwedGraph, semantics: Semantics, state: Callable[[int], System]) -> None:
        super().__init__(edges, semantics.scenario.fairness)
        self.semantics, self.state = semantics, state

    def served(self, state: int, action: Handle) -> Iterable[Demand]:
        return served(self.semantics, self.state(state), action)


# --- components ----------------------------------------------------------------------------------------------------------


def fair_components(demands: Demands) -> list[frozenset[int]]:
    """The largest sets of states such that a fair run can stay in one forever and visit all of it; lowest first.

    No two overlap, and every fair run that never comes to rest stays in one of them from some moment on.
    """
    edges, fair = demands.edges, list[frozenset[int]]()
    waiting = _components(edges, _endless(edges))
    while waiting:
        component = waiting.pop()
        vain = demands.in_vain(component, _within(edges, component))
        if vain:
            waiting += _components(edges, component.difference(*vain.values()))
        else:
            fair.append(component)
    return sorted(fair, key=min)


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


def _components(edges: OwedGraph, states: AbstractSet[int]) -> list[frozenset[int]]:
    """The strongly connected components among `states`, those with a step within them."""
    if not states:
        return []
    import networkx as nx  # noqa: PLC0415 - only protocols that never rest need it

    graph = nx.DiGraph((state, target) for state in states for _, target in edges[state] if target in states)
    found = map(frozenset, nx.strongly_connected_components(graph))
    return [component for component in found if len(component) > 1 or any(graph.has_edge(state, state) for state in component)]


def _within(edges: OwedGraph, component: AbstractSet[int]) -> Iterator[Step]:
    return ((state, action, target) for state in component for action, target in edges[state] if target in component)


# --- lassos --------------------------------------------------------------------------------------------------------------


def tour(demands: Demands, component: frozenset[int]) -> list[Handle]:
    """A fair closed walk from the lowest state of a fair `component`: a shortest one, lengthened by what it demands in vain."""
    start, out = min(component), list[Step]()
    while True:
        here = out[-1][2] if out else start
        back = _way(demands.edges, component, here, lambda step: step[2] == start) if here != start or not out else []
        walk = out + back
        vain = demands.in_vain(dict.fromkeys(state for state, _, _ in walk), walk)
        if not vain:
            return [action for _, action, _ in walk]
        out += _way(demands.edges, component, here, _ending(demands, next(iter(vain))))


def _ending(demands: Demands, demand: Demand) -> Callable[[Step], bool]:
    """Whether `demand` is served by a step, or lapses behind it."""

    def ends(step: Step) -> bool:
        state, action, target = step
        return demand in demands.served(state, action) or (demands.lapses(demand) and demand not in demands.of(target))

    return ends


def _way(edges: OwedGraph, component: frozenset[int], start: int, wanted: Callable[[Step], bool]) -> list[Step]:
    """A shortest walk within `component` from `start` whose last step is `wanted`."""
    waiting, into = deque([start]), dict[int, Step]()
    while waiting:
        state = waiting.popleft()
        for action, target in edges[state]:
            if target in component:
                step = (state, action, target)
                if wanted(step):
                    return [*_back(into, start, state), step]
                if target not in into and target != start:
                    into[target] = step
                    waiting.append(target)
    raise AssertionError("the component is not strongly connected")


def _back(into: Mapping[int, Step], start: int, state: int) -> list[Step]:
    """The walk from `start` to `state`, of steps `into` each state."""
    walk = list[Step]()
    while state != start:
        walk.append(into[state])
        state = into[state][0]
    return walk[::-1]


def repeats(semantics: Semantics, trace: Trace, loop: int) -> bool:
    """Whether the steps of `trace` after step `loop` lead back to where they began, and repeat as a fair run."""
    states, turning = trace.states[loop:], trace.actions[loop:]
    if not turning or without_logs(states[0]) != without_logs(states[-1]):
        return False
    owed = [semantics.impatient().owed(state) for state in states[:-1]]
    if any(action not in possible for action, possible in zip(turning, owed, strict=True)):
        return False
    steps = [(number, action, number + 1) for number, action in enumerate(turning) if isinstance(action, Handle)]
    edges = [[(action, number + 1) for action in possible] for number, possible in enumerate(owed)]
    demands = SystemDemands(edges, semantics, states.__getitem__)
    return not demands.in_vain(range(len(turning)), steps)


def without_logs(system: System) -> System:
    """`system` without what has no influence on how the run goes on: no handler sees the logs."""
    if not any(process.log for process in system.processes):
        return system
    return replace(system, processes=tuple(replace(process, log=()) for process in system.processes))
