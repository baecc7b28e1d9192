"""Judging in the native engine: what can be told from one or two processes at a time is told from tables.

A LIFE is what has been observed of one process: its log, status and colour. A pair of lives violates some properties or none,
which Python finds out once. Properties that look at all processes together are judged once per combination of what they see.
Whatever looks like a first violation is shown to the Judge, who alone decides.
"""

# mypy: disable-error-code="no-untyped-def"

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from checker.judge import Judge
from checker.native.arrays import Growing, Map, distinct
from checker.native.compiling import compiled, inlined
from checker.native.hashing import term
from checker.native.layout import EVERYBODY, SEEN_APART
from checker.native.maps import known_in, pair
from checker.native.memory import load, store
from checker.native.words import Ids, Words
from checker.observe import Observer, bare
from groupy_model.node import Node
from groupy_model.observations import Ended, History, Left, Life, Observation, Status
from groupy_model.payloads import Colour
from groupy_model.verdict import Kind
from specs.property import Property

Array = NDArray[Any]
LIFE, PAIR, PAIR_AT_REST = range(3)  # what the kernel may lack
SUSPECT, UNSEEN, UNPROBED = range(3)  # why a row is shown to Python
ROOM = 1 << 14
PROGRESS = "progress"


class Sights(NamedTuple):
    """The tables of `Observed`, as the kernel reads them. `numbers`: processes, whether something looks at whole histories."""

    lives: Array
    verdicts: Array
    whole: Array
    stuck: Array
    faces: Array
    bare: Array
    splits: Array
    fragile: Array
    projected: Array
    stuck_masks: Array
    numbers: Array


class Notes(NamedTuple):
    """What one call of `look` finds: rows to show with a reason and a mask, entries that are missing, and how many of each."""

    shown: Array
    missing: Array
    counts: Array
    lives: Array


@compiled
def lack(notes, table, first, second):
    """Note that `table` has no entry for the pair. Returns False."""
    lacking = notes.counts[1]
    if lacking < len(notes.missing):
        notes.missing[lacking, 0], notes.missing[lacking, 1], notes.missing[lacking, 2] = table, first, second
        notes.counts[1] = lacking + 1
    return False


@inlined
def lives_of(sights, notes, rows, begin, size):
    """Look up the lives of the row that begins at `begin`. Returns whether the table knew."""
    done = True
    for node in range(size):
        log, face = load(rows, begin + size + node), load(sights.faces, load(rows, begin + node))
        life = known_in(sights.lives, pair(log, face))
        if life < 0:
            done = lack(notes, LIFE, log, face)
        store(notes.lives, node, life)
    return done


@inlined
def broken(notes, size, observed, verdicts, table):
    """The mask of what two of the lives in `notes` violate, one of them `observed`; -1: the table does not know."""
    mask, done = 0, True
    for one in range(size):
        for other in range(one + 1 if size > 1 else one, size):
            if not (observed >> min(one, SEEN_APART) | observed >> min(other, SEEN_APART)) & 1:
                continue
            first, second = load(notes.lives, one), load(notes.lives, other)
            verdict = known_in(verdicts, pair(first, second))
            if verdict < 0:
                done = lack(notes, table, first, second)
            else:
                mask |= verdict
    return mask if done else -1


@compiled
def whole_hash(projected, lives, size, at_rest):
    """The hash of what `lives` are to properties that look at all of them."""
    total = term(size, 1 if at_rest else 0)
    for node in range(size):
        total ^= term(node, projected[lives[node]])
    return total


@compiled
def bare_hash(bare, splits, rows, begin, size):
    """The hash of all that decides how the row that begins at `begin` goes on without faults."""
    last = 2 * size + size * size
    total = term(last, splits[rows[begin + last]])
    for node in range(size):
        total ^= term(node, bare[rows[begin + node]])
    for slot in range(2 * size, last):
        total ^= term(slot, rows[begin + slot])
    return total


@compiled
def show(notes, row, reason, mask):
    count = notes.counts[0]
    if count < len(notes.shown):
        notes.shown[count, 0], notes.shown[count, 1], notes.shown[count, 2] = row, reason, mask
    notes.counts[0] = count + 1


@inlined
def any_stuck(sights, notes, size, probe):
    """Whether somebody is stuck, by the mask numbered `probe`, who should not be."""
    for node in range(size):
        if (sights.stuck_masks[probe] >> np.uint64(node)) & np.uint64(1) and sights.fragile[notes.lives[node]]:
            return True
    return False


@compiled
def look(sights, notes, rows, chosen, at_rest, asked, probing):
    """Judge the `chosen` rows: `asked` is the mask of the properties not violated yet, `probing` the bit of progress in it."""
    size = sights.numbers[0]
    width = 2 * size + size * size + 2
    notes.counts[0] = notes.counts[1] = 0
    for index in range(len(chosen)):
        row = load(chosen, index)
        begin = row * width
        if not lives_of(sights, notes, rows, begin, size):
            continue
        observed = EVERYBODY if at_rest else load(rows, begin + width - 1)
        mask = broken(notes, size, observed, sights.verdicts, PAIR_AT_REST if at_rest else PAIR)
        if mask < 0:
            continue
        if mask & asked:
            show(notes, row, SUSPECT, mask & asked)
        elif sights.numbers[1] and known_in(sights.whole, whole_hash(sights.projected, notes.lives, size, at_rest)) < 0:
            show(notes, row, UNSEEN, 0)
        elif at_rest and probing:
            probe = known_in(sights.stuck, bare_hash(sights.bare, sights.splits, rows, begin, size))
            if probe < 0:
                show(notes, row, UNPROBED, 0)
            elif any_stuck(sights, notes, size, probe):
                show(notes, row, SUSPECT, probing)


class Group:
    """Properties that look at the same observations: each pair of what they see is judged once. `seen`: of each life, that."""

    def __init__(self, needs: frozenset[type], properties: list[tuple[int, Property]]) -> None:
        self.needs, self.properties = needs, properties
        self.ids: Ids[Life] = Ids()
        self.seen: list[int] = []
        self.verdicts: dict[tuple[int, int, bool], int] = {}


class Observed:
    """Shows the Judge what may be a first violation, and tells which properties were exercised."""

    def __init__(self, words: Words, properties: Sequence[Property], judge: Judge, observer: Observer) -> None:
        self.words, self.judge, self.observer = words, judge, observer
        self.properties = list(properties)
        self.bits = {wanted.name: 1 << number for number, wanted in enumerate(self.properties)}
        self.probing = self.bits.get(PROGRESS, 0)
        self.whole = [wanted for wanted in self.properties if not wanted.pairwise]
        self.whole_needs = frozenset[type]().union(*(wanted.needs for wanted in self.whole))
        self.groups = list(self._groups())
        self.face_ids: Ids[tuple[Status, Colour | None]] = Ids()
        self.life_ids: Ids[Life] = Ids()
        self.projections: Ids[Life] = Ids()
        self.bare_ids: Ids[tuple[Node, object]] = Ids()
        self.split_ids: Ids[frozenset[Node]] = Ids()
        self.lives, self.pairs, self.resting = Map(), Map(), Map()
        self.whole_seen, self.stuck = Map(), Map()
        self.stuck_masks = Growing(np.uint64)
        self.faces, self.bare, self.splits = Growing(np.int32), Growing(np.int32), Growing(np.int32)
        self.fragile, self.projected = Growing(np.uint8), Growing(np.int32)
        size = words.size
        self.notes = Notes(
            np.zeros((ROOM, 3), np.int64), np.zeros((ROOM, 3), np.int64), np.zeros(2, np.int64), np.zeros(size, np.int64)
        )
        self.extend()

    def _groups(self) -> Iterator[Group]:
        pairwise = [(self.bits[wanted.name], wanted) for wanted in self.properties if wanted.pairwise]
        for needs in sorted(
            {wanted.needs for _, wanted in pairwise}, key=lambda needs: sorted(kind.__name__ for kind in needs)
        ):
            yield Group(needs, [(bit, wanted) for bit, wanted in pairwise if wanted.needs == needs])

    @property
    def asked(self) -> int:
        """The mask of the properties not violated yet."""
        return sum(bit for name, bit in self.bits.items() if name not in self.judge.witnesses)

    def extend(self) -> None:
        """Take up what was interned since."""
        words = self.words
        while self.faces.length < len(words.cores):
            node, process = words.cores.values[self.faces.length]
            self.faces.add(self.face_ids((process.status, process.worker.colour if process.worker else None)))
            self.bare.add(self.bare_ids((node, bare(process))))
        while self.splits.length < len(words.rests):
            self.splits.add(self.split_ids(words.rests.values[self.splits.length].split))

    def sights(self, *, at_rest: bool) -> Sights:
        """The tables as they are now."""
        return Sights(
            self.lives.pairs, (self.resting if at_rest else self.pairs).pairs, self.whole_seen.pairs, self.stuck.pairs,
            self.faces.array, self.bare.array, self.splits.array, self.fragile.array, self.projected.array,
            self.stuck_masks.array, np.array([self.words.size, bool(self.whole)], np.int64),
        )  # fmt: skip

    def look(self, rows: Array, chosen: Array, numbers: tuple[int, int], *, at_rest: bool) -> None:
        """Judge the `chosen` rows; the state of row k has the number `numbers[0] + k * numbers[1]`."""
        while len(chosen):
            look(
                self.sights(at_rest=at_rest),
                self.notes,
                rows.reshape(-1),
                chosen,
                at_rest,
                self.asked,
                self.probing & self.asked,
            )
            shown, lacking = (int(count) for count in self.notes.counts)
            if not lacking:
                again = self._show(rows, numbers, at_rest=at_rest)
                found_no_room = chosen[chosen > self.notes.shown[-1, 0]] if shown > ROOM else chosen[:0]
                chosen = np.concatenate([np.array(again, chosen.dtype), found_no_room])
            for table, first, second in distinct(self.notes.missing[:lacking]):
                self._fill(table, first, second)

    def _show(self, rows: Array, numbers: tuple[int, int], *, at_rest: bool) -> list[int]:
        """Show what was noted to the Judge. Returns the rows that need another look: what was suspected there is decided."""
        again = []
        for row, reason, mask in self.notes.shown[: self.notes.counts[0]].tolist():
            if reason == SUSPECT and not mask & self.asked:
                again.append(row)
                continue
            if reason == UNPROBED and not self._probe(rows, row):
                continue
            system = self.words.system(rows[row])
            self.judge.look(self.observer.history(system, at_rest), numbers[0] + row * numbers[1])
            assert reason != SUSPECT or not mask & self.asked, "a pair of lives was judged otherwise than the whole history"
            if reason == UNSEEN:
                self._seen_whole(rows, row, at_rest=at_rest)
        return again

    def _seen_whole(self, rows: Array, row: int, *, at_rest: bool) -> None:
        lives = np.array(self._lives(rows[row]), np.int64)
        self.whole_seen.note(int(whole_hash(self.projected.array, lives, self.words.size, at_rest)))

    def _probe(self, rows: Array, row: int) -> bool:
        """Ask the processes of a row at rest for a multicast each. Returns whether that of a fragile one gets stuck."""
        hashed = int(bare_hash(self.bare.array, self.splits.array, rows[row], 0, self.words.size))
        stuck = self.observer.stuck(self.words.system(rows[row]))
        bits = sum(1 << (node - 1) for node, why in stuck.items() if why)
        self.stuck.note(hashed, self.stuck_masks.add(bits))
        return any(bits >> node & 1 and self.fragile.array[life] for node, life in enumerate(self._lives(rows[row])))

    def _lives(self, row: Array) -> list[int]:
        """The lives of a row, all of which are known."""
        size, known = self.words.size, self.lives.pairs
        return [int(known_in(known, np.uint64(int(row[size + n]) << 32 | int(self.faces.array[row[n]])))) for n in range(size)]

    # --- what is found out once --------------------------------------------------------------------------------------

    def _fill(self, table: int, first: int, second: int) -> None:
        if table == LIFE:
            node, log = self.words.logs.values[first]
            status, colour = self.face_ids.values[second]
            founder = node <= self.words.semantics.scenario.founders
            self.lives.put(first, second, self._life(Life(node, status, log, founder, colour)))
        elif table == PAIR:
            self.pairs.put(first, second, self._pair(first, second, at_rest=False))
        else:
            self.resting.put(first, second, self._pair(first, second, at_rest=True))

    def _life(self, life: Life) -> int:
        number = self.life_ids(life)
        if number == self.fragile.length:
            alone = History((replace(life, stuck="it is stuck"),), at_rest=True)
            self.fragile.add(any(wanted.name == PROGRESS and wanted.judge(alone) is not None for wanted in self.properties))
            self.projected.add(self.projections(seen_by(self.whole_needs, life)))
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

    def _judge(self, group: Group, one: Life, other: Life, at_rest: bool) -> int:
        lives = (one,) if one == other else (one, other)
        hidden = frozenset(self.words.semantics.nodes) - {one.node, other.node}
        history = History(lives, at_rest, hidden)
        mask = 0
        for bit, wanted in group.properties:
            if wanted.name not in self.judge.exercised and wanted.goal(history):
                self.judge.exercised.add(wanted.name)
            if (at_rest or wanted.kind is Kind.SAFETY) and wanted.judge(history) is not None:
                mask |= bit
        return mask


def seen_by(needs: frozenset[type], life: Life) -> Life:
    """`life` as properties see it that need these observations; leaving and ending are seen by all."""
    log: tuple[Observation, ...] = tuple(entry for entry in life.log if type(entry) in needs or isinstance(entry, Left | Ended))
    return life if len(log) == len(life.log) else replace(life, log=log)
