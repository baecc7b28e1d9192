"""Traffic that goes round for ever, and the timers that it does not hold back.

A timer outlasts all that comes to its end by itself: it fires when no untimed owed action is left ("at rest"). But some traffic
never comes to its end, a heartbeat made of messages for example. It neither holds a timer back nor makes it fire early:

    A timer t of process p that is armed in a state also fires there if the state lies on a cycle of untimed owed actions that
    lasts without t: t is armed all along, no action of the cycle sets or cancels t, and whatever can be received (or taken
    from the worker) in some state of the cycle is received on it.

So a message that will be received is received first, as at rest, and a watchdog that the traffic sets anew does not fire. Logs,
which no handler sees, and budgets do not tell states apart here: whether a timer fires depends on nothing else.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING

from groupy_check.groupy_model.actions import Handle
from groupy_check.groupy_model.effects import CancelTimer, Deliver, Install, Monitor, Send, SetTimer
from groupy_check.groupy_model.events import Down, Event, Multicast, Receive
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.system import Budget, Process, System

if TYPE_CHECKING:
    from groupy_check.checker.semantics.enabled import Semantics
    from groupy_check.checker.semantics.step_cache import Outcomes

ArmedTimer = tuple[Node, str]  # a process and the name of one of its timers
NONE: frozenset[ArmedTimer] = frozenset()
# Where untimed actions lead to more states, or to one with more messages under way, timers are taken to wait.
LIMIT, CROWD = 10_000, 500
NO_BUDGET = Budget(**{field.name: 0 for field in fields(Budget)})


@dataclass(frozen=True, slots=True)
class Move:
    """An untimed owed action that leads to the state numbered `target`: what it handles, and the timers that it touches."""

    target: int
    handles: tuple[Node, Event]
    touches: frozenset[ArmedTimer]


Moves = Mapping[int, Sequence[Move]]  # by the number of the state in which they are possible


class Traffic:
    """Finds out, under `semantics`, which timers endless traffic does not hold back, and remembers it.

    `given_up`: somewhere it could not tell.
    """

    def __init__(self, semantics: Semantics) -> None:
        self.semantics = semantics
        self.known: dict[System, frozenset[ArmedTimer]] = {}
        self.open: dict[System, frozenset[ArmedTimer]] = {}  # where others may fire as well
        self.given_up = False

    def lasting(self, system: System) -> frozenset[ArmedTimer]:
        """The timers that fire in `system` although something moves."""
        start = bare(system)
        if start not in self.known and start not in self.open:
            self._find_out(start)
        return self.known[start] if start in self.known else self.open[start]

    def is_open(self, system: System) -> bool:
        """Whether more timers may fire in `system` than `lasting` knows of: LIMIT or CROWD is exceeded from there on."""
        self.lasting(system)
        return bare(system) in self.open

    def _find_out(self, start: System) -> None:
        states, moves, whole = self._follow(start)
        found: dict[int, frozenset[ArmedTimer]] = {}
        for component in cycles({number: [move.target for move in those] for number, those in moves.items()}):
            armed = {number: armed_timers(states[number]) for number in component}
            for timer in frozenset[ArmedTimer]().union(*armed.values()):
                among = frozenset(number for number in component if timer in armed[number])
                for number in _lasting(moves, among, timer):
                    found[number] = found.get(number, NONE) | {timer}
        if whole:
            self.known.update(
                (system, found.get(number, NONE)) for number, system in enumerate(states) if system not in self.known
            )
        else:
            self.open[start], self.given_up = found.get(0, NONE), True

    def _follow(self, start: System) -> tuple[list[System], dict[int, list[Move]], bool]:
        """The states and moves wherever untimed actions lead from `start`, and whether these are all.

        What is known already cannot lead back to `start`, so nothing is looked for behind it.
        """
        states, moves = [start], dict[int, list[Move]]()
        numbers, whole = {start: 0}, True
        for number, system in enumerate(states):  # grows while it is walked
            moves[number] = []
            for action in self.semantics.untimed(system) if whole and system not in self.known else ():
                after = bare(self.semantics.apply(system, action))
                if numbers.setdefault(after, len(states)) == len(states):
                    states.append(after)
                    whole = whole and len(states) <= LIMIT and sum(map(len, after.channels)) <= CROWD and after not in self.open
                touches = touched(self.semantics, system, action)
                moves[number].append(Move(numbers[after], (action.process, action.event), touches))
        return states, moves, whole


def _lasting(moves: Moves, among: frozenset[int], timer: ArmedTimer) -> set[int]:
    """The states of `among`, in all of which `timer` is armed, that lie on a cycle which lasts without it."""
    found = set[int]()
    waiting = [among]
    while waiting:
        part = waiting.pop()
        kept = {
            number: [move for move in moves[number] if move.target in part and timer not in move.touches] for number in part
        }
        for component in cycles({number: [move.target for move in kept[number]] for number in sorted(part)}):
            done = {move.handles for number in component for move in kept[number] if move.target in component}
            vain = {number for number in component if any(move.handles not in done for move in moves[number])}
            if vain:
                waiting.append(component - vain)
            else:
                found |= component
    return found


def bare(system: System) -> System:
    """`system` without what has no influence on the untimed actions that can follow."""
    processes = tuple(map(_bare, system.processes))
    return System(processes, system.channels, NO_BUDGET, system.split)


def _bare(process: Process) -> Process:
    if process.log or process.asked or process.stored is not None:
        return replace(process, log=(), asked=0, stored=None)
    return process


def armed_timers(system: System) -> frozenset[ArmedTimer]:
    """The timers that are armed in `system`."""
    return frozenset((Node(node), timer) for node, process in enumerate(system.processes, start=1) for timer in process.timers)


def touched(semantics: Semantics, system: System, action: Handle) -> frozenset[ArmedTimer]:
    """The timers that `action` sets or cancels in `system`."""
    effects = semantics.effects(system, action)
    return frozenset((action.process, effect.timer) for effect in effects if isinstance(effect, SetTimer | CancelTimer))


def cycles(edges: Mapping[int, Sequence[int]]) -> list[frozenset[int]]:
    """The strongly connected components with an edge in them, in the order of their lowest states."""
    left = {state: len(targets) for state, targets in edges.items()}
    sources: dict[int, list[int]] = {state: [] for state in edges}
    for state, targets in edges.items():
        for target in targets:
            sources[target].append(state)
    resting = [state for state, count in left.items() if count == 0]
    for state in resting:  # grows while it is walked
        for source in sources[state]:
            left[source] -= 1
            if left[source] == 0:
                resting.append(source)
    endless = left.keys() - set(resting)
    if not endless:
        return []
    import networkx as nx  # noqa: PLC0415 - only protocols that never rest need it

    graph = nx.DiGraph((state, target) for state in sorted(endless) for target in edges[state] if target in endless)
    components = map(frozenset, nx.strongly_connected_components(graph))
    return sorted((c for c in components if len(c) > 1 or any(graph.has_edge(state, state) for state in c)), key=min)


# --- whether there can be any ----------------------------------------------------------------------------------------


def may_go_round(
    calls: Mapping[tuple[Hashable, Event], Outcomes], homes: Iterable[tuple[Node, Hashable]], worker: bool
) -> bool:
    """Whether, by these calls of handlers, an armed timer may ever be beside traffic that goes round for ever.

    Such traffic answers messages by messages, for ever: among finitely many of them some lead to themselves. So do notices,
    where a process watches one that has ended already, and requests of a `worker`, which answers what is delivered. `homes`
    has each process with all the local states that it may be in.
    """
    effects = {call: tuple(effect for step in outcomes or () for effect in step.effects) for call, outcomes in calls.items()}
    if not any(isinstance(effect, SetTimer) for those in effects.values() for effect in those):
        return False
    nodes: dict[Hashable, set[Node]] = {}
    for node, local in homes:
        nodes.setdefault(local, set()).add(node)
    leads: dict[Hashable, set[Hashable]] = {}
    for (local, event), those in effects.items():
        for node in nodes.get(local, ()):
            cause = _cause(node, event, worker)
            if cause is not None:
                leads.setdefault(cause, set()).update(_results(node, those))
    places = {cause: place for place, cause in enumerate(leads)}
    edges = {places[cause]: [places[one] for one in results if one in places] for cause, results in leads.items()}
    return bool(cycles(edges))


def _cause(node: Node, event: Event, worker: bool) -> Hashable:
    match event:
        case Receive(source, message):
            return source, node, message
        case Down(other):
            return "notice", other, node
        case Multicast():
            return (node,) if worker else None
    return None


def _results(node: Node, effects: Iterable[object]) -> Iterable[Hashable]:
    for effect in effects:
        match effect:
            case Send(to, message):
                yield node, to, message
            case Monitor(other):
                yield "notice", other, node
            case Deliver() | Install():
                yield (node,)
