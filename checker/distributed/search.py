"""The driver of a search on several machines: level after level, with the verdicts, counts and runs of one process."""

from __future__ import annotations

import sys
from bisect import bisect_right
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import replace
from itertools import accumulate

import numpy as np

from groupy_check.checker.distributed.crew import Crew, LostError
from groupy_check.checker.distributed.journal import Replica
from groupy_check.checker.distributed.owner import LevelReport
from groupy_check.checker.distributed.pieces import Find, LevelPlan, divided
from groupy_check.checker.distributed.search_task import SearchTask, stepped
from groupy_check.checker.errors import GroupyError, ProtocolError
from groupy_check.checker.inputs.properties import is_users
from groupy_check.checker.judging.cycle_verdicts import EndlessRuns
from groupy_check.checker.native.fair_cycles import endless_runs
from groupy_check.checker.native.memory.layout import Edges
from groupy_check.checker.native.tables.handler_records import KIND_BITS
from groupy_check.checker.search.base import Limits, Progress, Search
from groupy_check.checker.search.bfs import Explorer
from groupy_check.checker.search.held_timers import held_timers, not_covered, with_what_was_found
from groupy_check.groupy_model.actions import Action
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.protocol import Protocol
from groupy_check.groupy_model.scenario import Scenario
from groupy_check.groupy_model.system import System
from groupy_check.groupy_model.verdict import Coverage, Kind, Result
from groupy_check.specs.property import Property

TIMES = 3  # that owners are lost in one level, after which the search gives up
LEFT = "the level is left"  # a bound


class ClusterExplorer(Search):
    """A search by the owners of `crew`. See Search for the other arguments, and NativeExplorer for `edges`."""

    def __init__(
        self,
        protocol: Protocol,
        scenario: Scenario,
        properties: Sequence[Property],
        limits: Limits = Limits(),
        report: Callable[[Progress], None] | None = None,
        start: Sequence[Action] = (),
        *,
        crew: Crew,
        edges: bool = False,
    ) -> None:
        super().__init__(protocol, scenario, properties, limits, report, start)
        self.crew, self.edges = crew, edges or self._eventual
        self.bytes_held = self.sent = 0
        self._begin_levels()

    def _begin_levels(self) -> None:
        """No state is expanded yet."""
        self.expanded, self.cut_off, self.kinds_seen, self.distinct = 0, 0, 0, 1
        self.generated, self.depth, self.at_rest, self.suspended = 1, 0, 0, 0
        self.levels = [(1, 0)]  # as each one begins: states found so far, and those of them seen at rest
        self.finds = [Find(0, 1, 0)]  # the states of the level in progress
        self.holders: list[tuple[int, int]] = [(0, 0)]  # runs of states: the number of the first, and who has found them
        self.ways: dict[int, list[int]] = {}  # to states that were asked for: places of actions
        self.halted_by = ""
        self.within = (0, 0)  # of the level in progress: steps, and states found in all

    def run(self) -> Result:
        result = super().run()
        if not self.may_leave_out_timers(result):
            return result
        if not self.edges:
            again = self.another(ClusterExplorer, crew=self.crew, edges=True)
            return not_covered(result, ()) if self._looked_at_the_clock() else with_what_was_found(result, again.run())
        late = held_timers(self.semantics, self.endless_runs())
        return self.another(Explorer).with_all_timers(result, late.waiting) if late.held else result

    # --- levels ------------------------------------------------------------------------------------------------------

    def explore(self) -> str:
        self.beginning = self._beginning()
        self.task = SearchTask(
            self.protocol.name, self.scenario, tuple((wanted.name, wanted.sentence) for wanted in self.properties),
            tuple(self._ordinals()), self.edges, self._eventual, saving=False,
        )  # fmt: skip
        for wanted, theirs in zip(self.properties, self.task.judged(self.protocol), strict=True):
            assert is_users(wanted) or wanted is theirs, f"{wanted.name} is another property to the owners"
        lost = 0
        while True:
            depth = self.depth
            try:
                self._gather()
                bound = self._levels()
                self._close()
                return bound
            except LostError as error:
                lost = lost + 1 if self.depth == depth else 1
                if lost == TIMES:
                    reason = f"{error}, {TIMES} times at depth {self.depth}; see whether its machine has too little memory"
                    raise GroupyError(reason) from error
                print(f"{error}; the search goes on from the beginning", file=sys.stderr)

    def _ordinals(self) -> Iterator[int]:
        """The places of the actions of `start` among those enabled."""
        system = self.semantics.initial()
        for action in self.start:
            yield self.semantics.enabled(system).index(action)
            system = self.semantics.apply(system, action)

    def _gather(self) -> None:
        """Begin, or go on, with new owners."""
        self._begin_levels()
        self.replica = Replica(self.semantics, every=self.edges)
        self.replica.words.row(self.beginning)
        self.crew.gather(self.task, ())
        self.crew.ask_all("begin")

    def _levels(self) -> str:
        """Level after level. Returns the bound that ended it, "" for none."""
        while True:
            bound = self._level() or self._bound()
            if bound:
                return bound
            if not self.finds:
                return f"depth {self.limits.depth}" if self.cut_off else ""
            self.depth += 1
            self.levels.append((self.distinct, self.at_rest))

    def _level(self) -> str:
        """Expand the states of `finds`. Returns the bound that ended it halfway; then nothing of it counts but violations."""
        silent = self.depth == self.limits.depth
        pieces = list(divided(self.finds, self.expanded, self.crew.owners))
        plan = LevelPlan(pieces, self.replica.chunks, frozenset(self.judge.witnesses), silent)
        reports: list[LevelReport] = self.crew.ask_all("level", plan, waiting=self._waiting)
        self.replica.take(self.crew.journal(self.replica.chunks))
        self._note_violations(reports)
        if any(report.halted for report in reports):
            return self.halted_by or LEFT
        counts = {place: (count, holder) for holder, report in enumerate(reports) for place, count in report.found.items()}
        found = [Find(place, *counts[place]) for place in range(len(pieces))]
        firsts = list(accumulate((find.count for find in found), initial=self.distinct))
        self.crew.ask_all("settle", firsts[:-1])
        self._add_up(reports, sum(piece.count for piece in pieces))
        self.holders += [(first, find.holder) for first, find in zip(firsts, found, strict=False) if find.count]
        self.finds = [find for find in found if find.count]
        self.distinct = firsts[-1]
        return ""

    def _add_up(self, reports: Sequence[LevelReport], expanded: int) -> None:
        """Add up what a level has brought."""
        for report in reports:
            self.generated += report.generated
            self.at_rest += report.at_rest
            self.suspended += report.suspended
            self.cut_off += report.cut_off
            self.kinds_seen |= report.kinds
            self.sent += report.sent
            self.judge.exercised |= report.exercised
            self.observer.undecided |= set(map(Node, report.undecided))
        self.expanded += expanded

    def _waiting(self) -> bool:
        """While owners work: report, and say whether they are to stop."""
        self.within = self.crew.progress()
        self.halted_by = self.halted_by or self._looked_at_the_clock()
        return bool(self.halted_by)

    def _bound(self) -> str:
        self.within = (0, 0)
        self.kinds = {kind for kind, bit in KIND_BITS.items() if self.kinds_seen & bit}
        self.left = self.distinct - self.expanded + self.cut_off
        limit = self.limits.states
        if limit is not None and self.distinct >= limit and self.expanded < self.distinct:
            return f"{limit} distinct states"
        return self._decided() or self._looked_at_the_clock()

    def _close(self) -> None:
        """The states were explored: see that all tables say the same."""
        self.replica.take(self.crew.journal(self.replica.chunks))
        closings = self.crew.ask_all("closing")
        self.bytes_held = sum(held for _, held in closings)
        mine = self.replica.digests()
        if any(digests != mine for digests, _ in closings):
            reason = "it depends on something besides its state and event: look for sets, hash(), id(), time, or chance"
            raise ProtocolError(
                f"{self.protocol.name}: two processes of the cluster found different outcomes of a handler; {reason}"
            )

    # --- violations and ways -----------------------------------------------------------------------------------------

    def _note_violations(self, reports: Sequence[LevelReport]) -> None:
        """Give the judge the witnesses of what is violated, each in the first state where it is."""
        properties = {wanted.name: wanted for wanted in self.properties}
        for name in sorted({name for report in reports for name in report.violated} - self.judge.witnesses.keys()):
            number = min(report.violated[name] for report in reports if name in report.violated)
            wanted, system = properties[name], self.state(number)
            resting = (True,) if wanted.kind is Kind.LIVENESS else (False, True)
            found = (wanted.judge(self.observer.history(system, at_rest)) for at_rest in resting)
            self.judge.witnesses[name] = next(witness for witness in found if witness is not None)
            self.judge.states[name] = number

    def way(self, number: int) -> list[int]:
        """The places of the actions that lead from the beginning to the state with this number first."""
        if number not in self.ways:
            places, before = list[int](), number
            while before:
                holder = self.holders[bisect_right(self.holders, (before, self.crew.owners)) - 1][1]
                for origin, place in self.crew.ask(holder, "way_to", before):
                    places.append(place)
                    before = origin
            self.ways[number] = places[::-1]
        return self.ways[number]

    def state(self, number: int) -> System:
        """The state with this number."""
        system = self.beginning
        for ordinal in self.way(number):
            system = stepped(self.semantics, system, ordinal)
        return system

    def path(self, number: int) -> list[Action]:
        system, actions = self.beginning, list[Action]()
        for ordinal in self.way(number):
            actions.append(self.semantics.enabled(system)[ordinal])
            system = self.semantics.apply(system, actions[-1])
        return [*self.start, *actions]

    def endless_runs(self) -> EndlessRuns:
        sources, targets, ordinals = (np.concatenate(parts) for parts in zip(*self.crew.ask_all("edges"), strict=True))
        edges = Edges(sources, targets, ordinals, np.array([len(sources)], np.int64))
        return endless_runs(edges, self.semantics, self.state)

    def local_states(self) -> Iterator[tuple[Node, Hashable]]:
        return ((node, process.local) for node, process in self.replica.words.cores.values)

    # --- what is known so far ----------------------------------------------------------------------------------------

    def progress(self) -> Progress:
        now, (steps, states) = super().progress(), self.within
        return replace(now, generated=now.generated + steps, distinct=max(now.distinct, states))

    def coverage(self, bound: str) -> Coverage:
        missed = self.distinct**2 / 2.0**65  # as NativeExplorer says
        held = self.bytes_held / self.distinct
        return replace(super().coverage(bound), engine="native", missed=missed, bytes_per_state=held)
