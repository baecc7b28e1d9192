"""The native search: breadth first over rows of ids, with the verdicts, counts and lengths of the reference explorer."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from groupy_check.checker.errors import TooLargeError
from groupy_check.checker.judging.cycle_verdicts import EndlessRuns
from groupy_check.checker.limits.deadline import bound_of_time
from groupy_check.checker.limits.memory import megabytes_in_use
from groupy_check.checker.native.checkpoint.checkpoint import Checkpoints
from groupy_check.checker.native.checkpoint.search_state import Counters, Parts, Question, SearchState
from groupy_check.checker.native.compiled.calling import hash_of, second_hashes
from groupy_check.checker.native.fair_cycles import endless_runs
from groupy_check.checker.native.memory import layout
from groupy_check.checker.native.memory.arenas import distinct
from groupy_check.checker.native.pipeline.ancestors import MOST, RECORD, Ancestors
from groupy_check.checker.native.pipeline.batches import Batch
from groupy_check.checker.native.pipeline.frontier import Block, Frontier
from groupy_check.checker.native.pipeline.stages import Stages, look_what_is_left, missing
from groupy_check.checker.native.pipeline.visited import GROWTHS, HASHED, VisitedSet
from groupy_check.checker.native.pipeline.worker_pool import WorkerPool
from groupy_check.checker.native.tables.handler_records import KIND_BITS
from groupy_check.checker.native.tables.interning import Words
from groupy_check.checker.native.tables.transitions import TransitionTables
from groupy_check.checker.native.tables.verdicts import VerdictTables
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

UNNOTICED = 1 << 23  # bytes more for which nobody looks whether they are there
NARROW = 1 << 16  # numbers below this fit into 16 bits

Array = NDArray[Any]


class NativeExplorer(Search):
    """A search by the native engine. See Search for the arguments; `exact` keeps whole states instead of fingerprints of
    so many `bits`. `edges` keeps the owed steps, as where something eventual is asked.

    Directories: `spill` for blocks of the frontier, `checkpoint` for checkpoints, `resume` to go on from one.
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
        workers: int = 1,
        exact: bool = False,
        bits: int = HASHED,
        spill: Path | None = None,
        checkpoint: Path | None = None,
        resume: Path | None = None,
        edges: bool = False,
    ) -> None:
        super().__init__(protocol, scenario, properties, limits, report, start)
        self.workers, self.exact, self.bits, self.edges = workers, exact, bits, edges or self._eventual
        self.words = Words(self.semantics)
        self.rules = TransitionTables(self.semantics, self.words, every=self.edges)
        self.frontier = Frontier(self.words.width, spill)
        directory = checkpoint or resume
        self.saving = Checkpoints(directory, resuming=resume is not None) if directory else None
        self.expanded, self.cut_off, self.kinds_seen = 0, 0, 0

    def run(self) -> Result:
        result = super().run()
        if not self.may_leave_out_timers(result):
            return result
        if not self.edges:
            again = self.another(NativeExplorer, workers=self.workers, exact=self.exact, bits=self.bits, edges=True)
            return not_covered(result, ()) if self._looked_at_the_clock() else with_what_was_found(result, again.run())
        late = held_timers(self.semantics, self.endless_runs())
        return self.another(Explorer).with_all_timers(result, late.waiting) if late.held else result

    # --- the search --------------------------------------------------------------------------------------------------

    def explore(self) -> str:
        self.observed = VerdictTables(self.words, self.rules.faces, self.properties, self.judge, self.observer)
        dtype = self.frontier.dtype
        places, bits = self.words.width - 1, None if self.exact else self.bits
        ancestors = Ancestors(self.frontier.directory)
        self.store = VisitedSet(places, dtype, ancestors, owners=self.workers, bits=bits, numbered=self.edges)
        self.beginning = self._beginning()
        first = self.words.row(self.beginning)
        hashed = np.uint64(hash_of(first, len(first) - 1))
        self.refresh()
        with ExitStack() as stack:
            stack.enter_context(self.frontier)
            if self.saving is not None:
                stack.enter_context(self.saving)
            self.pool = stack.enter_context(WorkerPool(self.workers))
            self.stages = Stages(self.frontier, self.store, self.pool, self.workers, self._note)
            bound = self._begin(first, hashed) or self._levels()
            self._save()
        return bound

    def relieved(self) -> bool:
        """Move the states that wait to files, unless they are there."""
        if not self.frontier.entered:
            return False
        self._all_written()
        return self.frontier.spill()

    def _all_written(self) -> None:
        """What was found is in its place, numbered and written."""
        self._line_up()
        self.stages.settle()

    def _begin(self, first: Array, hashed: np.uint64) -> str:
        """Note the state in which the search begins, or go on with what was saved. Returns the bound that is reached."""
        found = Parts(self.rules, self.store, self.frontier)
        if self.saving is not None and self.saving.resuming:
            with self.saving.going_on():
                state = self.saving.restore(self._question, found, self._take_up)
                with self.saving.reading():
                    self._go_on_from(state)
            self._count()
            bound = self._bound() if any(self.frontier.entries()) else ""
            if bound and bound == bound_of_time() and not self.judge.witnesses:
                raise self.saving.untouched()
            return bound
        if self.saving is not None:
            self.saving.begin(self._question, found)
        self._enter(first, hashed)
        self.frontier.next_level()
        self.levels.append((1, 0))
        self._save()
        return ""

    def _save_if_due(self) -> None:
        if self.saving is not None and self.saving.due:
            self._all_written()
            self._save()

    def _note(self, block: Block, begin: int, count: int, records: Array) -> None:
        """So many states, in the rows of `block` from `begin` on, are new, with these ancestors."""
        if self.saving is not None:
            self.saving.note(block.hashes[begin : begin + count], self._furthers(block, begin, count), records)

    def _furthers(self, block: Block, begin: int, count: int) -> Array:
        """The bits of the fingerprints of rows that are not in their hashes; nothing where there are none."""
        furthers = np.empty(count if not self.exact and self.bits > HASHED else 0, np.uint32)
        if len(furthers):
            second_hashes(block.rows.reshape(-1), self.words.width - 1, begin, furthers)
        return furthers

    def _save(self) -> None:
        if self.saving is not None:
            self.saving.save(self._state())

    @property
    def _question(self) -> Question:
        """What it is asked."""
        bits = 0 if self.exact else self.bits
        return Question(self.protocol, self.scenario, self.properties, self.exact, bits, self.limits.depth, self.start)

    def _state(self) -> SearchState:
        """How far it is."""
        counters = Counters(
            self.generated, self.depth, self.at_rest, self.suspended, self.expanded, self.cut_off, self.kinds_seen
        )  # fmt: skip
        seconds, exercised = time.monotonic() - self.began, sorted(self.judge.exercised)
        return SearchState(counters, self.levels, seconds, dict(self.judge.states), exercised, sorted(self.observer.undecided))

    def _take_up(self) -> None:
        """All that a former search has interned is there again."""
        self.refresh()
        self.fit()

    def _go_on_from(self, state: SearchState) -> None:
        """Be as far as `state` says. Raises ValueError for a violation of which it is not true."""
        counters, properties = state.counters, {wanted.name: wanted for wanted in self.properties}
        self.generated, self.depth, self.at_rest = counters.generated, counters.depth, counters.at_rest
        self.suspended, self.expanded, self.cut_off = counters.suspended, counters.expanded, counters.cut_off
        self.kinds_seen, self.levels = counters.kinds_seen, list(state.levels)
        self.began -= state.seconds
        self.judge.exercised.update(name for name in state.exercised if name in properties)
        self.observer.undecided.update(map(Node, state.undecided))
        for name, number in state.violated.items():
            self._find_again(properties[name], number)

    def _find_again(self, wanted: Property, number: int) -> None:
        """Give the judge the witness of a violation in the state with this number, where it was found before."""
        system = self.walk(number)[0][-1]
        resting = (True,) if wanted.kind is Kind.LIVENESS else (False, True)
        found = (wanted.judge(self.observer.history(system, at_rest)) for at_rest in resting)
        witness = next((witness for witness in found if witness is not None), None)
        if witness is None or number >= len(self.store):
            raise ValueError(f"it says that {wanted.name} is violated where it is not")
        self.judge.witnesses[wanted.name], self.judge.states[wanted.name] = witness, number

    def _enter(self, row: Array, hashed: np.uint64) -> None:
        """Note the state in which the search begins."""
        if self.exact:
            self.store.rows[0] = row[:-1]
        for block, place, _ in self.frontier.allot(0, 1):
            block.rows[place, :-1], block.rows[place, -1] = row[:-1], layout.EVERYBODY
            block.hashes[place], block.asleep[place] = hashed, 0
            self.store.enter(np.array([hashed]), self._furthers(block, place, 1))
            self.store.ancestors.add(records := np.zeros(1, RECORD))
            self._note(block, place, 1, records)

    def _levels(self) -> str:
        """Expand level after level. Returns the bound that ended it, "" for none."""
        while True:
            bound = self._level()
            if bound:
                return bound
            if not self.frontier.next_level():
                return f"depth {self.limits.depth}" if self.cut_off else ""
            self.depth += 1
            self.levels.append((len(self.store), self.at_rest))
            self._save_if_due()

    def _level(self) -> str:
        """Expand a level, several batches at once, each a stage behind the next. Returns the bound that ended it."""
        work, bound = deque[Batch](), self.endless.bound()
        while not bound:
            batch = self.stages.begin()
            if batch:
                work.append(batch)
            if not work and not self.stages.sifting:
                break
            bound = self._step(work)
            self._save_if_due()
            bound = bound or self._bound()
        self._all_written()
        self._count()
        return bound

    def _step(self, work: deque[Batch]) -> str:
        """Expand what is left of the batches in `work`, and take over the new states of the first one that is complete.

        Returns the bound that is reached where there is no memory for these, "" otherwise.

        Judging and filling in the tables are Python's, and are done while other workers do the rest.
        """
        lacking = [batch for batch in work if batch.lacking]
        expanding = [batch for batch in work if batch.left and not batch.lacking]
        if not expanding:
            self._learn(lacking)
            expanding, lacking = lacking, []
        self.fit()
        if self.rules.news:
            self.refresh()
        silent = self.depth == self.limits.depth
        tasks = [task for batch in expanding for task in self.stages.expand(batch, self.tables, silent=silent)]
        self._line_up()
        short = ""
        if work and work[0].complete:
            short = self._make_room(work[0])
            if not short:
                self.stages.sift(work[0])
                self._judge(work.popleft())
        self._learn(lacking)
        self.pool.results(tasks)
        for batch in expanding:
            look_what_is_left(batch)
        return short

    def _learn(self, batches: Sequence[Batch]) -> None:
        """Fill in what the tables lacked for the batches, and enlarge the boxes that had no room."""
        for batch in batches:
            for part in batch.left:
                box = batch.boxes[part]
                if box.counts[layout.CROWDED] == layout.TOO_MANY:
                    raise TooLargeError("a state has more than 65,535 possible steps; take fewer processes, or no partitions")
                if box.counts[layout.CROWDED] == layout.NO_ROOM:
                    batch.boxes[part] = box.enlarged()
            for table, first, second in distinct(missing(batch)):
                self.rules.fill(table, first, second)
            batch.lacking = False

    def _judge(self, batch: Batch) -> None:
        """Judge the rows that were expanded."""
        block, first, last = batch.block, batch.parts[0].start, batch.parts[-1].stop
        self.observed.look(block.rows, first + np.flatnonzero(block.rows[first:last, -1]), block.first, at_rest=False)
        for box in batch.boxes if self._eventual else ():
            self.observed.look(block.rows, box.resting(), block.first, at_rest=True)

    def _line_up(self) -> None:
        """Have the new states numbered, and add up what was found."""
        batch = self.stages.line_up()
        if batch is None:
            return
        for box in batch.boxes:
            counts = box.counts
            self.generated += int(counts[layout.GENERATED])
            self.at_rest += int(counts[layout.RESTING] + counts[layout.SUSPENDED])
            self.suspended += int(counts[layout.SUSPENDED])
            self.kinds_seen |= int(counts[layout.KINDS_SEEN])
            self.cut_off += int(counts[layout.BUSY]) if self.depth == self.limits.depth else 0
        self.expanded += batch.parts[-1].stop - batch.parts[0].start

    def _make_room(self, batch: Batch) -> str:
        """See to it that there is memory for the visited set and the rows of this batch. Returns the bound that forbids it."""
        short, rows = "", self.frontier.bytes_of_a_row * sum(box.successors for box in batch.boxes)
        for growth in GROWTHS:
            self.store.growth = growth
            more = self.store.growing(batch.boxes) + rows
            if more < UNNOTICED:
                return ""
            short = self.short_of(megabytes_in_use(), more)
            if not short or (self.relieved() and not self.short_of(megabytes_in_use(), more)):
                return ""
        return short

    # --- the tables --------------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Hand the tables to the kernel as they are now."""
        rules = self.rules
        rules.extend()
        self.observed.extend()
        self.tables = rules.tables()

    def fit(self) -> None:
        """Widen the rows if some number no longer fits."""
        words = self.words
        largest = max(len(words.cores), len(words.logs), len(words.channels), len(words.rests))
        if largest > NARROW and self.frontier.dtype == np.uint16:
            self._all_written()
            self.frontier.widen()
            self.store.widen()

    # --- what is known so far ----------------------------------------------------------------------------------------

    def _count(self) -> None:
        self.distinct = len(self.store)
        self.left = self.distinct - self.expanded + self.cut_off
        self.kinds = {kind for kind, bit in KIND_BITS.items() if self.kinds_seen & bit}

    def _bound(self) -> str:
        self._count()
        limit = MOST if self.limits.states is None else min(MOST, self.limits.states)
        if self.distinct >= limit and self.expanded < self.distinct:
            return f"{limit} distinct states"
        return self._decided() or self._looked_at_the_clock()

    def coverage(self, bound: str) -> Coverage:
        held = self.store.bytes / max(1, self.distinct)
        bits = 0 if self.exact else self.bits
        # Of n fingerprints of b bits, about n**2/2**(b+1) pairs are expected to be equal by chance; each hides a state.
        missed = self.distinct**2 / 2.0 ** (bits + 1) if bits else 0.0
        found = super().coverage(bound)
        return replace(found, engine="native", missed=missed, fingerprint_bits=bits, bytes_per_state=held)

    def local_states(self) -> Iterator[tuple[Node, Hashable]]:
        return ((node, process.local) for node, process in self.words.cores.values)

    def path(self, number: int) -> list[Action]:
        return [*self.start, *self.walk(number)[1]]

    def walk(self, number: int) -> tuple[list[System], list[Action]]:
        systems, actions = [self.beginning], list[Action]()
        for ordinal in self.store.ancestors.way(number):
            actions.append(self.semantics.enabled(systems[-1])[ordinal])
            systems.append(self.semantics.apply(systems[-1], actions[-1]))
        return systems, actions

    def endless_runs(self) -> EndlessRuns:
        return endless_runs(self.store.edges, self.semantics, lambda number: self.walk(number)[0][-1])
