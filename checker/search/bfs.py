"""The reference explorer: breadth first over the reference semantics, so that every counterexample is a shortest one.

The visited set numbers the states in the order in which they are found. Those found but not yet expanded are the frontier.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence

from groupy_check.checker.judging.cycle_verdicts import EndlessRuns
from groupy_check.checker.search.base import HANDED_OVER, Limits, Progress, Search, kind_of
from groupy_check.checker.search.held_timers import held_timers, not_covered, with_what_was_found
from groupy_check.groupy_model.actions import Action, Handle
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.protocol import Protocol
from groupy_check.groupy_model.scenario import Scenario
from groupy_check.groupy_model.system import System
from groupy_check.groupy_model.verdict import Result
from groupy_check.specs.property import Property

__all__ = ["Explorer", "Limits", "Progress"]


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

    def _begin_anew(self) -> None:
        super()._begin_anew()
        self.states: list[System] = []
        self.visited: dict[System, int] = {}
        self.parents: list[tuple[int, Action] | None] = []
        self.owed: list[list[tuple[Handle, int]]] = []
        self.expanded, self.cut_off = 0, 0

    def run(self) -> Result:
        result = super().run()
        if not self.may_leave_out_timers(result):
            return result
        late = held_timers(self.semantics, self.endless_runs())
        return self.with_all_timers(result, late.waiting) if late.held else result

    def with_all_timers(self, before: Result, waiting: Sequence[Node]) -> Result:
        """The result of a search with the timers that fire beside traffic that goes round for ever.

        `before` is the result without them, and says that those of `waiting` were left out where they cannot be found.
        """
        if self._looked_at_the_clock():
            return not_covered(before, waiting)
        self._begin_anew()
        self.semantics, self.enough = self.semantics.impatient(), lambda _: False
        after = super().run()
        return not_covered(before, waiting) if self.semantics.traffic.given_up else with_what_was_found(before, after)

    # --- the search --------------------------------------------------------------------------------------------------

    def explore(self) -> str:
        try:
            return self._explore()
        finally:
            self._count()

    def _explore(self) -> str:
        self._add(self._beginning(), None)
        level_end = 0
        while self.expanded < len(self.states):
            if self.expanded == level_end:
                self.depth, level_end = len(self.levels), len(self.states)
                self.levels.append((level_end, self.at_rest))
                self._count()
                bound = self.endless.bound()
                if bound:
                    return bound
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

    def _count(self) -> None:
        self.distinct, self.left = len(self.states), len(self.states) - self.expanded + self.cut_off

    def _bound(self) -> str:
        self._count()
        decided = self._decided()
        if decided:
            return decided
        if not self.semantics.patient and self.semantics.traffic.given_up:
            return "traffic that cannot be followed"
        limit = self.limits.states
        if limit is not None and self.distinct >= limit and self.expanded < self.distinct:
            return f"{limit} distinct states"
        return self._looked_at_the_clock() or (
            HANDED_OVER if self.expanded < self.distinct and self.enough(self.distinct) else ""
        )

    def forget(self) -> None:
        """Let go of the states, after everything about them has been told."""
        self.states, self.visited, self.parents, self.owed = [], {}, [], []

    # --- the result --------------------------------------------------------------------------------------------------

    def endless_runs(self) -> EndlessRuns:
        edges = self.owed + [[]] * (len(self.states) - len(self.owed))
        return EndlessRuns(edges, self.states.__getitem__, lambda number: number)

    def local_states(self) -> Iterator[tuple[Node, Hashable]]:
        for node in self.semantics.nodes:
            yield from ((node, local) for local in {system.processes[node - 1].local for system in self.states})

    def path(self, number: int) -> list[Action]:
        return [*self.start, *self.walk(number)[1]]

    def walk(self, number: int) -> tuple[list[System], list[Action]]:
        systems, actions = [self.states[number]], list[Action]()
        step = self.parents[number]
        while step is not None:
            number, action = step
            systems.append(self.states[number])
            actions.append(action)
            step = self.parents[number]
        return systems[::-1], actions[::-1]
