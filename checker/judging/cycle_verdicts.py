"""Judges the runs that stay in a fair component of the owed actions forever.

What has been observed is the same all along, but for two things. Colours change where deliveries go on forever that no property
needs to see: members show the same one in the end if again and again they do, so a fair run violates `synchrony` if in none of
its states they do. Progress is asked in every state: an application whose member takes no multicast now waits until it does.
So a member is stuck if in no state of some fair run that goes round forever a multicast would be delivered to it in the end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from groupy_check.checker.judging.fair_cycles import OwedGraph, SystemDemands, fair_components, tour
from groupy_check.checker.judging.monitor import Judge
from groupy_check.checker.judging.observer import Observer
from groupy_check.groupy_model.actions import Handle
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.observations import Status
from groupy_check.groupy_model.system import System

PROGRESS = "progress"


@dataclass(frozen=True, slots=True)
class EndlessRuns:
    """The owed actions on which runs may go on forever: `edges` by the places of the states, `state` and `number` of a place.

    An edge that leaves leads to a place with no edges.
    """

    edges: OwedGraph
    state: Callable[[int], System]
    number: Callable[[int], int]


class CycleJudge:
    """Has `judge` look at endless runs. `tours` collects the cycle of each property that is violated on one."""

    def __init__(self, judge: Judge, observer: Observer, tours: dict[str, list[Handle]]) -> None:
        self.judge, self.observer, self.tours = judge, observer, tours
        self.suspended = 0  # states on cycles on which the bound on timeouts keeps a timer from firing

    def look(self, runs: EndlessRuns) -> None:
        """Judge all of `runs`."""
        for component in fair_components(self._demands(runs)):
            if any(self.observer.semantics.held_by_the_bound(runs.state(place)) for place in component):
                self.suspended += len(component)
                continue
            self._show(runs, component, {})
            self._look_at_colours(runs, component)
            self._look_for_progress(runs, component)

    def _demands(self, runs: EndlessRuns) -> SystemDemands:
        return SystemDemands(runs.edges, self.observer.semantics, runs.state)

    def _show(self, runs: EndlessRuns, component: frozenset[int], stuck: dict[Node, str]) -> None:
        first = min(component)
        before = set(self.judge.witnesses)
        seen = dict.fromkeys(self.observer.in_the_end(runs.state(place), stuck) for place in sorted(component))
        self.judge.look_round(tuple(seen), runs.number(first))
        for name in self.judge.witnesses.keys() - before:
            self.tours[name] = tour(self._demands(runs), component)

    def _look_at_colours(self, runs: EndlessRuns, component: frozenset[int]) -> None:
        """Where colours change within the component, look for a fair run that all along violates what others do not."""
        seen = {place: self.observer.in_the_end(runs.state(place), {}) for place in sorted(component)}
        if len(set(seen.values())) == 1:
            return
        for wanted in self.judge.properties:
            if wanted.name not in self.judge.witnesses:
                places = [place for place, history in seen.items() if wanted.judge(history) is not None]
                for inside, part in self._fair_parts(runs, component, places):
                    self._show(inside, part, {})

    def _look_for_progress(self, runs: EndlessRuns, component: frozenset[int]) -> None:
        """Look for a fair run within the component that never comes to a state in which some member would not be stuck."""
        processes = runs.state(min(component)).processes
        for node in self.observer.semantics.nodes:
            if self.observer.probe and PROGRESS not in self.judge.witnesses and processes[node - 1].status is Status.UP:
                places = sorted(place for place in component if self.observer.why_stuck(runs.state(place), node))
                for inside, part in self._fair_parts(runs, component, places):
                    self._show(inside, part, {node: self.observer.why_stuck(inside.state(min(part)), node)})

    def _fair_parts(
        self, runs: EndlessRuns, component: frozenset[int], places: Sequence[int]
    ) -> Iterator[tuple[EndlessRuns, frozenset[int]]]:
        """The fair parts of `component` that keep to `places`, each with the runs that its own places belong to."""
        if len(places) == len(component):
            yield runs, component
            return
        inside = _restricted(runs, places)
        for part in fair_components(self._demands(inside)):
            yield inside, part


def _restricted(runs: EndlessRuns, places: Sequence[int]) -> EndlessRuns:
    """What of `runs` stays in the given places."""
    there = {place: index for index, place in enumerate(places)}
    edges = [[(action, there.get(target, len(places))) for action, target in runs.edges[place]] for place in places]
    return EndlessRuns([*edges, []], lambda index: runs.state(places[index]), lambda index: runs.number(places[index]))
