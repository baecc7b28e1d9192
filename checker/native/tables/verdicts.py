"""Judging in the native engine: what can be told from one or two processes at a time is told from tables.

A LIFE is what has been observed of one process: its log, status and colour. A pair of lives violates some properties or none,
which Python finds out once. Properties that look at all processes together are judged once per combination of what they see.
Whatever looks like a first violation is shown to the Judge, who alone decides.
"""

# mypy: disable-error-code="no-untyped-def"

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from groupy_check.checker.judging.monitor import Judge
from groupy_check.checker.judging.observer import Observer, bare, network
from groupy_check.checker.native.compiled.calling import bare_hash, look, whole_hash
from groupy_check.checker.native.memory import layout as abi
from groupy_check.checker.native.memory.arenas import GrowingTable, PairMap, distinct
from groupy_check.checker.native.memory.layout import Notes, Sights
from groupy_check.checker.native.tables.interning import Ids, Words
from groupy_check.groupy_model.actions import Partition
from groupy_check.groupy_model.node import Node
from groupy_check.groupy_model.observations import Ended, History, Left, Life, Observation, Recovered, Status
from groupy_check.groupy_model.payloads import Colour
from groupy_check.groupy_model.verdict import Kind
from groupy_check.specs.property import Property

Array = NDArray[Any]
ROOM = 1 << 14
PROGRESS = "progress"
FACES = 8  # for which there is room at first
UNKNOWN = -1


class PropertyGroup:
    """Properties that look at the same observations: each pair of what they see is judged once. `seen`: of each life, that."""

    def __init__(self, needs: frozenset[type], properties: list[tuple[int, Property]]) -> None:
        self.needs, self.properties = needs, properties
        self.ids: Ids[Life] = Ids()
        self.seen: list[int] = []
        self.verdicts: dict[tuple[int, int, bool], int] = {}


class VerdictTables:
    """Shows the Judge what may be a first violation, and tells which properties were exercised."""

    def __init__(
        self, words: Words, faces: GrowingTable, properties: Sequence[Property], judge: Judge, observer: Observer
    ) -> None:
        self.words, self.faces, self.judge, self.observer = words, faces, judge, observer
        self.properties = list(properties)
        self.bits = {wanted.name: 1 << number for number, wanted in enumerate(self.properties)}
        self.probing = self.bits.get(PROGRESS, 0)
        self.whole = [wanted for wanted in self.properties if not wanted.pairwise]
        self.whole_needs = frozenset[type]().union(*(wanted.needs for wanted in self.whole))
        self.apart_needs = frozenset[type]().union(*(wanted.needs for wanted in self.properties if wanted.suspect))
        self.apart_bit = 1 << len(self.properties)
        self.groups = list(self._groups())
        self.face_ids: Ids[tuple[Status, Colour | None, bool]] = Ids()
        self.life_ids: Ids[Life] = Ids()
        self.projections, self.apart_ids = Ids[Life](), Ids[Life]()
        self.bare_ids: Ids[tuple[Node, object]] = Ids()
        self.split_ids: Ids[Partition | None] = Ids()
        self.network_ids: Ids[tuple[Partition | None, int]] = Ids()
        self.lives = GrowingTable(np.int32, FACES, UNKNOWN)  # of each log with each face
        self.pairs, self.resting = PairMap(), PairMap()
        self.whole_seen, self.apart_seen, self.stuck = PairMap(), PairMap(), PairMap()
        self.stuck_masks = GrowingTable(np.uint64)
        self.bare, self.splits, self.networks = GrowingTable(np.int32), GrowingTable(np.int32), GrowingTable(np.int32)
        self.fragile, self.projected, self.apart = GrowingTable(np.uint8), GrowingTable(np.int32), GrowingTable(np.int32)
        size = words.size
        self.notes = Notes(
            np.zeros((ROOM, 3), np.int64),
            np.zeros((ROOM, 3), np.int64),
            np.zeros(abi.NOTES_COUNTS, np.int64),
            np.zeros(size, np.int64),
        )
        self.extend()

    def _groups(self) -> Iterator[PropertyGroup]:
        pairwise = [(self.bits[wanted.name], wanted) for wanted in self.properties if wanted.pairwise]
        for needs in sorted(
            {wanted.needs for _, wanted in pairwise}, key=lambda needs: sorted(kind.__name__ for kind in needs)
        ):
            yield PropertyGroup(needs, [(bit, wanted) for bit, wanted in pairwise if wanted.needs == needs])

    @property
    def asked(self) -> int:
        """The mask of the properties not violated yet."""
        return sum(bit for name, bit in self.bits.items() if name not in self.judge.witnesses)

    def extend(self) -> None:
        """Take up what was interned since."""
        words = self.words
        while self.faces.length < len(words.cores):
            node, process = words.cores.values[self.faces.length]
            self.faces.add(
                self.face_ids((process.status, process.worker.colour if process.worker else None, process.may_return))
            )
            if len(self.face_ids) > self.lives.columns:
                self.lives = self._wider(self.lives)
            self.bare.add(self.bare_ids((node, bare(process, asking=True))))
        self.lives.reach(len(words.logs))
        while self.splits.length < len(words.rests):
            rest = words.rests.values[self.splits.length]
            self.splits.add(self.split_ids(rest.split))
            self.networks.add(self.network_ids(network(words.semantics.scenario, rest.budget, rest.split)))

    def _wider(self, lives: GrowingTable) -> GrowingTable:
        wider = GrowingTable(np.int32, 2 * lives.columns, UNKNOWN)
        wider.reach(lives.length)
        wider.array[: lives.length, : lives.columns] = lives.array[: lives.length]
        return wider

    def sights(self, *, at_rest: bool) -> Sights:
        """The tables as they are now."""
        return Sights(
            self.lives.array.reshape(-1), (self.resting if at_rest else self.pairs).pairs,
            self.whole_seen.pairs, self.stuck.pairs, self.faces.array, self.bare.array, self.splits.array,
            self.networks.array, self.apart.array, self.apart_seen.pairs,
            self.fragile.array, self.projected.array, self.stuck_masks.array,
            np.array([self.words.size, bool(self.whole), self.lives.columns, self.apart_bit], np.int64),
        )  # fmt: skip

    def look(self, rows: Array, chosen: Array, first: int, *, at_rest: bool) -> None:
        """Judge the `chosen` rows, and shorten the list of them; `first` is the number of the state of row 0."""
        while len(chosen):
            left = look(
                self.sights(at_rest=at_rest),
                self.notes,
                rows.reshape(-1),
                chosen,
                at_rest,
                self.asked,
                self.probing & self.asked,
            )
            shown, lacking = (int(count) for count in self.notes.counts)
            chosen = chosen[:left]
            if not lacking:
                again = self._show(rows, first, at_rest=at_rest)
                found_no_room = chosen[chosen > self.notes.shown[-1, 0]] if shown > ROOM else chosen[:0]
                chosen = np.concatenate([np.array(again, chosen.dtype), found_no_room])
            for table, one, other in distinct(self.notes.missing[:lacking]):
                self._fill(table, one, other)

    def _show(self, rows: Array, first: int, *, at_rest: bool) -> list[int]:
        """Show what was noted to the Judge. Returns the rows that need another look: what was suspected there is decided.

        The Judge decides on all that can be seen in a row. A suspicion against a process that has ended itself may be
        unfounded: a third one may show that it is excused.
        """
        again = []
        for row, reason, mask in self.notes.shown[: self.notes.counts[abi.NOTES_SHOWN]].tolist():
            if reason == abi.SHOWN_SUSPECT and not mask & self.asked:
                again.append(row)
                continue
            if reason == abi.SHOWN_UNPROBED and not self._probe(rows, row):
                continue
            system = self.words.system(rows[row])
            self.judge.look(self.observer.history(system, at_rest), first + row)
            excused = any(process.status is Status.HALTED for process in system.processes)
            assert reason != abi.SHOWN_SUSPECT or excused or not mask & self.asked, (
                "a pair of lives was judged otherwise than the whole history"
            )
            if reason == abi.SHOWN_UNSEEN:
                self._seen_whole(rows, row, at_rest=at_rest)
        return again

    def _seen_whole(self, rows: Array, row: int, *, at_rest: bool) -> None:
        lives = np.array(self._lives(rows[row]), np.int64)
        net = int(self.networks.array[rows[row][-2]])
        self.whole_seen.note(whole_hash(self.projected.array, lives, self.words.size, net, at_rest))
        self.apart_seen.note(whole_hash(self.apart.array, lives, self.words.size, 0, at_rest))

    def _probe(self, rows: Array, row: int) -> bool:
        """Ask the processes of a row at rest for a multicast each. Returns whether that of a fragile one gets stuck."""
        hashed = bare_hash(self.bare.array, self.splits.array, rows[row], 0, self.words.size)
        stuck = self.observer.stuck(self.words.system(rows[row]))
        bits = sum(1 << (node - 1) for node, why in stuck.items() if why)
        self.stuck.note(hashed, self.stuck_masks.add(bits))
        return any(bits >> node & 1 and self.fragile.array[life] for node, life in enumerate(self._lives(rows[row])))

    def _lives(self, row: Array) -> list[int]:
        """The lives of a row, all of which are known."""
        size = self.words.size
        return [int(self.lives.array[row[size + node], self.faces.array[row[node]]]) for node in range(size)]

    # --- what is found out once --------------------------------------------------------------------------------------

    def _fill(self, table: int, first: int, second: int) -> None:
        if table == abi.LACKS_LIFE:
            node, log = self.words.logs.values[first]
            status, colour, returns = self.face_ids.values[second]
            founder = node <= self.words.semantics.scenario.founders
            self.lives.array[first, second] = self._life(Life(node, status, log, founder, colour, returns=returns))
        elif table == abi.LACKS_PAIR:
            self.pairs.put(first, second, self._pair(first, second, at_rest=False))
        else:
            self.resting.put(first, second, self._pair(first, second, at_rest=True))

    def _life(self, life: Life) -> int:
        number = self.life_ids(life)
        if number == self.fragile.length:
            alone = History((replace(life, stuck="it is stuck"),), at_rest=True)
            self.fragile.add(any(wanted.name == PROGRESS and wanted.judge(alone) is not None for wanted in self.properties))
            self.projected.add(self.projections(seen_by(self.whole_needs, life)))
            self.apart.add(self.apart_ids(seen_by(self.apart_needs, life)))
            for group in self.groups:
                group.seen.append(group.ids(seen_by(group.needs, life)))
        return number

    def _pair(self, one: int, other: int, *, at_rest: bool) -> int:
        mask = 0
        for group in self.groups:
            first, second = group.seen[one], group.seen[other]
            key = (first, second, at_rest)
            if key not in group.verdicts:
                group.verdicts[key] = self._judge(group, group.ids.values[first], group.ids.values[second], at_rest)
            mask |= group.verdicts[key]
        return mask

    def _judge(self, group: PropertyGroup, one: Life, other: Life, at_rest: bool) -> int:
        lives = (one,) if one == other else (one, other)
        hidden = frozenset(self.words.semantics.nodes) - {one.node, other.node}
        history = History(lives, at_rest, hidden)
        mask = 0
        for bit, wanted in group.properties:
            if wanted.name not in self.judge.exercised and wanted.goal(history):
                self.judge.exercised.add(wanted.name)
            if (at_rest or wanted.kind is Kind.SAFETY) and wanted.judge(history) is not None:
                mask |= bit
            if wanted.suspect is not None and wanted.suspect(history):
                mask |= self.apart_bit
        return mask


def seen_by(needs: frozenset[type], life: Life) -> Life:
    """`life` as properties see it that need these observations; leaving, ending and coming back are seen by all."""
    always = Left | Ended | Recovered
    log: tuple[Observation, ...] = tuple(entry for entry in life.log if type(entry) in needs or isinstance(entry, always))
    return life if len(log) == len(life.log) else replace(life, log=log)
