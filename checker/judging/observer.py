"""From a state of the system to what can be observed of it: the only bridge between the semantics and the properties.

Progress is probed. Each process that is up is asked for what its application would multicast next, and the run goes on without
faults and further requests, in every fair way. The process is stuck if some fair continuation comes to rest, or goes round
forever, and its multicast is not delivered to it. Messages left unread would not show that: gms3 leaves stale views unread in
its soundest runs. Where more than PROBE_LIMIT states follow, nothing is decided, and the verdict says so.

It is asked where a run has come to rest, and in every state of a cycle that goes on forever (see `judging.cycle_verdicts`): a
member that takes no multicast now may take it later, and its application waits. One state would not do: a member that is busy
and free by turns looks stuck in half of them. The multicast is real but for what it is told from by: it is applied to a
copy of the state without logs, of which nothing but this one delivery is looked at.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from dataclasses import replace
from enum import Enum
from functools import lru_cache
from itertools import islice, permutations

from groupy_check.checker.judging.fair_cycles import SystemDemands, fair_components, without_logs
from groupy_check.checker.judging.lost_multicast import LostMulticast
from groupy_check.checker.limits.deadline import TimeIsUp, time_is_up
from groupy_check.checker.semantics.enabled import Semantics
from groupy_check.groupy_model.actions import Handle, Partition
from groupy_check.groupy_model.events import Multicast
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.observations import Delivered, History, Life, Status
from groupy_check.groupy_model.payloads import Change
from groupy_check.groupy_model.scenario import Scenario
from groupy_check.groupy_model.show import show
from groupy_check.groupy_model.system import Budget, Notice, Process, System

PROBE_LIMIT = 10_000  # states


class ProbeEnd(Enum):
    """How a probe ends; ENDLESS: not within PROBE_LIMIT states."""

    DELIVERED, RESTS, REPEATS, ENDLESS = range(4)


class Observer:
    """Turns states into histories. With `probe`, it finds out at rest which of the processes that are up are stuck.

    `undecided` collects those of which it could not find out. A probe may take long: it calls `pause`, which may raise, again
    and again, and raises TimeIsUp.
    """

    def __init__(self, semantics: Semantics, probe: bool, pause: Callable[[], None] = lambda: None) -> None:
        self.semantics, self.probe, self.pause = semantics, probe, pause
        self.undecided: set[Node] = set()
        # A probe needs to see deliveries, whatever the properties need, and nothing of the history before it.
        self.prober = Semantics(semantics.protocol, replace(semantics.scenario, worker=False), frozenset({Delivered}))
        self.prober.handle = semantics.handle
        self.found: dict[tuple[System, Node], str] = {}
        # Each life once: in other states it is the same one, and what was read from its log need not be read again.
        self.lives: dict[Life, Life] = {}

    def history(self, system: System, at_rest: bool) -> History:
        """What was observed in the run that led to `system`."""
        return self._history(system, at_rest, self.stuck(system) if at_rest and self.probe else {})

    def in_the_end(self, system: System, stuck: dict[Node, str]) -> History:
        """What was observed in a run that goes round for ever and comes through `system`; `stuck` says who is, and why."""
        return self._history(system, True, stuck)

    def _history(self, system: System, at_rest: bool, stuck: dict[Node, str]) -> History:
        named = zip(self.semantics.nodes, system.processes, strict=True)
        lives = tuple(self._life(system, node, process, stuck.get(node, "")) for node, process in named)
        split, healed = network(self.semantics.scenario, system.budget, system.split)
        if split is None:
            return History(lives, at_rest, healed=healed)
        cut = _links_cut(split, self.semantics.nodes)
        return History(lives, at_rest, split=frozenset(split.side), healed=healed, cut=cut)

    def _life(self, system: System, node: Node, process: Process, stuck: str) -> Life:
        colour = process.worker.colour if process.worker else None
        founder = node <= self.semantics.scenario.founders
        returns = process.may_return and system.may_recover(node)
        life = Life(node, process.status, process.log, founder, colour, stuck, returns)
        return self.lives.setdefault(life, life)

    def stuck(self, system: System) -> dict[Node, str]:
        """Why each process that is up never delivers a multicast of its own any more; "" for one that does."""
        up = [node for node in self.semantics.nodes if system.processes[node - 1].status is Status.UP]
        return {node: self.why_stuck(system, node) for node in up}

    def stuck_all_along(self, systems: Sequence[System]) -> dict[Node, str]:
        """Why each process that is stuck in all of `systems`, the states of a cycle, is stuck in the first of them."""
        stuck = [self.stuck(system) for system in systems]
        return {node: why for node, why in stuck[0].items() if all(one[node] for one in stuck)}

    def why_stuck(self, system: System, node: Node) -> str:
        """Why `node`, which is up, never delivers a multicast that it is asked for in `system`; "" if it does."""
        named = zip(self.semantics.nodes, system.processes, strict=True)
        processes = tuple(bare(process, other == node) for other, process in named)
        # No process is stuck because of a bound on the search, and nobody reads what is stored meanwhile.
        budget = replace(system.budget, messages=1, timeouts=None, recoveries=0)
        stripped = System(processes, system.channels, budget, system.split)
        key = (stripped, node)
        if key not in self.found:
            self.found[key] = self._probe(stripped, node)
        return self.found[key]

    def _probe(self, stripped: System, node: Node) -> str:
        process = stripped.processes[node - 1]
        asked = Multicast(Change(node, process.asked + 1))
        outcomes = self.prober.handle(process.local, asked)
        if outcomes is None:
            return f"{node} no longer takes multicasts from its application"
        for outcome in range(len(outcomes)):
            first = self.prober.apply(stripped, Handle(node, asked, outcome))
            end, system, way = self._end(self.prober, first, node, asked.payload)
            if end is ProbeEnd.REPEATS and any(process.timers for process in system.processes):
                end, system, way = self._end(self.prober.impatient(), first, node, asked.payload)
                if end is ProbeEnd.REPEATS and self.prober.traffic.is_open(system):
                    end = ProbeEnd.ENDLESS
            if end is ProbeEnd.ENDLESS:
                self.undecided.add(node)
            if end in (ProbeEnd.RESTS, ProbeEnd.REPEATS):
                # What has not happened by now never will, in some fair run.
                why = self._unread(stripped, system, node)
                if not why and end is ProbeEnd.REPEATS:
                    why = "what follows goes round forever"
                elif not why:
                    way = [Handle(node, asked, outcome), *way]
                    why = LostMulticast(self.prober, stripped, way, node, asked.payload).told()
                return f"{node} asks for a multicast and never delivers it; {why}"
        return ""

    def _end(self, prober: Semantics, first: System, node: Node, wanted: Hashable) -> tuple[ProbeEnd, System, list[Handle]]:
        """How some fair run from `first` ends without `wanted` being delivered to `node`, and where; DELIVERED if none does.

        Of one that comes to rest, also the way there.
        """
        delivered = Delivered(wanted)
        if delivered in first.processes[node - 1].log:
            return ProbeEnd.DELIVERED, first, []
        start = without_logs(first)
        states, edges = (
            [start, start],
            list[list[tuple[Handle, int]]]([[]]),
        )  # the first place is that of all states in which it is delivered
        numbers = {start: 1}
        for place, system in enumerate(islice(states, 1, None), 1):  # grows while it is walked
            if time_is_up():
                raise TimeIsUp
            self.pause()
            owed = prober.owed(system)
            if not owed:
                return ProbeEnd.RESTS, system, _way(edges, place)
            steps = []
            for action in owed:
                after = prober.apply(system, action)
                if delivered in after.processes[node - 1].log:
                    steps.append((action, 0))
                    continue
                after = without_logs(after)
                number = numbers.setdefault(after, len(states))
                if number == len(states):
                    states.append(after)
                steps.append((action, number))
            edges.append(steps)
            if len(states) > PROBE_LIMIT:
                return ProbeEnd.ENDLESS, system, []
        fair = fair_components(SystemDemands(edges, prober, states.__getitem__))
        return (ProbeEnd.REPEATS, states[min(fair[0])], []) if fair else (ProbeEnd.DELIVERED, start, [])

    def _unread(self, before: System, after: System, node: Node) -> str:
        """Which messages were in the queue of `node` `before` the probe and still are `after` it: those of the run itself."""
        left = list[str]()
        for source in self.semantics.nodes:
            place = (source - 1) * self.semantics.size + node - 1
            kept = Counter(after.channels[place])
            for entry in before.channels[place]:
                if entry is not Notice.DOWN and kept[entry]:
                    kept[entry] -= 1
                    left.append(f"{show(entry)} from {source}")
        return f"unread in its queue forever: {', '.join(left)}" if left else ""


def _way(edges: Sequence[Sequence[tuple[Handle, int]]], place: int) -> list[Handle]:
    """The actions that lead from the first state, of place 1, to that of `place`: those by which each was found."""
    found_by: dict[int, tuple[int, Handle]] = {}
    for before, steps in enumerate(edges):
        for action, after in steps:
            found_by.setdefault(after, (before, action))
    way: list[Handle] = []
    while place != 1:
        place, action = found_by[place]
        way.append(action)
    return way[::-1]


@lru_cache(maxsize=1_024)  # each of them is in force in many states
def _links_cut(split: Partition, nodes: tuple[Node, ...]) -> frozenset[tuple[Node, Node]]:
    """Each (source, target) of which the target does not hear the source."""
    return frozenset(link for link in permutations(nodes, 2) if split.cuts(*link))


def network(scenario: Scenario, budget: Budget, split: Partition | None) -> tuple[Partition | None, int]:
    """What a History tells of the network: the partition in force, and how many partitions are over."""
    return split, scenario.partitions - budget.partitions - (split is not None)


def bare(process: Process, asking: bool) -> Process:
    """`process` without what has no influence on how a probe ends; the number of its multicasts has if it is `asking`."""
    return Process(process.status, process.local, (), process.watching, process.timers, process.asked if asking else 0)
