"""The reference explorer: breadth first over the reference semantics, so that every counterexample is a shortest one.

The visited set numbers the states in the order in which they are found. Those found but not yet expanded are the frontier.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from groupy_check.checker.judging.fair_cycles import StateTimers, fair_components, tour
from groupy_check.checker.search.base import Limits, Progress, Search, kind_of
from groupy_check.groupy_model.actions import Action, Handle
from groupy_check.groupy_model.protocol import Protocol
from groupy_check.groupy_model.scenario import Scenario
from groupy_check.groupy_model.system import System
from groupy_check.specs.property import Property

__all__ = ["Explorer", "Limits", "Progress"]
HANDED_OVER = "another engine goes on"  # a bound
LOOK_EVERY = 256  # states expanded between two looks at the clock


class Explorer(Search):
    """The search that is the authority: it keeps every state as it is. See Search for the arguments.

    It asks `enough`, with the number of distinct states, whether another engine goes on from here.
    """

    def __init__(
        self,
        protocol: Protocol,
        scenario: Scenario,
        properties: Sequence[Property],
        limits: Limits = Limits(),
        report: Callable[[Progress], None] | None = None,
        start: Sequence[Action] = (),
        enough: Callable[[int], bool] = lambda _: False,
    ) -> None:
        super().__init__(protocol, scenario, properties, limits, report, start)
        self.enough = enough
        self.states: list[System] = []
        self.visited: dict[System, int] = {}
        self.parents: list[tuple[int, Action] | None] = []
        self.owed: list[list[tuple[Handle, int]]] = []
        self.levels: list[tuple[int, int]] = []  # when each begins: the states found so far, and those of them seen at rest
        self.expanded, self.cut_off = 0, 0

    # --- the search --------------------------------------------------------------------------------------------------

    def explore(self) -> str:
        self._add(self._beginning(), None)
        level_end = 0
        while self.expanded < len(self.states):
            if self.expanded == level_end:
                self.depth, level_end = len(self.levels), len(self.states)
                self.levels.append((level_end, self.at_rest))
            owed, free = self._look(self.expanded)
            if self.depth == self.limits.depth:
                self.cut_off += bool(owed or free)
                owed, free = [], []
            self._expand(self.expanded, owed, free)
            self.expanded += 1
            bound = self._bound()
            if bound:
                return bound
        return f"depth {self.limits.depth}" if self.cut_off else ""

    def _look(self, number: int) -> tuple[list[Handle], list[Action]]:
        """Judge the state numbered `number`. Returns the owed and the free actions that are enabled in it."""
        system = self.states[number]
        owed = self.semantics.owed(system)
        waiting = not owed and self.semantics.out_of_timeouts(system)
        self.suspended += waiting
        self.at_rest += not owed
        self.judge.look(self.observer.history(system, not owed and not waiting), number)
        return owed, list(self.semantics.free(system))

    def _expand(self, number: int, owed: list[Handle], free: list[Action]) -> None:
        system = self.states[number]
        self.owed.append([(action, self._add(self.semantics.apply(system, action), (number, action))) for action in owed])
        for action in free:
            self._add(self.semantics.apply(system, action), (number, action))
            self.kinds.add(kind_of(action))
        self.generated += len(owed) + len(free)

    def _add(self, system: System, parent: tuple[int, Action] | None) -> int:
        number = self.visited.setdefault(system, len(self.states))
        if number == len(self.states):
            self.states.append(system)
            self.parents.append(parent)
        return number

    def _bound(self) -> str:
        self.distinct, self.left = len(self.states), len(self.states) - self.expanded + self.cut_off
        decided = self._decided()
        if decided:
            return decided
        limit = self.limits.states
        if limit is not None and self.distinct >= limit and self.expanded < self.distinct:
            return f"{limit} distinct states"
        bound = "" if self.expanded % LOOK_EVERY else self._looked_at_the_clock()
        return bound or (HANDED_OVER if self.expanded < self.distinct and self.enough(self.distinct) else "")

    def forget(self) -> None:
        """Let go of the states, after everything about them has been told."""
        self.states, self.visited, self.parents, self.owed = [], {}, [], []

    # --- the result --------------------------------------------------------------------------------------------------

    def judge_endless_runs(self) -> None:
        if not self._eventual:
            return
        edges = self.owed + [[]] * (len(self.states) - len(self.owed))
        timers = StateTimers(self.semantics, self.states.__getitem__)
        for component in fair_components(edges, timers):
            first = min(component)
            before = set(self.judge.witnesses)
            self.judge.look(self.observer.history(self.states[first], at_rest=True), first)
            for name in self.judge.witnesses.keys() - before:
                self.tours[name] = tour(edges, component, timers)

    def path(self, number: int) -> list[Action]:
        actions = []
        step = self.parents[number]
        while step is not None:
            number, action = step
            actions.append(action)
            step = self.parents[number]
        return [*self.start, *actions[::-1]]
