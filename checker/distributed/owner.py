"""One owner of a part of the visited set. It expands pieces, and says of the successors that it owns which are new.

One thread does all of it, in turns: looking at hashes comes before expanding, since others wait for it.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from groupy_check.checker.distributed.expansion import Expander
from groupy_check.checker.distributed.holdings import NO_HASHES, NO_NUMBERS, Holdings, of_owner
from groupy_check.checker.distributed.mail import Fresh, Hashes, LeaveLevel, Message, Ranks, Rows
from groupy_check.checker.distributed.pieces import LevelPlan
from groupy_check.checker.distributed.search_task import SearchTask
from groupy_check.checker.distributed.shelf import Restoring, SavedPart, Shelf
from groupy_check.checker.native.memory.layout import SUCCESSOR_WIDTH, Outbox
from groupy_check.checker.native.pipeline.frontier import Block, complaining

Array = NDArray[Any]
Post: TypeAlias = Callable[[int, Message], None]  # to whom, and what
Ask: TypeAlias = Callable[[int, Sequence[tuple[int, int, int]]], list[Array]]  # Journal.more
AHEAD = 4  # pieces whose successors are on their way; of each there is an outbox


@dataclass(frozen=True, slots=True)
class LevelReport:
    """What one owner has found in a level: counts as in Search, of each piece that it has expanded the new states.

    `violated`: by property the first state where it was seen. `halted`: the level was left; then only that is of use.
    `sent`: bytes to others.
    """

    generated: int
    at_rest: int
    suspended: int
    cut_off: int
    kinds: int
    found: dict[int, int]
    violated: dict[str, int]
    exercised: frozenset[str]
    undecided: frozenset[int]
    halted: bool
    chunks: int
    sent: int


@dataclass(frozen=True, slots=True)
class Closing:
    """What an owner says at the end: digests of its tables, bytes that its states take, its seconds of processor time.

    Of these, `filling` went into beginning and into its tables, which all owners fill.
    """

    digests: dict[str, str]
    held: int
    seconds: float
    filling: float


@dataclass(slots=True)
class Work:
    """A piece that was expanded, for whose successors answers are still to come."""

    piece: int
    block: Block
    box: Outbox
    missing: int
    new: int = 0


@dataclass(slots=True)
class LevelInWork:
    """What an owner has before it in one level, by piece: blocks to expand, hashes to look at, ranks of new states."""

    plan: LevelPlan
    mine: list[int]
    blocks: dict[int, Block] = field(default_factory=dict)
    hashes: dict[int, Hashes] = field(default_factory=dict)
    ranks: dict[int, Array] = field(default_factory=dict)
    work: deque[Work] = field(default_factory=deque)
    by_piece: dict[int, Work] = field(default_factory=dict)
    begun: int = 0  # of mine
    sifted: int = 0  # pieces
    halted: bool = False
    sent: int = 0
    fresh: list[Array] = field(default_factory=list)  # hashes that are new, where they will be saved


class Owner:
    """The owner with this `number` among so many. Its mail is in `inbox`; it sends by `post`, and asks the journal by `ask`."""

    def __init__(self, task: SearchTask, number: int, owners: int, inbox: SimpleQueue[Message], post: Post, ask: Ask) -> None:
        self.task, self.number, self.owners, self.inbox, self._post = task, number, owners, inbox, post
        self.expander = Expander(task, owners, ask)
        self.holdings = Holdings(self.expander.width, edges=task.edges)
        self.shelf: Shelf | None = None
        self.before = 0, 0  # states and edges that were restored
        self.free = [self.expander.outbox() for _ in range(AHEAD)]
        self.began = time.process_time() - self.expander.filling
        self.finds: dict[int, Block] = {}  # what is to be expanded next: rows by the piece that led to them
        self.new_hashes, self.new_numbers, self.new_runs = list[Array](), list[Array](), list[tuple[int, int]]()  # since saved

    def begin(self) -> None:
        """Note the state in which the search begins: it is of the find 0 of owner 0."""
        block = self.expander.first()
        if of_owner(block.hashes, self.number, self.owners)[0]:
            self.holdings.enter(block.hashes)
            self._name(np.zeros(1, np.uint32))
            self.new_hashes = [block.hashes]
        if self.number == 0:
            self.finds[0] = block
            self.holdings.found += 1
            self._settle([(0, 1)])

    def _settle(self, runs: list[tuple[int, int]]) -> None:
        """The states found since are these runs of numbers."""
        self.holdings.settle(runs)
        self.new_runs = runs

    def _name(self, numbers: Array) -> None:
        """Of the states whose hashes were entered since, these are the numbers."""
        if self.task.edges:
            self.holdings.name(numbers)
            self.new_numbers = [numbers]

    # --- a level -----------------------------------------------------------------------------------------------------

    def level(self, plan: LevelPlan) -> LevelReport:
        """Do one's part of a level. Raises ProtocolError and TooLargeError as a search in one process does."""
        self.expander.begin(plan)
        desk = self.desk = LevelInWork(plan, [place for place, piece in enumerate(plan.pieces) if piece.worker == self.number])
        self._hand_out()
        while not desk.halted and not self._done:
            self._read(wait=not self._advanced())
        return self._report()

    @property
    def _done(self) -> bool:
        desk = self.desk
        pieces = len(desk.plan.pieces)
        named = not self.task.edges or len(desk.ranks) == pieces
        return desk.sifted == pieces and desk.begun == len(desk.mine) and not desk.work and named

    def _advanced(self) -> bool:
        """Do the most urgent thing that can be done. Returns whether there was one."""
        desk = self.desk
        if self._sift() or self._line_up():
            return True
        if len(desk.work) < AHEAD and desk.begun < len(desk.mine) and desk.mine[desk.begun] in desk.blocks:
            desk.begun += 1
            self._expand(desk.mine[desk.begun - 1])
            return True
        return False

    def _hand_out(self) -> None:
        """Give the rows of each piece to whoever expands it."""
        for place, piece in enumerate(self.desk.plan.pieces):
            if piece.holder == self.number:
                part, find = slice(piece.begin, piece.begin + piece.count), self.finds[piece.source]
                self._send(piece.worker, Rows(place, find.rows[part], find.hashes[part], find.asleep[part]))
        self.finds = {}

    def _send(self, owner: int, message: Message) -> None:
        if owner == self.number:
            self._take(message)
            return
        match message:
            case Hashes(hashes=hashes, origins=origins):
                self.desk.sent += hashes.nbytes + origins.nbytes
            case Rows(rows=rows, hashes=hashes, asleep=asleep):
                self.desk.sent += rows.nbytes + hashes.nbytes + asleep.nbytes
            case Fresh(bits=numbers) | Ranks(ranks=numbers):
                self.desk.sent += numbers.nbytes
        self._post(owner, message)

    def _read(self, *, wait: bool) -> None:
        """Take what has come; `wait` for something if nothing has."""
        while wait or not self.inbox.empty():
            self._take(self.inbox.get())
            wait = False

    def _take(self, message: Message) -> None:
        desk = self.desk
        match message:
            case Hashes(piece):
                desk.hashes[piece] = message
            case Fresh(piece, owner, bits):
                work = desk.by_piece[piece]
                listed = work.box.owned(owner)
                fresh = np.unpackbits(bits, count=len(listed))
                work.box.fresh[listed] = fresh
                work.new += int(fresh.sum(dtype=np.int64))
                work.missing -= 1
            case Ranks(piece, ranks):
                desk.ranks[piece] = ranks
            case Rows(piece, rows, hashes, asleep):
                desk.blocks[piece] = self.expander.block(desk.plan.pieces[piece].first, rows, hashes, asleep)
            case LeaveLevel():
                desk.halted = True

    def _sift(self) -> bool:
        """Look at the hashes of the next piece, if they are there."""
        desk = self.desk
        message = desk.hashes.pop(desk.sifted, None)
        if message is None:
            return False
        fresh = self.holdings.sift(message.hashes, message.origins, desk.plan.pieces[desk.sifted].first)
        if self.task.saving:
            desk.fresh.append(message.hashes[fresh.view(np.bool_)])
        self._send(message.sender, Fresh(desk.sifted, self.number, np.packbits(fresh)))
        desk.sifted += 1
        return True

    def _expand(self, place: int) -> None:
        """Expand a piece, and send the hashes of its successors to their owners."""
        desk = self.desk
        block = desk.blocks.pop(place)
        box = self.expander.expanded(block, self.free.pop())
        work = desk.by_piece[place] = Work(place, block, box, self.owners)
        desk.work.append(work)
        sources = box.found[::SUCCESSOR_WIDTH] if self.task.edges else NO_HASHES
        for owner in range(self.owners):
            listed = box.owned(owner)
            origins = sources[listed] if self.task.edges else NO_HASHES
            self._send(owner, Hashes(place, self.number, box.hashes[listed], origins))

    def _line_up(self) -> bool:
        """Write the rows of what is new behind the piece that was expanded first, if all answers are there."""
        desk = self.desk
        if not desk.work or desk.work[0].missing:
            return False
        work = desk.work.popleft()
        del desk.by_piece[work.piece]
        self.finds[work.piece] = self.holdings.line_up(work.box, work.block, work.new)
        if self.task.edges:
            self._rank(work)
        self.free.append(work.box)
        return True

    def _rank(self, work: Work) -> None:
        """Tell the owners of the new states which places these have among all new ones of the piece."""
        box = work.box
        order = box.order[: box.successors]
        ranks = np.zeros(len(box.fresh), np.uint32)
        ranks[order] = np.cumsum(box.fresh[order], dtype=np.uint32)
        for owner in range(self.owners):
            listed = box.owned(owner)
            new = listed[box.fresh[listed].view(np.bool_)]
            self._send(owner, Ranks(work.piece, ranks[new] - np.uint32(1)))

    def _report(self) -> LevelReport:
        desk, tally = self.desk, self.expander.tally
        return LevelReport(
            tally.generated, tally.at_rest, tally.suspended, tally.cut_off, tally.kinds,
            {place: find.filled for place, find in self.finds.items()}, self.expander.violated(),
            frozenset(self.expander.judge.exercised), frozenset(map(int, self.expander.observer.undecided)),
            desk.halted, self.expander.replica.chunks, desk.sent,
        )  # fmt: skip

    def progress(self) -> tuple[int, int]:
        """Steps taken in the level that goes on, and states entered in all."""
        return self.expander.tally.generated, self.holdings.owned

    def settle(self, firsts: Sequence[int]) -> None:
        """The level has ended: the new states behind each piece are numbered from these on."""
        self._settle([(firsts[place], find.filled) for place, find in self.finds.items()])
        if self.task.edges:
            ranks = (np.uint32(first) + self.desk.ranks[place] for place, first in enumerate(firsts))
            self._name(np.concatenate([NO_NUMBERS, *ranks]))
        self.new_hashes = self.desk.fresh

    # --- checkpoints -------------------------------------------------------------------------------------------------

    def save(self, directory: str, generation: int) -> SavedPart:
        """Write what the level has brought; it has ended. Raises GroupyError where that fails."""
        with complaining("--checkpoint", Path(directory)):
            if self.shelf is None:
                self.shelf = Shelf(Path(directory), f"{generation}-{self.number}", self.before, self.holdings)
            return self.shelf.save(self.new_hashes, self.new_numbers, self.new_runs, self.finds)

    def restore(self, directory: str, parts: Sequence[SavedPart]) -> list[tuple[int, int]]:
        """Take over this owner's share of what was saved. Returns the runs of states whose origins it knows now.

        Raises ValueError and OSError for files that are not as they were written.
        """
        restoring = Restoring(Path(directory), parts, self.holdings, self.number, self.owners)
        runs = restoring.read()
        bounds = self.expander.replica.words.bounds
        for place, block in restoring.rows(bounds):
            self.finds[place] = self.expander.block(block.first, block.rows, block.hashes, block.asleep)
        self.before = self.holdings.found, self.holdings.store.steps
        return runs

    # --- afterwards --------------------------------------------------------------------------------------------------

    def way_to(self, number: int) -> list[tuple[int, int]]:
        """How the state with this number was reached: the one before and the place of the action, as far back as is known."""
        found = []
        while number and (origin := self.holdings.origin(number)) is not None:
            found.append(origin)
            number = origin[0]
        return found

    def edges(self) -> tuple[Array, Array, Array]:
        """The owed steps to states that it owns: from, to, and the places of the actions."""
        edges, count = self.holdings.store.edges, self.holdings.store.steps
        return edges.sources[:count].copy(), edges.targets[:count].copy(), edges.ordinals[:count].copy()

    def close(self) -> None:
        """Close the files."""
        if self.shelf is not None:
            self.shelf.close()

    def closing(self) -> Closing:
        """Nothing will be saved any more: close the files, and fill the tables as far as the journal goes."""
        self.close()
        self.expander.take_from_journal()
        return Closing(
            self.expander.replica.digests(), self.holdings.bytes, time.process_time(), self.began + self.expander.filling
        )
