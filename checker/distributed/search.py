"""The driver of a search on several machines: level after level, with the verdicts, counts and runs of one process."""

from __future__ import annotations

import sys
import time
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from groupy_check.checker.distributed.checkpoint import MANIFEST, ClusterCheckpoints, Saved
from groupy_check.checker.distributed.crew import Crew, LostError
from groupy_check.checker.distributed.journal import Replica
from groupy_check.checker.distributed.owner import Closing, LevelReport
from groupy_check.checker.distributed.pieces import Find, LevelPlan, Piece, divided
from groupy_check.checker.distributed.search_task import SearchTask
from groupy_check.checker.distributed.shelf import waiting_in
from groupy_check.checker.errors import GroupyError, ProtocolError, UsageError
from groupy_check.checker.inputs.properties import is_users
from groupy_check.checker.judging.cycle_verdicts import EndlessRuns
from groupy_check.checker.native.checkpoint.search_state import Counters, Question, SearchState
from groupy_check.checker.native.fair_cycles import endless_runs
from groupy_check.checker.native.memory.layout import Edges
from groupy_check.checker.native.pipeline.visited import HASHED
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

Array = NDArray[Any]
TIMES = 3  # that owners are lost in one level, after which the search gives up
NUMBERED = (1 << 32) - 1  # states
STALLED = 600.0  # seconds without any progress, after which a message must have been lost
LEFT = "the level is left"  # a bound


class ClusterExplorer(Search):
    """A search by the owners of `crew`. See Search and NativeExplorer for the other arguments.

    What `checkpoint` and `resume` name must be a directory that all owners see.
    """

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
        checkpoint: Path | None = None,
        resume: Path | None = None,
        edges: bool = False,
    ) -> None:
        super().__init__(protocol, scenario, properties, limits, report, start)
        self.crew, self.edges = crew, edges or self._eventual
        directory = checkpoint or resume
        self.saving = ClusterCheckpoints(directory, resuming=resume is not None) if directory else None
        self.bytes_held = self.sent = 0
        self.seconds = self.filling = 0.0  # of processor time of the owners, and of that in what all of them do
        self.shares = Counter[int]()  # states expanded, by owner
        self._begin_levels()

    def _begin_levels(self) -> None:
        """No state is expanded yet."""
        self.expanded, self.cut_off, self.kinds_seen, self.distinct = 0, 0, 0, 1
        self.generated, self.depth, self.at_rest, self.suspended = 1, 0, 0, 0
        self.levels = [(1, 0)]
        self.finds = [Find(0, 1, 0)]  # the states of the level in progress
        self.holders: list[tuple[int, int]] = [(0, 0)]  # runs of states: the number of the first, and who has found them
        self.ways: dict[int, list[int]] = {}  # to states that were asked for: places of actions
        self.halted_by = ""
        self.chunks: list[Array] = []  # of the journal
        self.within = (0, 0)  # of the level in progress: steps, and states found in all

    def run(self) -> Result:
        try:
            return self._run()
        except LostError as error:
            reason = "when all was explored, and before all was told; go on with --resume, or begin again"
            raise GroupyError(f"{error}: that was {reason}") from error

    def _run(self) -> Result:
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
        with ExitStack() as stack:
            if self.saving is not None:
                stack.enter_context(self.saving)
            return self._explore()

    def _explore(self) -> str:
        self.beginning = self._beginning()
        self.task = SearchTask(
            str(Path.cwd()), self.protocol.name, self.scenario,
            tuple((wanted.name, wanted.sentence) for wanted in self.properties), tuple(self._ordinals()),
            self.edges, self._eventual, saving=self.saving is not None,
        )  # fmt: skip
        for wanted, theirs in zip(self.properties, self.task.judged(self.protocol), strict=True):
            if not (is_users(wanted) or wanted is theirs):
                reason = "this is not the built-in property, which the owners of states load"
                raise UsageError(f"{wanted.name}: {reason}; give it another name")
        if self.saving is not None:
            question = Question(self.protocol, self.scenario, self.properties, False, HASHED, self.limits.depth, self.start)
            self.saving.begin(question, edges=self.edges)
        lost, depth = 0, -1
        while True:
            try:
                bound = self._gather() or self._levels()
                self._close()
                return bound
            except LostError as error:
                lost, depth = lost + 1 if self.depth == depth else 1, self.depth
                if lost == TIMES:
                    reason = f"{error}, {TIMES} times at depth {self.depth}; see whether its machine has too little memory"
                    raise GroupyError(reason) from error
                where = "the end of the last level" if self.saving and self.saving.saved else "its beginning (no --checkpoint)"
                print(f"{error}; the search goes on from {where}", file=sys.stderr)

    def _ordinals(self) -> Iterator[int]:
        """The places of the actions of `start` among those enabled."""
        system = self.semantics.initial()
        for action in self.start:
            yield self.semantics.enabled(system).index(action)
            system = self.semantics.apply(system, action)

    def _gather(self) -> str:
        """Begin, or go on, with new owners. Returns the bound that is reached."""
        self._begin_levels()
        self.replica = Replica(self.semantics, every=self.edges)
        self.replica.words.row(self.beginning)
        saved = self.saving.saved if self.saving is not None else None
        if saved is not None:
            return self._go_on_from(saved)
        self.crew.gather(self.task, ())
        self.crew.ask_all("begin")
        self._save()
        return ""

    def _go_on_from(self, saved: Saved) -> str:
        """Be as far as the checkpoint says. Returns the bound that is reached. Raises UsageError where it is damaged."""
        assert self.saving is not None
        with self.saving.reading():
            try:
                self.replica.take(saved.chunks)
            except LookupError:
                raise self.saving.changed() from None
            if self.replica.digests() != saved.digests:
                raise self.saving.changed()
            self.crew.gather(self.task, saved.chunks)
            runs = self.crew.ask_all("restore", str(self.saving.directory), saved.parts)
            self.saving.renewed()
            self.holders = sorted((first, holder) for holder, found in enumerate(runs) for first, _ in found)
            waiting = waiting_in(saved.parts)
            self.chunks = list(saved.chunks)
            self.finds = [Find(place, rows.count, place % self.crew.owners) for place, rows in enumerate(waiting)]
            self._count_from(saved.state)
            if sum(part.marks["hashes"][0] for part in saved.parts) != self.distinct:
                raise ValueError(f"{MANIFEST} leaves states out")
        return self._bound() if self.finds else ""

    def _count_from(self, state: SearchState) -> None:
        """Take over the counts and verdicts of `state`. Raises ValueError for a violation of which it is not true."""
        counters = state.counters
        self.generated, self.depth, self.at_rest = counters.generated, counters.depth, counters.at_rest
        self.suspended, self.expanded, self.cut_off = counters.suspended, counters.expanded, counters.cut_off
        self.kinds_seen, self.levels = counters.kinds_seen, list(state.levels)
        self.distinct = self.expanded + sum(find.count for find in self.finds)
        if not self.judge.exercised:  # it is another process that goes on
            self.began -= state.seconds
        self.judge.exercised |= set(state.exercised)
        self.observer.undecided |= set(map(Node, state.undecided))
        for name, number in state.violated.items():
            self._note_violation(name, number)

    def _save(self) -> None:
        """Make a checkpoint of the end of a level."""
        if self.saving is None:
            return
        if not self.saving.generation:
            self.saving.renewed()
        counters = Counters(
            self.generated, self.depth, self.at_rest, self.suspended, self.expanded, self.cut_off, self.kinds_seen
        )  # fmt: skip
        seconds, exercised = time.monotonic() - self.began, sorted(self.judge.exercised)
        state = SearchState(
            counters, self.levels, seconds, dict(self.judge.states), exercised, sorted(self.observer.undecided)
        )  # fmt: skip
        parts = self.crew.ask_all("save", str(self.saving.directory), self.saving.generation)
        self.saving.save(list(self.chunks), self.replica.digests(), parts, state)

    def _levels(self) -> str:
        """Level after level. Returns the bound that ended it, "" for none."""
        while True:
            bound = (self._level() if self.finds else "") or self._bound()
            if bound:
                return bound
            if not self.finds:
                return f"depth {self.limits.depth}" if self.cut_off else ""

    def _level(self) -> str:
        """Expand the states of `finds`. Returns the bound that ended it halfway; then nothing of it counts but violations."""
        if self.expanded:
            self.depth += 1
            self.levels.append((self.distinct, self.at_rest))
        bound = self.endless.bound()
        if bound:
            return bound
        silent = self.depth == self.limits.depth
        pieces = list(divided(self.finds, self.expanded, self.crew.owners))
        plan = LevelPlan(pieces, self.replica.chunks, frozenset(self.judge.witnesses), silent)
        self.moved = time.monotonic()
        reports: list[LevelReport] = self.crew.ask_all("level", plan, waiting=self._waiting)
        self._read_journal()
        self._note_violations(reports)
        if any(report.halted for report in reports):
            return self.halted_by or LEFT
        counts = {place: (count, holder) for holder, report in enumerate(reports) for place, count in report.found.items()}
        found = [Find(place, *counts[place]) for place in range(len(pieces))]
        firsts = list(accumulate((find.count for find in found), initial=self.distinct))
        if firsts[-1] > NUMBERED:
            return f"{NUMBERED:,} states, as many as have numbers"
        self.crew.ask_all("settle", firsts[:-1])
        self._add_up(reports, pieces)
        self.holders += [(first, find.holder) for first, find in zip(firsts, found, strict=False) if find.count]
        self.finds = [find for find in found if find.count]
        self.distinct = firsts[-1]
        self._save()
        return ""

    def _read_journal(self) -> None:
        """Know what all owners know."""
        chunks = self.crew.journal(self.replica.chunks)
        self.replica.take(chunks)
        self.chunks += chunks

    def _add_up(self, reports: Sequence[LevelReport], pieces: Sequence[Piece]) -> None:
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
        for piece in pieces:
            self.shares[piece.worker] += piece.count
            self.expanded += piece.count

    def _waiting(self) -> bool:
        """While owners work: report, and say whether they are to stop. Raises LostError where they wait for one another."""
        within = self.crew.progress()
        if within != self.within:
            self.within, self.moved = within, time.monotonic()
        elif time.monotonic() - self.moved > STALLED:
            raise LostError(f"the owners of states have found nothing for {STALLED:.0f} s: some message was lost")
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
        self._read_journal()
        closings: list[Closing] = self.crew.ask_all("closing")
        self.bytes_held, self.seconds = sum(one.held for one in closings), sum(one.seconds for one in closings)
        self.filling = sum(one.filling for one in closings)
        mine = self.replica.digests()
        if any(one.digests != mine for one in closings):
            reason = "it depends on something besides its state and event: look for sets, hash(), id(), time, or chance"
            raise ProtocolError(
                f"{self.protocol.name}: two processes of the cluster found different outcomes of a handler; {reason}"
            )

    # --- violations and ways -----------------------------------------------------------------------------------------

    def _note_violations(self, reports: Sequence[LevelReport]) -> None:
        """Give the judge the witnesses of what is violated, each in the first state where it is."""
        for name in sorted({name for report in reports for name in report.violated} - self.judge.witnesses.keys()):
            self._note_violation(name, min(report.violated[name] for report in reports if name in report.violated))

    def _note_violation(self, name: str, number: int) -> None:
        """Give the judge the witness of a violation in the state with this number. Raises ValueError where there is none."""
        wanted = next(wanted for wanted in self.properties if wanted.name == name)
        system = self.state(number)
        resting = (True,) if wanted.kind is Kind.LIVENESS else (False, True)
        found = (wanted.judge(self.observer.history(system, at_rest)) for at_rest in resting)
        witness = next((witness for witness in found if witness is not None), None)
        if witness is None:
            raise ValueError(f"it says that {name} is violated where it is not")
        self.judge.witnesses[name], self.judge.states[name] = witness, number

    def way(self, number: int) -> list[int]:
        """The places of the actions that lead from the beginning to the state with this number first. ValueError if none do."""
        if number not in self.ways:
            places, before = list[int](), number
            while before:
                holder = self.holders[bisect_right(self.holders, (before, self.crew.owners)) - 1][1]
                found: list[tuple[int, int]] = self.crew.ask(holder, "way_to", before)
                if not found:
                    raise ValueError(f"there is no way to the state numbered {before}")
                places += [place for _, place in found]
                before = found[-1][0]
            self.ways[number] = places[::-1]
        return self.ways[number]

    def state(self, number: int) -> System:
        """The state with this number."""
        return self.walk(number)[0][-1]

    def path(self, number: int) -> list[Action]:
        return [*self.start, *self.walk(number)[1]]

    def walk(self, number: int) -> tuple[list[System], list[Action]]:
        systems, actions = [self.beginning], list[Action]()
        for ordinal in self.way(number):
            actions.append(self.semantics.enabled(systems[-1])[ordinal])
            systems.append(self.semantics.apply(systems[-1], actions[-1]))
        return systems, actions

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
        missed = self.distinct**2 / 2.0 ** (HASHED + 1)  # as NativeExplorer says
        held = self.bytes_held / self.distinct
        found = super().coverage(bound)
        return replace(found, engine="native", missed=missed, fingerprint_bits=HASHED, bytes_per_state=held)
